"""Arrays bit for bit: equal numbers of other bits, dtypes or shapes are not the same."""

import numpy as np
import pytest

from compare.core.arrays import each, fingerprint, same_bits

X = np.array([[0.0, 1.5], [-2.0, np.nan]])
OTHERS = {
    "a negative zero": np.array([[-0.0, 1.5], [-2.0, np.nan]]),
    "the last bit": np.array([[0.0, np.nextafter(1.5, 2)], [-2.0, np.nan]]),
    "float32": X.astype(np.float32),
    "another shape": X.reshape(4),
    "another order": X.T,
}


def test_the_same_bits_are_the_same_wherever_they_lie():
    for twin in (X.copy(), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        assert same_bits(X, twin)
        assert fingerprint(X) == fingerprint(twin)
    assert same_bits((X, X), (X.copy(), X)) and fingerprint((X, X)) == fingerprint((X.copy(), X))


@pytest.mark.parametrize("what", OTHERS)
def test_any_other_bit_dtype_or_shape_is_another(what):
    assert not same_bits(X, OTHERS[what])
    assert fingerprint(X) != fingerprint(OTHERS[what])
    assert not same_bits((X, X), (X, OTHERS[what]))


def test_a_tuple_of_another_length_is_another():
    assert not same_bits((X,), (X, X))


def test_each_is_of_an_array_or_of_every_array_of_a_tuple():
    assert each(np.size, X) == 4
    assert each(np.size, (X, X[0])) == (4, 2)
