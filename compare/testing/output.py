"""What is asked of all tests together: written after the last of them, and said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compare.cli.run_logs import RunLogs, ending
from compare.cli.run_session import Reports, write_reports
from compare.engine.result import RunResult
from compare.language.choice import _, ngettext, told
from compare.store.manifest import RunRequest
from compare.store.writer import begin
from compare.system.atomic_files import CannotWrite, check_writable, write_atomically
from compare.system.command_line import shown_path
from compare.system.exit_codes import DIFFERENT, SAME
from compare.testing.accepted import text, updated
from compare.testing.asked import Asked
from compare.testing.collector import Collector


def output(config: pytest.Config, asked: Asked, collector: Collector) -> Output:
    """As the options say.   Raises pytest.UsageError where something could not be written."""
    json, html, logdir = (
        Path(path) if (path := config.getoption(f"compare_{name}")) else None
        for name in ("json", "html", "tensorboard")
    )
    accepts = asked.accepted.path if config.getoption("compare_accept") else None
    try:
        for path in (json, html, accepts):
            check_writable(path)
        if logdir and logdir.exists() and not logdir.is_dir():
            raise CannotWrite(_("cannot write to {path}: it is no folder", path=logdir))
    except CannotWrite as error:
        raise pytest.UsageError(told(error)) from None
    return Output(collector, asked, Reports(json=json, html=html), logdir, accepts is not None)


class Output:
    """A plugin of its own, in the one process that has the results of all."""

    def __init__(
        self,
        collector: Collector,
        asked: Asked,
        reports: Reports,
        logdir: Path | None,
        accepts: bool,
    ) -> None:
        self._collector, self._asked = collector, asked
        self._reports, self._logdir, self._accepts = reports, logdir, accepts
        self._lines: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write all that was asked for."""
        results = tuple(result for result, _cards in self._collector.results())
        result = RunResult(results, len(results), 0, sum(r.seconds for r in results))
        failed = [told(problem) for problem in write_reports(result, self._reports)]
        written = [path for path in (self._reports.json, self._reports.html) if path]
        try:
            written += [self._logged(result)] if self._logdir else []
            if self._accepts:
                self._accept()
        except CannotWrite as error:
            failed.append(told(error))
        self._lines += [_("written: {path}", path=path) for path in written]
        self._lines += [_("Error: {error}", error=error) for error in failed]
        if failed:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Every check where all are asked for, and what was written."""
        if self._asked.report == "all":
            terminalreporter.section("scratch-compare")
            for nodeid, results in self._collector.tests():
                terminalreporter.write_line(f"\n{nodeid}")
                for result in results:
                    terminalreporter.write_line(str(result))
        for line in self._lines:
            terminalreporter.write_line(f"compare: {line}")

    def _logged(self, result: RunResult) -> Path:
        assert self._logdir is not None
        ids = tuple(r.id for r in result)
        try:
            logs = RunLogs(begin(self._logdir, sys.argv, RunRequest(ids, selected=ids)))
        except OSError as error:
            raise CannotWrite.at(self._logdir, error) from error
        with ending(logs):
            for each, cards in self._collector.results():
                logs.add(each, cards)
            logs.conclude(result)
            logs.finish(False, DIFFERENT if result.failures else SAME)
        if logs.failed:
            raise CannotWrite(_("{path} lacks what could not be written", path=logs.directory))
        return logs.directory

    def _accept(self) -> None:
        accepted = self._asked.accepted
        differences, impossible = updated(accepted, self._collector.noted())
        try:
            write_atomically(accepted.path, text(differences))
        except OSError as error:
            raise CannotWrite.at(accepted.path, error) from error
        n = sum(not d.reason for d in differences)
        unexplained = ngettext(
            "{path}: {n} difference without a reason: fill it in, or mend the code",
            "{path}: {n} differences without a reason: fill it in, or mend the code",
            n,
            path=shown_path(str(accepted.path)),
        )
        self._lines += [unexplained, *impossible]
