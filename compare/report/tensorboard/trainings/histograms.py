"""Numbers that TensorBoard draws itself: histograms, and precision against recall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.report.tensorboard.trainings.confusion import labels
from compare.report.tensorboard.trainings.training_case import (
    NotDrawn,
    TrainingCase,
    few,
    of,
    params,
)

KINDS = ("param/W", "grad/W")
CURVES = 3  # steps at which precision and recall are taken
BINS = 40  # TensorBoard draws 30
LARGEST = 1e19  # what its square, summed up, leaves finite in float32


def histograms(trained: TrainingCase) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    """(run, name, step, histogram) of every weight and its gradient, of values below LARGEST."""
    for snapshot in trained.result.snapshots:
        for run in ("torch", "scratch"):
            for name, array in of(snapshot, run).items():
                if not name.startswith(KINDS):
                    continue
                values = np.asarray(array).astype(np.float64).ravel()
                values = values[np.abs(values) < LARGEST]
                if values.size:
                    yield run, name, snapshot.step, histogram(values)


def histogram(values: np.ndarray) -> dict[str, Any]:
    """Counts in BINS equal bins, as TensorBoard's format has them: each bin by its upper end."""
    counts, edges = np.histogram(values, BINS)
    return {
        "min": values.min(),
        "max": values.max(),
        "num": values.size,
        "sum": values.sum(),
        "sum_squares": values @ values,
        "bucket_limits": edges[1:].tolist(),
        "bucket_counts": counts.tolist(),
    }


def precision_recall(trained: TrainingCase) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """(run, step, d, y) on the test data of a classifier with a single output, at a few steps."""
    binary = trained.settings["output"] == "sigmoid" and "x_test" in trained.arrays
    if not binary or trained.arrays["d_test"].shape[1:] != (1,):
        return
    d = labels(trained.arrays["d_test"])
    snapshots = trained.snapshots
    for snapshot in [snapshots[i] for i in few(len(snapshots), CURVES)] if snapshots else []:
        for run, side in trained.sides.items():
            try:
                y = trained.predict(side, params(of(snapshot, run)), trained.arrays["x_test"])[:, 0]
            except NotDrawn:
                continue  # the confusion matrix, of the same predictions, says why
            yield run, snapshot.step, d, y
