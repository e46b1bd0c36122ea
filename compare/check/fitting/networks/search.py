"""The search for a network's forward pass, loss and way back, by what it gave.

It is a sum and not a product: the output says which forward pass it is, the loss which loss of
that, the last layer's gradient which error is sent back, and so on down.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from compare.arithmetic.closeness import gap
from compare.arithmetic.plain import Plain
from compare.arithmetic.running_error import Bounded
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks import solved
from compare.check.fitting.networks.alterations import ALTERATIONS, Alteration, Decay
from compare.check.fitting.networks.differences import QUOTIENTS, Differences
from compare.check.fitting.networks.hidden import LOG
from compare.check.fitting.networks.passes import Forward, Loss, Passed
from compare.check.fitting.networks.plans import (  # fmt: skip
    NEGATED_SCALES,
    OTHERS,
    RIGHT_SCALES,
    SCALES,
    THIS,
    Plan,
    Reported,
    Scale,
    constant_scale,
)
from compare.check.naming.network_parameters import LR

Arrays = Mapping[str, Any]


MENDED = 8  # of the plans that explain most; the others are too far off to be what was meant


@dataclass(frozen=True)
class Shown:
    """What it gave on one generic probe, beside the arrays as numbers.

    ``moved``: whether gradients may be the change of its weights.
    """

    a: Arrays
    values: Arrays
    moved: bool = False

    @cached_property
    def plain(self) -> Shown:
        """The same without errors: most of what is tried is far off, which needs no bound."""
        return replace(self, a={n: Plain.of(v) for n, v in self.a.items()})


def outputs_of(s: Shown) -> int:
    """How many outputs it has, whether it shows them or not."""
    if "y" in s.values:
        return int(s.values["y"].shape[-1])
    return int(s.a[f"W{chains.depth_of(s.a)}"].shape[-1])


def fits(value: Any, wanted: Bounded) -> bool:
    """Whether a result is what is wanted; what nothing is known of fits nothing."""
    value, right = np.asarray(value), np.asarray(wanted.value)
    if value.shape != right.shape:
        return False
    limit = np.broadcast_to(wanted.limit(), right.shape)
    if not np.isfinite(limit).all() and np.isfinite(right).all():
        return False
    return not gap(value, right, limit).wrong.any()


def _sizes(s: Shown) -> tuple[int, int, int]:
    """N, K and M, of which a scale is made."""
    return s.a["x"].shape[0], outputs_of(s), s.a["W1"].shape[0]


def _near(value: Any, wanted: Any) -> bool:
    """Whether a result may be what is wanted: the rule decides where both are infinite."""
    value, wanted = np.asarray(value), np.asarray(wanted)
    if value.shape != wanted.shape or (np.isfinite(value) & np.isnan(wanted)).any():
        return False
    apart = np.abs(value - wanted).max(initial=0.0)
    return not apart > _ROUGHLY * np.abs(wanted).max(initial=0.0)


_ROUGHLY = 1e-3  # far above rounding, which the rule judges, and that of float32


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
        right = [f for f in right if f.hidden == chains.HIDDEN[0]]  # it has no hidden layer
    plain = (f for f in right if loss_of(f, shown, usual=True) is not None)
    usual = (f for f in right if f.hidden in chains.HIDDEN and loss_of(f, shown) is not None)
    return next(itertools.chain(plain, usual), None)


def _gives_y(f: Forward, shown: Sequence[Shown]) -> bool:
    first = shown[0].plain.a
    return _near(shown[0].values["y"], chains.passed(f, first, first["x"]).y) and all(
        fits(s.values["y"], chains.passed(f, s.a, s.a["x"]).y) for s in shown
    )


def loss_of(forward: Forward, shown: Sequence[Shown], usual: bool = False) -> Reported | None:
    """The loss that is reported, right or not; None where there is none.

    ``usual``: only of those in the table, with the labels as they are.
    """
    if "loss" not in shown[0].values:
        return None
    plain = [s.plain for s in shown]
    passed = [chains.passed(forward, s.a, s.a["x"]) for s in plain]
    possible = [x for x in chains.LOSSES if _belongs(x.output, x.family, forward.output)]
    shifts = (0,) if usual else (0, 1, -1)
    tried: Iterator[Reported] = (
        r for n in shifts for x in possible for r in _scaled(x, n, forward, plain, passed)
    )
    if not usual:
        divided = _divided(possible, forward, plain, passed)
        decayed = _decayed(possible, forward, plain, passed)
        guarded = solved.losses(forward, plain[0].a, passed[0], shown[0].values["loss"])
        tried = itertools.chain(tried, divided, decayed, guarded)
    near = (r for r in tried if all(map(partial(_nears, r, forward), plain, passed)))
    return next((r for r in near if _reports(r, forward, shown)), None)


def _nears(r: Reported, forward: Forward, s: Shown, p: Passed) -> bool:
    return _near(_as_number(s.values["loss"]), r.of(s.a, p, forward))


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
    value, sizes = float(np.reshape(value, ())), _sizes(s)
    for scale in SCALES:
        wanted = total * scale.of(*sizes)
        # nan: where the sum is infinite, the rule decides
        if not abs(value - wanted) > _ROUGHLY * abs(wanted):
            yield Reported(loss, scale, shift)


def _belongs(output: str, family: str, of: str) -> bool:
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
        if c := _whole(_median(np.atleast_1d(np.divide(shown[0].values["loss"], total)))):
            yield Reported(loss, constant_scale(c))


def _decayed(
    possible: Sequence[Loss], forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> Iterator[Reported]:
    """Losses with lambda/2 sum W^2 on top; lambda is what is left, in three digits."""
    a, p = shown[0].a, passed[0]
    squares = sum(float((a[f"W{k}"].value ** 2).sum()) for k in range(1, chains.depth_of(a) + 1))
    for loss in possible:
        for scale in RIGHT_SCALES:
            without = Reported(loss, scale)
            left = (
                2
                * (float(np.sum(shown[0].values["loss"])) - float(without.of(a, p, forward).value))
                / squares
            )
            if np.isfinite(left) and left > 0:
                yield replace(without, decay=float(f"{left:.3g}"))
                each = left / a["x"].shape[0]
                yield replace(without, decay=float(f"{each:.3g}"), each=True)


def way_back(
    forward: Forward, loss: Reported | None, shown: Sequence[Shown], rated: bool = True
) -> Plan | None:
    """The plan that explains every gradient, right or not; None where there is none.

    ``rated``: whether the learning rate was given to it, and is not to be found.
    """
    if not any(n.startswith("grad/") for n in shown[0].values):
        return replace(matching_plan(forward, loss), shown=False)
    read_off = all(_moved(s) for s in shown)
    course = Plan(chains.DELTAS[0], SCALES[0], read_off=read_off)
    starts = [replace(course, batches=batches) for batches in (THIS, *OTHERS)]
    for rate in itertools.chain(
        (LR,), _rates(forward, shown) if read_off and not rated and len(shown) > 2 else ()
    ):
        moved = [replace(s, rate=rate) for s in starts]
        # at a rate that is not known no constant can be told from it
        if found := _way_of(moved, forward, loss, shown, constants=rated or not read_off):
            return found
    return _differences(forward, loss, shown) if loss is not None else None


def _moved(s: Shown) -> bool:
    """Whether the gradients are differences of weights: none has a digit below the weight's own."""
    return s.moved and all(
        np.shape(v) == np.shape(s.a[n.removeprefix("grad/")].value)
        and _steps(v, s.a[n.removeprefix("grad/")].value)
        for n, v in s.values.items()
        if n.startswith("grad/")
    )


