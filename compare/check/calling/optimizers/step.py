"""Steps of an update rule, one call after the other: by an object or by a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.optimizers.call_styles import CallForm
from compare.check.calling.optimizers.gradients import Gradients
from compare.check.calling.optimizers.parameters import LIST, packed, unpacked
from compare.check.calling.optimizers.signature import Signature
from compare.check.calling.optimizers.states import begun
from compare.check.subject import Subject
from compare.sandbox.interface import Ending, Failed, Handle

# Where a learning rate may be kept.
_ATTRIBUTES = ("lr", "learning_rate", "eta", "alpha", "_lr", "_learning_rate",
               "current_learning_rate")  # fmt: skip


class ByObject:
    """An object of the submission that takes steps on some tensors."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.found, self.s, self.names = form, found, s, tuple(tensors)
        self.lr, self.gradients = given["lr"], Gradients(s, form.layout, given)
        self.kept = s.box.keep(packed(form.layout, tensors))
        named = named_by_role(found.made, given)
        if "params" in found.made:
            named[found.made["params"]] = self.kept
        self.object: Handle = s.call(**named)
        if not isinstance(self.object, Handle):
            raise TypeError(f"{type(self.object).__name__} where an object was expected")

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        own = self.found.called
        named = named_by_role(own, {"lr": lr})
        there: dict[str | None, Any] = {
            own.get("params"): self.kept,
            own["grads"]: self.gradients.of(gradients),
            own.get("t"): t + self.form.first,
        }
        there.update(named)  # those that are required come by their place
        if "lr" not in own:
            self.lr = set_rate(self.s, self.object, self.found, self.lr, lr)
        args = [there[name] for name in self.found.order]
        named = {name: v for name, v in named.items() if name not in self.found.order}
        before = self.s.box.fetch(self.kept)
        value = self.s.method(self.object, self.found.method, *args, **named)
        self.s.changed.pop(own.get("params", ""), None)
        return self._after(before, value)

    def _after(self, before: Any, value: Any) -> dict[str, Any]:
        after = self.s.box.fetch(self.kept)
        if self.form.returns:
            self.kept = self.s.box.keep(value)
            return unpacked(self.form.layout, value, self.names)
        if value is not None and _alike(before, after):
            raise ValueError("it returns something, and changes nothing in place")
        return unpacked(self.form.layout, after, self.names)


def set_rate(s: Subject, of: Handle, found: Signature, before: float, lr: float) -> float:
    """Sets every attribute that holds the learning rate.   Raises Failed where there is none."""
    if lr == before:
        return lr
    own = found.made.get("lr")
    there = [n for n in dict.fromkeys([own or "lr", *_ATTRIBUTES]) if _holds(s, of, n, before)]
    if own and not there:
        raise Failed(Ending.REFUSED, "its learning rate cannot be set between steps")
    for name in there:
        s.box.set(of, name, lr)
    return lr


def _holds(s: Subject, of: Handle, name: str, value: float) -> bool:
    try:
        return bool(s.box.get(of, name) == value)
    except Failed:
        return False


class ByFunction:
    """A function of the submission that takes steps on some tensors, with what it remembers."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.found, self.s, self.names = form, found, s, tuple(tensors)
        self.given, self.gradients = dict(given), Gradients(s, form.layout, given)
        self.kept = s.box.keep(packed(form.layout, tensors))
        self.remembered = [begun(s, name, form.layout, dict(tensors)) for name in found.states]
        self.config: dict[str, Any] = _config(given)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        own = self.found.called
        there: dict[str | None, Any] = {
            own.get("params"): self.kept,
            own["grads"]: self.gradients.of(gradients),
            own.get("t"): t + self.form.first,
            own.get("config"): self.config | {"learning_rate": lr},
            **dict(zip(self.found.states, self.remembered, strict=True)),
        }
        named = named_by_role(own, self.given | {"lr": lr})
        there.update(named)  # those that are required come by their place
        args = [there[name] for name in self.found.order]
        named = {name: v for name, v in named.items() if name not in self.found.order}
        before = self.s.box.fetch(self.kept)
        value = self.s.call(*args, **named)
        for name in (own.get("params", ""), own.get("config", ""), *self.found.states):
            self.s.changed.pop(name, None)
        return self._after(before, value)

    def _after(self, before: Any, value: Any) -> dict[str, Any]:
        after = self.s.box.fetch(self.kept)
        parts = self._parts(value)
        if not self.form.returns:
            if value is not None and _alike(before, after):
                raise ValueError("it returns something, and changes nothing in place")
            self._remember(parts if len(parts) == len(self.remembered) else parts[1:])
            return unpacked(self.form.layout, after, self.names)
        if not parts:
            raise ValueError("it returns nothing")
        now = unpacked(self.form.layout, parts[0], self.names)
        self.kept = self.s.box.keep(parts[0])
        self._remember(parts[1:])
        return now

    def _parts(self, value: Any) -> list[Any]:
        """What it returns one by one: the parameters, and what it remembers."""
        if value is None:
            return []
        several = isinstance(value, (tuple, list)) and (
            self.form.layout != LIST or (bool(value) and isinstance(value[0], (list, tuple)))
        )
        return list(value) if several else [value]

    def _remember(self, parts: Sequence[Any]) -> None:
        if self.form.kind == "config":
            self.config = next((p for p in parts if isinstance(p, dict)), self.config)
            return
        held = [p for p in parts if isinstance(p, (dict, list, Handle)) or np.ndim(p)]
        for i, part in enumerate(held[: len(self.remembered)]):
            self.remembered[i] = part if isinstance(part, Handle) else self.s.box.keep(part)


def named_by_role(of: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names of the parameters that take them."""
    named = {of[role]: value for role, value in given.items() if role in of}
    if "betas" in of and "beta1" in given:
        named[of["betas"]] = (given["beta1"], given["beta2"])
    return named


def _config(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names that functions with a config look for."""
    names = {"momentum": "momentum", "rho": "decay_rate", "beta1": "beta1", "beta2": "beta2",
             "eps": "epsilon"}  # fmt: skip
    return {name: given[role] for role, name in names.items() if role in given}


def _alike(a: Any, b: Any) -> bool:
    """Whether two containers hold the same numbers."""
    if isinstance(a, dict):
        return set(a) == set(b) and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    return np.array_equal(a, b)
