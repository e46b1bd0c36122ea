"""Networks of any structure, held against the numerical gradient of their own outputs or loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.calling.networks import any_structure
from compare.check.calling.networks.any_structure import NAME, Network, State
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.fitting.networks.own_gradient import (
    FEW,
    LEAST,
    Derivative,
    Fit,
    derivative,
    fitted,
)
from compare.check.i18n.text import Text
from compare.check.matching import F64
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

GRAD, UPDATE = "grad", "update"
OWN = Text(
    "its forward pass is taken as it is, and its way back held against numerical differences of it",
    "順伝播はそのまま正しいものとみなし、逆伝播をその数値微分と比べました",
)
_OF_SCORES = Text("of scores", "出力層の活性化を含む")
LOSSES = {
    **FAMILIES,
    **{
        f"{n} of scores": Text(f"{t.en} {_OF_SCORES.en}", f"{t.ja}（{_OF_SCORES.ja}）")
        for n, t in FAMILIES.items()
    },
}
_MOST, _FEW = 20, 8  # numbers of which the derivative is taken
_DRAWS, _POOL = 2, 4096
_DIGITS = 1e4  # by how much a derivative exceeds its error that is compared
_EPS = float(np.finfo(np.float64).eps)
Place = tuple[str, tuple[int, ...]]  # a weight's path, and a place in it


@dataclass(frozen=True)
class _Way:
    """A way back on one probe: what it gave for the numbers that were looked at."""

    given: np.ndarray
    rounding: np.ndarray
    names: tuple[Place, ...]


@dataclass(frozen=True)
class _Measured:
    """The derivative on one probe, and what each way back gave there."""

    derivative: Derivative
    ways: Mapping[str, _Way]


@dataclass(frozen=True)
class _Known:
    """How a subject is used, what came of it on each draw, and what explains that.

    Nothing where no use was found.
    """

    network: Network | None = None
    measured: tuple[_Measured, ...] = ()
    fits: Mapping[str, Fit] = field(default_factory=dict)

    def part(self, prefix: str, draw: int) -> slice:
        """Where the numbers of one draw stand among those of all."""
        counts = [len(m.ways[prefix].names) for m in self.measured]
        return slice(sum(counts[:draw]), sum(counts[: draw + 1]))


def _called(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What its ways back give, used as its own derivative explains most of it.   Raises Failed."""
    if NAME not in subject.made:
        # once: it takes hundreds of calls
        draws = [{n: arrays[n][i] for n in ("x", "w")} for i in range(_DRAWS)]
        subject.made[NAME] = _first_explained(subject, draws)
    known: _Known = subject.made[NAME]
    if known.network is None or not known.fits:
        line = message("no way was found to run it, to teach it and to read its weights")
        raise Failed(Ending.REFUSED, line)
    # of all that were tried, those that are used
    defined = {d.name for d in subject.inventory.found}
    used = [*known.network.usage.names, *any_structure.classes_inside(known.network)]
    subject.parts = dict.fromkeys(n for n in used if n in defined)
    return _results(known, lambda prefix, draw: known.measured[draw].ways[prefix].given)


def _results(known: _Known, values: Callable[[str, int], Any]) -> dict[str, Any]:
    """The ``values`` of its ways back by name, of each draw; not where zeros are right."""
    results: dict[str, Any] = {}
    for prefix, fit in known.fits.items():
        # a difference that reaches over a kink has few digits, and tells as little as a zero
        tells = ~fit.right | (np.abs(fit.expected) > _DIGITS * fit.error)
        for draw, measured in enumerate(known.measured):
            again = f" ({draw + 1})" if draw else ""
            named = zip(values(prefix, draw), measured.ways[prefix].names, strict=True)
            shown = tells[known.part(prefix, draw)]
            results |= {
                f"{prefix}/{_weight(path)}{list(place) if place else ''}{again}": value
                for (value, (path, place)), tell in zip(named, shown, strict=True)
                if tell
            }
    return results


