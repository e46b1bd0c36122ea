"""Steps of a function that takes every tensor by itself: update(W1, b1, W2, b2, dW1, ..., lr)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from compare.check.naming.bind import plain
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Handle, Parameter

_WEIGHT = re.compile(r"(w|b|weights?|bias(es)?|theta)(\d*)")
_GRADIENT = re.compile(r"(?:d|grad|g|delta)(.+)|(.+)(?:grad|gradient)")


def pairs(parameters: Iterable[Parameter]) -> tuple[tuple[str, str], ...]:
    """Parameter and gradient, as they are called; empty where it is not of that kind."""
    required = {plain(p.name): p.name for p in parameters if p.required and not p.variadic}
    weights = [name for name in required if _WEIGHT.fullmatch(name)]
    gradients = {bare: name for name in required if (bare := _without_gradient(name)) in weights}
    # update(W, dW) is the form of one array a call
    if len(weights) < 2 or set(gradients) != set(weights):
        return ()
    return tuple((required[name], required[gradients[name]]) for name in weights)


def _without_gradient(name: str) -> str:
    """w1 of dw1, grad_w1 or w1_grad."""
    match = _GRADIENT.fullmatch(name)
    return (match[1] or match[2]) if match else ""


class BySpread:
    """A function that takes its tensors and their gradients one by one."""

    def __init__(
        self, form: Any, rule: Any, subject: Subject, tensors: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.rule, self.subject, self.settings = form, rule, subject, dict(settings)
        names = list(tensors)
        # a third layer has tensors as the first one; what becomes of it is not looked at
        self.names = [names[i % len(names)] for i in range(len(rule.pairs))]
        self.wanted = names
        self.kept: list[Handle] = [subject.box.keep(np.copy(tensors[name])) for name in self.names]

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        by_role = self.settings | {"lr": lr}
        named = {
            self.rule.called[role]: setting
            for role, setting in by_role.items()
            if role in self.rule.called
        }
        for (weight, gradient), array, name in zip(
            self.rule.pairs, self.kept, self.names, strict=True
        ):
            named |= {weight: array, gradient: np.copy(gradients[name])}
        args = [named.pop(name) for name in self.rule.order]
        value = self.subject.call(*args, **named)
        for weight, _ in self.rule.pairs:
            # to change a parameter in place is its task
            self.subject.changed.pop(weight, None)
        return self._after(value)

    def _after(self, value: Any) -> dict[str, Any]:
        if self.form.returns:
            if not isinstance(value, (tuple, list)) or len(value) < len(self.kept):
                kind = type(value).__name__
                raise ValueError(message("it gives {kind} in place of the parameters", kind=kind))
            self.kept = [self.subject.box.keep(v) for v in value[: len(self.kept)]]
        elif value is not None:
            raise ValueError(message("it returns something"))
        tensors = [self.subject.box.fetch(kept) for kept in self.kept]
        return {name: tensors[self.names.index(name)] for name in self.wanted if name in self.names}
