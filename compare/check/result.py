"""What became of one concept of a submission: the verdict, the convention, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compare.check.concept import Mistake
from compare.check.i18n.text import NOTHING, Text
from compare.core.case import Outcome
from compare.judge.verdict import Verdict

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains what was seen: a cause with its blanks filled, or ``unknown``.

    ``probe`` says on which numbers it shows · ``seen`` is the element that shows it, or what was
    raised · ``smallest`` are the arrays of the smallest problem that still fails.
    """

    cause: str
    title: Text
    advice: Text
    section: str = ""
    torch: str = ""
    warning: bool = False
    probe: Text | None = None
    seen: Text = NOTHING
    smallest: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cause: Mistake,
        blanks: Mapping[str, str | Text],
        probe: Text | None = None,
        seen: Text = NOTHING,
    ) -> Diagnosis:
        """The cause with the blanks of its texts filled."""
        title, advice = cause.title.filled(blanks), cause.advice.filled(blanks)
        return cls(cause.key, title, advice, cause.section, cause.torch, cause.warning, probe, seen)


@dataclass(frozen=True)
class Judgement:
    """One concept: what of the submission it was found in, and what came of it.

    ``how`` is ``name`` (by what it is called) or ``map`` (by the mapping) · ``verdict`` is that of
    the probe that shows it best · ``follows_from`` names the concept whose mistake explains this ·
    ``parts`` are the other names of the submission that belong to it, as backward to forward.
    """

    concept: str
    found: str
    how: str
    outcome: Outcome
    conventions: tuple[Text, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    verdict: Verdict = Verdict(())
    probes: int = 0
    follows_from: str = ""
    layout: str = ""
    line: int = 0
    file: str = ""
    parts: tuple[str, ...] = ()

    @property
    def warned(self) -> bool:
        """Whether it passes with a warning."""
        return self.outcome is Outcome.SAME and any(d.warning for d in self.diagnoses)

    def fails(self, strict: bool = False) -> bool:
        """Whether it is no pass; ``strict``: a warning is none either."""
        return self.outcome is not Outcome.SAME or (strict and self.warned)
