"""What a classifier decides: classes of outputs and targets, their confusion, and boundaries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from contourpy import contour_generator

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard.trainings.projection import Grid
from compare.report.tensorboard.trainings.training_case import TrainingCase, of, params

SAMPLE = 0  # of the test data, whose probabilities are shown


@dataclass(frozen=True)
class Confusion:
    """counts[d, y] (K, K) by run: how many test samples of class d were taken for class y."""

    counts: Mapping[str, np.ndarray]
    step: int

    def accuracy(self, run: str) -> float:
        """The share on the diagonal."""
        counts = self.counts[run]
        return float(np.trace(counts) / counts.sum())


def decided(y: np.ndarray) -> np.ndarray:
    """The class of the largest output; of one alone, whether it exceeds 1/2.   (N, K) → (N,)."""
    return (y[:, 0] > 0.5).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)


def labels(d: np.ndarray) -> np.ndarray:
    """The class of targets: indices (N,), bits (N, 1), or rows of K.   → (N,)."""
    return d.astype(int) if d.ndim == 1 else decided(d)


def confusion_matrix(d: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    """How often class d (N,) was taken for class y (N,).   → (K, K), rows the targets."""
    # d and y as the digits of one number: one count of all pairs, and no loop over samples
    return np.bincount(d * classes + y, minlength=classes**2).reshape(classes, classes)


def confusion(trained: TrainingCase) -> Confusion | None:
    """Both sides' confusion on the test data after the last step; None of a regression."""
    if not trained.is_classifier or "x_test" not in trained.arrays:
        return None
    last, x, d = trained.last(), trained.arrays["x_test"], labels(trained.arrays["d_test"])
    counts = {}
    for run, side in trained.sides.items():
        y = trained.predict(side, params(of(last, run)), x)
        # a single output decides between two classes
        counts[run] = confusion_matrix(d, decided(y), max(y.shape[1], 2))
    return Confusion(counts, last.step)


def lines(grid: Grid, y: np.ndarray) -> list[np.ndarray]:
    """The boundaries as lines of points (m, 2) in the grid's coordinates.   y (B, A, K)."""
    segments: list[np.ndarray] = []
    for field in boundaries(y):
        if np.isfinite(field).any():  # a class that is nowhere the largest has no boundary
            masked = np.ma.masked_invalid(field)
            generator = contour_generator(grid.a, grid.b, masked, line_type="Separate")
            segments += [np.asarray(line) for line in generator.lines(0.0)]
    return segments


def boundaries(y: np.ndarray) -> list[np.ndarray]:
    """Fields (B, A) whose zeros are where one class gives way to another, each of them drawn once.

    y (B, A, K): class k against the largest later one, hidden (NaN) where an earlier one is larger
    than both. Of a single output: y - 1/2.
    """
    if y.shape[2] == 1:
        return [y[..., 0] - 0.5]
    fields = []
    for k in range(y.shape[2] - 1):
        later = y[..., k + 1 :].max(axis=2)
        # a boundary between two classes counts only where these two are the largest
        earlier = y[..., :k].max(axis=2, initial=-np.inf)
        hidden = earlier > np.maximum(y[..., k], later)
        fields.append(np.where(hidden, np.nan, y[..., k] - later))
    return fields


@dataclass(frozen=True)
class ClassProbabilities:
    """A square picture, the name of its class, and y (K,) of it by run."""

    picture: np.ndarray
    name: str
    names: tuple[str, ...]
    y: Mapping[str, np.ndarray]


def class_probabilities(trained: TrainingCase, snapshot: Snapshot) -> ClassProbabilities:
    """The same test picture at every snapshot, by the parameters that each side has there."""
    x, names = trained.arrays["x_test"][[SAMPLE]], trained.result.case.classes
    true = labels(trained.arrays["d_test"][[SAMPLE]])[0]
    width = math.isqrt(x.size)
    y = {
        run: trained.predict(side, params(of(snapshot, run)), x)[0]
        for run, side in trained.sides.items()
    }
    return ClassProbabilities(x.reshape(width, width), names[true], names, y)
