"""What the engine asks of checkpoints; ``compare.store.checkpoints`` keeps them in a directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.engine.lockstep import LockstepRun


class Checkpoint(Protocol):
    """Of one case: where it was kept, and how it goes on from there."""

    before: float  # seconds that the case had taken where it goes on

    def begun(self, begin: Callable[[], LockstepRun]) -> LockstepRun:
        """The case where its checkpoint has it, or else from its start."""

    def after_step(self, seen: LockstepRun) -> None:
        """Write one where it is time for it."""

    def write(self, seen: LockstepRun) -> None:
        """Write one now."""


class Checkpoints(Protocol):
    """Of a run: one for each case that can be gone on with; ``tell`` is given lines to print."""

    tell: Callable[[str], None]

    def of(
        self, case: Case, problem: Problem, sides: Sequence[Implementation], force_every: int | None
    ) -> Checkpoint | None:
        """That of a case; None where it is not to be kept."""

    def telling(self, tell: Callable[[str], None]) -> Checkpoints:
        """The same, telling somebody else."""
