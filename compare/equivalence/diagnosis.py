"""The first difference of a pair: its kind, and which side is wrong where that can be told.

No formula says what a black box should compute. But float64 says what rounding hides in float32,
and differences of a side's own forward pass say what its gradient should be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from compare.arithmetic.formats import COARSE
from compare.arithmetic.running_error import FORMATS
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.core.problem import Problem, build
from compare.engine.error_kind import COARSER, STABLE, ErrorKind, widened
from compare.engine.result import CaseResult
from compare.equivalence.passes import OUTPUT, drawn, forward_of, pair_of
from compare.equivalence.referee import shows, which_is_further, whose
from compare.equivalence.solved_causes.by_numbers import (
    cause_of,
    part_of,
    same_numbers,
    to_precision,
)
from compare.equivalence.solved_causes.other_structure import by_names
from compare.equivalence.solved_causes.quantities import held_by, ratio
from compare.equivalence.solved_causes.search import searched
from compare.equivalence.tried_causes import Tries
from compare.judge.evidence import Apart
from compare.judge.rounding_noise.measured_limits import until_it_raises
from compare.judge.rounding_noise.measurement import flat
from compare.judge.verdict import Comparison
from compare.language.message import Message, message

Values = Mapping[str, np.ndarray]
UNSEEN = 2.0**-45  # of a number: below float32's rounding, and above float64's
MOSTLY = 0.5  # of the elements, as a few are rounded the other way
ENOUGH, BEYOND = 8, 64.0  # elements, and times what the noise leaves, that a cause has to explain
CLEARLY = 10.0  # times the error of the difference quotient away from it, a gradient is wrong


@dataclass(frozen=True)
class _Both:
    """What each side has of one name, in one problem."""

    mine: np.ndarray
    reference: np.ndarray

    @classmethod
    def of(cls, mine: np.ndarray, reference: np.ndarray) -> _Both:
        """In float64, whatever they are in."""
        return cls(mine.astype(np.float64), reference.astype(np.float64))

    @property
    def apart(self) -> float:
        """max |mine - reference| / max |reference|."""
        known = np.isfinite(self.reference) & np.isfinite(self.mine)
        apart = np.abs(self.mine - self.reference)[known].max(initial=0.0)
        # beside a reference of zeros: the difference itself
        return float(apart / (np.abs(self.reference)[known].max(initial=0.0) or 1.0))


@dataclass(frozen=True)
class _Differing:
    """One name of a pair that differs; ``known``: dtype → what was judged there."""

    case: Case
    seed: int
    sides: tuple[Implementation, Implementation]
    name: str
    known: Mapping[str, Sequence[Apart]]

    def problem(self, dtype: str) -> Problem:
        """The arrays in that format."""
        return build(self.case, dtype, self.seed)

    def judged(self, dtype: str) -> _Both | None:
        """What both have of it in that format, where that was kept."""
        kept = (a for a in self.known.get(dtype, ()) if a.name == self.name)
        apart = next(kept, None)
        return _Both.of(apart.mine, apart.reference) if apart else None

    def both(self, dtype: str) -> _Both | None:
        """What both have of it in that format."""
        return self.judged(dtype) or self.on(self.problem(dtype))

    def on(self, problem: Problem) -> _Both | None:
        """What both make of these arrays; None where one lacks it, or has another shape."""
        mine, reference = (
            flat(until_it_raises(self.case, problem, s)).get(self.name) for s in self.sides
        )
        if mine is None or reference is None or mine.shape != reference.shape:
            return None
        return _Both.of(mine, reference)


def diagnosed(
    result: CaseResult,
    seed: int,
    known: Mapping[str, Sequence[Apart]],
    in_float64: CaseResult | None,
) -> CaseResult:
    """The result with the kind of its first difference, and a line on who is wrong.

    known: dtype → what both have of some names there · in_float64: the same result in that format,
    diagnosed; a difference that it has as well is the same.
    """
    if result.dtype in COARSE:
        result = _with_casts(result, seed)
    first, sides = result.verdict.first, result.case.sides
    if first is None or sides is None:
        return result
    if not first.mismatched:  # an exception, a name that one side lacks: nothing to measure
        cause = by_names(result.verdict, pair_of(result.case), result.case.arrays)
        return replace(result, cause=cause)
    # what it is in float64 and float32 has a result of its own
    if first.outcome is not Outcome.DIFFERENT or result.dtype in COARSE:
        return result
    if in_float64 and in_float64.error_kind is ErrorKind.ANOTHER and in_float64.verdict.first:
        cause, ruling = in_float64.cause, in_float64.ruled
        if in_float64.verdict.first.name != first.name:  # what follows from it
            cause = ruling = ""
        if shows(in_float64.verdict, first):
            return replace(result, error_kind=ErrorKind.ANOTHER, ruled=ruling, cause=cause)
    pair = _Differing(result.case, seed, sides, first.name, known)
    both = pair.both(result.dtype)
    if both is None:
        return result
    kind, wide = _kind(pair, both, result.dtype)
    ruling = ""
    if kind is ErrorKind.FLOAT32_INSIDE:
        ruling = _whose_float32(pair, both, result.dtype)
    if kind is ErrorKind.UNSTABLE and wide is not None and result.dtype == "float32":
        ruling = which_is_further(both.mine, both.reference, wide.reference, first, sides[1].name)
    if kind is ErrorKind.ANOTHER and first.name.startswith("grad/"):
        ruling = _by_differences(pair, first)
    cause = ""
    if kind is ErrorKind.ANOTHER or kind is ErrorKind.FLOAT32_INSIDE and not ruling:
        with to_precision(_precision(result, both) if kind is ErrorKind.ANOTHER else 0.0):
            cause = _cause(pair, kind)
        kind = ErrorKind.ANOTHER if cause else kind
    return replace(result, error_kind=kind, ruled=ruling, cause=cause)


def _with_casts(result: CaseResult, seed: int) -> CaseResult:
    """Which cast of one side explains every bit of what differs first in a coarse format.

    Where it is no more than the noise of the format, that is a note, and no difference.
    """
    if result.case.sides is None or any(
        c.outcome is Outcome.ERROR for c in result.verdict.failures
    ):
        return result
    tries = Tries(forward_of(result.case), build(result.case, result.dtype, seed))
    for name, reference in tries.reference.items():
        mine = tries.mine.get(name)
        if mine is None or mine.shape != reference.shape:
            return result
        if same_numbers(mine, reference):
            continue
        told = tries.casts(name, mine, reference)
        if not told:
            return result
        told = message(
            "in {n} of {total} elements of {name}, {cause}",
            n=int((mine != reference).sum()),
            total=mine.size,
            name=name,
            cause=told,
        )
        if result.verdict.first is None:
            return replace(result, unseen=(*result.unseen, told))
        return replace(result, cause=told)
    return result


def _precision(result: CaseResult, both: _Both) -> float:
    """Up to which the reference's numbers can be those of yours: no more than its noise leaves.

    As of one that rounds to float32 inside; and 0 where what differs is hardly more than that.
    """
    sizes = (s for s in result.resolution.values() if s > FORMATS["float32"].u)
    largest = max(sizes, default=0.0)
    clear = both.mine.size >= ENOUGH and both.apart > BEYOND * largest
    return largest if clear else 0.0


def _cause(pair: _Differing, kind: ErrorKind) -> Message | str:
    """How yours is made of the reference's numbers, of other settings or arguments; or ""."""
    both = pair.both("float64")
    if both is None or same_numbers(both.mine, both.reference):
        return ""
    problem, name = pair.problem("float64"), pair.name
    if kind is ErrorKind.FLOAT32_INSIDE:  # unless a setting explains it in every digit
        tries = Tries(forward_of(pair.case), problem)
        wanted = (name, both.mine, both.reference)
        return tries.setting_of_the_reference(*wanted) or tries.calls_of_the_reference(*wanted)
    arrays = problem.arrays.values()
    sizes = {n for a in arrays for n in (*a.shape, a.size)} | {both.mine.size, *both.mine.shape}
    held = {**held_by(pair.case), **problem.arrays}
    told = cause_of(both.mine, both.reference, sizes, lambda factor: ratio(factor, held, sizes))
    if told:
        return told
    tries = Tries(forward_of(pair.case), problem)
    setting = partial(tries.setting_of_the_reference, name, both.mine, both.reference)
    cause = searched(name, both.mine, both.reference, tries, pair.case, setting)
    part = part_of(both.mine, both.reference)
    return message("{cause}; {part}", cause=cause, part=part) if cause and part else cause or part


