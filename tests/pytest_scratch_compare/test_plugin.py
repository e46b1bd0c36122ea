"""The plugin as a project has it: pytest is run on tests of a project, and what it says is read."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

# what the inner runs import: they forget what they import first, and NumPy cannot be imported again
import compare.report.tensorboard.writer
import compare.testing.checks
import compare.testing.output  # noqa: F401
from scratch import activations

HEAD = """
    import numpy as np
    import pytest
    import torch
    import compare

    x = np.random.default_rng(0).standard_normal((3, 4))

    def doubled(x):
        return x * 2

    def tripled(x):
        return x * 3

    def twice(x):
        return 2 * x

    def check(judge, mine, **settings):
        return judge(mine, twice, [x], gradient=False, reference_takes="torch", **settings)
"""
# without plugins that may be installed: one of them imports what takes longer than the test
QUIETLY = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "rerunfailures")]
ONE = "--compare-dtype=float64"  # quicker


@pytest.fixture
def project(pytester, monkeypatch):
    """``project(tests, *options)``: run pytest on them, in this process."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "100")  # of the summary, whose lines are cut off there
    pytester.makeini("[pytest]\nfilterwarnings = error\n")

    def run(tests, *options):
        pytester.makepyfile(test_port=HEAD + tests)
        return pytester.runpytest(*QUIETLY, *options)

    return run


def lines(result, start):
    """What it prints, of the lines that begin so."""
    return [line for line in result.outlines if line.startswith(start)]


RIGHT_AND_WRONG = """
    def test_right(compare_equivalent):
        assert check(compare_equivalent, doubled).passed

    def test_wrong(compare_equivalent):
        assert not check(compare_equivalent, tripled).passed
        assert check(compare_equivalent, doubled).passed
        check(compare_equivalent, np.negative, name="minus")
        print("came here")
"""


