"""The same from Python as from the command."""

import doctest

import pytest

import compare
from compare.engine.result import RunResult


def test_from_python_the_result_prints_as_the_command_does():
    result = compare.run("mlp.iris", dtype="float64", steps=20)
    assert isinstance(result, RunResult)
    assert result.passed
    assert "ALL SAME" in str(result)
    iris = result["mlp.iris"]
    assert iris.verdict.outcome is compare.Outcome.SAME
    assert "grad/W1" in str(iris)


def test_from_python_a_mistake_is_a_usage_error():
    with pytest.raises(compare.UsageError, match="did you mean"):
        compare.run("mlp.digit")


def test_the_example_in_the_docstring_runs():
    found = doctest.testmod(compare)
    assert found.attempted == 3
    assert found.failed == 0


@pytest.mark.parametrize("jobs", [0, -1])
def test_a_run_in_no_process_is_refused(jobs):
    with pytest.raises(compare.UsageError, match=f"{jobs} jobs: there must be 1 or more"):
        compare.run("affine", jobs=jobs)
