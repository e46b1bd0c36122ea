"""Steps of what takes every tensor by itself: update(W1, b1, W2, b2, dW1, ..., lr)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.directions import kept_last
from compare.check.calling.optimizers.parameters import no_parameters
from compare.check.calling.optimizers.step import Use
from compare.language.message import message
from compare.sandbox.interface import Handle


class ByDirections:
    """An object that takes gradients alone, and gives or keeps what is subtracted: downhill."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject, self.sign = use, use.rule, use.subject, 0.0
        self.now = {n: np.copy(a) for n, a in use.tensors.items()}
        self.object = use.made()
        source, count = use.subject.found.source, len(use.rule.order)
        self.kept = kept_last(source, use.rule.method, count)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        if rated := "lr" in self.rule.made:
            self.use.set_rate(self.object, lr)
        handed = [np.copy(gradients[name]) for name in self.now]
        given = self.subject.method(self.object, self.rule.method, *handed)
        if given is None:
            given = [self.subject.box.get(self.object, name) for name in self.kept]
        moves = given if isinstance(given, (tuple, list)) else [given]
        if [np.shape(m) for m in moves] != [np.shape(a) for a in self.now.values()]:
            raise no_parameters(given)
        if not self.sign:
            with np.errstate(all="ignore"):
                along = sum(float(np.sum(m * g)) for m, g in zip(moves, handed, strict=True))
            self.sign = -1.0 if along > 0 else 1.0
        factor = self.sign if rated else self.sign * lr
        both = zip(self.now.items(), moves, strict=True)
        self.now = {name: now + factor * np.asarray(move) for (name, now), move in both}
        return self.now


class BySpread:
    """A function, or an object's method, that takes its tensors and their gradients one by one."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        names = list(use.tensors)
        # a third layer has tensors as the first one; what becomes of it is not looked at
        self.names = [names[i % len(names)] for i in range(len(use.rule.pairs))]
        self.object = use.made() if use.rule.method else None
        copies = (np.copy(use.tensors[name]) for name in self.names)
        self.kept: list[Handle] = [use.subject.box.keep(a) for a in copies]

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        if self.object is not None and "lr" not in self.rule.called:
            self.use.set_rate(self.object, lr)
        by_role = {} if self.object is not None else self.use.settings
        by_role = {**by_role, "lr": lr, "t": t + 1}
        named = {
            self.rule.called[role]: setting
            for role, setting in by_role.items()
            if role in self.rule.called
        }
        for (weight, gradient), array, name in zip(
            self.rule.pairs, self.kept, self.names, strict=True
        ):
            named |= {weight: array, gradient: np.copy(gradients[name])}
        value = self.use.call(self.object, {}, named)
        for weight, _ in self.rule.pairs:
            # to change a parameter in place is its task
            self.subject.changed.pop(weight, None)
        return self._after(value)

    def _after(self, value: Any) -> dict[str, Any]:
        if self.use.form.returns:
            if not isinstance(value, (tuple, list)) or len(value) < len(self.kept):
                raise no_parameters(value)
            self.kept = [self.subject.box.keep(v) for v in value[: len(self.kept)]]
        elif value is not None:
            raise ValueError(message("it returns something"))
        tensors = [self.subject.box.fetch(kept) for kept in self.kept]
        return {
            name: tensors[self.names.index(name)] for name in self.use.tensors if name in self.names
        }
