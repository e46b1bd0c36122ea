"""The search for a network's way back, by what it gave, with its forward pass and its loss.

It is a sum and not a product: the output says which forward pass it is, the loss which loss of
that, the last layer's gradient which error is sent back, and so on down.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks import solved
from compare.check.fitting.networks.alterations import ALTERATIONS, Alteration, Decay
from compare.check.fitting.networks.differences import QUOTIENTS, Differences
from compare.check.fitting.networks.forward_and_loss import belongs
from compare.check.fitting.networks.passes import Forward
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
from compare.check.fitting.networks.shown import Shown, fits, median, near, sizes_of, whole
from compare.check.fitting.networks.way_down import chains_of
from compare.check.naming.network_parameters import LR

Arrays = Mapping[str, Any]

MENDED = 8  # of the plans that explain most; the others are too far off to be what was meant


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
    deltas = [d for d in chains.DELTAS if belongs(d.output, d.family, forward.output)]
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
    rate = ratio / scale.of(*sizes_of(s)) * LR
    written = float(f"{rate:.2g}") if np.isfinite(rate) and rate > 0 else 0.0
    return written if abs(rate - written) < 1e-6 * rate else 0.0


def _differences(forward: Forward, loss: Reported, shown: Sequence[Shown]) -> Plan | None:
    """The gradients as differences of the loss, with an h of two digits that the last layer has."""
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
    ratio = median(np.divide(s.values[name] - right, there))
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
    deltas = [d for d in chains.DELTAS if belongs(d.output, d.family, forward.output)]
    if loss is not None:
        deltas.sort(key=lambda d: d.family != loss.loss.family)
    tried = (
        replace(start, delta=delta, scale=scale)
        for delta in deltas
        for scale in _possible(_first(SCALES, loss), replace(start, delta=delta), forward, shown[0])
    )
    found: list[Plan] = []
    for plan in tried:
        if _any(plan, forward, shown[0], names):
            found.append(plan)
        found += _with_epsilon(plan, loss, forward, shown[0], names)
    if not found and constants and start.rate == LR:
        found = _of_constant(deltas, start, forward, shown)
    if not found and start.batches is THIS:
        scales = _first(RIGHT_SCALES, loss)[:2]
        return [replace(start, delta=d, scale=s) for d in deltas[:3] for s in scales]
    return [replace(plan, chain=c) for plan in found for c in chains_of(last)]


def _with_epsilon(
    plan: Plan, loss: Reported | None, forward: Forward, s: Shown, names: Sequence[str]
) -> Iterator[Plan]:
    """The same with an epsilon: that of the loss, or one that the last layer's gradients tell."""
    if plan.delta.guarded is None or _any(plan, forward, s, names, every=True):
        return
    of_loss = [loss.loss.epsilon] if loss is not None and loss.loss.epsilon else []
    own = (replace(plan, delta=plan.delta.with_epsilon(e)) for e in of_loss)
    wanted = partial(_wanted, forward=forward, a=s.plain.a)
    told = solved.of_gradients(plan, s.values, wanted, names)
    yield from (p for p in itertools.chain(own, told) if _any(p, forward, s, names))


def _possible(scales: Sequence[Scale], plan: Plan, forward: Forward, s: Shown) -> Iterator[Scale]:
    """The scales that the last layer's gradients can have: most are told apart by one number."""
    ratios, sizes = _ratios(plan, forward, s), sizes_of(s)
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
    return [step * median(np.divide(s.values[n], sums[n].value)) for n in alike]


def _of_constant(
    deltas: Sequence[chains.Delta], start: Plan, forward: Forward, shown: Sequence[Shown]
) -> list[Plan]:
    """Plans in which the sum over the batch is divided by one number, whatever the batch's size."""
    name = f"grad/b{chains.depth_of(shown[0].a)}"
    for delta in deltas:
        plan = replace(start, delta=delta)
        for ratio in _ratios(plan, forward, shown[0]):
            divided = replace(plan, scale=constant_scale(whole(ratio)))
            if whole(ratio) and all(_any(divided, forward, s, (name,)) for s in shown):
                return [divided]
    return []


def _first(scales: Sequence[Scale], loss: Reported | None) -> list[Scale]:
    return sorted(scales, key=lambda s: loss is not None and s is not loss.scale)


def _any(plan: Plan, forward: Forward, s: Shown, names: Sequence[str], every: bool = False) -> bool:
    """Whether it explains one of these gradients, or every one."""
    plain = _wanted(plan, forward, s.plain.a)
    names = [n for n in names if n in s.values]
    alike = [n for n in names if n in plain and near(s.values[n], plain[n])]
    wanted = _wanted(plan, forward, s.a) if alike else {}
    fitting = [fits(s.values[n], wanted[n]) for n in alike]
    return len(alike) == len(names) and all(fitting) if every else any(fitting)


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
            if n in plain and near(v, plain[n]):
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
    return all(n in plain and near(s.values[n], plain[n]) for n in names)


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
    possible = [d for d in chains.DELTAS if belongs(d.output, d.family, forward.output)]
    if loss is not None:
        possible = [d for d in possible if d.family == loss.loss.family] or possible
    return Plan(possible[0], loss.scale if loss and not loss.scale.cause else SCALES[0])
