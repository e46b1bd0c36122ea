"""Feed a NumPy network and a torch network the same arrays, and say whether they are the same.

>>> import compare
>>> result = compare.run("affine", dtype="float64")
>>> result.passed
True
"""

from compare.case import Case, Known, Looser, Outcome
from compare.suite import RunResult, UsageError, run, select

__all__ = ["Case", "Known", "Looser", "Outcome", "RunResult", "UsageError", "run", "select"]
__version__ = "0.1.0"
