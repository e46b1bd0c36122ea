"""The noise of torch, measured: how far results move when every operation rounds otherwise.

For names whose inputs are not visible. All noisy runs take the branches of the run without noise:
a branch that rounding decides is no noise, but a question of its own
(``compare.judge.rounding_noise.measured_limits``).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import _disable_current_modes

from compare.arithmetic.closeness import is_float
from compare.arithmetic.formats import COARSE
from compare.core.arrays import each, same_bits, same_to_rounding
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.core.trace import Trace
from compare.judge.rounding_noise import numpy_perturbation
from compare.judge.rounding_noise.branches import Forced, all_of
from compare.judge.rounding_noise.draws import Draws, Still
from compare.judge.rounding_noise.errors_kept import ErrorsKept
from compare.judge.rounding_noise.explosion import Sketch, exploded_at
from compare.judge.rounding_noise.noise_floor import COARSE_FACTOR, FACTOR, Spread, floor
from compare.judge.rounding_noise.numpy_perturbation import Perturbing
from compare.judge.rounding_noise.torch_perturbation import Perturbed, perturbed
from compare.language.message import Message, message

Values = Mapping[str, np.ndarray]
FEW = 3  # noisy runs: each kind of noise once


@dataclass(frozen=True)
class NoiseFloors:
    """Full name → floor, and torch's value without noise; over how many runs."""

    floor: Values
    reference: Values
    runs: int


def measure(
    case: Case, problem: Problem, side: Implementation, runs: int = 16, seed: int = 0
) -> NoiseFloors:
    """The noise of every floating-point name of a program: max(RMS, half an ulp, n eta).

    side runs torch · runs >= 1 · the same seed, the same floors. Raises ValueError where its noise
    cannot be measured, and whatever the program raises.
    """
    noise = Noise(case, problem, side, seed)
    noise.up_to(runs)
    return noise.floors


def traces(case: Case, problem: Problem, side: Implementation) -> Iterator[Trace]:
    """What a side computes on the problem's arrays, in NumPy, step by step."""
    with unwatched():
        arrays = given(problem, side)
    for trace in case.program.run(side, arrays):
        with unwatched():
            shown = {k: side.to_numpy(v) for k, v in trace.values.items()}
        yield replace(trace, values=shown)


def unwatched() -> AbstractContextManager[Any]:
    """For what is no operation of the program, but is done with tensors: it is not perturbed."""
    return _disable_current_modes()


def given(problem: Problem, side: Implementation) -> dict[str, Any]:
    """The problem's arrays in a side's own type and memory."""
    return {name: side.given(values) for name, values in problem.arrays.items()}


def flat(steps: Sequence[Trace]) -> dict[str, np.ndarray]:
    """Every floating-point array by its full name."""
    return {
        trace.full_name(name): value
        for trace in steps
        for name, value in trace.values.items()
        if is_float(value.dtype)
    }


@contextmanager
def in_simple_operations() -> Iterator[None]:
    """Attention and recurrent layers as matrix products, whose roundings are known."""
    # oneDNN's and the flash kernels are one operation to the
    # dispatcher, with roundings inside that no noise would reach
    with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
        # and in a coarse format as it is, where whoever writes attention by hand rounds as well
        allowed = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()
        torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)
        try:
            yield
        finally:
            torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(allowed)


