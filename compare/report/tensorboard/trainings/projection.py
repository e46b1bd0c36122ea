"""The plane in which many dimensions are drawn: the first two principal directions of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compare.language.message import message
from compare.report.tensorboard.trainings.training_case import NotDrawn


@dataclass(frozen=True)
class Plane:
    """origin + a e1 + b e2: origin (n,), axes e1 and e2 (2, n), orthonormal.

    ``shares``: how much of the points' scatter about the origin each axis holds.
    """

    origin: np.ndarray
    axes: np.ndarray
    shares: tuple[float, float]

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """The feet of the perpendiculars.   points (m, n) → (m, 2)."""
        return (points - self.origin) @ self.axes.T

    def points(self, coordinates: np.ndarray) -> np.ndarray:
        """The points of the plane at these coordinates.   (m, 2) → (m, n)."""
        return self.origin + coordinates @ self.axes


@dataclass(frozen=True)
class Grid:
    """a (A,) and b (B,), and every pair of them, row by row: coordinates (B A, 2)."""

    a: np.ndarray
    b: np.ndarray

    @property
    def coordinates(self) -> np.ndarray:
        """(a, b) of every node."""
        columns = np.meshgrid(self.a, self.b)
        return np.column_stack([column.ravel() for column in columns])

    def field(self, values: np.ndarray) -> np.ndarray:
        """Values of the nodes as (B, A), or (B, A, K) where a node has K."""
        return values.reshape(len(self.b), len(self.a), *values.shape[1:])


def principal_plane(points: np.ndarray, origin: np.ndarray) -> Plane:
    """The plane through ``origin`` of the largest scatter of points (m, n) about it.

    Each axis points to where its largest component is positive. By the eigenvectors of the scatter,
    in a basis of the points where these are fewer than n: a singular value decomposition of 500 x
    64 takes LAPACK's threads a second where other work holds the cores.
    Raises NotDrawn for points that span no plane: m or n below 2, or all of them at the origin.
    """
    scattered = points - origin
    if min(scattered.shape) < 2 or not scattered.any():
        raise NotDrawn(
            message(
                "{n} points of {shape} numbers span no plane", n=len(points), shape=points.shape[1]
            )
        )
    # scaled first: squares of very small or large numbers would be 0 or infinite
    scaled = scattered.T / np.abs(scattered).max()
    few = scaled.shape[1] < scaled.shape[0]
    basis, inside = np.linalg.qr(scaled) if few else (np.eye(len(scaled)), scaled)
    values, vectors = np.linalg.eigh(inside @ inside.T)
    # eigh's eigenvalues ascend: the last two are the largest
    axes = (basis @ vectors[:, [-1, -2]]).T
    # rounding may leave an eigenvalue of 0 a little below it
    first, second = (float(max(v, 0.0)) for v in values[[-1, -2]] / values.sum())
    return Plane(origin, axes * _signs(axes), (first, second))


def _signs(axes: np.ndarray) -> np.ndarray:
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    # an eigenvector's sign is the library's choice: fixed, a picture is the same everywhere
    return np.where(largest < 0, -1.0, 1.0)


def grid_around(coordinates: np.ndarray, count: int, margin: float = 0.2) -> Grid:
    """count x count nodes around points (m, 2); no side shorter than a fifth of the other."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    spans = np.maximum(high - low, (high - low).max() / 5)
    # all points in one place: any size will do, but 0
    spans = np.where(spans > 0, spans, 1.0)
    middle, half = (low + high) / 2, spans * (0.5 + margin)
    axes = [np.linspace(m - h, m + h, count) for m, h in zip(middle, half, strict=True)]
    return Grid(axes[0], axes[1])
