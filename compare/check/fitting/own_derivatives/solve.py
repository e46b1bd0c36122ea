"""The cause of a wrong gradient: one mistake, that holds on all problems."""

from __future__ import annotations

from collections.abc import Sequence

from compare.check.fitting.own_derivatives.arrangement import along_axis, arranged
from compare.check.fitting.own_derivatives.gradient import Cause, Gradient, Points
from compare.check.fitting.own_derivatives.parts import Look, by_condition, by_interval
from compare.check.fitting.own_derivatives.relations import INVOLVED, SIMPLE, Names, related


def cause_of(
    problems: Sequence[Gradient],
    name: str,
    names: Names,
    look: tuple[Look, float, float] | None = None,
) -> Cause | None:
    """What explains the gradient by one argument on all of them; None where nothing does.

    ``look``: at other numbers of the argument, where each is derived by itself, and from where to
    where.
    """
    points = Points.of(problems)
    if points is None:
        return arranged(problems, name, names)
    part = by_interval(look[0], name, names, *look[1:]) if look else None
    if part is not None and part.there is not None:
        return part
    # of what is no part of the result, nor stands beside one, the sign of a number says nothing
    beside = points.up is not None or not problems[0].up.ndim
    return (
        related(points, names, SIMPLE)
        or arranged(problems, name, names)
        or part
        or along_axis(problems, name, names)
        or related(points, names, INVOLVED)
        or (by_condition(points, names) if beside else None)
    )
