"""What people divide by, of the arrays that were given: counts, sums, weights by class."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

import numpy as np

from compare.core.case import Case
from compare.equivalence.arguments import in_numpy
from compare.equivalence.passes import PairProgram

MOST = 32  # quantities, of which every two are a ratio
LARGEST = 1 << 16  # class, or length of a segment
NEAR = 2.0**-32  # of a ratio: closer than chance comes among as many

Arrays = Mapping[str, np.ndarray]
Named = Iterator[tuple[str, np.ndarray]]


def held_by(case: Case) -> dict[str, np.ndarray]:
    """What the reference's module holds, whether it was given or not: class weights, for one."""
    assert isinstance(case.program.run, PairProgram)
    modules = case.program.run.pair.reference.modules
    if not modules:
        return {}
    module = modules["float64"]
    tensors = (*module.named_parameters(), *module.named_buffers())
    return {name: in_numpy(tensor) for name, tensor in tensors}


def ratio(factor: float, arrays: Arrays, sizes: Collection[int]) -> str:
    """A factor as a ratio of two quantities, or of one and a size, as it is written; or ""."""
    named = {text: float(value) for text, value in islice(_totals(arrays), MOST) if value > 0}
    numbers = {"1": 1.0, **{str(n): float(n) for n in sizes}, **named}
    for above, numerator in numbers.items():
        for below, denominator in numbers.items():
            # a fraction of sizes alone is another cause
            if (above in named or below in named) and above != below:
                if abs(factor * denominator - numerator) < NEAR * numerator:
                    return above if below == "1" else f"{above} / {below}"
    return ""


def vectors(arrays: Arrays, n: int) -> dict[str, np.ndarray]:
    """Along an axis of that length: each as it is written → its values, none of which is 0."""
    of_length = ((text, v) for text, v in _vectors(arrays) if v.shape == (n,))
    return {
        text: v.astype(np.float64)
        for text, v in islice(of_length, MOST)
        if np.isfinite(v).all() and np.all(v != 0) and np.ptp(v) > 0
    }


def _totals(arrays: Arrays) -> Named:
    for name, a in arrays.items():
        if a.dtype.kind in "fiub" and (a.ndim == 1 or _is_mask(a)):
            yield f"{name}.sum()", a.sum(dtype=np.float64)
        if a.dtype.kind == "i" and (a < 0).any():
            yield f"({name} >= 0).sum()", np.asarray(np.sum(a >= 0))
    for text, values in _gathered(arrays):
        yield f"{text}.sum()", np.asarray(values.sum())


def _vectors(arrays: Arrays) -> Named:
    for name, a in arrays.items():
        if a.ndim == 1:
            yield name, a
        if a.ndim == 2 and _is_mask(a):
            yield f"{name}.sum(1)", a.sum(1, dtype=np.float64)
            yield f"{name}.sum(0)", a.sum(0, dtype=np.float64)
    for name, a in _whole(arrays).items():
        if a.ndim == 1 and (a > 0).all():  # as many in one segment after the other
            yield f"{name} of its segment", np.repeat(a, a)
        if a.ndim == 1 and (a >= 0).all():  # or which one each is in
            yield f"the count of its {name}", np.bincount(a)[a]
    yield from _gathered(arrays)


def _gathered(arrays: Arrays) -> Named:
    """Of each sample the weight of its class, 0 of one that is ignored."""
    for weight, w in arrays.items():
        if w.dtype.kind != "f" or w.ndim != 1 or w.size < 2:
            continue
        for target, t in _whole(arrays).items():
            if t.max() < w.size and (t >= 0).any():
                yield f"{weight}[{target}]", np.where(t >= 0, w[np.maximum(t, 0)], 0.0)


def _is_mask(a: np.ndarray) -> bool:
    return a.dtype.kind == "b" or bool(a.size and np.isin(a, (0, 1)).all() and np.ptp(a))


def _whole(arrays: Arrays) -> dict[str, np.ndarray]:
    """Those of whole numbers that are no mask; small ones, as numbers of classes are."""
    whole = {k: a for k, a in arrays.items() if a.dtype.kind in "iu" and a.size}
    return {k: a for k, a in whole.items() if not _is_mask(a) and a.max() <= LARGEST}
