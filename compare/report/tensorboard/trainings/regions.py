"""The regions into which a classifier divides its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard.trainings.confusion import decided, labels
from compare.report.tensorboard.trainings.projection import (
    Grid,
    Plane,
    grid_around,
    principal_plane,
)
from compare.report.tensorboard.trainings.training_case import TrainingCase, few, of, params

NODES, SAMPLES, DRAWN = 40, 300, 80  # more samples would cover the regions they lie in


@dataclass(frozen=True)
class Slice:
    """Where the inputs are cut: a plane through their mean, a grid on it, samples projected on it.

    ``plane`` is None where there are two inputs, and nothing is cut.
    """

    plane: Plane | None
    grid: Grid
    nodes: np.ndarray
    samples: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True)
class Regions:
    """Outputs (B, A, K) by run on a slice."""

    cut: Slice
    y: Mapping[str, np.ndarray]

    @property
    def decided(self) -> Mapping[str, np.ndarray]:
        """The class (B, A) of each node, by run."""
        return {
            run: self.cut.grid.field(decided(y.reshape(-1, y.shape[2])))
            for run, y in self.y.items()
        }


def slice_of(trained: TrainingCase) -> Slice:
    """The plane of the two first principal components of x; of two inputs, their own plane.

    Components of at most SAMPLES samples; DRAWN of them are shown.
    """
    x, d = trained.arrays["x"], labels(trained.arrays["d"])
    chosen = few(len(x), SAMPLES)
    shown = few(len(x), DRAWN)
    plane = None
    if x.shape[1] > 2:
        plane = principal_plane(x[chosen], x[chosen].mean(axis=0))
    samples = plane.coordinates(x[shown]) if plane else x[shown]
    grid = grid_around(samples, NODES, margin=0.05)
    nodes = plane.points(grid.coordinates) if plane else grid.coordinates
    return Slice(plane, grid, nodes, samples, d[shown])


def regions(trained: TrainingCase, cut: Slice, snapshot: Snapshot) -> Regions:
    """What both sides make of the nodes of a slice at that snapshot."""
    y = {
        run: cut.grid.field(trained.predict(side, params(of(snapshot, run)), cut.nodes))
        for run, side in trained.sides.items()
    }
    return Regions(cut, y)
