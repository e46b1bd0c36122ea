"""What a result in float64 cannot have shown: faults below a noise that is that of float32."""

from __future__ import annotations

from dataclasses import replace

from compare.arithmetic.running_error import FORMATS
from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.language.message import message

SHOWN = 6  # names


def with_blind_spots(result: CaseResult) -> CaseResult:
    """The result, in which it is said where float64 shows no more than float32 does."""
    same = {quantity(c.name) for c in result.verdict.comparisons if c.outcome is Outcome.SAME}
    coarse = {
        name: size
        for name, size in result.resolution.items()
        if name in same and size > FORMATS["float32"].u
    }
    if result.dtype != "float64" or not coarse:
        return result
    names = ", ".join(list(coarse)[:SHOWN]) + (", ..." if len(coarse) > SHOWN else "")
    note = message(
        "less precise inside: even in float64, a fault of less than {size:.1g} of the values of "
        "{names} could not have been seen, as the reference rounds to float32 inside, or its "
        "numbers are ill-conditioned",
        size=max(coarse.values()),
        names=names,
    )
    return replace(result, unseen=(*result.unseen, note))
