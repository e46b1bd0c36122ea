"""What a module keeps from one call to the next: in its buffers, which are compared, or elsewhere.

One call of each side's module says which of its buffers a call changes. A second one, with those
buffers as they were, says whether it keeps anything else. Every run that is judged has a copy of
the module of its own, and would not show it. Both are made at once, of one more copy.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from torch import Tensor, nn

from compare.core.arrays import same_bits
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


@dataclass(frozen=True)
class _Called:
    """A module after its first call: what it held before, what that computed, left and changed.

    ``shown``: of what it computed, that which is one of the buffers that were changed.
    """

    opened: _Opened
    before: Mapping[str, Tensor]
    computed: Mapping[str, str]
    shown: frozenset[str]
    left: Mapping[str, str]
    changed: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """Our names of what a call changes, those of them that are compared, what differs by side."""

    changed: tuple[str, ...]
    names: tuple[str, ...]
    differing: Mapping[str, str]


class KeptState:
    """Of both sides of a pair, in float64: asked for once, and then remembered."""

    def __init__(
        self, pair: Pair, sides: tuple[Implementation, Implementation], values: Mapping[str, Any]
    ) -> None:
        self.pair, self.sides, self.values = pair, sides, values

    @property
    def changed(self) -> tuple[str, ...]:
        """Our names of what a call of a module changes, on either side."""
        return self._found.changed

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are compared: none where a side is no module, and shows none by hand."""
        return self._found.names

    def differs(self, side: Implementation) -> str:
        """What is otherwise in a second call of the same module, with its buffers as before."""
        return self._found.differing.get(side.name, "")

    @cached_property
    def _found(self) -> _Found:
        called: dict[str, _Called] = {}
        # of what is no module each run calls the very same object
        modules = [(callee, side) for callee, side in self._both() if callee.modules]
        for callee, side in modules:
            with suppress(Exception):  # it is raised and reported where it is judged
                called[side.name] = self._first_call(callee, side)
        changed: tuple[str, ...] = ()
        if len(called) == len(modules):
            changed = tuple(dict.fromkeys(n for first in called.values() for n in first.changed))
        both = self._both() if changed else ()
        paired = all(callee.modules or self._shows_some(callee, side) for callee, side in both)
        names = changed if paired else ()
        differing = {side: self._differs(first, names) for side, first in called.items()}
        return _Found(changed, names, differing)

    def _first_call(self, callee: Callee, side: Implementation) -> _Called:
        opened = self._opened(callee, side)
        before, versions = _buffers(opened.forward), _versions(opened.forward)
        values = self._called(opened)
        after = _buffers(opened.forward)
        # by value, since a batch norm changes its running mean without counting that
        changed = [n for n, b in after.items() if n not in before or not _same(before[n], b)]
        changed += [n for n, v in _versions(opened.forward).items() if v != versions.get(n)]
        names = list(map(callee.our_name, changed))
        left = self._left(opened, [*map(callee.our_name, after), *names])
        shown = _shown(values, [after[n] for n in changed if n in after], opened.side)
        return _Called(opened, before, _bits(values), shown, left, tuple(names))

    def _differs(self, first: _Called, names: Sequence[str]) -> str:
        opened = first.opened
        for name in first.before:
            if opened.callee.our_name(name) in names:
                _put_back(opened.forward, name, first.before[name])
        values = self._called(opened)
        computed, left = _bits(values), self._left(opened, names)
        # a running mean that is returned goes on, and is compared as it is
        again = _shown(values, _buffers(opened.forward).values(), opened.side)
        own = (n for n in first.computed if n not in first.shown & again)
        differing = (n for n in own if first.computed[n] != computed.get(n))
        changing = (n for n in left if left[n] != first.left.get(n, left[n]))
        return next(differing, "") or next(changing, "")

    def _both(self) -> Iterator[tuple[Callee, Implementation]]:
        return zip((self.pair.mine, self.pair.reference), self.sides, strict=True)

    def _called(self, opened: _Opened) -> dict[str, Any]:
        return opened.called(self._autograd(opened.callee), self._taken)

    def _left(self, opened: _Opened, names: Sequence[str]) -> dict[str, str]:
        """The bits of what a module holds after a call, of some names."""
        if not names:  # as nearly always: what it holds may be large
            return {}
        state = opened.callee.state(opened.forward)
        held = {f"{BUFFER}/{n}": opened.side.to_numpy(state[n]) for n in names if n in state}
        return _bits(held)

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


def _bits(values: Mapping[str, Any]) -> dict[str, str]:
    digest = Digest()
    digest.update(Trace(values))
    return digest.by_quantity()


def _in_double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64, copy=False) if a.dtype.kind == "f" else a


def _shown(
    values: Mapping[str, Any], buffers: Iterable[Tensor], side: Implementation
) -> frozenset[str]:
    """The names of what is one of these buffers."""
    held = [side.to_numpy(buffer) for buffer in buffers]
    return frozenset(n for n, value in values.items() if any(same_bits(value, b) for b in held))


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
