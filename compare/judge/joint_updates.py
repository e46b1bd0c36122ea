"""What update rules make of all small parameters of both sides, computed once for all of them.

An update looks at one element at a time, so that arrays end to end have the results that each has
alone, to the bit; and of a few hundred elements a formula costs what its calls cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMAT_OF
from compare.judge.operands import Operands
from compare.oracle.rules import BEFORE, Rule, bare, rounded

SMALL = 2**13  # elements: beyond, the formula costs more than its calls
_Member = tuple[Operands, str, dict[str, Any]]  # a side, a name, and what it is computed from


class JointUpdates:
    """The names whose rules have one ``elementwise``, step by step.

    without: names that a side computes by a rule of its own.
    """

    def __init__(self, rules: Mapping[str, Rule], without: Iterable[str]) -> None:
        self.rules = rules
        self._groups: dict[str, list[str]] = defaultdict(list)
        for name, rule in rules.items():
            if rule.elementwise and name not in without:
                self._groups[rule.elementwise].append(name)
        self._position: dict[str, int] = {}
        self._to_come: set[str] = set()

    def begin(self, order: Iterable[str]) -> None:
        """A step, whose names are judged in this order."""
        self._position = {name: k for k, name in enumerate(order)}
        self._to_come = set(self._groups)

    def compute(self, name: str, sides: Sequence[Operands]) -> None:
        """Have each side know ahead what becomes of this name, and of all that are like it."""
        group = self.rules[name].elementwise
        if group not in self._to_come:
            return
        self._to_come.remove(group)
        alike: dict[Hashable, list[_Member]] = defaultdict(list)
        for side in sides:
            for each in self._groups[group]:
                parents = self._parents(side, each, self._position[name])
                kind = _kind(side, side.names.get(each), parents)
                if kind is not None:
                    alike[kind].append((side, each, parents))
        for members in alike.values():
            if len(members) > 1:
                _compute(self.rules[members[0][1]], members)

    def _parents(self, side: Operands, name: str, at: int) -> dict[str, Any]:
        """What it is computed from, once it is its turn; at ``at`` what comes before is judged."""
        parents = {}
        for p in self.rules[name].parents:
            if p.startswith(BEFORE):
                parents[p] = side.before.get(bare(p))
            else:
                is_to_come = at <= self._position.get(p, -1) < self._position.get(name, -1)
                parents[p] = (side.names if is_to_come else side.now).get(p)
        return parents


def _kind(side: Operands, value: Any, parents: Mapping[str, Any]) -> Hashable | None:
    """What has to be the same to be computed together; None of what is computed alone."""
    if not isinstance(value, np.ndarray) or value.dtype not in FORMAT_OF or value.size > SMALL:
        return None
    if side.format(value).own:  # a side that computes in more digits than it shows
        return None
    shared: list[Hashable] = [value.dtype]
    for p in parents.values():
        if _is_of_elements(p, value):
            shared.append(None)
        elif isinstance(p, int) or (isinstance(p, np.ndarray) and not p.ndim):
            shared.append((str(getattr(p, "dtype", "")), np.asarray(p).tobytes()))
        else:
            return None
    return tuple(shared)


def _is_of_elements(p: Any, value: np.ndarray) -> bool:
    return isinstance(p, np.ndarray) and p.shape == value.shape and p.dtype == value.dtype


def _compute(rule: Rule, members: Sequence[_Member]) -> None:
    side, _, of_first = members[0]
    values = [side.names[name] for side, name, _ in members]
    together = {
        parent: np.concatenate([list(parents.values())[k].ravel() for _, _, parents in members])
        if _is_of_elements(p, values[0])
        else p
        for k, (parent, p) in enumerate(of_first.items())
    }
    number = rounded(rule, together, side.format(values[0]))
    limit, end = number.limit(), 0
    for (side, name, _), value in zip(members, values, strict=True):
        part = slice(end, end := end + value.size)
        side.ahead[name] = number.value[part].reshape(value.shape), limit[part].reshape(value.shape)
