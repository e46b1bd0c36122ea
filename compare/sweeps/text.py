"""A sweep as text for a terminal, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from compare.engine.result_rows import first_figures, ruling
from compare.language.choice import _, told
from compare.language.columns import set_cell_size
from compare.language.wrapping import filled, right
from compare.report.text import STYLES, WIDTH
from compare.sweeps.sweep import Point, Sweep, SweepResult
from compare.system.command_line import printed, stored, typed

NAME = 16  # wider than the longest name of a setting


def listing(sweeps: Sequence[Sweep]) -> Iterator[str]:
    """Every sweep, and what it is about."""
    for sweep in sweeps:
        yield f"  {sweep.name:<20} {told(sweep.about)}"


def heading(sweep: Sweep) -> Text:
    """The first line of the table."""
    columns = "".join(right(told(c.heading), c.width) for c in sweep.columns)
    first = set_cell_size(_("setting"), NAME)
    return Text(f"{first}{columns}  {_('outcome')}", style="bold")


def row(sweep: Sweep, point: Point) -> Text:
    """One setting."""
    columns = "".join(right(c.text(point), c.width) for c in sweep.columns)
    line = Text(f"{point.setting.name:<{NAME}}{columns}  ", end="")
    line.append(point.outcome.value, STYLES[point.outcome])
    return line


def conclusion(result: SweepResult) -> Iterator[str]:
    """The failures, what the numbers show, and the last word."""
    for point in result.failures:
        yield from _failure(result, point)
    if result.lesson:
        yield ""
        yield from filled(told(result.lesson), WIDTH)
    yield ""
    yield verdict(result)


def _failure(result: SweepResult, point: Point) -> Iterator[str]:
    first = point.result.verdict.first
    where = _("first at {name}", name=first.name) if first else _("nothing was compared")
    yield ""
    yield f"{point.setting.name}  {point.outcome.value}  {where}"
    for text in (first_figures(point.result), ruling(point.result)):
        yield from filled(told(text), WIDTH, "  ", "    ")
    yield f"  {_('Reproduce')}: {printed(reproduce(result))}"


def reproduce(result: SweepResult) -> str:
    """The command that runs it again, as it is stored."""
    steps = ("--steps", str(result.steps)) if result.steps else ()
    settings = ("--dtype", result.dtype, "--seed", str(result.seed), *steps)
    return stored("sweep", result.sweep.name, *settings)


def verdict(result: SweepResult) -> str:
    """All the same, or how many are not; or how far it came."""
    done, failed = len(result.points), len(result.failures)
    timed = _(
        "({seconds:.1f} s, {dtype}, seed {seed})",
        seconds=result.seconds,
        dtype=result.dtype,
        seed=result.seed,
    )
    if result.interrupted:  # before the rest: what was not run cannot be all the same
        return _(
            "INTERRUPTED after {done} of {total} settings; those above are complete",
            done=done,
            total=result.total,
        )
    if failed:
        sentence = _("NOT THE SAME: {failed} of {done} settings", failed=failed, done=done)
        return f"{sentence}  {timed}"
    return f"{_('ALL SAME: {done} settings, both sides', done=done)}  {timed}"


def where(directory: Path, board: bool) -> Iterator[str]:
    """The files that were written, and how to look at them."""
    yield f"\n{set_cell_size(_('Figure'), 8)} {directory / 'figure.png'}"
    yield f"{set_cell_size(_('Numbers'), 8)} {directory / 'sweep.json'}"
    if board:
        yield _("Look at it with: {command}", command=typed("board", str(directory)))
