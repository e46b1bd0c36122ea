"""Steps of an update rule that takes layers: objects with weights and with their gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.call_styles import CallForm
from compare.check.calling.optimizers.holders import (
    EMPTY,
    layer_class,
    layer_gradients,
    layer_names,
)
from compare.check.calling.optimizers.signature import Signature
from compare.check.calling.optimizers.step import named_by_role, set_rate
from compare.check.naming.bind import plain
from compare.check.naming.update_parameters import LAYER_NAMES
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

_DECAYS = ("decay", "lrdecay", "learningratedecay")  # the rate is handed over step by step
_AROUND = ("pre_update", "post_update")


class ByLayers:
    """An object of the submission that takes steps on two layers of the submission."""

    def __init__(
        self, form: CallForm, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.found, self.s, self.lr = found, s, given["lr"]
        self.tensors = dict(tensors)
        steady = {p.name: 0.0 for p in s.found.parameters if plain(p.name) in _DECAYS
                  and p.name not in found.made.values() and not p.required}  # fmt: skip
        self.object: Handle = s.call(**named_by_role(found.made, given), **steady)
        self.layers = [self._layer(tensors[f"W{k}"], tensors[f"b{k}"]) for k in (1, 2)]

    def _layer(self, W: np.ndarray, b: np.ndarray) -> tuple[Handle, tuple[str, str]]:
        """A layer with these parameters, and what it calls them."""
        if not layer_class(self.s):
            return self._stand_in(W, b)
        made = self.s.of(layer_class(self.s), *(np.reshape(W, (len(W), -1)).shape))
        for names in LAYER_NAMES:
            if all(_has(self.s, made, name) for name in names):
                for name, value in zip(names, (W, b), strict=True):
                    self.s.box.set(made, name, value)
                return made, names
        raise ValueError("its layer has no weights and biases")

    def _stand_in(self, W: np.ndarray, b: np.ndarray) -> tuple[Handle, tuple[str, str]]:
        """An object with these parameters, where the submission has no layer."""
        names = layer_names(self.s.found.source, self.found.called["layer"])
        assert names is not None
        made = self.s.box.define(EMPTY)
        for name, value in zip(names, (W, b), strict=True):
            self.s.box.set(made, name, value)
        return made, names

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.lr = set_rate(self.s, self.object, self.found, self.lr, lr)
        self._around(_AROUND[0])
        now: dict[str, Any] = {}
        for k, (layer, names) in enumerate(self.layers, 1):
            keys = f"W{k}", f"b{k}"
            for name, key in zip(self._gradients(names), keys, strict=True):
                self.s.box.set(layer, name, gradients[key])
            given = {"layer": layer, "key": k - 1}
            by_role = {role: given[role] for role in self.found.called if role in given}
            named = {self.found.called[role]: value for role, value in by_role.items()}
            self.s.method(self.object, self.found.method, **named)
            now |= {key: self.s.box.get(layer, n) for n, key in zip(names, keys, strict=True)}
        self._around(_AROUND[1])
        return now

    def _gradients(self, names: tuple[str, str]) -> tuple[str, str]:
        """What the rule reads the gradients as."""
        source, layer = self.s.found.source, self.found.called["layer"]
        return layer_gradients(source, layer, names) or (f"d{names[0]}", f"d{names[1]}")

    def _around(self, name: str) -> None:
        """What has to be called before or after the layers, where there is something."""
        for method in self.s.found.methods:
            if method.startswith(name):
                self.s.method(self.object, method)


def _has(s: Subject, of: Handle, name: str) -> bool:
    try:
        s.box.get(of, name)
    except Failed:
        return False
    return True
