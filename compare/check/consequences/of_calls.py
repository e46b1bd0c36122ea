"""What was not run of that which was judged: of it the judgements say nothing."""

from __future__ import annotations

from collections.abc import Iterable

from compare.check.calling.trainings import OF_TRAINING
from compare.check.result import Judgement
from compare.core.outcome import Outcome
from compare.sandbox.interface import Box, Failed, NotRun


def not_run(box: Box, judged: Iterable[Judgement]) -> tuple[NotRun, ...]:
    """The functions, methods and branches of what was compared that no call has run."""
    compared = [j for j in judged if j.outcome is not Outcome.NOT_COMPARED]
    trainings = [j.found for j in compared if j.concept == OF_TRAINING]
    try:
        unrun = box.not_run(trainings)
    except Failed:
        return ()
    names = {name for j in compared for name in (j.found, *j.parts)}
    return tuple(each for each in unrun if _is_of(each.name, names))


def _is_of(name: str, names: set[str]) -> bool:
    """Whether it is one of them, or stands in one: a method in its class."""
    last = {each.rpartition(".")[2] for each in names} | names
    return name in last or name.partition(".")[0] in last
