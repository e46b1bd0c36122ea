"""A suite: which cases a run judges, and with what; one case of it, judged and drawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from compare.core.case import Case
from compare.engine.checkpointing import Checkpoints
from compare.engine.result import CaseResult
from compare.engine.run_case import Live, OnStep, run_case
from compare.engine.selection import options_again, select, with_steps


class BesideTorch(Protocol):
    """What stands beside torch in place of scratch: cases with sides of their own.

    It can be sent to another process, which makes the same cases again.
    """

    def pairs(self, selected: list[tuple[Case, str]]) -> list[tuple[Case, str]]:
        """Those of the pairs that it can run, each with its sides.   Raises UserError."""

    @property
    def options(self) -> tuple[str, ...]:
        """What the command needs to run a case with it again."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What it cannot run, in words."""

    def close(self) -> None:
        """End what it has started."""


@dataclass(frozen=True)
class Suite:
    """What a run was asked for: plain data, from which another process makes the same cases.

    ``drawn`` is called on each result, where that was judged; it has to be a module's function.
    ``live`` follows the curves of each training case, there as well, and can be sent ·
    ``beside``: what is run in place of scratch.
    """

    names: tuple[str, ...]
    pattern: str
    dtype: str | None
    steps: int | None
    seed: int
    force_every: int | None = None
    folder: str | Path | None = None
    checkpoints: Checkpoints | None = None
    drawn: Callable[[CaseResult], Any] | None = None
    threads: int = 1
    live: Live | None = None
    beside: BesideTorch | None = None

    @cached_property
    def pairs(self) -> list[tuple[Case, str]]:
        """The (case, dtype) pairs, in the table's order.   Raises UsageError."""
        selected = with_steps(select(self.names, self.pattern, self.dtype), self.steps)
        return self.beside.pairs(selected) if self.beside else selected

    def __getstate__(self) -> dict[str, Any]:
        # the pairs are made again: their formulas cannot be sent
        return {name: value for name, value in vars(self).items() if name != "pairs"}

    def telling(self, tell: Callable[[str], None]) -> Suite:
        """The same, its checkpoints telling somebody else."""
        return replace(self, checkpoints=self.checkpoints and self.checkpoints.telling(tell))


@dataclass(frozen=True)
class Judged:
    """A result, and what ``Suite.drawn`` made of it."""

    result: CaseResult
    drawn: Any = None


def judged(suite: Suite, k: int, on_step: OnStep | None) -> Judged:
    """The k-th case of a suite, run, judged and drawn here and now."""
    case, dtype = suite.pairs[k]
    result = run_case(
        case,
        dtype,
        suite.seed,
        force_every=suite.force_every,
        on_step=on_step,
        checkpoints=suite.checkpoints,
        live=suite.live,
    )
    again = options_again(case, suite.folder, suite.force_every)
    result = replace(result, options=(*again, *(suite.beside.options if suite.beside else ())))
    if suite.drawn is None:
        return Judged(result)
    began = time.perf_counter()
    drawn = suite.drawn(result)
    stages = {**result.stages, "figures": time.perf_counter() - began}
    return Judged(replace(result, stages=stages), drawn)
