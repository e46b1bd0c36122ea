"""The error for the person who asked for something that cannot be done."""

from __future__ import annotations

import traceback
from pathlib import Path


class UserError(Exception):
    """Whatever the person at the keyboard has to mend; the message says what, and what to do."""


class UsageError(UserError, ValueError):
    """What was asked for cannot be done; the message says what was wrong and what to do."""


def line_of(error: BaseException) -> str:
    """What a side raised, and where, on one line."""
    if isinstance(error, SyntaxError):  # it names the place itself; the frames are the importer's
        return f"{type(error).__name__}: {error}"
    # the last frame that is a file: imports end in frames of <frozen importlib>
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((f for f in reversed(frames) if not f.filename.startswith("<frozen")), frames[-1])
    # folder and file, and no absolute path: reports are compared between machines
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__}: {error} ({where}, in {frame.name})"
