"""What torch was built for and how many threads it uses, without importing it at start-up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


def loaded() -> ModuleType:
    """torch itself, imported by the first who needs it."""
    import torch  # takes a second, which `list`, `diff` and `--help` do not need

    return torch


def use_threads(number: int) -> None:
    """Let torch's operations use so many threads."""
    loaded().set_num_threads(number)


@contextmanager
def using_threads(number: int) -> Iterator[None]:
    """So many threads for as long as it lasts: with others sums are rounded otherwise."""
    before = threads()
    use_threads(number)
    try:
        yield
    finally:
        use_threads(before)


def threads() -> int:
    """How many threads torch's operations use."""
    return int(loaded().get_num_threads())


def instructions() -> str:
    """The processor's instructions for which torch chose its kernels, such as AVX2."""
    return str(loaded().backends.cpu.get_cpu_capability())


def version() -> str:
    """torch's own version, with the build."""
    return str(loaded().__version__)
