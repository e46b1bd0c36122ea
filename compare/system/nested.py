"""Results nested in tuples, mappings and objects: every array of them by a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

Objects = tuple[Any, ...]


def leaves(name: str, value: Any, around: Objects = ()) -> dict[str, Any]:
    """``{"output": a}``, or ``{"output/0": a, "output/hidden": b}``; None has no name.

    around: objects that hold it, which are not walked through again.
    """
    if value is None:
        return {}
    parts = _parts(value, around)
    if parts is None:
        return {name: value}
    named: dict[str, Any] = {}
    for key, part in parts.items():
        named |= leaves(f"{name}/{key}", part, (*around, value))
    return named


def in_real_numbers(named: Mapping[str, Any]) -> dict[str, Any]:
    """Complex arrays and tensors as two each: ``output/real`` and ``output/imag``."""
    real: dict[str, Any] = {}
    for name, value in named.items():
        parts = ("real", "imag") if _is_complex(value) else ()
        real |= {f"{name}/{part}": getattr(value, part) for part in parts} or {name: value}
    return real


def _is_complex(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if isinstance(value, complex):
        return True
    return getattr(dtype, "kind", "") == "c" or bool(getattr(dtype, "is_complex", False))


def rebuilt(f: Callable[[str, Any], Any], name: str, value: Any, around: Objects = ()) -> Any:
    """The same structure with f(name, leaf) in place of each leaf; a mapping for an object."""
    parts = None if value is None else _parts(value, around)
    if parts is None:
        return None if value is None else f(name, value)
    inside = (*around, value)
    again = {key: rebuilt(f, f"{name}/{key}", part, inside) for key, part in parts.items()}
    return tuple(again.values()) if isinstance(value, (tuple, list)) else again


def _parts(value: Any, around: Objects) -> dict[Any, Any] | None:
    # by type and not by iter(): an array or a tensor can be iterated, and is one leaf
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return dict(enumerate(value))
    return _attributes(value, around)


def _attributes(value: Any, around: Objects) -> dict[Any, Any] | None:
    """Of an object such as a cache, those attributes that hold arrays; None where none does."""
    if isinstance(value, type) or callable(value) or _is_array(value):
        return None
    held = getattr(value, "__dict__", {})
    arrays = {name: part for name, part in held.items() if _holds_arrays(part, (*around, value))}
    return arrays or None


def _is_array(value: Any) -> bool:
    # a sparse matrix is none to NumPy
    has_both = hasattr(value, "shape") and hasattr(value, "dtype")
    return has_both or hasattr(value, "__array__") or hasattr(value, "__dlpack__")


def _holds_arrays(value: Any, around: Objects) -> bool:
    if any(value is one for one in around):  # an object that holds itself
        return False
    if isinstance(value, Mapping):
        return any(_holds_arrays(part, around) for part in value.values())
    if isinstance(value, (tuple, list)):
        return any(_holds_arrays(part, around) for part in value)
    return not isinstance(value, type) and (
        _is_array(value) or _attributes(value, around) is not None
    )
