"""The noise of torch, measured: the floor of names whose inputs are not visible.

A side is different where it is further from torch than 32 times what torch's results move by when
every operation rounds otherwise (``compare.perturbation``). All noisy runs take the branches of
the run without noise. Where a side took another branch of a unit that rounding decides, it is
compared with torch on that branch (``compare.branches``).
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from compare.branches import (
    MOST,
    Forced,
    Unit,
    all_of,
    at_the_kink,
    flipped,
    nearest,
    undecided,
)
from compare.case import Case
from compare.elementwise import gap, is_float
from compare.floors import FACTOR, Floor, Spread, floor
from compare.perturbation import Draws, perturbed
from compare.problem import Problem, fingerprint
from compare.rounded import FORMATS
from compare.sides import Side
from compare.trace import Trace

FEW, ALL = 3, 16  # runs: the first are enough where a side is no further away than their floors
CERTAIN = 1000 * FACTOR  # of the largest floor of an array: no further run brings it so far
MANY = 16  # elements, so that the noise of a few runs has moved some of them
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Floors:
    """Full name → floor, and torch's value without noise; over how many runs."""

    floor: Values
    reference: Values
    runs: int


def measure(case: Case, problem: Problem, side: Side, runs: int = ALL, seed: int = 0) -> Floors:
    """The noise of every floating-point name of a program: max(RMS, half an ulp, n eta).

    side runs torch · runs >= 1 · the same seed, the same floors. Raises ValueError where its noise
    cannot be measured, and whatever the program raises.
    """
    noise = Noise(case, problem, side, seed)
    noise.up_to(runs)
    return noise.floors


def traces(case: Case, problem: Problem, side: Side) -> Iterator[Trace]:
    """What a side computes on the problem's arrays, in NumPy, step by step."""
    given = {name: _map(lambda a: side.from_numpy(np.copy(a)), a) for name, a in _arrays(problem)}
    for trace in case.program.run(side, given):
        yield replace(trace, values={k: side.to_numpy(v) for k, v in trace.values.items()})


def _arrays(problem: Problem) -> list[tuple[str, Any]]:
    return list(problem.arrays.items())


def _map(f: Any, values: Any) -> Any:
    return tuple(f(v) for v in values) if isinstance(values, tuple) else f(values)


def _flat(found: Sequence[Trace]) -> dict[str, np.ndarray]:
    return {
        trace.full_name(name): value
        for trace in found
        for name, value in trace.values.items()
        if is_float(value.dtype)
    }


