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
_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_MAIN = "__main__"
_profile, _name_of = sys.setprofile, type.__dict__["__name__"].__get__


class _Enough(BaseException):
    """Ends a run of which enough has been seen."""


class Calls:
    """The kinds of the arguments of each call of a function that stands in some files.

    ``kept``: of a run of a script, the first object of a class, or the first arguments of a
    function by parameter, as they were when it was handed arrays.
    """

    def __init__(self, files: frozenset[str], most: int = _MOST_EVENTS) -> None:
        self.files, self.left = files, most
        self.seen: dict[str, list[dict[str, str]]] = {}
        self.kept: dict[str, Any] | None = None

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Enough
        if event == "call" and frame.f_code.co_filename in self.files:
            self._note(frame)

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
            if self.kept is not None and any(map(_is_of_arrays, kinds.values())):
                self._keep(self.kept, code, {n: values[n] for n in kinds})

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
) -> tuple[dict[str, list[dict[str, str]]], dict[str, Any]]:
    """Those of scripts that are run once more: name and line of a function → kinds by parameter.

    And what was kept, its objects being of ``classes``, by name, of which they were run first.
    """
    seen: dict[str, list[dict[str, str]]] = {}
    kept: dict[str, Any] = {}
    for texts in scripts.values():
        calls = Calls(frozenset(texts))
        calls.kept = {}
        _run(texts, calls, seconds)
        seen |= calls.seen
        kept |= calls.kept
    for value in kept.values():
        _be_of(classes, value, set())
    return seen, kept


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
            value.__class__ = other
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