def _steps(value: Any, before: np.ndarray) -> bool:
    """Whether (before - after) / lr are whole numbers of the last digit of before or after."""
    moved = np.asarray(value, dtype=np.float64) * LR
    digit = np.minimum(np.spacing(np.abs(before)), np.spacing(np.abs(before - moved)))
    return bool((np.fmod(moved, digit) == 0).all())


def _way_of(
    starts: Sequence[Plan],
    forward: Forward,
    loss: Reported | None,
    shown: Sequence[Shown],
    constants: bool,
) -> Plan | None:
    """The first plan, from one of these on, that explains every gradient."""
    for start in starts:
        plans = _plans(forward, loss, shown, start, constants)
        plans.sort(key=lambda p: -_matching(p, forward, shown[:1]))
        for n, plan in enumerate(plans):
            if complete := _completed(plan, forward, shown, mend=n < MENDED):
                return complete
    return None


def _rates(forward: Forward, shown: Sequence[Shown]) -> list[float]:
    """Learning rates of one digit or two that are written in the code, by how the last layer moved.

    The sizes of the batches differ: a rate that holds for all of them is none of 1/N.
    """
    last = chains.depth_of(shown[0].a)
    deltas = [d for d in chains.DELTAS if _belongs(d.output, d.family, forward.output)]
    found: dict[float, None] = {}
    names, s = (f"grad/b{last}", f"grad/W{last}"), shown[0]
    for delta in deltas:
        ratios = _ratios(Plan(delta, SCALES[0]), forward, s)
        for ratio, scale in itertools.product(ratios, (*RIGHT_SCALES, *NEGATED_SCALES)):
            rate = _written(ratio, scale, s)
            plan = Plan(delta, scale, read_off=True, rate=rate)
            if rate and rate != LR and all(_any(plan, forward, s, names) for s in shown):
                found[rate] = None
    return sorted(found, key=lambda rate: len(f"{rate:g}"))


