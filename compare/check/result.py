"""What became of one concept of a submission: the verdict, the convention, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compare.check.concept import Mistake
from compare.check.i18n.text import NOTHING, Text
from compare.core.outcome import Outcome
from compare.core.shown import Shown
from compare.judge.verdict import Verdict
from compare.sandbox.interface import Definition, NotRun
from compare.system.exit_codes import DIFFERENT, INTERNAL, SAME

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains what was seen: a cause with its blanks filled, or ``unknown``.

    ``probe`` says on which numbers it shows · ``seen`` is the element that shows it, or what was
    raised · ``smallest`` are the arrays of the smallest problem that still fails ·
    ``blanks`` are what its texts were filled with.
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
    blanks: Mapping[str, str | Text] = field(default_factory=dict)

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
        return cls(
            cause.key, title, advice, cause.section, cause.torch, cause.warning, probe, seen,
            blanks=blanks,
        )  # fmt: skip


@dataclass(frozen=True, repr=False)
class Judgement(Shown):
    """One concept: what of the submission it was found in, and what came of it.

    ``how`` is ``name`` (by what it is called), ``map`` (by the mapping) or ``values`` (by what it
    computes) · ``verdict`` is that of the probe that shows it best · ``follows_from`` names the
    concept whose mistake explains this ·
    ``parts`` are the other names of the submission that belong to it, as backward to forward ·
    ``unjudged`` those of them that could not be called · ``code`` is the text of all of it ·
    ``section`` and ``formula`` are those of the concept in the course ·
    ``way_back`` is the one of them that gave a network's gradients.
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
    unjudged: tuple[str, ...] = ()
    code: str = ""
    section: str = ""
    formula: str = ""
    way_back: str = ""

    @property
    def warned(self) -> bool:
        """Whether it passes with a warning."""
        return self.outcome is Outcome.SAME and any(d.warning for d in self.diagnoses)

    def fails(self, strict: bool = False) -> bool:
        """Whether it is no pass; ``strict``: a warning is none either."""
        return self.outcome is not Outcome.SAME or (strict and self.warned)


@dataclass(frozen=True)
class Suggestion:
    """The concept that a name left alone may be meant to be, and the option that says so."""

    name: str
    concept: str
    option: str


@dataclass(frozen=True, repr=False)
class CheckResult(Shown):
    """What came of a submission; ``str()`` of it is what the command prints.

    ``judgements`` are of what was found, in the course's order · ``left_alone`` is what was not
    judged, ``suggestions`` what may be meant by it · ``missing`` are concepts that it does not have
    · ``unjudged`` are names of something that is known here, and could not be called
    · ``not_run`` is what no call has run of that which was judged
    · ``breaches`` say why it is not from scratch · ``lost`` are names that it never came to define,
    because of ``failures`` · ``internal`` are errors of this program, a line each
    · ``broken`` is why nothing could be judged · ``again`` is the command
    that judges it again · ``map_option`` is how its reader says which name is which concept ·
    ``only`` are the concepts that alone were asked for.
    """

    name: str
    judgements: tuple[Judgement, ...] = ()
    left_alone: tuple[Definition, ...] = ()
    missing: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    unjudged: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    allow_unjudged: bool = False
    breaches: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    broken: str = ""
    seed: int = 0
    seconds: float = 0.0
    again: str = ""
    map_option: str = "--map CONCEPT=NAME"
    only: tuple[str, ...] = ()

    def passed(self, strict: bool = False) -> bool:
        """Whether something was judged, and all that it defines is the same, from scratch."""
        open_ = self.unjudged and not self.allow_unjudged
        sound = self.judgements and not (
            self.broken or self.breaches or self.lost or self.internal or open_
        )
        return bool(sound) and not self.hung and not any(j.fails(strict) for j in self.judgements)

    @property
    def hung(self) -> bool:
        """Whether its import was stopped because it did not come to an end."""
        return any("Overtime: the import ran for" in line for line in self.failures)

    def exit_code(self, strict: bool = False) -> int:
        """That of ``check``: 0 where it passed, 3 where this program failed, else 1."""
        if self.internal:
            return INTERNAL
        return SAME if self.passed(strict) else DIFFERENT

    def __getitem__(self, concept: str) -> Judgement:
        """The judgement of a concept.   Raises KeyError."""
        for judgement in self.judgements:
            if judgement.concept == concept:
                return judgement
        raise KeyError(concept)
