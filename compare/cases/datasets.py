"""Real data: what scikit-learn ships, and MNIST from local IDX files."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from compare.core.case import Unavailable
from compare.language.message import message
from compare.system.errors import UserError

# a case's loader takes (generator, sizes) alone: the
# folder reaches it through the context of the run
_data_dir: ContextVar[Path | None] = ContextVar("data_dir", default=None)

Data = Mapping[str, np.ndarray]

# As MNIST and Fashion-MNIST call them.
FILES = {
    "x": "train-images-idx3-ubyte",
    "d": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "d_test": "t10k-labels-idx1-ubyte",
}


class CorruptData(UserError, ValueError):
    """A data file is there and cannot be read; the message says which and why."""


@contextmanager
def data_dir(path: str | Path | None) -> Iterator[None]:
    """Look for IDX files in ``path`` inside this block."""
    token = _data_dir.set(Path(path) if path else None)
    try:
        yield
    finally:
        _data_dir.reset(token)


# every case on a data set shares it: a Problem copies what it freezes
@cache
def bundled(name: str) -> Data:
    """One of scikit-learn's data sets, split 4 : 1 by position modulo 5: x, d, x_test, d_test.

    digits scaled to [0, 1]; the others standardized by the mean and deviation of the training part.
    d are class indices; (N, 1) floats for diabetes (standardized too) and breast_cancer (0 or 1).
    """
    x, d = _shipped(name)
    # by position, so that every class is in both parts where a file is sorted by class, as iris is
    test = np.arange(len(x)) % 5 == 4
    # pixels are 0 ... 16; some are 0 in every image, and have no deviation to divide by
    x = x / 16 if name == "digits" else _standardized(x, ~test)
    if name == "diabetes":
        d = _standardized(d[:, np.newaxis], ~test)
    elif name == "breast_cancer":
        d = d[:, np.newaxis].astype(np.float64)  # one sigmoid output: targets in the shape of y
    return {"x": x[~test], "d": d[~test], "x_test": x[test], "d_test": d[test]}


def _shipped(name: str) -> tuple[np.ndarray, np.ndarray]:
    """x and d as scikit-learn's own function for them returns them.

    From its files where they are there: no import of scikit-learn, which takes as long as that of
    torch.
    """
    package = find_spec("sklearn")
    for folder in (package.submodule_search_locations or ()) if package else ():
        files = Path(folder, "datasets", "data")
        for path in files.glob(f"{name}.csv*"):
            # packed ones have numbers alone; in the others a line before them counts and names them
            rows = np.loadtxt(path, delimiter=",", skiprows=int(path.suffix == ".csv"))
            return rows[:, :-1], rows[:, -1].astype(np.int64)
        raw = [files / f"{name}_{part}.csv.gz" for part in ("data_raw", "target")]
        if all(path.is_file() for path in raw):  # diabetes, which it scales when it has read it
            x, d = map(np.loadtxt, raw)
            return _standardized(x, np.full(len(x), True)) / len(x) ** 0.5, d
    from sklearn import datasets  # nearly a second, where its files are elsewhere

    x, d = getattr(datasets, f"load_{name}")(return_X_y=True)
    return x, d


def _standardized(values: np.ndarray, training: np.ndarray) -> np.ndarray:
    return (values - values[training].mean(axis=0)) / values[training].std(axis=0)


def mnist(name: str) -> Data:
    """MNIST or Fashion-MNIST from IDX files, gzipped or not, pixels scaled to [0, 1].

    name: the folder inside the data folder, "mnist" or "fashion-mnist".
    Raises Unavailable where there are none, CorruptData where one cannot be read.
    Source: Y. LeCun's description of the IDX format.
    """
    root = _data_dir.get()
    if root is None:
        raise Unavailable(
            message("no IDX files: give --data-dir DIR, with them in DIR/{name}", name=name)
        )
    arrays = {key: read_idx(_find(root / name, file)) for key, file in FILES.items()}
    for part in ("", "_test"):
        x, d = arrays[f"x{part}"], arrays[f"d{part}"]
        if len(x) != len(d):  # files of two data sets in one folder
            raise CorruptData(
                message(
                    "{folder}: {images} images and {labels} labels",
                    folder=root / name,
                    images=len(x),
                    labels=len(d),
                )
            )
        arrays[f"x{part}"] = x.reshape(len(x), -1) / 255
        arrays[f"d{part}"] = d.astype(np.int64)  # indices, as elsewhere: uint8 wraps around
    return arrays


def _find(folder: Path, file: str) -> Path:
    for path in (folder / file, folder / f"{file}.gz"):
        if path.is_file():
            return path
    raise Unavailable(message("no {file} or {file}.gz in {folder}", file=file, folder=folder))


def read_idx(path: Path) -> np.ndarray:
    """An array of unsigned bytes from an IDX file: 0 0 8 rank, big-endian sizes, values.

    Raises CorruptData where magic number or length do not fit.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptData(
            message("{path}: cannot be read as gzip: {error}", path=path, error=error)
        ) from error
    # 0, 0, then the type: 8 is unsigned bytes; the fourth byte is the rank
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise CorruptData(
            message(
                "{path}: not an IDX file of bytes (it starts with {content})",
                path=path,
                content=repr(content[:4]),
            )
        )
    rank = content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise CorruptData(message("{path}: ends inside its header", path=path))
    shape: tuple[Any, ...] = struct.unpack(f">{rank}I", content[4:start])
    # counted before reshaping: a file that was cut off is not to be read as fewer images
    expected = int(np.prod(shape, dtype=np.int64))
    if len(content) - start != expected:
        raise CorruptData(
            message(
                "{path}: {size} bytes of values, expected {expected}",
                path=path,
                size=len(content) - start,
                expected=expected,
            )
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def idx(values: np.ndarray) -> bytes:
    """An array of unsigned bytes as an IDX file: 0 0 8 rank, big-endian sizes, values."""
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.astype(np.uint8).tobytes()
