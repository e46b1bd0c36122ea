"""What the other parts of a network give beside its outputs: classes, the share of right ones,
gradients that are set back.

Each is held against the definition of it in terms of the outputs themselves; only what another
definition gives on all draws is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import (
    NUMBERS,
    Call,
    Network,
    State,
    Usage,
    outputs_in,
    same,
)
from compare.check.calling.any_network.part_calls import call_of
from compare.check.fitting.networks.own_gradient import written_factor
from compare.check.naming import network_parameters as calls
from compare.check.naming.grammar import meaning
from compare.check.naming.network_parts import speaks_of_loss
from compare.check.naming.source_tree import divides_whole
from compare.sandbox.interface import Failed

CAUSES = frozenset(
    "classes_over_samples threshold_outside threshold_of_scores classes_reversed draws_in_testing "
    "zeroing_leaves numerical_scaled accuracy_axis accuracy_by_element accuracy_cut_off "
    "accuracy_factor init_equal into_integers mutates stale_input".split()
)
_DRAWS = 4
_WIDE, _LESS = 3.0, 0.4  # weights of the first draw, and of each next one: as many outputs are
# far from any threshold as between two of them
_ALIKE = 1e-9
_NUMERICAL = 1e-3  # of the largest: what differences of somebody else may be off by
_NONE: Mapping[str, str] = {}
_SHARE = "accuracy"  # the concept
_SAMPLES, _CLASSES = 6, 10  # of a share alone: others have more classes than are tried


@dataclass(frozen=True)
class Beside:
    """What a part gave and should have given, and the mistake that explains what it gave, or ""."""

    part: str
    given: np.ndarray
    expected: np.ndarray
    cause: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draw:
    """One network with outputs of its samples, in rows, as it gives them in testing."""

    network: Network
    known: Mapping[str, Any]
    y: np.ndarray


def beside(network: Network, of_scores: bool) -> list[Beside]:
    """Of each part that is a known thing beside the outputs.

    ``of_scores``: whether its loss takes the sigmoid of its outputs.
    """
    found: list[Beside] = []
    try:
        before = network.numbers()
        draws = [d for i in range(_DRAWS) if (d := _drawn(network, before, i)) is not None]
        used = {*network.usage.names}
        parts = [n for n in network.parts if n not in used and not speaks_of_loss(n)]
        for of_part in (_of_samples, _of_targets) if len(draws) == _DRAWS else ():
            for name in parts:
                found += of_part(draws, name, of_scores)
        told = {b.part for b in found}
        network.begin(before)
        for name in parts:
            if name not in told and _is_share(name):
                found += _of_each_sample(network, name)
        network.begin(before)
        way = network.usage.backward or network.usage.step[:-1]
        for name in network.parts if way else ():
            if name in used or name in {b.part for b in found}:
                continue
            if not calls.needed(network.parts[name]):
                found += _of_zeros(network, name, before)
            elif network.usage.backward and not network.drops:
                found += _of_gradients(network, name, before)
    except (Failed, ValueError, TypeError, KeyError):
        return [b for b in found if not b.cause]
    # of a wrong class follows a wrong share of them
    first = {b.cause: b.part for b in reversed(found) if b.cause}
    return [b for b in found if first.get(b.cause, b.part) == b.part]


def _drawn(network: Network, before: State, seed: int) -> Draw | None:
    """Other weights; None where the outputs are no table of numbers with a row for each sample."""
    forward, rng = network.usage.forward, np.random.default_rng(seed)
    if forward is None or network.d is None or np.ndim(network.x) != 2:
        return None
    if network.drops and "training" not in forward.arguments.values():
        return None
    paths = [p for p, v in before.items() if isinstance(v, NUMBERS) and np.ndim(v)]
    size = _WIDE * _LESS**seed
    start = {p: size * rng.standard_normal(np.shape(before[p])) for p in paths}
    moved = {p: np.abs(before[p]) for p in network.moved}
    network = replace(network, x=rng.standard_normal(network.x.shape), moved={})
    network.begin({**before, **start, **moved})
    known = {**network.known(), "training": False}
    y = outputs_in(network.ran(forward, dict(known)), forward.pick)
    if y is None or not np.isfinite(y).all() or y.shape[:1] != network.x.shape[:1] or y.ndim > 2:
        return None
    return Draw(network, known, y.reshape(len(y), -1))


def _called(draw: Draw, name: str, d: Any = None) -> Any:
    """What a part gives of x, or of x and d; None where it takes anything else."""
    known = {k: v for k, v in draw.known.items() if k not in ("d", "pairs", "lr")}
    known |= {} if d is None else {"d": d}
    call = call_of(draw.network, name, known)
    wanted = {"x"} if d is None else {"x", "d"}
    if call is None or {*call.arguments.values()} - {"training", "drops", "pass"} != wanted:
        return None
    arguments = {n: r for n, r in call.arguments.items() if r != "training"}
    try:
        return draw.network.ran(Call(name, arguments), dict(known))
    except (Failed, TypeError) as failed:
        if isinstance(failed, Failed) and not failed.goes_on:
            raise
        return None


# ----- classes of samples, and the share of those that are right


def _of_samples(draws: Sequence[Draw], name: str, of_scores: bool) -> Iterator[Beside]:
    """The classes that it gives of x."""
    given = [_classes(_called(draw, name)) for draw in draws]
    if all(g is not None for g in given):
        yield from _predicted(draws, name, [g for g in given if g is not None], of_scores)


def _of_targets(draws: Sequence[Draw], name: str, of_scores: bool) -> Iterator[Beside]:
    """The share of right ones that it gives of x and targets."""
    labels = [_labels(draw.y, of_scores) for draw in draws]
    several = draws[0].y.shape[1]
    targets = [_partly_right(c, several, i) for i, c in enumerate(labels)]
    forms = [targets, [t.reshape(-1, 1) for t in targets]]
    if several > 1:
        forms = [targets, [np.eye(several)[t] for t in targets]]
    right = [float(np.mean(c == t)) for c, t in zip(labels, targets, strict=True)]
    told = [each for form in forms for each in _shared(draws, name, np.array(right), form)]
    yield from sorted(told, key=lambda each: bool(each.cause))[:1]


def _classes(result: Any) -> np.ndarray | None:
    """Whole numbers, one of each sample; None of anything else."""
    if not isinstance(result, (np.ndarray, list)):
        return None
    array = np.asarray(result)
    if array.dtype.kind not in "ibf" or not array.size or (array != np.round(array)).any():
        return None
    return array.astype(np.int64).reshape(-1)


def _number(result: Any) -> float | None:
    one = isinstance(result, (int, float, np.number)) and not isinstance(result, bool)
    return float(result) if one and np.isfinite(result) else None


def _labels(y: np.ndarray, of_scores: bool) -> np.ndarray:
    if y.shape[1] > 1:
        return y.argmax(axis=1)
    return (y[:, 0] > (0.5 if not of_scores else 0.0)).astype(np.int64)


def _partly_right(labels: np.ndarray, several: int, seed: int) -> np.ndarray:
    """Targets of which another share is right each time."""
    wrong = np.arange(len(labels)) % (seed + 2) == 1
    return np.where(wrong, (labels + 1) % max(2, several), labels)


def _predicted(
    draws: Sequence[Draw], name: str, given: Sequence[np.ndarray], of_scores: bool
) -> Iterator[Beside]:
    if draws[0].y.shape[1] > 1:
        expected = [draw.y.argmax(axis=1) for draw in draws]
        turned = [draw.y.argmax(axis=0) for draw in draws]
        if _equal(given, expected) or _equal([g - 1 for g in given], expected):
            yield _right(name, given)
        elif _equal(given, turned):
            yield wrong(name, "classes_over_samples", given[0], expected[0])
        return
    y = [draw.y[:, 0] for draw in draws]
    if any(g.shape != v.shape for g, v in zip(given, y, strict=True)):
        return
    shares = all(((v > 0) & (v < 1)).all() for v in y)
    numbers, classes = np.concatenate(y), np.concatenate(given)
    high = classes == classes.max()
    middle = 0.5 if shares else 0.0
    meant = np.where(numbers > middle, classes.max(), classes.min())
    if high.all() and shares and (numbers < 0.4).any() and (numbers > 0.6).any():
        meant = (numbers > 0.5).astype(np.int64)
        yield wrong(name, "threshold_outside", classes, meant, {"name": str(classes[0])})
        return
    if high.all() or not (shares or of_scores):
        return
    if numbers[~high].max() < numbers[high].min():
        low, top = float(numbers[~high].max()), float(numbers[high].min())
        if low <= middle <= top:
            yield _right(name, given)
        elif of_scores and low <= 0.5 <= top:
            yield wrong(name, "threshold_of_scores", classes, meant)
    elif numbers[high].max() < numbers[~high].min() and {*classes.tolist()} == {0, 1}:
        yield wrong(name, "classes_reversed", classes, meant)


def _shared(
    draws: Sequence[Draw], name: str, right: np.ndarray, form: Sequence[Any]
) -> Iterator[Beside]:
    """A share of right samples, in percent, or their number; or what another definition gives."""
    shares = [_number(_called(draw, name, d)) for draw, d in zip(draws, form, strict=True)]
    if None in shares:
        return
    given, samples = np.array(shares, dtype=float), float(len(draws[0].y))
    again = [replace(draw, network=replace(draw.network, seed=9)) for draw in draws]
    pairs = zip(again, form, strict=True) if draws[0].network.drops else ()
    if any(
        _number(_called(draw, name, d)) != g for (draw, d), g in zip(pairs, given, strict=False)
    ):
        yield wrong(name, "draws_in_testing", given, right)
    elif any(np.allclose(given, unit * right, atol=_ALIKE) for unit in (1.0, 100.0, samples)):
        yield _right(name, [given])
    elif np.ptp(right):
        for cause, other_shares in _otherwise(draws, form):
            if np.allclose(given, other_shares, atol=_ALIKE):
                yield wrong(name, cause, given, right)
                return
        if not given.any() and divides_whole(draws[0].network.sources.get(name, "")):
            yield wrong(name, "accuracy_cut_off", given, right)
            return
        factor = float(given @ right / (right @ right))
        if factor > 0 and np.allclose(given, factor * right, atol=_ALIKE):
            blanks = {"is": f"{factor / samples:.4g}", "should": "1/N"}
            yield wrong(name, "accuracy_factor", given, right, blanks)


def _is_share(name: str) -> bool:
    said = meaning(name)
    return said is not None and said.base == _SHARE


def _of_each_sample(network: Network, name: str) -> Iterator[Beside]:
    """A share of right samples of what gives no outputs: the mean of those of its samples.

    The class of a sample is the one for which that is not 0.
    """
    x = np.random.default_rng(0).standard_normal((_SAMPLES, np.shape(network.x)[-1]))
    known = {**network.known(), "training": False}

    def share(of: slice, targets: np.ndarray) -> float:
        found = _number(_called(Draw(network, {**known, "x": x[of]}, x), name, targets))
        return np.nan if found is None else found

    tried = np.array([
        [share(slice(i, i + 1), np.array([c])) for c in range(_CLASSES)] for i in range(_SAMPLES)
    ])  # fmt: skip
    if not ((tried > 0).sum(axis=1) == 1).all() or len(np.unique(tried)) != 2:
        return
    targets = _partly_right(tried.argmax(axis=1), _CLASSES, 0)
    given = np.array([share(slice(None), targets)])
    right = np.array([np.mean(tried[np.arange(_SAMPLES), targets])])
    if np.allclose(given, right, atol=_ALIKE):
        yield _right(name, [given])
    elif not given.any() and divides_whole(network.sources.get(name, "")):
        yield wrong(name, "accuracy_cut_off", given, right)


def _otherwise(
    draws: Sequence[Draw], form: Sequence[Any]
) -> Iterator[tuple[str, list[np.floating[Any]]]]:
    """A mistake in a share of right samples, and what it gives."""
    pairs = list(zip((draw.y for draw in draws), form, strict=True))
    if draws[0].y.shape[1] == 1:
        above = [np.mean((y[:, 0] > 0.5) == (np.ravel(d) > 0.5)) for y, d in pairs]
        yield "threshold_of_scores", above
    elif np.ndim(form[0]) == 2:
        right = [(y.argmax(axis=0) == d.argmax(axis=0)).astype(float) for y, d in pairs]
        yield "accuracy_axis", [r.mean() for r in right]
        yield "accuracy_axis", [r.sum() / len(y) for r, (y, _) in zip(right, pairs, strict=True)]
        counts = [(y > 0.5) == (d > 0.5) for y, d in pairs]
        yield "accuracy_by_element", [c.mean() for c in counts]
        yield "accuracy_by_element", [c.sum() / len(c) for c in counts]


def _equal(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    return all(map(np.array_equal, one, other))


def _right(name: str, given: Sequence[np.ndarray]) -> Beside:
    whole = np.concatenate(list(map(np.ravel, given))).astype(float)
    return Beside(name, whole, whole)


def wrong(
    name: str,
    cause: str,
    given: np.ndarray,
    expected: np.ndarray,
    blanks: Mapping[str, str] = _NONE,
) -> Beside:
    """What a part gave, beside what it should give: number by number, of as many as both have."""
    given, expected = (np.ravel(v).astype(float) for v in (given, expected))
    many = min(len(given), len(expected))
    if (given[:many] == expected[:many]).all():
        given, expected = np.array([float(len(given))]), np.array([float(len(expected))])
        many = 1
    return Beside(name, given[:many], expected[:many], cause, {"part": name, **blanks})


# ----- gradients that are set back


def _of_zeros(network: Network, name: str, before: State) -> Iterator[Beside]:
    """What sets kept gradients to 0: a second way back leaves behind what the first one did."""
    network.begin(before)
    fresh = _kept(network, network.usage)
    network.called(name)
    back = network.numbers()
    zeros = [
        p for p, v in fresh.items()
        if np.ndim(v) and np.any(v) and p in back and not np.any(back[p])
        and not same(v, before.get(p))
    ]  # fmt: skip
    if not zeros:
        return
    again = _kept(network, network.usage)
    off = [
        p for p, v in fresh.items()
        if np.ndim(v) and np.any(v) and np.allclose(again.get(p, v), 2 * v, atol=0.0)
    ]  # fmt: skip
    if off:
        given, expected = (np.concatenate([np.ravel(g[p]) for p in off]) for g in (again, fresh))
        named = ", ".join(p.removeprefix(".") for p in off[:8])
        yield wrong(name, "zeroing_leaves", given, expected, {"name": named})
    else:
        yield _right(name, [fresh[zeros[0]]])


def _of_gradients(network: Network, name: str, before: State) -> Iterator[Beside]:
    """Gradients that it gives as well: those that the way back gives, or one multiple of them."""
    network.begin(before)
    call = call_of(network, name, network.known())
    if call is None or not {"x", "d"} <= {*call.arguments.values()}:
        return
    weights = {p: v for p, v in before.items() if np.ndim(v)}
    right = gradients_in(*network.went_back(network.usage.backward), weights)
    network.begin(before)
    given = gradients_in(*network.went_back((call,)), weights)
    if not right or right.keys() != given.keys():
        return
    ours, theirs = (np.concatenate([np.ravel(g[p]) for p in right]) for g in (right, given))
    scale = np.abs(ours).max(initial=0.0)
    if not scale or not np.isfinite(theirs).all():
        return
    factor = float(theirs @ ours / (ours @ ours))
    if np.abs(theirs - factor * ours).max() > _NUMERICAL * scale or not factor:
        return
    if abs(factor - 1) < _NUMERICAL:
        yield _right(name, [theirs])
    else:
        blanks = {"factor": written_factor(float(f"{factor:.4g}"))}
        yield wrong(name, "numerical_scaled", theirs, ours, blanks)


def _kept(network: Network, usage: Usage) -> State:
    """The numbers inside after a way back."""
    return network.went_back(usage.backward or usage.step[:-1])[1]
