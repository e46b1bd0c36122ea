"""What one side has computed so far in a step, and what that makes of the next name."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.formats import COARSE
from compare.arithmetic.running_error import FORMAT_OF, Bounded, Format
from compare.oracle.rules import BEFORE, Rule, bare, evaluated

Parents = dict[str, Any] | None


class Operands:
    """What one side has computed so far, name by name, and what it was given."""

    def __init__(self, initial: Mapping[str, Any], inexact: bool) -> None:
        self.now, self.before = dict(initial), dict(initial)
        self.inexact = inexact
        self._numbers: dict[tuple[int, str], tuple[np.ndarray, Bounded]] = {}

    def begin(self, inputs: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        """A step: it gets inputs, and what it leaves out cannot stand in from the step before."""
        self.now |= inputs
        # a copy of the mapping and not of its arrays, which are never changed in place
        self.before = dict(self.now)
        self.names = names
        self._numbers = {}  # of one step: it holds the arrays, and would keep all steps in memory

    def parents(self, rule: Rule) -> Parents:
        """The rule's inputs, or None where this side lacks one."""
        now, before = self.now, self.before
        try:
            return {
                name: before[bare(name)] if name.startswith(BEFORE) else now[name]
                for name in rule.parents
            }
        except KeyError:
            return None

    def number(self, array: np.ndarray, format: Format) -> Bounded:
        """An array as Bounded, one for all rules of a step: it remembers what they computed."""
        # by identity: hashing the bytes would cost as much as the formula.
        # The array is kept beside its number, so that no other gets its id.
        key = (id(array), format.name)
        if key not in self._numbers:
            self._numbers[key] = (array, Bounded.given(array, format))
        return self._numbers[key][1]

    def end(self, values: Mapping[str, Any], names: Iterable[str]) -> None:
        """These names were judged: keep the side's values, and forget those that it lacks."""
        for name in names:
            if name in values:
                self.now[name] = values[name]
            else:
                # what a side did not compute at this step must not be taken from the step before
                self.now.pop(name, None)

    def format(self, array: np.ndarray) -> Format:
        """The rounding of this side's results."""
        format = FORMAT_OF[array.dtype]
        return format.inexact() if self.inexact and format.name in COARSE else format

    def expected(
        self, rule: Rule, parents: Parents, value: np.ndarray, factor: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """What its own inputs make of a name, and the limit; None where they do not fit."""
        if parents is None:
            return None
        format = self.format(value)
        try:
            number = evaluated(rule, parents, partial(self.number, format=format))
            shape = np.shape(number.value)
        except (KeyError, ValueError, IndexError, TypeError):
            return None  # a parent has a shape of its own: that was said of it
        if shape != value.shape:  # broadcasting would compare it all the same
            return None
        # 1 as a rule: no copy of the array
        limit = number.limit() if factor == 1 else factor * number.limit()
        # the shown result is rounded once more, from float32 to the coarse format
        if self.inexact and format.own:
            limit = limit + format.u * np.abs(number.value) + format.eta
        return np.asarray(number.value), limit


def same_arrays(mine: Parents, reference: Parents) -> bool:
    """Whether both sides' inputs are the very same arrays, in memory."""
    if mine is None or reference is None:
        return False
    # identity and not equality: it costs nothing, and ``end`` makes equal arrays identical
    return all(map(operator.is_, mine.values(), reference.values()))
