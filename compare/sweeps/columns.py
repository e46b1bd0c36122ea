"""Columns of a sweep's table, and the words of its lesson."""

from __future__ import annotations

import math
from collections.abc import Sequence

from compare.language.choice import _
from compare.language.message import message
from compare.sweeps.sweep import Column, Point


def number(name: str, side: int, heading: str, width: int = 12, form: str = ".6g") -> Column:
    """A single number of yours (0) or torch's (1)."""

    def text(point: Point) -> str:
        value = point.end(name)[side]
        # a NaN that a side computed is shown as such: "-" is for what was not measured
        return "-" if math.isnan(value) and name not in point.ends else format(value, form)

    return Column(heading, width, text)


def _diverged(point: Point) -> str:
    return _("step {n}", n=point.diverges_at) if point.diverges_at else ""


LOSS = (number("loss", 0, message("loss, yours")), number("loss", 1, "torch"))
ACCURACY = (
    number("accuracy", 0, message("acc, yours"), 11, ".1%"),
    number("accuracy", 1, "torch", 8, ".1%"),
)
DIVERGED = Column(message("diverges"), 9, _diverged)
CLASSIFIER = (*LOSS, *ACCURACY, DIVERGED)


def loss(point: Point) -> float:
    """Yours at the end; infinite where it diverges or is no number, so that it sorts last."""
    value = point.end("loss")[0]
    return math.inf if point.diverges_at or math.isnan(value) else value


def accuracy(point: Point) -> float:
    """Yours at the end."""
    return point.end("accuracy")[0]


def of(points: Sequence[Point], part: str) -> list[Point]:
    """The points of a part, or of all parts that begin so."""
    return [p for p in points if p.setting.part.startswith(part)]


def named(points: Sequence[Point]) -> str:
    """Settings as a list in a sentence."""
    names = [p.setting.name for p in points]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
