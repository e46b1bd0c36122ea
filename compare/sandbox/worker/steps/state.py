"""All that a script holds at one moment, to be put back as often as a turn is run again.

Contents are put back into the same objects, so that whoever looks at one sees it as it was.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

from compare.sandbox.worker.numbers_inside import Setter, into, onto, place_of

_LONGEST = 2000  # items of one list that are looked into
_LARGEST = 1 << 20  # numbers of an array of data, which nobody changes
_FLOATS = (float, np.floating)


class State:
    """What namespaces hold, and all objects in them; ``is_own``: whose attributes are seen."""

    def __init__(self, roots: list[dict[str, Any]], is_own: Callable[[type], bool]) -> None:
        self._is_own = is_own
        self._back: list[Callable[[], None]] = []
        self._seen: set[int] = set()
        self._kept: list[Any] = []  # so that no other object gets its place in memory
        kept, drawn = random.getstate(), np.random.get_state()
        self._back += [lambda: random.setstate(kept), lambda: np.random.set_state(drawn)]
        waiting: list[Any] = []
        for root in roots:
            self._seen.add(place_of(root))
            # but for what is ours among the names
            inside = zip(root, self._noted(root), strict=False)
            waiting += [v for n, v in inside if not (isinstance(n, str) and n[:2] == "__")]
        while waiting:
            value = waiting.pop()
            if (place := place_of(value)) in self._seen:
                continue
            self._seen.add(place)
            waiting += self._noted(value)

    def put_back(self) -> None:
        """Everything as it was."""
        for each in self._back:
            each()

    def _noted(self, value: Any) -> list[Any]:
        """What stands in a value, whose contents are kept."""
        self._kept.append(value)
        if isinstance(value, np.ndarray):
            return self._noted_array(value)
        if isinstance(value, dict):
            items = dict(value)
            self._back.append(lambda: _refill(value, items))
            return list(items.values()) if len(items) <= _LONGEST else []
        if isinstance(value, (list, deque)):
            entries = list(value)
            self._back.append(lambda: _refill_list(value, entries))
            return entries if len(entries) <= _LONGEST else []
        if isinstance(value, (tuple, set)):
            return list(value) if len(value) <= _LONGEST else []
        # not before: NumPy loads it at its first use
        if isinstance(value, (np.random.Generator, np.random.RandomState)):
            bits: Any = value.bit_generator if hasattr(value, "bit_generator") else value
            self._note_generator(bits)
            return []
        if isinstance(value, FunctionType):
            return [self._noted_cell(cell) for cell in value.__closure__ or ()]
        if isinstance(value, MethodType):
            return [value.__self__]
        if self._is_own(type(value)):
            return self._noted_object(value)
        if isinstance(value, type) and self._is_own(value):
            return [v for v in vars(value).values() if isinstance(v, (dict, list, np.ndarray))]
        return []

    def _noted_array(self, value: np.ndarray) -> list[Any]:
        if value.dtype.kind == "O":
            return list(value.reshape(-1)[:_LONGEST])
        if value.size <= _LARGEST and value.flags.writeable:
            copied = value.copy()

            def refill() -> None:
                value[...] = copied

            self._back.append(refill)
        return []

    def _note_generator(self, bits: Any) -> None:
        if hasattr(bits, "get_state") and not hasattr(bits, "state"):
            state = bits.get_state()
            self._back.append(lambda: bits.set_state(state))
        else:
            state = bits.state
            self._back.append(lambda: setattr(bits, "state", state))

    def _noted_cell(self, cell: CellType) -> Any:
        try:
            value = cell.cell_contents
        except ValueError:
            return None
        self._back.append(lambda: setattr(cell, "cell_contents", value))
        return value

    def _noted_object(self, value: Any) -> list[Any]:
        held = _attributes(value)
        own = getattr(value, "__dict__", None)
        if isinstance(own, dict):
            items = dict(own)
            self._back.append(lambda: _refill(own, items))
        else:
            self._back += [partial(object.__setattr__, value, n, v) for n, v in held]
        return [v for _, v in held] + [type(value)]


def _refill(holder: dict[Any, Any], items: dict[Any, Any]) -> None:
    if len(holder) != len(items) or any(holder.get(k, holder) is not v for k, v in items.items()):
        holder.clear()
        holder.update(items)


def _refill_list(holder: Any, entries: list[Any]) -> None:
    holder.clear()
    holder.extend(entries)


def _attributes(value: Any) -> list[tuple[str, Any]]:
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict):
        return list(own.items())
    slots = (s for kind in type(value).__mro__ for s in getattr(kind, "__slots__", ()))
    return [(s, getattr(value, s)) for s in slots if hasattr(value, s)]


# what was put where on the way from a namespace to a number: put back, it stands there again
Chain = tuple[tuple[Setter | None, Any], ...]


@dataclass(frozen=True)
class Leaf:
    """A number or an array of floats, where it stands and how it came there."""

    path: str
    value: Any
    chain: Chain

    def put(self, value: Any) -> None:
        """The value at its place, in the objects that were on the way to it."""
        for setter, held in self.chain:
            if setter is not None:
                setter(held)
        if isinstance(self.value, np.ndarray):
            self.value[...] = value
        elif (last := self.chain[-1][0]) is not None:
            last(type(self.value)(value))


def leaves(
    root: dict[str, Any], is_own: Callable[[type], bool], last: frozenset[str] = frozenset()
) -> Iterator[Leaf]:
    """Every number and array of floats in a namespace; an array at its first place.

    ``last``: names that stand for something else in each turn, and so are looked into last.
    """
    seen: set[int] = set()
    held = {n: v for n, v in root.items() if isinstance(n, str) and not n.startswith("__")}
    for names in (held.keys() - last, held.keys() & last):
        first = [(n, v, ((into(root, n), v),)) for n, v in held.items() if n in names]
        yield from _leaves_in(first, is_own, seen)


def _leaves_in(
    first: Sequence[tuple[str, Any, Chain]], is_own: Callable[[type], bool], seen: set[int]
) -> Iterator[Leaf]:
    waiting = deque(first)
    while waiting:
        path, value, chain = waiting.popleft()
        if isinstance(value, _FLOATS):
            yield Leaf(path, value, chain)
            continue
        if (place := place_of(value)) in seen:
            continue
        seen.add(place)
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f":
                yield Leaf(path, value, chain)
            elif value.dtype.kind == "O" and value.size <= _LONGEST:
                places = np.ndindex(value.shape)
                waiting += [(f"{path}{[*i]}", value[i], (*chain, (None, None))) for i in places]
            continue
        inside = _inside(path, value, is_own)
        waiting += [(p, v, (*chain, (setter, v))) for p, v, setter in inside]


def _inside(
    path: str, value: Any, is_own: Callable[[type], bool]
) -> list[tuple[str, Any, Setter | None]]:
    if isinstance(value, dict) and len(value) <= _LONGEST:
        return [(f"{path}[{k!r}]", v, into(value, k)) for k, v in list(value.items())]
    if isinstance(value, list) and len(value) <= _LONGEST:
        return [(f"{path}[{i}]", v, into(value, i)) for i, v in enumerate(list(value))]
    if isinstance(value, tuple) and len(value) <= _LONGEST:
        return [(f"{path}[{i}]", v, None) for i, v in enumerate(value)]
    if isinstance(value, MethodType) and path.isidentifier():
        return [(f"{path}.__self__", value.__self__, None)]
    if isinstance(value, FunctionType) and path.isidentifier():
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=False)
        return [(f"{path}.{n}", c.cell_contents, _to_cell(c)) for n, c in cells if _is_full(c)]
    if is_own(type(value)):
        shared = {
            n: v for n, v in vars(type(value)).items() if isinstance(v, (dict, list, np.ndarray))
        }
        held = {**shared, **dict(_attributes(value))}
        return [(f"{path}.{n}", v, onto(value, n)) for n, v in held.items()]
    return []


def _is_full(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _to_cell(cell: CellType) -> Setter:
    return lambda value: setattr(cell, "cell_contents", value)
