"""A Case: one line of the table that the command, pytest and TensorBoard all read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from compare.sides import Side
    from compare.trace import Trace

DTYPES = ("float64", "float32")

# Draws or loads one array (or a tuple of batches): (generator, sizes) -> values.
Draw = Callable[["np.random.Generator", Mapping[str, int]], Any]
# What to run: the same program for every side, on that side's own arrays.
Program = Callable[["Side", Mapping[str, Any]], Iterator["Trace"]]
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


@dataclass(frozen=True)
class Looser:
    """A limit that is ``factor`` times the table's, with the reason that every report shows."""

    factor: float
    reason: str


class Unavailable(Exception):
    """The data of a case are not on this machine; the case is skipped, and this says why."""


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

    def id(self, dtype: str) -> str:
        """The name under which pytest, the command and TensorBoard know it: affine[float64 N=4]."""
        return f"{self.name}[{' '.join([dtype, *(f'{k}={v}' for k, v in self.sizes.items())])}]"
