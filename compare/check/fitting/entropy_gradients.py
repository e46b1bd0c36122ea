"""§3 and §5: gradients of the cross-entropies, by the outputs y or by the scores u."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compare.check.concept import Arrays
from compare.check.fitting.cross_entropy_forms import for_targets, softmax_of_scores
from compare.check.fitting.factors import Formula
from compare.check.fitting.guards import Log


def delta(a: Arrays) -> Arrays:
    """y - d, for one-hot targets and class indices."""
    return for_targets("grad", lambda d, a: a["y"] - d)(a)


def softmax_delta(a: Arrays) -> Arrays:
    """softmax(u) - d."""
    return for_targets("grad", lambda d, a: softmax_of_scores(a) - d)(a)


def sigmoid_delta(a: Arrays) -> Arrays:
    """sigmoid(u) - d."""
    return {"grad": a["u"].sigmoid() - a["d"]}


def guarded_delta(log: Log) -> Formula:
    """g - d, with g the guarded output."""
    return for_targets("grad", lambda d, a: log.guard(a["y"]) - d)


def of_entropy(log: Log) -> Formula:
    """-d / (y + e)."""

    def one(d: Any, a: Arrays) -> Any:
        return -((a["y"] * 0.0 + 1.0).exactly() * d) / log.guard(a["y"])

    return for_targets("grad", one)


def of_terms(log: Log, combined: Callable[[Any, Any], Any], exchanged: bool = False) -> Formula:
    """Of yes = d/(y+e) and no = (1-d)/(1-y+e); ``exchanged``: with each other's denominators."""

    def formula(a: Arrays) -> Arrays:
        y, one = a["y"], (a["y"] * 0.0 + 1.0).exactly()
        above, below = log.guard(y), log.rest(y)
        if exchanged:
            above, below = below, above
        return {"grad": combined(one * a["d"] / above, one * (1.0 - a["d"]) / below)}

    return formula


def of_binary(log: Log) -> Formula:
    """(1-d)/(1-y+e) - d/(y+e)."""
    return of_terms(log, lambda yes, no: no - yes)


def of_guarded(log: Log) -> Formula:
    """(1-d)/(1-g) - d/g, with g the guarded output."""

    def formula(a: Arrays) -> Arrays:
        g = log.guard(a["y"])
        one = (g * 0.0 + 1.0).exactly()
        return {"grad": one * (1.0 - a["d"]) / (1.0 - g) - one * a["d"] / g}

    return formula


def over_guarded(log: Log) -> Formula:
    """(g - d) / (g (1-g))."""

    def formula(a: Arrays) -> Arrays:
        g = log.guard(a["y"])
        return {"grad": (g - a["d"]) / (g * (1.0 - g))}

    return formula


def over_product(e: float) -> Formula:
    """(y - d) / (y (1-y) + e)."""
    return lambda a: {"grad": (a["y"] - a["d"]) / (a["y"] * (1.0 - a["y"]) + e)}
