"""A digest is of every bit that a side computed, whatever its layout in memory."""

import hashlib

import numpy as np
import pytest

from compare.core.trace import Trace
from compare.engine.digest import Digest, combined


def test_a_digest_is_the_sha256_of_name_type_shape_and_bytes():
    values = np.array([1.0, -0.0])
    digest = Digest()
    digest.update(Trace({"y": values}, step=3))
    expected = hashlib.sha256(b"step/3/y\0float64 <f8 (2,)\0" + values.tobytes()).hexdigest()
    assert digest.by_quantity() == {"y": expected[:16]}


def digests(*arrays):
    digest = Digest()
    for t, array in enumerate(arrays, start=1):
        digest.update(Trace({"y": array, "z": np.ones(2)}, step=t))
    return digest.by_quantity()


@pytest.mark.parametrize(
    "other",
    [
        np.array([[1.0, 2.0, np.nextafter(3.0, 4.0)]]),
        np.array([[1.0, 2.0, 3.0]], np.float32),
        np.array([1.0, 2.0, 3.0]),
        np.array([[1.0], [2.0], [3.0]]),
    ],
    ids=["one bit", "dtype", "rank", "transposed"],
)
def test_one_bit_at_one_step_changes_the_digest_of_that_quantity_alone(other):
    array = np.array([[1.0, 2.0, 3.0]])
    before, after = digests(array, array, array), digests(array, other, array)
    assert before["y"] != after["y"]
    assert before["z"] == after["z"]
    assert combined(before) != combined(after)


def test_the_same_bits_in_another_layout_have_the_same_digest():
    array = np.arange(12.0).reshape(3, 4)
    assert digests(array) == digests(np.asfortranarray(array)) == digests(array[::-1][::-1])


def test_the_sign_of_zero_and_of_nan_are_bits_too():
    assert digests(np.array([0.0])) != digests(np.array([-0.0]))
    assert digests(np.array([np.nan])) != digests(np.array([-np.nan]))


def test_objects_have_a_digest_that_repeats():
    assert digests(np.array(object())) == digests(np.array(object()))
    assert digests(np.array([1, None], object)) != digests(np.array([2, None], object))
