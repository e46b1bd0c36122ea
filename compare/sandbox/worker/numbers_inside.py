"""The numbers inside an object, wherever it keeps them, and the generators that it draws from.

Numbers are read and set by path, as Python writes it: ``.layers[0]['W']`` of an object, ``['W1']``
of a dict.
"""

from __future__ import annotations

import copy
import itertools
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from operator import setitem
from types import BuiltinFunctionType, FunctionType, GeneratorType, ModuleType
from typing import Any

import numpy as np

MOST = 1500  # numbers and arrays of one object
DEEPEST = 20
_SCALARS = (float, int, np.floating)
_MISSING = object()
_globals = FunctionType.__dict__["__globals__"].__get__
# another for each object that is alive, as id(), of each call of which an audit hook is told
place_of = object.__hash__

# how a number is put where it stood: (its new value) -> None
Setter = Callable[[Any], None]


def numbers(root: Any, is_own: Callable[[type], bool]) -> dict[str, Any]:
    """Path → number or array of floats; ``is_own``: whether a type's attributes are looked into."""
    return {
        path: np.array(value) if isinstance(value, np.ndarray) else value
        for path, value, _ in _walked(root, is_own)
    }


def put(root: Any, values: Mapping[str, Any], is_own: Callable[[type], bool]) -> None:
    """Sets the numbers of these paths; arrays in place, for others may look at the same memory."""
    instead: dict[int, np.ndarray] = {}
    for path, held, setter in list(_walked(root, is_own, True, _on_the_way(tuple(values)))):
        if path not in values:
            continue
        value = values[path]
        alike = isinstance(held, np.ndarray) and held.shape == np.shape(value)
        # one of another format takes its place: rounded into it, it would be another
        if alike and held.dtype == np.asarray(value).dtype and held.flags.writeable:
            held[...] = value
        elif isinstance(held, np.ndarray) and isinstance(value, np.ndarray):
            instead[id(held)] = np.array(value)  # nobody else's
        elif setter is not None:
            setter(value)
    for _, held, setter in list(_walked(root, is_own, True)) if instead else ():
        if id(held) in instead and setter is not None:
            setter(instead[id(held)])


_STEP = re.compile(r"[.\[]")


@lru_cache(maxsize=64)  # of a state that is put again and again
def _on_the_way(paths: tuple[str, ...]) -> frozenset[str]:
    """These paths, and those of all that they lead through."""
    ends = ((path, (*(m.start() for m in _STEP.finditer(path)), len(path))) for path in paths)
    return frozenset(path[:end] for path, its in ends for end in its)


def separate(root: Any, is_own: Callable[[type], bool]) -> bool:
    """Gives each place of one list, dict or object that has an object once more a copy of its own.

    Whether there was any.
    """
    found = False
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        holder = waiting.pop()
        if id(holder) in seen or isinstance(holder, np.ndarray):
            continue
        seen.add(id(holder))
        beside: set[int] = set()
        for _, value, place, key in _parts(holder, is_own):
            if id(value) in beside and place is not None:
                place(holder, key, copy.deepcopy(value))
                found = True
            elif is_own(type(value)):
                beside.add(id(value))
            waiting.append(value)
    return found


def reseed(root: Any, names: Mapping[str, Any], seed: int, is_own: Callable[[type], bool]) -> None:
    """Start the common ones, those among global names and those inside an object anew."""
    random.seed(seed)
    np.random.seed(seed)
    for bits in _bit_generators(root, names, is_own):
        kind: Any = type(bits)
        bits.state = _begun(kind, seed)


@lru_cache(maxsize=64)
def _begun(kind: Any, seed: int) -> Any:
    return kind(seed).state


def generator_states(
    root: Any, names: Mapping[str, Any], is_own: Callable[[type], bool]
) -> list[Callable[[], None]]:
    """What puts each generator that ``reseed`` starts anew back to where it stands now."""
    return [
        partial(random.setstate, random.getstate()),
        partial(np.random.set_state, np.random.get_state()),
        *(partial(setattr, b, "state", b.state) for b in _bit_generators(root, names, is_own)),
    ]


def _bit_generators(
    root: Any, names: Mapping[str, Any], is_own: Callable[[type], bool]
) -> Iterator[Any]:
    for generator in _generators([root, *names.values()], is_own):
        if isinstance(generator, np.random.Generator):
            yield generator.bit_generator
        else:
            yield generator._bit_generator


# of what most names and attributes are, which hold none
_BARE = frozenset({
    np.ndarray, float, int, bool, str, bytes, type(None), FunctionType, ModuleType, type,
    BuiltinFunctionType, np.ufunc, np.float64, np.int64, np.bool_,
})  # fmt: skip
_KEYS = frozenset({str, int, tuple})
_LONGEST = 100  # a data set has none, and this is done at every pass


