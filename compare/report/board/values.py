"""Numbers that TensorBoard draws itself: histograms, and precision against recall."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compare.report.board.classes import labels
from compare.report.board.scene import NotDrawn, Scene, few, of, params, sides

KINDS = ("param/W", "grad/W")
CURVES = 3  # steps at which precision and recall are taken
MAX_VALUES = 4000  # of one histogram
LARGEST = 1e19  # where the bins of TensorBoard's writer end


def histograms(scene: Scene) -> Iterator[tuple[str, str, int, np.ndarray]]:
    """(run, name, step, values) of every weight and its gradient, below LARGEST.

    Of more than MAX_VALUES, so many evenly spaced ones.
    """
    for snapshot in scene.result.snapshots:
        for run in ("torch", "scratch"):
            for name, array in of(snapshot, run).items():
                if not name.startswith(KINDS):
                    continue
                values = np.asarray(array).astype(np.float64).ravel()
                values = values[np.abs(values) < LARGEST]
                if values.size:
                    yield run, name, snapshot.step, values[few(values.size, MAX_VALUES)]


def precision_recall(scene: Scene) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """(run, step, d, y) on the test data of a classifier with a single output, at a few steps."""
    binary = scene.settings["output"] == "sigmoid" and "x_test" in scene.arrays
    if not binary or scene.arrays["d_test"].shape[1:] != (1,):
        return
    d = labels(scene.arrays["d_test"])
    kept = scene.snapshots
    for snapshot in [kept[i] for i in few(len(kept), CURVES)] if kept else []:
        for run, side in sides().items():
            try:
                y = scene.predict(side, params(of(snapshot, run)), scene.arrays["x_test"])[:, 0]
            except NotDrawn:
                continue  # the confusion matrix, of the same predictions, says why
            yield run, snapshot.step, d, y
