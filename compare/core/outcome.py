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

    __hash__ = object.__hash__  # by identity, as they are equal: counted at every name of a step


# The name of what is said of a process that ended before its case: it may not come again.
PROCESS_DIED = "error/process"


@dataclass(frozen=True)
class ExpectedOutcome:
    """An outcome other than ``same`` that is meant, with the reason that every report shows.

    ``size``, of a DIFFERENT alone: the largest error as a share of the largest number that is
    expected there. From half to double of it passes; a difference of another size is another one,
    and fails with its size. Where there is no number, as of a name that one side lacks: words of
    what the report says, such as ``"is missing in yours"``.
    """

    outcome: Outcome
    reason: str
    dtypes: tuple[str, ...] = ()  # all, where it names none
    always: bool = True  # else it depends on the seed, and may be absent
    size: float | str | None = None

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.DIFFERENT) == (self.size is None):
            raise ValueError(
                f"{self.outcome.value} is stated with size={self.size!r}: a DIFFERENT says how "
                "large it is, and nothing else has a size (state any, and the report says which)"
            )
        if self.size == "" or (isinstance(self.size, float | int) and not self.size > 0):
            raise ValueError(f"size={self.size!r}: a difference has one above 0")

    def holds_in(self, dtype: str) -> bool:
        """Whether this is stated of that dtype."""
        return not self.dtypes or dtype in self.dtypes

    @property
    def what(self) -> str:
        """The outcome, and its size where that is a number."""
        by = f" by {self.size:.2g}" if isinstance(self.size, float | int) else ""
        return self.outcome.value + by


@dataclass(frozen=True)
class WiderLimit:
    """A limit ``factor`` times what rounding explains, with the reason that every report shows."""

    factor: float
    reason: str
