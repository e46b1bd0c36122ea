"""The cases of a suite, judged in a few processes; results come in order, and none stops another.

A process makes the suite's cases again from the table, since formulas are functions that cannot
be sent.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext, redirect_stdout, suppress
from dataclasses import fields, replace
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from compare.cases import datasets
from compare.core.outcome import PROCESS_DIED, Outcome
from compare.engine.result import CaseResult
from compare.engine.result_rows import ruling
from compare.engine.run_case import OnStep
from compare.engine.selection import options_again
from compare.engine.suite import Judged, Suite, judged
from compare.judge.verdict import Comparison, Verdict
from compare.language.choice import language, speak
from compare.language.message import message
from compare.system.deferred_interrupt import held_back
from compare.system.errors import UsageError
from compare.system.processes import process_context, take_environment
from compare.system.torch_settings import use_threads

READY, STEP, TOLD, DONE, RAISED = "ready", "step", "told", "done", "raised"
_PROGRESS = 0.1  # seconds between two reports of a training run's step
_LOOK = 0.1  # seconds after which a Ctrl-C is noticed

# What stays in the process: formulas cannot be sent, and what they say of a failure is, in words.
_LOCAL = {"case", "evidence", "watched"}


class Processes:
    """A few processes of a suite, started at once, without waiting for them."""

    def __init__(
        self, suite: Suite, number: int, on_step: OnStep | None, tell: Callable[[str], None]
    ) -> None:
        self.suite, self.on_step, self.tell = suite, on_step, tell
        # to tell cannot be sent: a process sends here what it has to tell
        self._sent = suite.telling(print)
        self._lanes = [_Lane(self._sent) for _ in range(number)]
        self._done: dict[int, tuple[Judged | Exception, str]] = {}  # and what was printed
        self._stopped = False

    @property
    def ready(self) -> bool:
        """Whether one of them waits for a case."""
        return bool(wait([lane.pipe for lane in self._lanes], 0))

    def judged(self, first: int) -> Iterator[Judged]:
        """The cases from there on, in order. Ctrl-C ends it, after all that is finished."""
        waiting = iter(range(first, len(self.suite.pairs)))
        at = first
        with held_back() as check_interrupt:
            while at < len(self.suite.pairs):
                try:
                    check_interrupt()
                except KeyboardInterrupt:
                    self._stop()
                    yield from self._finished()
                    raise
                self._receive(waiting)
                while at in self._done:
                    yield self._next(at)
                    at += 1

    def end(self) -> None:
        """End the processes, whatever they do."""
        for lane in self._lanes:
            lane.end()

    def _receive(self, waiting: Iterator[int]) -> None:
        for pipe in wait([lane.pipe for lane in self._lanes], _LOOK):
            lane = next(lane for lane in self._lanes if lane.pipe is pipe)
            try:
                self._take(lane, waiting)
            except (EOFError, OSError):
                self._bury(lane)

    def _take(self, lane: _Lane, waiting: Iterator[int]) -> None:
        kind, *content = lane.pipe.recv()
        lane.was_ready = True
        if kind == READY:
            k = next(waiting, None)
            if k is not None:
                lane.k = k
                lane.pipe.send(k)
        elif kind == STEP and self.on_step:
            self.on_step(*content)
        elif kind == TOLD:
            self.tell(*content)
        elif kind == DONE and lane.k is not None:
            sent, drawn, printed = content
            result = CaseResult(self.suite.pairs[lane.k][0], **sent)
            self._done[lane.k], lane.k = (Judged(result, drawn), printed), None
        elif kind == RAISED and lane.k is not None:
            error, printed = content
            self._done[lane.k], lane.k = (error, printed), None

    def _next(self, at: int) -> Judged:
        done, printed = self._done.pop(at)
        sys.stdout.write(printed)  # what a side printed comes where its case comes
        if isinstance(done, Judged):
            return done
        raise done

    def _finished(self) -> Iterator[Judged]:
        for at in sorted(self._done):
            if isinstance(self._done[at][0], Judged):
                yield self._next(at)

    def _bury(self, lane: _Lane) -> None:
        """What a process was at when it died is an error of that case; another takes its place."""
        self._lanes.remove(lane)
        lane.end()
        if self._stopped:
            return
        code = lane.process.exitcode
        if not lane.was_ready:
            raise UsageError(
                message(
                    "a process that judges cases did not start (exit code {code}): a script "
                    'needs if __name__ == "__main__": around what it does; or take -j 1, jobs=1',
                    code=code,
                )
            )
        if lane.k is not None:
            self._done[lane.k] = (Judged(_died(self.suite, lane.k, code)), "")
        self._lanes.append(_Lane(self._sent))

    def _stop(self) -> None:
        """Let training runs that have checkpoints end their step and write one; end the others."""
        self._stopped = True
        for lane in self._lanes:
            lane.stop(self._keeps(lane))
        while self._lanes:
            self._receive(iter(()))

    def _keeps(self, lane: _Lane) -> bool:
        if lane.k is None or self.suite.checkpoints is None:
            return False
        return self.suite.pairs[lane.k][0].training


class _Lane:
    """A process, the pipe to it, and the number of the case that it is at."""

    def __init__(self, suite: Suite) -> None:
        context = process_context()
        self.pipe, theirs = context.Pipe()
        # no daemon: that may have no processes of its own, and a side may want some
        arguments = (theirs, suite, language(), dict(os.environ))
        self.process: BaseProcess = context.Process(target=_work, args=arguments)
        self.process.start()
        theirs.close()
        self.k: int | None = None
        self.was_ready = False

    def stop(self, keeps: bool) -> None:
        """Ask it to end with the step that it is at; or end it now."""
        if not keeps:
            self.process.terminate()
            return
        with suppress(OSError):  # it has just died, which its pipe says as well
            self.pipe.send(None)

    def end(self) -> None:
        """End it, whatever it does."""
        self.pipe.close()
        # it ends by itself where it waits for a case; else nobody wants what it is at
        self.process.join(0.0 if self.k is not None else 1.0)
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()


def _died(suite: Suite, k: int, code: int | None) -> CaseResult:
    case, dtype = suite.pairs[k]
    why = message(
        "the process that judged it ended with exit code {code}: was it killed, or out of memory?",
        code=str(code),
    )
    if code and code < 0:
        why = message(
            "the process that judged it was ended by signal {number}: was it killed, or out of "
            "memory?",
            number=-code,
        )
    verdict = Verdict((Comparison(PROCESS_DIED, Outcome.ERROR, why),))
    options = options_again(case, suite.folder, suite.force_every)
    return CaseResult(case, case.id(dtype), dtype, suite.seed, verdict, options=options)


def _work(pipe: Any, suite: Suite, lang: str, environment: dict[str, str]) -> None:
    """What a process does: one case after the other, until the pipe ends or says so."""
    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to answer
    speak(lang)  # cards are drawn here
    use_threads(suite.threads)
    steps = _Steps(pipe)
    suite = suite.telling(partial(_tell, pipe))
    # nobody is there to read what is sent, or to send more; or the run is interrupted
    with (
        closing(suite.beside) if suite.beside else nullcontext(),
        suppress(EOFError, OSError, KeyboardInterrupt),
        datasets.data_dir(suite.folder),
    ):
        while True:
            pipe.send((READY,))
            k = pipe.recv()
            if k is None:
                return
            printed = io.StringIO()
            with redirect_stdout(printed):
                sent = _sent(suite, k, steps)
            pipe.send((*sent, printed.getvalue()))


def _sent(suite: Suite, k: int, on_step: OnStep) -> tuple[Any, ...]:
    try:
        done = judged(suite, k, on_step)
        result = plain(done.result)
    except Exception as error:
        return RAISED, _sendable(error)
    return DONE, result, done.drawn


def plain(result: CaseResult) -> dict[str, Any]:
    """What ``CaseResult(case, **plain)`` needs elsewhere, and can be sent there."""
    ruled = replace(result, ruled=ruling(result))
    return {f.name: getattr(ruled, f.name) for f in fields(ruled) if f.name not in _LOCAL}


def _sendable(error: Exception) -> Exception:
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # an exception of any class, whose constructor may take anything
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a process that judged cases:\n{where}")  # a traceback is not sent
    return error


def _tell(pipe: Any, line: str) -> None:
    pipe.send((TOLD, line))


class _Steps:
    """Sends on how far a training run is, and ends it where the run is interrupted."""

    def __init__(self, pipe: Any) -> None:
        self._pipe, self._due = pipe, 0.0

    def __call__(self, name: str, step: int, steps: int) -> None:
        if self._pipe.poll() and self._pipe.recv() is None:
            raise KeyboardInterrupt
        if time.monotonic() >= self._due:
            self._pipe.send((STEP, name, step, steps))
            self._due = time.monotonic() + _PROGRESS
