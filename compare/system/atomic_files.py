"""Files that are whole or not there at all, and what is appended whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

from compare.language.message import message
from compare.language.system_errors import reason
from compare.system.errors import UserError

STDOUT = Path("-")  # what stands for standard output where a file is asked for


def write_atomically(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Write beside ``path`` and move into place, so that a reader never sees half a file.

    A content in pieces is never whole in memory. A path that is no regular file (a device, a
    pipe) is written directly. Raises OSError.
    """
    whole: Iterable[str | bytes] = [content] if isinstance(content, str | bytes) else content
    pieces = (p if isinstance(p, bytes) else p.encode("utf-8") for p in whole)
    if path.exists() and not path.is_file():
        # os.replace would put a regular file where the device or the pipe is
        path.write_bytes(b"".join(pieces))
        return
    # in the same folder: os.replace is atomic within one file system alone
    descriptor, name = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
        os.chmod(name, 0o644)  # mkstemp's own mode is for secrets
        os.replace(name, path)
    # Ctrl-C as well: the temporary file has no owner who would delete it
    except BaseException:
        os.unlink(name)
        raise


def append_whole(file: FileIO, content: bytes) -> None:
    """Append to a file without a buffer; where not all of it fits, none.   Raises OSError."""
    end = os.fstat(file.fileno()).st_size
    try:
        # an unbuffered write may be cut short, as by a full disk, without raising
        if file.write(content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        file.truncate(end)
        raise


class CannotWrite(UserError):
    """A file or folder that was asked for cannot be written; the message names it and says why."""

    @classmethod
    def at(cls, path: object, error: OSError) -> CannotWrite:
        """The one line for an error of the system."""
        return cls(message("cannot write to {path}: {error}", path=path, error=reason(error)))


def check_writable(path: Path | None) -> None:
    """Raise CannotWrite, before a long run, for a report that could not be written after it."""
    if path is None or path == STDOUT:
        return
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise CannotWrite(
            message(
                "cannot write to {path}: it has to be a file in a folder that exists", path=path
            )
        )