def _whose_float32(pair: _Differing, before: _Both, dtype: str) -> Message | str:
    """Which side alone does not see a change of some array that float32 would round away."""
    problem = pair.problem(dtype)
    for array in (k for k, a in problem.arrays.items() if a.dtype.kind == "f"):
        after = pair.on(_moved_a_little(problem, array))
        if after is None:
            return ""
        blind = [
            bool(np.mean(getattr(before, side) == getattr(after, side)) > MOSTLY)
            for side in ("mine", "reference")
        ]
        if blind[0] != blind[1]:
            who = message("yours") if blind[0] else whose(pair.sides[1].name)
            return message(
                "{who} is float32 inside: it does not see what float32 rounds away of {array}",
                who=who,
                array=array,
            )
    return ""


def _moved_a_little(problem: Problem, name: str) -> Problem:
    a = problem.arrays[name]
    # not all by one factor, which a normalization would not see
    moved = np.asarray(a * (1 + UNSEEN * np.cos(np.arange(a.size)).reshape(a.shape)))
    return replace(problem, arrays={**problem.arrays, name: moved})


def _kind(pair: _Differing, both: _Both, dtype: str) -> tuple[ErrorKind, _Both | None]:
    """The kind, and what both have in float64 on the same float32 inputs, if that was asked for."""
    if (np.isfinite(both.reference) & ~np.isfinite(both.mine)).any():
        return ErrorKind.OUT_OF_RANGE, None
    # before the runs below: in them such a side is as far off in float64, as another function is
    if _is_coarser(both, dtype):
        return ErrorKind.LESS_PRECISE, None
    # four of its ulps, as a short chain of operations has them; beyond, it is another function
    if dtype == "float64" and FORMATS["float32"].u / 64 < both.apart < 8 * FORMATS["float32"].u:
        return ErrorKind.FLOAT32_INSIDE, None
    here = both if dtype == "float32" else pair.both("float32")
    if here is None:
        return ErrorKind.ANOTHER, None
    wide = both if dtype == "float64" else pair.judged("float64")
    if wide is not None and wide.apart >= STABLE * here.apart:  # on its own inputs already
        return ErrorKind.ANOTHER, None
    wide = pair.on(widened(pair.problem("float32")))
    unstable = wide is not None and wide.apart < STABLE * here.apart
    return (ErrorKind.UNSTABLE if unstable else ErrorKind.ANOTHER), wide


