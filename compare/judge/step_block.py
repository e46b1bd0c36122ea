"""Several training steps of both sides, evaluated as one stack of matrices.

What a step makes of a name is computed from what its side itself shows, and so does not wait for
the step before to be judged. One evaluation for all steps has the results of each, and costs the
calls of one: of small networks that is nearly all that a verdict costs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.closeness import TINY
from compare.arithmetic.running_error import FORMAT_OF, Bounded
from compare.core.trace import STATE, Trace
from compare.oracle.rules import BEFORE, Rule, Specification, as_it_is, bare, in_double

ELEMENTS = 2**20  # of all that both sides show in the steps of a block: beyond, nothing is saved
STEPS = 64  # of a block, so that a run is seen going on
Names = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Within:
    """Of a side at one step a ``Gap`` in which no element exceeds its limit."""

    expected: np.ndarray
    limit: np.ndarray
    worst: tuple[int, ...]
    error_there: float
    limit_there: float
    count: int = 0
    largest: float = math.nan  # is asked for where an element is wrong


Both = tuple[Within, Within]  # of mine, and of the reference


def steps_at_once(step: Sequence[Trace]) -> int:
    """How many steps of which both sides show as much as of this one are worth a block."""
    elements = sum(np.size(a) for trace in step for a in trace.values.values())
    return min(STEPS, max(1, ELEMENTS // max(1, elements)))


def evaluated_ahead(
    specification: Specification,
    now: Sequence[Names],
    steps: Sequence[Sequence[Trace]],
    orders: Sequence[Sequence[str]],
) -> dict[int, Mapping[str, Both]]:
    """Step → what a block of steps like it knows of its names; now, orders: as of a ``StepBlock``.

    Steps are alike where their batches have one size.
    """
    known: dict[int, Mapping[str, Both]] = {}
    sizes = [[np.shape(a) for a in specification.inputs(mine.step or 1).values()]
             for mine, _ in steps]  # fmt: skip
    begin = 0
    for end in range(1, len(steps) + 1):
        if end < len(steps) and sizes[end] == sizes[begin]:
            continue
        if begin:
            now = [_after(n, step.values) for n, step in zip(now, steps[begin - 1], strict=True)]
        if end - begin > 1:
            block = StepBlock(specification, now, steps[begin:end], orders[begin:end])
            known |= {mine.step or 1: block.of(k) for k, (mine, _) in enumerate(steps[begin:end])}
        begin = end
    return known


def _after(now: Names, values: Names) -> Names:
    """What a side has after a step, of which nothing stands in for what it left out."""
    return {**{n: a for n, a in now.items() if not n.startswith(STATE)}, **values}


class StepBlock:
    """The names of steps that follow each other, each found within its limits on both sides.

    now: what each side had computed before them · orders: of each step the names as they are
    judged. What it has not is judged by itself: what is no float, missing at a step, of another
    shape there, not finite, or wrong.
    """

    def __init__(
        self,
        specification: Specification,
        now: Sequence[Names],
        steps: Sequence[Sequence[Trace]],
        orders: Sequence[Sequence[str]],
    ) -> None:
        self._now, self._steps = now, steps
        self._inputs = [specification.inputs(mine.step or 1) for mine, _ in steps]
        self._lines: dict[str, np.ndarray] = {}
        self._numbers: dict[tuple[str, bool], Bounded] = {}
        self._known: list[dict[str, Both]] = [{} for _ in steps]
        self._position = {name: k for k, name in enumerate(orders[0])}
        rules = {n: r for n, r in specification.rules.items() if n not in specification.own}
        names = [n for n in rules if self._is_alike(n)]
        if any([n for n in order if n in names] != [n for n in orders[0] if n in names]
               for order in orders):  # fmt: skip
            return
        groups: dict[str, list[str]] = defaultdict(list)
        for name in names:
            if rules[name].elementwise:
                groups[rules[name].elementwise].append(name)
            elif rules[name].stacks:
                self._evaluate([name], rules, self._matrices)
        for group in groups.values():
            self._evaluate(group, rules, self._elements)

    def of(self, step: int) -> Mapping[str, Both]:
        """What is known of the names of one of the steps, counted from 0."""
        return self._known[step]

    def _is_alike(self, name: str) -> bool:
        """Whether every step shows it on both sides, in one shape and format."""
        first = self._steps[0][0].values.get(name)
        if type(first) is not np.ndarray or first.dtype not in FORMAT_OF or not first.size:
            return False
        return all(
            type(a := trace.values.get(name)) is np.ndarray
            and a.shape == first.shape
            and a.dtype == first.dtype
            for step in self._steps
            for trace in step
        )

    def _evaluate(self, names: list[str], rules: Mapping[str, Rule], arguments: Any) -> None:
        """What these names become, of which one formula is that of all."""
        try:
            number = rules[names[0]].formula(*arguments(names, rules))
            value, limit, end = number.value, number.limit(), 0
            for name in names:
                shown = self._line(name)[:, 1:]
                if len(names) > 1 or rules[name].elementwise:
                    part = np.s_[..., end : (end := end + math.prod(shown.shape[2:]))]
                    self._compare(name, value[part].reshape(shown.shape), limit[part])
                else:
                    self._compare(name, value, limit)
        except (KeyError, ValueError, IndexError, TypeError):
            return  # an input is missing, or has a shape of its own: it is said of that step

    def _compare(self, name: str, expected: np.ndarray, limit: np.ndarray) -> None:
        """Keep what is known of a name, where both sides are within their limits at every step."""
        value = self._line(name)[:, 1:]
        if expected.shape != value.shape:  # broadcasting would compare it all the same
            return
        limit = limit.reshape(value.shape)
        error = np.abs(value - expected)
        if not error.max() < np.inf or (error > limit).any():
            return
        steps = len(self._steps)
        flat = error[0].reshape(steps, -1), limit[0].reshape(steps, -1)
        excess = flat[0] / np.maximum(flat[1], TINY)
        at = excess.argmax(axis=1)
        there = np.arange(steps), at
        errors, limits = flat[0][there].tolist(), flat[1][there].tolist()
        places = [k.tolist() for k in np.unravel_index(at, value.shape[2:] or (1,))]
        for k, place in enumerate(zip(*places, strict=True)):
            worst = place if value.ndim > 2 else ()
            mine = Within(expected[0, k], limit[0, k], worst, errors[k], limits[k])
            theirs = Within(expected[1, k], limit[1, k], (), math.nan, math.nan)
            self._known[k][name] = mine, theirs

    def _line(self, name: str) -> np.ndarray:
        """A name on both sides at every step, after what it was before the first of them."""
        if name not in self._lines:
            shape = self._steps[0][0].values[name].shape
            line = np.empty((2, len(self._steps) + 1, *shape))
            for side in (0, 1):
                before = self._now[side].get(name)
                line[side, 0] = np.nan if before is None or before.shape != shape else before
                for k, step in enumerate(self._steps, start=1):
                    line[side, k] = step[side].values[name]
            self._lines[name] = line  # where it is whole
        return self._lines[name]

    def _matrices(self, names: list[str], rules: Mapping[str, Rule]) -> list[Any]:
        """The parents of a name, each a stack of matrices by side and step."""
        (name,) = names
        return [self._parent(p, name) for p in rules[name].parents]

    def _parent(self, parent: str, name: str) -> Any:
        if as_it_is(parent):
            return in_double(np.stack([inputs[parent] for inputs in self._inputs])[np.newaxis])
        if parent in self._inputs[0]:
            stack = np.stack([inputs[parent] for inputs in self._inputs])[np.newaxis]
            return Bounded.given(stack, self._format(name))
        number = self._number(parent, name)
        # a bias is a row of each matrix
        return number[..., np.newaxis, :] if number.ndim == 3 else number

    def _number(self, parent: str, name: str) -> Bounded:
        """A parent at each step: as it is then, or as it was at the end of the step before."""
        of = bare(parent)
        now = not parent.startswith(BEFORE) and self._position[of] < self._position[name]
        line = self._line(of)
        if not now and np.isnan(line[:, 0]).any():
            raise KeyError(parent)
        key, format = (of, now), self._format(name)
        if key not in self._numbers:
            part = line[:, 1:] if now else line[:, :-1]
            # the line is in float64: whether a side shows more digits than its results have, as of
            # a rate, its own format says
            in_format = self._format(of).u >= format.u
            number = Bounded(part, None, format) if in_format else Bounded.given(part, format)
            self._numbers[key] = number
        return self._numbers[key]

    def _format(self, name: str) -> Any:
        return FORMAT_OF[self._steps[0][0].values[name].dtype]

    def _elements(self, names: list[str], rules: Mapping[str, Rule]) -> list[Any]:
        """The parents of names that are alike, the elements of all of them side by side."""
        return [
            self._joined(parents, names)
            for parents in zip(*(rules[name].parents for name in names), strict=True)
        ]

    def _joined(self, parents: Sequence[str], names: Sequence[str]) -> Any:
        first = parents[0]
        if as_it_is(first):  # numbers of steps, with Python's arithmetic
            return np.array([i[first] for i in self._inputs], object)[np.newaxis, :, np.newaxis]
        numbers = [self._number(p, name) for p, name in zip(parents, names, strict=True)]
        if len({self._format(name) for name in names}) > 1:
            raise TypeError(names)
        if numbers[0].ndim == 2:  # of all elements, as a rate
            return numbers[0][..., np.newaxis]
        flat = [n.value.reshape(*n.shape[:2], -1) for n in numbers]
        return Bounded(np.concatenate(flat, axis=-1), None, self._format(names[0]))
