"""Steps of an update rule whose tensors are attributes, or come one by one with their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.call_styles import CallForm
from compare.check.calling.optimizers.holders import EMPTY
from compare.check.calling.optimizers.parameters import DICT, packed, unpacked
from compare.check.calling.optimizers.signature import Signature
from compare.check.calling.optimizers.step import named_by_role, set_rate
from compare.check.subject import Subject
from compare.sandbox.interface import Handle


class ByNetwork:
    """An object of the submission that takes steps on a network's dictionaries."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.found, self.s, self.lr, self.names = found, s, given["lr"], tuple(tensors)
        self.object: Handle = s.call(**named_by_role(found.made, given))
        self.network = s.box.define(EMPTY)
        s.box.set(self.network, found.attributes[0], s.box.keep(packed(DICT, tensors)))

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.s, self.object, self.found, self.lr, lr)
        self.s.box.set(self.network, self.found.attributes[1], packed(DICT, gradients))
        self.s.method(self.object, self.found.method, self.network)
        return unpacked(DICT, self.s.box.get(self.network, self.found.attributes[0]), self.names)


class ByParameters:
    """An object of the submission that takes steps on the parameter objects that it holds."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.found, self.s, self.lr = found, s, given["lr"]
        self.objects = {name: s.box.define(EMPTY) for name in tensors}
        for name, made in self.objects.items():
            s.box.set(made, found.attributes[0], np.copy(tensors[name]))
            s.box.set(made, found.attributes[1], np.zeros_like(tensors[name]))
        named = named_by_role(found.made, given)
        named[found.made["params"]] = s.box.keep(list(self.objects.values()))
        self.object: Handle = s.call(**named)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.s, self.object, self.found, self.lr, lr)
        for name, made in self.objects.items():
            self.s.box.set(made, self.found.attributes[1], np.copy(gradients[name]))
        self.s.method(self.object, self.found.method)
        return {n: self.s.box.get(o, self.found.attributes[0]) for n, o in self.objects.items()}


class ByKey:
    """An object of the submission that takes one tensor a call, with a name to remember it by."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.found, self.s, self.lr = form, found, s, given["lr"]
        self.kept = {name: s.box.keep(np.copy(a)) for name, a in tensors.items()}
        self.object: Handle = s.call(**named_by_role(found.made, given))

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.s, self.object, self.found, self.lr, lr)
        return {name: self._one(name, gradients[name]) for name in self.kept}

    def _one(self, name: str, gradient: np.ndarray) -> np.ndarray:
        own = self.found.called
        there = {own["key"]: name, own["params"]: self.kept[name], own["grads"]: np.copy(gradient)}
        args = [there[parameter] for parameter in self.found.order]
        value = self.s.method(self.object, self.found.method, *args)
        self.s.changed.pop(own["params"], None)
        if self.form.returns:
            self.kept[name] = self.s.box.keep(np.asarray(value))
        elif value is not None:
            raise ValueError("it returns something")
        return np.asarray(self.s.box.fetch(self.kept[name]))
