"""Curves over the steps of a training run, thinned while they come: a spike is never lost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from compare.core.trace import quantity
from compare.judge.verdict import Comparison

Point = tuple[int, float, float]
Curve = tuple[Point, ...]

MAX_POINTS = 1000  # what TensorBoard keeps of a tag unless it is told otherwise
VALUES = ("loss", "test/loss", "test/accuracy", "lr")


@dataclass(frozen=True)
class Snapshot:
    """Everything that both sides computed at one step, name by name."""

    step: int
    mine: Mapping[str, np.ndarray]
    reference: Mapping[str, np.ndarray]

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"step": self.step, "mine": self.mine, "reference": self.reference}


def snapshot_steps(steps: int, count: int = 10) -> frozenset[int]:
    """The steps of a run to keep in full: about ``count``, dense at its start; first and last."""
    if not steps:
        return frozenset()
    # geometric: a run changes most at its start
    return frozenset(int(t) for t in np.geomspace(1, steps, count).round())


class Thinned:
    """At most MAX_POINTS points of a curve, each the one with the largest value of its window.

    A window grows to twice its steps whenever there are too many: memory stays the same.
    """

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._in_last, self._window = 0, 1

    def add(self, point: Point) -> None:
        """The next step."""
        # the largest of a window, so that a spike of one step is never thinned away
        if self._points and self._in_last < self._window:
            self._points[-1] = max(self._points[-1], point, key=_height)
            self._in_last += 1
            return
        self._points.append(point)
        self._in_last = 1
        if len(self._points) > MAX_POINTS:
            self._halve()

    def _halve(self) -> None:
        *complete, last = self._points
        # the last window has just begun: it is merged once
        # it is full, so that all windows have one size
        pairs = zip(complete[::2], complete[1::2], strict=True)  # MAX_POINTS is even
        self._points = [*(max(pair, key=_height) for pair in pairs), last]
        self._window *= 2

    def points(self) -> Curve:
        """What is kept of the curve so far."""
        return tuple(self._points)

    def state(self) -> dict[str, Any]:
        """Points (P, 3), and how many steps the last window has."""
        points = np.array(self._points, np.float64).reshape(-1, 3)
        return {"points": points, "in_last": self._in_last, "window": self._window}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Thinned:
        """The curve that had this state."""
        thinned = cls()
        thinned._points = [(int(t), a, b) for t, a, b in state["points"].tolist()]
        thinned._in_last, thinned._window = state["in_last"], state["window"]
        return thinned


def thinned(curve: Iterable[Point]) -> Curve:
    """A whole curve, thinned as if its points came one after the other."""
    curve_so_far = Thinned()
    for point in curve:
        curve_so_far.add(point)
    return curve_so_far.points()


def _height(point: Point) -> float:
    # NaN compares as smaller than nothing: max() would drop it
    return math.inf if math.isnan(point[1]) else point[1]


@dataclass
class Curves:
    """What a training run is drawn from: values of both sides, and errors beside their limits."""

    _values: dict[str, Thinned] = field(default_factory=dict)
    _errors: dict[str, Thinned] = field(default_factory=dict)

    def add(self, step: int, comparisons: Iterable[Comparison]) -> None:
        """One step: its values, and by kind of quantity the largest error per limit."""
        worst: dict[str, tuple[tuple[float, float], Comparison]] = {}
        for c in comparisons:
            name = quantity(c.name)
            if name in VALUES:
                self._values.setdefault(name, Thinned()).add((step, c.mine, c.reference))
            kind = kind_of(name)
            # one curve a kind: 20 quantities in one chart cannot be read
            if not kind:
                continue
            key = _key(c)
            if kind not in worst or key > worst[kind][0]:
                worst[kind] = key, c
        for kind, (_, c) in worst.items():
            self._errors.setdefault(kind, Thinned()).add((step, c.error, c.limit))

    def state(self) -> dict[str, Any]:
        """Every curve, by name and by kind."""
        return {
            "values": {name: curve.state() for name, curve in self._values.items()},
            "errors": {kind: curve.state() for kind, curve in self._errors.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._values = {name: Thinned.of(s) for name, s in state["values"].items()}
        self._errors = {kind: Thinned.of(s) for kind, s in state["errors"].items()}

    @property
    def values(self) -> Mapping[str, Curve]:
        """(step, yours, torch's) of loss, test/loss, test/accuracy and lr."""
        return {name: curve.points() for name, curve in self._values.items()}

    @property
    def errors(self) -> Mapping[str, Curve]:
        """(step, error, limit) by kind of quantity, as ``kind_of`` names it."""
        return {kind: curve.points() for kind, curve in self._errors.items()}


def _key(c: Comparison) -> tuple[float, float]:
    """The largest error per limit; where all are 0, the widest limit."""
    return c.ratio, c.limit


@lru_cache(maxsize=4096)
def kind_of(name: str) -> str:
    """The kind of a quantity that shares a chart, or "" for what has none."""
    if name.startswith(("grad/", "delta")):
        return "grad"
    if name.startswith(("param/", "state/", "free/", "forced/")):
        return name.split("/")[0]
    if name in ("loss", "test/loss"):
        return "loss"
    return "" if name in VALUES else "output"
