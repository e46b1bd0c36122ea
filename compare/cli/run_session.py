"""One run as the command makes it: rows as they come, logs, the conclusion, and written reports."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from compare.check.known_cause import known_cause
from compare.cli.progress import Progress
from compare.cli.resume_run import go_on
from compare.cli.run_logs import RunLogs, ending, opened
from compare.cli.shared import written_to
from compare.engine import run_suite
from compare.engine.result import CaseResult, RunResult
from compare.engine.selection import select
from compare.from_file.beside_torch import FromFile, beside_torch
from compare.judge.evidence import REFERENCE
from compare.language.choice import _, language, told
from compare.report.durations import durations
from compare.report.junit import run_junit
from compare.report.run_page import run_page
from compare.report.text import PLAIN, print_conclusion, print_earlier, print_rows
from compare.store import manifest, provenance
from compare.store.checkpoints import Checkpoints
from compare.store.json_lines import run_json
from compare.store.logdir import logdir_option
from compare.store.manifest import RunRequest
from compare.store.reader import resume_command
from compare.store.writer import begin
from compare.system.atomic_files import STDOUT, CannotWrite, write_atomically
from compare.system.command_line import typed
from compare.system.exit_codes import DIFFERENT, INTERRUPTED, NOTHING, SAME, USAGE
from compare.system.torch_settings import instructions, threads, use_threads


@dataclass(frozen=True)
class View:
    """What is shown of a run while it goes on, and where."""

    console: Console
    quiet: bool = False
    verbose: bool = False
    durations: int | None = None  # of how many cases it is said how long they took


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

        if self.waiting and not self.view.quiet:
            console, verbose = self.view.console, self.view.verbose
            with self.progress.hidden():
                self.section = print_rows(console, self.waiting, verbose, self.section)
                console.file.flush()
        self.waiting = []


@dataclass(frozen=True)
class Reports:
    """Where the results are written to besides, after the run."""

    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None


@dataclass(frozen=True)
class RunEnding:
    """How a run ended: its exit code, the results, and what could not be written."""

    exit_code: int
    result: RunResult
    cut_off: tuple[CannotWrite, ...] = ()


def run(
    asked: RunRequest,
    view: View,
    logdir: Path | None,
    reports: Reports,
    by: Mapping[str, Any],
    beside: FromFile | None = None,
) -> RunEnding:
    """Run, print, log and report; ``by``: how many jobs, or which cluster.

    Raises CannotWrite where the logs cannot even be begun, ClusterUnfit.
    """
    use_threads(1)  # arrays are small here, and one order of summation repeats its bits
    judge = partial(run_suite.run, *asked.names, **asked.rest(), **by, beside=beside)
    logs = opened(partial(begin, logdir, sys.argv, asked), logdir) if logdir else None
    return conclude(judge, len(asked.selected), view, logs, reports)


def resume(directory: Path, view: View, anyhow: bool, by: Mapping[str, Any]) -> RunEnding:
    """Go on with a run that was cut off, by its own settings.

    Raises Busy, Unreadable and CannotResume, with nothing changed; CannotWrite, ClusterUnfit.
    """
    # those of the run that was cut off: with others sums would be rounded otherwise
    threads = manifest.read(directory)["threads"]
    use_threads(threads)
    try:
        again = go_on(directory, sys.argv, anyhow)
    except OSError as error:
        raise CannotWrite.at(directory, error) from error
    for note in again.notes:
        view.console.print(told(note), **PLAIN)
    logs = opened(lambda: again.record, directory)
    judge = partial(_left, again.asked, **by, threads=threads)
    return conclude(judge, len(again.asked.selected), view, logs, Reports(), again.earlier)


def _left(asked: RunRequest, **watching: Any) -> RunResult:

    if not asked.names:  # where none is named, all would be run
        return RunResult((), 0, asked.seed, 0.0)
    # a run that has no training case refuses --steps, and of what is left none may be one
    trains = any(case.training for case, _ in select(asked.names))
    beside = beside_torch(asked.impl, asked.trust)
    rest = {**asked.rest(), "steps": asked.steps if trains else None, "beside": beside}
    return run_suite.run(*asked.names, **rest, **watching)


def conclude(
    judge: Callable[..., RunResult],
    total: int,
    view: View,
    logs: RunLogs | None,
    reports: Reports,
    earlier: Sequence[CaseResult] = (),
) -> RunEnding:
    """Judge ``total`` cases, and end with what the command prints, leaves behind and returns.

    ``earlier`` were judged before the run was cut off, and count.
    """

    with ending(logs):
        began, spent = time.perf_counter(), {"write": 0.0}
        result = _explained(_judged(judge, total, view, logs, spent))
        if result.results or not earlier:
            options = logdir_option(logs.directory.parent) if logs else ("--no-tensorboard",)
            print_conclusion(view.console, result, view.quiet, options)
        selected = len(earlier) + result.selected
        whole = replace(result, results=(*earlier, *result.results), selected=selected)
        if earlier:
            print_earlier(view.console, earlier, whole)
        if logs:
            logs.conclude(whole)
        unwritten = write_reports(result, reports)
        if view.durations is not None:
            wall = time.perf_counter() - began
            lines = durations(result.results, spent, wall, view.durations)
            view.console.print("", *lines, sep="\n", **PLAIN)
        cut_off = [*(logs.failed if logs else ()), *unwritten]
        if logs:
            logs.finish(result.interrupted, _exit_code(whole, cut_off))
            cut_off = [*logs.failed, *unwritten]  # again: to finish may fail as well
    where = written_to(reports.json, reports.junit, reports.html)
    if where and not unwritten:
        view.console.print(f"\n{where}", **PLAIN)
    if logs and not logs.failed:
        board = typed("board", *logdir_option(logs.directory.parent))
        where = _("Logs in {directory}; look at them with: {command}",
                  directory=logs.directory, command=board)  # fmt: skip
        view.console.print(f"\n{where}", **PLAIN)
        if result.interrupted or any(r.died for r in result):
            go_on_with = _("Go on with: {command}", command=resume_command(logs.directory))
            view.console.print(go_on_with, **PLAIN)
    return RunEnding(_exit_code(whole, cut_off), result, tuple(cut_off))


def _explained(result: RunResult) -> RunResult:
    """With the known mistake, of those failures in whose function there is one."""
    # torch_ref takes tensors, and is nobody's homework
    wrong = (r for r in result.failures if r.verdict.first and r.verdict.first.culprit != REFERENCE)
    # of a file its own check has said it
    causes = {r.written: known_cause(r.written) for r in wrong if r.written and not r.whose}
    explained = (
        replace(r, cause=cause.of(language())) if (cause := causes.get(r.written)) else r
        for r in result
    )
    return replace(result, results=tuple(explained))


def _judged(
    judge: Callable[..., RunResult],
    total: int,
    view: View,
    logs: RunLogs | None,
    spent: dict[str, float],
) -> RunResult:

    with closing(Progress(total)) as progress:
        rows = Rows(view, progress)

        def on_result(result: CaseResult, cards: Any = None) -> None:
            rows.add(result)
            if logs:
                began = time.perf_counter()
                logs.add(result, cards)
                spent["write"] += time.perf_counter() - began
            progress.advance(result.id)

        def tell(line: str) -> None:  # the bar would be drawn into the middle of the line
            with progress.hidden():
                view.console.print(told(line), **PLAIN)

        # without a run directory there is nothing to go on with
        checkpoints = Checkpoints(logs.directory, tell) if logs else None
        drawn, live = (logs.drawn, logs.live) if logs else (None, None)
        watching = {"on_result": on_result, "on_step": progress.within}
        result = judge(**watching, checkpoints=checkpoints, drawn=drawn, live=live)
        rows.flush()
    return result


def _exit_code(result: RunResult, cut_off: Sequence[CannotWrite]) -> int:
    if result.interrupted:  # before a difference: of what was not run nothing is known
        return INTERRUPTED
    if result.failures:
        return DIFFERENT
    if cut_off or result.problems:
        return USAGE
    return SAME if result.compared else NOTHING


def write_reports(result: RunResult, reports: Reports) -> list[CannotWrite]:
    """Write the results as JSON, JUnit XML and HTML, where asked for; ``-`` is standard output.

    Returns what could not be written; an older file is then left as it was.
    """
    failed = []  # one that fails does not cost the others
    formats = ((reports.json, run_json), (reports.junit, run_junit), (reports.html, _page))
    for path, render in formats:
        if path == STDOUT:
            sys.stdout.write(render(result))
        elif path is not None:
            try:
                write_atomically(path, render(result))
            except OSError as error:
                failed.append(CannotWrite.at(path, error))
    return failed


def _page(result: RunResult) -> str:
    of_torch = {"torch's kernels": instructions(), "threads": str(threads())}
    machine = {"system": platform.platform(), "processor": platform.machine()}
    environment = {**provenance.versions(), **machine, **of_torch}
    return run_page(result, environment)
