"""Of what kinds the arguments are that the functions of a submission are called with."""

from __future__ import annotations

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
_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_profile, _name_of = sys.setprofile, type.__dict__["__name__"].__get__


class _Enough(BaseException):
    """Ends a run of which enough has been seen."""


class Calls:
    """The kinds of the arguments of each call of a function that stands in some files."""

    def __init__(self, files: frozenset[str], most: int = _MOST_EVENTS) -> None:
        self.files, self.left = files, most
        self.seen: dict[str, list[dict[str, str]]] = {}

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


def calls_of_scripts(
    scripts: Mapping[str, Mapping[str, str]], seconds: float
) -> dict[str, list[dict[str, str]]]:
    """Those of scripts that are run once more: name and line of a function → kinds by parameter."""
    seen: dict[str, list[dict[str, str]]] = {}
    for texts in scripts.values():
        calls = Calls(frozenset(texts))
        _run(texts, calls, seconds)
        seen |= calls.seen
    return seen


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
