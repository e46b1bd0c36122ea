"""What a module keeps from one call to the next: in its buffers, which are compared, or elsewhere.

One call of each side's module says which of its buffers a call changes. A second one, with those
buffers as they were, says whether it keeps anything else. Every run that is judged has a copy of
the module of its own, and would not show it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from torch import Tensor, nn

from compare.core.implementation import Implementation
from compare.core.trace import Trace
from compare.engine.digest import Digest
from compare.equivalence.callee import Callee
from compare.equivalence.passes import BUFFER, OUTPUT, Pair, attempt, is_buffer, leaves_of_autograd
from compare.equivalence.watch import Recorder
from compare.system.nested import leaves

ERROR = "an exception"


@dataclass(frozen=True)
class _Opened:
    """A side in float64, ready to be called: its module, if it is one, and the arguments."""

    callee: Callee
    side: Implementation
    forward: Any
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def called(self, autograd: bool, taken: Sequence[str]) -> dict[str, Any]:
        """What a call watches and returns, in NumPy, in silence."""
        recorder = Recorder(self.side.to_numpy, taken)
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            run = partial(self.forward, *self.args, **self.kwargs)
            output, error = attempt(run, recorder, autograd)
        if error is not None:
            return {**recorder.values, ERROR: np.array(str(error))}
        outputs = {k: self.side.to_numpy(v) for k, v in leaves(OUTPUT, output).items()}
        return {**recorder.values, **outputs}


class KeptState:
    """Of both sides of a pair, in float64: asked for once, and then remembered."""

    def __init__(
        self, pair: Pair, sides: tuple[Implementation, Implementation], values: Mapping[str, Any]
    ) -> None:
        self.pair, self.sides, self.values = pair, sides, values
        self._differing: dict[str, str] = {}

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Our names of what a call of a module changes, on either side."""
        with suppress(Exception):  # it will raise again where it is judged, and is reported there
            every = (self._changed_by(callee, side) for callee, side in self._both())
            return tuple(dict.fromkeys(name for names in every for name in names))
        return ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those that are compared: none where a side is no module, and shows none by hand."""
        both = self._both() if self.changed else ()
        paired = all(callee.modules or self._shows_some(callee, side) for callee, side in both)
        return self.changed if paired else ()

    def differs(self, side: Implementation) -> str:
        """What is otherwise in a second call of the same module, with its buffers as before."""
        if side.name not in self._differing:
            self._differing[side.name] = self._differs(side)
        return self._differing[side.name]

    def _differs(self, side: Implementation) -> str:
        callee, own = next((c, s) for c, s in self._both() if s.name == side.name)
        if not callee.modules:  # each run calls the very same object
            return ""
        try:
            opened = self._opened(callee, own)
        except Exception:  # it is raised and reported where it is judged
            return ""
        before = _buffers(opened.forward)
        first = self._digest(opened)
        for name in before:
            if callee.our_name(name) in self.names:
                _put_back(opened.forward, name, before[name])
        second = self._digest(opened)
        return next((n for n in first if first[n] != second.get(n)), "")

    def _both(self) -> Iterator[tuple[Callee, Implementation]]:
        return zip((self.pair.mine, self.pair.reference), self.sides, strict=True)

    def _digest(self, opened: _Opened) -> dict[str, str]:
        digest = Digest()
        digest.update(Trace(opened.called(self._autograd(opened.callee), self._taken)))
        state = opened.callee.state(opened.forward)
        kept = {f"{BUFFER}/{n}": opened.side.to_numpy(state[n]) for n in self.names if n in state}
        digest.update(Trace(kept))
        return digest.by_quantity()

    def _changed_by(self, callee: Callee, side: Implementation) -> Iterator[str]:
        if not callee.modules:
            return
        opened = self._opened(callee, side)
        before, versions = _buffers(opened.forward), _versions(opened.forward)
        opened.called(self._autograd(callee), self._taken)
        after = _buffers(opened.forward)
        # by value, since a batch norm changes its running mean without counting that
        yield from (
            callee.our_name(name)
            for name, buffer in after.items()
            if name not in before or not _same(before[name], buffer)
        )
        for name, version in _versions(opened.forward).items():
            if version != versions.get(name):
                yield callee.our_name(name)

    def _shows_some(self, callee: Callee, side: Implementation) -> bool:
        """Whether it names buffers by hand, with ``watch("buffer/...", ...)``."""
        values = self._opened(callee, side).called(self._autograd(callee), self._taken)
        return any(map(is_buffer, values))

    @property
    def _taken(self) -> Sequence[str]:
        return self.pair.arguments.names

    def _autograd(self, callee: Callee) -> bool:
        return callee.autograd and self.pair.backward

    def _opened(self, callee: Callee, side: Implementation) -> _Opened:
        arrays = {name: side.given(_in_double(value)) for name, value in self.values.items()}
        inputs = leaves_of_autograd(arrays) if self._autograd(callee) else arrays
        forward, _ = callee.opened(inputs, "float64")
        args, kwargs = self.pair.arguments.call(inputs, loaded=bool(callee.modules))
        return _Opened(callee, side, forward, args, kwargs)


def _in_double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype.kind == "f" else a


def _buffers(module: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.detach().clone() for name, buffer in module.named_buffers()}


def _versions(module: nn.Module) -> dict[str, tuple[int, int]]:
    """Of every parameter: which tensor it is, and how often that was changed; copies are large."""
    return {name: (id(tensor), tensor._version) for name, tensor in module.named_parameters()}


def _same(before: Tensor, after: Tensor) -> bool:
    if before.shape != after.shape or before.dtype != after.dtype:
        return False
    return bool(((before == after) | ((before != before) & (after != after))).all())


def _put_back(module: nn.Module, name: str, value: Tensor) -> None:
    path, _, leaf = name.rpartition(".")
    module.get_submodule(path)._buffers[leaf] = value.clone()