def _generators(
    values: Iterable[Any], is_own: Callable[[type], bool]
) -> Iterator[np.random.Generator | np.random.RandomState]:
    """Those among these values, and up to three levels inside."""
    drawers = np.random.Generator, np.random.RandomState  # NumPy loads them at their first use
    seen: set[int] = set()
    level = [v for v in values if type(v) not in _BARE]
    for _ in range(4):
        inside: list[Any] = []
        for value in level:
            if (place := place_of(value)) in seen:
                continue
            seen.add(place)
            if type(value) in drawers:
                yield value
            else:
                inside += [v for v in _held(value, is_own) if type(v) not in _BARE]
        level = inside


def _held(value: Any, is_own: Callable[[type], bool]) -> Iterable[Any]:
    """What stands in a container that is no data set, or in an object of somebody's own."""
    if isinstance(value, dict):
        short = len(value) <= _LONGEST
        return [v for key, v in list(value.items()) if type(key) in _KEYS] if short else ()
    if isinstance(value, (list, tuple)):
        return list(value) if len(value) <= _LONGEST else ()
    if is_own(type(value)) and hasattr(value, "__dict__"):
        return list(vars(value).values())
    return ()


# of what stands between them, which has none inside
_NO_NUMBERS = _BARE - {np.ndarray, float, int, np.float64}


def _walked(
    root: Any,
    is_own: Callable[[type], bool],
    again: bool = False,
    among: frozenset[str] | None = None,
) -> Iterator[tuple[str, Any, Setter | None]]:
    """Every number inside, in the order in which it is kept, once; or an array in each place.

    ``among``: paths beside which nothing is looked into.
    """
    seen: set[int] = set()
    waiting: list[tuple[str, Any, Setter | None, int]] = [("", root, None, 0)]
    count = 0
    while waiting and count < MOST:
        path, value, setter, depth = waiting.pop()
        kind = type(value)
        if kind is not bool and issubclass(kind, _SCALARS):
            count += 1
            yield path, value, setter
            continue
        number = place_of(value)
        met = number in seen and not (again and issubclass(kind, np.ndarray))
        if depth > DEEPEST or met:
            continue
        seen.add(number)
        if issubclass(kind, np.ndarray):
            if value.dtype.kind == "f":
                count += 1
                yield path, value, setter
            continue
        # reversed: the last one put in is taken out first
        for step, part, place, key in reversed(_parts(value, is_own)):
            there = path + step
            if type(part) not in _NO_NUMBERS and (among is None or there in among):
                put_there = None if place is None else partial(place, value, key)
                waiting.append((there, part, put_there, depth + 1))


# the step to it, what it is, and what puts another one there: (its holder, the key, that) -> None
_Part = tuple[str, Any, Callable[[Any, Any, Any], None] | None, Any]


def _parts(value: Any, is_own: Callable[[type], bool]) -> list[_Part]:
    if isinstance(value, dict):
        return [
            (f"[{key!r}]", v, setitem, key) for key, v in list(value.items()) if type(key) in _KEYS
        ]
    if isinstance(value, list):
        return [(f"[{i}]", v, setitem, i) for i, v in enumerate(list(value))]
    if isinstance(value, tuple):
        return [(f"[{i}]", v, None, i) for i, v in enumerate(value)]
    if is_own(type(value)) and hasattr(value, "__dict__"):
        # what the class holds for all its objects is in each of them
        shared = {n: v for n, v in vars(type(value)).items() if isinstance(v, (dict, list))}
        held = {**shared, **vars(value)}
        return [(f".{name}", v, setattr, name) for name, v in held.items()]
    return []


def into(holder: Any, key: Any) -> Setter:
    """What puts a value at a place of a dict or a list."""
    return partial(setitem, holder, key)


def onto(holder: Any, name: str) -> Setter:
    """What puts a value at an attribute of an object."""
    return partial(setattr, holder, name)


# ----- what a generator gives: its first items; one's own class with __next__ is an object

SEQUENCES: tuple[Any, ...] = ([], (), {}, {}.items(), {}.values(), set(), "", range(0))
# by what makes them: list_iterator, dict_keyiterator and others have no public name
ITERATORS = frozenset(
    {GeneratorType, map, zip, filter, enumerate, reversed}
    | {type(iter(of)) for of in SEQUENCES}
    | {kind for kind in vars(itertools).values() if isinstance(kind, type)}
)


def taken(value: Any, items: int) -> Any:
    """The value; of an iterator of Python's own its first items, as a list."""
    return list(itertools.islice(value, items)) if type(value) in ITERATORS else value


class GlobalNames:
    """The global names of a function as attributes; to call it puts back all that were set."""

    def __init__(self, function: Any) -> None:
        # of what is no function, a class or a partial, no global name is known
        names = _globals(function) if type(function) is FunctionType else {}
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_before", {})

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(name)
        return self._names[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._before.setdefault(name, self._names.get(name, _MISSING))
        self._names[name] = value

    def __call__(self) -> None:
        """Put back what was set."""
        for name, value in self._before.items():
            if value is _MISSING:
                self._names.pop(name, None)
            else:
                self._names[name] = value
        self._before.clear()
