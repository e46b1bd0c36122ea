"""Causes found by trying: other settings of the reference, or other arguments of yours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from torch import nn

from compare.core.case import Case
from compare.core.problem import Problem
from compare.equivalence.passes import PairProgram, forward_of
from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_causes.calls import other_calls
from compare.equivalence.solved_causes.casts import other_casts
from compare.equivalence.solved_causes.other_arguments import other_arguments, unused
from compare.equivalence.solved_causes.other_choices import chosen
from compare.equivalence.solved_causes.other_formulas import other_formula
from compare.equivalence.solved_settings import solved
from compare.judge.rounding_noise.measured_limits import until_it_raises
from compare.judge.rounding_noise.measurement import flat
from compare.language.message import Message

Values = Mapping[str, np.ndarray]
MINE, REFERENCE = 0, 1
GRADIENT = "grad/"  # of which the pass forward is right


class Tries:
    """The pass forward of a pair in float64, with something of it changed, and what it computes."""

    def __init__(self, case: Case, problem: Problem) -> None:
        assert isinstance(case.program.run, PairProgram)
        self.case, self.problem = case, problem
        # a copy of the user's, of which every pass makes one more
        self.module: nn.Module | None = case.program.run.pair.reference.modules.get("float64")

    @cached_property
    def mine(self) -> Values:
        """All that yours computes, of the arrays as they are."""
        return self._values(MINE)

    @cached_property
    def reference(self) -> Values:
        """All that the reference computes."""
        return self._values(REFERENCE)

    def setting_of_the_reference(
        self, name: str, mine: np.ndarray, reference: np.ndarray
    ) -> Message | str:
        """Which number or choice of a module of the reference is another in yours.

        mine, reference: what both have of that name.
        """
        if self.module is None or name.startswith(GRADIENT):
            return ""

        def there(paths: Sequence[str], key: str, value: Any) -> np.ndarray | None:
            return self._with_setting(paths, key, value, name).get(name)

        def is_mine(paths: Sequence[str], key: str, value: Any) -> bool:
            near = there(paths, key, value)  # a run that ends there says no, as a rule
            told = near is not None and same_numbers(mine, near)
            return told and _agree(self.mine, self._with_setting(paths, key, value))

        return solved(self.module, mine, reference, there) or chosen(self.module, is_mine)

    def calls_of_the_reference(
        self, name: str, mine: np.ndarray, reference: np.ndarray, of_one: bool = False
    ) -> Message | str:
        """Which number or choice in a call of torch, or which other formula of one, gives yours.

        of_one: which number beside single ones, whatever that is the setting of
        """
        assert self.case.sides is not None
        if self.case.sides[REFERENCE].takes != "torch" or name.startswith(GRADIENT):
            return ""

        there = partial(self._within, REFERENCE, name)
        parts = self.module.modules() if self.module is not None else ()
        held = [value for part in parts for value in vars(part).values()]
        settings = [value for value in held if type(value) in (bool, float, str)]
        told = other_calls(there, mine, reference, settings, of_one)
        return told if told or of_one else other_formula(there, mine)

    def casts(self, name: str, mine: np.ndarray, reference: np.ndarray) -> Message | str:
        """Which cast of one side to a coarser format is in another place than the other's."""
        assert self.case.sides is not None
        for which, other in ((REFERENCE, mine), (MINE, reference)):
            if self.case.sides[which].takes == "torch" and not name.startswith(GRADIENT):
                told = other_casts(partial(self._within, which, name), other, which == MINE)
                if told:
                    return told
        return ""

    def _within(
        self, which: int, name: str, within: AbstractContextManager[Any]
    ) -> np.ndarray | None:
        return self._values(which, None, name, within).get(name)

    def argument_of_yours(self, name: str) -> Message | str:
        """With which arrays in place of those given all that yours computes is the reference's."""
        if name.startswith(GRADIENT):
            return ""

        def is_right(changed: Values) -> bool:
            mine, right = self.computed(MINE, changed, name).get(name), self.reference.get(name)
            told = mine is not None and right is not None and same_numbers(mine, right)
            return told and _agree(self.computed(MINE, changed), self.reference)

        return self._unused(name) or other_arguments(self.problem.arrays, is_right)

    def _unused(self, name: str) -> Message | str:
        def moves(changed: Values) -> tuple[bool, bool]:
            mine = self._is_moved(MINE, name, changed)
            return mine, not mine and self._is_moved(REFERENCE, name, changed)

        return unused(self.problem.arrays, moves)

    def _is_moved(self, which: int, name: str, changed: Values) -> bool:
        before = (self.reference if which == REFERENCE else self.mine).get(name)
        after = self.computed(which, changed, name).get(name)
        return before is None or after is None or not np.array_equal(before, after)

    def computed(self, which: int, changed: Values | None = None, last: str = "") -> Values:
        """All that a side computes, of some arrays in place of those given; or up to a name."""
        return self._values(which, changed, last)

    def _with_setting(self, paths: Sequence[str], name: str, value: Any, last: str = "") -> Values:
        assert self.module is not None
        parts = [self.module.get_submodule(path) for path in paths]
        before = [getattr(part, name) for part in parts]
        try:
            for part in parts:
                setattr(part, name, value)
            return self._values(REFERENCE, last=last)
        finally:
            for part, held in zip(parts, before, strict=True):
                setattr(part, name, held)

    def _values(
        self,
        which: int,
        changed: Values | None = None,
        last: str = "",
        within: AbstractContextManager[Any] | None = None,
    ) -> Values:
        assert self.case.sides is not None
        problem = replace(self.problem, arrays={**self.problem.arrays, **(changed or {})})
        case = forward_of(self.case, last, within) if last else self.case
        computed = flat(until_it_raises(case, problem, self.case.sides[which]))
        return {name: value.astype(np.float64) for name, value in computed.items()}


def _agree(one: Values, other: Values) -> bool:
    return one.keys() == other.keys() and all(same_numbers(one[n], other[n]) for n in one)