def _is_coarser(both: _Both, dtype: str) -> bool:
    """Whether every value of mine fits a coarser format, and half its digits are right."""
    coarser = COARSER[dtype]
    with np.errstate(over="ignore"):  # what float16 cannot hold does not fit: that is the answer
        fits, right = (
            (values == values.astype(coarser).astype(np.float64)).all()
            for values in (both.mine, both.reference)
        )
    return bool(fits and not right and both.apart < FORMATS[coarser].u ** 0.5)


def _by_differences(pair: _Differing, first: Comparison) -> Message | str:
    """Whose gradient is not that of its own forward pass, by central differences of it."""
    varied, sides = first.name.removeprefix("grad/"), pair.sides
    problem = pair.problem("float64")
    both = pair.both("float64") if varied in problem.arrays else None
    if both is None:
        return ""
    case = forward_of(pair.case)
    quotients, wrong = [], []
    for side, gradient in zip(sides, (both.mine, both.reference), strict=True):
        quotient, error = _quotient(case, problem, side, pair.seed, varied, first.index)
        claimed = float(gradient[first.index])
        if not np.isfinite(error):
            return ""
        wrong.append(abs(claimed - quotient) > CLEARLY * error)
        quotients.append(quotient)
    if wrong == [True, False]:
        return message(
            "yours is wrong: by differences of your own forward pass it is {value:.6g} there",
            value=float(quotients[0]),
        )
    if wrong == [False, True] and sides[1].takes == "torch":
        # autograd differentiates what it is not told to leave out: that is a choice, of both sides
        return message(
            "{name}'s gradient leaves something of its own forward pass out, of which it would be "
            "{value:.6g} there by differences: a detach(), padding_idx, clip or straight-through "
            "estimate of the reference that yours lacks, or a mistake in it",
            name=whose(sides[1].name),
            value=float(quotients[1]),
        )
    if wrong == [False, True]:
        name = whose(sides[1].name)
        return message(
            "{name} is wrong: by differences of its own forward pass it is {value:.6g} there",
            name=name,
            value=float(quotients[1]),
        )
    return ""  # both or none: then it is not the gradient that tells them apart


def _quotient(
    case: Case,
    problem: Problem,
    side: Implementation,
    seed: int,
    varied: str,
    index: tuple[int, ...],
) -> tuple[float, float]:
    """(L(x + h) - L(x - h)) / 2h of one element, L the outputs times their cotangents; its error.

    That is estimated from the same with 2h, and from the rounding of L.
    """
    x = float(problem.arrays[varied][index])
    # the cube root of float64's epsilon balances the error of the quotient, h^2, and rounding, 1/h
    h = 6e-6 * max(1.0, abs(x))
    values = {
        k: _loss(case, _moved(problem, varied, index, k * h), side, seed) for k in (-2, -1, 1, 2)
    }
    near = (values[1][0] - values[-1][0]) / (2 * h)
    far = (values[2][0] - values[-2][0]) / (4 * h)
    size = max(size for _, size in values.values())
    # far - near is 3 times the h^2 term of near; 2^-48 is 32 unit roundoffs for the sum of L
    return near, abs(far - near) + size * 2.0**-48 / h


def _moved(problem: Problem, varied: str, index: tuple[int, ...], by: float) -> Problem:
    array = np.array(problem.arrays[varied])
    array[index] += by
    return replace(problem, arrays={**problem.arrays, varied: array})


def _loss(case: Case, problem: Problem, side: Implementation, seed: int) -> tuple[float, float]:
    """The sum of outputs times cotangents, and of their magnitudes; NaN where there are none."""
    values = flat(until_it_raises(case, problem, side))
    terms = [
        (value * drawn(seed, name, value.shape)).ravel()
        for name, value in values.items()
        if name == OUTPUT or name.startswith(f"{OUTPUT}/")
    ]
    if not terms:
        return np.nan, np.nan
    every = np.concatenate(terms)
    return float(every.sum()), float(np.abs(every).sum())
