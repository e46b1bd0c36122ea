"""A sweep in TensorBoard: one run a side with the curves, a summary, and a small run a setting."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from compare.judge.training.curves import thinned
from compare.language.choice import _, told
from compare.sweeps.drawing import card
from compare.sweeps.sweep import Curve, Point, SweepResult

SIDES = ("scratch", "torch")
# A card of one point says nothing; the settings' runs are there for the HPARAMS page.
METRICS = ("settings/loss_scratch", "settings/loss_torch", "settings/accuracy_scratch",
           "settings/accuracy_torch", "settings/gap_scratch", "settings/gap_torch")  # fmt: skip


def write(result: SweepResult, directory: Path) -> None:
    """Curves of both sides overlaid, figures, and one row a setting on the HPARAMS page.

    Raises OSError where the directory cannot be written.
    """
    with ExitStack() as stack:  # an event file that is not closed lacks its last points
        writers = [stack.enter_context(SummaryWriter(str(directory / side))) for side in SIDES]
        for point in result.points:
            for name, curve in point.curves.items():
                # the first slash ends the group of cards in TensorBoard: one group a setting
                tag = f"{result.sweep.name}.{point.setting.name}/{name.replace('/', '_')}"
                if len(curve) > 1:  # one point is in the table, and no curve
                    # of more than 1000 points a tag TensorBoard drops some at random
                    _curve(writers, tag, thinned(curve))
    with SummaryWriter(str(directory / "summary")) as summary:
        for panel in result.sweep.panels:  # 00_: groups are sorted by name, this one is first
            summary.add_figure(f"00_{result.sweep.name}/{panel.name}", card(panel, result.points))
        summary.add_text(f"00_{result.sweep.name}/table", _table(result))
    for point in result.points:
        with SummaryWriter(str(directory / "settings" / point.setting.name)) as writer:
            _row(writer, point)


def _curve(writers: list[SummaryWriter], tag: str, curve: Curve) -> None:
    for t, *values in curve:
        for writer, value in zip(writers, values, strict=True):
            writer.add_scalar(tag, value, t)


def _row(writer: SummaryWriter, point: Point) -> None:
    """The three messages of an HPARAMS row, in this run: add_hparams would make a run beside it."""
    values = {**point.setting.values, "outcome": point.outcome.value, "diverges_at": _at(point)}
    metrics = {
        tag: point.ends[name][SIDES.index(side)]
        for tag in METRICS
        for name, side in [tag.removeprefix("settings/").split("_")]
        if name in point.ends
    }
    assert writer.file_writer is not None, "it was just opened"
    for message in hparams(values, metrics):
        writer.file_writer.add_summary(message)
    for tag, value in metrics.items():  # the page takes its metrics from scalars of these tags
        writer.add_scalar(tag, value, 0)


def _at(point: Point) -> str:
    return _("step {n}", n=point.diverges_at) if point.diverges_at else "-"


def _table(result: SweepResult) -> str:
    headings = [_("setting"), *(told(c.heading) for c in result.sweep.columns), _("outcome")]
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|"]
    for p in result.points:
        cells = [c.text(p) or " " for c in result.sweep.columns]
        lines.append(f"| {p.setting.name} | {' | '.join(cells)} | {p.outcome.value} |")
    return "\n".join(lines) + f"\n\n{told(result.lesson)}"
