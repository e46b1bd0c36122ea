"""The checks of one test: none of them ends it, and it fails once, by what differs first."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from compare.engine.result import CaseResult, RunResult
from compare.engine.run_case import run_case
from compare.equivalence.assert_equivalent import NotEquivalent, equivalent
from compare.equivalence.case_of_pair import called
from compare.language.choice import _, speaking, told
from compare.language.message import ENGLISH
from compare.report.headline import headline
from compare.report.html import failure_entry
from compare.system.command_line import stored
from compare.system.errors import UsageError, UserError
from compare.system.torch_settings import using_threads
from compare.testing.asked import Asked
from compare.testing.marked_cases import MarkedCase

PROPERTY = "compare."  # before the names of what JUnit XML has of each check


class Checks:
    """What the checks of a test came to, in order; ``again`` is how its command names the test."""

    def __init__(self, test: str, again: str, asked: Asked) -> None:
        self.test, self.asked = test, asked
        self.noted: list[CaseResult] = []
        self.raised: tuple[CaseResult, ...] = ()  # by a NotEquivalent, of which nothing is accepted
        self._again, self._places = again, dict[str, str]()
        self._names: Counter[str] = Counter()
        self._message = ""  # with which they have failed the test

    def equivalent(self, mine: Any, reference: Any, arrays: Any, **settings: Any) -> RunResult:
        """``compare.equivalent`` of the same arguments, noted; the test goes on."""
        __tracebackhide__ = True  # pytest then points at the line that called this
        name = self._free(settings.pop("name", "") or called(mine))
        if self.asked.dtype:
            settings.setdefault("dtypes", [self.asked.dtype])
        known = {
            **(settings.pop("known", None) or {}),
            **self.asked.accepted.known(self.test, name),
        }
        try:
            run = equivalent(mine, reference, arrays, name=name, known=known, **settings)
        except UsageError as error:  # a mistake of the caller: of our own frames none is shown
            raise UsageError(*error.args) from None
        caller = sys._getframe(1)
        place = f"{os.path.basename(caller.f_code.co_filename)}:{caller.f_lineno}"
        results = tuple(self._noted(result, place) for result in run)
        return replace(run, results=results)

    def run(self, marked: MarkedCase) -> CaseResult:
        """The case of a marker, run and noted; skips the test where its data are not there."""
        known = self.asked.accepted.known(self.test, marked.case.name)
        case = replace(marked.case, known={**marked.case.known, **known})
        self._names[case.name] += 1
        with using_threads(1):  # as the command does: one order of summation repeats its bits
            result = self._noted(run_case(case, marked.dtype, marked.seed))
        if result.skipped:
            pytest.skip(told(result.skipped))
        return result

    def failure(self) -> str:
        """What the test is to fail with, first what differs first; or ""."""
        failing = [r for r in self.noted if r.fails]
        complaints = self.asked.accepted.complaints(self.test, self._names)
        if not failing and not complaints:
            return ""
        groups = _alike(failing)
        lines = [*map(_headline, groups), *complaints]
        if failing:
            failed, n = len(failing), len(self.noted)
            lines.append(_("Not the same: {failed} of {n} comparisons", failed=failed, n=n))
        if self.asked.report != "none":
            lines += [self._block(group) for group in groups]
        self._message = "\n".join(lines)
        return self._message

    def headline_of(self, error: BaseException | None) -> str:
        """How the summary calls what ended the test; "" where that was something else.

        Notes the result of a NotEquivalent, and lets its message begin with that line.
        """
        if isinstance(error, NotEquivalent):
            lines = [*map(_headline, _alike(error.result.failures))]
            self.raised = error.result.results
            shown = [] if self.asked.report == "none" else [str(error.result)]
            error.args = ("\n".join([*lines, *shown]),)
        if isinstance(error, NotEquivalent | UserError):
            return str(error).splitlines()[0]
        return (
            self._message.splitlines()[0] if self._message and str(error) == self._message else ""
        )

    def replace_properties(self, properties: list[tuple[str, object]]) -> None:
        """One property a comparison, and none of an earlier run of the test."""
        properties[:] = [(k, v) for k, v in properties if not k.startswith(PROPERTY)]
        with speaking(ENGLISH):  # programs read it
            for result in (*self.noted, *self.raised):
                value = headline(result).removeprefix(f"{result.id} ")
                properties.append((f"{PROPERTY}{result.id}", value))

    def _free(self, name: str) -> str:
        """The name, or with a number where the test has such a check already."""
        self._names[name] += 1
        return name if self._names[name] == 1 else self._free(f"{name}#{self._names[name]}")

    def _noted(self, result: CaseResult, place: str = "") -> CaseResult:
        # with the dtype: that of the check is what the option is for
        again = stored(self._again, "--compare-dtype", result.dtype, module="pytest")
        noted = replace(result, case=replace(result.case, again=again))
        self.noted.append(noted)
        self._places[noted.id] = place
        return noted

    def _block(self, group: list[CaseResult]) -> str:
        entry, place = failure_entry(*group), self._places.get(group[0].id, "")
        at = f"{place}: " if place else ""
        return f"\n{at}{entry['name']}  {entry['title']}\n{entry['text']}"


def _alike(failing: Iterable[CaseResult]) -> list[list[CaseResult]]:
    """Failures; those together that are one in several dtypes."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for r in failing:
        first = r.verdict.first
        # by the kind of error where it has one: else the figures say what it is
        kind = (first.name, r.error_kind) if first and r.error_kind else (r.id,)
        groups.setdefault((r.case.name, *kind), []).append(r)
    return list(groups.values())


def _headline(group: Sequence[CaseResult]) -> str:
    line, others = headline(group[0]), ", ".join(r.dtype for r in group[1:])
    return _("{line} ({dtypes} likewise)", line=line, dtypes=others) if others else line
