"""A Sweep: settings to try, each a Case; what is measured of each; how it is drawn and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from compare.arithmetic.formats import COARSE, DTYPES
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.outcome import Outcome
from compare.engine.result import CaseResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pair = tuple[float, float]  # of yours and of torch's
Curve = tuple[tuple[int, float, float], ...]  # step, yours, torch's
Path = tuple[tuple[int, "np.ndarray", "np.ndarray"], ...]  # step, yours, torch's


@dataclass(frozen=True)
class Setting:
    """One point of a sweep.

    ``name`` is unique in it, and is what TensorBoard shows · ``part`` says with which others it
    shares a panel · ``values`` are its hyperparameters.
    """

    name: str
    part: str
    case: Case
    values: Mapping[str, float | str]


@dataclass(frozen=True)
class Point:
    """What became of a setting: the verdict, curves over the steps, paths, and single numbers.

    ``ends`` has "loss" and "accuracy" at the end of a run, and what a sweep measures beside them.
    ``diverges_at`` is the step at which the loss of both sides had diverged, or None.
    """

    setting: Setting
    result: CaseResult
    curves: Mapping[str, Curve] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    ends: Mapping[str, Pair] = field(default_factory=dict)
    diverges_at: int | None = None

    @property
    def outcome(self) -> Outcome:
        """Of its case."""
        return self.result.outcome

    def end(self, name: str) -> Pair:
        """A single number of both sides; NaN where there is none."""
        return self.ends.get(name, (float("nan"), float("nan")))


@dataclass(frozen=True)
class Panel:
    """One chart: its title, what goes into TensorBoard's tag, and what draws it."""

    name: str
    title: str
    draw: Callable[[Axes, Sequence[Point]], None]


@dataclass(frozen=True)
class Column:
    """A column of the table: its heading, and the text of a point."""

    heading: str
    width: int
    text: Callable[[Point], str]


@dataclass(frozen=True)
class Context:
    """What a measurement beside the verdict needs to run a case again."""

    dtype: str
    seed: int
    mine: Implementation
    reference: Implementation


# What a sweep measures beside the curves, by name.
Measure = Callable[[Point, Context], Mapping[str, Pair]]


def _nothing(point: Point, context: Context) -> Mapping[str, Pair]:
    return {}


def _none(name: str) -> bool:
    return False


@dataclass(frozen=True)
class Sweep:
    """An experiment of the course.

    ``settings`` makes its points for a number of steps, ``steps`` where none is asked for, which is
    0 where nothing is trained · ``lesson`` is what the numbers show, in sentences that are true of
    these points · ``watched`` says of which names a path is kept.
    """

    name: str
    about: str
    settings: Callable[[int], tuple[Setting, ...]]
    columns: tuple[Column, ...]
    panels: tuple[Panel, ...]
    lesson: Callable[[Sequence[Point]], str]
    steps: int = 0
    watched: Callable[[str], bool] = _none
    measure: Measure = _nothing
    dtypes: tuple[str, ...] = (*DTYPES, *COARSE)


@dataclass(frozen=True)
class SweepResult:
    """The points of a sweep that were run, in order; ``steps`` is what was asked for, or None."""

    sweep: Sweep
    dtype: str
    seed: int
    points: tuple[Point, ...]
    total: int
    steps: int | None = None
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def lesson(self) -> str:
        """What the numbers show, of the settings that ran through."""
        return self.sweep.lesson([p for p in self.points if p.outcome is not Outcome.ERROR])

    @property
    def failures(self) -> tuple[Point, ...]:
        """The points that are not the same on both sides."""
        return tuple(p for p in self.points if p.result.fails)
