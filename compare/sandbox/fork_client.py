"""Processes for submissions, forked from one that has loaded NumPy already."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

READY = 60.0  # seconds: until the server has loaded NumPy, on a machine that is busy
ENDS = 1.0  # seconds that a server may take to end


class ForkedProcess:
    """As much of ``subprocess.Popen`` as its judge needs, of a process that the server started."""

    def __init__(self, status: socket.socket) -> None:
        self._status, self._told, self._pid = status, b"", 0
        self.returncode: int | None = None

    @property
    def pid(self) -> int:
        """Its number, as soon as it has one.   Raises OSError where it gets none."""
        if not self._pid:
            number = self._number(READY)
            if number is None:
                raise OSError("no process could be forked for the submission")
            self._pid = number
        return self._pid

    def poll(self) -> int | None:
        """The exit code, -N of a signal; None of one that is not known to have ended."""
        self._look(0.0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The same, waited for.   Raises TimeoutExpired."""
        self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a submission", timeout)
        return self.returncode

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def forget(self) -> None:
        """Its number is free from now on."""
        self._status.close()

    def _look(self, seconds: float) -> None:
        if self.returncode is None and self.pid:
            self.returncode = self._number(seconds)

    def _number(self, seconds: float) -> int | None:
        """The next one that the server tells; of a server that ended, the end of all."""
        until = time.monotonic() + seconds
        while b"\n" not in self._told:
            self._status.settimeout(max(0.0, until - time.monotonic()))
            try:
                received = self._status.recv(64)
            except (TimeoutError, BlockingIOError):
                return None
            except ConnectionError:
                received = b""
            if not received:
                return -signal.SIGKILL if self._pid else None
            self._told += received
        number, _, self._told = self._told.partition(b"\n")
        return int(number)


class ForkServer:
    """The process that forks, for this one alone.   Raises OSError."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.owner = os.getpid()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # it prints nothing; what is forked prints to a pipe, which its streams take theirs to be
        nowhere, output = os.pipe()
        os.close(nowhere)
        with theirs, open(output, "wb") as out:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        atexit.register(self.close)

    def lives(self) -> bool:
        """Whether it can be asked; it may have been killed."""
        return self._process.poll() is None

    def fork(
        self, pipes: Sequence[int], folder: Path, environment: Mapping[str, str]
    ) -> ForkedProcess:
        """A process in a folder, with copies of these pipes; it need not be ready yet."""
        status, theirs = socket.socketpair()
        request = json.dumps({"folder": str(folder), "environment": dict(environment)}).encode()
        try:
            with theirs:
                socket.send_fds(self._channel, [request], [*pipes, theirs.fileno()])
        except BaseException:
            status.close()
            raise
        return ForkedProcess(status)

    def close(self) -> None:
        """Let it end, as soon as nothing is wanted any more that it forked."""
        if self.owner != os.getpid():
            return
        atexit.unregister(self.close)
        self._channel.close()
        try:
            self._process.wait(ENDS)
        except subprocess.TimeoutExpired:  # something that it forked is still wanted
            pass
