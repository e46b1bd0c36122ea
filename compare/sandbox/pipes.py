"""The parent's ends of the worker's pipes: waits for all of them at once, never for ever."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Iterable, Sequence

from compare.sandbox.worker.wire_format import at_once

if sys.platform == "linux":
    import fcntl

CHUNK = 1 << 18  # bytes; also what a pipe is made to hold, where the system lets us
PEEK = 0.0005  # seconds between two looks, where the system cannot wait for several pipes


class Pipes:
    """Reads the named pipes into ``data``, and writes what is given to ``send``.

    ``ended`` are the names of those whose other end was closed.
    """

    def __init__(self, incoming: dict[str, int], outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._rest: list[memoryview] = []
        self.data = {name: bytearray() for name in incoming}
        self._read_into = memoryview(bytearray(CHUNK))  # one: to set it aside takes longer
        self.ended: set[str] = set()
        if sys.platform != "win32":
            self._poll = select.poll()
            for pipe in incoming.values():
                self._poll.register(pipe, select.POLLIN)
            for pipe in (*incoming.values(), outgoing):
                os.set_blocking(pipe, False)
                _widened(pipe)

    def send(self, data: Sequence[bytes]) -> None:
        """Begins to write these parts; ``exchange`` goes on with it."""
        rest = [memoryview(part) for part in at_once(data)]
        if sys.platform == "win32":
            threading.Thread(target=_write_all, args=(self._outgoing, rest), daemon=True).start()
        else:
            self._rest = rest[::-1]
            self._write()

    def exchange(self, seconds: float) -> None:
        """Reads and writes what can be at once; waits for something up to that long."""
        ready = self._ready(seconds)
        if self._outgoing in ready:
            self._write()
        for name, pipe in self._incoming.items():
            if pipe in ready and name not in self.ended:
                self._read(name, pipe)

    def close(self) -> None:
        """Closes our ends."""
        for pipe in (*self._incoming.values(), self._outgoing):
            os.close(pipe)

    def _ready(self, seconds: float) -> Iterable[int]:
        if sys.platform == "win32":
            reading = [pipe for name, pipe in self._incoming.items() if name not in self.ended]
            return _peeked(reading, seconds)
        if not self._rest:
            return [pipe for pipe, _ in self._poll.poll(max(seconds, 0) * 1000)]
        self._poll.register(self._outgoing, select.POLLOUT)
        ready = [pipe for pipe, _ in self._poll.poll(max(seconds, 0) * 1000)]
        self._poll.unregister(self._outgoing)
        return ready

    def _read(self, name: str, pipe: int) -> None:
        try:
            part = self._part(pipe)
        except BlockingIOError:
            return
        except OSError:
            part = memoryview(b"")
        self.data[name] += part
        if not part:
            self.ended.add(name)
            if sys.platform != "win32":  # it would be ready for ever
                self._poll.unregister(pipe)

    def _part(self, pipe: int) -> memoryview:
        if sys.platform == "win32":
            return memoryview(os.read(pipe, CHUNK))
        return self._read_into[: os.readv(pipe, [self._read_into])]

    def _write(self) -> None:
        try:
            while self._rest:
                part = self._rest[-1]
                rest = part[os.write(self._outgoing, part) :]
                self._rest[-1:] = [rest] if rest else []
        except BlockingIOError:
            pass  # the pipe is full
        except OSError:
            self._rest = []  # nobody reads: the ends of the others say so


def _widened(pipe: int) -> None:
    """Fewer turns for a large array; without it the system's own size has to do."""
    if sys.platform == "linux":
        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CHUNK)
        except OSError:
            pass  # more than this user may have


def _write_all(pipe: int, parts: list[memoryview]) -> None:
    try:
        for part in parts:
            while part:
                part = part[os.write(pipe, part[:CHUNK]) :]
    except OSError:
        pass  # as above


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _peeked(pipes: list[int], seconds: float) -> set[int]:
        """Windows waits for no pipe: look at each until one has something, or has ended."""
        end = time.monotonic() + seconds
        while True:
            ready = set()
            for pipe in pipes:
                try:
                    handle = msvcrt.get_osfhandle(pipe)
                    if _winapi.PeekNamedPipe(handle, 0)[0]:
                        ready.add(pipe)
                except OSError:
                    ready.add(pipe)
            if ready or time.monotonic() >= end:
                return ready
            time.sleep(PEEK)
