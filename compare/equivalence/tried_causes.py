"""Causes found by trying: other settings of the reference, or other arguments of yours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from compare.core.case import Case
from compare.core.problem import Problem
from compare.equivalence.callee import is_module
from compare.equivalence.causes import same_numbers
from compare.equivalence.other_arguments import other_arguments
from compare.equivalence.other_choices import chosen
from compare.equivalence.solved_settings import solved
from compare.judge.rounding_noise.measured_limits import until_it_raises
from compare.judge.rounding_noise.measurement import flat
from compare.language.message import Message

Values = Mapping[str, np.ndarray]
Again = Callable[[Any], Case]  # the case with another reference in place of this one, forward alone


def settings_of_the_reference(
    problem: Problem, name: str, reference: Any, again: Again
) -> Message | str:
    """Which number or choice of a module of the reference is another in yours."""
    if not is_module(reference):
        return ""
    mine, theirs = _values(again(reference), problem)
    if name not in mine or name not in theirs:
        return ""

    def of(module: Any) -> Values:
        return _side(again(module), problem, 1)

    return solved(
        reference, mine[name], theirs[name], lambda module: of(module).get(name)
    ) or chosen(reference, lambda module: _agree(mine, of(module)))


def arguments_of_yours(problem: Problem, name: str, reference: Any, again: Again) -> Message | str:
    """With which arrays in place of those given all that yours computes is the reference's."""
    case = again(reference)
    mine, theirs = _values(case, problem)
    if name not in mine:  # a gradient, whose forward pass is right
        return ""

    def is_right(changed: Values) -> bool:
        arrays = {**problem.arrays, **changed}
        return _agree(_side(case, replace(problem, arrays=arrays), 0), theirs)

    return other_arguments(problem.arrays, is_right)


def _values(case: Case, problem: Problem) -> tuple[Values, Values]:
    return _side(case, problem, 0), _side(case, problem, 1)


def _side(case: Case, problem: Problem, which: int) -> Values:
    assert case.sides is not None
    computed = flat(until_it_raises(case, problem, case.sides[which]))
    return {name: value.astype(np.float64) for name, value in computed.items()}


def _agree(one: Values, other: Values) -> bool:
    return one.keys() == other.keys() and all(same_numbers(one[n], other[n]) for n in one)
