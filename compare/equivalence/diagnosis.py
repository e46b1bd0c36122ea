"""The first difference of a pair: its kind, and which side is wrong where that can be told.

No formula says what a black box should compute. But float64 says what rounding hides in float32,
and differences of a side's own forward pass say what its gradient should be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from compare.engine.result_rows import in_ulps
from compare.equivalence.passes import OUTPUT, drawn
from compare.equivalence.solved_causes.by_numbers import cause_of, same_numbers
from compare.equivalence.solved_causes.other_structure import other_structure
from compare.equivalence.solved_causes.quantities import held_by, ratio
from compare.equivalence.solved_causes.search import searched
from compare.equivalence.tried_causes import Tries
from compare.judge.rounding_noise.measured_limits import until_it_raises
from compare.judge.rounding_noise.measurement import flat
from compare.judge.verdict import Comparison
from compare.language.message import Message, message

Values = Mapping[str, np.ndarray]
UNSEEN = 2.0**-45  # of a number: below float32's rounding, and above float64's
MOSTLY = 0.5  # of the elements, as a few are rounded the other way
CLEARLY = 10.0  # times the error of the difference quotient away from it, a gradient is wrong


@dataclass(frozen=True)
class _Both:
    """What each side has of one name, in one problem."""

    mine: np.ndarray
    reference: np.ndarray

    @property
    def apart(self) -> float:
        """max |mine - reference| / max |reference|."""
        known = np.isfinite(self.reference) & np.isfinite(self.mine)
        apart = np.abs(self.mine - self.reference)[known].max(initial=0.0)
        # beside a reference of zeros: the difference itself
        return float(apart / (np.abs(self.reference)[known].max(initial=0.0) or 1.0))


def diagnosed(
    result: CaseResult,
    seed: int,
    forward: Callable[[], Case],
    causes: dict[str, Message | str],
) -> CaseResult:
    """The result with the kind of its first difference, and a line on who is wrong.

    forward: the case without gradients · causes: those that were looked for in another dtype, by
    name; of one name they are the same.
    """
    first, sides = result.verdict.first, result.case.sides
    if first is None or sides is None or first.outcome is not Outcome.DIFFERENT:
        return result
    if result.dtype in COARSE:  # what it is in float64 and float32 has a result of its own
        return result
    if not first.mismatched:  # a name that one side lacks, or another shape: nothing to measure
        return replace(result, cause=other_structure(result.verdict))
    problem = build(result.case, result.dtype, seed)
    both = _both(result.case, problem, sides, first.name)
    if both is None:
        return result
    kind, wide = _kind(result.case, both, result.dtype, seed, sides, first.name)
    ruling = ""
    if kind is ErrorKind.FLOAT32_INSIDE:
        ruling = _whose_float32(result.case, problem, sides, first.name)
    if kind is ErrorKind.UNSTABLE and wide is not None and result.dtype == "float32":
        ruling = _which_is_further(both, wide, first, sides[1].name)
    if kind is ErrorKind.ANOTHER and first.name.startswith("grad/"):
        ruling = _by_differences(result.case, first, seed, sides)
    cause = ""
    if kind is ErrorKind.ANOTHER or kind is ErrorKind.FLOAT32_INSIDE and not ruling:
        if first.name not in causes:
            found = _cause(result.case, seed, sides, first.name, forward, kind)
            causes[first.name] = found
        cause = causes[first.name]
        kind = ErrorKind.ANOTHER if cause else kind
    return replace(result, error_kind=kind, ruled=ruling, cause=cause)


def _cause(
    case: Case,
    seed: int,
    sides: tuple[Implementation, Implementation],
    name: str,
    forward: Callable[[], Case],
    kind: ErrorKind,
) -> Message | str:
    """How yours is made of the reference's numbers, of other settings or arguments; or ""."""
    problem = build(case, "float64", seed)
    both = _both(case, problem, sides, name)
    if both is None or same_numbers(both.mine, both.reference):
        return ""
    if kind is ErrorKind.FLOAT32_INSIDE:  # unless a setting explains it in every digit
        return Tries(forward(), problem).setting_of_the_reference(name)
    arrays = problem.arrays.values()
    sizes = {n for a in arrays for n in (*a.shape, a.size)} | {both.mine.size, *both.mine.shape}
    held = {**held_by(case), **problem.arrays}
    told = cause_of(both.mine, both.reference, sizes, lambda factor: ratio(factor, held, sizes))
    if told:
        return told
    tries = Tries(forward(), problem)
    setting = partial(tries.setting_of_the_reference, name)
    return searched(name, both.mine, both.reference, tries, case, setting)


