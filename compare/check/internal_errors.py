"""An error of this program in one place ends the judgement of that alone, and is said."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from compare.system.errors import UserError

T = TypeVar("T")

_collected: ContextVar[list[str] | None] = ContextVar("internal errors", default=None)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Within it ``guarded`` goes on after an error; the list gets a line of each."""
    lines: list[str] = []
    token = _collected.set(lines)
    try:
        yield lines
    finally:
        _collected.reset(token)


def guarded(what: str, compute: Callable[[], T], otherwise: Callable[[str], T]) -> T:
    """What ``compute`` gives; after an error of ours what ``otherwise`` makes of its line.

    Raises the error where nobody collects them, or who mends it asks to see where it was.
    """
    lines = _collected.get()
    if lines is None or os.environ.get("SCRATCH_COMPARE_DEBUG"):
        return compute()
    try:
        return compute()
    except UserError:
        raise
    except Exception as error:
        line = f"{type(error).__name__}: {error}"
        lines.append(f"{what}: {line}")
        return otherwise(line)
