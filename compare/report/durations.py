"""Where the time of a run went: by stage, and the cases that took longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from compare.engine.result import CaseResult
from compare.language.choice import _, told
from compare.language.message import message

STAGES = (
    message("run scratch"),
    message("run torch"),
    message("judge"),
    message("figures"),
    message("write"),
)


def durations(
    results: Sequence[CaseResult], besides: Mapping[str, float], wall: float, longest: int
) -> Iterator[str]:
    """Lines of text. ``besides``: seconds of stages that are no case's own; ``wall``: of the run.

    What two callables are called stands in place of scratch and torch.
    """
    stages = Counter(besides)
    for result in results:
        stages.update(result.stages)
    order = sorted(stages, key=lambda s: STAGES.index(s) if s in STAGES else 0)
    work = sum(stages.values())
    yield _("Where the time went")
    yield from (f"{stages[stage]:9.2f} s  {told(stage)}" for stage in order)
    if work <= wall:
        rest = _("the rest: start, printing, waiting for processes")
        yield f"{wall - work:9.2f} s  {rest}"
        whole = _("in all, from when the command had read its arguments")
        yield f"{wall:9.2f} s  {whole}"
    else:
        yield _(
            "{work:9.2f} s  of work, in {wall:.2f} s: {processes:.1f} processes at once",
            work=work,
            wall=wall,
            processes=work / wall,
        )
    for result in sorted(results, key=_seconds, reverse=True)[:longest]:
        parts = ", ".join(f"{told(stage)} {result.stages[stage]:.2f}" for stage in result.stages)
        yield f"{_seconds(result):9.2f} s  {result.id}"
        yield f"{'':13}{parts}"  # on one line with the case they exceed 80 columns


def _seconds(result: CaseResult) -> float:
    return sum(result.stages.values())