class Noise:
    """A program's values without noise, and the spread of the noisy runs around them so far.

    Raises ValueError where the program computes nothing with torch, or nothing twice.
    """

    def __init__(
        self, case: Case, problem: Problem, side: Side, seed: int = 0, forced: Forced | None = None
    ) -> None:
        self.problem, self.seed, self.runs, self.terms = problem, seed, 0, 1
        self.program = partial(traces, case, side=side)
        found, mode = perturbed(self._run, forced=forced or {})
        if not mode.results:
            raise ValueError("the reference computes it without torch")
        self.values, self.branches = _flat(found), mode.decisions.run
        if forced is None:
            self._check_repeats()
        self.spreads = {name: Spread(value) for name, value in self.values.items()}
        self.z = [Spread(z) for z in self.branches.z]
        self.tied = self._exact_ties(case)

    def _run(self) -> Iterator[Trace]:
        return self.program(problem=self.problem)

    def _check_repeats(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            again = _flat(list(self._run()))
        for name, value in self.values.items():
            if name not in again or fingerprint(again[name]) != fingerprint(value):
                raise ValueError(f"two runs of the reference differ at {name}")

    def _exact_ties(self, case: Case) -> Forced:
        """An argmax among equals that are equal in the other precision too: a convention."""
        if not any(t.any() for t in self.branches.ties):
            return {}
        other = "float32" if self.problem.dtype == "float64" else "float64"
        elsewhere = perturbed(lambda: self.program(problem=_in(self.problem, other)))[1]
        there = elsewhere.decisions.run.ties
        here = zip(self.branches.ties, there, self.branches.choices, strict=True)
        return {k: (a & b, choice) for k, (a, b, choice) in enumerate(here)}

    def up_to(self, runs: int) -> None:
        """Run with noise until there are so many runs."""
        for k in range(self.runs, runs):
            forced = all_of(self.branches)
            found, mode = perturbed(self._run, Draws(self.seed, k), forced, self.tied)
            values = _flat(found)
            if values.keys() != self.values.keys() or len(mode.decisions.run.z) != len(self.z):
                raise ValueError("rounding decides which operations the reference runs")
            for name, spread in self.spreads.items():
                spread.add(values[name])
            for spread, z in zip(self.z, mode.decisions.run.z, strict=True):
                spread.add(z)
            self.terms, self.runs = max(self.terms, mode.terms), k + 1

    @property
    def floors(self) -> Floors:
        """Of the runs so far."""
        found = {
            name: floor(spread, self.values[name].dtype.name, self.terms)
            for name, spread in self.spreads.items()
        }
        return Floors(found, self.values, self.runs)

    def on(self, forced: Forced) -> dict[str, np.ndarray]:
        """The values on other branches, without noise."""
        return _flat(perturbed(self._run, forced=forced)[0])


def _in(problem: Problem, dtype: str) -> Problem:
    def cast(a: np.ndarray) -> np.ndarray:
        return a.astype(dtype) if is_float(a.dtype) else a

    return replace(problem, dtype=dtype, arrays={k: _map(cast, a) for k, a in _arrays(problem)})


def floors_for(
    case: Case, problem: Problem, mine: Side, side: Side, names: Collection[str], seed: int = 0
) -> dict[str, Floor]:
    """The limit of each of these full names; or the reason why there is none.

    Three noisy runs, where ``mine`` is within their floors; else 16; else torch on the branches of
    the units that rounding decides which bring it nearest to ``mine``, and 16 runs on these.
    """
    try:
        return judged(case, problem, _until_it_raises(case, problem, mine), side, names, seed)
    except Exception as error:  # whatever the reference does under noise is no verdict on mine
        reason = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return dict.fromkeys(names, Floor(None, f"its noise cannot be measured: {reason}"))


def _until_it_raises(case: Case, problem: Problem, side: Side) -> list[Trace]:
    found: list[Trace] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found.extend(traces(case, problem, side))
        except (Exception, SystemExit):
            pass  # said of it where it was judged; what came before has its limits
    return found


def judged(
    case: Case,
    problem: Problem,
    mine: Sequence[Trace],
    side: Side,
    names: Collection[str],
    seed: int = 0,
) -> dict[str, Floor]:
    """As ``floors_for``, of traces.   Raises what ``measure`` does."""
    noise = Noise(case, problem, side, seed)
    own = {name: value for name, value in _flat(mine).items() if name in names}
    for runs in (FEW, ALL):
        noise.up_to(runs)
        far = furthest(own, noise.values, noise.floors.floor)
        units = undecided(noise.branches, noise.z)
        hopeless = not units and _is_hopeless(own, noise.values, noise.floors.floor)
        if far <= FACTOR or hopeless:
            return _limits(noise, names, _kinks(noise) if far > FACTOR else "")
    tried, floors = units[:MOST], noise.floors.floor

    def from_mine(chosen: Sequence[Unit]) -> float:
        return distance(own, noise.on(flipped(noise.branches, chosen)), floors)

    chosen = nearest(tried, from_mine, 0.0) if units else ()
    said = _kinks(noise)
    if not chosen:
        return _limits(noise, names, said)
    forced = flipped(noise.branches, chosen)
    conditioned = Noise(case, problem, side, seed, forced)
    conditioned.up_to(ALL)
    more = f", of which the nearest {MOST} were tried" if len(units) > MOST else ""
    named = "undecided unit" if len(units) == 1 else "undecided units"
    branches = f"on the other branch of {len(chosen)} of {len(units)} {named}{more}"
    return _limits(conditioned, names, f"; {branches}{said}", conditioned.values)


def distance(mine: Values, reference: Values, floors: Values) -> float:
    """The sum of squares of |s - t| / floor over what differs; 0 where nothing does.

    A floor here is no less than half an ulp of the largest element of ``mine``: what was 0 on one
    branch had no noise.
    """
    least = {k: np.maximum(floors[k], _half_ulp(v)) for k, v in mine.items() if k in floors}
    return float(sum((np.minimum(r, 1e100) ** 2).sum() for r in _ratios(mine, reference, least)))


def _half_ulp(a: np.ndarray) -> float:
    largest = np.nan_to_num(np.abs(a.astype(np.float64)), posinf=0).max(initial=0)
    return float(FORMATS[a.dtype.name].u * largest)


def furthest(mine: Values, reference: Values, floors: Values) -> float:
    """The largest |s - t| / floor; inf where one of both is not finite and the other another."""
    return float(max((r.max(initial=0) for r in _ratios(mine, reference, floors)), default=0.0))


def _is_hopeless(mine: Values, reference: Values, floors: Values) -> bool:
    large = {k: np.full_like(f, f.max()) for k, f in floors.items() if f.size >= MANY}
    some = {k: v for k, v in mine.items() if k in large}
    return CERTAIN < furthest(some, reference, large) < np.inf


def _ratios(mine: Values, reference: Values, floors: Values) -> Iterator[np.ndarray]:
    for name, value in mine.items():
        right = reference.get(name)
        if right is None or right.shape != value.shape:
            continue  # said of it where it is judged
        with np.errstate(all="ignore"):
            found = gap(value, right, FACTOR * floors[name])
            ratio = np.where(found.wrong, found.error / floors[name], 0.0)
            yield np.where(np.isnan(ratio), np.inf, ratio)


def _kinks(noise: Noise) -> str:
    n = at_the_kink(noise.branches, noise.z)
    return f"; {_count(n)} at 0 exactly, where a derivative is a convention" if n else ""


def _count(n: int) -> str:
    return f"{n} unit{'' if n == 1 else 's'}"


def _limits(
    noise: Noise, names: Collection[str], said: str = "", reference: Values | None = None
) -> dict[str, Floor]:
    reason = (
        f"limit measured: 32 times the noise of {noise.runs} runs of torch in which every "
        f"operation rounds differently{said}"
    )
    floors = noise.floors.floor
    return {
        name: Floor(FACTOR * floors[name], reason, reference[name] if reference else None)
        for name in names
        if name in floors
    }
