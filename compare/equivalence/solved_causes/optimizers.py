"""Another setting of the optimizers, or another update, with which the reference gives yours.

Whatever optimizers of torch the reference makes in a call are met at their steps, for which their
settings are changed, or which are then made by another formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.optim import optimizer as hooks

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_settings import solution
from compare.language.message import Message, message

ZERO = 1e-12  # solved for, it is rounding
MOST = 16  # settings, of which each takes a few runs of the reference

Values = Mapping[str, np.ndarray]
Run = Callable[[], Values]  # the reference's pass forward
Group = dict[str, Any]
Formula = Callable[..., torch.Tensor]
Hook = Callable[[Any, Any, Any], None]  # of an optimizer, and what step() is called with


@dataclass(frozen=True)
class Met:
    """An optimizer of the reference: its class, and its settings at its first step."""

    kind: str
    settings: Mapping[str, Any]
    moments: frozenset[str]  # that it keeps of each parameter


@contextmanager
def hooked(pre: Hook | None = None, post: Hook | None = None) -> Iterator[None]:
    """Calls before and behind each step that optimizers make inside."""
    handles = [hooks.register_optimizer_step_pre_hook(pre)] if pre else []
    handles += [hooks.register_optimizer_step_post_hook(post)] if post else []
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def stepping_with(others: Callable[[Group, int], Group]) -> Iterator[None]:
    """Each step inside is made with other settings of its groups, which are put back behind it."""
    restored: list[tuple[Group, Group]] = []
    made = 0

    def pre(optimizer: Any, args: Any, kwargs: Any) -> None:
        nonlocal made
        for group in optimizer.param_groups:
            other = others(group, made)
            restored.append((group, {key: group[key] for key in other}))
            group.update(other)
        made += 1

    def post(optimizer: Any, args: Any, kwargs: Any) -> None:
        while restored:
            group, settings = restored.pop()
            group.update(settings)

    with hooked(pre, post):
        try:
            yield
        finally:
            post(None, (), {})  # where the run ended before a step


@contextmanager
def met() -> Iterator[list[Met]]:
    """The optimizers that make steps inside, in order of their first."""
    found: dict[int, Met] = {}

    def hook(optimizer: Any, args: Any, kwargs: Any) -> None:
        group = optimizer.param_groups[0]
        settings = {k: v for k, v in group.items() if k != "params"}
        kept: dict[str, Any] = next(iter(optimizer.state.values()), {})
        found.setdefault(id(optimizer), Met(type(optimizer).__name__, settings, frozenset(kept)))

    optimizers: list[Met] = []
    try:
        with hooked(post=hook):
            yield optimizers
    finally:
        optimizers.extend(found.values())


def other_optimizer(optimizers: list[Met], run: Run, mine: Values, name: str) -> Message | str:
    """With which one setting, or formula, of all of them every value of yours comes out; or ""."""
    if not optimizers or name not in mine:
        return ""
    first = optimizers[0]

    def agrees(values: Values) -> bool:
        return values.keys() == mine.keys() and all(same_numbers(values[n], mine[n]) for n in mine)

    short = up_to(name, run)
    for key, index, before in _settings(first.settings):
        value = _other_value(key, index, before, short, mine[name], name)
        if value is not None and agrees(_with(run, key, index, before, value)):
            return message(
                "another {setting}: with {value} for {before} in {kind}, the reference gives what "
                "yours does",
                setting=key if index is None else f"{key}[{index}]",
                value=f"{value:g}" if isinstance(value, float) else value,
                before=f"{before:g}" if isinstance(before, float) else before,
                kind=first.kind,
            )
    for text, formula in FORMULAS.get(first.moments & {*MOMENTS}, {}).items():
        with _made_by(formula):
            there = short().get(name)
            told = there is not None and same_numbers(there, mine[name]) and agrees(run())
        if told:
            return message(
                "another update: with {update} in {kind}, the reference gives what yours does",
                update=text,
                kind=first.kind,
            )
    return ""


class _Enough(Exception):
    """A run has made the steps that it is needed for."""


def up_to(name: str, run: Run) -> Run:
    """A run that ends with the step behind which there is that name."""
    steps, ended = 1, False
    values: Values = {}
    while not ended and name not in values:
        values, ended = _stopped(run, steps)
        steps *= 2
    return run if ended else lambda: _stopped(run, steps // 2)[0]


def _stopped(run: Run, steps: int) -> tuple[Values, bool]:
    """What comes out before a step beyond so many; and whether there was none."""
    made = 0

    def hook(optimizer: Any, args: Any, kwargs: Any) -> None:
        nonlocal made
        if made == steps:
            raise _Enough
        made += 1

    with hooked(hook):
        return run(), made < steps


def _settings(settings: Mapping[str, Any]) -> list[tuple[str, int | None, Any]]:
    """Each number and truth value, those of a tuple too; choices first, as they take a run each."""
    every: list[tuple[str, int | None, Any]] = []
    for key, value in settings.items():
        if isinstance(value, (bool, float)):
            every.append((key, None, value))
        if isinstance(value, tuple):
            every += [(key, k, v) for k, v in enumerate(value) if isinstance(v, float)]
        if type(value) is int:  # a weight decay of 0
            every.append((key, None, float(value)))
    return sorted(every, key=lambda setting: not isinstance(setting[2], bool))[:MOST]


def _other_value(
    key: str, index: int | None, before: Any, run: Run, mine: np.ndarray, name: str
) -> Any:
    if isinstance(before, bool):
        there = _with(run, key, index, before, not before).get(name)
        return None if there is None or not same_numbers(there, mine) else not before

    def compute(paths: Any, setting: str, x: float) -> np.ndarray | None:
        return _with(run, key, index, before, x).get(name)

    reference = compute((), key, before)
    if reference is None:
        return None
    value = solution((key, (), before), mine, reference, compute)
    if value is None:
        return None
    return 0.0 if abs(float(value)) < ZERO else float(value)


def _with(run: Run, key: str, index: int | None, before: Any, value: Any) -> Values:
    """What comes out where a setting is another during each step."""

    def changed(now: Any) -> Any:
        if isinstance(value, bool) or now == before:
            return value
        return now * value / before if before else now  # as a schedule has changed it

    def others(group: Group, step: int) -> Group:
        if key not in group:
            return {}
        now = group[key]
        if index is None:
            return {key: changed(now)}
        return {key: tuple(changed(n) if k == index else n for k, n in enumerate(now))}

    with stepping_with(others):
        return run()


@contextmanager
def _made_by(formula: Formula) -> Iterator[None]:
    """Steps inside are made by the formula, of the moments that torch's own has left."""
    before: dict[torch.Tensor, torch.Tensor] = {}

    def pre(optimizer: Any, args: Any, kwargs: Any) -> None:
        params = (p for group in optimizer.param_groups for p in group["params"])
        before.update((p, p.detach().clone()) for p in params)

    def post(optimizer: Any, args: Any, kwargs: Any) -> None:
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None and p in before:
                    decayed = group.get("decoupled_weight_decay") and group["weight_decay"]
                    start = before[p] * (1 - group["lr"] * (decayed or 0))
                    with torch.no_grad():
                        p.copy_(start - group["lr"] * formula(group, p.grad, optimizer.state[p]))
        before.clear()

    with hooked(pre, post):
        yield


