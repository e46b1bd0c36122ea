"""Of the failures of several ways to call something, the one that tells most of its own code."""

from __future__ import annotations

from collections.abc import Iterable

from compare.sandbox import Ending, Failed
from compare.submission.trial import Ran

FATAL = (Ending.NOT_FROM_SCRATCH, Ending.TIMED_OUT, Ending.OUT_OF_MEMORY, Ending.CRASHED,
         Ending.EXITED, Ending.FLOODED)  # fmt: skip
MISSING_NAME = ("NameError", "UnboundLocalError")
_OF_THE_CODE = (*MISSING_NAME, "NotImplementedError", "ZeroDivisionError", "RecursionError")
_HANDED_OVER = tuple(  # what it may have been given in the place of something else
    f"AttributeError: '{kind}' object"
    for kind in ("numpy.ndarray", "dict", "list", "tuple", "int", "float", "NoneType", "str")
)


def worst(ran: Iterable[Ran]) -> Failed:
    """A fatal one; else what no other call would mend; else the one after the most answers."""
    failed = [(r.failed, r.answered) for r in ran if r.failed is not None]
    for why, _ in failed:
        if why.ending in FATAL:
            return why
    return max(failed, key=lambda each: (_tells(each[0]), each[1]))[0]


def _tells(failed: Failed) -> bool:
    """Whether it is in the code itself: an array of another shape would not mend it."""
    of_own = failed.line.startswith("AttributeError") and not failed.line.startswith(_HANDED_OVER)
    return failed.line.startswith(_OF_THE_CODE) or of_own
