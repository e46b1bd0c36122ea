"""Ends a worker whatever it does, removes what it left, and says how a process ended."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from compare.sandbox.fork_client import ForkedProcess
from compare.sandbox.launch import Process


def killed(process: Process) -> None:
    """Kills it, its session and its children, and waits for it."""
    children = []
    try:
        if process.poll() is None:
            children = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        pass  # it has just ended
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
    if isinstance(process, ForkedProcess):
        process.forget()


def removed(folder: Path) -> None:
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


def weight(folder: Path, most: int) -> tuple[int, int]:
    """How many files are in a folder, and the bytes that they take; it may be changing."""
    count = size = 0
    waiting = [str(folder)]
    while waiting and count <= most:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            count += 1
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            size += getattr(status, "st_blocks", -(-status.st_size // 512)) * 512
            if stat.S_ISDIR(status.st_mode):
                waiting.append(entry.path)
    return count, size


def signal_of(code: int) -> str:
    """What ended a process, by its exit code: a signal (below 0), or an exception of Windows."""
    if code > 0:
        return f"exception 0x{code:08x}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    described = (signal.strsignal(-code) or "").lower()
    return f"{name} ({described})" if described else name
