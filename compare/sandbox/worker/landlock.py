"""Which files the process may open, kept by the Linux kernel (Landlock, Linux 5.13 and later).

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from compare.sandbox.worker.lines import refusal

CREATE, ADD, RESTRICT = 444, 445, 446  # the same numbers on every architecture
VERSION = 1
BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE, TRUNCATE, IOCTL = 1 << 1, 1 << 14, 1 << 15
OF_FILES = 1 | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL  # what a rule of one file may name
LAST_ACCESS = {1: 13, 2: 14, 3: 15, 4: 15}  # bits known to each version; 16 from 5 on
NETWORK = 0b11  # bind and connect of TCP, from 4 on
SCOPES = 0b11  # abstract sockets and signals to others, from 6 on
SET_NO_NEW_PRIVS = 38


class _Rules(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """The kernel's version of Landlock; 0 where it has none, or it is off."""
    return max(_call(CREATE, None, 0, VERSION), 0)


def confine(
    read: Iterable[str], listed: Iterable[str], written: Iterable[str], sinks: Iterable[str]
) -> None:
    """From now on this process reads only beneath ``read``, and changes only beneath ``written``.

    ``listed`` are directories that may be listed, and no more; ``sinks`` are devices to
    write to.   Raises OSError where the kernel does not take it.
    """
    known = version()
    every = (1 << LAST_ACCESS.get(known, 16)) - 1
    rules = _Rules(every, NETWORK if known >= 4 else 0, SCOPES if known >= 6 else 0)
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = _checked(_call(CREATE, ctypes.byref(rules), size, 0))
    try:
        for trees, access in (
            (read, READ_FILE | READ_DIR),
            (listed, READ_DIR),
            (written, every),
            (sinks, READ_FILE | WRITE_FILE | TRUNCATE),
        ):
            for tree in trees:
                _allow(ruleset, tree, access & every)
        libc = ctypes.CDLL(None, use_errno=True)
        _checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, tree: str, access: int) -> None:
    try:
        parent = os.open(tree, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be read
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            access &= OF_FILES
        _checked(_call(ADD, ruleset, BENEATH, ctypes.byref(_Beneath(access, parent)), 0))
    finally:
        os.close(parent)


def _call(number: int, *args: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        why = os.strerror(number)
        raise refusal(OSError, "the kernel refused the confinement: {error}", number, error=why)
    return result
