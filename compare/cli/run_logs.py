"""What is written while a run goes on: the record, and TensorBoard's view of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from compare.cases.datasets import CorruptData
from compare.engine.result import CaseResult, RunResult
from compare.language.message import message
from compare.report.tensorboard.serving.link import run_of
from compare.store.manifest import FINISHED
from compare.store.manifest import INTERRUPTED as CUT_OFF
from compare.store.reader import resume_command
from compare.store.writer import Record
from compare.system.atomic_files import CannotWrite
from compare.system.errors import UsageError
from compare.system.exit_codes import INTERNAL, INTERRUPTED, USAGE


class RunLogs:
    """The record and TensorBoard's events; where the disk fills up, the run goes on without them.

    A view that cannot be written costs the view alone. Raises OSError where neither can be begun.
    """

    def __init__(self, record: Record) -> None:
        from compare.report.tensorboard import live_curves, writer  # imports matplotlib

        self.drawn, self.live = writer.case_cards, live_curves.LiveCurves(record.directory)
        self.record, self.directory = record, record.directory
        self._failed: dict[str, OSError] = {}
        self.live.discard()  # of a run that was killed, and is gone on with
        try:
            self._board = writer.TensorBoardWriter(self.directory, run_of(record.manifest))
        except BaseException:  # else its lock would be held as long as this process lives
            record.close()
            raise

    @property
    def failed(self) -> list[CannotWrite]:
        """What could not be written, in one line."""
        first = next(iter(self._failed.values()), None)
        if first is None:
            return []
        cannot = CannotWrite.at(self.directory, first)
        why = message("{cannot}; the verdicts above are complete", cannot=str(cannot))
        if self.is_cut_off:
            why = message(
                "{why}; for the record: {command}", why=why, command=resume_command(self.directory)
            )
        return [CannotWrite(why)]

    @property
    def is_cut_off(self) -> bool:
        """Whether the record lacks what was judged."""
        return "record" in self._failed

    def add(self, result: CaseResult, cards: Any = None) -> None:
        """Log one case: its line in the record comes last, and says that all of it is there."""
        self._attempt("view", partial(self._board.add, result, cards))
        self._attempt("record", partial(self.record.add, result))
        self.live.discard(result.case.name, result.dtype)  # now that the whole curves are there

    def conclude(self, result: RunResult) -> None:
        """Log the summary."""
        self._attempt("view", partial(self._board.conclude, result))

    def finish(self, interrupted: bool, exit_code: int) -> None:
        """End all files: finished only where every case that was judged is in it."""
        self._guarded("view", self._board.close)
        self.live.discard()
        state = CUT_OFF if interrupted or self.is_cut_off else FINISHED
        self._guarded("record", partial(self.record.finish, state, exit_code))

    def _attempt(self, part: str, write: Callable[[], object]) -> None:
        if part not in self._failed:
            self._guarded(part, write)

    def _guarded(self, part: str, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            self._failed.setdefault(part, error)  # the first one says why: others follow from it


def opened(begin: Callable[[], Record], logdir: Path) -> RunLogs:
    """The logs of a record that ``begin`` makes.   Raises CannotWrite where it cannot."""
    try:
        return RunLogs(begin())
    except OSError as error:
        cannot = CannotWrite.at(f"--logdir {logdir}", error)
        raise CannotWrite(
            message("{cannot}; give another one, or --no-tensorboard for none", cannot=str(cannot))
        ) from error


@contextmanager
def ending(logs: RunLogs | None) -> Iterator[None]:
    """Where a run ends by an exception, say so in its record, and release its lock."""
    try:
        yield
    except BaseException as error:  # Ctrl-C and sys.exit() end a run as well
        if logs is not None:
            with closing(logs.record):
                logs.finish(interrupted=True, exit_code=_code(error))
        raise


def _code(error: BaseException) -> int:

    if isinstance(error, (KeyboardInterrupt, BrokenPipeError)):
        return INTERRUPTED
    return USAGE if isinstance(error, (UsageError, CorruptData, CannotWrite)) else INTERNAL
