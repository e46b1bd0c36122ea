"""The protocol: a frame is two lengths, a JSON header and raw bytes. Nothing is ever pickled.

Both processes use it. In the worker everything it calls was taken before the stranger's code ran,
so that a patched numpy, json or builtins changes no byte. A value is a JSON node:

    None, bool, int, float, str      itself
    complex                          {"complex": [real, imaginary]}
    array, NumPy scalar              {"array" or "scalar": [dtype, shape, order, bytes]}
    list, tuple, dict                {"list": [...]}, {"tuple": [...]}, {"dict": [[key, value]...]}
    anything else                    {"handle": [number, name of its type]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from json.decoder import JSONDecoder
from json.encoder import c_make_encoder  # type: ignore[attr-defined]
from json.encoder import encode_basestring_ascii as _quoted
from math import prod
from struct import Struct
from typing import Any, Literal

from numpy import bool_, dtype, frombuffer, generic, ndarray, uint8

from compare.sandbox.worker.lines import english, line

LENGTHS = Struct(">QQ")  # of the header and of the bytes after it
DEEPEST = 40  # levels of nesting
MOST_NODES = 200_000  # so that no header takes minutes to read
MOST_KEYS = 2000  # of one dict: keys can be chosen so that their hashes collide
MOST_SIDES, LONGEST_SIDE = 32, 1 << 40
KINDS = "biufc"
DTYPE = re.compile(r"[<>|=]?[biufc][0-9]{1,2}")
SMALL = 1 << 16  # bytes of a frame
LONGEST_INT = 4000  # bits; the interpreter refuses to print 4300 digits

_scan = JSONDecoder().scan_once  # type: ignore[attr-defined]
_tobytes, _view, _flags = ndarray.tobytes, ndarray.view, ndarray.flags
_dtype_of, _shape_of, _scalar_dtype = ndarray.dtype, ndarray.shape, generic.dtype
_real, _imaginary = complex.real, complex.imag
_name = type.__dict__["__name__"].__get__  # a metaclass may lie about it


class Refused(Exception):
    """A value that cannot be sent; the line says which and why."""

    def __init__(self, text: str, /, **values: Any) -> None:
        self.line = line(text, **values)
        super().__init__(english(self.line))


class Broken(Exception):
    """Bytes that are no frame of this protocol."""


class Writer:
    """Turns values into nodes, and collects the bytes of their arrays.

    ``hold(object)`` gives the number of a handle for what is not a plain value.
    """

    def __init__(self, hold: Callable[[Any], int]) -> None:
        self.blobs: list[bytes] = []
        self._hold = hold
        self._nodes = 0

    def node(self, value: Any, depth: int = 0) -> Any:
        """The node of a value.   Raises Refused."""
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise Refused(
                "nested deeper than {n}, or of more than {m} values",
                n=str(DEEPEST),
                m=str(MOST_NODES),
            )
        kind = type(value)
        if value is None or kind is bool or kind is float or kind is str:
            return value
        if issubclass(kind, ndarray):
            # a subclass may override tobytes, shape and dtype; its plain view cannot
            return self._array("array", _view(value, ndarray))
        if issubclass(kind, generic):
            return self._scalar(value)
        if issubclass(kind, (int, float, complex, str)):
            return _number_or_text(value)
        if issubclass(kind, (list, tuple, dict)):
            return self._container(value, depth + 1)
        return {"handle": [self._hold(value), _name(kind)]}

    def _array(self, tag: str, array: ndarray) -> Any:
        element_type, shape = _dtype_of.__get__(array), _shape_of.__get__(array)
        if element_type.kind not in KINDS or element_type.hasobject:
            raise Refused(
                "an array of dtype {kind}: only numbers and bools can be taken",
                kind=str(element_type),
            )
        flags = _flags.__get__(array)
        order: Literal["C", "F"] = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
        self.blobs.append(_tobytes(array, order))
        return {tag: [element_type.str, list(shape), order, len(self.blobs[-1])]}

    def _scalar(self, value: Any) -> Any:
        element_type = _scalar_dtype.__get__(value)
        if element_type.kind not in KINDS:
            raise Refused(
                "a NumPy scalar of dtype {kind}: only numbers and bools can be taken",
                kind=str(element_type),
            )
        return self._array("scalar", frombuffer(generic.tobytes(value), element_type).reshape(()))

    def _container(self, value: Any, depth: int) -> Any:
        if issubclass(type(value), dict):
            if dict.__len__(value) > MOST_KEYS:
                raise Refused("a dict of more than {n} keys", n=str(MOST_KEYS))
            pairs = [[self.node(k, depth), self.node(v, depth)] for k, v in dict.items(value)]
            return {"dict": pairs}
        base = list if issubclass(type(value), list) else tuple
        return {base.__name__: [self.node(v, depth) for v in base.__iter__(value)]}


def _number_or_text(value: Any) -> Any:
    """The plain value under a subclass (an IntEnum, say), by the base class's own methods."""
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, complex):
        return {"complex": [_real.__get__(value), _imaginary.__get__(value)]}
    if int.bit_length(value) > LONGEST_INT:
        raise Refused("an int of {n} bits", n=str(int.bit_length(value)))
    return int.__index__(value)


