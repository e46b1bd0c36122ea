"""What came of the checks of all tests, in whichever process they ran."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from compare.core.case import Program
from compare.core.implementation import Implementation
from compare.engine.result import CaseResult
from compare.engine.result_rows import ruling
from compare.testing.checks import Checks

ATTRIBUTE = "scratch_compare"  # of a test's report: what a worker of pytest-xdist sends, as text


@dataclass(frozen=True)
class _Test:
    """What a test's checks came to, and where it stands among all."""

    position: int
    judged: tuple[tuple[CaseResult, Any], ...]  # with the cards of TensorBoard
    noted: int  # how many of them did not end the test


class Collector:
    """A plugin of its own, there where something is asked of all tests together.

    draw: what makes the cards of TensorBoard, wherever a test runs.
    """

    def __init__(self, draw: Callable[[CaseResult], Any] | None) -> None:
        self._draw = draw
        self._tests: dict[str, _Test] = {}

    def attach(self, report: pytest.TestReport, position: int, checks: Checks) -> None:
        """Give the report what the checks came to: it may have to go to another process."""
        results = (*checks.noted, *checks.raised)
        judged = tuple((_sendable(r), self._cards(checks.test, r)) for r in results)
        test = _Test(position, judged, len(checks.noted))
        packed = base64.b64encode(pickle.dumps(test)).decode("ascii")
        setattr(report, ATTRIBUTE, packed)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the last run of a test came to."""
        if report.when == "setup":
            self._tests.pop(report.nodeid, None)
        if packed := getattr(report, ATTRIBUTE, None):
            self._tests[report.nodeid] = pickle.loads(base64.b64decode(packed))

    def tests(self) -> Iterator[tuple[str, list[CaseResult]]]:
        """Every test that made checks, and what they came to."""
        for nodeid, test in self._in_order():
            yield nodeid, [result for result, _cards in test.judged]

    def noted(self) -> dict[str, list[CaseResult]]:
        """What may be accepted, by test: all but what was raised."""
        return {
            nodeid: [result for result, _cards in test.judged[: test.noted]]
            for nodeid, test in self._in_order()
        }

    def results(self) -> list[tuple[CaseResult, Any]]:
        """What all of them came to, each by a name of its own, with its cards."""
        return [
            (in_all_tests(nodeid, result), cards)
            for nodeid, test in self._in_order()
            for result, cards in test.judged
        ]

    def _in_order(self) -> list[tuple[str, _Test]]:
        # as pytest collected them, whichever process was done first
        return sorted(self._tests.items(), key=lambda pair: (pair[1].position, pair[0]))

    def _cards(self, test: str, result: CaseResult) -> Any:
        # here: what is drawn is made again from a program, which is not sent
        return self._draw(in_all_tests(test, result)) if self._draw else None


def in_all_tests(test: str, result: CaseResult) -> CaseResult:
    """The result by a name that it has in no other test: ``tests.test_port.test_mlp.mlp``."""
    path, _colons, inside = test.partition("::")
    # the id of a case is in the name of its test already
    inside = inside.removesuffix(f"[{result.id}]")
    parts = [*path.removesuffix(".py").split("/"), *inside.replace("/", ".").split("::")]
    name = ".".join([*parts, result.case.name])
    case = replace(result.case, name=name, section=path)
    return replace(result, case=case, id=case.id(result.dtype))


def _sendable(result: CaseResult) -> CaseResult:
    """Without what another process cannot be given: programs, arrays, and who is wrong by them."""
    sides = result.case.sides
    named = sides and (_named(sides[0].name), _named(sides[1].name))
    case = replace(result.case, program=Program(_not_sent), arrays={}, load=None, sides=named)
    ruled = ruling(result)
    return replace(result, case=case, ruled=ruled, evidence=None, watched=None, snapshots=())


def _named(side: str) -> Implementation:
    return Implementation(side, side, _same, _same, _same, layout=_same)


def _same(value: Any) -> Any:
    return value


def _not_sent(*_: Any) -> Any:
    raise RuntimeError("a result that came from another process has no program")
