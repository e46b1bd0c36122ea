"""Intermediates named by hand, on either side, and recorded in order of computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from compare.system.nested import in_real_numbers, leaves

Value = TypeVar("Value")
# First parts of the names that the program of a pair or the judge gives to what it reports.
RESERVED = ("output", "step", "input", "error", "warning", "known", "repeats")
GRADIENT = "grad"


class Enough(Exception):
    """What a pass is made for has been watched."""


class Recorder:
    """What one pass of one side has named so far: a copy of each value, and the value itself.

    ``show`` turns a value into an array of its own · names in ``taken`` stand for something else ·
    ``backward``: only names that begin with grad/ are allowed, and else only others · ``only``:
    the names that are kept, if not all · ``last``: behind which name a pass ends, if any.
    """

    def __init__(
        self,
        show: Callable[[Any], Any],
        taken: Collection[str] = (),
        backward: bool = False,
        only: Collection[str] | None = None,
        last: str = "",
    ) -> None:
        self.show, self.taken, self.backward, self.only = show, taken, backward, only
        self.last = last
        self.values: dict[str, Any] = {}
        self.live: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self._times: Counter[str] = Counter()

    def add(self, name: str, value: Any) -> None:
        """Record a value, or each of a tuple or mapping; the second of a name is ``name#2``.

        Raises Enough behind the last that is wanted.
        """
        self._check(name)
        self._times[name] += 1
        times = self._times[name]
        for path, leaf in leaves(name if times == 1 else f"{name}#{times}", value).items():
            if not self._is_kept(path):
                continue
            shown = self.show(leaf)  # now: it may be changed in place later
            self.values |= in_real_numbers({path: shown})
            # the parts of a complex number are made here, and nothing depends on them
            if path in self.values:
                self.live[path] = leaf
                self.versions[path] = _version(leaf)
        if self.last and self.last in self.values:
            raise Enough

    def _is_kept(self, path: str) -> bool:
        # of a complex number the parts have names
        return self.only is None or path in self.only or f"{path}/real" in self.only

    def unchanged(self, path: str) -> Any:
        """The value itself.   Raises ValueError where it was changed in place since."""
        if _version(self.live[path]) != self.versions[path]:
            raise ValueError(
                f"{path} was changed in place after it was watched, so that its gradient would be "
                "another's: watch a clone, or use no inplace=True behind it"
            )
        return self.live[path]

    def _check(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"watch({name!r}, ...): a name has to be text")
        if name in self.taken:
            raise ValueError(
                f"watch({name!r}, ...): an array that is compared is called so, and grad/{name} is "
                f"its gradient: take another name, such as {name + '_here'!r}"
            )
        first = name.split("/")[0]
        if first in RESERVED:
            raise ValueError(f"watch({name!r}, ...): names that begin with {first} are reports'")
        if (first == GRADIENT) is not self.backward:
            where = "begins with grad/ in a backward pass" if self.backward else "of a gradient"
            raise ValueError(f"watch({name!r}, ...): a name {where}, and only there")


def _version(value: Any) -> int:
    """How often a tensor was changed in place; torch counts that."""
    return getattr(value, "_version", 0)


# A context variable and no global: comparisons in other threads have recorders of their own.
_RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def watch(name: str, value: Value) -> Value:
    """Name an intermediate, so that both sides' are compared: ``z = watch("z1", relu(u))``.

    value is returned as it is. Within a comparison it is recorded, in order of computation, a
    second one of the name as ``z1#2``; outside of one nothing happens. In a backward pass by hand,
    ``watch("grad/z1", delta)`` is compared with what autograd has for ``z1``.
    Raises ValueError, within a comparison, for a name that stands for something else.
    """
    recorder = _RECORDER.get()
    if recorder is not None:
        recorder.add(name, value)
    return value


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Everything that is watched inside goes to this recorder, and to no other."""
    token = _RECORDER.set(recorder)
    try:
        yield recorder
    finally:
        _RECORDER.reset(token)  # to the one outside, where comparisons are nested
