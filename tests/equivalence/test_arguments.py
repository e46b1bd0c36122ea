"""What a pair is given: the caller's arrays as they were, and files without a copy."""

import numpy as np

from compare.equivalence.arguments import arguments_of


def given(array):
    return arguments_of({"x": array}, None, np.sin)[1]["x"]


def test_a_file_that_is_open_for_reading_is_not_copied_and_any_other_array_is(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3.0))
    mapped, writable = np.load(path, mmap_mode="r"), np.load(path, mmap_mode="r+")
    assert np.shares_memory(given(mapped), mapped)
    assert type(given(mapped)) is np.ndarray
    for array in (writable, np.arange(3.0)):
        assert not np.shares_memory(given(array), array)
