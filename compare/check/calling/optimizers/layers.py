"""Steps of an update rule that takes layers: objects with weights and with their gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.holders import (
    EMPTY,
    layer_class,
    layer_gradients,
    layer_names,
)
from compare.check.calling.optimizers.step import Use
from compare.check.naming.bind import plain
from compare.check.naming.update_parameters import LAYER_NAMES
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Failed, Handle

_DECAYS = ("decay", "lrdecay", "learningratedecay")  # the rate is handed over step by step
_AROUND = ("pre_update", "post_update")


class ByLayerList:
    """An object of the submission that goes through layers of ours, or those of a model of ours."""

    def __init__(self, use: Use) -> None:
        assert use.rule.layers is not None
        self.use, self.box, self.layers = use, use.subject.box, use.rule.layers
        names = list(use.tensors)
        self.groups = [(names[i : i + 2], self.box.define(EMPTY)) for i in (0, 2)]
        self._give(self.layers.values, use.tensors)
        # its constructor may look at them already
        self._give(self.layers.grads, {n: np.zeros_like(a) for n, a in use.tensors.items()})
        self.holder: Handle = self.box.keep([holder for _, holder in self.groups])
        if self.layers.inside:
            model = self.box.define(EMPTY)
            self.box.set(model, self.layers.inside, self.holder)
            self.holder = model
        own = use.rule.made.get("layers")
        self.object = use.made(**({own: self.holder} if own else {}))

    def _give(self, attributes: tuple[str, ...], tensors: Mapping[str, Any]) -> None:
        for names, holder in self.groups:
            values: list[Any] = [np.copy(tensors[name]) for name in names]
            if len(attributes) == 1:
                by_name = dict(zip("Wb", values, strict=True))
                values = [self.box.keep(values if self.layers.listed else by_name)]
            for attribute, value in zip(attributes, values, strict=True):
                self.box.set(holder, attribute, value)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        self._give(self.layers.grads, gradients)
        args = [self.holder] if self.use.rule.called else []
        self.use.subject.method(self.object, self.use.rule.method, *args)
        now: dict[str, Any] = {}
        for names, holder in self.groups:
            held = [self.box.get(holder, attribute) for attribute in self.layers.values]
            one = held[0] if len(held) == 1 else held
            now |= dict(zip(names, one.values() if isinstance(one, dict) else one, strict=True))
        return now


class ByLayers:
    """An object of the submission that takes steps on two layers of the submission."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        # a rate that decays by itself would be changed a second time by the probe's schedule
        without_decay = {
            p.name: 0.0
            for p in use.subject.found.parameters
            if plain(p.name) in _DECAYS and p.name not in use.rule.made.values() and not p.required
        }
        self.object = use.made(**without_decay)
        self.layers = [self._layer(use.tensors[f"W{k}"], use.tensors[f"b{k}"]) for k in (1, 2)]

    def _layer(self, W: np.ndarray, b: np.ndarray) -> tuple[Handle, tuple[str, str]]:
        """A layer with these parameters, and what it calls them."""
        if not layer_class(self.subject):
            return self._stand_in(W, b)
        # by what the layer's own constructor is called with: inputs, outputs
        made = self.subject.of(layer_class(self.subject), *(np.reshape(W, (len(W), -1)).shape))
        for names in LAYER_NAMES:
            if all(_has(self.subject, made, name) for name in names):
                for name, value in zip(names, (W, b), strict=True):
                    self.subject.box.set(made, name, value)
                return made, names
        raise ValueError(message("its layer has no weights and biases"))

    def _stand_in(self, W: np.ndarray, b: np.ndarray) -> tuple[Handle, tuple[str, str]]:
        """An object with these parameters, where the submission has no layer."""
        names = layer_names(self.subject.found.source, self.rule.called["layer"])
        assert names is not None
        made = self.subject.box.define(EMPTY)
        for name, value in zip(names, (W, b), strict=True):
            self.subject.box.set(made, name, value)
        return made, names

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        self._around(_AROUND[0])
        tensors: dict[str, Any] = {}
        for k, (layer, names) in enumerate(self.layers, 1):
            keys = f"W{k}", f"b{k}"
            # as its backward pass would have left them
            for name, key in zip(self._gradients(names), keys, strict=True):
                self.subject.box.set(layer, name, gradients[key])
            arguments = {"layer": layer, "key": k - 1}
            by_role = {role: arguments[role] for role in self.rule.called if role in arguments}
            named = {self.rule.called[role]: value for role, value in by_role.items()}
            self.subject.method(self.object, self.rule.method, **named)
            tensors |= {
                key: self.subject.box.get(layer, n) for n, key in zip(names, keys, strict=True)
            }
        self._around(_AROUND[1])
        return tensors

    def _gradients(self, names: tuple[str, str]) -> tuple[str, str]:
        """What the rule reads the gradients as."""
        source, layer = self.subject.found.source, self.rule.called["layer"]
        return layer_gradients(source, layer, names) or (f"d{names[0]}", f"d{names[1]}")

    def _around(self, name: str) -> None:
        """What has to be called before or after the layers, where there is something."""
        for method in self.subject.found.methods:
            if method.startswith(name):
                self.subject.method(self.object, method)


def _has(subject: Subject, owner: Handle, name: str) -> bool:
    try:
        subject.box.get(owner, name)
    except Failed:
        return False
    return True
