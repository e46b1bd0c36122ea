"""``show --verdict``: the limit in this case's numbers, and both errors."""

import pytest
from click.testing import CliRunner

from compare.cases import CASES
from compare.cli import main
from compare.engine.run_case import run_case
from compare.judge.attribution import rule_on

pytestmark = pytest.mark.numbers

BY_NAME = {case.name: case for case in CASES}


def show(*arguments):
    return CliRunner().invoke(main, ["show", *arguments], standalone_mode=False)


def test_a_verdict_is_explained_for_each_dtype():
    text = show("mlp.hidden.relu", "--verdict").output
    assert "mlp.hidden.relu[float64" in text and "mlp.hidden.relu[float32" in text
    for word in ("formula", "limit", "measured", "ulp", "u = 1.11e-16", "u = 5.96e-08"):
        assert word in text


def test_one_quantity_can_be_asked_for():
    text = show("affine[float32 N=4 I=3 O=2]", "--name", "grad/W").output
    assert "grad/W from x delta" in text and "order of summation" in text


def test_whole_numbers_have_no_limit_and_it_says_so():
    assert "have to be equal" in show("batches.split", "--verdict").output


@pytest.mark.slow
@pytest.mark.one_kernel
@pytest.mark.parametrize("name", ["mlp.digits", "optimizer.adam", "softmax_with_loss"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_parts_of_a_limit_add_up_to_it(name, dtype):
    at = {"mlp.digits": "step/3/grad/W1", "optimizer.adam": "step/5/param/W"}.get(name, "loss")
    case = BY_NAME[name].with_steps(5) if BY_NAME[name].training else BY_NAME[name]
    ruled = rule_on(run_case(case, dtype, 0, watch=at).watched)
    assert sum(share for _, share in ruled.parts) == pytest.approx(ruled.limit, rel=1e-3)


def test_both_sides_of_a_correct_pair_are_a_few_ulps_from_the_referee():
    exhibit = run_case(BY_NAME["sigmoid"], "float64", 0, watch="z").watched
    ruled = rule_on(exhibit)
    assert ruled.digits == 50
    assert max(ruled.ulps) < 4


def told(*arguments):
    result = CliRunner().invoke(main, ["show", *arguments])
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    return line


def test_a_case_that_is_skipped_has_no_verdict_and_it_says_why():
    assert "is skipped: no IDX files" in told("mlp.mnist", "--verdict")


def test_a_quantity_that_is_not_there_suggests_the_nearest():
    assert "did you mean grad/W" in told("affine", "--name", "grad/W1")
    assert "it has u grad/x" in told("affine", "--name", "zzzzzzzz")