class Noise:
    """A program's values without noise, and the spread of the noisy runs around them so far.

    plain: what it computes, where that is known already.
    Raises ValueError where the program computes nothing with torch, or nothing twice.
    """

    def __init__(
        self,
        case: Case,
        problem: Problem,
        side: Implementation,
        seed: int = 0,
        forced: Forced | None = None,
        plain: Values | None = None,
    ) -> None:
        self.problem, self.seed, self.runs, self.terms = problem, seed, 0, 1
        self.case, self.side, self.program = case, side, partial(traces, case)
        steps, run = self._perturbed(forced=forced or {})
        # a reference in NumPy behind a torch interface would
        # have no noise, and every difference would fail
        if side.takes == "torch" and not run.results and not self._shows_tensors(case):
            raise ValueError(message("the reference computes it without torch"))
        self.branches = run.decisions.run
        self.values: Values = flat(steps)
        # bfloat16 in a program of float32, say, is asked for: a rounding as any of its operations
        self.is_coarse = problem.dtype in COARSE
        self.amplified = FACTOR if run.coarse and not self.is_coarse else 1.0
        if forced is None:
            self.values = self._judged(self.values, plain)
        self.spreads = {name: Spread(value) for name, value in self.values.items()}
        self.z = [Spread(z) for z in self.branches.z]
        self.errors = ErrorsKept()  # of operations, which every noisy run has the same of
        # where the other side alone has rounding: its noise there
        self.cancelled: Values = {}
        self._floors: tuple[int, Values, NoiseFloors] | None = None
        self.tied = self._exact_ties(case)

    def _shows_tensors(self, case: Case) -> bool:
        """Whether what computes nothing at least hands torch's own tensors on, as Identity does."""
        shown = case.program.run(self.side, given(self.problem, self.side))
        return any(isinstance(v, torch.Tensor) for trace in shown for v in trace.values.values())

    def _run(self) -> Iterator[Trace]:
        return self.program(self.problem, self.side)

    def _run_simply(self) -> Iterator[Trace]:
        with in_simple_operations():
            yield from self._run()

    def _perturbed(
        self,
        draws: Draws | None = None,
        forced: Forced | None = None,
        tied: Forced | None = None,
        sketches: list[Sketch] | None = None,
        errors: ErrorsKept | None = None,
    ) -> tuple[list[Trace], Perturbed | Perturbing]:
        """A run with noise where there are draws, on the branches that are forced."""
        forced, tied = forced or {}, tied or {}
        # without noise as the user wrote it; with noise in operations whose roundings are known
        if self.side.takes == "torch":
            run = self._run_simply if draws else self._run
            return perturbed(run, draws, forced, tied, sketches, errors)
        return numpy_perturbation.perturbed(
            lambda side: self.program(self.problem, side), self.side, draws, forced, tied, sketches
        )

    def _plainly(self) -> dict[str, np.ndarray]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return flat(list(self._run()))

    def _judged(self, watched: Values, plain: Values | None) -> Values:
        """The values of a plain run, which are those that are judged.

        Raises ValueError where no two runs have the same: dropout, or a generator without a seed,
        would be measured as rounding.
        """
        plain = self._plainly() if plain is None else plain
        # under observation torch may take another algorithm, as for singular values, and NumPy
        # round a power of a number otherwise than that of an array of one number
        if _unlike(watched, plain):
            again = self._plainly()
            names = (n for n in plain if n not in again or not same_to_rounding(again[n], plain[n]))
            if name := next(names, ""):
                raise ValueError(message("two runs of the reference differ at {name}", name=name))
        return plain

    def _exact_ties(self, case: Case) -> Forced:
        """An argmax among equals that are equal in the other precision too: a convention."""
        if not any(t.any() for t in self.branches.ties):
            return {}
        # a tie by chance of rounding comes apart in the other format; one by construction stays
        other_dtype = "float32" if self.problem.dtype == "float64" else "float64"
        elsewhere = perturbed(lambda: self.program(_in(self.problem, other_dtype), self.side))[1]
        ties_there = elsewhere.decisions.run.ties
        decisions = zip(self.branches.ties, ties_there, self.branches.choices, strict=True)
        return {k: (a & b, choice) for k, (a, b, choice) in enumerate(decisions)}

    def up_to(self, runs: int) -> None:
        """Run with noise until there are so many runs."""
        for k in range(self.runs, runs):
            forced = all_of(self.branches)
            draws = Draws(self.seed, k, self.amplified)
            steps, run = self._perturbed(draws, forced, self.tied, errors=self.errors)
            values = flat(steps)
            # a loop that ends by a comparison of floats has no values to compare run by run
            if values.keys() != self.values.keys() or len(run.decisions.run.z) != len(self.z):
                raise ValueError(message("rounding decides which operations the reference runs"))
            for name, spread in self.spreads.items():
                spread.add(values[name])
            for spread, z in zip(self.z, run.decisions.run.z, strict=True):
                spread.add(z)
            self.terms, self.runs = max(self.terms, run.terms), k + 1

    @property
    def factor(self) -> float:
        """How many times its noise a limit is; amplified noise is as large as it can be already."""
        return COARSE_FACTOR if self.is_coarse or self.amplified > 1 else FACTOR

    def floor_of(self, name: str) -> np.ndarray:
        """Of one name, of the runs so far."""
        dtype = self.values[name].dtype.name
        own = floor(self.spreads[name], dtype, self.terms)
        return self.factor / FACTOR * np.maximum(own, self.cancelled.get(name, 0.0))

    @property
    def floors(self) -> NoiseFloors:
        """Of the runs so far, of which FACTOR times is the limit."""
        # asked for what is within it, and for the limits
        if self._floors and self._floors[0] == self.runs and self._floors[1] is self.cancelled:
            return self._floors[2]
        floors = {name: self.floor_of(name) for name in self.spreads}
        self._floors = (self.runs, self.cancelled, NoiseFloors(floors, self.values, self.runs))
        return self._floors[2]

    def in_other_format(self) -> Noise:
        """The same program in float32 for float64, or the reverse, with a few noisy runs."""
        other = "float32" if self.problem.dtype == "float64" else "float64"
        noise = Noise(self.case, _in(self.problem, other), self.side, self.seed)
        noise.up_to(FEW)
        return noise

    def exploded_at(self) -> Message | str:
        """The first operation of which noise makes another result, in words."""
        runs: list[list[Sketch]] = [[], []]
        branches = all_of(self.branches)
        # without noise, but in the same operations: draws of no size
        for draws, sketches in zip(
            (Still(), Draws(self.seed, 0, self.amplified)), runs, strict=True
        ):
            self._perturbed(draws, branches, self.tied, sketches)
        return exploded_at(*runs)

    def on(self, forced: Forced) -> dict[str, np.ndarray]:
        """The values on other branches, without noise."""
        return flat(self._perturbed(forced=forced)[0])


def _unlike(values: Values, others: Values) -> str:
    """The first name of which both have not the same bits, or ""."""
    names = (n for n in values if n not in others or not same_bits(values[n], others[n]))
    return next(names, "")


def _in(problem: Problem, dtype: str) -> Problem:
    def cast(a: np.ndarray) -> np.ndarray:
        return a.astype(dtype) if is_float(a.dtype) else a

    arrays = {name: each(cast, values) for name, values in problem.arrays.items()}
    return replace(problem, dtype=dtype, arrays=arrays)
