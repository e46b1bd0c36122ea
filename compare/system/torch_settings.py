"""What torch was built for and how many threads it uses, without importing it at start-up.

NumPy's matrix products use as many: they split a product too, and where two processes share the
cores, their threads wait for each other longer than they work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any

try:
    from threadpoolctl import threadpool_limits
except ImportError:  # the commands need it, which share the cores among processes

    def threadpool_limits(number: int, user_api: str) -> Any:
        """Leaves NumPy's threads as they are."""
        return nullcontext()


def loaded() -> ModuleType:
    """torch itself, imported by the first who needs it."""
    import torch  # takes a second, which `list`, `diff` and `--help` do not need

    return torch


def use_threads(number: int) -> None:
    """Let torch's operations and NumPy's matrix products use so many threads."""
    loaded().set_num_threads(number)
    threadpool_limits(number, user_api="blas")


@contextmanager
def using_threads(number: int) -> Iterator[None]:
    """So many threads for as long as it lasts: with others sums are rounded otherwise."""
    before = threads()
    with threadpool_limits(number, user_api="blas"):
        loaded().set_num_threads(number)
        try:
            yield
        finally:
            loaded().set_num_threads(before)


def threads() -> int:
    """How many threads torch's operations use."""
    return int(loaded().get_num_threads())


def instructions() -> str:
    """The processor's instructions for which torch chose its kernels, such as AVX2."""
    return str(loaded().backends.cpu.get_cpu_capability())


def version() -> str:
    """torch's own version, with the build."""
    return str(loaded().__version__)
