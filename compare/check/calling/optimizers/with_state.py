"""Steps of an update rule whose object is handed what it remembers, and gives it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.parameters import no_parameters
from compare.check.calling.optimizers.step import Use, in_order


class WithState:
    """An object whose ``start(w)`` makes a state: ``update(state, w, dw)`` gives the next and w."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        self.now = {name: np.copy(a) for name, a in use.tensors.items()}
        self.object, start = use.made(), use.rule.start
        self.states = {n: use.subject.method(self.object, start, a) for n, a in self.now.items()}

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.use.set_rate(self.object, lr)
        for name in self.now:
            by_role = self.rule.called
            arguments = {
                self.rule.states[0]: self.states[name],
                by_role["params"]: np.copy(self.now[name]),
                by_role["grads"]: np.copy(gradients[name]),
                by_role.get("t"): t + 1,
            }
            value = self.use.call(self.object, arguments, {})
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                raise no_parameters(value)
            self.now[name], self.states[name] = in_order(self.rule, value)
        return dict(self.now)
