"""One worker: starts it on a copy of the submission, asks it, and ends it whatever it does."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import psutil

from compare.sandbox import ground
from compare.sandbox.box import Ending, Failed, Limits
from compare.sandbox.pipes import Pipes
from compare.sandbox.source import Source
from compare.sandbox.worker import frames
from compare.sandbox.worker.hook import LOST
from compare.sandbox.worker.serve import CLOSED

START = Path(__file__).parent / "worker" / "start.py"
# Under a name that is no path, so that a traceback printed by the submission reads no file of ours.
RUN = "import sys; exec(compile(open(sys.argv[1], encoding='utf-8').read(), '<sandbox>', 'exec'))"
LOOK = 0.05  # seconds between two looks at the worker's memory
LOOK_FURTHER = 0.25  # seconds between two looks at its children and files, which take longer
MOST_FILES = 20_000
BASELINE = 200 << 20  # resident bytes of Python and NumPy
BYTES_OF_REPORTS = 1 << 16
LONGEST_HEADER = 1 << 23
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 28)}  # faster large arrays
THREADS = ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")


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
            self._process, self._pipes = _started(_copied(source, self._folder), self._folder)
        except BaseException:
            _removed(self._folder)
            raise
        self._watched = psutil.Process(self._process.pid)
        self._first = _setting(source, limits, layers, self._folder)

    def run(self, seconds: float) -> Reply:
        """Runs the submission; the reply is its inventory."""
        return self.ask(self._first, [], seconds, "the import of the submission")

    def ask(self, request: dict[str, Any], blobs: list[bytes], seconds: float, what: str) -> Reply:
        """The answer to a request.   Raises Failed; ``what`` names it in the line."""
        token = secrets.token_hex(8)
        self._pipes.exchange(0)
        self._pipes.data["printed"].clear()
        self._check_reports(token)
        if self._pipes.data["results"]:
            self._fail(Ending.CRASHED, "it wrote into the sandbox's own channel")
        self._pipes.send(frames.parts({**request, "token": token}, blobs))
        return self._received(token, time.monotonic(), seconds, what)

    def _received(self, token: str, start: float, seconds: float, what: str) -> Reply:
        looked = children = start
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
                self._fail(Ending.TIMED_OUT, f"{what} took longer than {seconds:.3g} s")
            if now - looked >= LOOK:
                looked = now
                self._check_memory()
            if now - children >= LOOK_FURTHER:
                children = now
                self._check_children()
                self._check_files()
            self._pipes.exchange(min(LOOK, start + seconds - now))

    def _check_reports(self, token: str) -> bool:
        """Whether the report that the request was answered is there.   Raises Failed on a breach.

        A report is written before the answer, so that it is here no later.
        """
        data = self._pipes.data["events"]
        done = False
        if len(data) > BYTES_OF_REPORTS:
            self._fail(Ending.CRASHED, "it wrote into the sandbox's own channel")
        *lines, rest = bytes(data).split(b"\n")
        data[:] = rest
        for line in lines:
            report = _report(line)
            if "breach" in report:
                self._breach(str(report["breach"])[:600], report.get("where"))
            done = done or report.get("done") == token
        return done

    def _breach(self, line: str, where: Any = None) -> NoReturn:
        place = self._place(where)
        whole = clean(f"it {line}" + (f" ({place})" if place else ""))
        self.breaches.append(whole)
        self._fail(Ending.NOT_FROM_SCRATCH, whole, place)

    def _place(self, where: Any) -> str:
        match where:
            case [str(file), int(line)]:
                parts = Path(file).parts[len(self._folder.parts) + 2 :]
                return f"{'/'.join(parts)}:{line}"[:300]
        return ""

    def _check_output(self) -> None:
        if len(self._pipes.data["printed"]) > self.limits.output_bytes:
            most = self.limits.output_bytes
            self._fail(Ending.FLOODED, f"it printed more than {most} bytes")

    def _reply(self, token: str) -> Reply | None:
        data = self._pipes.data["results"]
        if len(data) < frames.LENGTHS.size:
            return None
        first, second = frames.LENGTHS.unpack_from(data)
        if first > LONGEST_HEADER or second >> 60:
            self._fail(Ending.CRASHED, "it wrote into the sandbox's own channel")
        if second > self.limits.answer_bytes:
            most = self.limits.answer_bytes
            self._fail(Ending.REFUSED, f"its answer has {second} bytes, more than {most}")
        start = frames.LENGTHS.size
        end = start + first + second
        if len(data) < end:
            return None
        try:
            header = frames.header(bytes(data[start : start + first]))
        except frames.Broken as error:
            self._fail(Ending.CRASHED, f"it wrote into the sandbox's own channel: {error}")
        if len(data) > end or header.get("token") != token:
            self._fail(Ending.CRASHED, "it wrote into the sandbox's own channel")
        body = bytes(memoryview(data)[start + first : end])
        self._pipes.data["results"] = bytearray()
        return Reply(header, body, self._output())

    def _output(self) -> str:
        self._pipes.exchange(0)
        self._check_output()
        printed = bytes(self._pipes.data["printed"]).decode("utf-8", "replace")
        return clean(printed.replace("\r\n", "\n"))

    def _check_memory(self) -> None:
        try:
            taken = self._watched.memory_info().rss
        except psutil.Error:
            return  # it ended: its pipes say so
        if taken > self.limits.memory_bytes + BASELINE:
            most = self.limits.memory_bytes >> 20
            self._fail(Ending.OUT_OF_MEMORY, f"it took more than {most} MiB of memory")

    def _check_children(self) -> None:
        try:
            children = self._watched.children()
        except psutil.Error:
            return
        if children:
            self._breach("started a process")

    def _check_files(self) -> None:
        count, size = _weight(self._folder)
        if size > self.limits.disk_bytes or count > MOST_FILES:
            line = f"it wrote {count} files of {size >> 20} MiB: at most {MOST_FILES}, and"
            self._fail(Ending.FLOODED, f"{line} {self.limits.disk_bytes >> 20} MiB")

    def _ended(self, what: str) -> NoReturn:
        """The worker closed its pipes: by ending, mostly."""
        self._pipes.exchange(0)
        self._check_reports("")
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._breach("closed the channel on which the sandbox reports")
        if code == LOST:
            self._breach("did what the sandbox reports after it had closed the channel for that")
        if code == CLOSED:
            self._fail(Ending.CRASHED, "it closed the sandbox's own channel")
        if code == -getattr(signal, "SIGXCPU", 0) and code:
            self._fail(Ending.TIMED_OUT, f"{what} used up its seconds of the processor")
        if code < 0 or code > 0xFF:  # on Windows the code of an exception is that large
            self._fail(Ending.CRASHED, f"{what} crashed: {_signal(code)}")
        last = self._output().strip().rpartition("\n")[2][:200]
        said = f"; it last printed {last!r}" if last else ""
        self._fail(Ending.EXITED, f"{what} ended the process with exit code {code}{said}")

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
        """Ends it and what it started, and removes its folder."""
        if not self.alive:
            return
        self.alive = False
        _killed(self._process, self._watched)
        self._pipes.close()
        _removed(self._folder)


def _weight(folder: Path) -> tuple[int, int]:
    """How many files are in a folder, and the bytes that they take; it may be changing."""
    count = size = 0
    waiting = [str(folder)]
    while waiting and count <= MOST_FILES:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            count += 1
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            size += getattr(found, "st_blocks", -(-found.st_size // 512)) * 512
            if stat.S_ISDIR(found.st_mode):
                waiting.append(entry.path)
    return count, size


def clean(text: str) -> str:
    """The text with its control characters spelled out: it is shown on somebody's terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _report(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {"breach": "wrote into the channel on which the sandbox reports"}
    return found if isinstance(found, dict) else {}


