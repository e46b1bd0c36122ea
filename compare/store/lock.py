"""One writer a run directory: a lock that the system releases with its process, however it ends."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from compare.language.message import message
from compare.system.atomic_files import write_atomically
from compare.system.errors import UserError

LOCK = "lock"
HOLDER = "lock.json"


class Busy(UserError):
    """Another process writes into the directory; the message says which, where and since when."""


class Lock:
    """Holds a directory until ``release``.   Raises Busy where another does, OSError.

    The system's own file lock decides who holds it, so that what a killed process left behind is
    free at once; ``lock.json`` beside it only says who that is. ``left_by`` is the holder that
    ended without releasing, or None.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = FileLock(directory / LOCK, timeout=0)  # a run takes minutes: no waiting
        try:
            self._lock.acquire()
        except Timeout:
            raise Busy(_busy(directory)) from None
        try:
            self.left_by = holder(directory)
            write_atomically(directory / HOLDER, json.dumps(_this_process()) + "\n")
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Let go; a holder that is still named afterwards was killed."""
        try:  # while the lock is held: afterwards the file may be the next holder's
            (self.directory / HOLDER).unlink(missing_ok=True)
        finally:
            self._lock.release()


def is_held(directory: Path) -> bool:
    """Whether a process, this one included, is writing into the directory at this moment."""
    # FileLock would make the file, and looking at a directory is not to change it
    if not (directory / LOCK).exists():
        return False
    lock = FileLock(directory / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # somebody else's, and not ours to lock: what it says of itself has to do
        return holder(directory) is not None
    lock.release()
    return False


def holder(directory: Path) -> dict[str, Any] | None:
    """Who holds the directory, or held it last without releasing it: pid, host, started."""
    try:
        note = json.loads((directory / HOLDER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        note = {}  # somebody, and it is not known who
    return note if isinstance(note, dict) else {}


def described(who: dict[str, Any]) -> str:
    """``process 4711 on host since 2026-11-24T09:53:17+00:00``."""
    pid, host, started = (who.get(key, "unknown") for key in ("pid", "host", "started"))
    return message("process {pid} on {host} since {started}", pid=pid, host=host, started=started)


def _busy(directory: Path) -> str:
    who = described(holder(directory) or {})
    return message(
        "{directory} is being written by {who}: wait until it ends, or stop it",
        directory=directory,
        who=who,
    )


def _this_process() -> dict[str, Any]:
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": platform.node(), "started": started}
