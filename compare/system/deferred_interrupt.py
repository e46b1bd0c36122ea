"""Ctrl-C between two steps, where everything that is known fits together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Ctrl-C waits for the next call of what is yielded, or the end; a second one does not wait.

    So it is outside the main thread, and where somebody else handles Ctrl-C, as if this were not.
    """
    waiting: list[int] = []

    def let_through() -> None:
        if waiting:
            raise KeyboardInterrupt

    def hold(number: int, frame: FrameType | None) -> None:
        let_through()  # the second one: somebody who will not wait for the step to end
        waiting.append(number)

    if not _is_ours():
        yield let_through
        return
    before = signal.signal(signal.SIGINT, hold)
    try:
        yield let_through
    finally:
        signal.signal(signal.SIGINT, before)
    let_through()  # one that came after the last call is not lost


def _is_ours() -> bool:
    # signal.signal raises ValueError outside the main thread; a notebook or a test runner may have
    # a handler of its own, which knows better what Ctrl-C means there
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
