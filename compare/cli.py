"""The command: python -m compare, or scratch-compare."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.sweeps.command import sweep

if TYPE_CHECKING:
    from compare.suite import RunResult

SAME, DIFFERENT, USAGE, INTERNAL, NOTHING, INTERRUPTED = 0, 1, 2, 3, 5, 130

_EXIT_CODES = """\b
Exit codes: 0 all same, 1 a difference, 2 wrong usage, 3 internal error,
5 nothing selected, 130 interrupted."""


class _Cli(click.Group):
    """Turns every exception into one line and the right exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        from compare.terminal import allow_any_character

        allow_any_character()
        try:
            super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            sys.exit(USAGE)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # the reader of our output has gone: nothing is left to say, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(INTERRUPTED)
        except Exception as error:
            _internal(error)
            sys.exit(INTERNAL)
        sys.exit(SAME)


def _internal(error: Exception) -> None:
    if os.environ.get("SCRATCH_COMPARE_DEBUG"):
        raise error
    click.echo(
        f"Internal error, not your mistake: {type(error).__name__}: {error}\n"
        "Set SCRATCH_COMPARE_DEBUG=1 and run again to see where; please report it.",
        err=True,
    )


def _fail(message: str) -> click.ClickException:
    return click.ClickException(message)


@click.group(
    cls=_Cli,
    help="Is a network written by hand in NumPy the same as PyTorch's?",
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79},
)
@click.version_option(package_name="scratch-compare")
def main() -> None:
    """Entry point of ``python -m compare`` and ``scratch-compare``."""
    from compare.sides import check_packages_are_ours

    wrong = check_packages_are_ours()
    if wrong:
        raise _fail(wrong)


_LOGDIR = click.option(
    "--logdir",
    default="runs",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where runs are kept.",
)


