"""What the ways back of a network give on drawn numbers, and the derivative that they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.check.calling.any_network import usage as uses
from compare.check.calling.any_network.beside_outputs import Beside, beside
from compare.check.calling.any_network.functions import OWN_SAMPLES, put_back, samples_read
from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import (
    MOST_CALLS,
    NAME,
    NUMBERS,
    Network,
    State,
    may_be_weight,
    same,
    targets_as,
    weights_of,
)
from compare.check.calling.any_network.other_slopes import OtherSlope, other_slopes
from compare.check.calling.any_network.ways import (
    GRAD,
    UPDATE,
    Measured,
    Place,
    penalised,
    told_a_rate,
    way_of,
)
from compare.check.fitting.networks.own_gradient import (
    FEW,
    LEAST,
    Derivative,
    Fit,
    derivative,
    fitted,
    own_fit,
)
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

LOG_BASE = "log_base"  # the cause: of a loss
_MOST, _FEW = 20, 8  # numbers of which the derivative is taken


@dataclass(frozen=True)
class Known:
    """How a subject is used, what came of it on each draw, and what explains that.

    Nothing where no use was found. ``shared``: what is wrong is right where no two places of it
    have one object · ``slope_at``: the function of a derivative that is handed the other of u and
    z = f(u), with which all is right · ``of_one``: of one sample all of it is right · ``reads``:
    the samples of the module that it takes instead of those that it is handed · ``beside``: what
    its other parts give.
    """

    network: Network | None = None
    measured: tuple[Measured, ...] = ()
    fits: Mapping[str, Fit] = field(default_factory=dict)
    shared: bool = False
    slope_at: OtherSlope | None = None
    of_one: bool = False
    reads: str = ""
    beside: tuple[Beside, ...] = ()

    def part(self, prefix: str, draw: int) -> slice:
        """Where the numbers of one draw stand among those of all."""
        counts = [len(m.ways[prefix].names) for m in self.measured]
        return slice(sum(counts[:draw]), sum(counts[: draw + 1]))


def place_of(subject: Subject, cause: str) -> str:
    """The part that gave or made the gradients of what was explained, or ""; or its loss, where
    the logarithm of that is another."""
    known = subject.made.get(NAME, Known())
    for each in known.beside:
        if each.cause == cause:
            return each.part
    usage = known.network.usage if known.network else None
    if usage and usage.loss and cause == LOG_BASE:
        return usage.loss.name
    return [*usage.step, *usage.backward][-1].name if usage else ""


def explained(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> Known:
    """The use that its own derivative explains most, and whether a shared object is the rest."""
    try:
        known = _explained(subject, draws)
        if known.network is None or not all(fit.right.all() for fit in known.fits.values()):
            return known
        return replace(known, beside=tuple(beside(known.network, _is_of_scores(known))))
    finally:
        put_back(subject)


def _is_of_scores(known: Known) -> bool:
    """Whether all that was given is the derivative of a loss of the sigmoid of its outputs."""
    alone = [
        replace(m, derivative=replace(m.derivative, loss=None, loss_error=None))
        for m in known.measured
    ]
    fits = _fits(alone).values()
    return bool(fits) and all(
        f.loss == "binary cross-entropy of scores" and f.right.all() for f in fits
    )


def _explained(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> Known:
    unexplained: list[Network] = []
    known = _first_explained(subject, draws, unexplained)
    if known.fits and all(fit.right.all() for fit in known.fits.values()):
        return _of_several(known, unexplained, draws) or known
    for slope in other_slopes(subject):
        if (found := _right_with(subject, draws, slope)) is not None:
            return found
    if known.network is None:
        return known
    if reads := _samples_read(known.network, draws):
        return replace(known, reads=reads)
    return replace(known, shared=_is_right_apart(known.network, draws))


def _right_with(
    subject: Subject, draws: Sequence[Mapping[str, np.ndarray]], slope: OtherSlope
) -> Known | None:
    """What the ways back give, where all of it is right with another derivative; None elsewhere."""
    slope.put_in(subject)
    known = _first_explained(subject, draws, [])
    put_back(subject)
    if known.network is None or not all(fit.right.all() for fit in known.fits.values()):
        return None
    try:
        seeds = range(1, len(draws) + 1)
        measured = tuple(
            _measured(replace(known.network, seed=seed), arrays)
            for seed, arrays in zip(seeds, draws, strict=True)
        )
    except (Failed, ValueError, TypeError, KeyError):
        return None
    fits = {}
    for prefix, fit in known.fits.items():
        given = np.concatenate([m.ways[prefix].given for m in measured])
        if given.shape != fit.expected.shape:
            return None
        fits[prefix] = replace(fit, right=np.abs(given - fit.expected) <= 2 * fit.error)
    if all(fit.right.all() for fit in fits.values()):
        return None
    return Known(known.network, measured, fits, slope_at=slope)


def _samples_read(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> str:
    """The global name of samples, where all is right once they are those handed over, or ""."""
    subject = network.subject
    parts = [subject.inventory[n] for n in network.usage.names] if network.first else []
    read = [name for part in parts for name in samples_read(subject, part, network.held)]
    subject.made[OWN_SAMPLES] = None
    try:
        fits = _fits([_measured(network, arrays) for arrays in draws]) if read else {}
    except (Failed, ValueError, TypeError, KeyError):
        fits = {}
    del subject.made[OWN_SAMPLES]
    return read[0] if fits and all(fit.right.all() for fit in fits.values()) else ""


def _of_several(
    known: Known, unexplained: Sequence[Network], draws: Sequence[Mapping[str, np.ndarray]]
) -> Known | None:
    """What the same use gives of several samples, where it is not the derivative of its loss."""
    of_one = known.network
    for network in unexplained:
        if of_one is None or of_one.usage.names != network.usage.names:
            continue
        if GRAD not in known.fits or network.x.size <= of_one.x.size:
            continue
        try:
            measured = tuple(_measured(network, arrays) for arrays in draws)
        except (Failed, ValueError, TypeError, KeyError):
            continue
        ways = [m.ways.get(GRAD) for m in measured]
        if fit := own_fit([w.given for w in ways if w], [m.derivative for m in measured]):
            return Known(network, measured, {GRAD: fit}, of_one=True)
    return None


def _is_right_apart(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> bool:
    """Whether all is right where an object that stands in two places is two."""

    def apart() -> Handle:
        handle = network.make()
        network.subject.box.separate(handle)
        return handle

    try:
        if not network.has_layers or not network.subject.box.separate(network.make()):
            return False
        fits = _fits([_measured(replace(network, make=apart), arrays) for arrays in draws])
    except (Failed, ValueError, TypeError, KeyError):
        return False
    return bool(fits) and all(fit.right.all() for fit in fits.values())


def _first_explained(
    subject: Subject, draws: Sequence[Mapping[str, np.ndarray]], unexplained: list[Network]
) -> Known:
    """The first use of which it explains all; of fewer samples only where no other is explained.

    ``unexplained`` gets those that gave gradients beside a loss, and are explained by nothing.
    """
    best, most = Known(), 0.0
    for network in uses.networks(subject):
        if best.network is not None and network.x.size < best.network.x.size:
            continue
        try:
            # first on a few: most uses are not what was meant, and are explained by nothing
            if not _fits([first := _measured(network, draws[0], few=True)], FEW):
                if GRAD in first.ways and first.derivative.loss is not None:
                    unexplained.append(network)
                continue
            measured = tuple(
                _measured(replace(network, seed=seed), arrays)
                for seed, arrays in enumerate(draws, start=1)
            )
        except (Failed, ValueError, TypeError, KeyError) as error:
            if isinstance(error, Failed) and not error.goes_on:
                return best
            continue
        fits = told_a_rate(network, measured, _fits(measured))
        fits = penalised(network, measured, fits)
        if fits and all(fit.right.all() for fit in fits.values()):
            return Known(network, measured, fits)
        explained = min((float(fit.right.mean()) for fit in fits.values()), default=0.0)
        if fits and explained > most:
            best, most = Known(network, measured, fits), explained
            # another use may explain all: not every one is looked at for that
            network.spent["calls"] = max(network.spent["calls"], MOST_CALLS - 300)
    return best


def _fits(measured: Sequence[Measured], least: int = LEAST) -> dict[str, Fit]:
    """Way back → what explains it on all probes; {} where one of them is explained by nothing."""
    fits: dict[str, Fit] = {}
    for prefix in measured[0].ways if measured else ():
        if not all(prefix in m.ways for m in measured):
            return {}
        ways = [m.ways[prefix] for m in measured]
        fit = fitted(
            [w.given for w in ways],
            [w.rounding for w in ways],
            [m.derivative for m in measured],
            [path for w in ways for path, _ in w.names],
            least,
        )
        if fit is None:
            return {}
        fits[prefix] = fit
    return fits


def _measured(network: Network, arrays: Mapping[str, Any], few: bool = False) -> Measured:
    """The derivative at drawn weights and samples, and what each way back gives there."""
    before = dict(network.numbers())
    if network.x.dtype.kind == "f":
        network.x = np.resize(arrays["x"], network.x.shape)
    numbers = [p for p, v in before.items() if isinstance(v, NUMBERS)]
    weights = {p: before[p] for p in weights_of(network, before, numbers)}
    drawn = _drawn(weights, arrays["w"])
    start = {**before, **drawn}
    network.begin(start)
    y, _ = network.outputs()
    if y is not None and not np.isfinite(y).all():
        start = before
    went = _went(network, start)
    if any(np.ndim(v) for v in weights.values()):
        settings = [p for p in weights if _is_setting(p, weights, start, went)]
        weights = {p: v for p, v in weights.items() if p not in settings}
        start = {**start, **{p: before[p] for p in settings}}  # a slope, a rate of a penalty
        went = _went(network, start) if settings else went
    names = _looked_at(weights, _FEW if few else _MOST)
    found = _derivative(network, start, names)
    ways = {}
    for prefix, (result, after) in went.items():
        made = way_of(prefix, result, after, start, weights, names)
        if made is not None:
            ways[prefix] = made
    network.begin(before)
    if not ways:
        raise ValueError
    return Measured(found, ways)


def _went(network: Network, start: State) -> dict[str, tuple[Any, State]]:
    """What each way back returns and leaves behind."""
    went = {}
    for prefix, way in ((GRAD, network.usage.backward), (UPDATE, network.usage.step)):
        if way:
            network.begin(start)
            went[prefix] = network.went_back(way)
    return went


def _is_setting(
    path: str, weights: State, start: State, went: Mapping[str, tuple[Any, State]]
) -> bool:
    """Whether it is one number beside arrays, which nothing moves or has a gradient of: a slope."""
    if may_be_weight(path, start[path]):
        return False
    for prefix, (result, after) in went.items():
        if prefix == UPDATE and not same(after.get(path), start[path]):
            return False
        if prefix == GRAD and path in gradients_in(result, after, weights):
            return False
    return True


def _drawn(weights: State, pool: np.ndarray) -> dict[str, Any]:
    drawn, at = {}, 0
    for path, value in weights.items():
        size = int(np.size(value))
        # no activation saturates
        scale = min(0.6, 2 / np.sqrt(max(np.shape(value), default=1)))
        numbers = scale * np.take(pool, range(at, at + size), mode="wrap")
        drawn[path] = numbers.reshape(np.shape(value)) if np.ndim(value) else float(numbers[0])
        at += size
    return drawn


def _looked_at(weights: State, most: int) -> tuple[Place, ...]:
    """Some numbers of every weight."""
    each = max(1, most // max(1, len(weights)))
    rng = np.random.default_rng(0)
    names: list[Place] = []
    for path, value in weights.items():
        size, shape = int(np.size(value)), np.shape(value)
        places = sorted(rng.choice(size, min(each, size), replace=False))
        names += [(path, tuple(int(i) for i in np.unravel_index(p, shape))) for p in places]
    return tuple(names[:: max(1, len(names) // (2 * most))])


def _derivative(network: Network, start: State, names: Sequence[Place]) -> Derivative:
    network.begin(start)
    y, loss = network.outputs()
    columns: list[tuple[np.ndarray, np.ndarray]] = []
    for path, place in names:

        def f(s: float, path: str = path, place: tuple[int, ...] = place) -> np.ndarray:
            network.put({path: _moved(start[path], place, s)})
            outputs, number = network.outputs()
            return np.append([] if outputs is None else outputs.reshape(-1), [number or 0.0])

        columns.append(derivative(f, max(0.5, float(np.abs(np.asarray(start[path])[place])))))
        network.put({path: start[path]})
        # a generator of its own draws others: what is no function has no derivative
        if not _alike((y, loss), network.outputs()):
            raise ValueError
    values, errors = (np.array([c[i] for c in columns]) for i in (0, 1))
    own = loss is not None
    y = np.zeros(0) if y is None else y
    d = None if network.d is None else targets_as(network.d, y)
    return Derivative(values[:, :-1], errors[:, :-1], values[:, -1] if own else None,
                      errors[:, -1] if own else None, y, d)  # fmt: skip


def _alike(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a is b is None or np.allclose(a, b, equal_nan=True) for a, b in pairs)


def _moved(value: Any, place: tuple[int, ...], by: float) -> Any:
    if not np.ndim(value):
        return float(value) + by
    moved = np.array(value)
    moved[place] += by
    return moved
