"""The rules of update rules: what an optimizer remembers, its step, and the rate of that step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.oracle import formulas
from compare.oracle.rules import BEFORE, Rule

OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")


def _state(kind: str, name: str) -> str:
    return f"state/{name}/{kind}"


def _state_rule(kind: str, formula: Callable[..., Any], text: str, **settings: float) -> Any:
    def rules(name: str, g: str) -> dict[str, Rule]:
        old = BEFORE + _state(kind, name)
        return {_state(kind, name): Rule(partial(formula, **settings), (old, g), text)}

    return rules


def optimizer_rules(rule: str, name: str, **settings: float) -> dict[str, Rule]:
    """State and step of one parameter; g stands under ``grad/name``, the rate under ``lr``."""
    states, step, kinds, text = _update(rule, **settings)
    g = f"grad/{name}"
    rules: dict[str, Rule] = {}
    for state in states:
        rules |= state(name, g)
    parents = tuple(k.format(name) for k in kinds)
    text = f"param/{name}: {text}"
    # after the state in the table: a step takes what the state has become, not what it was
    rules |= {f"param/{name}": Rule(step, (f"param/{name}", g, "lr", *parents), text)}
    written = (f"optimizers.{rule}.step",)
    return {
        key: replace(
            r, written=written, elementwise=f"{rule} {settings} {key.replace(f'/{name}', '')}"
        )
        for key, r in rules.items()
    }


def _update(
    rule: str, momentum: float = 0.9, alpha: float = 0.99, rho: float = 0.9,
    beta1: float = 0.9, beta2: float = 0.999, eps: float | None = None,
) -> tuple[list[Any], Callable[..., Any], tuple[str, ...], str]:  # fmt: skip
    """(state rules, step, further parents of the step, text) of an update rule."""
    m = _state_rule("momentum_buffer", formulas.momentum_buffer, "m <- mu m + g", momentum=momentum)
    momentum_buffer, square_avg = "state/{}/momentum_buffer", "state/{}/square_avg"
    if rule == "SGD":
        return [], formulas.sgd, (), "p <- p - lr g"
    if rule == "Momentum":
        return [m], lambda p, g, lr, m: formulas.sgd(p, m, lr), (momentum_buffer,), "p <- p - lr m"
    if rule == "Nesterov":
        step = partial(formulas.nesterov, momentum=momentum)
        return [m], step, (momentum_buffer,), "p <- p - lr (g + mu m)"
    if rule == "AdaGrad":
        h = _state_rule("sum", formulas.sum_of_squares, "h <- h + g^2")
        step = partial(formulas.over_root, eps=1e-10 if eps is None else eps)
        return [h], step, ("state/{}/sum",), "p <- p - lr g / (sqrt h + eps)"
    squares = formulas.average_of_squares
    if rule == "RMSprop":
        h = _state_rule("square_avg", squares, "h <- a h + (1-a) g^2", beta=alpha)
        step = partial(formulas.over_root, eps=1e-8 if eps is None else eps)
        return [h], step, (square_avg,), "p <- p - lr g / (sqrt h + eps)"
    if rule == "Adadelta":
        return _adadelta(rho, 1e-6 if eps is None else eps)
    betas, eps = (beta1, beta2), 1e-8 if eps is None else eps
    states = [
        _state_rule("exp_avg", formulas.average, "m <- b1 m + (1-b1) g", beta=beta1),
        _state_rule("exp_avg_sq", squares, "v <- b2 v + (1-b2) g^2", beta=beta2),
    ]
    kinds = ("state/{}/exp_avg", "state/{}/exp_avg_sq", "t")
    return (
        states,
        lambda p, g, lr, m, v, t: formulas.adam(p, lr, m, v, t, betas, eps),
        kinds,
        "p <- p - lr m^ / (sqrt v^ + eps)",
    )


def _adadelta(rho: float, eps: float) -> tuple[list[Any], Callable[..., Any], tuple[str, ...], str]:
    squares = formulas.average_of_squares
    h = _state_rule("square_avg", squares, "h <- r h + (1-r) g^2", beta=rho)
    square_avg, acc_delta = "state/{}/square_avg", BEFORE + "state/{}/acc_delta"

    # s is taken BEFORE this step, h after it: as in Zeiler's algorithm and in torch.optim
    def accumulated(s: Any, g: Any, h: Any) -> Any:
        return squares(s, formulas.adadelta_step(g, s, h, eps), beta=rho)

    def acc_delta_rule(name: str, g: str) -> dict[str, Rule]:
        parents = (acc_delta.format(name), g, square_avg.format(name))
        return {_state("acc_delta", name): Rule(accumulated, parents, "s <- r s + (1-r) D^2")}

    def step(p: Any, g: Any, lr: Any, s: Any, h: Any) -> Any:
        return formulas.sgd(p, formulas.adadelta_step(g, s, h, eps), lr)

    return [h, acc_delta_rule], step, (acc_delta, square_avg), "p <- p - lr D"


def zero_state(rules: Mapping[str, Rule], params: Mapping[str, Any]) -> dict[str, Any]:
    """What an optimizer remembers before its first step: zeros."""
    # torch.optim creates its buffers at the first step; zeros give the same first update
    return {
        name: np.zeros_like(params[name.split("/")[1]])
        for name in rules
        if name.startswith("state/")
    }


def schedule_rule(name: str, lr: float, steps: int, *settings: float) -> Rule:
    """The learning rate of step t, whose recursions in torch add a rounding a step."""

    def rate(t: int) -> Bounded:
        # t counts steps from 1, a schedule from 0
        value = formulas.learning_rate(name, lr, t - 1, steps, *settings)
        python = FORMATS["float64"]  # rates are Python floats, whatever the case's format
        return Bounded.given(np.asarray(value), python).widened(4 * python.u * abs(lr) * t)

    text = f"lr = {name.replace('_', ' ')} from {lr:g}"
    return Rule(rate, ("t",), text, (f"schedules.{name}",))
