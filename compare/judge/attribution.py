"""Who is wrong: both sides' errors in ulps, against the formula with fifty digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.elementwise_functions import KINDS
from compare.arithmetic.multiprecision import DIGITS
from compare.arithmetic.running_error import Format
from compare.judge.evidence import Evidence
from compare.oracle.rules import Rule, exact, rounded

AFFORDABLE = 50_000_000  # elements of the inputs times those of the result: about a second


@dataclass(frozen=True)
class Ruling:
    """Errors of one element in ulps of its exact value, and of what the limit there consists."""

    index: tuple[int, ...]
    exact: tuple[float, float]
    ulps: tuple[float, float]
    digits: int
    limit: float
    parts: tuple[tuple[str, float], ...]


def rule_on(evidence: Evidence) -> Ruling:
    """Both sides' errors at the worst element of the evidence, each from its own inputs.

    With float64 in place of fifty digits where the format is coarser, or the operation too large.
    """
    index = evidence.comparison.index
    rule, (mine, reference) = evidence.rule, evidence.parents
    cheap = evidence.values[0].size * _size(rule, mine) <= AFFORDABLE
    # float64 is exact enough for a coarser format: its own rounding is 2^-29 of float32's
    with_fifty_digits = evidence.formats[1].name == "float64" and cheap
    exact_values: list[float] = []
    errors_in_ulps: list[float] = []
    for parents, value, format in zip(
        (mine, reference), evidence.values, evidence.formats, strict=True
    ):
        exact_value = _exact_value(rule, parents, format, index, with_fifty_digits)
        exact_values.append(float(exact_value))
        errors_in_ulps.append(_ulps(value[index], exact_value, format))
    format = evidence.formats[0]
    limit = float(np.asarray(rounded(rule, mine, format).limit())[index])
    parts = tuple(_limit_parts(rule, mine, format, index))
    digits = DIGITS if with_fifty_digits else 16
    exact_pair, ulps = (exact_values[0], exact_values[1]), (errors_in_ulps[0], errors_in_ulps[1])
    return Ruling(index, exact_pair, ulps, digits, limit, parts)


def _size(rule: Rule, parents: Any) -> int:
    return sum(np.size(parents[p]) for p in rule.parents)


def _exact_value(
    rule: Rule, parents: Any, format: Format, index: tuple[int, ...], with_fifty_digits: bool
) -> Any:
    with np.errstate(all="ignore"):
        if with_fifty_digits:
            return np.asarray(exact(rule, parents).value)[index]
        return np.asarray(rounded(rule, parents, format).value)[index]


def _ulps(value: Any, exact_value: Any, format: Format) -> float:
    """|value - exact_value| in units in the last place of the latter."""
    value = float(value)
    if not np.isfinite(value):
        is_right = value == float(exact_value) or value != value != float(exact_value)
        return 0.0 if is_right else np.inf
    magnitude = max(abs(float(exact_value)), format.tiny)
    # the unit in the last place of a number in [2^e, 2^(e+1))
    # is 2u 2^e; below the smallest normal it stays eta
    ulp = 2 * format.u * 2.0 ** np.floor(np.log2(magnitude))
    with np.errstate(over="ignore"):  # where 0 is right, there may be too many for a float
        return float(abs(value - exact_value) / max(ulp, format.eta))


def _limit_parts(
    rule: Rule, parents: Any, format: Format, index: tuple[int, ...]
) -> Iterator[tuple[str, float]]:
    """The share of each kind of error in the limit, where it has one."""
    with np.errstate(all="ignore"):
        for kind in KINDS:
            # errors of different kinds add up to first order, so that the shares do so nearly
            only = rounded(rule, parents, format.only(kind)).limit()
            share = float(np.asarray(only)[index])
            if share > 0:
                yield kind, share
