"""Processes of this machine that do one job after another; what one dies of costs one job alone."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from compare.language.message import Message, message
from compare.system.errors import UsageError
from compare.system.processes import process_context, take_environment

Key = TypeVar("Key")
Result = TypeVar("Result")
Job = Callable[[Key], Result]

READY, TOLD, DONE, RAISED = "ready", "told", "done", "raised"
_LOOK = 0.1  # seconds after which a Ctrl-C is noticed


class Line:
    """From a job to who asked for it."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    def tell(self, *content: Any) -> None:
        """Say something before the job is done."""
        self._pipe.send((TOLD, *content))

    def is_over(self) -> bool:
        """Whether the job was asked to end."""
        return bool(self._pipe.poll() and self._pipe.recv() is None)


@dataclass(frozen=True)
class Ended(Generic[Result]):
    """How a job ended: by what it gave, or what it raised; ``died``: why there is neither."""

    value: Result | None = None
    error: Exception | None = None
    died: Message | None = None


class WorkerProcesses(Generic[Key, Result]):
    """So many processes, started at once, without waiting for them.

    ``begin`` makes the job, in each process; it is sent there, and so are keys and results · a job
    is begun ``tries`` times at most · ``heard`` is given what jobs tell · ``preloaded``: modules
    that all of them need, imported once where processes are forked.
    """

    def __init__(
        self,
        begin: Callable[[Line], Job[Key, Result]],
        number: int,
        tries: int = 1,
        heard: Callable[..., None] = lambda *content: None,
        preloaded: Sequence[str] = (),
    ) -> None:
        self._begin, self._tries, self._heard = begin, tries, heard
        self._lanes: list[_Lane[Key]] = []
        # beside whoever asked: what they are forked from imports for seconds before it answers
        context = process_context(preloaded)
        self._starting = ThreadPoolExecutor(1)
        self._started = self._starting.submit(
            lambda: self._lanes.extend(_Lane(begin, context) for _ in range(number))
        )
        self._again: list[_Task[Key]] = []
        self._stopped = False

    @property
    def ready(self) -> bool:
        """Whether one of them waits for a job."""
        return self._started.done() and bool(wait([lane.pipe for lane in self._lanes], 0))

    def results(
        self, keys: Iterator[Key], look: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Key, Ended[Result]]]:
        """Each key with how its job ended, as they come; ``look`` is called ten times a second.

        Keys are taken one by one, each for a process that waits for it.
        """
        self._started.result()
        tasks = (_Task(key) for key in keys)
        left = True
        while self._lanes and (left or self._again or any(lane.task for lane in self._lanes)):
            look()
            for pipe in wait([lane.pipe for lane in self._lanes], _LOOK):
                lane = next(lane for lane in self._lanes if lane.pipe is pipe)
                try:
                    kind, *content = lane.pipe.recv()
                except (EOFError, OSError):
                    yield from self._bury(lane)
                    continue
                if kind == READY:
                    left = self._give(lane, tasks) and left
                elif kind == TOLD:
                    self._heard(*content)
                else:
                    (came,) = content
                    yield lane.freed().key, Ended(came) if kind == DONE else Ended(error=came)

    def stop(self, ends_by_itself: Callable[[Key], bool]) -> None:
        """Take no more keys; let these jobs end as they see fit, and end the others now."""
        self._stopped = True
        self._starting.shutdown()
        for lane in self._lanes:
            lane.stop(lane.task is not None and ends_by_itself(lane.task.key))

    def end(self) -> None:
        """End the processes, whatever they do."""
        self._starting.shutdown()
        for lane in self._lanes:
            lane.end()

    def _give(self, lane: _Lane[Key], tasks: Iterator[_Task[Key]]) -> bool:
        """The next job for one that waits; whether there was any."""
        lane.was_ready = True
        task = None if self._stopped else self._again.pop() if self._again else next(tasks, None)
        if task is not None:
            lane.take(task)
        return task is not None

    def _bury(self, lane: _Lane[Key]) -> Iterator[tuple[Key, Ended[Result]]]:
        """Another takes the place of one that died; its job is begun anew, or given up."""
        self._lanes.remove(lane)
        lane.end()
        if self._stopped:
            return
        code = lane.process.exitcode
        if not lane.was_ready:
            raise UsageError(
                message(
                    "a process that works beside this one did not start (exit code {code}): a "
                    'script needs if __name__ == "__main__": around what it does; or take -j 1, '
                    "jobs=1",
                    code=code,
                )
            )
        self._lanes.append(_Lane(self._begin, process_context()))
        if lane.task is None:
            return
        task = lane.freed()
        if task.begun < self._tries:
            self._again.append(task)
        else:
            yield task.key, Ended(died=_why(code))


@dataclass
class _Task(Generic[Key]):
    key: Key
    begun: int = 0


class _Lane(Generic[Key]):
    """A process, the pipe to it, and what it is at."""

    def __init__(self, begin: Callable[[Line], Job[Key, Any]], context: Any) -> None:
        self.pipe, theirs = context.Pipe()
        # no daemon: that may have no processes of its own, and a job may want some
        arguments = (theirs, begin, dict(os.environ))
        self.process: BaseProcess = context.Process(target=_work, args=arguments)
        self.process.start()
        theirs.close()
        self.task: _Task[Key] | None = None
        self.was_ready = False

    def take(self, task: _Task[Key]) -> None:
        self.task = task
        task.begun += 1
        with suppress(OSError):  # it has just died, which its pipe says as well
            self.pipe.send((task.key,))

    def freed(self) -> _Task[Key]:
        """What it was at, which it is no more."""
        assert self.task is not None
        task, self.task = self.task, None
        return task

    def stop(self, by_itself: bool) -> None:
        if not by_itself:
            self.process.terminate()
            return
        with suppress(OSError):
            self.pipe.send(None)

    def end(self) -> None:
        self.pipe.close()
        # it ends by itself where it waits for a job; else nobody wants what it is at
        self.process.join(0.0 if self.task else 1.0)
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()


def _why(code: int | None) -> Message:
    if code and code < 0:
        return message(
            "the process that judged it was ended by signal {number}: was it killed, or out of "
            "memory?",
            number=-code,
        )
    return message(
        "the process that judged it ended with exit code {code}: was it killed, or out of memory?",
        code=str(code),
    )


def _work(pipe: Any, begin: Callable[[Line], Job[Any, Any]], environment: dict[str, str]) -> None:
    """What a process does: one job after the other, until the pipe ends or says so."""
    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to answer
    job = begin(Line(pipe))
    # nobody is there to read what is sent, or to send more; or the job was asked to end
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            pipe.send((READY,))
            task = pipe.recv()
            if task is None:
                return
            pipe.send_bytes(_answer(job, task[0]))


def _answer(job: Job[Any, Any], key: Any) -> bytes:
    """What the other end of the pipe receives."""
    try:
        return pickle.dumps((DONE, job(key)))
    except Exception as error:
        return pickle.dumps((RAISED, _sendable(error)))


def _sendable(error: Exception) -> Exception:
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # an exception of any class, whose constructor may take anything
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a process of its own:\n{where}")  # a traceback is not sent
    return error
