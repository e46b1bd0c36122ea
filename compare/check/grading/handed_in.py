"""What learners handed in, how a class is judged, and what came of each submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from compare.check.result import CheckResult
from compare.sandbox.interface import Limits


@dataclass(frozen=True)
class Settings:
    """How every submission of a class is judged."""

    seed: int = 0
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Submission:
    """One learner's: what it is called, and the file or folder to judge."""

    name: str
    path: Path


@dataclass(frozen=True)
class Handed:
    """What came of one: its result, why it cannot be read, or why we failed to judge it."""

    submission: Submission
    checked: CheckResult
    unreadable: bool = False
    ours: str = ""
