"""The limits of names without a rule: the noise of torch, on the branches of the side under test.

Three noisy runs, where that side is within 32 times their noise; one, where it is far beyond any
noise wherever it is not within; else 6, or 16. Where that is not enough, torch is run on other
branches of the units that rounding decides, those which bring it nearest to that side, and measured
there.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from compare.arithmetic.closeness import measured_gap
from compare.arithmetic.running_error import FORMATS
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.core.trace import Trace
from compare.judge.rounding_noise.branches import (
    MOST,
    PERHAPS,
    Unit,
    at_the_kink,
    flipped,
    nearest,
    undecided,
)
from compare.judge.rounding_noise.cancelled_terms import (
    beside_zeros,
    cancelled,
    zero_but_for_rounding,
    zero_in_the_reference,
)
from compare.judge.rounding_noise.measurement import Noise, Values, flat, traces
from compare.judge.rounding_noise.noise_floor import FACTOR, NoiseFloor
from compare.judge.rounding_noise.other_format import limits_from
from compare.language.message import Message, message, plural

RUNS = (3, 6, 16)  # as many as are needed; of very many elements, 3 runs hardly move some
CERTAIN = 1000 * FACTOR  # of the largest floor of an array: no further run brings it so far
CLEAR = 4 * FACTOR  # the same, where float64 says that it is certain
MANY = 16  # elements, so that the noise of a few runs has moved some of them


def floors_for(
    case: Case,
    problem: Problem,
    mine: Implementation,
    side: Implementation,
    names: Collection[str],
    seed: int = 0,
    wide: Mapping[str, NoiseFloor] | None = None,
    computed: tuple[Sequence[Trace], Sequence[Trace]] | None = None,
) -> dict[str, NoiseFloor]:
    """The limit of each of these full names; or the reason why there is none.

    Three noisy runs, where ``mine`` is within their floors; else 6, or 16; else torch on the
    branches of the units that rounding decides which bring it nearest to ``mine``, and 16 there.
    None where float32 is asked for, and ``wide``, the limits of float64, are enough for it.
    computed: by both sides, where they were run already.
    """
    try:
        ours, theirs = computed or (until_it_raises(case, problem, mine), None)
        if wide and problem.dtype == "float32":
            theirs = theirs or until_it_raises(case, problem, side)
            enough = limits_from(wide, ours, theirs, names)
            if enough is not None:
                return enough
        certain = any(floor.apart is not None for floor in (wide or {}).values())
        return judged(case, problem, ours, side, names, seed, certain, mine, theirs)
    except Exception as error:  # whatever the reference does under noise is no verdict on mine
        why = str(error) if isinstance(error, ValueError) else _in_a_sentence(error)
        reason = message("its noise cannot be measured: {why}", why=why)
        return dict.fromkeys(names, NoiseFloor(None, reason))


def _in_a_sentence(error: Exception) -> str:
    # torch goes on with every backend that it knows, and where each was registered
    first = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {first}"


def until_it_raises(case: Case, problem: Problem, side: Implementation) -> list[Trace]:
    """What a side computes, up to the step at which it raises."""
    completed: list[Trace] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            completed.extend(traces(case, problem, side))
        except (Exception, SystemExit):
            pass  # said of it where it was judged; what came before has its limits
    return completed


def judged(
    case: Case,
    problem: Problem,
    mine: Sequence[Trace],
    side: Implementation,
    names: Collection[str],
    seed: int = 0,
    certain: bool = False,
    mine_side: Implementation | None = None,
    reference: Sequence[Trace] | None = None,
) -> dict[str, NoiseFloor]:
    """As ``floors_for``, of traces.   Raises what ``measure`` does.

    certain: there is a difference in float64, of which no branch is the reason · mine_side: what
    computed ``mine``, where its own noise may be measured as well · reference: what ``side`` has
    computed already.
    """
    noise = Noise(case, problem, side, seed, None, None if reference is None else flat(reference))
    mine_values = {name: value for name, value in flat(mine).items() if name in names}
    noise.up_to(1)
    if _is_plain(mine_values, noise, certain):
        return _with_apart(_limits(noise, names), mine_values, noise)
    for runs in RUNS:
        noise.up_to(runs)
        if _is_within(mine_values, noise):  # as nearly always
            return _limits(noise, names)
        if runs == RUNS[0] and mine_side is not None:
            noise.cancelled = cancelled(noise, mine_values, mine_side)
            if noise.cancelled and _is_within(mine_values, noise):
                return _limits(noise, names)
        if _is_hopeless(mine_values, noise, certain):
            return _with_apart(_limits(noise, names, _kinks(noise)), mine_values, noise)
    units = undecided(noise.branches, noise.z)
    tried, floors = units[:MOST], noise.floors.floor

    def from_mine(chosen: Sequence[Unit]) -> float:
        return distance(mine_values, noise.on(flipped(noise.branches, chosen)), floors)

    # the branches that bring torch nearest: a fault behind
    # an undecided branch remains, and is measured there
    chosen = nearest(tried, from_mine, 0.0) if units else ()
    if not chosen:
        return _limits(noise, names, _kinks(noise))
    conditioned = Noise(case, problem, side, seed, flipped(noise.branches, chosen))
    conditioned.up_to(RUNS[-1])  # all of them: this is the last word
    conditioned.cancelled = noise.cancelled
    kinks = [] if _is_within(mine_values, conditioned) else _kinks(conditioned)
    additions = [_on_branches(len(chosen), len(units)), *kinks]
    return _limits(conditioned, names, additions, conditioned.values)


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


def _is_within(mine: Values, noise: Noise) -> bool:
    return furthest(mine, noise.values, noise.floors.floor) <= FACTOR


def _is_hopeless(mine: Values, noise: Noise, certain: bool) -> bool:
    """Whether it is different, however many runs follow, and no branch could be the reason."""
    if not certain and undecided(noise.branches, noise.z, PERHAPS):  # a branch may explain it
        return False
    return any(_is_far(name, mine, noise, certain) for name in mine)


def _is_plain(mine: Values, noise: Noise, certain: bool) -> bool:
    """Whether the first noisy run says of every name what more would, and of one: different."""
    # by chance it may hardly move what decides a branch, or is rounded to a coarse format; and
    # beside zeros the noise of mine is asked for
    if noise.z or noise.factor != FACTOR or beside_zeros(noise, mine):
        return False
    found = False
    for name in (n for n in mine if n in noise.spreads):
        own = {name: mine[name]}
        if furthest(own, noise.values, {name: noise.floor_of(name)}) <= FACTOR:
            continue
        if not _is_far(name, mine, noise, certain):  # as nearly always, at the first name
            return False
        found = True
    return found


def _is_far(name: str, mine: Values, noise: Noise, certain: bool) -> bool:
    """Whether it is further off than any further run brings the floor of its array."""
    floor = noise.floor_of(name) if name in noise.spreads else None
    if floor is None or floor.size < MANY:
        return False
    # the largest of the array: a single one may be small by chance in a few runs
    largest = {name: np.full_like(floor, floor.max())}
    least = CLEAR if certain else CERTAIN
    return least < furthest({name: mine[name]}, noise.values, largest) < np.inf


def _with_apart(limits: dict[str, NoiseFloor], mine: Values, noise: Noise) -> dict[str, NoiseFloor]:
    return {n: replace(f, apart=_apart(n, f, mine, noise)) for n, f in limits.items()}


def _apart(name: str, floor: NoiseFloor, mine: Values, noise: Noise) -> np.ndarray | None:
    """yours - reference, where that is beyond the limit of some element."""
    value, reference = mine.get(name), noise.values[name]
    if value is None or value.shape != reference.shape:
        return None
    with np.errstate(all="ignore"):
        apart = value.astype(np.float64) - reference
        return apart if bool((np.abs(apart) > floor.limit).any()) else None


def _ratios(mine: Values, reference: Values, floors: Values) -> Iterator[np.ndarray]:
    for name, value in mine.items():
        reference_value = reference.get(name)
        if reference_value is None or reference_value.shape != value.shape:
            continue  # said of it where it is judged
        with np.errstate(all="ignore"):
            gap = measured_gap(value, reference_value, FACTOR * floors[name])
            ratio = np.where(gap.wrong, gap.error / floors[name], 0.0)
            yield np.where(np.isnan(ratio), np.inf, ratio)


def _on_branches(chosen: int, n: int) -> Message:
    if n > MOST:
        return message(
            "; on the other branch of {chosen} of {n} undecided units, of which the nearest {most} "
            "were tried",
            chosen=chosen,
            n=n,
            most=MOST,
        )
    return plural(
        "; on the other branch of {chosen} of {n} undecided unit",
        "; on the other branch of {chosen} of {n} undecided units",
        n,
        chosen=chosen,
    )


def _kinks(noise: Noise) -> list[Message]:
    n = at_the_kink(noise.branches, noise.z)
    told = plural(
        "; {n} unit at 0 exactly, where a derivative is a convention",
        "; {n} units at 0 exactly, where a derivative is a convention",
        n,
    )
    return [told] if n else []


def _limits(
    noise: Noise,
    names: Collection[str],
    additions: Sequence[Message] = (),
    reference: Values | None = None,
) -> dict[str, NoiseFloor]:
    text = plural(
        "limit measured: {factor:g} times the noise of {n} run of {whose} in which every "
        "operation rounds differently{first}{second}",
        "limit measured: {factor:g} times the noise of {n} runs of {whose} in which every "
        "operation rounds differently{first}{second}",
        noise.runs,
    )
    if noise.amplified > 1:
        text = message(
            "limit measured: {factor:g} times what moves {runs} runs of {whose} in which every "
            "operation is off by up to {amplified:g} roundings, and rounds to the coarse format as "
            "it is written{first}{second}"
        )
    first, second = (*additions, "", "")[:2]
    whose = "torch" if noise.side.name == "torch" else message("the reference")
    values = {"factor": noise.factor, "amplified": noise.amplified, "runs": noise.runs}
    values |= {"n": noise.runs}
    reason = text.filled({**values, "whose": whose, "first": first, "second": second})
    floors = noise.floors.floor
    limits = {name: FACTOR * floors[name] for name in names if name in floors}
    drowned = {
        name
        for name, limit in limits.items()
        if _drowns(_but_for(noise.cancelled.get(name), limit), noise.values[name])
    }
    zeros = {**zero_but_for_rounding(noise, drowned), **zero_in_the_reference(noise)}
    where = noise.exploded_at() if drowned - zeros.keys() else ""
    return {
        name: NoiseFloor(
            limit,
            zeros.get(name, reason),
            reference[name] if reference else None,
            where if name in drowned else "",
            name in zeros,
        )
        for name, limit in limits.items()
    }


def _but_for(cancelled: np.ndarray | None, limit: np.ndarray) -> np.ndarray:
    return limit if cancelled is None else np.where(cancelled, 0.0, limit)


def _drowns(limit: np.ndarray, values: np.ndarray) -> bool:
    """Whether most values may be off by more than they are large."""
    finite = np.isfinite(values)
    least = FORMATS[values.dtype.name].tiny / FORMATS[values.dtype.name].u
    # a 0 is off by what noise makes of it, and not by what underflow does
    off = limit[finite] > np.maximum(np.abs(values[finite].astype(np.float64)), least)
    return off.size > 0 and bool(2 * np.count_nonzero(off) > off.size)
