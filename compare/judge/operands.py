"""What one side has computed so far in a step, and what that makes of the next name."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from compare.arithmetic.formats import COARSE
from compare.arithmetic.running_error import FORMAT_OF, Bounded, Format
from compare.oracle.rules import BEFORE, Rule, bare, evaluated

Parents = dict[str, Any] | None


class Operands:
    """What one side has computed so far, name by name, and what it was given."""

    def __init__(
        self,
        initial: Mapping[str, Any],
        inexact: bool,
        hidden: Mapping[str, Rule] = MappingProxyType({}),
    ) -> None:
        self.now, self.before = dict(initial), dict(initial)
        self.inexact = inexact
        self.hidden = hidden  # the rules of what no side shows
        parents = (p for rule in hidden.values() for p in rule.parents)
        self._carried = {bare(p) for p in parents if p.startswith(BEFORE)} & hidden.keys()
        # what has been computed of names to come, with its limit
        self.ahead: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._numbers: dict[tuple[int, str], tuple[np.ndarray, Bounded]] = {}

    def begin(self, inputs: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        """A step: it gets inputs, and what it leaves out cannot stand in from the step before."""
        for name in self._carried & (self.hidden.keys() - self.now.keys()):
            self._remember(name)
        self.now |= inputs
        # a copy of the mapping and not of its arrays, which are never changed in place
        self.before = dict(self.now)
        for name in self.hidden:  # of this step it is computed when it is asked for
            self.now.pop(name, None)
        self.names, self.ahead = names, {}
        self._numbers = {}  # of one step: it holds the arrays, and would keep all steps in memory

    def parents(self, rule: Rule) -> Parents:
        """The rule's inputs, or None where this side lacks one."""
        try:
            return {name: self._parent(name) for name in rule.parents}
        except (KeyError, ValueError, IndexError, TypeError):
            return None

    def _parent(self, name: str) -> Any:
        if name.startswith(BEFORE):
            return self.before[bare(name)]
        if name in self.hidden and name not in self.now:
            self.now[name] = self._computed(self.hidden[name])
        return self.now[name]

    def _remember(self, name: str) -> None:
        """What the next step needs of this one, though nothing in this one does."""
        try:
            self._parent(name)
        except (KeyError, ValueError, IndexError, TypeError):
            pass  # what it comes of is missing, which was said of that

    def _computed(self, rule: Rule) -> Bounded:
        """What this side must have where it shows nothing, with the error of the way to it."""
        shown = next((v for v in self.names.values() if v.dtype in FORMAT_OF), None)
        if shown is None:
            raise KeyError(rule.text)
        parents = {name: self._parent(name) for name in rule.parents}
        number: Bounded = evaluated(rule, parents, partial(self.number, format=self.format(shown)))
        return number

    def number(self, array: np.ndarray, format: Format) -> Bounded:
        """An array as Bounded, one for all rules of a step: it remembers what they computed."""
        # by identity: hashing the bytes would cost as much as the formula.
        # The array is kept beside its number, so that no other gets its id.
        key = (id(array), format.name)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = (array, Bounded.given(array, format))
        return known[1]

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
        self, name: str, rule: Rule, parents: Parents, value: np.ndarray, factor: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """What its own inputs make of a name, and the limit; None where they do not fit."""
        if parents is None:
            return None
        if name in self.ahead:
            known, limit = self.ahead[name]
            return known, limit if factor == 1 else factor * limit
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
