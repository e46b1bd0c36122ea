"""Differences that are accepted: written by the command, and counted once a person says why."""

import os

import numpy as np
import pytest

import compare.testing.output  # noqa: F401 (the inner runs would import it anew each time)
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict
from compare.system.errors import UsageError
from compare.testing import accepted
from compare.testing.accepted import Accepted, Difference, read, text, updated

QUIETLY = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "rerunfailures")]
PROJECT = """
    import numpy as np
    import compare

    x = np.random.default_rng(0).standard_normal((3, 4))
    FACTOR = {factor}

    def scaled(x):
        return x * x.dtype.type(FACTOR)

    def test_scale(compare_equivalent):
        compare_equivalent(
            scaled, lambda x: 2 * x, [x], gradient=False, reference_takes="torch", name="scale"
        )
"""


@pytest.fixture
def run(pytester):
    def inner(factor, *options):
        pytester.makepyfile(test_scale=PROJECT.format(factor=factor))
        return pytester.runpytest(*QUIETLY, *options)

    return inner


def test_a_difference_is_written_down_and_counts_once_it_has_a_reason(run, pytester):
    path = pytester.path / "compare_accepted.toml"
    result = run(3, "--compare-accept")
    result.assert_outcomes(failed=1)
    assert f"compare: .{os.sep}{path.name}: 1 difference without a reason" in str(result.outlines)
    (difference,) = read(path).differences
    assert difference.key == ("test_scale.py::test_scale", "scale", "output")
    assert difference.dtypes == ("float64", "float32")
    assert difference.size == pytest.approx(0.5, rel=1e-5) and difference.reason == ""

    result = run(3)
    result.assert_outcomes(failed=1)
    no_reason = "compare_accepted.toml: no reason is given why output of scale may differ"
    assert no_reason in str(result.outlines)
    assert "scale[float64] DIFFERENT at output" in str(result.outlines)  # as before
    result = run(2)  # nothing differs any more, and the entry is still there
    result.assert_outcomes(failed=1)
    assert no_reason in str(result.outlines)

    explained = path.read_text("utf-8").replace('reason = ""', 'reason = "ours has no half"')
    path.write_text(explained, encoding="utf-8")
    run(3).assert_outcomes(passed=1)
    run(3, "-n0", "--compare-accept").assert_outcomes(passed=1)
    assert path.read_text("utf-8") == explained  # what still holds stays as it is

    result = run(40)  # another difference than the one that was accepted
    result.assert_outcomes(failed=1)
    assert "stated is one of size 0.5: ours has no half" in " ".join(str(result.outlines).split())
    result = run(2)
    result.assert_outcomes(failed=1)
    assert "expected DIFFERENT: none is" in str(result.outlines)
    run(2, "--compare-accept").assert_outcomes(failed=1)
    assert read(path).differences == ()
    run(2).assert_outcomes(passed=1)


RAISED = """
    import numpy as np
    import compare

    def test_raised():
        compare.assert_equivalent(
            lambda x: 3 * x, lambda x: 2 * x, [np.arange(6.0) - 2], gradient=False,
            reference_takes="torch", dtypes=["float64"],
        )
"""


def test_what_is_raised_is_not_written_down_and_says_what_it_is_beside_a_wrong_file(pytester):
    pytester.makepyfile(test_raised=RAISED)
    path = pytester.path / "compare_accepted.toml"
    pytester.runpytest(*QUIETLY, "--compare-accept").assert_outcomes(failed=1)
    assert read(path).differences == ()
    path.write_text("[[accepted", encoding="utf-8")
    result = pytester.runpytest(*QUIETLY)
    result.assert_outcomes(failed=1)
    assert "NotEquivalent" in str(result.outlines)


def test_an_entry_for_a_check_that_a_test_does_not_make_fails_it(run, pytester):
    entry = Difference("test_scale.py::test_scale", "scales", "output", ("float64",), 0.5, "a")
    (pytester.path / "compare_accepted.toml").write_text(text([entry]), encoding="utf-8")
    result = run(2)
    result.assert_outcomes(failed=1)
    assert "this test has no check scales" in str(result.outlines)


