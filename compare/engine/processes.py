"""The cases of a suite, judged in a few processes; results come in order, and none stops another.

A process makes the suite's cases again from the table, since formulas are functions that cannot
be sent.
"""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import fields, replace
from functools import partial
from multiprocessing.util import Finalize
from typing import Any

from compare.cases import datasets
from compare.core.case import Case
from compare.core.outcome import PROCESS_DIED, Outcome
from compare.engine.result import CaseResult
from compare.engine.result_rows import ruling
from compare.engine.run_case import OnStep
from compare.engine.selection import options_again
from compare.engine.suite import Judged, Suite, judged
from compare.judge.verdict import Comparison, Verdict
from compare.language.choice import language, speak
from compare.language.message import Message
from compare.system.deferred_interrupt import held_back
from compare.system.torch_settings import use_threads
from compare.system.worker_processes import Ended, Line, WorkerProcesses

STEP, LINE = "step", "line"
_PROGRESS = 0.1  # seconds between two reports of a training run's step
_FEW = 16  # cases, of which the first may be waited for until all have begun

# What stays in the process: formulas cannot be sent, and what they say of a failure is, in words.
_LOCAL = {"case", "evidence", "watched"}
Sent = tuple[dict[str, Any], Any, str]  # a result, what was drawn of it, and what was printed


class Processes:
    """A few processes of a suite, started at once, without waiting for them."""

    def __init__(
        self, suite: Suite, number: int, on_step: OnStep | None, tell: Callable[[str], None]
    ) -> None:
        self.suite, self.on_step, self.tell = suite, on_step, tell
        # to tell cannot be sent: a process sends here what it has to tell
        begin = partial(_begin, suite.telling(print), language())
        drawn = [suite.drawn.__module__] if suite.drawn else []
        self._workers = WorkerProcesses[int, Sent](
            begin, number, heard=self._heard, preloaded=drawn
        )
        self._done: dict[int, Ended[Sent]] = {}

    @property
    def ready(self) -> bool:
        """Whether one of them waits for a case."""
        return self._workers.ready

    def judged(self, first: int) -> Iterator[Judged]:
        """The cases from there on, in order. Ctrl-C ends it, after all that is finished."""
        at = first
        with held_back() as check_interrupt:
            numbers = _long_ones_first(self.suite, first)
            try:
                for k, ended in self._workers.results(numbers, check_interrupt):
                    self._done[k] = ended
                    while at in self._done:
                        yield self._next(at)
                        at += 1
            except KeyboardInterrupt:
                self._workers.stop(self._keeps)
                self._done.update(self._workers.results(iter(())))
                finished = (k for k in sorted(self._done) if self._done[k].error is None)
                yield from map(self._next, list(finished))
                raise

    def end(self) -> None:
        """End the processes, whatever they do."""
        self._workers.end()

    def _heard(self, kind: str, *content: Any) -> None:
        if kind == LINE:
            self.tell(*content)
        elif self.on_step:
            self.on_step(*content)

    def _next(self, at: int) -> Judged:
        ended = self._done.pop(at)
        if ended.error is not None:
            raise ended.error
        sent = ended.died or ended.value
        assert sent is not None
        return restored(self.suite, at, sent)

    def _keeps(self, k: int) -> bool:
        """Whether a training run ends its step, and writes a checkpoint."""
        return self.suite.checkpoints is not None and self.suite.pairs[k][0].training


def _long_ones_first(suite: Suite, first: int) -> Iterator[int]:
    """The cases from there on in order, but of every few the longest first: none ends alone."""
    for begin in range(first, len(suite.pairs), _FEW):
        few = range(begin, min(begin + _FEW, len(suite.pairs)))
        yield from sorted(few, key=lambda k: _length(suite.pairs[k][0]), reverse=True)


def _length(case: Case) -> int:
    return math.prod(case.sizes.values()) if case.training else 0


def restored(suite: Suite, k: int, sent: Sent | Message) -> Judged:
    """The k-th case, as another process sent it; or why its process died."""
    case, dtype = suite.pairs[k]
    if not isinstance(sent, Message):
        result, drawn, printed = sent
        sys.stdout.write(printed)  # what a side printed comes where its case comes
        return Judged(CaseResult(case, **result), drawn)
    verdict = Verdict((Comparison(PROCESS_DIED, Outcome.ERROR, sent),))
    options = options_again(case, suite.folder, suite.force_every)
    return Judged(CaseResult(case, case.id(dtype), dtype, suite.seed, verdict, options=options))


def _begin(suite: Suite, lang: str, line: Line) -> Callable[[int], Sent]:
    speak(lang)  # cards are drawn here
    use_threads(suite.threads)
    if suite.beside:  # with this process its sandbox ends
        Finalize(None, suite.beside.close, exitpriority=0)
    return partial(judged_here, suite.telling(partial(line.tell, LINE)), _Steps(line))


def judged_here(suite: Suite, steps: OnStep, k: int) -> Sent:
    """The k-th case, judged in this process for another one."""
    printed = io.StringIO()
    with redirect_stdout(printed), datasets.data_dir(suite.folder):
        done = judged(suite, k, steps)
        result = plain(done.result)
    return result, done.drawn, printed.getvalue()


def plain(result: CaseResult) -> dict[str, Any]:
    """What ``CaseResult(case, **plain)`` needs elsewhere, and can be sent there."""
    ruled = replace(result, ruled=ruling(result))
    return {f.name: getattr(ruled, f.name) for f in fields(ruled) if f.name not in _LOCAL}


class _Steps:
    """Sends on how far a training run is, and ends it where the run is interrupted."""

    def __init__(self, line: Line) -> None:
        self._line, self._due = line, 0.0

    def __call__(self, name: str, step: int, steps: int) -> None:
        if self._line.is_over():
            raise KeyboardInterrupt
        if time.monotonic() >= self._due:
            self._line.tell(STEP, name, step, steps)
            self._due = time.monotonic() + _PROGRESS
