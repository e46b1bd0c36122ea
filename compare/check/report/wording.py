"""The words in which a submission's result is told, in every language, and every format alike."""

from __future__ import annotations

from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.i18n.text import NOTHING, Text, both, same
from compare.check.mistakes.behaviour import NOT_WRITTEN
from compare.check.result import CheckResult, Judgement
from compare.check.verdicts import reason_of
from compare.core.outcome import Outcome
from compare.language.message import Message, message

_OUTCOMES = {
    Outcome.SAME: message("same"),
    Outcome.DIFFERENT: message("DIFFERENT"),
    Outcome.ERROR: message("ERROR"),
    Outcome.VACUOUS: message("VACUOUS"),
    Outcome.NOT_COMPARED: message("NOT COMPARED"),
    Outcome.SKIPPED: message("skipped"),
}
_CONVENTION = message("same, in another convention")
_WARNING = message("same, with a warning")
_UNWRITTEN = message("not written yet")

LABELS = {
    "cause": message("Cause"),
    "warning": message("Warning"),
    "shows": message("Shows"),
    "on": message("On"),
    "shown": message("{seen} ({probe})"),
    "advice": message("Do"),
    "formula": message("Formula"),
    "course": message("Course"),
    "again": message("Again"),
    "code": message("Code"),
    "smallest": message("Smallest problem"),
    "found": message("found as"),
    "by_map": message("by --map"),
    "line": message("line {n}"),
    "parts": message("with {names}"),
    "convention": message("Convention"),
    "follows": message("It calls {other}, which is wrong: mend that first, then check again."),
    "beside": message("It is right of another loss than the one beside it: see {other}."),
    "left_alone": message("Left alone"),
    "meant": message("{name}; if it is meant to be {concept}, say so by"),
    "not_run": message("Not run"),
    "lines": message("{name} (lines {first} to {last})"),
    "missing": message("Not found"),
    "more": message("and {n} more"),
    "failures": message("At import"),
    "lost": message("Not reached"),
    "notes": message("Note"),
    "internal": message("Internal error, not your mistake"),
    "breach": message("Not from scratch"),
    "broken": message("It cannot be imported"),
}  # fmt: skip

_ALL_SAME = message("ALL SAME ({n})")
_SOME = message("{same} of {n} are the same")
_WARNED = message(", {n} with a warning")
_UNWRITTEN_YET = message(", {n} not written yet")
_LOST = message("; {n} not reached: the import failed before")
_NOT_JUDGED = message("; not judged: {names}")
_INTERNAL = message("; internal errors: {n}")
_LEFT_ALONE = message("; {n} left alone")
_NOT_RUN = message("; {n} not run")
_NOT_FROM_SCRATCH = message("NOT FROM SCRATCH")
_BROKEN = message("NOTHING JUDGED: it cannot be imported")
_NOTHING = message(
    "NOTHING JUDGED: it has no name that is known here; {option} says which is which"
)

_NONE_OF = message("NOTHING JUDGED: it has no {names}, and nothing else was asked for")

SENTENCE = message("{sentence}{added}")


def label(key: str, lang: str, **blanks: object) -> str:
    """A word of the report with its blanks filled."""
    return LABELS[key].filled({name: str(value) for name, value in blanks.items()}).of(lang)


def follows(judgement: Judgement, lang: str) -> str:
    """What to do about a mistake that another one explains."""
    key = "beside" if judgement.follows_from.startswith(("pair.", OF_FUNCTION)) else "follows"
    return label(key, lang, other=judgement.follows_from)


def troubles(checked: CheckResult) -> list[tuple[str, Text]]:
    """Why nothing, or nothing more, could be judged, each once with the key of its label."""
    broken = [checked.broken] if checked.broken else []
    # once each: a breach at the import is also why it is broken
    lines = dict.fromkeys([*checked.breaches, *broken])
    return [("breach" if n in checked.breaches else "broken", both(n)) for n in lines]


def around(checked: CheckResult) -> list[tuple[str, Text]]:
    """What is reported beside the judgements: troubles, failures of the import, and notes."""
    failures = [("failures", both(line)) for line in checked.failures]
    lost = [("lost", same(", ".join(checked.lost)))] if checked.lost else []
    notes = [("notes", both(n)) for n in checked.notes]
    internal = [("internal", same(line)) for line in checked.internal]
    return [*troubles(checked), *failures, *lost, *notes, *internal]


def reason(judgement: Judgement) -> Text:
    """Why it is no pass, where no cause says that; empty where it is one."""
    first = judgement.verdict.first
    return reason_of(first) if first is not None else NOTHING


def unwritten(judgement: Judgement) -> bool:
    """Whether its author has not begun with it."""
    return any(d.cause == NOT_WRITTEN for d in judgement.diagnoses)


def outcome_of(judgement: Judgement) -> Message:
    """What came of a concept, in a few words."""
    # a starting file is full of these: work to do, and no failure to be shown in red
    if unwritten(judgement):
        return _UNWRITTEN
    if judgement.warned:
        return _WARNING
    if judgement.outcome is Outcome.SAME and judgement.conventions:
        return _CONVENTION
    return _OUTCOMES[judgement.outcome]


def conclusion(checked: CheckResult, strict: bool = False) -> Message:
    """The last line: what came of all of it."""
    # before all else: what was judged may be another's work
    if checked.breaches:
        return _NOT_FROM_SCRATCH
    if checked.broken:
        return _BROKEN
    if not checked.judgements and checked.only:
        return _NONE_OF.filled({"names": ", ".join(checked.only)})
    if not checked.judgements:
        return _NOTHING.filled({"option": checked.map_option})
    # a warning counts as the same, also where `strict` lets it fail
    passing = [j for j in checked.judgements if not j.fails()]
    counts = {"n": str(len(checked.judgements)), "same": str(len(passing))}
    sentence = (_ALL_SAME if checked.passed(strict) else _SOME).filled(counts)
    warned = sum(j.warned for j in passing)
    waiting = sum(unwritten(j) for j in checked.judgements)
    # where all that was judged is right, it may be taken for all that there is
    passed = checked.passed(strict)
    # each only where there is one
    counted = (
        (_WARNED, warned),
        (_UNWRITTEN_YET, waiting),
        (_LOST, len(checked.lost)),
        (_LEFT_ALONE, len(checked.left_alone) if passed else 0),
        (_NOT_RUN, len(checked.not_run) if passed else 0),
        (_INTERNAL, len(checked.internal)),
    )
    names = ", ".join(checked.unjudged)
    for part, n in (*counted, (_NOT_JUDGED, len(checked.unjudged))):
        added = part.filled({"n": str(n), "names": names})
        sentence = SENTENCE.filled({"sentence": sentence, "added": added}) if n else sentence
    return sentence
