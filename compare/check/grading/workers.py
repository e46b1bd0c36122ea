"""A class's submissions, judged one by one in a few processes; none can stop the others."""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from compare.check.check_submission import check_file
from compare.check.grading.handed_in import Handed, Settings, Submission
from compare.check.result import CheckResult
from compare.check.trial import Expectations
from compare.language.message import mapped, message
from compare.sandbox.interface import Unreadable, clean
from compare.system.processes import process_context, take_environment
from compare.system.torch_settings import use_threads

KINDS = (".py", ".ipynb")
NOT_JUDGED = message("it could not be judged")


def submissions_in(folder: Path, ours: Collection[Path] = ()) -> tuple[list[Submission], list[str]]:
    """Every file, notebook and folder in it, by name, but ``ours``; and what is none.

    Raises OSError.
    """
    submissions, ignored = [], []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        # realpath: links that lead to each other have an end for it
        if entry.name.startswith((".", "__pycache__")) or Path(os.path.realpath(entry)) in ours:
            continue
        if entry.is_symlink() or not (entry.is_dir() or entry.suffix in KINDS):
            ignored.append(shown_name(entry))
        else:
            submissions.append(Submission(shown_name(entry), _inside(entry)))
    return submissions, ignored


def shown_name(path: Path) -> str:
    """A file's name without what a terminal or a page could not show."""
    return clean(os.fsencode(path.name).decode("utf-8", "backslashreplace"))


def _inside(entry: Path, depth: int = 3) -> Path:
    """The folder with the code, or the only notebook: downloads wrap them in folders."""
    if not entry.is_dir() or not depth:
        return entry
    inner = [e for e in sorted(entry.iterdir()) if not e.name.startswith((".", "__"))]
    if any(e.suffix == ".py" for e in inner):
        return entry
    notebooks = [e for e in inner if e.suffix == ".ipynb" and not e.is_symlink()]
    if len(notebooks) == 1:
        return notebooks[0]
    folders = [e for e in inner if e.is_dir() and not e.is_symlink()]
    return _inside(folders[0], depth - 1) if len(folders) == 1 else entry


def judged(submissions: Sequence[Submission], settings: Settings, jobs: int) -> Iterator[Handed]:
    """What came of each, as it is done; one whose process dies is tried again once."""
    waiting, died = list(reversed(submissions)), set[str]()
    lanes = [_Lane.started(settings) for _ in range(min(jobs, len(waiting)))]
    try:
        busy = [lane for lane in lanes if lane.take(waiting)]
        while busy:
            ready = wait([lane.pipe for lane in busy])
            lane = next(lane for lane in busy if lane.pipe in ready)
            busy.remove(lane)
            done = lane.done()
            if done.ours:  # whatever went wrong in it, the next one starts afresh
                lane.end()
                lane = _Lane.started(settings)
                lanes.append(lane)
            again = done.died and done.submission.name not in died
            if again:
                died.add(done.submission.name)
                waiting.append(done.submission)
            if lane.take(waiting):
                busy.append(lane)
            if not again:
                yield done
    finally:
        for lane in lanes:
            lane.end()


@dataclass
class _Lane:
    """A process that judges one submission after another, and the pipe to it."""

    process: BaseProcess
    pipe: Any  # a Connection, whose type differs between systems
    submission: Submission | None = None

    @classmethod
    def started(cls, settings: Settings) -> _Lane:
        context = process_context()
        ours, theirs = context.Pipe()
        arguments = (theirs, settings, dict(os.environ))
        process = context.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def take(self, waiting: list[Submission]) -> bool:
        """Begin the next one, if there is any."""
        if not waiting:
            return False
        self.submission = waiting.pop()
        try:
            self.pipe.send(self.submission)
        except OSError:
            pass  # it is dead: what ``done`` reads says so
        return True

    def done(self) -> Handed:
        assert self.submission is not None
        try:
            handed: Handed = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            why = message("the process that judged it ended with {code}", code=str(code))
            nothing = CheckResult(self.submission.name, broken=NOT_JUDGED)
            return Handed(self.submission, nothing, ours=why, died=True)
        return handed

    def end(self) -> None:
        self.pipe.close()
        self.process.join(1.0)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join()


def _work(pipe: Any, settings: Settings, environment: dict[str, str]) -> None:
    """What a process does: it evaluates every formula once for all of the submissions."""
    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself answers to Ctrl-C
    use_threads(1)
    expectations = Expectations(settings.seed)
    while True:
        try:
            submission = pipe.recv()
            pipe.send(handed(submission, settings, expectations))
        except (EOFError, OSError):
            return  # nobody asks, or nobody waits for the answer, any more


def handed(submission: Submission, settings: Settings, expectations: Expectations) -> Handed:
    """What came of one submission.   Never raises."""
    name = submission.name
    try:
        result = check_file(submission.path, {}, settings.seed, settings.limits, (), expectations)
        return Handed(submission, replace(result, name=name))
    except Unreadable as error:
        path = str(submission.path.resolve())
        why = mapped(str(error), lambda text: clean(text).replace(path, name))
        return Handed(submission, CheckResult(name, broken=why), unreadable=True)
    except Exception as error:  # of ours: the others have to be judged all the same
        why = f"{type(error).__name__}: {error}"
        return Handed(submission, CheckResult(name, broken=NOT_JUDGED), ours=why)
