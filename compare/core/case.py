"""A Case: one line of the table that the command, pytest and TensorBoard all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.arithmetic.formats import COARSE, DTYPES
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, WiderLimit
from compare.core.recipe import Recipe
from compare.core.trace import Trace
from compare.oracle.rules import Specification

# Draws or loads one array (or a tuple of batches): (generator, sizes) -> values.
Draw = Callable[["np.random.Generator", Mapping[str, int]], Any]
# Everything at once, where arrays belong together: a data set and its batches.
Load = Callable[["np.random.Generator", Mapping[str, int]], Mapping[str, Any]]

# (side, its arrays, steps that are done, the last one's trace) -> the traces of the steps to come.
GoOn = Callable[["Implementation", Mapping[str, Any], int, Mapping[str, Any]], Iterator["Trace"]]


class Unavailable(Exception):
    """What a case needs is not on this machine; the case is skipped, and this says why."""


class Stopped(Exception):
    """What somebody's code raised, or how it ended; of the steps to come nothing can be said."""


class NotTaken(Exception):
    """What a side was handed and does not take; nothing of it is compared, and this says why."""


def _no_rules(arrays: Mapping[str, Any]) -> Specification:
    return Specification()


@dataclass(frozen=True)
class Program:
    """What to run, the same for every side, on that side's own arrays; and what it computes.

    ``specify`` turns the problem's NumPy arrays into the rules by which the judge recomputes each
    name. A name without one is judged by the noise of the reference. ``recipe``: of a training run,
    and ``go_on`` takes that up after so many steps, from the trace that the last of them left.
    ``remembers`` says, of a side, what is otherwise where the same object is called again; "" if
    nothing is · ``network``: hidden activation, output and loss of the network that it is of;
    ``of_network`` makes the same program of another one.
    """

    run: Callable[[Implementation, Mapping[str, Any]], Iterator[Trace]]
    # of the arrays and not of the Case, since a data set's are known only once it is loaded
    specify: Callable[[Mapping[str, Any]], Specification] = _no_rules
    recipe: Recipe | None = None
    go_on: GoOn | None = None
    remembers: Callable[[Implementation], str] | None = None
    network: tuple[str, str, str] | None = None
    of_network: Callable[[str, str, str], Program] | None = None


@dataclass(frozen=True)
class Case:
    """What is compared: arrays, the program that both sides run on them, and what is known.

    ``arrays`` maps a name to a shape such as ``"N I"`` (drawn standard normal), to a Draw, or to
    values. ``known``, ``looser`` and ``golden`` are keyed by quantity (``grad/W1``), for all
    steps at once; in the first two ``*`` matches anything. A golden value is text, as many digits
    as its source prints, and is held against the last trace of both sides, in float64.
    ``sides``: what it is run on, where that is not scratch and torch; ``repeats``: whether both are
    run twice, to see that they give the same bits; ``again``: the line that runs
    it again, where it is in no table that the command knows. ``classes``: what the outputs are
    called, of a classifier of square pictures, so that one is shown beside its probabilities.
    """

    name: str
    section: str
    about: str
    program: Program
    formula: str = ""
    sources: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)
    load: Load | None = None
    golden: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, ExpectedOutcome] = field(default_factory=dict)
    looser: Mapping[str, WiderLimit] = field(default_factory=dict)
    dtypes: tuple[str, ...] = DTYPES
    training: bool = False
    # two callables (compare.assert_equivalent) are a case with sides of its own
    sides: tuple[Implementation, Implementation] | None = None
    repeats: bool = False
    again: str = ""
    classes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # what of it is not compared, each with its reason

    def __repr__(self) -> str:
        return f"<Case {self.name}: {self.about}>"  # its arrays may be large

    def runs_in(self, dtype: str) -> bool:
        """Whether it is meant for this dtype; for the coarse ones, if it is for both others.

        Sides of its own are not asked to compute in a coarse one.
        """
        # a case for float64 alone has a reason that holds for the coarse formats all the more
        coarse = dtype in COARSE and self.dtypes == DTYPES and self.sides is None
        return dtype in self.dtypes or coarse

    def known_in(self, dtype: str) -> dict[str, ExpectedOutcome]:
        """What is stated of this dtype, by pattern; of one that is not the case's, it may be so."""
        # what was stated of float64 and float32 may not
        # come in float16: its absence must not fail there
        is_own_dtype = dtype in self.dtypes
        return {
            pattern: replace(k, always=k.always and is_own_dtype)
            for pattern, k in self.known.items()
            if k.holds_in(dtype)
        }

    def with_steps(self, steps: int) -> Case:
        """The same training run with another number of steps, which its id then says as T."""
        # T is among the sizes, so that the id says it, and an id asks for it again
        return replace(self, sizes={**self.sizes, "T": steps})

    def id(self, dtype: str) -> str:
        """The name under which pytest, the command and TensorBoard know it: affine[float64 N=4]."""
        return f"{self.name}[{' '.join([dtype, *(f'{k}={v}' for k, v in self.sizes.items())])}]"
