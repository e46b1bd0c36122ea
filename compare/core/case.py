"""A Case: one line of the table that the command, pytest and TensorBoard all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from compare.arithmetic.formats import COARSE, DTYPES
from compare.oracle.rules import Specification

if TYPE_CHECKING:
    import numpy as np

    from compare.core.implementation import Implementation
    from compare.core.trace import Trace

# Draws or loads one array (or a tuple of batches): (generator, sizes) -> values.
Draw = Callable[["np.random.Generator", Mapping[str, int]], Any]
# Everything at once, where arrays belong together: a data set and its batches.
Load = Callable[["np.random.Generator", Mapping[str, int]], Mapping[str, Any]]

# (side, its arrays, steps that are done, what the last one left) -> the traces of the others.
GoOn = Callable[["Implementation", Mapping[str, Any], int, Mapping[str, Any]], Iterator["Trace"]]


class Outcome(Enum):
    """What became of one name, or of a whole case."""

    SAME = "same"
    DIFFERENT = "DIFFERENT"
    VACUOUS = "VACUOUS"
    NOT_COMPARED = "NOT COMPARED"
    ERROR = "ERROR"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ExpectedOutcome:
    """An outcome other than ``same`` that is meant, with the reason that every report shows."""

    outcome: Outcome
    reason: str
    dtypes: tuple[str, ...] = ()  # all, where it names none
    always: bool = True  # else it depends on the seed, and may be absent

    def holds_in(self, dtype: str) -> bool:
        """Whether this is stated of that dtype."""
        return not self.dtypes or dtype in self.dtypes


@dataclass(frozen=True)
class WiderLimit:
    """A limit ``factor`` times what rounding explains, with the reason that every report shows."""

    factor: float
    reason: str


class Unavailable(Exception):
    """The data of a case are not on this machine; the case is skipped, and this says why."""


def _no_rules(arrays: Mapping[str, Any]) -> Specification:
    return Specification()


@dataclass(frozen=True)
class Recipe:
    """How a training run is made: the network, its loss, and the rule that updates it."""

    hidden: str
    output: str
    loss: str
    rule: str
    lr: float
    schedule: tuple[Any, ...] = ("constant",)
    settings: Mapping[str, float] = field(default_factory=dict)

    def network(self, side: Implementation, params: Mapping[str, Any]) -> Any:
        """A side's network with these parameters."""
        return side.network(params, hidden=self.hidden, output=self.output, loss=self.loss)

    def optimizer(self, side: Implementation) -> Any:
        """A side's update rule with these settings."""
        return side.get(f"optimizers.{self.rule}")(self.lr, **self.settings)

    def learning_rates(self, side: Implementation, steps: int) -> list[float]:
        """A side's rate of each step."""
        kind, *settings = self.schedule
        return side.get(f"schedules.{kind}")(self.lr, steps, *settings)

    def loop(
        self, side: Implementation, params: Mapping[str, Any], a: Mapping[str, Any], done: int = 0,
        left: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Any, Iterator[Mapping[str, Any]]]:  # fmt: skip
        """A side's network, optimizer and training steps on the problem's batches.

        After ``done`` of them, from the trace that the last one left.
        """
        network, optimizer = self.network(side, params), self.optimizer(side)
        batches, lrs = a["batches"], self.learning_rates(side, len(a["batches"]))
        if done:
            side.get("training.resume")(network, optimizer, left)
            batches, lrs = batches[done:], lrs[done:]
        train = side.get("training.train")
        return network, optimizer, train(network, optimizer, a["x"], a["d"], batches, lrs)


@dataclass(frozen=True)
class Program:
    """What to run, the same for every side, on that side's own arrays; and what it computes.

    ``specify`` turns the problem's NumPy arrays into the rules by which the judge recomputes each
    name. A name without one is judged by the noise of the reference. ``recipe``: of a training run,
    and ``go_on`` takes that up after so many steps, from the trace that the last of them left.
    """

    run: Callable[[Implementation, Mapping[str, Any]], Iterator[Trace]]
    specify: Callable[[Mapping[str, Any]], Specification] = _no_rules
    recipe: Recipe | None = None
    go_on: GoOn | None = None


@dataclass(frozen=True)
class Case:
    """What is compared: arrays, the program that both sides run on them, and what is known.

    ``arrays`` maps a name to a shape such as ``"N I"`` (drawn standard normal), to a Draw, or to
    values. ``known``, ``looser`` and ``golden`` are keyed by quantity (``grad/W1``), for all
    steps at once; in the first two ``*`` matches anything. A golden value is text, as many digits
    as its source prints, and is held against the last trace of both sides, in float64.
    ``sides``: what it is run on, where that is not scratch and torch; ``again``: the line that runs
    it again, where it is in no table that the command knows.
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
    sides: tuple[Implementation, Implementation] | None = None
    again: str = ""

    def runs_in(self, dtype: str) -> bool:
        """Whether it is meant for this dtype; for the coarse ones, if it is for both others.

        Sides of its own are not asked to compute in a coarse one.
        """
        coarse = dtype in COARSE and self.dtypes == DTYPES and self.sides is None
        return dtype in self.dtypes or coarse

    def known_in(self, dtype: str) -> dict[str, ExpectedOutcome]:
        """What is stated of this dtype, by pattern; of one that is not the case's, it may be so."""
        own = dtype in self.dtypes
        return {
            pattern: replace(k, always=k.always and own)
            for pattern, k in self.known.items()
            if k.holds_in(dtype)
        }

    def with_steps(self, steps: int) -> Case:
        """The same training run with another number of steps, which its id then says as T."""
        return replace(self, sizes={**self.sizes, "T": steps})

    def id(self, dtype: str) -> str:
        """The name under which pytest, the command and TensorBoard know it: affine[float64 N=4]."""
        return f"{self.name}[{' '.join([dtype, *(f'{k}={v}' for k, v in self.sizes.items())])}]"
