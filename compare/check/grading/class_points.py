"""What is asked of a class, the same of everybody; each one's points of it, and the means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compare.check.grading.entry import Entry
from compare.check.grading.rubric import Grade, Mark, Rubric
from compare.language.message import message

BEYOND = message("Not counted, as fewer than half have it: {concepts}")


@dataclass(frozen=True)
class ClassPoints:
    """``asked``: the concepts that count and their points · ``beyond``: what else somebody has ·
    ``means``: the mean points of each that is asked · ``handed_in``: how many have it.
    """

    asked: Mapping[str, float]
    beyond: Mapping[str, int]
    means: Mapping[str, float]
    handed_in: Mapping[str, int]

    @property
    def most(self) -> float:
        """What a submission without a mistake has."""
        return round(sum(self.asked.values()), 4)

    def of(self, entry: Entry) -> Grade:
        """The marks of all that is asked: of what was not handed in 0, and of nothing else."""
        return _counted(entry.grade, self.asked)

    def shown(self, entry: Entry) -> str:
        """``2.9 / 4``."""
        return f"{self.of(entry).points:g} / {self.most:g}"

    def named_beyond(self) -> str:
        """What does not count, and how many have it."""
        return ", ".join(f"{concept} ({n})" for concept, n in self.beyond.items())


def class_points(entries: Sequence[Entry], rubric: Rubric) -> ClassPoints:
    """What counts, by the rubric; where it does not require all, what at least half have.

    A submission in which nothing could be judged does not vote on what was asked.
    """
    judged = [entry for entry in entries if entry.grade.marks]
    had = Counter(mark.concept for entry in judged for mark in entry.grade.marks)
    asked = {
        concept: most
        for concept, most in rubric.points.items()
        if rubric.required or 0 < len(judged) <= 2 * had[concept]
    }
    grades = [_counted(entry.grade, asked) for entry in entries]
    total = Counter[str]()
    for grade in grades:
        total.update({mark.concept: mark.points for mark in grade.marks})
    # of none judged yet, too: its table is begun before
    means = {concept: round(total[concept] / max(1, len(grades)), 4) for concept in asked}
    beyond = {c: had[c] for c in rubric.points if had[c] and c not in asked}
    return ClassPoints(asked, beyond, means, {c: had[c] for c in asked})


def _counted(grade: Grade, asked: Mapping[str, float]) -> Grade:
    marks = {mark.concept: mark for mark in grade.marks}
    return Grade(tuple(marks.get(c, Mark(c, 0.0, most)) for c, most in asked.items()), grade.void)
