"""Steps of an update rule that takes gradients alone: it moves lists or dicts of its module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.global_arrays import global_arrays
from compare.check.calling.optimizers.parameters import packed, unpacked
from compare.check.calling.optimizers.signature import containers
from compare.check.calling.optimizers.step import Use, named_by_role
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

_BY = 0.25  # by which a container is moved, to see what else moves: its square is exact, too
_NOT_TOLD = message("none of its containers can be told to be the parameters")


def _ours(failed: Failed) -> Exception:
    return ValueError(_NOT_TOLD) if failed.ending is Ending.RAISED else failed


def _after(use: Use, start: Mapping[str, Any], t: int, lr: float, gradients: Any) -> dict[str, Any]:
    """What names of the module hold after one call that begins with these."""
    box, called = use.subject.box, use.rule.called
    arguments = {called["grads"]: gradients, called.get("t"): t + use.form.first}
    module = box.globals_of(use.subject.found.name)
    try:
        for name, value in start.items():
            box.set(module, name, value)
        use.call(None, arguments, named_by_role(called, {**use.settings, "lr": lr}))
        return dict(box.attributes(module, tuple(start)))
    finally:
        box.method(module, "__call__")


class ByModule:
    """A function of the submission whose parameters and state are global names of its module."""

    def __init__(self, use: Use) -> None:
        self.use, self.form, self.tensors = use, use.form, dict(use.tensors)
        names = containers(use.subject, use.form.layout)
        params = self._parameters(names)
        self.now = {n: self._like(0.0) if n != params else dict(use.tensors) for n in names}
        self.params = params

    def _like(self, value: float) -> dict[str, Any]:
        return {n: np.full_like(a, value) for n, a in self.tensors.items()}

    def _parameters(self, names: tuple[str, ...]) -> str:
        """The container that moves as it is moved, and nothing else.   Raises ValueError."""
        start = {n: self._like(1.0) for n in names}
        before = self._tried(start)
        for moved in names:
            there = start | {moved: self._like(1.0 + _BY)}
            after = self._tried(there)
            by = {n: _BY if n == moved else 0.0 for n in names}
            if all(
                np.allclose(after[n][k] - before[n][k], by[n], rtol=0, atol=1e-12)
                for n in names for k in self.tensors
            ):  # fmt: skip
                return moved
        raise ValueError(_NOT_TOLD)

    def _tried(self, start: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """A step by which it is seen what is moved: what it raises there came of our arrays."""
        try:
            return self._stepped(start, 0, self.use.settings["lr"], self._like(0.5))
        except Failed as failed:
            raise _ours(failed) from None

    def _stepped(
        self, start: Mapping[str, Any], t: int, lr: float, gradients: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """All containers after one call that begins with these."""
        layout = self.form.layout
        begun = {n: packed(layout, tensors) for n, tensors in start.items()}
        after = _after(self.use, begun, t, lr, packed(layout, gradients, "d"))
        return {n: unpacked(layout, v, list(self.tensors)) for n, v in after.items()}

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.now = self._stepped(self.now, t, lr, gradients)
        return dict(self.now[self.params])


class ByGlobals:
    """A function that moves arrays of its module one by one: each is one and the same of ours."""

    def __init__(self, use: Use) -> None:
        self.use = use
        ((self.name, tensor),) = use.tensors.items()
        self.counts = global_arrays(use.subject)
        self.arrays = [n for n, count in self.counts.items() if not count]
        try:
            self._check(np.asarray(tensor))
        except Failed as failed:
            raise _ours(failed) from None
        self.now = self._begun(np.asarray(tensor), 0.0)

    def _begun(self, tensor: np.ndarray, state: float) -> dict[str, Any]:
        kept = np.full_like(tensor, state)
        return {
            n: [np.copy(kept) for _ in range(count)] if count else np.copy(tensor)
            for n, count in self.counts.items()
        }

    def _check(self, like: np.ndarray) -> None:
        """Each array moves as it is moved, and nothing else.   Raises ValueError, Failed."""
        ones, lr = np.ones_like(like), self.use.settings["lr"]
        before = self._stepped(self._begun(ones, 1.0), 0, lr, 0.5 * ones)
        for moved in self.arrays:
            there = self._begun(ones, 1.0) | {moved: ones + _BY}
            after = self._stepped(there, 0, lr, 0.5 * ones)
            for n in self.counts:
                by = np.subtract(after[n], before[n])
                if not np.allclose(by, _BY if n == moved else 0.0, rtol=0, atol=1e-12):
                    raise ValueError(_NOT_TOLD)

    def _stepped(
        self, start: Mapping[str, Any], t: int, lr: float, gradient: np.ndarray
    ) -> dict[str, Any]:
        """All of them after one call that begins with these."""
        return _after(self.use, start, t, lr, [np.copy(gradient) for _ in self.arrays])

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensor after one step: that of the first, as of all of them."""
        self.now = self._stepped(self.now, t, lr, np.asarray(gradients[self.name]))
        first, *others = (self.now[n] for n in self.arrays)
        if any(not np.array_equal(first, other) for other in others):
            raise ValueError(_NOT_TOLD)
        return {self.name: first}
