"""What ``import compare`` offers: run the cases, check what you wrote, compare any pair."""

from compare.check import check
from compare.core.case import Case
from compare.core.outcome import ExpectedOutcome, Outcome, WiderLimit
from compare.engine.result import RunResult
from compare.engine.selection import select
from compare.equivalence.assert_equivalent import NotEquivalent, assert_equivalent, equivalent
from compare.equivalence.case_of_pair import pair_case
from compare.equivalence.watch import watch
from compare.from_file.run import run
from compare.system.errors import UsageError

Known, Looser = ExpectedOutcome, WiderLimit  # their names in 0.1, kept for one release

__all__ = [
    "Case", "ExpectedOutcome", "Known", "Looser", "NotEquivalent", "Outcome", "RunResult",
    "UsageError", "WiderLimit", "assert_equivalent", "check", "equivalent", "pair_case", "run",
    "select", "watch",
]  # fmt: skip
