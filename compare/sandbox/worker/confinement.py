"""What the system keeps the process to, beside the hook; and what of it is not to be had here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from compare.sandbox.worker.lines import line, line_of


def bounded(within: dict[str, Any]) -> list[Any]:
    """Sets the limits of resources; returns a line for each that this system does not keep."""
    try:
        import resource
    except ImportError:
        return [
            line("this system has no limits of resources: memory and time are watched from outside")
        ]
    limits = {
        # the parent's clock ends it before; this is for a parent that was killed
        "RLIMIT_CPU": int(within["seconds"]) + 2,
        "RLIMIT_FSIZE": within["file_bytes"],
        "RLIMIT_CORE": 0,  # no image of its memory on the disk
        "RLIMIT_NOFILE": 128,
        "RLIMIT_AS": within["memory_bytes"] + _taken(),
    }
    failed = []
    for name, most in limits.items():
        try:
            # the hard limit as well, so that it cannot be raised again
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):
            failed.append(line("{name} is not kept by this system", name=name))
    return failed


def _taken() -> int:
    """Address space that Python and NumPy take before the submission runs, in bytes."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 1 << 30  # no /proc: a guess, for a system that does not keep RLIMIT_AS anyway


def is_wanted(layers: dict[str, bool]) -> bool:
    """Whether the kernel is to keep anything, and is one that does."""
    return sys.platform == "linux" and (layers["landlock"] or layers["seccomp"])


def confined(
    trees: dict[str, Sequence[str]], wanted: dict[str, bool], kernel: dict[str, ModuleType]
) -> tuple[bool, list[Any]]:
    """Whether the kernel keeps the files; and a line for each part of this layer that is missing.

    ``kernel`` has the modules that ask it; ``wanted`` says of ``landlock`` and ``seccomp`` whether
    to use it; tests switch them off.
    """
    if sys.platform != "linux":
        return False, [
            line(
                "{name} has no Landlock or seccomp: the audit hook stands alone", name=sys.platform
            )
        ]
    notes = []
    files = False
    # Landlock and seccomp by themselves: a kernel may have one of them
    if not wanted["landlock"]:
        notes.append(line("Landlock is switched off"))
    elif not kernel["landlock"].version():
        notes.append(
            line("this kernel has no Landlock: only the audit hook keeps files from being read")
        )
    else:
        files, more_notes = _kept(kernel["landlock"], trees)
        notes += more_notes
    if not wanted["seccomp"]:
        notes.append(line("seccomp is switched off"))
    elif not kernel["seccomp"].is_known():
        notes.append(
            line("no seccomp filter for this machine: only the audit hook keeps processes out")
        )
    else:
        notes += _filtered(kernel["seccomp"])
    return files, notes


def _kept(landlock: ModuleType, trees: dict[str, Sequence[str]]) -> tuple[bool, list[Any]]:
    try:
        landlock.confine(trees["read"], trees["listed"], trees["written"], trees["sinks"])
    except OSError as error:
        why = line_of(error) or str(error)
        return False, [line("{why}: only the audit hook keeps files from being read", why=why)]
    return True, []


def _filtered(seccomp: ModuleType) -> list[Any]:
    try:
        seccomp.confine()
    except OSError as error:
        why = line_of(error) or str(error)
        return [line("{why}: only the audit hook keeps processes out", why=why)]
    return []