def _signal(code: int) -> str:
    if code > 0:
        return f"exception 0x{code:08x}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    described = (signal.strsignal(-code) or "").lower()
    return f"{name} ({described})" if described else name


def _copied(source: Source, folder: Path) -> Path:
    """Writes the submission's files; returns the folder to run it in."""
    home = folder / "files"
    for name, data in source.files:
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    inner = home / source.folder
    inner.mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir()
    return inner


def _started(inner: Path, folder: Path) -> tuple[subprocess.Popen[bytes], Pipes]:
    receive, requests = os.pipe()
    results, reply = os.pipe()
    events, report = os.pipe()
    theirs = (receive, reply, report)
    try:
        process = _spawned(theirs, inner, folder)
    except BaseException:
        for pipe in (requests, results, events):
            os.close(pipe)
        raise
    finally:
        for pipe in theirs:
            os.close(pipe)
    assert process.stdout is not None
    printed = os.dup(process.stdout.fileno())
    process.stdout.close()
    incoming = {"results": results, "events": events, "printed": printed}
    return process, Pipes(incoming, requests)


def _spawned(theirs: tuple[int, ...], inner: Path, folder: Path) -> subprocess.Popen[bytes]:
    """The process, with these pipes and no others of ours."""
    python = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", RUN]
    command = [*python, str(START), ground.site()]
    options: dict[str, Any] = {"pass_fds": theirs, "start_new_session": True}
    numbers = theirs
    if sys.platform == "win32":
        import msvcrt

        numbers = tuple(msvcrt.get_osfhandle(pipe) for pipe in theirs)
        for handle in numbers:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": list(numbers)})
        options = {"startupinfo": startup}
    return subprocess.Popen(
        [*command, *map(str, numbers)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=inner,
        env=_environment(folder / "home"),
        **options,
    )


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours but what an interpreter needs to start."""
    needed = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in needed if name in os.environ}
    homes = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(home))
    threads = {f"{name}_NUM_THREADS": "1" for name in THREADS}
    return {**kept, **homes, **threads, **MEMORY, "TZ": "UTC", "LANG": "C.UTF-8"}


def _setting(
    source: Source, limits: Limits, layers: dict[str, bool], folder: Path
) -> dict[str, Any]:
    """The first frame: everything that the worker has to know, as plain values."""
    home = folder / "files"
    inner = home / source.folder
    trees = ground.trees()
    path = [home, inner] if source.package else [inner, home]
    entry = {
        "kind": source.kind,
        "paths": [str(inner / module) for module in source.modules],
        "package": source.package,
        "cells": [[cell.number, cell.text] for cell in source.cells],
    }
    return {
        "home": str(home),
        "folder": str(inner),
        "path": [str(each) for each in path],
        "own": list(source.own),
        "entry": entry,
        "limits": asdict(limits),
        "layers": layers,
        "trees": {**trees, "written": [str(folder)]},
    }


def _killed(process: subprocess.Popen[bytes], watched: psutil.Process) -> None:
    """Kills it, its session and its children, and waits for it."""
    try:
        children = watched.children(recursive=True) if process.poll() is None else []
    except psutil.Error:
        children = []
    if sys.platform != "win32":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            pass  # it is gone already
    for each in children:
        try:
            each.kill()
        except psutil.Error:
            pass  # it too
    process.kill()
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        pass  # the system cannot end it now; nobody waits for it any more


def _removed(folder: Path) -> None:
    """Removes a folder, whatever modes were set in it."""

    def again(function: Callable[..., Any], path: str, error: Any) -> None:
        for each in (os.path.dirname(path), path):
            if each.startswith(str(folder)) and not os.path.islink(each):
                os.chmod(each, stat.S_IRWXU)
        try:
            function(path)
        except TypeError:  # os.open, of a directory that could not be listed
            shutil.rmtree(path, ignore_errors=True)

    try:
        if sys.version_info >= (3, 12):
            shutil.rmtree(folder, onexc=again)
        else:
            shutil.rmtree(folder, onerror=again)
    except OSError:
        pass  # left to the system's own cleaning of temporary files
