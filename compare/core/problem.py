"""A Problem: a Case made concrete in one set of read-only arrays, with their fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.core.arrays import fingerprint
from compare.core.case import Case


@dataclass(frozen=True)
class Problem:
    """The arrays that both sides get, and no others."""

    id: str
    dtype: str
    seed: int
    arrays: Mapping[str, Any]
    fingerprints: Mapping[str, str]


def build(case: Case, dtype: str, seed: int) -> Problem:
    """Draw or load every array of a case: the same for the same case, dtype and seed.

    Floats are drawn in float64 and rounded to ``dtype``; integers stay integers.
    Raises Unavailable where data are not on this machine.
    """
    # from the name, so that a case's arrays depend on no other case of the table
    name_digits = int.from_bytes(hashlib.sha256(case.name.encode()).digest()[:4], "big")
    rng = np.random.default_rng([seed, name_digits])
    drawn = {name: _draw(spec, rng, case.sizes) for name, spec in case.arrays.items()}
    if case.load is not None:
        drawn |= case.load(rng, case.sizes)
    arrays = {name: _frozen(values, dtype) for name, values in drawn.items()}
    fingerprints = {name: fingerprint(values) for name, values in arrays.items()}
    return Problem(case.id(dtype), dtype, seed, arrays, fingerprints)


def _draw(spec: Any, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    if callable(spec):
        return spec(rng, sizes)
    if isinstance(spec, str):
        return rng.standard_normal([sizes[letter] for letter in spec.split()])
    return spec


def _frozen(values: Any, dtype: str) -> Any:
    if isinstance(values, tuple):
        return tuple(_frozen(v, dtype) for v in values)
    array = np.asarray(values)
    # drawn in float64 and then rounded, so that all formats have the same problem
    array = np.array(array, dtype if array.dtype.kind == "f" else None)
    array.flags.writeable = False  # nobody downstream can change what both sides are given
    return array
