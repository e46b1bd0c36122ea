"""Of what kinds the arguments are that the functions of a submission are called with."""

from __future__ import annotations

import copy
import io
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.run_submission import overtime

_MOST_EVENTS = 100_000  # of a run: what is called first shows how it is called
_MOST_KINDS = 8  # of one function
_MOST_KEYS = 12  # of a dict
_MOST_NUMBERS = 20_000  # in all arguments of a call that is kept
_MOST_KEPT, _MOST_GIVEN = 80, 2000  # calls, and results that may be handed on
_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_profile, _name_of = sys.setprofile, type.__dict__["__name__"].__get__


class _Enough(BaseException):
    """Ends a run of which enough has been seen."""


class _TooMuch(Exception):
    """More numbers than are kept of a call."""


class Calls:
    """The kinds of the arguments of each call of a function that stands in some files.

    ``first``: the arguments themselves, of the first call of each function, as they were ·
    ``origins``: of those what another function gave, ``name``, or ``name#1`` of several results ·
    both by its name, or ``Class.method``.
    """

    def __init__(
        self, files: frozenset[str], most: int = _MOST_EVENTS, values: bool = False
    ) -> None:
        self.files, self.left, self.values = files, most, values
        self.seen: dict[str, list[dict[str, str]]] = {}
        self.first: dict[str, dict[str, Any]] = {}
        self.origins: dict[str, dict[str, str]] = {}
        self._given: dict[int, tuple[Any, str]] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Enough
        if frame.f_code.co_filename not in self.files:
            return
        if event == "call":
            self._note(frame)
        elif event == "return" and self.values and len(self._given) < _MOST_GIVEN:
            # kept alive: its place in memory is nothing else's meanwhile
            place = _place(frame)
            parts = enumerate(arg if type(arg) is tuple else ())
            for part, name in ((arg, place), *((p, f"{place}#{i}") for i, p in parts)):
                if type(part) in (tuple, dict, list, np.ndarray):
                    self._given[id(part)] = part, name

    def _note(self, frame: FrameType) -> None:
        code = frame.f_code
        count = code.co_argcount + code.co_kwonlyargcount
        count += bin(code.co_flags & _VARIADIC).count("1")
        if not count or code.co_name.startswith("<"):
            return
        values = frame.f_locals
        kinds = {name: kind_of(values[name]) for name in code.co_varnames[:count] if name in values}
        each = self.seen.setdefault(f"{code.co_name}:{code.co_firstlineno}", [])
        if len(each) < _MOST_KINDS and kinds not in each:
            each.append(kinds)
        place = _place(frame) if self.values else ""
        if place and place not in self.first and len(self.first) < _MOST_KEPT:
            self._keep(place, {name: values[name] for name in kinds})

    def _keep(self, place: str, values: dict[str, Any]) -> None:
        left = [_MOST_NUMBERS]
        try:
            self.first[place] = {name: _kept(value, left) for name, value in values.items()}
        except _TooMuch:
            return
        given = {name: self._given.get(id(value)) for name, value in values.items()}
        self.origins[place] = {
            name: of[1] for name, of in given.items() if of and of[0] is values[name]
        }

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Within it what is called is noted."""
        _profile(self)
        try:
            yield
        finally:
            _profile(None)


def _place(frame: FrameType) -> str:
    """The function's name; of a method, inherited too, that of its object's class before it."""
    name, names = frame.f_code.co_name, frame.f_code.co_varnames
    if "." not in frame.f_code.co_qualname or "<locals>" in frame.f_code.co_qualname:
        return name
    held = frame.f_locals.get(names[0]) if names else None
    own = type(type(held)) is type and type(held).__module__ == "__main__"
    return f"{_name_of(type(held))}.{name}" if own else frame.f_code.co_qualname


def _kept(value: Any, left: list[int]) -> Any:
    """A copy, as it is now.   Raises _TooMuch."""
    kind = type(value)
    if kind is np.ndarray or kind in (list, tuple, dict):
        left[0] -= len(value) if kind is not np.ndarray else value.size
        if left[0] < 0:
            raise _TooMuch
    if kind in (list, tuple):
        return kind(_kept(each, left) for each in value)
    if kind is dict:
        return {key: _kept(each, left) for key, each in value.items()}
    try:
        return copy.deepcopy(value)
    except Exception:
        return value  # a module, a file: nothing that a copy would keep


def kind_of(value: Any) -> str:
    """What kind of argument it is, without calling anything of it: ``array 2``, ``dict W b``."""
    kind = type(value)
    if kind is np.ndarray and value.ndim:
        return f"array {value.ndim}"
    if kind in (bool, int, float) or kind is np.ndarray or issubclass(kind, np.generic):
        return "number"
    if kind in (list, tuple):
        return f"{_name_of(kind)} {kind_of(value[0])}" if value else _name_of(kind)
    if kind is dict:
        # with any number of layers
        names = {re.sub(r"\d+", "", k) for k in value if type(k) is str}
        return " ".join(["dict", *sorted(names)[:_MOST_KEYS]])
    return str(_name_of(kind))


def calls_of_scripts(scripts: Mapping[str, Mapping[str, str]], seconds: float) -> Calls:
    """Those of scripts that are run once more."""
    every = Calls(frozenset(), values=True)
    for texts in scripts.values():
        calls = Calls(frozenset(texts), values=True)
        _run(texts, calls, seconds)
        every.seen |= calls.seen
        every.first |= calls.first
        every.origins |= calls.origins
    return every


def _run(texts: Mapping[str, str], calls: Calls, seconds: float) -> None:
    file = next(iter(texts)).partition(" cell ")[0]
    module: dict[str, Any] = {"__name__": "__main__", "__file__": file}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        try:
            codes = [compile(text, name, "exec", dont_inherit=True) for name, text in texts.items()]
            with overtime(seconds), calls.noted():
                for code in codes:
                    exec(code, module)
        except BaseException:
            pass  # it was told of when the script was run first; or enough has been seen
