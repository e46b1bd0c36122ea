"""A process that has loaded NumPy, and forks for each submission: most of a start is done once.

It runs nothing of anybody's. A request is the folder and the environment of a submission, and the
ends of its pipes; the last is a socket: on it the server tells the child's number, and how it
ended, and whoever closes the other end wants the child no more.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
from typing import Any

import numpy as np

PIPES = 4  # of a request: what it is asked, what it answers, what it reports, what it prints
LONGEST_REQUEST = 1 << 16


def next_submission(channel: int) -> list[int]:
    """Forks for each request; returns in the child, with the numbers of its first three pipes.

    In the server it never does: that ends with the process that asks, when no child is left.
    """
    parent = socket.socket(fileno=channel)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # or no child would wake it
    children = _Children()
    waiting = select.poll()
    for each in (channel, woken):
        waiting.register(each, select.POLLIN)
    gc.freeze()  # what is there now stays: a child does not look through it, and shares its memory
    asked = True
    while asked or children.pids:
        for number, _event in waiting.poll():
            if number == woken:
                os.read(woken, 1 << 10)
                children.tell_ended()
            elif number != channel:
                waiting.unregister(number)
                children.end(number)
            else:
                text, received, _flags, _address = socket.recv_fds(
                    parent, LONGEST_REQUEST, PIPES + 1
                )
                if not text:
                    waiting.unregister(channel)
                    asked = False
                    continue
                *pipes, status = received
                pid = os.fork()
                if not pid:
                    parent.close()
                    return _begin(json.loads(text), pipes, (woken, wake, status, *children.pids))
                for each in pipes:
                    os.close(each)
                children.add(status, pid)
                waiting.register(status, 0)  # that the other end is closed is told anyhow
    os._exit(0)


class _Children:
    """The number of each child by the socket on which it is told of, as long as that is open."""

    def __init__(self) -> None:
        self.pids: dict[int, int] = {}
        self._ended: set[int] = set()

    def add(self, status: int, pid: int) -> None:
        self.pids[status] = pid
        _tell(status, pid)

    def tell_ended(self) -> None:
        """The exit code of each that ended; its number stays taken until nobody wants it."""
        for status, pid in self.pids.items():
            how = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if how is not None and pid not in self._ended:
                self._ended.add(pid)
                _tell(status, how.si_status if how.si_code == os.CLD_EXITED else -how.si_status)

    def end(self, status: int) -> None:
        """End one that nobody wants."""
        pid = self.pids.pop(status)
        os.kill(pid, signal.SIGKILL)  # it is there, or its number is: nobody else has waited for it
        os.waitpid(pid, 0)
        self._ended.discard(pid)
        os.close(status)


def _tell(status: int, number: int) -> None:
    try:
        os.write(status, b"%d\n" % number)
    except OSError:
        pass  # nobody wants to know: the closed socket says so as well


def _begin(request: dict[str, Any], pipes: list[int], servers: tuple[int, ...]) -> list[int]:
    """Makes a child what a process of its own would be; ``servers`` are not to be open in it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    *own, printed = pipes
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    for number in (printed, *servers):
        os.close(number)
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    np.random.seed()  # or every child would draw the same; the standard library sees to its own
    return own
