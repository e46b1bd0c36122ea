"""What the reference warns of is no fault of yours, whatever it is: it is said, and passes."""

from __future__ import annotations

from dataclasses import replace

from compare.core.outcome import Outcome
from compare.engine.result import CaseResult
from compare.equivalence.case_of_pair import YOURS
from compare.judge.verdict import Comparison, Verdict
from compare.language.message import message

WARNING = "warning/"


def with_warnings_noted(result: CaseResult) -> CaseResult:
    """The result, in which a warning of the reference is a note, and so is the same of yours."""
    sides = result.case.sides
    if sides is None:
        return result
    theirs = {
        c.reason: c.times
        for c in result.verdict.comparisons
        if c.name == WARNING + sides[1].name and c.outcome is Outcome.DIFFERENT
    }

    def noted(c: Comparison) -> bool:
        if c.name == WARNING + sides[1].name:
            return True
        # of several the first alone is kept: as many have to be the reference's
        return c.name == WARNING + YOURS and theirs.get(c.reason) == c.times == 1

    comparisons = tuple(
        replace(c, outcome=Outcome.SAME) if noted(c) else c for c in result.verdict.comparisons
    )
    notes = [message("{side} warned: {text}", side=sides[1].name, text=text) for text in theirs]
    return replace(result, verdict=Verdict(comparisons), unseen=(*result.unseen, *notes))
