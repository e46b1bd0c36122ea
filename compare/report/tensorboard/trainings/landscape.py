"""The loss around the path of gradient descent, in the plane of that path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compare.language.message import message
from compare.report.tensorboard.trainings.projection import (
    Grid,
    Plane,
    grid_around,
    principal_plane,
)
from compare.report.tensorboard.trainings.training_case import (
    NotDrawn,
    Params,
    TrainingCase,
    few,
    of,
    params,
)

NODES, SAMPLES = 15, 128  # 225 passes of 128 samples: what a picture may cost


@dataclass(frozen=True)
class Landscape:
    """The loss (B, A) on a grid of the plane, the paths (m, 2) in it, and on how many samples."""

    plane: Plane
    grid: Grid
    loss: np.ndarray
    paths: Mapping[str, np.ndarray]
    samples: int


def landscape(trained: TrainingCase) -> Landscape:
    """torch's loss in the plane of torch's path, through its end; both paths projected on it.

    On at most SAMPLES of the training data.   Raises NotDrawn where the path spans no plane.
    Source: H. Li et al., Visualizing the loss landscape of neural nets, 2018.
    """
    theta = {run: path(trained, run) for run in ("torch", "scratch")}
    # torch's plane for both: two paths that part then show it, and in planes of their own would not
    plane = principal_plane(theta["torch"], theta["torch"][-1])
    paths = {run: plane.coordinates(points) for run, points in theta.items()}
    # around both paths, so that one that leaves torch's stays in the picture
    grid = grid_around(np.concatenate(list(paths.values())), NODES)
    chosen = few(len(trained.arrays["x"]), SAMPLES)
    # one after the other: all of a large network's at once would be 225 times its parameters
    points = (plane.points(at) for at in grid.coordinates)
    nodes = (unflattened(point, trained.start) for point in points)
    x, d = trained.arrays["x"][chosen], trained.arrays["d"][chosen]
    loss = grid.field(trained.losses(trained.sides["torch"], nodes, x, d))
    if not np.isfinite(loss).any():
        raise NotDrawn(message("the loss is finite nowhere around the path"))
    return Landscape(plane, grid, loss, paths, len(chosen))


def path(trained: TrainingCase, run: str) -> np.ndarray:
    """The parameters of that side at the start and at each snapshot, to divergence.   → (m, n)."""
    end = trained.result.diverges_at  # beyond it one point would squeeze all others together
    snapshots = [s for s in trained.snapshots if end is None or s.step < end]
    visited = [trained.start, *(params(of(s, run)) for s in snapshots)]
    return np.stack([flattened(p, trained.start) for p in visited])


def flattened(values: Params, like: Params) -> np.ndarray:
    """All parameters as one vector, in the order of ``like``."""
    return np.concatenate([values[name].ravel() for name in like])


def unflattened(vector: np.ndarray, like: Params) -> Params:
    """The vector as parameters of the names and shapes of ``like``."""
    ends = np.cumsum([p.size for p in like.values()])
    parts = np.split(vector, ends[:-1])
    return {n: v.reshape(p.shape) for (n, p), v in zip(like.items(), parts, strict=True)}
