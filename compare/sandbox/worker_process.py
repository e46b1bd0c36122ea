"""One worker: starts it on a copy of the submission, asks it, and ends it whatever it does."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import tempfile
import time
import weakref
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import psutil

from compare.language.message import Message, message
from compare.sandbox.interface import Ending, Failed, Limits, clean
from compare.sandbox.launch import Process, copied, setting, started
from compare.sandbox.pipes import Pipes
from compare.sandbox.process_end import killed, removed, signal_of, weight
from compare.sandbox.received_lines import received
from compare.sandbox.submission_files import Source
from compare.sandbox.worker import wire_format
from compare.sandbox.worker.audit_hook import LOST
from compare.sandbox.worker.serve import CLOSED

LOOK = 0.05  # seconds between two looks at the worker's memory
LOOK_FURTHER = 0.25  # seconds between two looks at its children and files, which take longer
MOST_FILES = 20_000
BASELINE = 200 << 20  # resident bytes of Python and NumPy
BYTES_OF_REPORTS = 1 << 16
LONGEST_HEADER = 1 << 23
WROTE = message("it wrote into the sandbox's own channel")


def wrote_how(error: Exception) -> Message:
    """What was wrong with it is said in English alone: nobody writes there by mistake."""
    return message("it wrote into the sandbox's own channel: {how}", how=error)


class Reply:
    """What a worker sent: the header, the bytes of its arrays, and what was printed meanwhile."""

    def __init__(self, header: dict[str, Any], body: bytes, printed: str) -> None:
        self.header, self.body, self.printed = header, body, printed


class Worker:
    """A process with the submission in it. Every method raises Failed; then it is dead."""

    def __init__(self, source: Source, limits: Limits, layers: dict[str, bool]) -> None:
        self.limits = limits
        self.breaches: list[str] = []
        self.alive = True
        self._folder = Path(tempfile.mkdtemp(prefix="submission-")).resolve()
        try:
            self._process, self._pipes = started(copied(source, self._folder), self._folder)
        except BaseException:
            removed(self._folder)
            raise
        parts = (self._process, self._pipes, self._folder)
        # also where nobody closes it, and when the interpreter exits
        self._finish = weakref.finalize(self, _finished, *parts)
        self._first = setting(source, limits, layers, self._folder)
        self._drops_output, self.dropped_output = False, False

    @cached_property
    def _watched(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    def run(self, seconds: float) -> Reply:
        """Runs the submission; the reply is its inventory."""
        self._drops_output = True
        try:
            return self.ask(self._first, [], seconds, message("the import of the submission"))
        finally:
            self._drops_output = False

    def ask(self, request: dict[str, Any], blobs: list[bytes], seconds: float, what: str) -> Reply:
        """The answer to a request.   Raises Failed; ``what`` names it in the line."""
        # new for every request: an answer that was written in advance is none
        token = secrets.token_hex(8)
        try:
            self._pipes.exchange(0)
            # printed since the last answer, by a thread of it: of no call
            self._pipes.data["printed"].clear()
            self._check_reports(token)
            if self._pipes.data["results"]:
                self._fail(Ending.CRASHED, WROTE)
            self._pipes.send(wire_format.parts({**request, "token": token}, blobs))
            return self._received(token, time.monotonic(), seconds, what)
        except BaseException:  # also where we are interrupted: its answer would come later
            self.close()
            raise

    def _received(self, token: str, start: float, seconds: float, what: str) -> Reply:
        memory_checked = children_checked = start
        done = False
        while True:
            done = self._check_reports(token) or done
            self._check_output()
            reply = self._reply(token)
            if done and reply is not None:
                return reply
            if self._pipes.ended & {"results", "events"}:
                self._ended(what)
            now = time.monotonic()
            if now - start >= seconds:
                self._fail(
                    Ending.TIMED_OUT,
                    message("{what} took longer than {n:.3g} s", what=what, n=seconds),
                )
            if now - memory_checked >= LOOK:
                memory_checked = now
                self._check_memory()
            if now - children_checked >= LOOK_FURTHER:
                children_checked = now
                self._check_children()
                self._check_files()
            self._pipes.exchange(min(LOOK, start + seconds - now))

    def _check_reports(self, token: str) -> bool:
        """Whether the report that the request was answered is there.   Raises Failed on a breach.

        A report is written before the answer, so that it is here no later.
        """
        data = self._pipes.data["events"]
        done = False
        if not data:
            return done
        if len(data) > BYTES_OF_REPORTS:
            self._fail(Ending.CRASHED, WROTE)
        *lines, rest = bytes(data).split(b"\n")
        data[:] = rest
        for line in lines:
            if line == b'{"done":"%s"}' % token.encode():
                done = True
                continue
            report = _report(line)
            if "breach" in report:
                self._breach(received(report["breach"]), report.get("where"))
        return done

    def _breach(self, line: Message, where: Any = None) -> NoReturn:
        place = clean(self._place(where))
        whole = message("{line} ({place})", line=line, place=place) if place else line
        self.breaches.append(whole)
        self._fail(Ending.NOT_FROM_SCRATCH, whole, place)

    def _place(self, where: Any) -> str:
        match where:
            case [str(file), int(line)]:
                parts = Path(file).parts[len(self._folder.parts) + 2 :]
                return f"{'/'.join(parts)}:{line}"[:300]
        return ""

    def _check_output(self) -> None:
        printed, most = self._pipes.data["printed"], self.limits.output_bytes
        if len(printed) <= most:
            return
        # what a training prints at import is no fault of the functions beside it
        if self._drops_output:
            del printed[:-most]
            self.dropped_output = True
        else:
            self._fail(Ending.FLOODED, message("it printed more than {n} bytes", n=most))

    def _reply(self, token: str) -> Reply | None:
        data = self._pipes.data["results"]
        if len(data) < wire_format.LENGTHS.size:
            return None
        first, second = wire_format.LENGTHS.unpack_from(data)
        if first > LONGEST_HEADER or second >> 60:
            self._fail(Ending.CRASHED, WROTE)
        if second > self.limits.answer_bytes:
            most = self.limits.answer_bytes
            line = message("its answer has {n} bytes, more than {m}", n=second, m=most)
            self._fail(Ending.REFUSED, line)
        start = wire_format.LENGTHS.size
        end = start + first + second
        if len(data) < end:
            return None
        try:
            header = wire_format.header(bytes(data[start : start + first]))
        except wire_format.Broken as error:
            self._fail(Ending.CRASHED, wrote_how(error))
        if len(data) > end or header.get("token") != token:
            self._fail(Ending.CRASHED, WROTE)
        body = bytes(memoryview(data)[start + first : end])
        self._pipes.data["results"] = bytearray()
        return Reply(header, body, self._output())

    def _output(self) -> str:
        if self._pipes.data["printed"]:  # there may be more; the first of it came before the answer
            self._pipes.exchange(0)
        self._check_output()
        printed = bytes(self._pipes.data["printed"]).decode("utf-8", "replace")
        return clean(printed.replace("\r\n", "\n"))

    def _check_memory(self) -> None:
        try:
            # beside RLIMIT_AS, which macOS does not keep, and Windows does not have
            taken = self._watched.memory_info().rss
        except psutil.Error:
            return  # it ended: its pipes say so
        if taken > self.limits.memory_bytes + BASELINE:
            most = self.limits.memory_bytes >> 20
            line = message("it took more than {n} MiB of memory", n=most)
            self._fail(Ending.OUT_OF_MEMORY, line)

    def _check_children(self) -> None:
        try:
            children = self._watched.children()
        except psutil.Error:
            return
        if children:
            self._breach(message("it started a process"))

    def _check_files(self) -> None:
        count, size = weight(self._folder, MOST_FILES)
        if size > self.limits.disk_bytes or count > MOST_FILES:
            most = self.limits.disk_bytes >> 20
            self._fail(
                Ending.FLOODED,
                message(
                    "it wrote {n} files of {m} MiB: at most {files}, and {most} MiB",
                    n=count,
                    m=size >> 20,
                    files=MOST_FILES,
                    most=most,
                ),
            )

    def _ended(self, what: str) -> NoReturn:
        """The worker closed its pipes: by ending, mostly."""
        self._pipes.exchange(0)
        self._check_reports("")
        try:
            # it closed its pipes and lives on: a breach could go unreported from then on
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._breach(message("it closed the channel on which the sandbox reports"))
        if code == LOST:
            self._breach(
                message("it did what the sandbox reports after it had closed the channel for that")
            )
        if code == CLOSED:
            self._fail(Ending.CRASHED, message("it closed the sandbox's own channel"))
        if code == -getattr(signal, "SIGXCPU", 0) and code:
            self._fail(
                Ending.TIMED_OUT,
                message("{what} used up its seconds of the processor", what=what),
            )
        if code < 0 or code > 0xFF:  # on Windows the code of an exception is that large
            line = message("{what} crashed: {signal}", what=what, signal=signal_of(code))
            self._fail(Ending.CRASHED, line)
        last = self._output().strip().rpartition("\n")[2][:200]
        line = message("{what} ended the process with exit code {n}", what=what, n=code)
        if last:
            line = message(
                "{what} ended the process with exit code {n}; it last printed {printed}",
                what=what,
                n=code,
                printed=repr(last),
            )
        self._fail(Ending.EXITED, line)

    def _fail(self, ending: Ending, line: str, where: str = "") -> NoReturn:
        self.close()
        raise Failed(ending, line, clean(where))

    def look(self) -> None:
        """Takes note of what was reported since the last answer; raises nothing."""
        if self.alive:
            self._pipes.exchange(0)
            try:
                self._check_reports("")
            except Failed:
                pass  # it is among the breaches now

    def close(self) -> None:
        """Ends it and what it started, and removes its folder; so does forgetting it."""
        self.alive = False
        self._finish()


def _finished(process: Process, pipes: Pipes, folder: Path) -> None:
    killed(process)
    pipes.close()
    removed(folder)


def _report(line: bytes) -> dict[str, Any]:
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        breach = {"text": "it wrote into the channel on which the sandbox reports", "values": {}}
        return {"breach": breach}
    return report if isinstance(report, dict) else {}