def _written(ratio: float, scale: Scale, s: Shown) -> float:
    """The learning rate of one digit or two that makes this ratio of a scale, or 0."""
    rate = ratio / scale.of(*_sizes(s)) * LR
    written = float(f"{rate:.2g}") if np.isfinite(rate) and rate > 0 else 0.0
    return written if abs(rate - written) < 1e-6 * rate else 0.0


def _differences(forward: Forward, loss: Reported, shown: Sequence[Shown]) -> Plan | None:
    """The gradients as differences of the loss, with an h of two digits that the last layer shows."""
    plan = matching_plan(forward, loss)
    if not _nearly(replace(plan, scale=loss.scale), forward, shown[0]):
        return None
    for quotient in QUOTIENTS:
        tried = Differences(plan.delta, loss.scale, of=loss, quotient=quotient)
        h = _step(tried, plan, forward, shown[0])
        # a smaller h loses so many digits that other inexact gradients, of float32 say, fit as well
        if not _SMALLEST_STEP <= h <= _LARGEST_STEP:
            continue
        tried = replace(tried, h=h)
        if _completed(tried, forward, shown) == tried:
            return tried
    return None


_SMALLEST_STEP, _LARGEST_STEP = 5e-5, 1e-2
_NEARLY = 0.05  # of the gradient: a step of 1e-2 is off by less


def _nearly(plan: Plan, forward: Forward, s: Shown) -> bool:
    """Whether the last layer's gradient is the right one to a digit or two."""
    name = f"grad/W{chains.depth_of(s.a)}"
    wanted = _wanted(plan, forward, s.a).get(name)
    value = s.values.get(name)
    if wanted is None or value is None or np.shape(value) != wanted.shape:
        return False
    return bool(np.abs(value - wanted.value).max() < _NEARLY * np.abs(wanted.value).max())


def _step(tried: Differences, plan: Plan, forward: Forward, s: Shown) -> float:
    """The h with which the quotient is as far from the derivative as what is shown."""
    name = f"grad/W{chains.depth_of(s.a)}"
    right = _wanted(replace(plan, scale=tried.scale), forward, s.a)[name].value
    there = tried.last(s.a, forward).value - right
    ratio = _median(np.divide(s.values[name] - right, there))
    h = tried.h * np.abs(ratio) ** (1 / tried.quotient.order)
    return float(f"{h:.2g}") if np.isfinite(h) and h else 0.0


def _plans(
    forward: Forward,
    loss: Reported | None,
    shown: Sequence[Shown],
    start: Plan,
    constants: bool = True,
) -> list[Plan]:
    """What the last layer's gradients leave open: which error is sent back, and its scale."""
    last = chains.depth_of(shown[0].a)
    names = (f"grad/W{last}", f"grad/b{last}")
    deltas = [d for d in chains.DELTAS if _belongs(d.output, d.family, forward.output)]
    if loss is not None:
        deltas.sort(key=lambda d: d.family != loss.loss.family)
    tried = (
        replace(start, delta=delta, scale=scale)
        for delta in deltas
        for scale in _possible(_first(SCALES, loss), replace(start, delta=delta), forward, shown[0])
    )
    found = [plan for plan in tried if _any(plan, forward, shown[0], names)]
    if not found and constants and start.rate == LR:
        found = _of_constant(deltas, start, forward, shown)
    if not found and start.batches is THIS:
        scales = _first(RIGHT_SCALES, loss)[:2]
        return [replace(start, delta=d, scale=s) for d in deltas[:3] for s in scales]
    return [replace(plan, chain=c) for plan in found for c in chains.chains_of(last)]


def _possible(scales: Sequence[Scale], plan: Plan, forward: Forward, s: Shown) -> Iterator[Scale]:
    """The scales that the last layer's gradients can have: most are told apart by one number."""
    ratios, sizes = _ratios(plan, forward, s), _sizes(s)
    for scale in scales:
        factor = scale.of(*sizes)
        if any(abs(ratio - factor) < 1e-3 * abs(factor) for ratio in ratios):
            yield scale


def _ratios(plan: Plan, forward: Forward, s: Shown) -> list[float]:
    """What the last layer's gradients are beside those of the sum over the batch."""
    last = chains.depth_of(s.a)
    sums = _wanted(replace(plan, scale=RIGHT_SCALES[1], read_off=False), forward, s.plain.a)
    step = LR / plan.rate if plan.read_off else 1.0
    names = [n for n in (f"grad/b{last}", f"grad/W{last}") if n in sums and n in s.values]
    alike = [n for n in names if np.shape(s.values[n]) == sums[n].shape]
    return [step * _median(np.divide(s.values[n], sums[n].value)) for n in alike]


