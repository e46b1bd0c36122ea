"""The search for a network's forward pass and its loss, by what it gave."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks import solved
from compare.check.fitting.networks.hidden import HIDDEN, LOG
from compare.check.fitting.networks.passes import Forward, Loss, Passed
from compare.check.fitting.networks.plans import RIGHT_SCALES, SCALES, Reported, constant_scale
from compare.check.fitting.networks.shown import (
    ROUGHLY,
    Shown,
    fits,
    median,
    near,
    sizes_of,
    whole,
)


def forward_of(depth: int, shown: Sequence[Shown]) -> Forward | None:
    """The forward pass that gives every y, the right ones first."""
    with_constant = solved.forwards(shown[0].plain.a, shown[0].values["y"]) if depth > 1 else ()
    outputs = chains.outputs_of(np.asarray(shown[0].values["y"]))
    right, wrong = chains.right_forwards(depth, outputs), chains.wrong_forwards(depth, outputs)
    tried = itertools.chain(right, with_constant, wrong)
    return next((f for f in tried if _gives_y(f, shown)), None)


def forward_of_loss(depth: int, shown: Sequence[Shown]) -> Forward | None:
    """The right forward pass of whose output the loss is, where the output is not shown."""
    right = chains.right_forwards(depth)
    if depth == 1:
        right = [f for f in right if f.hidden == HIDDEN[0]]  # it has no hidden layer
    plain = (f for f in right if loss_of(f, shown, usual=True) is not None)
    usual = (f for f in right if f.hidden in HIDDEN and loss_of(f, shown) is not None)
    return next(itertools.chain(plain, usual), None)


def _gives_y(f: Forward, shown: Sequence[Shown]) -> bool:
    first = shown[0].plain.a
    return near(shown[0].values["y"], chains.passed(f, first, first["x"]).y) and all(
        fits(s.values["y"], chains.passed(f, s.a, s.a["x"]).y) for s in shown
    )


def loss_of(forward: Forward, shown: Sequence[Shown], usual: bool = False) -> Reported | None:
    """The loss that is reported, right or not; None where there is none.

    ``usual``: only without a penalty or a constant, and with the labels as they are. Where none
    fits, one that is near may have an epsilon in its logarithms, or any a large one.
    """
    if "loss" not in shown[0].values:
        return None
    plain = [s.plain for s in shown]
    passed = [chains.passed(forward, s.a, s.a["x"]) for s in plain]
    possible = [x for x in chains.LOSSES if belongs(x.output, x.family, forward.output)]
    shifts = (0,) if usual else (0, 1, -1)
    tried: Iterator[Reported] = (
        r for n in shifts for x in possible for r in _scaled(x, n, forward, plain, passed)
    )
    if not usual:
        divided = _divided(possible, forward, plain, passed)
        tried = itertools.chain(tried, divided, _decayed(possible, forward, plain, passed))
    near: list[Reported] = []
    for r in tried:
        if all(map(partial(_nears, r, forward), plain, passed)):
            if _reports(r, forward, shown):
                return r
            near.append(r)
    value = shown[0].values["loss"]
    large = () if usual else (Reported(x, scale) for x in possible for scale in RIGHT_SCALES)
    guarded = (
        g
        for r in itertools.chain(near, large)
        for g in solved.guarded(r, forward, plain[0].a, passed[0], value)
        if all(map(partial(_nears, g, forward), plain, passed))
    )
    return next((g for g in guarded if _reports(g, forward, shown)), None)


def _nears(r: Reported, forward: Forward, s: Shown, p: Passed) -> bool:
    return near(_as_number(s.values["loss"]), r.of(s.a, p, forward))


def _as_number(loss: Any) -> Any:
    return np.reshape(loss, ()) if np.size(loss) == 1 else loss


def _scaled(
    loss: Loss, shift: int, forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> Iterator[Reported]:
    """The reductions that it can have: all but one are told apart by one number."""
    s, value = shown[0], shown[0].values["loss"]
    if np.size(value) != 1:
        yield from (Reported(loss, scale, shift) for scale in SCALES)
        return
    total = float(Reported(loss, RIGHT_SCALES[1], shift).of(s.a, passed[0], forward).value)
    value, sizes = float(np.reshape(value, ())), sizes_of(s)
    if np.isnan(total) and np.isfinite(value):
        return
    for scale in SCALES:
        wanted = total * scale.of(*sizes)
        # nan: where the sum is infinite, the rule decides
        if not abs(value - wanted) > ROUGHLY * abs(wanted):
            yield Reported(loss, scale, shift)


def belongs(output: str, family: str, of: str) -> bool:
    """Whether a loss of this output can follow a network that shows ``of``."""
    if LOG in (output, of):
        return output == of
    return output == of or (of == "identity" and family != "squared error") or (
        output == "identity" and family == "cross-entropy")  # fmt: skip


def _reports(r: Reported, forward: Forward, shown: Sequence[Shown]) -> bool:
    return all(
        fits(
            _as_number(s.values["loss"]), r.of(s.a, chains.passed(forward, s.a, s.a["x"]), forward)
        )
        for s in shown
    )


def _divided(
    possible: Sequence[Loss], forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> Iterator[Reported]:
    """Losses whose sum is divided by one number, whatever the batch's size."""
    for loss in possible:
        total = Reported(loss, RIGHT_SCALES[1]).of(shown[0].a, passed[0], forward).value
        if c := whole(median(np.atleast_1d(np.divide(shown[0].values["loss"], total)))):
            yield Reported(loss, constant_scale(c))


def _decayed(
    possible: Sequence[Loss], forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> Iterator[Reported]:
    """Losses with lambda/2 sum W^2 on top; lambda is what is left, in three digits."""
    if any(np.size(s.values["loss"]) != 1 for s in shown):
        return
    values = np.array([float(np.sum(s.values["loss"])) for s in shown])
    squares = np.array([_squares(s) for s in shown])
    samples = np.array([len(s.a["x"]) for s in shown])
    for loss in possible:
        # once for all reductions of it
        total = Reported(loss, RIGHT_SCALES[1]).of
        pairs = zip(shown, passed, strict=True)
        totals = np.array([float(total(s.a, p, forward).value) for s, p in pairs])
        for scale in RIGHT_SCALES:
            without = totals * [scale.of(*sizes_of(s)) for s in shown]
            left = 2 * (values - without)[0] / squares[0]
            if not (np.isfinite(left) and left > 0):
                continue
            for each, times in ((False, np.ones_like(samples)), (True, samples)):
                # three digits, or fewer: what an epsilon adds to the loss is in what is left
                for decay in dict.fromkeys(float(f"{left / times[0]:.{n}g}") for n in (3, 2, 1)):
                    wanted = without + decay / 2 * times * squares
                    # solved from the first probe, most are far off on the second
                    if not (np.abs(values - wanted) > ROUGHLY * np.abs(wanted)).any():
                        yield Reported(loss, scale, decay=decay, each=each)


def _squares(s: Shown) -> float:
    layers = range(1, chains.depth_of(s.a) + 1)
    return sum(float((s.a[f"W{k}"].value ** 2).sum()) for k in layers)
