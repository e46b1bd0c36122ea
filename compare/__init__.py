"""Feed a NumPy network and a torch network the same arrays, and say whether they are the same.

>>> import compare
>>> result = compare.run("affine", dtype="float64")
>>> result.passed
True
"""

from typing import TYPE_CHECKING, Any

from compare.core.case import Case, ExpectedOutcome, Outcome, WiderLimit
from compare.engine.run_suite import RunResult, UsageError, run, select
from compare.equivalence.assert_equivalent import NotEquivalent, assert_equivalent, equivalent
from compare.equivalence.case_of_pair import pair_case
from compare.equivalence.watch import watch

if TYPE_CHECKING:
    from compare.check.check import check

__all__ = [
    "Case", "ExpectedOutcome", "NotEquivalent", "Outcome", "RunResult", "UsageError",
    "WiderLimit", "assert_equivalent", "check", "equivalent", "pair_case", "run", "select", "watch",
]  # fmt: skip
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``compare.check``, whose table of concepts is made when it is first asked for."""
    if name == "check":
        from compare.check.check import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
