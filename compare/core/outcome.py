"""What may become of a comparison, and what was stated of it beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
