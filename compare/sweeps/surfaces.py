"""A descent on a surface over two numbers, as a program: E, its gradient, and an update rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compare.core.case import Program
from compare.core.implementation import Implementation
from compare.core.trace import Trace
from compare.core.training_record import optimizer_state
from compare.oracle.formulas import SURFACES
from compare.oracle.rules import Rule, Specification
from compare.oracle.update_rules import optimizer_rules, zero_state


def descent(surface: str, rule: str, lr: float, steps: int) -> Program:
    """From the point w: at every step E and ∂E/∂w there, the rule's state, and the next point.

    surface a key of ``formulas.SURFACES`` · rule one of OPTIMIZERS.
    """

    def program(side: Implementation, arrays: Mapping[str, Any]) -> Iterator[Trace]:
        error = side.get(f"surfaces.{surface}")
        gradient = side.get(f"surfaces.d_{surface}")
        optimizer = side.get(f"optimizers.{rule}")(lr)
        # a copy: the rules update in place
        params = {"w": side.copy(arrays["w"])}
        for t in range(1, steps + 1):
            # both of the point before the update
            trace = {"loss": error(params["w"]), "grad/w": gradient(params["w"])}
            optimizer.update(params, {"w": trace["grad/w"]})
            remembered = optimizer_state(side, optimizer).get("w", {})
            state = {f"state/w/{key}": value for key, value in remembered.items()}
            yield Trace({**trace, **state, "param/w": params["w"]}, step=t)

    def specify(arrays: Mapping[str, Any]) -> Specification:
        f, d_f = SURFACES[surface]
        rules = {
            "loss": Rule(f, ("param/w",), f"loss = {surface}(w)"),
            "grad/w": Rule(d_f, ("param/w",), f"grad/w = d{surface}/dw"),
            **optimizer_rules(rule, "w"),
        }
        start = {
            "param/w": arrays["w"],
            "lr": np.float64(lr),
            **zero_state(rules, {"w": arrays["w"]}),
        }
        return Specification(rules, start, lambda t: {"t": t})

    return Program(program, specify)
