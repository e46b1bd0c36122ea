"""Where runs are kept: known before anything that reads or writes them is imported."""

from __future__ import annotations

from pathlib import Path

DEFAULT_LOGDIR = Path("runs")


def logdir_option(logdir: Path) -> tuple[str, ...]:
    """What a command needs to find runs that are not in the default place."""
    return () if logdir == DEFAULT_LOGDIR else ("--logdir", str(logdir))
