"""Samples to test with that were scaled by themselves, beside those of the training."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.finding import Beside

_TO_TEST = re.compile(r"test|val|dev(?!i)|eval|(?<![a-z])te(?![a-z])|検証|評価", re.IGNORECASE)
_LEAST = 4  # samples
_ALIKE = 1e-6  # of a deviation: an epsilon beside it


def scaled_by_itself(module: Mapping[str, Any]) -> Iterator[Beside]:
    """Tables of mean 0, of deviation 1, or from 0 to 1: both by chance, or each by its own scale.

    Samples to test with are so in no column but by chance where the training's scale is theirs.
    """
    tables = {n: x for n, v in module.items() if (x := _measured(v)) is not None}
    for scale in (_centred, _of_deviation_one, _from_0_to_1):
        own = [n for n, x in tables.items() if scale(x).all()]
        for name in filter(_TO_TEST.search, own):
            columns = tables[name].shape[1]
            beside = [n for n in own if not _TO_TEST.search(n) and tables[n].shape[1] == columns]
            if beside:
                blanks = {"name": name, "train": beside[0]}
                told = f"own_scale({name})"
                yield Beside("test_scaled_by_itself", blanks, told, columns, 0.0)
                return


def _measured(value: Any) -> np.ndarray | None:
    """The columns of a table but for those that are the same for all samples, as that of a bias.

    None of a grid, or of +1 and -1, which lie around 0 of themselves.
    """
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind != "f":
        return None
    x = value[:, np.ptp(value, axis=0) > 0] if len(value) >= _LEAST else value[:, :0]
    even = any(np.ptp(np.diff(np.unique(column))) < _ALIKE for column in x.T)
    return x if x.size and np.isfinite(x).all() and not even else None


def _centred(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(x.mean(axis=0)) < _ALIKE * x.std(axis=0))


def _of_deviation_one(x: np.ndarray) -> np.ndarray:
    one = [np.abs(x.std(axis=0, ddof=less) - 1) < _ALIKE for less in (0, 1)]
    return np.asarray(one[0] | one[1])


def _from_0_to_1(x: np.ndarray) -> np.ndarray:
    return np.asarray((x.min(axis=0) == 0) & (np.abs(x.max(axis=0) - 1) < _ALIKE))
