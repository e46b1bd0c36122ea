"""``run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console

from compare.cli import run_session
from compare.cli.shared import CLUSTER, EXIT_CODES, LOGDIR, PathType, mistakes_told
from compare.engine import selection
from compare.from_file.beside_torch import FromFile, beside_torch
from compare.language.choice import _, told
from compare.store.manifest import RunRequest
from compare.store.reader import find
from compare.system.atomic_files import STDOUT, check_writable
from compare.system.command_line import typed
from compare.system.errors import UsageError
from compare.system.exit_codes import NOTHING


@click.command(epilog=EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
@click.option("--dtype", help="float64 or float32, both by default; float16 or bfloat16.")
@click.option(
    "--seed", default=0, show_default=True, type=int, help="Seed of every array, 0 or more."
)
@click.option("--steps", type=int, help="Steps of every training run, in place of its own.")
@click.option(
    "--force-every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Give torch's state to scratch every N steps; else at a sample of them.",
)
@click.option(
    "--impl",
    type=PathType(),
    metavar="FILE",
    help="Your functions and network in the place of scratch: a .py file, a folder, a notebook.",
)
@click.option("--trust", is_flag=True, help="Run FILE in this process, without the sandbox.")
@LOGDIR
@click.option(
    "--data-dir",
    type=PathType(),
    help="Folder with mnist/ and fashion-mnist/ IDX files.",
)
@click.option(
    "--json",
    "json_path",
    type=PathType(allow_dash=True),
    help="Write the results as JSON; - for standard output.",
)
@click.option(
    "--junit",
    "junit_path",
    type=PathType(allow_dash=True),
    help="Write the results as JUnit XML; - for standard output.",
)
@click.option(
    "--html",
    "html_path",
    type=PathType(allow_dash=True),
    help="Write the results as one page, with formulas, sources and curves; - for standard output.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge in N processes, with the same results; by default in one a core if quicker.",
)
@CLUSTER
@click.option("--fail-fast", is_flag=True, help="Stop at the first case that is not the same.")
@click.option("--no-tensorboard", is_flag=True, help="Leave no run directory.")
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with a run that was cut off: its directory, its stamp, or LATEST.",
)
@click.option("--anyhow", is_flag=True, help="Resume even where sources or versions changed since.")
@click.option(
    "--durations",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=10,
    metavar="[N]",
    help="Say where the time went, and which N cases (10) took longest.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the totals.")
@click.option("-v", "--verbose", is_flag=True, help="Every quantity of every case.")
def run(
    names: tuple[str, ...],
    logdir: Path,
    json_path: Path | None,
    junit_path: Path | None,
    html_path: Path | None,
    jobs: int | None,
    cluster: str,
    no_tensorboard: bool,
    resume: str | None,
    anyhow: bool,
    durations: int | None,
    quiet: bool,
    verbose: bool,
    **asked: Any,
) -> None:
    """Compare both sides on the named CASEs, or on all.

    A CASE is a name (affine), a group ('optimizer.*') or an id from the report. With --impl it is
    your own code that is compared with torch, in float64 unless --dtype says otherwise.
    """

    if quiet and verbose:
        raise click.UsageError(_("-q and -v exclude each other"))
    if anyhow and resume is None:
        raise click.UsageError(_("--anyhow goes with --resume"))
    _check_side(asked["impl"], asked["trust"], cluster)
    by = {"jobs": jobs, "cluster": cluster}
    paths = (json_path, junit_path, html_path)
    if paths.count(STDOUT) > 1:
        raise click.UsageError(_("--json, --junit, --html: standard output takes one of them"))
    to_stderr = STDOUT in paths
    view = run_session.View(Console(stderr=to_stderr), quiet, verbose, durations)
    with mistakes_told():
        if resume is not None:
            _check_alone()
            ended = run_session.resume(find(resume, logdir), view, anyhow, by)
        else:
            for path in paths:  # now, and not after an hour
                check_writable(path)
            beside = beside_torch(asked["impl"], asked["trust"])
            request = _request(names, beside, **asked)
            reports = run_session.Reports(*paths)
            logs_in = None if no_tensorboard else logdir
            ended = run_session.run(request, view, logs_in, reports, by, beside)
    for problem in (*ended.cut_off, *ended.result.problems):
        click.echo(_("Error: {error}", error=told(problem)), err=True)
    sys.exit(ended.exit_code)


def _check_side(impl: Any, trust: bool, cluster: str) -> None:
    if trust and impl is None:
        raise click.UsageError(_("--trust goes with --impl"))
    if cluster and impl is not None:
        raise click.UsageError(_("--impl runs here: leave out --cluster"))


def _check_alone() -> None:
    """Nothing may be asked for that a run which is resumed has in its manifest."""
    context = click.get_current_context()
    allowed = {"resume", "anyhow", "logdir", "jobs", "cluster", "durations", "quiet", "verbose"}
    for parameter in context.command.params:
        # typed, and not merely there: every option has a default
        is_typed = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        if is_typed and parameter.name not in allowed:
            what = parameter.opts[-1] if isinstance(parameter, click.Option) else "CASE"
            raise click.UsageError(
                _("--resume takes {what} from the run that it goes on with", what=what)
            )


def _request(
    names: tuple[str, ...],
    beside: FromFile | None,
    pattern: str,
    dtype: str | None,
    seed: int,
    data_dir: Path | None,
    fail_fast: bool,
    steps: int | None,
    force_every: int | None,
    impl: Path | None,
    trust: bool,
) -> RunRequest:
    """What is asked for, and the cases that it comes to; exits where those are none."""

    if data_dir is not None and not data_dir.is_dir():
        raise UsageError(_("--data-dir {data_dir}: no such folder", data_dir=data_dir))
    selection.check_seed(seed)
    dtype = dtype or ("float64" if beside else None)  # who writes by hand writes for that
    pairs = selection.with_steps(selection.select(names, pattern, dtype), steps)
    pairs = beside.pairs(pairs) if beside else pairs
    selected = tuple(case.id(t) for case, t in pairs)
    if beside and not selected:
        for case, why in beside.left_out.items():
            click.echo(f"{case}: {told(why.why)}", err=True)
    if not selected:
        click.echo(_("Nothing is selected: see `{command}`", command=typed("list")), err=True)
        sys.exit(NOTHING)
    # absolute: the run may be gone on with from another folder
    folder = str(data_dir.resolve()) if data_dir else None
    own = str(impl.resolve()) if impl else None
    return RunRequest(
        names, pattern, dtype, seed, fail_fast, folder, steps, force_every, own, trust,
        selected=selected,
    )  # fmt: skip
