"""What counts as numbers of a result: real ones, of any kind, and no complex ones."""

import numpy as np
import pytest

from compare.check.calling.standard.flat import flat


@pytest.mark.parametrize("result", [True, 2, 0.5, np.float32(1.5), np.bool_(True), [1, 2.5]])
def test_numbers_are_told_as_one_array(result):
    assert [a.tolist() for a in flat(result)] == [np.asarray(result, dtype=float).tolist()]


@pytest.mark.parametrize("result", ["1", b"1", np.str_("1"), np.complex128(1 + 2j), 1j, None, []])
def test_what_is_no_real_number_is_none(result):
    assert flat(result) is None
