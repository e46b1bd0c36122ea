"""Results as JUnit XML, for continuous integration."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from compare.core.outcome import Outcome
from compare.engine.result import CaseResult, RunResult
from compare.language.choice import speaking
from compare.language.message import ENGLISH
from compare.report.text import failure


def run_junit(result: RunResult) -> str:
    """One test case a case and dtype: failure where different, error where a side raised."""
    suite = TestSuite("scratch-compare")
    with speaking(ENGLISH):  # programs read it
        suite.add_testcases([_test_case(r) for r in result.results])
    xml = JUnitXml()
    xml.add_testsuite(suite)
    return xml.tostring().decode("utf-8") + "\n"


def _test_case(result: CaseResult) -> TestCase:
    case = TestCase(result.id, classname=f"compare.{result.case.name}", time=result.seconds)
    if result.skipped:
        case.result = [Skipped(result.skipped)]
    elif result.fails:
        # JUnit's difference: an error is what nobody expected, a failure what a check found
        kind = Error if result.outcome is Outcome.ERROR else Failure
        entry = kind(result.outcome.value)
        # plain: terminal codes are no characters of XML
        entry.text = failure(result).plain
        case.result = [entry]
    return case
