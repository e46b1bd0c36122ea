"""``run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.cli.group import EXIT_CODES, LOGDIR, fail
from compare.exits import NOTHING

if TYPE_CHECKING:
    from compare.manifest import Asked


@click.command(epilog=EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
@click.option("--dtype", help="float64 or float32, both by default; float16 or bfloat16.")
@click.option(
    "--seed", default=0, show_default=True, type=int, help="Seed of every array, 0 or more."
)
@LOGDIR
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder with mnist/ and fashion-mnist/ IDX files.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the results as JSON; - for standard output.",
)
@click.option(
    "--junit", "junit_path", type=click.Path(path_type=Path), help="Write the results as JUnit XML."
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first case that is not the same.")
@click.option("--no-tensorboard", is_flag=True, help="Leave no run directory.")
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the totals.")
@click.option("-v", "--verbose", is_flag=True, help="Every quantity of every case.")
def run(
    names: tuple[str, ...],
    logdir: Path,
    json_path: Path | None,
    junit_path: Path | None,
    no_tensorboard: bool,
    quiet: bool,
    verbose: bool,
    **asked: Any,
) -> None:
    """Compare both sides on the named CASEs, or on all.

    A CASE is a name (affine), a group ('optimizer.*') or an id from the report.
    """
    from rich.console import Console

    from compare import data, session, suite
    from compare.files import CannotWrite

    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other")
    view = session.View(Console(stderr=json_path == Path("-")), quiet, verbose)
    try:
        for path in (json_path, junit_path):
            session.check_writable(path)
        given = _given(names, **asked)
        reports = session.Reports(json_path, junit_path)
        ended = session.run(given, view, None if no_tensorboard else logdir, reports)
    except (suite.UsageError, data.CorruptData, CannotWrite) as error:
        raise fail(str(error)) from error
    for problem in ended.cut_off:
        click.echo(f"Error: {problem}", err=True)
    sys.exit(ended.exit_code)


def _given(
    names: tuple[str, ...],
    pattern: str,
    dtype: str | None,
    seed: int,
    data_dir: Path | None,
    fail_fast: bool,
) -> Asked:
    """What is asked for, and the cases that it comes to; exits where those are none."""
    from compare import suite
    from compare.manifest import Asked

    if data_dir is not None and not data_dir.is_dir():
        raise suite.UsageError(f"--data-dir {data_dir}: no such folder")
    suite.check_seed(seed)
    selected = tuple(case.id(t) for case, t in suite.select(names, pattern, dtype))
    if not selected:
        click.echo("Nothing is selected: see `python -m compare list`.", err=True)
        sys.exit(NOTHING)
    folder = str(data_dir.resolve()) if data_dir else None
    return Asked(names, pattern, dtype, seed, fail_fast, folder, selected)
