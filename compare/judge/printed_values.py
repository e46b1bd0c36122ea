"""The values that the course prints, held against what each side computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from compare.arithmetic.closeness import gap, unlike
from compare.arithmetic.running_error import FORMATS, Bounded
from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.core.trace import Trace
from compare.judge.compared import compared_at
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.oracle.rules import Specification, chained

# The course's code computes in it; a printed -1e-7 is less than float32's rounding of 1.
PRINTED_IN = "float64"


def goldens(
    case: Case, specification: Specification, dtype: str, last: Mapping[str, Trace]
) -> Iterator[Comparison]:
    """Each side against the printed value: half a unit of its last digit, and both's rounding.

    last: the last trace of each side, by the side's name.
    """
    if dtype != PRINTED_IN or not case.golden:
        return
    with np.errstate(all="ignore"):
        chain = chained(specification, FORMATS[PRINTED_IN])
    for side, trace in last.items():
        yield from _side_comparisons(case, chain, side, trace)


def _side_comparisons(
    case: Case, chain: Mapping[str, Bounded], side: str, trace: Trace
) -> Iterator[Comparison]:
    for name, text in case.golden.items():
        if name not in trace.values:
            yield Comparison(f"golden/{name}/{side}", Outcome.DIFFERENT, message("is missing"))
            continue
        # twice: the course's code rounded on its way, too
        limit = 2 * chain[name].limit() if name in chain else 0.0
        yield _golden(f"golden/{name}/{side}", trace.values[name], text.split(), limit)


def _golden(
    name: str, values: np.ndarray, tokens: list[str], rounding: np.ndarray | float
) -> Comparison:
    printed = np.array(tokens, dtype=np.float64)
    printed = printed.reshape(values.shape) if printed.size == values.size else printed
    reason = unlike(values, printed)
    if reason:
        return Comparison(name, Outcome.DIFFERENT, reason, total=printed.size)
    rounding = rounding if np.shape(rounding) == printed.shape else 0.0
    # the coarsest of them: an array is printed with
    # one number of digits, and trailing zeros are cut
    allowed = max(_half_unit(token) for token in tokens) + rounding
    compared = compared_at(name, gap(values, printed, allowed), values, printed, printed)
    return replace(compared, reason=message("the value that the course prints"))


def _half_unit(text: str) -> float:
    # -9.999999505838704e-08 has 15 decimals in its mantissa: half a unit is 0.5e-23
    mantissa, _, exponent = text.partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
