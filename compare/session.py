"""One run as the command makes it: rows as they come, logs, the conclusion, and written reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare.files import write_atomically

if TYPE_CHECKING:
    from rich.console import Console

    from compare.progress import Progress
    from compare.runner import CaseResult
    from compare.suite import RunResult


class CannotWrite(Exception):
    """A file or folder that was asked for cannot be written; the message names it and says why."""

    @classmethod
    def at(cls, path: object, error: OSError) -> CannotWrite:
        """The one line for an error of the system."""
        return cls(f"cannot write to {path}: {error.strerror or error}")


@dataclass(frozen=True)
class View:
    """What is shown of a run while it goes on, and where."""

    console: Console
    quiet: bool = False
    verbose: bool = False


class Rows:
    """Prints a case's row as soon as its last dtype is judged."""

    def __init__(self, view: View, progress: Progress) -> None:
        self.view, self.progress = view, progress
        self.waiting: list[CaseResult] = []
        self.section = ""

    def add(self, result: CaseResult) -> None:
        """One more result; the row of the case before it is complete if this is another."""
        if self.waiting and self.waiting[-1].case.name != result.case.name:
            self.flush()
        self.waiting.append(result)

    def flush(self) -> None:
        """Print what is waiting."""
        from compare.report.text import print_rows

        if self.waiting and not self.view.quiet:
            console, verbose = self.view.console, self.view.verbose
            with self.progress.hidden():
                self.section = print_rows(console, self.waiting, verbose, self.section)
                console.file.flush()
        self.waiting = []


class Logs:
    """The record and TensorBoard's events; where the disk fills up, the run goes on without them.

    Raises CannotWrite where they cannot even be begun.
    """

    def __init__(self, logdir: Path, seed: int) -> None:
        from compare.record import Record
        from compare.report.tensorboard import Board

        self.failed: CannotWrite | None = None
        self._stack = ExitStack()
        try:
            self.record = self._stack.enter_context(closing(Record(logdir, sys.argv, seed)))
            self.board = self._stack.enter_context(closing(Board(self.record.directory)))
        except OSError as error:
            raise CannotWrite.at(f"--logdir {logdir}", error) from error

    def add(self, result: CaseResult) -> None:
        """Log one case."""
        self._attempt(partial(self.record.add, result))
        self._attempt(partial(self.board.add, result))

    def conclude(self, result: RunResult) -> None:
        """Log the summary, and close."""
        self._attempt(partial(self.board.conclude, result))
        self._guarded(self._stack.close)

    def _attempt(self, write: Callable[[], object]) -> None:
        if not self.failed:
            self._guarded(write)

    def _guarded(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            self.failed = CannotWrite.at(self.record.directory, error)


def run(
    names: tuple[str, ...], asked: Mapping[str, Any], total: int, view: View, logdir: Path | None
) -> tuple[RunResult, list[CannotWrite]]:
    """Run, print and log; the result, and what of the logs was cut off.

    ``asked`` is what ``compare.run`` takes, ``total`` how many cases it is.
    Raises CannotWrite where the logs cannot even be begun.
    """
    import torch

    from compare import suite
    from compare.progress import Progress
    from compare.report.text import PLAIN, print_conclusion

    torch.set_num_threads(1)  # arrays are small here, and one order of summation repeats its bits
    logs = Logs(logdir, asked["seed"]) if logdir else None
    with closing(Progress(total)) as progress:
        rows = Rows(view, progress)

        def on_result(result: CaseResult) -> None:
            rows.add(result)
            if logs:
                logs.add(result)
            progress.advance(result.id)

        result = suite.run(*names, **asked, on_result=on_result, on_step=progress.within)
        rows.flush()
    print_conclusion(view.console, result, view.quiet)
    if not logs:
        return result, []
    logs.conclude(result)
    if logs.failed:
        return result, [CannotWrite(f"{logs.failed}; the verdicts above are complete")]
    where = f"\nLogs in {logs.record.directory}; look at them with: python -m compare board"
    view.console.print(where, **PLAIN)
    return result, []


def check_writable(path: Path | None) -> None:
    """Raise CannotWrite, before a long run, for a report that could not be written after it."""
    if path is None or path == Path("-"):
        return
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise CannotWrite(f"cannot write to {path}: it has to be a file in a folder that exists")


def write_reports(
    result: RunResult, json_path: Path | None, junit_path: Path | None
) -> list[CannotWrite]:
    """Write the results as JSON, to standard output for ``-``, and as JUnit XML, where asked for.

    Returns what could not be written; an older file is then left as it was.
    """
    from compare.report.json_record import run_json
    from compare.report.junit import run_junit

    failed = []
    for path, render in ((json_path, run_json), (junit_path, run_junit)):
        if path == Path("-"):
            sys.stdout.write(run_json(result))
        elif path is not None:
            try:
                write_atomically(path, render(result))
            except OSError as error:
                failed.append(CannotWrite.at(path, error))
    return failed
