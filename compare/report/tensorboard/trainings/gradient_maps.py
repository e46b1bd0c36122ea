"""Where in each weight's gradient the two sides differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compare.arithmetic.running_error import FORMATS
from compare.judge.training.curves import Snapshot
from compare.language.message import message
from compare.report.tensorboard.trainings.training_case import NotDrawn, TrainingCase

CELLS = 48  # a side; a larger matrix is drawn in blocks, each as its largest element
EQUAL = -1.0  # what an element without a difference is drawn as


@dataclass(frozen=True)
class ErrorMap:
    """log10 of |yours - torch's| in units of u max|g| (u the rounding of the dtype), in blocks."""

    name: str
    shape: tuple[int, int]
    values: np.ndarray


def snapshot_nearest(snapshots: Sequence[Snapshot], step: int | None) -> Snapshot:
    """The snapshot nearest to a step, the last one for None."""
    return min(snapshots, key=lambda s: abs(s.step - step)) if step else snapshots[-1]


def error_maps(snapshot: Snapshot, dtype: str) -> tuple[ErrorMap, ...]:
    """One map for each weight's gradient, W1 first."""
    names = sorted(n for n in snapshot.reference if n.startswith("grad/W") and n in snapshot.mine)
    return tuple(
        error_map(name, snapshot.mine[name], snapshot.reference[name], FORMATS[dtype].u)
        for name in names
        if snapshot.mine[name].shape == snapshot.reference[name].shape
    )


def error_map(name: str, mine: np.ndarray, reference: np.ndarray, u: float) -> ErrorMap:
    """log10(|mine - reference| / (u max|reference|)), at least EQUAL; NaN on one side is infinite.

    mine, reference (I, O) → values of at most CELLS x CELLS blocks.
    """
    mine, reference = mine.astype(np.float64), reference.astype(np.float64)
    with np.errstate(all="ignore"):
        equal = (mine == reference) | (np.isnan(mine) & np.isnan(reference))
        # by the largest gradient: single ones may be 0, and their ratio says nothing
        scale = u * np.max(np.abs(reference), where=np.isfinite(reference), initial=0.0)
        gap = np.nan_to_num(np.abs(mine - reference), nan=np.inf, posinf=np.inf)
        values = np.log10(gap / scale) if scale else np.full(mine.shape, np.inf)
    values = np.where(equal, EQUAL, np.maximum(values, EQUAL))
    return ErrorMap(name, (mine.shape[0], mine.shape[1]), in_blocks(values, CELLS))


def in_blocks(values: np.ndarray, at_most: int) -> np.ndarray:
    """The largest element of each block, where a side is longer than ``at_most``."""
    for axis in (0, 1):
        # rounded up, so that at most so many blocks remain
        size = -(-values.shape[axis] // at_most)
        starts = np.arange(0, values.shape[axis], size)
        # the largest, and no mean: one wrong weight in a block has to show
        values = np.maximum.reduceat(values, starts, axis=axis)
    return values


def gradient_errors(trained: TrainingCase) -> tuple[int, tuple[ErrorMap, ...]]:
    """(step, maps) at the snapshot nearest to the first failure, or at the last one.

    Raises NotDrawn where there is none.
    """
    result = trained.result
    if not result.snapshots:
        raise NotDrawn(message("there is no step that both sides computed"))
    first = result.verdict.first
    step = int(first.name.split("/")[1]) if first and first.name.startswith("step/") else None
    # a step that failed may have parameters that cannot be drawn from; its gradients can be shown
    shown = snapshot_nearest(
        result.snapshots if step else trained.snapshots or result.snapshots, step
    )
    maps = error_maps(shown, result.dtype)
    if not maps:
        raise NotDrawn(message("no weight's gradient has the same shape on both sides"))
    return shown.step, maps