WHOLE = Difference("a.py::test", "mlp", "output", ("float64",), 0.5, 'it is "meant"')


def test_what_is_written_is_what_is_read(tmp_path):
    missing = Difference("a.py::test[é\x7f\\]", "mlp", "mask", ("float32",), "is missing", "重")
    path = tmp_path / "accepted.toml"
    path.write_text(text([WHOLE, missing]), encoding="utf-8")
    assert read(path).differences == (WHOLE, missing)
    assert read(tmp_path / "none.toml") == Accepted(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[[accepted]]", "[[accepted", "cannot be read"),
        ("[[accepted]]", "[accepted]\nx = 3\n[[a]]", "entry 1: it needs test, check, name, dtypes"),
        ('name = "output"\n', "", "entry 1: it needs"),
        ("size = 0.5", "size = -0.5", "entry 1: size=-0.5"),
        ("size = 0.5", 'size = ""', "entry 1: size=''"),
        ('name = "output"', "name = 3", "entry 1: test, check, name, dtypes and reason are text"),
        ('dtypes = ["float64"]', "dtypes = 64", "entry 1: "),
        ("reason", "because", "entry 1: it needs"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_its_place(tmp_path, old, new, why):
    path = tmp_path / "accepted.toml"
    right = text([WHOLE])
    assert old in right
    path.write_text(right.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match="accepted.toml") as refused:
        read(path)
    assert why in str(refused.value)
    path.write_text(right + right, encoding="utf-8")
    with pytest.raises(UsageError, match="entry 2 is there twice"):
        read(path)


def test_a_file_that_is_refused_is_said_in_a_line(run, pytester):
    (pytester.path / "compare_accepted.toml").write_text("[[accepted", encoding="utf-8")
    result = run(2)
    result.assert_outcomes(errors=1)
    assert "compare_accepted.toml cannot be read" in str(result.outlines)
    assert "Traceback" not in str(result.outlines) and "plugin.py" not in str(result.outlines)


class Result:
    """As much of a CaseResult as is looked at: what differed in a dtype, by name and size."""

    def __init__(self, dtype, **sizes):
        self.dtype, self.case = dtype, type("Case", (), {"name": "mlp"})
        self.verdict = Verdict(
            tuple(
                Comparison(name, Outcome.DIFFERENT, "is missing in yours", size=size)
                for name, size in sizes.items()
            )
        )


def test_sizes_of_both_dtypes_are_one_where_it_stands_for_both():
    def written(double, single):
        results = {"t": [Result("float64", u=double), Result("float32", u=single)]}
        return updated(Accepted(WHOLE), results)

    for double, single in ((0.5, 0.5), (0.3, 1.1), (1.1, 0.3)):
        ((difference,), impossible) = written(double, single)
        assert not impossible
        for size in (double, single):
            c = Comparison("u", Outcome.DIFFERENT, size=size)
            assert c.has_size(difference.size)
    assert written(np.nan, np.nan)[0][0].size == "is missing in yours"
    for double, single in ((0.5, 3.0), (np.nan, 0.5), (np.inf, np.inf)):
        differences, (why,) = written(double, single)
        assert not differences and "by another size in each dtype" in why


def test_a_test_that_did_not_run_keeps_its_entries():
    other = Difference("b.py::test", "mlp", "output", ("float64",), 0.5, "meant")
    before = Accepted(accepted.Path(), (WHOLE, other))
    kept, _ = updated(before, {"a.py::test": [Result("float64", z=0.1)]})
    assert kept == [WHOLE, Difference("a.py::test", "mlp", "z", ("float64",), 0.1, ""), other]
    gone = [Result("float64", **{"known/output": np.nan})]
    assert updated(before, {"a.py::test": gone})[0] == [other]
