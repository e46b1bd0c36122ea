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
from compare.language.message import message
from compare.sandbox.interface import Handle


class ByNetwork:
    """An object of the submission that takes steps on a network's dictionaries."""

    def __init__(
        self, form: CallForm, rule: Signature, subject: Subject, tensors: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.rule, self.subject, self.lr, self.names = rule, subject, settings["lr"], tuple(tensors)
        self.object: Handle = subject.call(**named_by_role(rule.made, settings))
        self.network = subject.box.define(EMPTY)
        # kept beside the code, so that a change in place shows
        subject.box.set(self.network, rule.attributes[0], subject.box.keep(packed(DICT, tensors)))

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.subject, self.object, self.rule, self.lr, lr)
        self.subject.box.set(self.network, self.rule.attributes[1], packed(DICT, gradients))
        self.subject.method(self.object, self.rule.method, self.network)
        return unpacked(
            DICT, self.subject.box.get(self.network, self.rule.attributes[0]), self.names
        )


class ByModel:
    """An object of the submission that holds a model, and takes steps on its dictionaries.

    The model has them itself, or its layers have: one dictionary each, of W and b.
    """

    def __init__(
        self, form: CallForm, rule: Signature, subject: Subject, tensors: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.rule, self.subject, self.lr = rule, subject, settings["lr"]
        box, model = subject.box, subject.box.define(EMPTY)
        groups = self._groups(list(tensors))
        self.holders = {tuple(g): box.define(EMPTY) if rule.layers else model for g in groups}
        for group, holder in self.holders.items():
            kept = box.keep(packed(DICT, {self._key(n): tensors[n] for n in group}))
            box.set(holder, rule.attributes[0], kept)
            zeros = {self._key(n): np.zeros_like(tensors[n]) for n in group}
            box.set(holder, rule.attributes[1], zeros)  # its constructor may look at them already
        if rule.layers:
            box.set(model, rule.layers, box.keep(list(self.holders.values())))
        named = named_by_role(rule.made, settings) | {rule.made["network"]: model}
        self.object: Handle = subject.call(**named)

    def _groups(self, names: list[str]) -> list[list[str]]:
        """The tensors of each layer, or all of them."""
        return [names[i : i + 2] for i in (0, 2)] if self.rule.layers else [names]

    def _key(self, name: str) -> str:
        """W of W1, in a layer's own dictionary."""
        return name[0] if self.rule.layers else name

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.subject, self.object, self.rule, self.lr, lr)
        box, (values, grads) = self.subject.box, self.rule.attributes
        for group, holder in self.holders.items():
            box.set(holder, grads, packed(DICT, {self._key(n): gradients[n] for n in group}))
        self.subject.method(self.object, self.rule.method)
        held = {group: box.get(holder, values) for group, holder in self.holders.items()}
        return {n: held[group][self._key(n)] for group in held for n in group}


class ByParameters:
    """An object of the submission that takes steps on the parameter objects that it holds."""

    def __init__(
        self, form: CallForm, rule: Signature, subject: Subject, tensors: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.rule, self.subject, self.lr = rule, subject, settings["lr"]
        self.objects = {name: subject.box.define(EMPTY) for name in tensors}
        for name, made in self.objects.items():
            subject.box.set(made, rule.attributes[0], np.copy(tensors[name]))
            # its constructor may look at them already
            subject.box.set(made, rule.attributes[1], np.zeros_like(tensors[name]))
        named = named_by_role(rule.made, settings)
        named[rule.made["params"]] = subject.box.keep(list(self.objects.values()))
        self.object: Handle = subject.call(**named)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.subject, self.object, self.rule, self.lr, lr)
        for name, made in self.objects.items():
            self.subject.box.set(made, self.rule.attributes[1], np.copy(gradients[name]))
        self.subject.method(self.object, self.rule.method)
        return {
            n: self.subject.box.get(o, self.rule.attributes[0]) for n, o in self.objects.items()
        }


class ByKey:
    """An object of the submission that takes one tensor a call, with a name to remember it by."""

    def __init__(
        self, form: CallForm, rule: Signature, subject: Subject, tensors: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.rule, self.subject, self.lr = form, rule, subject, settings["lr"]
        self.kept = {name: subject.box.keep(np.copy(a)) for name, a in tensors.items()}
        self.object: Handle = subject.call(**named_by_role(rule.made, settings))

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.subject, self.object, self.rule, self.lr, lr)
        return {name: self._one(name, gradients[name]) for name in self.kept}

    def _one(self, name: str, gradient: np.ndarray) -> np.ndarray:
        by_role = self.rule.called
        arguments = {
            by_role["key"]: name,
            by_role["params"]: self.kept[name],
            by_role["grads"]: np.copy(gradient),
        }
        args = [arguments[parameter] for parameter in self.rule.order]
        value = self.subject.method(self.object, self.rule.method, *args)
        # to change a parameter in place is its task
        self.subject.changed.pop(by_role["params"], None)
        if self.form.returns:
            self.kept[name] = self.subject.box.keep(np.asarray(value))
        elif value is not None:
            raise ValueError(message("it returns something"))
        return np.asarray(self.subject.box.fetch(self.kept[name]))