def _whose_float32(
    case: Case, problem: Problem, sides: tuple[Implementation, Implementation], name: str
) -> Message | str:
    """Which side alone does not see a change of some array that float32 would round away."""
    before = _both(case, problem, sides, name)
    for array in (k for k, a in problem.arrays.items() if a.dtype.kind == "f"):
        after = _both(case, _moved_a_little(problem, array), sides, name)
        if before is None or after is None:
            return ""
        blind = [
            bool(np.mean(getattr(before, side) == getattr(after, side)) > MOSTLY)
            for side in ("mine", "reference")
        ]
        if blind[0] != blind[1]:
            who = message("yours") if blind[0] else _whose(sides[1].name)
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


def _both(
    case: Case, problem: Problem, sides: tuple[Implementation, Implementation], name: str
) -> _Both | None:
    mine, reference = (flat(until_it_raises(case, problem, s)).get(name) for s in sides)
    if mine is None or reference is None or mine.shape != reference.shape:
        return None
    return _Both(mine.astype(np.float64), reference.astype(np.float64))


def _kind(
    case: Case,
    both: _Both,
    dtype: str,
    seed: int,
    sides: tuple[Implementation, Implementation],
    name: str,
) -> tuple[ErrorKind, _Both | None]:
    """The kind, and what both have in float64 on the same float32 inputs."""
    if (np.isfinite(both.reference) & ~np.isfinite(both.mine)).any():
        return ErrorKind.OUT_OF_RANGE, None
    # before the runs below: in them such a side is as far off in float64, as another function is
    if _is_coarser(both, dtype):
        return ErrorKind.LESS_PRECISE, None
    # four of its ulps, as a short chain of operations has them; beyond, it is another function
    if dtype == "float64" and FORMATS["float32"].u / 64 < both.apart < 8 * FORMATS["float32"].u:
        return ErrorKind.FLOAT32_INSIDE, None
    narrow = build(case, "float32", seed)
    here, wide = (_both(case, p, sides, name) for p in (narrow, widened(narrow)))
    if here is None or wide is None:
        return ErrorKind.ANOTHER, None
    return (ErrorKind.UNSTABLE if wide.apart < STABLE * here.apart else ErrorKind.ANOTHER), wide


def _is_coarser(both: _Both, dtype: str) -> bool:
    """Whether every value of mine fits a coarser format, and half its digits are right."""
    coarser = COARSER[dtype]
    with np.errstate(over="ignore"):  # what float16 cannot hold does not fit: that is the answer
        fits, right = (
            (values == values.astype(coarser).astype(np.float64)).all()
            for values in (both.mine, both.reference)
        )
    return bool(fits and not right and both.apart < FORMATS[coarser].u ** 0.5)


def _which_is_further(both: _Both, wide: _Both, first: Comparison, name: str) -> str:
    """Which is further from what the reference has in float64, at the worst element."""
    right = wide.reference[first.index]
    if not np.isfinite(right):
        return ""
    ulp = 2 * FORMATS["float32"].u * 2.0 ** np.floor(np.log2(abs(right) or 1.0))
    mine, reference = (
        float(abs(values[first.index] - right) / ulp) for values in (both.mine, both.reference)
    )
    name = _whose(name)
    who = message("yours") if mine > reference else name
    return message(
        "{who} is wrong: your error is {mine}, {name}'s {reference} (of {name} in float64, on the "
        "same inputs)",
        who=who,
        mine=in_ulps(mine),
        name=name,
        reference=in_ulps(reference),
    )


def _whose(name: str) -> str:
    return name if name == "torch" else message("the {name}", name=name)


def _by_differences(
    case: Case, first: Comparison, seed: int, sides: tuple[Implementation, Implementation]
) -> str:
    """Whose gradient is not that of its own forward pass, by central differences of it."""
    varied = first.name.removeprefix("grad/")
    problem = build(case, "float64", seed)
    if varied not in problem.arrays:
        return ""
    both = _both(case, problem, sides, first.name)
    if both is None:
        return ""
    quotients, wrong = [], []
    for side, gradient in zip(sides, (both.mine, both.reference), strict=True):
        quotient, error = _quotient(case, problem, side, seed, varied, first.index)
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
            name=_whose(sides[1].name),
            value=float(quotients[1]),
        )
    if wrong == [False, True]:
        name = _whose(sides[1].name)
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
