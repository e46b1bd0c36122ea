"""scratch and torch are the same: one test a case and dtype, from the command's own table."""

import pytest

from compare.engine.run_case import run_case
from compare.engine.selection import select

PAIRS = select()


@pytest.mark.parametrize("case, dtype", PAIRS, ids=[case.id(dtype) for case, dtype in PAIRS])
def test_scratch_equals_torch(case, dtype):
    result = run_case(case, dtype, seed=0)
    if result.skipped:
        pytest.skip(result.skipped)
    assert not result.fails, f"\n{result}"
