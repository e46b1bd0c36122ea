"""Feed a NumPy network and a torch network the same arrays, and say whether they are the same.

>>> import compare
>>> result = compare.run("affine", dtype="float64")
>>> result.passed
True
"""

from compare.case import Case, Known, Looser, Outcome
from compare.equivalence import NotEquivalent, assert_equivalent, equivalent
from compare.pair.case import pair_case
from compare.suite import RunResult, UsageError, run, select
from compare.watching import watch

__all__ = [
    "Case", "Known", "Looser", "NotEquivalent", "Outcome", "RunResult", "UsageError",
    "assert_equivalent", "equivalent", "pair_case", "run", "select", "watch",
]  # fmt: skip
__version__ = "0.1.0"
