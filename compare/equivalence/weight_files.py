"""Weights as they are stored: a state_dict, an .npz, a .safetensors, or a file of torch.save."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compare.system.errors import UsageError

# What a .safetensors calls its formats; bfloat16 is the upper half of a float32.
FORMATS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "|i1", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
LENGTH = 8  # bytes, in which the length of a .safetensors' header stands


def weights_of(params: Any) -> Mapping[str, Any] | None:
    """name → array, of a mapping as it is, or of the file of that path.

    Raises UsageError for what is neither, and for a file that cannot be read.
    """
    if params is None or isinstance(params, Mapping):
        return params
    if not isinstance(params, (str, os.PathLike)):
        kind = type(params).__name__
        raise UsageError(
            f"params is of type {kind}: give a mapping name -> array, or the path of an .npz, "
            ".safetensors, .pt or .pth"
        )
    path = Path(params)
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise UsageError(f"params is {path}: an .npz, .safetensors, .pt or .pth can be read")
    try:
        return reader(path)
    except OSError as error:
        raise UsageError(f"params cannot be read from {path}: {error.strerror or error}") from None
    except Exception as error:  # whatever a reader makes of a file that is damaged
        what = f"{type(error).__name__}: {error}"
        raise UsageError(f"params cannot be read from {path}: {what}") from error


def _npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)


def _torch(path: Path) -> Mapping[str, Any]:
    stored = torch.load(path, map_location="cpu", weights_only=True)
    # what trainers write beside the weights
    state = stored.get("state_dict", stored) if isinstance(stored, Mapping) else stored
    if not isinstance(state, Mapping):
        raise ValueError(f"it holds a {type(state).__name__}, and no state_dict")
    return state


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as stored:
        length = int.from_bytes(stored.read(LENGTH), "little")
        if length > path.stat().st_size:
            raise ValueError("its header is longer than the file")
        header = json.loads(stored.read(length))
    header.pop("__metadata__", None)
    data = np.memmap(path, mode="r", offset=LENGTH + length) if header else np.empty(0, np.uint8)
    return {name: _tensor(name, data, entry) for name, entry in header.items()}


def _tensor(name: str, data: np.ndarray, entry: Mapping[str, Any]) -> np.ndarray:
    if entry["dtype"] not in FORMATS:
        raise ValueError(f"{name} is of format {entry['dtype']}")
    begin, end = entry["data_offsets"]
    shape, format = entry["shape"], np.dtype(FORMATS[entry["dtype"]])
    if end > data.size or end - begin != math.prod(shape) * format.itemsize:
        raise ValueError(f"{name} is not whole")
    values = np.array(data[begin:end]).view(format).reshape(shape)
    if entry["dtype"] == "BF16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values


_READERS = {".npz": _npz, ".safetensors": _safetensors, ".pt": _torch, ".pth": _torch}
