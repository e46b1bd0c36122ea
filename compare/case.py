"""A Case: one line of the table that the command, pytest and TensorBoard all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from compare.formats import COARSE, DTYPES
from compare.specification import Specification

if TYPE_CHECKING:
    import numpy as np

    from compare.sides import Side
    from compare.trace import Trace

# Draws or loads one array (or a tuple of batches): (generator, sizes) -> values.
Draw = Callable[["np.random.Generator", Mapping[str, int]], Any]
# Everything at once, where arrays belong together: a data set and its batches.
Load = Callable[["np.random.Generator", Mapping[str, int]], Mapping[str, Any]]


class Outcome(Enum):
    """What became of one name, or of a whole case."""

    SAME = "same"
    DIFFERENT = "DIFFERENT"
    VACUOUS = "VACUOUS"
    NOT_COMPARED = "NOT COMPARED"
    ERROR = "ERROR"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Known:
    """An outcome other than ``same`` that is meant, with the reason that every report shows."""

    outcome: Outcome
    reason: str
    dtypes: tuple[str, ...] = ()  # all, where it names none
    always: bool = True  # else it depends on the seed, and may be absent

    def holds_in(self, dtype: str) -> bool:
        """Whether this is stated of that dtype."""
        return not self.dtypes or dtype in self.dtypes


@dataclass(frozen=True)
class Looser:
    """A limit ``factor`` times what rounding explains, with the reason that every report shows."""

    factor: float
    reason: str


class Unavailable(Exception):
    """The data of a case are not on this machine; the case is skipped, and this says why."""


def _no_rules(arrays: Mapping[str, Any]) -> Specification:
    return Specification()


@dataclass(frozen=True)
class Program:
    """What to run, the same for every side, on that side's own arrays; and what it computes.

    ``specify`` turns the problem's NumPy arrays into the rules by which the judge recomputes each
    name. A name without one is judged by the noise of the reference. ``settings`` of a training
    run, for reports: hidden, output, loss, rule, lr, schedule, and what else its rule takes.
    """

    run: Callable[[Side, Mapping[str, Any]], Iterator[Trace]]
    specify: Callable[[Mapping[str, Any]], Specification] = _no_rules
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """What is compared: arrays, the program that both sides run on them, and what is known.

    ``arrays`` maps a name to a shape such as ``"N I"`` (drawn standard normal), to a Draw, or to
    values. ``known``, ``looser`` and ``golden`` are keyed by quantity (``grad/W1``), for all
    steps at once; in the first two ``*`` matches anything. A golden value is text, as many digits
    as its source prints, and is held against the last trace of both sides, in float64.
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
    known: Mapping[str, Known] = field(default_factory=dict)
    looser: Mapping[str, Looser] = field(default_factory=dict)
    dtypes: tuple[str, ...] = DTYPES
    training: bool = False

    def runs_in(self, dtype: str) -> bool:
        """Whether it is meant for this dtype; for the coarse ones, if it is for both others."""
        return dtype in self.dtypes or (dtype in COARSE and self.dtypes == DTYPES)

    def known_in(self, dtype: str) -> dict[str, Known]:
        """What is stated of this dtype, by pattern; of one that is not the case's, it may be so."""
        own = dtype in self.dtypes
        return {
            pattern: replace(k, always=k.always and own)
            for pattern, k in self.known.items()
            if k.holds_in(dtype)
        }

    def id(self, dtype: str) -> str:
        """The name under which pytest, the command and TensorBoard know it: affine[float64 N=4]."""
        return f"{self.name}[{' '.join([dtype, *(f'{k}={v}' for k, v in self.sizes.items())])}]"