def test_pytest_starts_without_what_no_test_uses(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it(request):
            assert request.config.pluginmanager.has_plugin("scratch_compare")
            assert not {"numpy", "torch", "compare", "scratch"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess(*QUIETLY)
    result.assert_outcomes(passed=1)


def test_a_test_goes_on_and_fails_once_by_what_differs_first(project):
    result = project(RIGHT_AND_WRONG)
    result.assert_outcomes(passed=1, failed=1)
    # no frame of ours, and no name of an exception: the first line says what is wrong
    begin = next(k for k, line in enumerate(result.outlines) if "_ test_wrong _" in line)
    tripled = "tripled[float64] DIFFERENT at output: a factor: yours is everywhere 1.5 times"
    assert result.outlines[begin + 1].startswith(tripled)
    assert result.outlines[begin + 1].endswith("(float32 likewise)")
    assert result.outlines[begin + 2].startswith("minus[float64] DIFFERENT at output: a factor")
    assert result.outlines[begin + 3] == "Not the same: 4 of 6 comparisons"
    assert re.match(r"test_port\.py:\d+: tripled\[float64\]", result.outlines[begin + 5])
    assert any("12 of 12 elements differ" in line for line in result.outlines)
    assert "came here" in result.outlines
    (summary,) = lines(result, "FAILED test_port.py::test_wrong")
    assert " - tripled[float64] DIFFERENT at output: a factor" in summary


def test_the_report_is_that_of_no_check_or_of_all(project):
    none = project(RIGHT_AND_WRONG, ONE, "--compare-report=none")
    none.assert_outcomes(passed=1, failed=1)
    assert "elements differ" not in str(none.outlines)
    assert "tripled[float64] DIFFERENT at output" in str(none.outlines)
    assert "scratch-compare ==" not in str(none.outlines)
    every = project(RIGHT_AND_WRONG, ONE, "--compare-report=all")
    quantity = r"    output +same +1 x   error/limit "
    assert any(re.match(quantity, line) for line in every.outlines)
    assert "test_port.py::test_right" in every.outlines


def test_a_difference_that_is_raised_and_a_mistake_of_the_caller_are_said_first(project):
    result = project(
        """
    def test_raised():
        check(compare.assert_equivalent, tripled, dtypes=["float64"])

    def test_mistaken(compare_equivalent):
        check(compare_equivalent, doubled, atol=1e-3)
"""
    )
    result.assert_outcomes(failed=2)
    raised, mistaken = lines(result, "FAILED")
    assert " - tripled[float64] DIFFERENT at output: a factor: yours" in raised
    assert " - atol: limits are measured here" in mistaken
    assert "compare/equivalence" not in str(result.outlines)  # of whose frames none is shown
    assert "compare/testing" not in str(result.outlines)


def test_what_a_test_says_itself_comes_before_its_checks_and_hides_none(project):
    result = project(
        """
    def test_its_own(compare_equivalent):
        check(compare_equivalent, tripled)
        assert x.shape == (4, 3)

    def test_left_early(compare_equivalent):
        check(compare_equivalent, tripled)
        pytest.skip("the rest is for another day")

    @pytest.mark.xfail(strict=True)
    def test_expected(compare_equivalent):
        check(compare_equivalent, tripled)

    def test_left_early_and_right(compare_equivalent):
        check(compare_equivalent, doubled)
        pytest.skip("the rest is for another day")
""",
        ONE,
    )
    result.assert_outcomes(failed=2, skipped=1, xfailed=1)
    own, early = lines(result, "FAILED")
    assert " - assert (3, 4) == (4, 3)" in own
    assert " - tripled[float64] DIFFERENT" in early
    assert lines(result, "E       tripled[float64] DIFFERENT at output")  # a note on the assertion


CASES = """
    from compare.cases import CASES
    own = next(case for case in CASES if case.name == "relu")

    @pytest.mark.compare_case("sigmoid", own)
    def test_case(compare_case):
        assert compare_case.case.name in ("sigmoid", "relu")
"""


def test_a_marker_runs_a_test_for_each_case_and_dtype(project, monkeypatch):
    result = project(CASES, "-v")
    result.assert_outcomes(passed=4)
    assert lines(result, "test_port.py::test_case[sigmoid[float32 ")
    assert lines(result, "test_port.py::test_case[relu[float64 ")
    monkeypatch.setattr(activations, "relu", np.abs)
    result = project(CASES, ONE)
    result.assert_outcomes(passed=1, failed=1)
    (summary,) = lines(result, "FAILED")
    assert " - relu[float64 N=5 K=4] DIFFERENT at z" in summary


WITHOUT_CASES = (
    ("compare_case('sigmod')", "compare_case", "unknown case 'sigmod': did you mean sigmoid"),
    ("compare_case()", "compare_case", "test_it has the argument compare_case: name cases"),
    ("compare_case('relu')", "", "without an argument compare_case nothing is compared"),
    ("compare_case('relu', dtype=3)", "compare_case", "takes seed and steps, and no dtype"),
    ("compare_case('relu', seed=-1)", "compare_case", "the seed is -1: it must be 0 or more"),
    ("compare_case('relu', steps=3)", "compare_case", "none of these cases is a training run"),
    ("compare_case(3)", "compare_case", "int is neither the name of a case nor a Case"),
    ("parametrize('a', [1])", "a, compare_case", "test_it has the argument compare_case"),
)


def test_a_marker_that_names_no_case_is_an_error_in_a_line(project, pytester):
    for k, (mark, argument, _) in enumerate(WITHOUT_CASES):
        test = f"@pytest.mark.{mark}\ndef test_it({argument}): pass"
        pytester.makepyfile(**{f"test_{k}": f"import pytest\n{test}"})
    result = project("")
    result.assert_outcomes(errors=len(WITHOUT_CASES))
    for k, (_, _, why) in enumerate(WITHOUT_CASES):
        start = next(n for n, line in enumerate(result.outlines) if f"collecting test_{k}" in line)
        assert why in result.outlines[start + 1]  # and no frame of a traceback before it


def written(path):
    """The JSON of a run, without what no two runs have in common."""
    document = json.loads(path.read_text("utf-8"))
    for each in document["results"]:
        del each["seconds"]
    return document


TRAINED = """
    @pytest.mark.compare_case("descent.minibatch", steps=3)
    def test_training(compare_case): pass
"""


@pytest.mark.slow
def test_files_have_every_check_of_every_test(project, pytester, monkeypatch):
    monkeypatch.setenv("SCRATCH_COMPARE_LANG", "ja")  # which JSON and JUnit do not speak
    options = ("--compare-json=r.json", "--compare-html=r.html", "--compare-tensorboard=logs")
    junit = "--junit-xml=junit.xml"
    result = project(RIGHT_AND_WRONG + TRAINED, ONE, *options, junit)
    result.assert_outcomes(passed=2, failed=1)
    document = written(pytester.path / "r.json")
    right, wrong = "test_port.test_right", "test_port.test_wrong"
    names = [f"{right}.doubled", *(f"{wrong}.{f}" for f in ("tripled", "doubled", "minus"))]
    assert [each["case"] for each in document["results"]] == [
        *names,
        "test_port.test_training.descent.minibatch",
    ]
    assert [each["outcome"] for each in document["results"]] == [
        *("same", "DIFFERENT", "same", "DIFFERENT", "same"),
    ]
    again = "python -m pytest test_port.py::test_wrong --compare-dtype float64"
    assert document["results"][1]["reproduce"] == again
    assert not document["passed"]
    page = (pytester.path / "r.html").read_text("utf-8")
    assert all(name in page for name in names)
    (directory,) = (pytester.path / "logs").glob("2*")
    assert len((directory / "results.jsonl").read_text("utf-8").splitlines()) == 5
    assert [*directory.glob("*/*tfevents*")] and [*directory.glob("trajectories/*minibatch*")]
    assert f"compare: 書き出し: logs/{directory.name}" in result.outlines
    root = ElementTree.parse(pytester.path / "junit.xml").getroot()
    properties = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert properties["compare.doubled[float64]"] == "same"
    assert properties["compare.tripled[float64]"].startswith("DIFFERENT at output: a factor")


@pytest.mark.slow
def test_workers_and_one_process_come_to_the_same(project, pytester):
    tests = RIGHT_AND_WRONG + CASES
    options = (ONE, "--compare-report=all", "--compare-accept")
    project(tests, *options, "--compare-json=one.json")
    accepted = pytester.path / "compare_accepted.toml"
    alone = accepted.read_text("utf-8")
    accepted.unlink()
    result = project(tests, *options, "--compare-json=two.json", "-n", "2", "--dist=load")
    result.assert_outcomes(passed=3, failed=1)
    assert written(pytester.path / "one.json") == written(pytester.path / "two.json")
    assert accepted.read_text("utf-8") == alone
    assert alone.count("[[accepted]]") == 2


# what pytest-rerunfailures does, and others that run a failing test once more
RERUN = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for attempt in range(2):
            item._initrequest()
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            is_last = attempt or not any(r.failed for r in reports)
            for report in reports:
                if report.failed and not is_last:
                    report.outcome = "rerun"
                item.ihook.pytest_runtest_logreport(report=report)
            if is_last:
                break
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""


def test_a_test_that_is_run_again_is_what_its_last_run_was(project, pytester):
    pytester.makeconftest(RERUN)
    result = project(
        """
    runs = []

    def test_flaky(compare_equivalent):
        runs.append(1)
        check(compare_equivalent, tripled if len(runs) == 1 else doubled, name="flaky")
""",
        ONE,
        "--compare-json=r.json",
        "--junit-xml=junit.xml",
    )
    result.assert_outcomes(passed=1)
    document = written(pytester.path / "r.json")
    assert [each["outcome"] for each in document["results"]] == ["same"]
    root = ElementTree.parse(pytester.path / "junit.xml").getroot()
    last = [*root.iter("testcase")][-1]
    properties = [(p.get("name"), p.get("value")) for p in last.iter("property")]
    assert properties == [("compare.flaky[float64]", "same")]


HIDDEN = {
    "compare": ("compare_equivalent", "compare.py, and is not that of scratch-compare: rename"),
    "scratch": ("compare_case", "the package 'scratch' was found at "),
}


@pytest.mark.slow
@pytest.mark.parametrize("package", HIDDEN)
def test_a_module_of_the_same_name_is_said_to_hide_the_package(pytester, package):
    fixture, why = HIDDEN[package]
    test = f"@pytest.mark.compare_case('affine')\ndef test_it({fixture}): pass"
    if package == "compare":
        test = f"def test_it({fixture}): pass"
    pytester.makepyfile(**{package: "", "test_port": f"import pytest\n{test}"})
    result = pytester.runpytest_subprocess(*QUIETLY)
    result.assert_outcomes(errors=1)
    assert why in str(result.outlines)
    assert "ModuleNotFoundError" not in str(result.outlines)


@pytest.mark.parametrize(
    "option", ["--compare-json=no/r.json", "--compare-html=.", "--compare-tensorboard=test_port.py"]
)
def test_what_cannot_be_written_is_said_before_the_tests(project, option):
    result = project("", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "cannot write to" in str(result.errlines)