def _median(ratios: np.ndarray) -> float:
    """The median of what is finite; NaN where nothing is."""
    finite = ratios[np.isfinite(ratios)]
    return float(np.median(finite)) if finite.size else np.nan


def _of_constant(
    deltas: Sequence[chains.Delta], start: Plan, forward: Forward, shown: Sequence[Shown]
) -> list[Plan]:
    """Plans in which the sum over the batch is divided by one number, whatever the batch's size."""
    name = f"grad/b{chains.depth_of(shown[0].a)}"
    for delta in deltas:
        plan = replace(start, delta=delta)
        for ratio in _ratios(plan, forward, shown[0]):
            divided = replace(plan, scale=constant_scale(_whole(ratio)))
            if _whole(ratio) and all(_any(divided, forward, s, (name,)) for s in shown):
                return [divided]
    return []


def _whole(ratio: float) -> int:
    """The whole number that a sum was divided by, or 0."""
    c = 1 / ratio if ratio else 0.0
    return round(c) if 3 <= c < 1e6 and abs(c - round(c)) < 1e-6 else 0


def _first(scales: Sequence[Scale], loss: Reported | None) -> list[Scale]:
    return sorted(scales, key=lambda s: loss is not None and s is not loss.scale)


def _any(plan: Plan, forward: Forward, s: Shown, names: Sequence[str]) -> bool:
    plain = _wanted(plan, forward, s.plain.a)
    names = [n for n in names if n in s.values and n in plain and _near(s.values[n], plain[n])]
    wanted = _wanted(plan, forward, s.a) if names else {}
    return any(fits(s.values[n], wanted[n]) for n in names)


def _wanted(plan: Plan, forward: Forward, a: Arrays) -> dict[str, Bounded]:
    """The gradients of a plan; none where it has none for these shapes."""
    try:
        return plan.grads(a, forward)
    except (ValueError, IndexError, KeyError):
        return {}


def _matching(plan: Plan, forward: Forward, shown: Sequence[Shown]) -> float:
    """How many gradients a plan explains; matrices count for more where it is a draw."""
    total = 0.0
    for s in shown:
        plain = _wanted(plan, forward, s.plain.a)
        for n, v in s.values.items():
            if n in plain and _near(v, plain[n]):
                total += 1.1 if "W" in n else 1.0
    return total


def _completed(
    plan: Plan, forward: Forward, shown: Sequence[Shown], mend: bool = True
) -> Plan | None:
    """The plan with an alteration for every gradient that it does not explain by itself.

    Without ``mend`` it has to explain all of them.
    """
    if not mend and not _nears_all(plan, forward, shown[0]):
        return None
    wanted = [_wanted(plan, forward, s.a) for s in shown]
    if not all(wanted):
        return None
    wrong = [
        n for n in shown[0].values if n.startswith("grad/")
        and not all(n in w and fits(s.values[n], w[n]) for s, w in zip(shown, wanted, strict=True))
    ]  # fmt: skip
    altered: dict[str, Any] = {}
    if wrong and not mend:
        return None
    for n in wrong:
        if (fit := _alteration(plan, forward, n, shown)) is None:
            return None
        altered[n] = fit
    return replace(plan, altered=altered)


def _nears_all(plan: Plan, forward: Forward, s: Shown) -> bool:
    plain = _wanted(plan, forward, s.plain.a)
    names = [n for n in s.values if n.startswith("grad/")]
    return all(n in plain and _near(s.values[n], plain[n]) for n in names)


def _alteration(plan: Plan, forward: Forward, name: str, shown: Sequence[Shown]) -> Any:
    found = [plan.bare(s.a, forward) | plan.batches.before(s.a, plan, forward) for s in shown]
    step = LR / plan.rate if plan.read_off else 1.0
    decay = Decay.fitting(name, found[0], shown[0].a, np.multiply(shown[0].values[name], step))
    possible: list[Alteration | Decay] = [*ALTERATIONS, *decay]
    for alter in possible:
        given = zip(shown, found, strict=True)
        if alter.may(name) and all(_gives(alter, plan, s, f, name) for s, f in given):
            return alter
    return None


def _gives(
    alter: Alteration | Decay, plan: Plan, s: Shown, found: Mapping[str, Bounded], name: str
) -> bool:
    try:
        wanted = plan.as_shown(name, alter.of(name, found, s.a), s.a)
    except (ValueError, IndexError, KeyError):
        return False
    return fits(s.values[name], wanted)


def matching_plan(forward: Forward, loss: Reported | None) -> Plan:
    """The gradient of the loss that is reported."""
    possible = [d for d in chains.DELTAS if _belongs(d.output, d.family, forward.output)]
    if loss is not None:
        possible = [d for d in possible if d.family == loss.loss.family] or possible
    return Plan(possible[0], loss.scale if loss and not loss.scale.cause else SCALES[0])
