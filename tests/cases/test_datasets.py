"""Real data: MNIST from IDX files, and what a damaged file leads to."""

import gzip
import struct

import numpy as np
import pytest
import sklearn.datasets

from compare.cases import datasets
from compare.core.case import Unavailable

FILES = {
    "train-images-idx3-ubyte": (30, 2, 3),
    "train-labels-idx1-ubyte": (30,),
    "t10k-images-idx3-ubyte": (10, 2, 3),
    "t10k-labels-idx1-ubyte": (10,),
}


def idx(values):
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.tobytes()


def write_mnist(root, zipped=False, name="mnist"):
    rng = np.random.default_rng(5)
    folder = root / name
    folder.mkdir(parents=True)
    for file, shape in FILES.items():
        values = rng.integers(10, size=shape, dtype=np.uint8)
        content = gzip.compress(idx(values)) if zipped else idx(values)
        (folder / (file + (".gz" if zipped else ""))).write_bytes(content)
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_mnist_is_read_from_idx_files(tmp_path, zipped):
    write_mnist(tmp_path, zipped)
    with datasets.data_dir(tmp_path):
        arrays = datasets.mnist("mnist")
    assert arrays["x"].shape == (30, 6)
    assert arrays["d_test"].shape == (10,)
    assert arrays["x"].max() <= 1


def test_without_a_folder_mnist_is_unavailable_and_says_what_to_give():
    with pytest.raises(Unavailable, match="--data-dir"):
        datasets.mnist("mnist")


def test_a_missing_file_is_named(tmp_path):
    folder = write_mnist(tmp_path)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with datasets.data_dir(tmp_path), pytest.raises(Unavailable, match="t10k-labels-idx1-ubyte"):
        datasets.mnist("mnist")


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "not an IDX file"),
        (b"\x89PNG....", "not an IDX file"),
        (b"\x00\x00\x08\x03\x00\x00", "ends inside its header"),
        (idx(np.zeros((30, 2, 3), np.uint8))[:-1], "expected 180"),
        (idx(np.zeros((30, 2, 3), np.uint8)) + b"x", "expected 180"),
    ],
)
def test_a_corrupt_idx_file_is_named_with_the_reason(tmp_path, content, reason):
    path = write_mnist(tmp_path) / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(datasets.CorruptData, match=reason) as caught:
        datasets.read_idx(path)
    assert str(path) in str(caught.value)


def test_a_corrupt_gzip_file_is_named(tmp_path):
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(b"0" * 1000)[:-20])
    with pytest.raises(datasets.CorruptData, match="gzip"):
        datasets.read_idx(path)


def test_images_without_their_labels_are_corrupt(tmp_path):
    folder = write_mnist(tmp_path)
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(29, np.uint8)))
    with (
        datasets.data_dir(tmp_path),
        pytest.raises(datasets.CorruptData, match="30 images and 29 labels"),
    ):
        datasets.mnist("mnist")


@pytest.mark.parametrize("name", ["digits", "iris", "diabetes", "breast_cancer"])
def test_what_is_read_without_scikit_learn_is_what_it_reads_itself(name, monkeypatch):
    theirs = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    with monkeypatch.context() as without:
        without.delattr(sklearn.datasets, f"load_{name}")
        ours = datasets._shipped(name)
    monkeypatch.setattr(datasets, "find_spec", lambda package: None)  # and where no file is found
    for found in (ours, datasets._shipped(name)):
        for array, expected in zip(found, theirs, strict=True):
            assert array.dtype == expected.dtype
            np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("name", ["digits", "iris", "diabetes", "breast_cancer"])
def test_training_and_test_data_share_no_sample(name):
    arrays = datasets.bundled(name)
    training = {row.tobytes() for row in arrays["x"]}
    shared = sum(row.tobytes() in training for row in arrays["x_test"])
    assert shared <= len(arrays["x_test"]) * 0.02  # iris has duplicated flowers
    assert len(arrays["x"]) == len(arrays["d"]) > 3 * len(arrays["d_test"])
