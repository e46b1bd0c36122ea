"""A program in several processes, its ranks, which go on together, a step at a time.

A rank that dies takes the others along, and nobody waits for it: what they wait for among
themselves ends with them.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import wait
from typing import Any

from compare.language.message import message
from compare.system.errors import line_of
from compare.system.processes import process_context, start, take_environment
from compare.system.torch_settings import use_threads

# (rank, ranks, *arguments) -> yields once when it is ready, which is step 0, and what comes of each
# step; a function of a module
RankProgram = Callable[..., Iterator[Any]]

PATIENCE = 60.0  # seconds for a step: some thousand times what one takes
BEGINNING = 5  # times as long for the first: elsewhere than on Linux each rank imports torch
GRACE = 5.0  # for the others to say what they have seen of a failure
_STEP, _RAISED, _ENDED, _DIED = "step", "raised", "ended", "died"


class RankDied(Exception):
    """A process ended that nobody asked to end, or gives no answer."""


class RankRaised(Exception):
    """What a program raised in one of its ranks; ``step`` is 0 before it was ready."""

    def __init__(self, text: str, step: int) -> None:
        super().__init__(text)
        self.step = step


def in_ranks(program: RankProgram, ranks: int, *arguments: Any) -> Generator[list[Any], None, None]:
    """What comes of each step, of every rank, in processes that this generator ends.

    What is sent to them and back has to be pickled. Raises RankDied, RankRaised.
    """
    processes: list[_Rank] = []
    try:
        for rank in range(ranks):
            processes.append(_started(program, rank, ranks, arguments))
        for step in count():
            answers = _answers(processes, step)
            if any(answer.kind == _ENDED for answer in answers):
                return
            if step:
                yield [answer.content for answer in answers]
    finally:
        for process in processes:
            process.end()


@dataclass(frozen=True)
class _Answer:
    kind: str
    content: Any = None
    at: float = 0.0  # when it was raised, by a clock that the processes share


class _Rank:
    """One of the processes, and the pipe to it."""

    def __init__(
        self, program: RankProgram, rank: int, ranks: int, arguments: Sequence[Any]
    ) -> None:
        context = process_context()
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=_work,
            args=(theirs, dict(os.environ), program, rank, ranks, arguments),
            name=f"rank {rank} of {ranks}",
            daemon=True,  # it ends with this process, also where nobody ends the generator
        )
        start(self.process)
        theirs.close()  # or its end would not be seen

    def go_on(self) -> None:
        """Have it make its next step."""
        with suppress(OSError):  # it has just died, which its pipe says as well
            self.pipe.send(None)

    def answer(self) -> _Answer:
        """What it says, or that it died."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return _Answer(_DIED)

    def exit_code(self) -> int | None:
        """How it ended; None where that does not come to be known."""
        self.process.join(GRACE)
        return self.process.exitcode

    def end(self) -> None:
        """End it, whatever it does."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _started(program: RankProgram, rank: int, ranks: int, arguments: Sequence[Any]) -> _Rank:
    try:
        return _Rank(program, rank, ranks, arguments)
    except OSError as error:  # no process more, or no file
        raise RankRaised(line_of(error), 0) from error


def _answers(processes: Sequence[_Rank], step: int) -> list[_Answer]:
    """One answer a rank.   Raises RankDied, RankRaised, once all have said what they saw."""
    for process in processes:
        process.go_on()
    answers: dict[int, _Answer] = {}
    patience = PATIENCE if step else BEGINNING * PATIENCE
    due = time.monotonic() + patience
    while len(answers) < len(processes):
        waiting: dict[Any, int] = {p.pipe: r for r, p in enumerate(processes) if r not in answers}
        ready = wait(list(waiting), max(0.0, due - time.monotonic()))
        if not ready:
            break
        for rank in (waiting[pipe] for pipe in ready):
            answers[rank] = processes[rank].answer()
        if any(answer.kind in (_DIED, _RAISED) for answer in answers.values()):
            due = min(due, time.monotonic() + GRACE)
    _check(processes, answers, step, patience)
    return [answers[rank] for rank in range(len(processes))]


def _check(
    processes: Sequence[_Rank], answers: dict[int, _Answer], step: int, patience: float
) -> None:
    """Raise what went wrong first: that a rank lost another follows from that one's death."""
    ranks = len(processes)
    for rank, answer in answers.items():  # in the order in which they came
        if answer.kind == _DIED:
            raise RankDied(_ended(rank, ranks, step, processes[rank].exit_code()))
    raised = {r: answer for r, answer in answers.items() if answer.kind == _RAISED}
    if raised:
        rank, first = min(raised.items(), key=lambda item: item[1].at)
        raise RankRaised(f"{first.content} [rank {rank} of {ranks}, step {step}]", step)
    silent = [str(rank) for rank in range(ranks) if rank not in answers]
    if silent:
        raise RankDied(
            message(
                "no answer in step {step} from rank {silent} of {ranks} within {seconds:g} s: is "
                "the machine too busy, or a process stopped? What was compared before that "
                "stands; run it again",
                step=step,
                silent=", ".join(silent),
                ranks=ranks,
                seconds=patience,
            )
        )


def _ended(rank: int, ranks: int, step: int, code: int | None) -> str:
    how = message("ended with exit code {code}", code=str(code))
    if code is not None and code < 0:
        how = message("was ended by signal {number}", number=-code)
    return message(
        "rank {rank} of {ranks} {how} in step {step}: was it killed, or out of memory? What was "
        "compared before that stands; run it again",
        rank=rank,
        ranks=ranks,
        how=how,
        step=step,
    )


def _work(
    pipe: Any,
    environment: dict[str, str],
    program: RankProgram,
    rank: int,
    ranks: int,
    arguments: Sequence[Any],
) -> None:
    """What a process does: a step each time that it is asked for one."""
    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to answer
    use_threads(1)
    steps = program(rank, ranks, *arguments)
    # who asked is gone, and with it the pipe
    with suppress(EOFError, OSError):
        while True:
            pipe.recv()
            answer = _next(steps)
            pipe.send(answer)
            if answer.kind != _STEP:
                return


def _next(steps: Iterator[Any]) -> _Answer:
    try:
        return _Answer(_STEP, next(steps))
    except StopIteration:
        return _Answer(_ENDED)
    except Exception as error:  # whatever a program does
        return _Answer(_RAISED, line_of(error), time.monotonic())
