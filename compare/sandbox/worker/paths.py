"""Paths as the hook sees them, by functions of the interpreter that no patched module changes.

What each function uses are its default arguments, as audit_hook.py explains.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from compare.sandbox.worker.forbidden import FOREIGN

FOLDED = sys.platform in ("win32", "darwin")  # file systems that take "A" for "a"


@dataclass(frozen=True)
class ReadablePaths:
    """Where the submission may go.

    ``allowed`` and ``denied`` are trees of files, and of two the longer path decides; ``written``
    is the tree that it may change; ``project`` are trees whose reading is a breach; ``own`` are
    the names of modules that may be asked for: its own, and those of data sets.
    """

    home: str
    written: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    project: tuple[str, ...]
    own: frozenset[str]
    directories: bool  # whether a directory may be opened: it makes paths relative to it possible


def resolver() -> Callable[[str], str]:
    """``real(path)``: the path without links and dots; what is not there stays as it is."""
    if os.name != "posix":
        return os.path.realpath
    import posix

    def real(
        path: str,
        readlink: Callable[..., Any] = posix.readlink,
        getcwd: Callable[[], str] = posix.getcwd,
        error: type[Exception] = OSError,
        most: int = 100,  # links; Linux itself follows no more than 40 (path_resolution(7))
    ) -> str:
        rest = (path if path[:1] == "/" else f"{getcwd()}/{path}").split("/")[::-1]
        done = ""
        while rest and most:
            part = rest.pop()
            if part in ("", "."):
                continue
            if part == "..":
                # without links by now: ".." of a link is that of where it leads
                done = done[: done.rfind("/")] if "/" in done else ""
                continue
            try:
                target = readlink(f"{done}/{part}")
            except error:
                done = f"{done}/{part}"
                continue
            most -= 1
            done = "" if target[:1] == "/" else done
            rest.extend(target.split("/")[::-1])
        return done or "/"

    return real


def plain(
    value: Any,
    text: type[str] = str,
    raw: type[bytes] = bytes,
    decode: Callable[..., str] = bytes.decode,
    exact: Callable[[str], str] = str.__str__,
    kind: Callable[[Any], type] = type,
    is_a: Callable[[Any, Any], bool] = issubclass,
) -> str | None:
    """A path as plain text, by methods that no subclass can override; None where it is neither."""
    value_type = kind(value)
    if is_a(value_type, text):
        return exact(value)
    if is_a(value_type, raw):
        return decode(value, "utf-8", "surrogateescape")  # as os.fsdecode does
    return None


def is_int(
    value: Any,
    number: type[int] = int,
    kind: Callable[[Any], type] = type,
    is_a: Callable[[Any, Any], bool] = issubclass,
) -> bool:
    """Whether it is the number of an open file."""
    return is_a(kind(value), number)


def is_directory(
    path: str,
    stat: Callable[..., Any] = os.stat,
    error: type[Exception] = OSError,
    mask: int = 0o170000,  # S_IFMT of sys/stat.h
    directory: int = 0o040000,  # S_IFDIR
) -> bool:
    """Whether there is a directory of that path."""
    try:
        return stat(path).st_mode & mask == directory
    except error:
        return False


def longest(path: str, trees: tuple[str, ...], length: Callable[[Any], int] = len) -> int:
    """The length of the longest of these trees that the path is in; 0 if it is in none."""
    best = 0
    for tree in trees:
        if path[: length(tree)] == tree and length(tree) > best:
            best = length(tree)
    return best


def tree(path: str) -> str:
    """A path as ``longest`` compares it: it ends with a slash."""
    # or /home/ann would hold /home/anna
    path = path.rstrip(os.sep) + os.sep
    return path.lower() if FOLDED else path


def writable(readable: ReadablePaths) -> Callable[[str], bool]:
    """``may_write(path)``: whether it is in the tree that the submission may change."""
    real_path = resolver()

    def may_write(
        path: str,
        real: Callable[[str], str] = real_path,
        within: Callable[..., int] = longest,
        trees: tuple[str, ...] = (tree(readable.written),),
        slash: str = os.sep,
        fold: bool = FOLDED,
    ) -> bool:
        target = real(path) + slash
        return within(target.lower() if fold else target, trees) > 0

    return may_write


PROJECT = "/"  # no package is called so


def reader(readable: ReadablePaths) -> Callable[[str], str]:
    """``judge(path)``: "" where it may be read, "no" where not; else reading it is a breach.

    Then PROJECT, or the package whose files those are.
    """
    real_path = resolver()

    def judge(
        path: str,
        real: Callable[[str], str] = real_path,
        within: Callable[..., int] = longest,
        slash: str = os.sep,
        fold: bool = FOLDED,
        allowed: tuple[str, ...] = tuple(map(tree, (*readable.allowed, readable.written))),
        denied: tuple[str, ...] = tuple(map(tree, readable.denied)),
        project: tuple[str, ...] = tuple(map(tree, readable.project)),
        foreign: frozenset[str] = FOREIGN,
        packages: tuple[str, ...] = ("site-packages", "dist-packages"),
        ours: str = PROJECT,
    ) -> str:
        target = real(path) + slash
        target = target.lower() if fold else target
        if within(target, allowed) > within(target, denied):
            return ""
        if within(target, project):
            return ours
        before = ""
        for name in target.split(slash):
            # only right below: a folder of the submission may be called scratch
            if before in packages and name in foreign:
                return name
            before = name
        return "no"

    return judge
