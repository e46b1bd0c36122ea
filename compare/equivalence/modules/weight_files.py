"""Weights as they are stored: a mapping, a state_dict, or a file that ``tensors`` reads as well."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compare.equivalence.tensors.files import KINDS, NoTensors, stored
from compare.system.errors import UsageError

BESIDE = "state_dict."  # what trainers write beside is no weight


def weights_of(params: Any) -> Mapping[str, Any] | None:
    """name → array, of a mapping as it is, or of the file of that path.

    Raises UsageError for what is neither, and for a file that cannot be read.
    """
    if params is None or isinstance(params, Mapping):
        return params
    if not isinstance(params, (str, os.PathLike)):
        raise UsageError(
            f"params is of type {type(params).__name__}: give a mapping name -> array, or the "
            f"path of a file ({', '.join(KINDS)})"
        )
    try:
        arrays = stored(Path(params)).arrays
    except NoTensors as error:
        raise UsageError(f"params: {error}") from None
    weights = {n.removeprefix(BESIDE): a for n, a in arrays.items() if n.startswith(BESIDE)}
    return {name: _widened(array) for name, array in (weights or arrays).items()}


def _widened(array: np.ndarray) -> np.ndarray:
    """In a format that NumPy computes in: bfloat16 and those of 8 bits are among float32's."""
    return array if array.dtype.isbuiltin == 1 else array.astype(np.float32)
