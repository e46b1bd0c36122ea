"""Ten animals as silhouettes of 28 x 28: the data of animal-mnist, which is never imported."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

from compare.cases.datasets import CorruptData, Data
from compare.core.case import Unavailable
from compare.language.message import message

NAMES = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")

# --no-deps: the package asks for TensorFlow, which its data do not need
INSTALL = "pip install --no-deps animal-mnist==0.4"
FOLDER = "animal_mnist/data/Animal_MNIST"
IMAGES, LABELS = "animal_data_version_3.gz", "animal_label_version_3.gz"
DIGESTS = {
    IMAGES: "68a30346781a0984f839463a4615d2decb899d1ce65091bb92586311754a34ce",
    LABELS: "dec8dba7c469830989fbab46825021a08a38470753a512f27ada847eced97b57",
}

# What the pickle of an array names, and nothing else; the function has moved since it was written.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
ALLOWED: Mapping[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


@cache
def animals(name: str = "animals") -> Data:
    """Silhouettes (N, 784) in [0, 1] and their animals' indices in NAMES: x, d, x_test, d_test.

    8,000 and 2,000, drawn as the package's own benchmark draws them.
    Raises Unavailable where the package is not installed, CorruptData where a file is another.
    """
    x = read_array(_file(IMAGES), DIGESTS[IMAGES]).reshape(-1, 28 * 28) / 255
    d = read_array(_file(LABELS), DIGESTS[LABELS])
    # train_test_split(x, d, test_size=0.2, random_state=42) of scikit-learn: the test part first
    order = np.random.RandomState(42).permutation(len(x))
    test, training = np.split(order, [len(x) // 5])
    return {"x": x[training], "d": d[training], "x_test": x[test], "d_test": d[test]}


def _file(name: str) -> Path:
    try:
        # by its metadata: to import the package would import TensorFlow
        path = Path(str(distribution("animal-mnist").locate_file(f"{FOLDER}/{name}")))
    except PackageNotFoundError:
        raise Unavailable(
            message("the animals are not installed in this environment: {command}", command=INSTALL)
        ) from None
    if not path.is_file():
        raise Unavailable(
            message(
                "animal-mnist is installed without {name}: {command}", name=name, command=INSTALL
            )
        )
    return path


def read_array(path: Path, digest: str) -> np.ndarray:
    """The array that a gzipped pickle holds, if the file has this SHA-256.

    Raises CorruptData where it has another, or holds anything but an array.
    """
    try:
        content = path.read_bytes()
        # before anything of it is unpickled
        if hashlib.sha256(content).hexdigest() != digest:
            raise CorruptData(
                message("{path}: not the file of animal-mnist 0.4, by its SHA-256", path=path)
            )
        array = _ArrayUnpickler(io.BytesIO(gzip.decompress(content))).load()
    except (OSError, EOFError, zlib.error, pickle.UnpicklingError) as error:
        raise CorruptData(f"{path}: {error}") from error
    if not isinstance(array, np.ndarray):
        raise CorruptData(
            message("{path}: holds a {name} and no array", path=path, name=type(array).__name__)
        )
    return array


class _ArrayUnpickler(pickle.Unpickler):
    """Of NumPy's array and dtype alone: a pickle may otherwise call whatever it names."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in ALLOWED:
            raise pickle.UnpicklingError(f"names {module_name}.{global_name}, which no array needs")
        return ALLOWED[module_name, global_name]
