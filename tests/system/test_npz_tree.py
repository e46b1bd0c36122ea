"""What is packed comes back bit for bit, or is refused."""

import numpy as np
import pytest

from compare.system.npz_tree import packed, unpacked


def test_a_packed_tree_comes_back_bit_for_bit():
    arrays = {
        "nan": np.array([np.nan, -np.nan, -0.0, np.inf]),
        "0-d": np.array(3),
        "empty": np.zeros((0, 3), np.float32),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    tree = {"plain": [1, None, True, "\ud800 µ", 0.1, float("inf")], "arrays": arrays}
    found, checksum = unpacked(packed(tree)[0])
    assert found["plain"] == tree["plain"]
    assert checksum == packed(found)[1]
    for name, array in arrays.items():
        assert found["arrays"][name].tobytes() == array.tobytes()
        assert found["arrays"][name].dtype == array.dtype
        assert found["arrays"][name].shape == array.shape
        assert found["arrays"][name].flags.f_contiguous == array.flags.f_contiguous


@pytest.mark.parametrize(
    "value",
    [np.array([object()]), np.ma.masked_array([1.0], [True]), {1: 2}, {"array": 1}, object()],
    ids=["objects", "masked", "a number for a key", "its own key", "an object"],
)
def test_what_would_not_come_back_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        packed({"value": value})
