"""scratch and torch are the same: one test a case and dtype, from the command's own table."""

import pytest

from compare.engine.run_case import run_case
from compare.engine.selection import select

STEPS = 5
# in float64 more than an epoch, so that a short last batch is in it; and the whole of iris
LONGER = {"descent.minibatch": 12, "mlp.diabetes": 13, "mlp.breast_cancer": 16,
          "mlp.digits.deep": 16, "mlp.iris": 200}  # fmt: skip
WIDE = 2  # of those whose inputs are pictures of 784 pixels; test_animals.py trains one for longer


def parameter(case, dtype):
    """A case in a dtype; what is trained, and the second dtype, can wait."""
    marks = [pytest.mark.slow] if dtype != "float64" or case.training else []
    return pytest.param(case, dtype, id=case.id(dtype), marks=marks)


@pytest.mark.parametrize("case, dtype", [parameter(case, dtype) for case, dtype in select()])
def test_scratch_equals_torch(case, dtype):
    if case.training:
        usual = WIDE if case.sizes.get("I", 0) > 100 else STEPS
        longer = LONGER if dtype == "float64" else {}
        case = case.with_steps(longer.get(case.name, usual))
    result = run_case(case, dtype, seed=0)
    if result.skipped:
        pytest.skip(result.skipped)
    assert not result.fails, f"\n{result}"
