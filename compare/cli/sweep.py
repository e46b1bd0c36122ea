"""The command: python -m compare sweep."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from compare.cli.progress import Progress
from compare.cli.shared import CLUSTER, LOGDIR, PathType, with_jobs
from compare.language.choice import _, told
from compare.report.text import PLAIN
from compare.store.directories import new_sweep_directory
from compare.sweeps import registry, running, text
from compare.sweeps.sweep import Point, Sweep, SweepResult
from compare.system.atomic_files import CannotWrite, check_writable, write_atomically
from compare.system.errors import UserError
from compare.system.exit_codes import DIFFERENT, INTERRUPTED, SAME, USAGE
from compare.system.jobs import Workers
from compare.system.torch_settings import use_threads


@click.command(
    short_help="Try an experiment of the course on both sides at once.",
    epilog="Exit codes: 0 all same, 1 a difference, 2 wrong usage, 3 internal error, "
    "130 interrupted.",
)
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--dtype", default="float64", show_default=True, help="Of every array.")
@click.option(
    "--seed", default=0, show_default=True, type=int, help="Seed of every array, 0 or more."
)
@click.option("--steps", type=int, help="Training steps, in place of the sweep's own number.")
@with_jobs(1)
@CLUSTER
@LOGDIR
@click.option("--no-tensorboard", is_flag=True, help="Only the figure and the numbers.")
@click.option(
    "--json",
    "json_path",
    type=PathType(allow_dash=True),
    help="Write the numbers here too; - for standard output.",
)
def sweep(
    name: str | None, logdir: Path, json_path: Path | None, jobs: int, cluster: str, **asked: Any
) -> None:
    """Try the settings of an experiment of the course, on both sides at once.

    Without a NAME: list the experiments.
    """

    if name is None:
        click.echo("\n".join(text.listing(registry.SWEEPS)))
        return
    board = not asked.pop("no_tensorboard")  # all the rest is what running.run takes
    console = Console(stderr=json_path == Path("-"))  # standard output is then the JSON's
    try:
        experiment = registry.find(name)
        running.check(experiment, **asked)
        check_writable(json_path)
        directory = _directory(logdir, experiment)
        with _nothing_left_behind(directory):
            result = _run(experiment, console, workers=Workers(jobs, cluster), **asked)
    except UserError as error:
        raise click.ClickException(told(str(error))) from error
    _say(console, text.conclusion(result))
    problem = _write(result, directory, board, json_path)
    if problem:
        click.echo(
            _("Error: {error}; the numbers above are complete", error=str(problem)), err=True
        )
    else:
        _say(console, text.where(directory, board))
    # a difference is worse than a file that could not be written
    sys.exit(_exit_code(result) or (USAGE if problem else SAME))


def _exit_code(result: SweepResult) -> int:
    if result.interrupted:
        return INTERRUPTED
    return DIFFERENT if result.failures else SAME


@contextmanager
def _nothing_left_behind(directory: Path) -> Iterator[None]:
    """Where the run ends before a first setting, so does its folder."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # rmdir takes an empty folder alone: what was written stays
            directory.rmdir()
        raise


def _directory(logdir: Path, experiment: Sweep) -> Path:
    try:
        return new_sweep_directory(logdir, experiment.name)
    except OSError as error:
        raise CannotWrite.at(f"--logdir {logdir}", error) from error


def _run(experiment: Sweep, console: Console, **asked: Any) -> SweepResult:
    use_threads(1)  # arrays are small here, and one order of summation repeats its bits
    total = len(experiment.settings(asked["steps"] or experiment.steps))
    console.print(text.heading(experiment))
    with closing(Progress(total)) as progress:

        def on_point(point: Point) -> None:
            with progress.hidden():
                console.print(text.row(experiment, point))
                console.file.flush()
            progress.advance(point.setting.name)

        return running.run(experiment, **asked, on_point=on_point)


def _say(console: Console, lines: Iterator[str]) -> None:

    for line in lines:
        console.print(line, **PLAIN)


def _write(
    result: SweepResult, directory: Path, board: bool, json_path: Path | None
) -> Exception | None:
    """What could not be written, or None."""
    from compare.sweeps import (  # slow, and a list of the sweeps writes nothing
        output_files,
        tensorboard,
    )

    try:
        output_files.write(result, directory)
        if board:
            tensorboard.write(result, directory)
    except OSError as error:
        return CannotWrite.at(directory, error)
    try:
        if json_path == Path("-"):
            sys.stdout.write(output_files.as_json(result))
        elif json_path is not None:
            write_atomically(json_path, output_files.as_json(result))
    except OSError as error:
        return CannotWrite.at(json_path, error)
    return None
