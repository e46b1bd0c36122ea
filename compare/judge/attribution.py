"""Who is wrong: both sides' errors in ulps, against the formula with fifty digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.multiprecision import DIGITS
from compare.arithmetic.running_error import KINDS, Format
from compare.judge.judge import Evidence
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


def rule_on(exhibit: Evidence) -> Ruling:
    """Both sides at the exhibit's worst element, each from its own inputs.

    With float64 in place of fifty digits where the format is coarser, or the operation too large.
    """
    index = exhibit.comparison.index
    rule, (mine, reference) = exhibit.rule, exhibit.parents
    cheap = exhibit.values[0].size * _size(rule, mine) <= AFFORDABLE
    fifty = exhibit.formats[1].name == "float64" and cheap
    found: list[float] = []
    ulps: list[float] = []
    for parents, value, format in zip(
        (mine, reference), exhibit.values, exhibit.formats, strict=True
    ):
        right = _right(rule, parents, format, index, fifty)
        found.append(float(right))
        ulps.append(_ulps(value[index], right, format))
    format = exhibit.formats[0]
    limit = float(np.asarray(rounded(rule, mine, format).limit())[index])
    parts = tuple(_parts(rule, mine, format, index))
    digits = DIGITS if fifty else 16
    return Ruling(index, (found[0], found[1]), (ulps[0], ulps[1]), digits, limit, parts)


def _size(rule: Rule, parents: Any) -> int:
    return sum(np.size(parents[p]) for p in rule.parents)


def _right(rule: Rule, parents: Any, format: Format, index: tuple[int, ...], fifty: bool) -> Any:
    with np.errstate(all="ignore"):
        if fifty:
            return np.asarray(exact(rule, parents).value)[index]
        return np.asarray(rounded(rule, parents, format).value)[index]


def _ulps(value: Any, right: Any, format: Format) -> float:
    """|value - right| in units of the last place of ``right``."""
    value = float(value)
    if not np.isfinite(value):
        return 0.0 if value == float(right) or value != value != float(right) else np.inf
    magnitude = max(abs(float(right)), format.tiny)
    ulp = 2 * format.u * 2.0 ** np.floor(np.log2(magnitude))
    with np.errstate(over="ignore"):  # where 0 is right, there may be too many for a float
        return float(abs(value - right) / max(ulp, format.eta))


def _parts(
    rule: Rule, parents: Any, format: Format, index: tuple[int, ...]
) -> Iterator[tuple[str, float]]:
    """The share of each kind of error in the limit, where it has one."""
    with np.errstate(all="ignore"):
        for kind in KINDS:
            only = rounded(rule, parents, format.only(kind)).limit()
            share = float(np.asarray(only)[index])
            if share > 0:
                yield kind, share