@main.command(epilog=_EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[CASE]...")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
@click.option("--dtype", help="float64 or float32, both by default; float16 or bfloat16.")
@click.option(
    "--seed", default=0, show_default=True, type=int, help="Seed of every array, 0 or more."
)
@_LOGDIR
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

    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other")
    view = session.View(Console(stderr=json_path == Path("-")), quiet, verbose)
    try:
        for path in (json_path, junit_path):
            session.check_writable(path)
        total = _count(names, **asked)
        result, cut_off = session.run(names, asked, total, view, None if no_tensorboard else logdir)
        cut_off += session.write_reports(result, json_path, junit_path)
    except (suite.UsageError, data.CorruptData, session.CannotWrite) as error:
        raise _fail(str(error)) from error
    for problem in cut_off:
        click.echo(f"Error: {problem}", err=True)
    sys.exit(_exit_code(result) or (USAGE if cut_off else SAME))


def _count(
    names: tuple[str, ...],
    pattern: str,
    dtype: str | None,
    seed: int,
    data_dir: Path | None,
    **_: Any,
) -> int:
    """How many cases are asked for; exits where that is none."""
    from compare import suite

    if data_dir is not None and not data_dir.is_dir():
        raise suite.UsageError(f"--data-dir {data_dir}: no such folder")
    suite.check_seed(seed)
    total = len(suite.select(names, pattern, dtype))
    if not total:
        click.echo("Nothing is selected: see `python -m compare list`.", err=True)
        sys.exit(NOTHING)
    return total


def _exit_code(result: RunResult) -> int:
    if result.interrupted:
        return INTERRUPTED
    return DIFFERENT if result.failures else SAME


@main.command("list")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
def list_cases(pattern: str) -> None:
    """List the cases, and what each is about."""
    from compare import suite

    try:
        pairs = suite.select(pattern=pattern)
    except suite.UsageError as error:
        raise _fail(str(error)) from error
    if not pairs:
        click.echo("Nothing is selected.", err=True)
        sys.exit(NOTHING)
    section = pairs[0][0].section
    click.echo(section)
    for case in {case.name: case for case, _ in pairs}.values():
        if case.section != section:
            section = case.section
            click.echo(f"\n{section}")
        only = f" ({case.dtypes[0]} only)" if len(case.dtypes) == 1 else ""
        click.echo(_entry(case.name, case.about + only))


def _entry(name: str, about: str) -> str:
    if not sys.stdout.isatty():
        return f"  {name:<37} {about}"
    width = shutil.get_terminal_size().columns - 1
    return textwrap.fill(about, width, initial_indent=f"  {name:<37} ", subsequent_indent=" " * 40)


@main.command()
@click.argument("name", metavar="CASE")
@click.option("--verdict", is_flag=True, help="Where the limit comes from, in this case's numbers.")
@click.option("--name", "quantity", default="", help="Of this quantity (grad/W1), not the worst.")
@click.option("--seed", default=0, show_default=True, type=int, help="Seed of the arrays.")
def show(name: str, verdict: bool, quantity: str, seed: int) -> None:
    """Explain a CASE: formula, shapes and both sources.

    Also what is known about it in advance, and the fingerprints of its arrays. With --verdict:
    the limit, the measured error, and both sides' errors in ulps; for one dtype, give an id.
    """
    from rich.console import Console

    from compare import suite
    from compare.report.explanation import explained
    from compare.report.sources import case_sources

    console = Console()
    try:
        suite.check_seed(seed)
        pairs = suite.select([name])
        if verdict or quantity:
            for case, dtype in pairs[: 2 if pairs[0][0] is pairs[-1][0] else 1]:
                click.echo("\n".join(explained(case, dtype, quantity, seed)) + "\n")
            return
        for renderable in case_sources(pairs[0][0], console.width):
            console.print(renderable)
    except suite.UsageError as error:
        raise _fail(str(error)) from error


main.add_command(sweep)


@main.group()
def bench() -> None:
    """Measure the tool itself."""


@bench.command("judge")
@click.option("--short", is_flag=True, help="A few hundred problems in place of 10,000 a dtype.")
@click.option(
    "--out",
    default="runs/bench-judge",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of records, table, JSON and figure; what is there already is not run again.",
)
def bench_judge(short: bool, out: Path) -> None:
    """False alarms on correct code, detection of faults, and the cost, as measured.

    Beside torch assert_close, NumPy's and SciPy's defaults. A run that was cut off goes on where
    it stopped. It takes some ten minutes.
    """
    import torch

    from compare.bench import judging
    from compare.files import write_atomically
    from compare.progress import Progress

    torch.set_num_threads(1)
    size = judging.SHORT if short else judging.FULL
    try:
        out.mkdir(parents=True, exist_ok=True)
        with closing(Progress(judging.count(size))) as progress:
            records = judging.run(size, out / "records.jsonl", advance=progress.advance)
        result = judging.summary(records)
        write_atomically(out / "table.txt", judging.table(result))
        write_atomically(out / "summary.json", json.dumps(result, indent=1) + "\n")
        judging.figure(result).savefig(out / "figure.png")
    except RuntimeError as error:
        raise _fail(str(error)) from error
    except OSError as error:
        raise _fail(f"cannot write to --out {out}: {error.strerror or error}") from error
    click.echo(judging.table(result) + f"\nWritten to {out}")


@main.command()
@_LOGDIR
@click.option("--port", default=6006, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--load-fast/--no-load-fast",
    default=True,
    help="TensorBoard's fast loader; off where it does not start.",
)
def board(logdir: Path, port: int, load_fast: bool) -> None:
    """Show the newest run in TensorBoard.

    Prints the link that opens on the answer.
    """
    from compare import board as server
    from compare.record import newest

    directory = newest(logdir)
    if directory is None:
        raise _fail(f"no run in {logdir}: make one with `python -m compare run`")
    click.echo(f"{directory}\n\n{server.address(directory, port)}\n\nCtrl-C ends it.")
    status = server.serve(directory, port, load_fast)
    if status:
        raise _fail(
            f"TensorBoard ended with status {status}: is port {port} taken? "
            "Try another --port, or --no-load-fast"
        )


@main.command()
@_LOGDIR
@click.option(
    "--keep", required=True, type=click.IntRange(min=0), help="How many of the newest runs stay."
)
def clean(logdir: Path, keep: int) -> None:
    """Delete all runs but the newest; other files are left alone."""
    from compare import record

    try:
        deleted = record.clean(logdir, keep)
    except OSError as error:
        raise _fail(f"cannot delete in {logdir}: {error.strerror or error}") from error
    click.echo(f"deleted {len(deleted)}, kept {len(record.runs_in(logdir))} in {logdir}")
