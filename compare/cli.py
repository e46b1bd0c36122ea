"""The command: python -m compare, or scratch-compare."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from compare.runner import CaseResult
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
            sys.exit(SAME)
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
@click.option("--dtype", help="float64 or float32; both by default.")
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
    pattern: str,
    dtype: str | None,
    seed: int,
    logdir: Path,
    data_dir: Path | None,
    json_path: Path | None,
    junit_path: Path | None,
    fail_fast: bool,
    no_tensorboard: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Compare both sides on the named CASEs, or on all.

    A CASE is a name (affine), a group ('optimizer.*') or an id from the report.
    """
    from compare import data, suite

    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other")
    for path in (json_path, junit_path):
        _check_writable(path)
    if data_dir is not None and not data_dir.is_dir():
        raise _fail(f"--data-dir {data_dir}: no such folder")
    try:
        selected = suite.select(names, pattern, dtype)
        if seed < 0:
            raise suite.UsageError(f"the seed is {seed}: it must be 0 or more")
        if not selected:
            click.echo("Nothing is selected: see `python -m compare list`.", err=True)
            sys.exit(NOTHING)
        asked = {
            "pattern": pattern,
            "dtype": dtype,
            "seed": seed,
            "fail_fast": fail_fast,
            "data_dir": data_dir,
        }
        result = _run_recorded(
            names,
            asked,
            len(selected),
            None if no_tensorboard else logdir,
            json_path == Path("-"),
            quiet,
            verbose,
        )
    except (suite.UsageError, data.CorruptData) as error:
        raise _fail(str(error)) from error
    _write_reports(result, json_path, junit_path)
    sys.exit(_exit_code(result))


def _exit_code(result: RunResult) -> int:
    if result.interrupted:
        return INTERRUPTED
    return DIFFERENT if result.failures else SAME


def _check_writable(path: Path | None) -> None:
    if path is None or path == Path("-"):
        return
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise _fail(f"{path}: cannot be written: it has to be a file in a folder that exists")


def _run_recorded(
    names: tuple[str, ...],
    asked: dict[str, Any],
    selected: int,
    logdir: Path | None,
    json_to_stdout: bool,
    quiet: bool,
    verbose: bool,
) -> RunResult:
    import torch
    from rich.console import Console

    from compare import suite
    from compare.progress import Progress

    torch.set_num_threads(1)  # arrays are small here, and one order of summation repeats its bits
    console = Console(stderr=json_to_stdout)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(selected))
        record, board = _open_record(stack, logdir, asked["seed"])
        rows = _Rows(console, quiet, verbose)

        def on_result(result: CaseResult) -> None:
            rows.add(result)
            progress.advance(result.id)
            if record and board:
                record.add(result)
                board.add(result)

        try:
            result = suite.run(*names, **asked, on_result=on_result)
            rows.flush()
            if board:
                board.conclude(result)
        except OSError as error:
            raise _fail(f"cannot write to {logdir}: {error.strerror or error}") from error
    from compare.report.text import print_conclusion

    print_conclusion(console, result, quiet)
    if record:
        console.print(
            f"\nLogs in {record.directory}; look at them with: python -m compare board",
            soft_wrap=True,
            markup=False,
            highlight=False,
        )
    return result


def _open_record(stack: ExitStack, logdir: Path | None, seed: int) -> tuple[Any, Any]:
    if logdir is None:
        return None, None
    from compare.record import Record
    from compare.report.tensorboard import Board

    try:
        record = stack.enter_context(Record(logdir, sys.argv, seed))
        return record, stack.enter_context(Board(record.directory))
    except OSError as error:
        raise _fail(f"cannot write to --logdir {logdir}: {error.strerror or error}") from error


class _Rows:
    """Prints a case's row as soon as its last dtype is judged."""

    def __init__(self, console: Console, quiet: bool, verbose: bool) -> None:
        self.console, self.quiet, self.verbose = console, quiet, verbose
        self.waiting: list[CaseResult] = []
        self.section = ""

    def add(self, result: CaseResult) -> None:
        if self.waiting and self.waiting[-1].case.name != result.case.name:
            self.flush()
        self.waiting.append(result)

    def flush(self) -> None:
        from compare.report.text import print_rows

        if self.waiting and not self.quiet:
            self.section = print_rows(self.console, self.waiting, self.verbose, self.section)
        self.waiting = []


def _write_reports(result: RunResult, json_path: Path | None, junit_path: Path | None) -> None:
    from compare.files import write_atomically

    try:
        if json_path is not None:
            from compare.report.json_record import run_json

            if json_path == Path("-"):
                click.echo(run_json(result), nl=False)
            else:
                write_atomically(json_path, run_json(result))
        if junit_path is not None:
            from compare.report.junit import run_junit

            write_atomically(junit_path, run_junit(result))
    except OSError as error:
        raise _fail(
            f"{error.filename or json_path or junit_path}: {error.strerror or error}"
        ) from error


@main.command("list")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
def list_cases(pattern: str) -> None:
    """List the cases: name, dtypes, and what each is about."""
    from compare import suite

    try:
        pairs = suite.select(pattern=pattern)
    except suite.UsageError as error:
        raise _fail(str(error)) from error
    if not pairs:
        click.echo("Nothing is selected.", err=True)
        sys.exit(NOTHING)
    section = ""
    for case in {case.name: case for case, _ in pairs}.values():
        if case.section != section:
            section = case.section
            click.echo(("\n" if section else "") + section)
        click.echo(f"  {case.name:<36} {case.about}")


@main.command()
@click.argument("name", metavar="CASE")
def show(name: str) -> None:
    """Show a CASE: formula, shapes, what is known, and both sources side by side."""
    from compare import suite
    from compare.report.sources import case_sources

    try:
        pairs = suite.select([name])
    except suite.UsageError as error:
        raise _fail(str(error)) from error
    from rich.console import Console

    console = Console()
    for renderable in case_sources(pairs[0][0], console.width):
        console.print(renderable)


@main.command()
@_LOGDIR
@click.option("--port", default=6006, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--load-fast/--no-load-fast",
    default=True,
    help="TensorBoard's fast loader; off where it does not start.",
)
def board(logdir: Path, port: int, load_fast: bool) -> None:
    """Start TensorBoard on the newest run and print the link that opens on the answer."""
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