def _adam(
    group: Group, gradient: torch.Tensor, state: Mapping[str, Any], first: bool = True,
    second: bool = True, inside: bool = False, before: bool = False,
) -> torch.Tensor:  # fmt: skip
    """Adam's step, with or without both corrections, and eps in one of its places."""
    t, (beta1, beta2), eps = float(state["step"]), group["betas"], group["eps"]
    m = state["exp_avg"] / (1 - beta1**t if first else 1)
    correction = 1 - beta2**t if second else 1
    if inside:
        return m / torch.sqrt(state["exp_avg_sq"] / correction + eps)
    if before:
        return m * correction**0.5 / (state["exp_avg_sq"].sqrt() + eps)
    return m / ((state["exp_avg_sq"] / correction).sqrt() + eps)


def _rms(group: Group, gradient: torch.Tensor, state: Mapping[str, Any]) -> torch.Tensor:
    kept = state["square_avg"] if "square_avg" in state else state["sum"]
    return gradient / torch.sqrt(kept + group["eps"])


# What it keeps → what it may be left out or put elsewhere in the formula of them.
MOMENTS = ("exp_avg", "exp_avg_sq", "square_avg", "sum")
FORMULAS: Mapping[frozenset[str], Mapping[Message, Formula]] = {
    frozenset({"exp_avg", "exp_avg_sq"}): {
        message("no bias correction"): partial(_adam, first=False, second=False),
        message("no bias correction of the first moment"): partial(_adam, first=False),
        message("no bias correction of the second moment"): partial(_adam, second=False),
        message("eps inside the square root"): partial(_adam, inside=True),
        message("eps added before the bias correction"): partial(_adam, before=True),
        message("no bias correction, and eps inside the square root"): partial(
            _adam, first=False, second=False, inside=True
        ),
    },
    frozenset({"square_avg"}): {message("eps inside the square root"): _rms},
    frozenset({"sum"}): {message("eps inside the square root"): _rms},
}
