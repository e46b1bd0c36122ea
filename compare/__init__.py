"""Feed a NumPy network and a torch network the same arrays, and say whether they are the same.

>>> import compare
>>> result = compare.run("affine", dtype="float64")
>>> result.passed
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Bound at once: whoever imports from the package compare.check first would otherwise leave that
# package under the name of the function.
from compare.check import check
from compare.core.shown import Shown
from compare.system.interpreter import check as _check_interpreter
from compare.system.version import __version__

if TYPE_CHECKING:
    from compare.api import (
        Case,
        ExpectedOutcome,
        Known,
        Looser,
        NotEquivalent,
        Outcome,
        RunResult,
        UsageError,
        WiderLimit,
        assert_equivalent,
        equivalent,
        pair_case,
        run,
        select,
        watch,
    )

_check_interpreter()  # before NumPy or torch is imported, whose lack would end in a traceback


def _forms(kind: type) -> Any:
    """How the results of a class print themselves."""
    of_check = kind.__module__.startswith("compare.check.")
    # imports every report, and nobody may look at a result
    shown = import_module(f"compare.shown_{'checks' if of_check else 'results'}")
    return shown.FORMS[kind]


Shown.forms = staticmethod(_forms)

__all__ = [
    "Case", "ExpectedOutcome", "Known", "Looser", "NotEquivalent", "Outcome", "RunResult",
    "UsageError", "WiderLimit", "__version__", "assert_equivalent", "check", "equivalent",
    "pair_case", "run", "select", "watch",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The rest when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from compare import api  # imports torch, which `list`, `check` and `--help` do without

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
