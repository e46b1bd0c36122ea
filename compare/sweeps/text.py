"""A sweep as text for a terminal, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from compare.engine.result_rows import first_figures, ruling
from compare.report.text import STYLES, WIDTH
from compare.sweeps.sweep import Point, Sweep, SweepResult
from compare.system.command_line import printed, stored, typed

NAME = 16  # wider than the longest name of a setting


def listing(sweeps: Sequence[Sweep]) -> Iterator[str]:
    """Every sweep, and what it is about."""
    for sweep in sweeps:
        yield f"  {sweep.name:<20} {sweep.about}"


def heading(sweep: Sweep) -> Text:
    """The first line of the table."""
    columns = "".join(f"{c.heading:>{c.width}}" for c in sweep.columns)
    return Text(f"{'setting':<{NAME}}{columns}{'':>2}outcome", style="bold")


def row(sweep: Sweep, point: Point) -> Text:
    """One setting."""
    columns = "".join(f"{c.text(point):>{c.width}}" for c in sweep.columns)
    line = Text(f"{point.setting.name:<{NAME}}{columns}  ", end="")
    line.append(point.outcome.value, STYLES[point.outcome])
    return line


def conclusion(result: SweepResult) -> Iterator[str]:
    """The failures, what the numbers show, and the last word."""
    for point in result.failures:
        yield from _failure(result, point)
    if result.lesson:
        yield ""
        yield from textwrap.wrap(result.lesson, WIDTH, break_on_hyphens=False)
    yield ""
    yield verdict(result)


def _failure(result: SweepResult, point: Point) -> Iterator[str]:
    first = point.result.verdict.first
    where = f"first at {first.name}" if first else "nothing was compared"
    yield ""
    yield f"{point.setting.name}  {point.outcome.value}  {where}"
    for text in (first_figures(point.result), ruling(point.result)):
        yield from textwrap.wrap(
            text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    yield f"  Reproduce: {printed(reproduce(result))}"


def reproduce(result: SweepResult) -> str:
    """The command that runs it again, as it is stored."""
    steps = ("--steps", str(result.steps)) if result.steps else ()
    settings = ("--dtype", result.dtype, "--seed", str(result.seed), *steps)
    return stored("sweep", result.sweep.name, *settings)


def verdict(result: SweepResult) -> str:
    """All the same, or how many are not; or how far it came."""
    done, failed = len(result.points), len(result.failures)
    timed = f"({result.seconds:.1f} s, {result.dtype}, seed {result.seed})"
    if result.interrupted:  # before the rest: what was not run cannot be all the same
        return f"INTERRUPTED after {done} of {result.total} settings; those above are complete"
    if failed:
        return f"NOT THE SAME: {failed} of {done} settings  {timed}"
    return f"ALL SAME: {done} settings, both sides  {timed}"


def where(directory: Path, board: bool) -> Iterator[str]:
    """The files that were written, and how to look at them."""
    yield f"\nFigure   {directory / 'figure.png'}"
    yield f"Numbers  {directory / 'sweep.json'}"
    if board:
        yield f"Look at it with: {typed('board', str(directory))}"
