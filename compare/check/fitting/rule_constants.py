"""The constants of an update rule that nobody hands over, solved from all steps that it took.

A rule is evaluated in plain floating-point numbers for many settings at once, and its constants
are those of least squares (Levenberg-Marquardt). What is found is only a candidate: with each
constant as people write it the rule has to explain all results to within rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from compare.check.fitting.free_constant import written

_FARTHEST = 3.0  # in one turn: of a constant that is hardly seen nothing says where it is
_EXPONENTS = (-1, 0, 1, 3)  # of the dampings that are tried in each turn
_TRIED = 2  # of the starts
_PLACES = 64  # of a constant that is sought alone
_SMALL = range(-14, -2)  # exponents of an epsilon that shows little
_TURNS, _PATIENCE, _NEARER = 60, 3, 10  # more turns where it is near already
_MOVED_EPSILON = 1e-3  # which moves the results little
_MOVED = 1e-7  # by which a constant is moved to see what that changes
_ENOUGH = 1e-10  # of the largest result: no rule that is followed is farther off
_NEAR = 1e-2
_NARROW = 1e-5  # the same in float32
_ALMOST = 1e-3  # a rule that an epsilon may bring there
_DIGITS = 6  # with which people write a constant, at most
_CHANCE = 0.05  # that a number has so few digits
_UNSEEN = 1e-11
_WITHOUT_EFFECT = 1e50  # of a spread: whatever a constant is that the rule does not use
_NOISE = 1e-15  # of the results, which are of size 1
WEIGHT = "weight"  # of what is new in an average, where it is not 1 - b
# Where the search begins, from the nearest of all combinations.
STARTS: Mapping[str, tuple[float, ...]] = {
    "lr": (0.01, 0.001, 0.1, 1.0), "momentum": (0.8, 0.4), "rho": (0.9, 0.4), "beta1": (0.8, 0.4),
    "beta2": (0.95, 0.6), "eps": (1e-7, 1e-4, 1e-2), "decay": (0.01, 0.1),
    WEIGHT: (0.1, 1.0),
}  # fmt: skip
RANGES: Mapping[str, tuple[float, float]] = {
    "lr": (1e-7, 1e3), "momentum": (1e-3, 0.99999), "rho": (1e-3, 0.99999),
    "beta1": (1e-3, 0.99999), "beta2": (1e-3, 0.99999), "eps": (1e-20, 0.5), "decay": (1e-7, 1.0),
    WEIGHT: (1e-6, 100.0),
}  # fmt: skip
MEANS = ("momentum", "rho", "beta1", "beta2")  # searched by log(b / (1 - b)), others by their log
SAID = {"lr": "lr", "momentum": "mu", "rho": "rho", "beta1": "b1", "beta2": "b2", "eps": "eps",
         "decay": "weight_decay"}  # fmt: skip
Weight = Callable[[Mapping[str, float]], float]
_WEIGHTS: Mapping[str, Callable[[float], float]] = {
    "1 - {b}": lambda b: 1 - b,
    "{b}": lambda b: b,
    "(1 - {b})^2": lambda b: (1 - b) ** 2,
    "1 - {b}^2": lambda b: 1 - b**2,
    "2 (1 - {b})": lambda b: 2 * (1 - b),
    "{b} (1 - {b})": lambda b: b * (1 - b),
}
Evaluated = Callable[[Mapping[str, Any]], np.ndarray]  # settings, (k, 1) each → results (k, n)


@dataclass(frozen=True)
class Fit:
    """The constants with which a rule comes nearest, and how far off it is beside the results."""

    constants: Mapping[str, float]
    spread: Mapping[str, float]  # of each, how far off it may be
    off: float

    def but(self, name: str) -> Fit:
        """The same without one of them."""
        constants, spread = (
            {n: v for n, v in of.items() if n != name} for of in (self.constants, self.spread)
        )
        return Fit(constants, spread, self.off)

    def followed(self, narrow: bool = False) -> bool:
        """Whether it is so near that rounding may be all that is between."""
        return self.off < (_NARROW if narrow else _ENOUGH)

    def written(self, narrow: bool = False) -> dict[str, float] | None:
        """The constants as people write them; None where one is none of few digits."""
        found: dict[str, float] = {}
        for name, value in self.constants.items():
            if self.spread[name] > _WITHOUT_EFFECT:
                found[name] = STARTS[name][0]
                continue
            near = self.spread[name] + abs(value) * (_NARROW if narrow else 1e-9)
            short = _short(value, near)
            low, high = RANGES[name]
            if short is None or not (low < short < high or name == "eps" and short == 0.0):
                return None
            found[name] = short
        return found


def _short(value: float, near: float) -> float | None:
    """The number of the fewest digits within ``near``; None where one may be there by chance."""
    if abs(value) <= near:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(abs(value)))
    for digits in range(_DIGITS):
        if near > _CHANCE * unit / 10**digits:
            break
        if abs((short := float(f"{value:.{digits}e}")) - value) <= near:
            return short
    simple = (v for v in written(abs(value)) if abs(v - abs(value)) <= min(near, 1e-6 * abs(value)))
    return next((math.copysign(v, value) for v in simple), None)


def fitted(evaluated: Evaluated, results: np.ndarray, wanted: Sequence[str]) -> Fit | None:
    """The constants of least squares; an epsilon that is too small to be seen is 0.

    ``results``: in one row, with NaN where there is none.
    """
    found = _fitted(evaluated, results, wanted)
    near = found is not None and _ENOUGH < found.off < _ALMOST
    if (
        found is None
        or found.constants.get("eps", 1.0) > _UNSEEN
        and not (near and "eps" in wanted)
    ):
        return found
    others = [name for name in wanted if name != "eps"]
    without = _fitted(lambda named: evaluated({**named, "eps": 0.0}), results, others)
    if without is not None and _ENOUGH < without.off < _ALMOST:
        # one that shows little is easily passed by
        small = [{**without.constants, "eps": 10.0**n} for n in _SMALL]
        if (seen := _fitted(evaluated, results, wanted, small)) and seen.off < found.off:
            return seen
    if without is None or without.off > max(found.off, _ENOUGH):
        return found
    nothing = {"eps": 0.0}
    return Fit({**without.constants, **nothing}, {**without.spread, **nothing}, without.off)


def _fitted(
    evaluated: Evaluated, results: np.ndarray, wanted: Sequence[str],
    begun: Sequence[Mapping[str, float]] = (),
) -> Fit | None:  # fmt: skip
    """The constants of least squares, from the best of some starts, if it has numbers."""
    there = np.isfinite(results)
    if not there.any():
        return _without_numbers(evaluated, wanted)
    if not begun and "lr" in wanted and _rate_is_linear(evaluated, wanted):
        return _of_any_rate(evaluated, results, wanted)
    scale = max(float(np.abs(results[there]).max()), 1e-30)

    def off(at: np.ndarray, straight: bool = False) -> np.ndarray:
        named = {n: _value(n, at[:, i : i + 1], straight) for i, n in enumerate(wanted)}
        with np.errstate(all="ignore"):
            return (np.atleast_2d(evaluated(named))[:, there] - results[there]) / scale

    if len(wanted) == 1 and not begun:
        return _along(off, wanted[0])
    every = [tuple(_place(n, of[n]) for n in wanted) for of in begun]
    every = every or [*product(*([_place(n, value) for value in STARTS[n]] for n in wanted))]
    starts = np.array(every, dtype=np.float64).reshape(len(every), len(wanted))
    nearest = np.argsort((off(starts) ** 2).sum(1))  # what is no number comes last
    best: Fit | None = None
    for k in nearest[: min(_TRIED, max(1, len(wanted)))]:
        found = _descended(off, starts[k], wanted)
        if found and (best is None or found.off < best.off):
            best = found
        if best and best.followed():
            break
    if best and _ENOUGH < best.off < _ALMOST and any(name in MEANS for name in wanted):
        nearest = np.array([_place(n, best.constants[n], True) for n in wanted])
        found = _descended(partial(off, straight=True), nearest, wanted, True)
        best = found if found and found.off < best.off else best
    return best


def _rate_is_linear(evaluated: Evaluated, wanted: Sequence[str]) -> bool:
    """Whether twice the rate goes twice as far, as where no step depends on where the last led."""
    rates = np.array([[0.01], [0.02], [0.04]])
    usual = {name: np.full_like(rates, STARTS[name][0]) for name in wanted}
    with np.errstate(all="ignore"):
        one, two, four = np.asarray(evaluated({**usual, "lr": rates}))
        bent = (four - two) - 2 * (two - one)
        return bool((np.abs(bent) <= 1e-12 * (np.abs(four) + np.abs(two)))[np.isfinite(bent)].all())


def _of_any_rate(evaluated: Evaluated, results: np.ndarray, wanted: Sequence[str]) -> Fit | None:
    """The same with the rate that suits the other constants best, which is solved for each."""
    there = np.isfinite(results)

    def solved(named: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """That rate for each of the settings, and what it gives."""
        rows = max((np.size(v) for v in named.values()), default=1)
        rates = np.repeat([[0.0], [1.0]], rows, axis=0)
        twice = {name: np.concatenate([v, v]) for name, v in named.items()}
        made = np.asarray(evaluated({**twice, "lr": rates}))
        begin, step = made[:rows], made[rows:] - made[:rows]
        along, away = step[:, there], (results - begin)[:, there]
        lr = np.nan_to_num((along * away).sum(1) / (along**2).sum(1), nan=STARTS["lr"][0])
        return lr[:, np.newaxis], begin + lr[:, np.newaxis] * step

    found = _fitted(lambda named: solved(named)[1], results, [n for n in wanted if n != "lr"])
    if found is None:
        return None
    with np.errstate(all="ignore"):
        lr, _ = solved({name: np.full((1, 1), v) for name, v in found.constants.items()})
    low, high = RANGES["lr"]
    rate = min(max(float(lr[0, 0]), low), high)
    constants = {n: rate if n == "lr" else found.constants[n] for n in wanted}
    if found.off > _ALMOST or rate != lr:
        return Fit(constants, dict.fromkeys(wanted, math.inf), max(found.off, _ALMOST))
    return _fitted(evaluated, results, wanted, [constants])


def _along(off: Callable[[np.ndarray], np.ndarray], name: str) -> Fit | None:
    """The constant that is sought alone: only where the results between two places may be met.

    There they lie on a straight line, but for a part of what they bend from place to place.
    """
    low, high = (_place(name, end) for end in RANGES[name])
    at = np.linspace(low, high, _PLACES)
    results = off(at[:, np.newaxis])
    with np.errstate(all="ignore"):
        way, bent = np.diff(results, axis=0), np.abs(np.diff(results, 2, axis=0)).max(1)
        if not way.any():  # it has no effect
            return _descended(off, np.array([_place(name, STARTS[name][0])]), [name])
        share = np.clip(-(results[:-1] * way).sum(1) / (way**2).sum(1), 0.0, 1.0)
        nearest = np.abs(results[:-1] + share[:, np.newaxis] * way).max(1)
    most = np.fmax(np.append(bent, bent[-1]), np.insert(bent, 0, bent[0]))
    order = [k for k in np.argsort(nearest) if np.isfinite(nearest[k])]
    places = at[:-1] + share * np.diff(at)
    begun = [places[k : k + 1] for k in order if nearest[k] - most[k] / 2 < _NARROW][:_TRIED]
    found = [fit for place in begun if (fit := _descended(off, place, [name]))]
    if found or not order:
        return min(found, key=lambda fit: fit.off, default=None)
    k = order[0]
    return Fit({name: float(_value(name, places[k]))}, {name: math.inf}, float(nearest[k]))


def _place(name: str, value: float, straight: bool = False) -> float:
    """Where a constant is searched: its logarithm, or that of b / (1 - b); ``straight``: b itself.

    What a few steps show of two means is nearly a straight line in these, and a bent one else.
    """
    if name in MEANS:
        return value if straight else math.log(value / (1 - value))
    return math.log(value)


def _value(name: str, at: Any, straight: bool = False) -> Any:
    if name in MEANS:
        return at if straight else 1 / (1 + np.exp(-at))
    return np.exp(at)


def _without_numbers(evaluated: Evaluated, wanted: Sequence[str]) -> Fit | None:
    """Any constants, where the rule has no number in it either: it divides 0 by 0."""
    usual = {name: STARTS[name][0] for name in wanted}
    with np.errstate(all="ignore"):
        made = evaluated({name: np.full((1, 1), value) for name, value in usual.items()})
    return None if np.isfinite(made).any() else Fit(usual, dict.fromkeys(wanted, 0.0), 0.0)


def _descended(
    off: Callable[[np.ndarray], np.ndarray], at: np.ndarray, names: Sequence[str],
    straight: bool = False,
) -> Fit | None:  # fmt: skip
    """Levenberg-Marquardt from one start."""
    if not len(at):
        alone = off(np.zeros((1, 0)))[0]
        return Fit({}, {}, float(np.abs(alone).max())) if np.isfinite(alone).all() else None
    low, high = (np.array([_place(n, RANGES[n][i], straight) for n in names]) for i in (0, 1))
    moves = np.array([_MOVED_EPSILON if n == "eps" else _MOVED for n in names])
    damping, slopes = 1e-3, np.empty((0, 0))
    now = off(at[np.newaxis])[0]
    if not np.isfinite(now).all():
        return None
    for turn in range(_TURNS):
        slopes = (off(at + np.diag(moves)) - now).T / moves
        if not np.isfinite(slopes).all():
            return None
        by = damping * 10.0 ** np.array(_EXPONENTS)
        tried = np.clip(at + _steps(slopes, now, by), low, high)
        others = off(tried)
        sums = np.where(np.isfinite(others).all(1), (others**2).sum(1), np.inf)
        k = int(np.argmin(sums))
        if not sums[k] < (now**2).sum():
            if damping > 1e6 or np.abs(now).max() < _NOISE * 10:
                break
            damping *= 100.0
            continue
        gained = 1.0 - sums[k] / (now**2).sum()
        at, now, damping = tried[k], others[k], max(float(by[k]) / 3, 1e-14)
        # where it is followed, every turn gains more than the one before
        far = float(np.abs(now).max())
        if turn > (_PATIENCE if far > _NEAR else _NEARER) and gained < 0.5 and far > _NARROW:
            break
    constants = {name: float(_value(name, x, straight)) for name, x in zip(names, at, strict=True)}
    # by their logarithm, in relative terms
    spread = {name: by if straight and name in MEANS else constants[name] * by
              for name, by in _spread(slopes, now, names).items()}  # fmt: skip
    return Fit(constants, spread, float(np.abs(now).max()))


def _steps(slopes: np.ndarray, off: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """Where each damping leads; by orthogonal factors, for two constants may do nearly the same."""
    sizes = np.sqrt((slopes**2).sum(0)) + 1e-300
    q, r = np.linalg.qr(slopes / sizes)
    left, values, right = np.linalg.svd(r)
    along = -(left.T @ (q.T @ off)) * values
    steps = (along / (values**2 + damping[:, None])) @ right
    return np.clip(steps / sizes, -_FARTHEST, _FARTHEST)


def _spread(slopes: np.ndarray, off: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """How far each constant may be from the one that was meant, by what is left of the results."""
    sizes = np.sqrt((slopes**2).sum(0)) + 1e-300
    inverse = np.linalg.pinv((slopes / sizes).T @ (slopes / sizes))
    noise = 20 * max(float(np.sqrt((off**2).mean())), _NOISE)
    return dict(zip(names, noise * np.sqrt(np.abs(np.diag(inverse))) / sizes, strict=True))


def _of_setting(of: Callable[[float], float], name: str, settings: Mapping[str, float]) -> float:
    return of(settings[name])


def weights(settings: Mapping[str, float]) -> Iterator[tuple[str, Weight]]:
    """What the weight of what is new in an average may be by mistake."""
    for name in (n for n in MEANS if n in settings):
        for said, of in _WEIGHTS.items():
            yield said.format(b=SAID[name]), partial(_of_setting, of, name)