def _no_node(value: Any) -> Any:
    raise TypeError(type(value))


# C code of Python's own, made here: no module's attribute can be patched under it
_encode = c_make_encoder(None, _no_node, _quoted, None, ":", ",", False, False, True)


def text(node: Any) -> str:
    """The JSON of a node."""
    return "".join(_encode(node, 0))


def at_once(data: Sequence[bytes]) -> list[bytes]:
    """The parts as one where that is small: to copy it costs less than to write it in turns."""
    return [b"".join(data)] if sum(map(len, data)) <= SMALL else [part for part in data if part]


def parts(header: Any, blobs: list[bytes]) -> list[bytes]:
    """The bytes of one frame, in parts."""
    head = text(header).encode("ascii")
    return [LENGTHS.pack(len(head), sum(map(len, blobs))) + head, *blobs]


def header(data: bytes) -> dict[str, Any]:
    """The header of a frame.   Raises Broken."""
    try:
        decoded, end = _scan(data.decode("ascii"), 0)
    except (ValueError, RecursionError, StopIteration, MemoryError) as error:
        raise Broken(f"a header that is not JSON ({type(error).__name__})") from None
    if not isinstance(decoded, dict) or end != len(data):  # no text after it that nobody reads
        raise Broken("a header that is no JSON object")
    return decoded


class Reader:
    """Turns nodes back into values; arrays are writable copies in memory of their own.

    ``held(number, type)`` gives what stands for a handle.
    """

    def __init__(self, body: bytes | memoryview, held: Callable[[int, str], Any]) -> None:
        self._body = memoryview(body)
        self._position = self._nodes = 0
        self._held = held

    def value(self, node: Any, depth: int = 0) -> Any:
        """The value of a node.   Raises Broken."""
        self._nodes += 1
        if depth > DEEPEST + 1 or self._nodes > 2 * MOST_NODES:
            raise Broken("a value nested too deep, or of too many parts")
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if not isinstance(node, dict) or len(node) != 1:
            raise Broken("a value of no known kind")
        ((tag, content),) = node.items()
        if not isinstance(content, list):
            raise Broken("a value without its parts")
        if tag in ("list", "tuple"):
            parts = [self.value(part, depth + 1) for part in content]
            return parts if tag == "list" else tuple(parts)
        if tag == "dict":
            return self._dict(content, depth + 1)
        return self._leaf(tag, content)

    def _dict(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        if len(pairs) > MOST_KEYS:
            raise Broken("a dict of too many keys")
        try:
            return {self.value(k, depth): self.value(v, depth) for k, v in pairs}
        except (TypeError, ValueError):
            raise Broken("a dict that is none: a key that is a list, a dict or an array") from None

    def _leaf(self, tag: str, content: list[Any]) -> Any:
        if tag in ("array", "scalar"):
            array = self._array(*_array_parts(content))
            return array if tag == "array" else array[()]
        if tag == "complex" and [type(x) for x in content] == [float, float]:
            return complex(*content)
        if tag == "handle" and [type(x) for x in content] == [int, str]:
            return self._held(*content)
        raise Broken("a value of no known kind")

    def _array(
        self, element_type: dtype[Any], shape: tuple[int, ...], order: Any, size: int
    ) -> ndarray:
        part = self._body[self._position : self._position + size]
        if len(part) != size or size != element_type.itemsize * prod(shape):
            raise Broken("an array whose bytes are not of its shape")
        # NumPy refuses the shape (0, 2**60): too big, by 8 bytes an element
        if size == 0 and prod(max(n, 1) for n in shape) >= LONGEST_SIDE:
            raise Broken("an empty array of an impossible shape")
        self._position += size
        if element_type.kind == "b":  # a byte that is neither 0 nor 1 is no bool
            return (frombuffer(part, uint8) != 0).astype(bool_).reshape(shape, order=order)
        # without the copy it would be read-only, and keep the whole frame in memory
        return frombuffer(part, element_type).reshape(shape, order=order).copy(order)


def _array_parts(content: list[Any]) -> tuple[dtype[Any], tuple[int, ...], str, int]:
    """Checked: what comes from the worker may be anything."""
    try:
        name, shape, order, size = content
        # True is an int as well
        if type(size) is not int or not isinstance(name, str) or order not in ("C", "F"):
            raise ValueError
        if any(type(n) is not int or not 0 <= n < LONGEST_SIDE for n in shape):
            raise ValueError
        if not DTYPE.fullmatch(name):
            raise ValueError
        element_type = dtype(name)
        if len(shape) > MOST_SIDES:
            raise ValueError
    except (ValueError, TypeError):
        raise Broken("an array of no known shape or dtype") from None
    return element_type, tuple(shape), order, size
