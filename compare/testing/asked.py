"""What the command line and the project's settings ask of every check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from compare.system.errors import UsageError
from compare.testing.accepted import Accepted, read


@dataclass(frozen=True)
class Asked:
    """The dtype where a check names none, which reports are shown, and what may differ."""

    dtype: str | None = None
    report: str = "failed"
    accepted: Accepted = Accepted(Path())


def asked(
    dtype: str | None, report: str, accepted: Path, refusal: Callable[[str], BaseException]
) -> Asked:
    """As the options say.   Raises the refusal where the file of accepted differences is wrong."""
    try:
        return Asked(dtype, report, read(accepted))
    except UsageError as error:
        raise refusal(str(error)) from None
