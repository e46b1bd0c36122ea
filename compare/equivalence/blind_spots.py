"""What a result cannot have shown: faults below a noise that is that of a coarser format."""

from __future__ import annotations

from dataclasses import replace

from compare.arithmetic.formats import COARSE
from compare.arithmetic.running_error import FORMATS
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.language.message import message

SHOWN = 6  # names


def with_blind_spots(result: CaseResult) -> CaseResult:
    """The result, in which it is said where it shows less than its format promises.

    How large a fault has to be, to be seen, is known of the names that are the same.
    """
    same = {quantity(c.name) for c in result.verdict.comparisons if c.outcome is Outcome.SAME}
    least = FORMATS["float32"].u if result.dtype == "float64" else 0.0
    blind = {n: size for n, size in result.resolution.items() if n in same and size > least}
    if result.dtype not in ("float64", *COARSE) or not blind:
        return result
    text = message(
        "in {dtype} a fault of less than {size:.1g} of the values of {names} could not have been "
        "seen"
    )
    if result.dtype == "float64":
        text = message(
            "less precise inside: even in {dtype}, a fault of less than {size:.1g} of the values "
            "of {names} could not have been seen, as the reference rounds to float32 inside, or "
            "its numbers are ill-conditioned"
        )
    names = ", ".join(list(blind)[:SHOWN]) + (", ..." if len(blind) > SHOWN else "")
    values = {"dtype": result.dtype, "size": max(blind.values()), "names": names}
    return replace(result, unseen=(*result.unseen, text.filled(values)))
