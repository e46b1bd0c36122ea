"""Steps of an update rule that takes gradients alone: it moves lists or dicts of its module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.optimizers.global_arrays import global_arrays
from compare.check.calling.optimizers.parameters import containers, packed, unpacked
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
    """A function that moves arrays of its module one by one: each is one and the same of ours.

    What moves as it is moved, and nothing else with it, is a parameter; of the other arrays there
    are as many for each of these, and they are remembered.
    """

    def __init__(self, use: Use) -> None:
        self.use = use
        ((self.name, tensor),) = use.tensors.items()
        self.counts = global_arrays(use.subject)
        there = [n for n, count in self.counts.items() if not count]
        self.params: list[str] = []
        # with a gradient for each of the parameters, of which all arrays are a multiple
        numbers = (
            len(there) // each for each in range(1, len(there) + 1) if len(there) % each == 0
        )
        if not any(self._are_told(np.asarray(tensor), there, number) for number in numbers):
            raise ValueError(_NOT_TOLD)
        self.now = self._begun(np.asarray(tensor), 0.0)

    def _begun(self, tensor: np.ndarray, state: float) -> dict[str, Any]:
        kept = np.full_like(tensor, state)
        return {
            n: [np.copy(kept) for _ in range(count)] if count
            else np.copy(tensor if n in self.params else kept)
            for n, count in self.counts.items()
        }  # fmt: skip

    def _are_told(self, like: np.ndarray, there: Sequence[str], number: int) -> bool:
        """Whether so many of them are parameters, by what moves where one array is moved."""
        ones, lr = np.ones_like(like), self.use.settings["lr"]
        begun = self._begun(ones, 1.0)
        try:
            before = self._stepped(begun, 0, lr, 0.5 * ones, number)
            after = {
                n: self._stepped(begun | {n: ones + _BY}, 0, lr, 0.5 * ones, number) for n in there
            }
        except Failed as failed:
            if failed.ending is not Ending.RAISED:
                raise
            return False  # of so many gradients, or of our arrays
        self.params = [
            moved for moved in there
            if all(
                np.allclose(np.subtract(after[moved][n], before[n]), _BY * (n == moved),
                            rtol=0, atol=1e-12)
                for n in self.counts
            )
        ]  # fmt: skip
        return len(self.params) == number

    def _stepped(
        self, start: Mapping[str, Any], t: int, lr: float, gradient: np.ndarray, number: int
    ) -> dict[str, Any]:
        """All of them after one call that begins with these."""
        return _after(self.use, start, t, lr, [np.copy(gradient) for _ in range(number)])

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensor after one step: that of the first, as of all of them."""
        gradient = np.asarray(gradients[self.name])
        self.now = self._stepped(self.now, t, lr, gradient, len(self.params))
        first, *others = (self.now[n] for n in self.params)
        if any(not np.array_equal(first, other) for other in others):
            raise ValueError(_NOT_TOLD)
        return {self.name: first}
