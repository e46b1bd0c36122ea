"""Networks of any structure, held against the numerical gradient of their own outputs or loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.calling.networks import any_structure
from compare.check.calling.networks.any_structure import NAME, Network, State
from compare.check.concept import CallStyle, Concept, Form, Probe, Tried
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.fitting.networks.own_gradient import Derivative, Fit, derivative, fitted
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
_MOST = 40  # numbers of which the derivative is taken
_POOL = 4096
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


@dataclass
class _Known:
    """What a subject has shown: how it is used, and probe by probe what came of it."""

    network: Network | None
    measured: dict[float, _Measured] = field(default_factory=dict)

    @classmethod
    def of(cls, subject: Subject) -> _Known:
        """That of a subject, found once."""
        if NAME not in subject.made:
            subject.made[NAME] = cls(_first_explained(subject))
        known: _Known = subject.made[NAME]
        return known


def _probes() -> tuple[Probe, ...]:
    return tuple(probe(f"{NAME}/{i}", {"P": _POOL, "S": i}, {"x": "P", "w": "P"}) for i in (1, 2))


def _called(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What its ways back give, used as its own derivative explains most of it.   Raises Failed."""
    known, key = _Known.of(subject), float(arrays["x"][0])
    if known.network is None:
        line = message("no way was found to run it, to teach it and to read its weights")
        raise Failed(Ending.REFUSED, line)
    if key not in known.measured:
        known.measured[key] = _measured(known.network, arrays)
    # of all that were tried, those that are used
    defined = {d.name for d in subject.inventory.found}
    subject.parts = dict.fromkeys(n for n in known.network.usage.names if n in defined)
    measured = known.measured[key]
    results: dict[str, Any] = {"y": measured.derivative.y} if measured.derivative.y.size else {}
    for prefix, way in measured.ways.items():
        results |= _results(prefix, way.given, way.names)
    return results


def _first_explained(subject: Subject) -> Network | None:
    """The first use of which it explains all; of fewer samples only where no other is explained."""
    rng = np.random.default_rng(0)
    draws = [{n: rng.standard_normal(_POOL) for n in ("x", "w")} for _ in range(2)]
    best = None
    for network in any_structure.networks(subject):
        if best is not None and network.x.shape != best.x.shape:
            break
        try:
            measured = [_measured(network, arrays) for arrays in draws]
        except (ValueError, TypeError, KeyError):
            continue
        fits = _fits(measured)
        if fits and all(fit.right.all() for fit in fits.values()):
            return network
        best = best or (network if fits else None)
    return best


def _fits(measured: Sequence[_Measured]) -> dict[str, Fit]:
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
        )
        if fit is None:
            return {}
        fits[prefix] = fit
    return fits


def _measured(network: Network, arrays: Mapping[str, Any]) -> _Measured:
    """The derivative at drawn weights and samples, and what each way back gives there."""
    before = dict(network.numbers())
    if network.x.dtype.kind == "f":
        network.x = np.resize(arrays["x"], network.x.shape)
    weights = _weights(network, before)
    drawn = _drawn(weights, arrays["w"])
    start = {**before, **drawn}
    network.begin(start)
    y, _ = network.outputs()
    if y is not None and not np.isfinite(y).all():
        start = before
    ways = {}
    ways_of = {GRAD: network.usage.backward, UPDATE: network.usage.step}
    names = _looked_at(weights)
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


def _weights(network: Network, before: State) -> dict[str, Any]:
    return {
        p: v
        for p, v in before.items()
        if isinstance(v, (float, np.ndarray)) and any_structure.depends(network, p, before)
    }


def _drawn(weights: State, pool: np.ndarray) -> dict[str, Any]:
    drawn, at = {}, 0
    for path, value in weights.items():
        size = int(np.size(value))
        numbers = 0.6 * np.take(pool, range(at, at + size), mode="wrap")
        drawn[path] = numbers.reshape(np.shape(value)) if np.ndim(value) else float(numbers[0])
        at += size
    return drawn


def _looked_at(weights: State) -> tuple[Place, ...]:
    """Some numbers of every weight."""
    each = max(1, _MOST // max(1, len(weights)))
    rng = np.random.default_rng(0)
    names: list[Place] = []
    for path, value in weights.items():
        size, shape = int(np.size(value)), np.shape(value)
        places = sorted(rng.choice(size, min(each, size), replace=False))
        names += [(path, tuple(int(i) for i in np.unravel_index(p, shape))) for p in places]
    return tuple(names[: 4 * _MOST])


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


def _results(prefix: str, values: Any, names: Sequence[Place]) -> Iterator[tuple[str, Any]]:
    """Number by number, each under the name of its weight and its place there."""
    for value, (path, place) in zip(values, names, strict=True):
        yield f"{prefix}/{_weight(path)}{list(place) if place else ''}", value


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """Right with what explains most of it; or, where that is not all, with what is wrong."""
    known = _Known.of(trial.subject)
    fits = _fits(list(known.measured.values()))
    if not fits:
        return (Form(lambda a: {}),)  # a concept has a right form, and this follows none
    loss = next(iter(fits.values())).loss
    said = OWN if not loss else Text(f"{OWN.en}: {LOSSES[loss].en}", f"{OWN.ja}: {LOSSES[loss].ja}")
    right = Form(partial(_expected, known, fits), convention=said)
    causes = list(_causes(known, fits))
    if not causes:
        return (right,)
    (cause, blanks), *further = causes
    return right, Form(partial(_given, known), cause, blanks=blanks, further=tuple(further))


def _causes(known: _Known, fits: Mapping[str, Fit]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong, with the blanks of its texts."""
    for prefix, fit in fits.items():
        ways = [m.ways[prefix] for m in known.measured.values()]
        names = [_weight(path) for way in ways for path, _ in way.names]
        given = np.concatenate([w.given for w in ways])
        off = list(dict.fromkeys(n for n, right in zip(names, fit.right, strict=True) if not right))
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
    ratios = given / expected
    if given.size > 1 and np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        return "factor_of_one_parameter", _written(float(ratios[0]))
    return "not_its_own_gradient", ""


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


def _expected(known: _Known, fits: Mapping[str, Fit], a: Any) -> dict[str, Any]:
    """What each way back should give on a probe."""
    key = float(a["x"].value[0])
    results = _outputs(known.measured[key].derivative)
    for prefix, fit in fits.items():
        at = 0
        for other, measured in known.measured.items():
            names = measured.ways[prefix].names
            part = slice(at, at + len(names))
            at += len(names)
            if other == key:
                right = fit.expected[part] / _amiss(prefix, fit)
                number = Bounded.given(right, F64).widened(2 * fit.error[part])
                results |= _results(prefix, number, names)
    return results


def _outputs(found: Derivative) -> dict[str, Any]:
    return {"y": Bounded.given(found.y, F64)} if found.y.size else {}


def _given(known: _Known, a: Any) -> dict[str, Any]:
    measured = known.measured[float(a["x"].value[0])]
    results = _outputs(measured.derivative)
    for prefix, way in measured.ways.items():
        results |= _results(prefix, Bounded.given(way.given, F64), way.names)
    return results


NETWORK = Concept(
    NAME,
    "§5",
    "grad w = dE/dw",
    (),
    _probes(),
    (CallStyle(_called, takes=lambda subject: subject.found.kind in ("class", "function")),),
    (),
    meanings_of=_meanings,
    looked_for=message(
        "a forward pass or a loss of x, and a way back that gives or changes weights"
    ),
)