def _first_explained(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> _Known:
    """The first use of which it explains all; of fewer samples only where no other is explained."""
    best, most = _Known(), 0.0
    for network in any_structure.networks(subject):
        if best.network is not None and network.x.size < best.network.x.size:
            continue
        try:
            # first on a few: most uses are not what was meant, and are explained by nothing
            if not _fits([_measured(network, draws[0], few=True)], FEW):
                continue
            measured = tuple(_measured(network, arrays) for arrays in draws)
        except (ValueError, TypeError, KeyError):
            continue
        fits = _fits(measured)
        if fits and all(fit.right.all() for fit in fits.values()):
            return _Known(network, measured, fits)
        explained = min((float(fit.right.mean()) for fit in fits.values()), default=0.0)
        if fits and explained > most:
            best, most = _Known(network, measured, fits), explained
            # another use may explain all: not every one is looked at for that
            network.spent["calls"] = max(network.spent["calls"], any_structure.MOST_CALLS - 300)
    return best


def _fits(measured: Sequence[_Measured], least: int = LEAST) -> dict[str, Fit]:
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


def _measured(network: Network, arrays: Mapping[str, Any], few: bool = False) -> _Measured:
    """The derivative at drawn weights and samples, and what each way back gives there."""
    before = dict(network.numbers())
    if network.x.dtype.kind == "f":
        network.x = np.resize(arrays["x"], network.x.shape)
    numbers = [p for p, v in before.items() if isinstance(v, (float, np.ndarray))]
    weights = {p: before[p] for p in any_structure.weights_of(network, before, numbers)}
    drawn = _drawn(weights, arrays["w"])
    start = {**before, **drawn}
    network.begin(start)
    y, _ = network.outputs()
    if y is not None and not np.isfinite(y).all():
        start = before
    ways = {}
    ways_of = {GRAD: network.usage.backward, UPDATE: network.usage.step}
    names = _looked_at(weights, _FEW if few else _MOST)
    found = _derivative(network, start, names)
    for prefix, way in ways_of.items():
        if way:
            network.begin(start)
            result, after = network.went_back(way)
            made = _way(prefix, result, after, start, weights, names)
            if made is not None:
                ways[prefix] = made
    network.begin(before)
    if not ways:
        raise ValueError
    return _Measured(found, ways)


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
    values, errors = (np.array([c[i] for c in columns]) for i in (0, 1))
    own = loss is not None
    y = np.zeros(0) if y is None else y
    d = None if network.d is None else _targets(network.d, y)
    return Derivative(values[:, :-1], errors[:, :-1], values[:, -1] if own else None,
                      errors[:, -1] if own else None, y, d)  # fmt: skip


def _targets(d: Any, y: np.ndarray) -> np.ndarray:
    d = np.asarray(d)
    if d.dtype.kind == "i" and y.ndim == 2:
        return np.eye(y.shape[-1])[d]
    return d.astype(np.float64)


def _moved(value: Any, place: tuple[int, ...], by: float) -> Any:
    if not np.ndim(value):
        return float(value) + by
    moved = np.array(value)
    moved[place] += by
    return moved


def _way(
    prefix: str, result: Any, after: State, start: State, weights: State, names: Sequence[Place]
) -> _Way | None:
    """What was given for each number that was looked at; of an update, what was taken off it."""
    gradients = any_structure.gradients_in(result, after, weights) if prefix == GRAD else {}
    kept, given, rounding = [], [], []
    for path, place in names:
        if path in gradients:
            given.append(float(gradients[path][place]))
            rounding.append(0.0)
        elif prefix == UPDATE and path in after:
            old, new = (float(np.asarray(v[path])[place]) for v in (start, after))
            given.append(old - new)
            rounding.append(2 * _EPS * max(abs(old), abs(new)))
        else:
            continue
        kept.append((path, place))
    if not kept or (prefix == GRAD and len(kept) < len(names)):
        return None
    return _Way(np.array(given), np.array(rounding), tuple(kept))


def _weight(path: str) -> str:
    """``W1`` of ``.W1`` and of ``['W1']``."""
    plain = path.removeprefix(".")
    alone = plain.startswith("['") and plain.endswith("']") and plain.count("['") == 1
    return plain[2:-2] if alone else plain


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """Right with what explains most of it; or, where that is not all, with what is wrong."""
    known: _Known = trial.subject.made.get(NAME, _Known())
    fits = known.fits
    if not fits:
        return (Form(lambda a: {}),)  # a concept has a right form, and this follows none
    loss = next(iter(fits.values())).loss
    said = OWN if not loss else Text(f"{OWN.en}: {LOSSES[loss].en}", f"{OWN.ja}: {LOSSES[loss].ja}")
    right = Form(partial(_expected, known), convention=said)
    causes = list(_causes(known))
    if not causes:
        return (right,)
    (cause, blanks), *further = causes
    return right, Form(partial(_given, known), cause, blanks=blanks, further=tuple(further))


def _causes(known: _Known) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong, with the blanks of its texts."""
    for prefix, fit in known.fits.items():
        ways = [m.ways[prefix] for m in known.measured]
        names = [_weight(path) for way in ways for path, _ in way.names]
        given = np.concatenate([w.given for w in ways])
        off = list(dict.fromkeys(n for n, right in zip(names, fit.right, strict=True) if not right))
        own_loss = known.network.usage.loss if known.network else None
        if own_loss and _is_of_another_loss(prefix, fit):
            named = Text(own_loss.name, own_loss.name)
            yield "loss_not_differentiated", {"loss": named, "gradient": LOSSES[fit.loss]}
        amiss = _amiss(prefix, fit)
        if amiss == -1:
            yield "network_sign", {}
        elif amiss != 1:
            yield "own_loss_scaled", {"factor": _written(amiss)}
        told: dict[tuple[str, str], list[str]] = {}
        for name in off:
            of = np.array(names) == name
            told.setdefault(_cause(prefix, given[of], fit.expected[of]), []).append(name)
        others = ", ".join(n for n in dict.fromkeys(names) if n not in off)
        for (cause, factor), wrong in told.items():
            yield cause, {"name": ", ".join(wrong), "others": others, "factor": factor}


def _cause(prefix: str, given: np.ndarray, expected: np.ndarray) -> tuple[str, str]:
    """What is wrong with the gradient of one weight, and the factor if it is one."""
    if not given.any():
        return ("gradient_missing" if prefix == GRAD else "never_updated"), ""
    with np.errstate(all="ignore"):
        ratios = given / expected
    if given.size > 1 and np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        return "factor_of_one_parameter", _written(float(ratios[0]))
    return "not_its_own_gradient", ""


def _is_of_another_loss(prefix: str, fit: Fit) -> bool:
    """Whether gradients are right of a loss that is not the network's own."""
    return prefix == GRAD and bool(fit.loss) and fit.own is not None


def _amiss(prefix: str, fit: Fit) -> float:
    """By what the factor is not what it should be; an update has a rate that may be any."""
    own = prefix == GRAD and not fit.loss
    if own and abs(abs(fit.factor) - 1) > 1e-6:
        return fit.factor
    return -1.0 if fit.factor < 0 else 1.0


def _written(factor: float) -> str:
    """A factor that was measured, as people write it."""
    simple = Fraction(factor).limit_denominator(100)
    return str(simple) if abs(float(simple) - factor) < 1e-6 * abs(factor) else f"{factor:.4g}"


def _expected(known: _Known, a: Any) -> dict[str, Any]:
    """What each way back should give."""

    def values(prefix: str, draw: int) -> Any:
        fit, part = known.fits[prefix], known.part(prefix, draw)
        right, error = fit.expected / _amiss(prefix, fit), fit.error
        if fit.own is not None and _is_of_another_loss(prefix, fit):
            right, error = fit.own
        return Bounded.given(right[part], F64).widened(2 * error[part])

    return _results(known, values)


def _given(known: _Known, a: Any) -> dict[str, Any]:
    """What each way back does give."""
    return _results(
        known, lambda prefix, draw: Bounded.given(known.measured[draw].ways[prefix].given, F64)
    )


NETWORK = Concept(
    NAME,
    "§5",
    "grad w = dE/dw",
    (),
    (probe(NAME, {"D": _DRAWS, "P": _POOL}, {"x": "D P", "w": "D P"}),),
    (CallStyle(_called, takes=lambda subject: subject.found.kind in ("class", "function")),),
    (),
    meanings_of=_meanings,
    looked_for=message(
        "a forward pass or a loss of x, and a way back that gives or changes weights"
    ),
)
