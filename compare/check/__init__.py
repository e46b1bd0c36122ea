"""Bring your own implementation: judged in whatever convention it is written, and explained."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.check.result import CheckResult


def check(
    target: Any = None,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    only: str | Sequence[str] = (),
) -> CheckResult:
    """Judge what is written by hand: all that the caller defined so far, or ``target``.

    ``target``: a function, a class, a module, a dictionary or an object of this interpreter, which
    is kept from nothing; or the path of a file, a folder or a notebook, in a process of its own.

    >>> compare.check()  # in a notebook: what its cells defined
    >>> compare.check(soft_max, {"softmax": "soft_max"})

    Raises MappingError, and Unreadable where a path is no submission.
    """
    # The sandbox and the table of mistakes take as long to import as all that `run` needs.
    from compare.check.check_submission import check_target

    return check_target(target, sys._getframe(1).f_globals, mapping, seed, only)
