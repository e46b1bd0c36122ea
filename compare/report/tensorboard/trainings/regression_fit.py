"""What a regression has learned: its output beside the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard.trainings.projection import Grid, grid_around
from compare.report.tensorboard.trainings.training_case import TrainingCase, few, of, params

NODES, SAMPLES = 24, 200


@dataclass(frozen=True)
class Surface:
    """Outputs (B, A) over the plane of two inputs, by run, and samples of the target there."""

    grid: Grid
    y: Mapping[str, np.ndarray]
    x: np.ndarray
    d: np.ndarray


@dataclass(frozen=True)
class Scatter:
    """The target d (N,) of samples, and the output y (N,) for them, by run; ``outputs`` in all."""

    d: np.ndarray
    y: Mapping[str, np.ndarray]
    outputs: int


def is_surface(trained: TrainingCase) -> bool:
    """Whether there is one output over two inputs, which a plane can show whole."""
    return trained.arrays["x"].shape[1] == 2 and trained.arrays["d"].shape[1:] == (1,)


def surface(trained: TrainingCase, snapshot: Snapshot) -> Surface:
    """y over the plane of the two inputs, of both sides, and the target of SAMPLES samples."""
    chosen = few(len(trained.arrays["x"]), SAMPLES)
    x, d = trained.arrays["x"][chosen], trained.arrays["d"][chosen, 0]
    grid = grid_around(x, NODES, margin=0.0)  # none: outside the samples there is no target
    y = {
        run: grid.field(trained.predict(side, params(of(snapshot, run)), grid.coordinates)[:, 0])
        for run, side in trained.sides.items()
    }
    return Surface(grid, y, x, d)


def scatter(trained: TrainingCase, snapshot: Snapshot) -> Scatter:
    """The first output beside the first target, on test data where there are any."""
    part = "_test" if "x_test" in trained.arrays else ""
    x, d = trained.arrays[f"x{part}"], trained.arrays[f"d{part}"]
    chosen = few(len(x), SAMPLES)
    y = {
        run: trained.predict(side, params(of(snapshot, run)), x[chosen])[:, 0]
        for run, side in trained.sides.items()
    }
    return Scatter(d[chosen, 0], y, d.shape[1])
