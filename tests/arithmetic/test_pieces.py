"""Arrays in pieces: every bit counts, and the order is C's."""

import numpy as np
import pytest

from compare.arithmetic.pieces import BLOCK, iterated, same_bits
from compare.arithmetic.running_error import FORMATS


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda f: f.name)
def test_nan_has_its_own_bits_and_the_zeros_have_not_each_others(format):
    value = np.array([np.nan, np.inf, 0.0, format.eta], format.dtype)
    assert same_bits(value, value.copy())
    assert not same_bits(value, np.array([np.nan, np.inf, -0.0, format.eta], format.dtype))


def test_a_bit_in_the_last_piece_counts_in_any_strides():
    value = np.zeros((2, BLOCK + 3), np.int32)
    other = value.copy()
    assert same_bits(value.T, np.ascontiguousarray(other.T))
    other[1, -1] = 1
    assert not same_bits(value.T, np.ascontiguousarray(other.T))


def test_pieces_come_in_the_order_of_c():
    value = np.arange(12).reshape(3, 4)
    pieces = [piece.tolist() for piece in iterated([value.T], 5)]
    assert sum(pieces, []) == value.T.ravel().tolist()
