"""What came of one submission of a class, as plain text and numbers: all that is written of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from compare.check.grading.handed_in import Handed
from compare.check.grading.rubric import Grade, Mark, Rubric, graded, undecided
from compare.check.report.html import view
from compare.check.report.wording import conclusion, outcome_of, reason, troubles
from compare.check.result import Judgement
from compare.language.message import Message, message

UNREADABLE = message("CANNOT BE READ")
OURS = message("NOT JUDGED: an error of this program")
NOT_CALLED = message("{name}: it could not be called")


@dataclass(frozen=True)
class MistakeEntry:
    """A cause that was found in a submission, and the concept in which it was."""

    cause: str
    concept: str
    title: str
    warning: bool


@dataclass(frozen=True)
class Entry:
    """One submission with its grade, in one language.

    ``key`` is a fingerprint of all that decided it · ``tone`` is good or bad · ``brief`` says in a
    line each what is wrong · ``undecided`` the same of what its teacher has to look at ·
    ``view`` is what its page lays out · ``ours`` is our own error.
    """

    name: str
    key: str
    grade: Grade
    outcome: str
    tone: str
    feedback: str
    brief: tuple[str, ...]
    undecided: tuple[str, ...]
    mistakes: tuple[MistakeEntry, ...]
    view: Mapping[str, Any]
    ours: str = ""

    def plain(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Entry:
        """The one of which ``plain`` gave these values.   Raises KeyError, TypeError."""
        marks = tuple(Mark(**mark) for mark in plain["grade"]["marks"])
        nested = {
            "grade": Grade(marks, plain["grade"]["void"]),
            "brief": tuple(plain["brief"]),
            "undecided": tuple(plain["undecided"]),
            "mistakes": tuple(MistakeEntry(**each) for each in plain["mistakes"]),
        }
        return cls(**{**plain, **nested})


def entry(handed: Handed, rubric: Rubric, lang: str = "en", strict: bool = False) -> Entry:
    """What is written of a submission; its key is for who knows what else decided it."""
    checked, grade = handed.checked, graded(handed.checked, rubric)
    outcome = _outcome(handed, strict).of(lang)
    page = {**view(checked, lang, strict), "conclusion": outcome}
    return Entry(
        handed.submission.name,
        "",
        grade,
        outcome,
        "good" if checked.passed(strict) else "bad",
        _feedback(handed, lang),
        _brief(handed, lang),
        tuple(_undecided(handed, lang)),
        tuple(_mistakes(checked.judgements, lang)),
        page,
        handed.ours or "; ".join(checked.internal),
    )


def _outcome(handed: Handed, strict: bool) -> Message:
    """What came of it, in a few words."""
    if handed.ours:
        return OURS
    return UNREADABLE if handed.unreadable else conclusion(handed.checked, strict)


def _feedback(handed: Handed, lang: str) -> str:
    """What its author should know: what is wrong with each concept, and what to do."""
    checked = handed.checked
    parts = [text.of(lang) for _, text in troubles(checked)]
    parts += [_feedback_on(j, lang) for j in checked.judgements if j.diagnoses or j.fails()]
    # one cell of a table has no lines
    return " | ".join(parts)


def _feedback_on(judgement: Judgement, lang: str) -> str:
    if not judgement.diagnoses:
        why = reason(judgement).of(lang) or outcome_of(judgement).of(lang)
        return f"{judgement.concept}: {why}"
    advice = [f"{d.title.of(lang)} → {d.advice.of(lang)}" for d in judgement.diagnoses]
    return f"{judgement.concept}: {' '.join(advice)}"


def _brief(handed: Handed, lang: str) -> tuple[str, ...]:
    # no warnings: its page has them
    failing = (j for j in handed.checked.judgements if j.fails() and not undecided(j))
    troubles_told = (text.of(lang) for _, text in troubles(handed.checked))
    return (*troubles_told, *(_why(j, lang) for j in failing))


def _why(judgement: Judgement, lang: str) -> str:
    first = judgement.diagnoses[0].title if judgement.diagnoses else reason(judgement)
    return f"{judgement.concept}: {first.of(lang) or outcome_of(judgement).of(lang)}"


def _undecided(handed: Handed, lang: str) -> Iterator[str]:
    """What could not be compared: whether it is right is for its teacher to say."""
    if handed.ours or handed.checked.internal:
        yield OURS.of(lang)
    yield from (_why(j, lang) for j in handed.checked.judgements if undecided(j))
    for name in handed.checked.unjudged:
        yield NOT_CALLED.filled({"name": name}).of(lang)


def _mistakes(judgements: tuple[Judgement, ...], lang: str) -> list[MistakeEntry]:
    return [
        MistakeEntry(d.cause, j.concept, d.title.of(lang), j.warned or d.warning)
        for j in judgements
        # one mistake is counted once
        if not j.follows_from
        for d in j.diagnoses
    ]
