"""Steps of an update rule whose tensors are attributes, or come one by one with their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.gradients import written
from compare.check.calling.optimizers.holders import EMPTY, are_kept, are_listed
from compare.check.calling.optimizers.parameters import DICT, LIST, packed, unpacked
from compare.check.calling.optimizers.step import Use
from compare.language.message import message


class ByNetwork:
    """An object of the submission that takes steps on the dictionaries of a network.

    It is handed the network at each step, or holds it.
    """

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.box = use, use.rule, use.subject.box
        values, grads = use.rule.attributes
        self.network = self.box.define(EMPTY)
        source = use.subject.found.source
        self.layout = LIST if are_listed(source) else DICT
        # kept beside the code, so that a change in place shows
        self.box.set(self.network, values, self.box.keep(packed(self.layout, use.tensors)))
        # a constructor may look at them already, and keep the container
        zeros = {n: np.zeros_like(a) for n, a in use.tensors.items()}
        self.grads = self.box.keep(packed(self.layout, zeros)) if are_kept(source, grads) else None
        self.box.set(self.network, grads, self.grads or packed(self.layout, zeros))
        self.handed = [self.network] if use.rule.called else []
        held = {} if self.handed else {use.rule.made["network"]: self.network}
        self.object = use.made(**held)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        values, grads = self.rule.attributes
        new = packed(self.layout, gradients)
        if self.grads:
            written(self.use.subject, self.layout, self.grads, new)
        else:
            self.box.set(self.network, grads, new)
        self.use.subject.method(self.object, self.rule.method, *self.handed)
        return unpacked(self.layout, self.box.get(self.network, values), tuple(self.use.tensors))


class ByParameters:
    """An object of the submission that takes steps on the parameter objects that it holds.

    Or that it is handed at each step.
    """

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        rule, box = use.rule, use.subject.box
        self.objects = {name: box.define(EMPTY) for name in use.tensors}
        for name, made in self.objects.items():
            box.set(made, rule.attributes[0], np.copy(use.tensors[name]))
            # its constructor may look at them already
            box.set(made, rule.attributes[1], np.zeros_like(use.tensors[name]))
        kept = box.keep(list(self.objects.values()))
        self.handed = [kept] if "objects" in rule.called else []
        self.object = use.made(**({} if self.handed else {rule.made["params"]: kept}))

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        for name, made in self.objects.items():
            self.subject.box.set(made, self.rule.attributes[1], np.copy(gradients[name]))
        self.subject.method(self.object, self.rule.method, *self.handed)
        return {
            n: self.subject.box.get(o, self.rule.attributes[0]) for n, o in self.objects.items()
        }


class ByCouples:
    """An object or a function of the submission that takes pairs of a tensor and its gradient."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, box = use, use.rule, use.subject.box
        self.object = use.made() if use.rule.method else None
        name = use.subject.found.name
        self.called = (
            box.get(self.object, use.rule.method) if self.object
            else box.get(box.globals_of(name), name)
        )  # fmt: skip
        at = use.rule.order.index(use.rule.called["couples"])
        self.box, self.kept = box, box.keep([np.copy(a) for a in use.tensors.values()])
        # paired beside the code, so that a change in place shows
        self.paired = box.define(
            "lambda f, kept, new, args, named: f("
            f"*args[:{at}], [(a, b) for a, b in zip(kept, new)], *args[{at}:], **named)"
        )

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        settings = {**self.use.settings, "lr": lr} if self.object is None else {"lr": lr}
        named = {n: settings[role] for role, n in self.rule.called.items() if role in settings}
        if self.object is not None and "lr" not in self.rule.called:
            self.use.set_rate(self.object, lr)
        args = [named.pop(n) for n in self.rule.order if n != self.rule.called["couples"]]
        new = [np.copy(gradients[name]) for name in self.use.tensors]
        handed = self.called, self.kept, new, args, named
        value = self.box.method(self.paired, "__call__", *handed).value
        if value is not None:
            self.kept = self.box.keep(list(value))
        return dict(zip(self.use.tensors, self.box.fetch(self.kept), strict=True))


class ByKey:
    """An object of the submission that takes one tensor a call, with a name to remember it by."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        self.kept = {name: use.subject.box.keep(np.copy(a)) for name, a in use.tensors.items()}
        self.object = use.made()

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        return {name: self._one(name, gradients[name]) for name in self.kept}

    def _one(self, name: str, gradient: np.ndarray) -> np.ndarray:
        by_role = self.rule.called
        arguments = {
            by_role["key"]: name,
            by_role["params"]: self.kept[name],
            by_role["grads"]: np.copy(gradient),
        }
        value = self.use.call(self.object, arguments, {})
        # to change a parameter in place is its task
        self.subject.changed.pop(by_role["params"], None)
        if self.use.form.returns:
            self.kept[name] = self.subject.box.keep(np.asarray(value))
        elif value is not None:
            raise ValueError(message("it returns something"))
        return np.asarray(self.subject.box.fetch(self.kept[name]))
