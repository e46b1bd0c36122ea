"""A copy of a module in which functions that hold one of its parts hold that of the copy."""

from __future__ import annotations

import copy
import types
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn

# What cannot change, and holds nothing.
PLAIN = frozenset(
    (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device, torch.Size)
)
DICTS = (dict, OrderedDict)
FLAT = (set, tuple)
CONTENTS = ("_parameters", "_buffers", "_modules")  # of a module, which are copies themselves


def copy_of(module: nn.Module, instead: Mapping[int, Any] | None = None) -> nn.Module:
    """Deep: ``copy.deepcopy`` alone leaves functions as they are, and what they close over.

    instead: of what has this id, what the copy has.
    """
    copies: dict[int, Any] = dict(instead or {})  # by the id of the original
    held = _Held()
    copied = _deep(module, copies, held)
    if held.elsewhere:  # what was copied as a whole may have parts that are modules
        states = [vars(part) for part in copied.modules()]
        held.places = [(state, name) for state in states for name in state if name not in CONTENTS]
    rebinding = _Rebinding(copies)
    for state, name in held.places:
        if rebinding.concerns(state[name], set()):
            state[name] = rebinding.of(state[name])
    return copied


@dataclass
class _Held:
    """The attributes of modules that may hold something, by their name; whether not all are."""

    places: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    elsewhere: bool = False


def _deep(value: Any, copies: dict[int, Any], held: _Held) -> Any:
    """What ``copy.deepcopy`` makes of it, which takes longer than a pass of a small module."""
    kind: Any = type(value)
    if kind in PLAIN:
        return value
    if id(value) in copies:
        return copies[id(value)]
    if kind in DICTS:
        again = copies[id(value)] = kind()
        for key, part in value.items():
            again[key] = part if type(part) in PLAIN else _deep(part, copies, held)
        return again
    if kind in FLAT and all(type(part) in PLAIN for part in value):
        again = copies[id(value)] = kind(value)
        return again
    if not isinstance(value, nn.Module) or _is_copied_its_own_way(kind):
        held.elsewhere = held.elsewhere or not isinstance(value, Tensor)
        return copy.deepcopy(value, copies)
    module = copies[id(value)] = kind.__new__(kind)
    state = vars(module)
    for name, part in value.__getstate__().items():  # mostly plain, or dicts of no hooks
        of_part = type(part)
        if of_part in PLAIN:
            state[name] = part
        elif of_part in DICTS and not part and id(part) not in copies:
            state[name] = copies[id(part)] = of_part()
        else:
            state[name] = _deep(part, copies, held)
            if name not in CONTENTS:
                held.places.append((state, name))
    return module


@cache
def _is_copied_its_own_way(kind: Any) -> bool:
    usual = (nn.Module.__setstate__, object.__reduce_ex__, object.__reduce__)
    own = (kind.__setstate__, kind.__reduce_ex__, kind.__reduce__)
    between = kind.__mro__[: kind.__mro__.index(nn.Module)]
    has_state = any("__getstate__" in vars(k) or "__slots__" in vars(k) for k in between)
    return own != usual or has_state or hasattr(kind, "__deepcopy__")


class _Rebinding:
    """Functions, and what contains them, with copies in place of originals."""

    def __init__(self, copies: Mapping[int, Any]) -> None:
        self.copies = copies
        self.rebound: dict[int, Any] = {}  # functions, which may hold themselves

    def concerns(self, value: Any, seen: set[int]) -> bool:
        """Whether it holds an original anywhere."""
        if isinstance(value, (nn.Module, Tensor)):
            return id(value) in self.copies
        if id(value) in seen:
            return False
        seen.add(id(value))
        return any(self.concerns(part, seen) for part in _parts(value))

    def of(self, value: Any) -> Any:
        """The value, or another of its kind where it holds an original."""
        if not self.concerns(value, set()):
            return value
        if isinstance(value, (nn.Module, Tensor)):
            return self.copies[id(value)]
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.MethodType):
            return types.MethodType(self.of(value.__func__), self.of(value.__self__))
        if isinstance(value, partial):
            keywords = {k: self.of(v) for k, v in value.keywords.items()}
            return partial(self.of(value.func), *map(self.of, value.args), **keywords)
        if isinstance(value, dict):
            again = copy.copy(value)
            again.update({k: self.of(v) for k, v in value.items()})
            return again
        return type(value)(map(self.of, value))  # a list or a tuple

    def _function(self, f: types.FunctionType) -> types.FunctionType:
        if id(f) in self.rebound:
            return self.rebound[id(f)]
        cells = tuple(types.CellType() for _ in f.__closure__ or ())
        names = {**f.__globals__, **{n: self.of(v) for n, v in _globals_of(f).items()}}
        again = types.FunctionType(f.__code__, names, f.__name__, None, cells or None)
        self.rebound[id(f)] = again
        for new, old in zip(cells, f.__closure__ or (), strict=True):
            for content in _contents(old):
                new.cell_contents = self.of(content)
        again.__defaults__, again.__kwdefaults__ = map(self.of, (f.__defaults__, f.__kwdefaults__))
        return again


def _parts(value: Any) -> Iterator[Any]:
    """What a function, or a container, holds."""
    if isinstance(value, types.FunctionType):
        for cell in value.__closure__ or ():
            yield from _contents(cell)
        yield from _globals_of(value).values()
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
    elif isinstance(value, types.MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, dict):
        yield from value.values()
    elif type(value) in (list, tuple):
        yield from value


def _contents(cell: Any) -> Iterator[Any]:
    try:
        yield cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return


def _globals_of(f: types.FunctionType) -> dict[str, Any]:
    """The modules and tensors among the globals that it names: a notebook's variables are such."""
    names = {n: f.__globals__[n] for n in f.__code__.co_names if n in f.__globals__}
    return {n: v for n, v in names.items() if isinstance(v, (nn.Module, Tensor))}
