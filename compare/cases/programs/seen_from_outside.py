"""A program of which only some names are compared: what any implementation of it has to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from compare.cases.programs.functions import Arrays
from compare.core.case import Program
from compare.oracle.rules import Rule, Specification

OwnRules = Callable[[Mapping[str, Rule]], Mapping[str, Rule]]


def seen_from_outside(
    program: Program, shows: Callable[[str], bool], own: OwnRules = lambda rules: {}
) -> Program:
    """The same program, of which the names are compared that ``shows`` is true of, and no others.

    What is hidden is judged all the same where something that is shown depends on it · ``own``:
    rules of the side under test alone, made of the program's.
    """

    def specify(arrays: Arrays) -> Specification:
        whole = program.specify(arrays)
        return replace(whole, hides=lambda name: not shows(name), own=own(whole.rules))

    return replace(program, specify=specify, go_on=None)
