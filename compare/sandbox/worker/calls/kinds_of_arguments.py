"""With what the functions of a submission are called by its script: the kinds of it, and itself.

Of each class of which a method is handed arrays the object is kept as it was then, and of each
such function its arguments: so the script's own network can be made again.
"""

from __future__ import annotations

import copy
import io
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import CodeType, FrameType
from typing import Any

import numpy as np

from compare.sandbox.worker.numbers_inside import numbers
from compare.sandbox.worker.run_submission import overtime

_MOST_EVENTS = 100_000  # of a run: what is called first shows how it is called
_MOST_KINDS = 8  # of one function
_MOST_KEYS = 12  # of a dict
_MOST_KEPT = 1 << 18  # numbers of one object
_MOST_NUMBERS = 20_000  # in all arguments of a call that is kept
_MOST_FIRST, _MOST_GIVEN = 80, 2000  # calls, and results that may be handed on
_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_MAIN = "__main__"
_profile, _name_of = sys.setprofile, type.__dict__["__name__"].__get__


class _Enough(BaseException):
    """Ends a run of which enough has been seen."""


class _TooMuch(Exception):
    """More numbers than are kept of a call."""


class Calls:
    """The kinds of the arguments of each call of a function that stands in some files.

    ``kept``: of a run of a script, the first object of a class, or the first arguments of a
    function by parameter, as they were when it was handed arrays · ``first``: the arguments of the
    first call of each function, and of each ``Class.method`` · ``origins``: which of those another
    function gave, ``name``, or ``name#1`` of several results.
    """

    def __init__(
        self, files: frozenset[str], most: int = _MOST_EVENTS, values: bool = False
    ) -> None:
        self.files, self.left, self.values = files, most, values
        self.seen: dict[str, list[dict[str, str]]] = {}
        self.kept: dict[str, Any] = {}
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
        handed = {name: values[name] for name in kinds}
        each = self.seen.setdefault(f"{code.co_name}:{code.co_firstlineno}", [])
        if len(each) < _MOST_KINDS and kinds not in each:
            each.append(kinds)
            if self.values and any(map(_is_of_arrays, kinds.values())):
                self._keep(self.kept, code, handed)
        place = _place(frame) if self.values else ""
        if place and place not in self.first and len(self.first) < _MOST_FIRST:
            self._keep_first(place, handed)

    def _keep_first(self, place: str, handed: dict[str, Any]) -> None:
        left = [_MOST_NUMBERS]
        try:
            self.first[place] = {name: _as_it_is(value, left) for name, value in handed.items()}
        except _TooMuch:
            return
        given = {name: self._given.get(id(value)) for name, value in handed.items()}
        self.origins[place] = {n: of[1] for n, of in given.items() if of and of[0] is handed[n]}

    def _keep(self, kept: dict[str, Any], code: CodeType, handed: dict[str, Any]) -> None:
        """A copy of the object that it is a method of, or of what a function is handed."""
        holder, _, name = code.co_qualname.rpartition(".")
        owner = next(iter(handed.values())) if holder and name != "__init__" else None
        of: Any = owner if holder else handed
        key = _name_of(type(owner)) if holder else name
        if key in kept or holder and not _is_of_script(type(owner)):
            return
        inside = numbers(of, _is_of_script)
        if any("[" in path or np.ndim(value) for path, value in inside.items()):
            if sum(map(np.size, inside.values())) < _MOST_KEPT:
                kept[key] = _copied(of)

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
    own = type(type(held)) is type and _is_of_script(type(held))
    return f"{_name_of(type(held))}.{name}" if own else frame.f_code.co_qualname


def _as_it_is(value: Any, left: list[int]) -> Any:
    """A copy; what has none as it is: a module, a file.   Raises _TooMuch.

    An array of texts as a list of them: only numbers leave the process as an array.
    """
    if issubclass(type(value), (np.ndarray, np.generic)) and value.dtype.kind not in "biufc":
        value = value.tolist()
    kind = type(value)
    if kind is np.ndarray or kind in (list, tuple, dict):
        left[0] -= len(value) if kind is not np.ndarray else value.size
        if left[0] < 0:
            raise _TooMuch
    if kind in (list, tuple):
        return kind(_as_it_is(each, left) for each in value)
    if kind is dict:
        return {key: _as_it_is(each, left) for key, each in value.items()}
    copied = _copied(value)
    return value if copied is None else copied


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


def _is_of_arrays(kind: str) -> bool:
    return kind.startswith("array") or kind.startswith(("list", "tuple")) and " " in kind


def _is_of_script(kind: type) -> bool:
    return getattr(kind, "__module__", "") == _MAIN


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:
        return None  # of an open file, of a generator


def calls_of_scripts(
    scripts: Mapping[str, Mapping[str, str]], seconds: float, classes: Mapping[str, Any]
) -> Calls:
    """Those of scripts that are run once more.

    What was kept has objects of ``classes``, by name, of which they were run first.
    """
    every = Calls(frozenset(), values=True)
    for texts in scripts.values():
        calls = Calls(frozenset(texts), values=True)
        _run(texts, calls, seconds)
        every.seen |= calls.seen
        every.kept |= calls.kept
        every.first |= calls.first
        every.origins |= calls.origins
    _be_of(classes, [*every.kept.values(), *every.first.values()], set())
    return every


def _be_of(classes: Mapping[str, Any], value: Any, met: set[int]) -> None:
    """The objects inside become ones of other classes of the same names."""
    if id(value) in met or isinstance(value, np.ndarray):
        return
    met.add(id(value))
    kind = type(value)
    inside: Any = ()
    if kind is dict:
        inside = [*value.values()]
    elif kind in (list, tuple):
        inside = value
    elif _is_of_script(kind) and hasattr(value, "__dict__"):
        inside = [*vars(value).values()]
        if isinstance(other := classes.get(_name_of(kind)), type):
            object.__setattr__(value, "__class__", other)  # a frozen one as well
    for each in inside:
        _be_of(classes, each, met)


def _run(texts: Mapping[str, str], calls: Calls, seconds: float) -> None:
    file = next(iter(texts)).partition(" cell ")[0]
    module: dict[str, Any] = {"__name__": _MAIN, "__file__": file}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        try:
            codes = [compile(text, name, "exec", dont_inherit=True) for name, text in texts.items()]
            with overtime(seconds), calls.noted():
                for code in codes:
                    exec(code, module)
        except BaseException:
            pass  # it was told of when the script was run first; or enough has been seen
