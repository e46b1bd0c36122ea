"""Comparisons of any number of steps in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.trace import quantity
from compare.judge.verdict import Comparison, stated_of

_Key = tuple[str, Outcome, bool, bool]


class Aggregate:
    """Of each quantity and outcome one comparison, and how many times it came.

    Kept is the first that is not the same, and of those that are the same the one with the largest
    error per limit. A difference of the size that is stated of it counts apart from any other.
    """

    def __init__(self, known: Mapping[str, ExpectedOutcome] | None = None) -> None:
        self._known = known or {}
        self._kept: dict[_Key, Comparison] = {}
        self._times: dict[_Key, int] = {}

    def add(self, comparisons: Iterable[Comparison]) -> None:
        """Count these, in order of computation."""
        for c in comparisons:
            key = self._key(c)
            current = self._kept.get(key)
            # of failures the first, since later ones may be its
            # consequences; of what is the same the nearest to its limit
            if current is None or (c.outcome is Outcome.SAME and c.ratio > current.ratio):
                self._kept[key] = c
            self._times[key] = self._times.get(key, 0) + c.times

    def _key(self, c: Comparison) -> _Key:
        as_stated = bool(self._known) and any(
            c.has_size(k.size) for _, k in stated_of(self._known, c)
        )
        return quantity(c.name), c.outcome, bool(c.consequence_of), as_stated

    def state(self) -> list[dict[str, Any]]:
        """What was kept, in plain values."""
        return [c.plain() for c in self.comparisons()]

    def restore(self, state: Iterable[Mapping[str, Any]]) -> None:
        """Go on from there."""
        self._kept = {self._key(c): c for c in map(Comparison.of, state)}
        self._times = {key: c.times for key, c in self._kept.items()}

    def comparisons(self) -> tuple[Comparison, ...]:
        """What was kept, in the order in which each came first."""
        return tuple(
            c if c.times == self._times[key] else replace(c, times=self._times[key])
            for key, c in self._kept.items()
        )
