"""§4 Two surfaces whose lowest point is known, to watch a descent on; the gradient beside each."""

import numpy as np

from ._types import Point, Scalar


def bowl(w: Point) -> Scalar:
    """Elongated bowl E(w) = w_0² / 20 + w_1²: twenty times as steep across as along.

    w (2,) → a scalar, 0 at (0, 0).   Source: Saitoh, Deep Learning from Scratch, §6.1.
    """
    return w[0] ** 2 / 20 + w[1] ** 2


def d_bowl(w: Point) -> Point:
    """Gradient of the bowl: ∂E/∂w = (w_0 / 10, 2 w_1).

    w (2,) → (2,).   Source: derived from Saitoh, §6.1.
    """
    return np.array([w[0] / 10, 2 * w[1]])


def valley(w: Point) -> Scalar:
    """Bent valley E(w) = (1 - w_0)² + 100 (w_1 - w_0²)²: its floor is flat, its sides are steep.

    w (2,) → a scalar, 0 at (1, 1).   Source: Rosenbrock (1960).
    """
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def d_valley(w: Point) -> Point:
    """Gradient of the valley: ∂E/∂w = (-2 (1 - w_0) - 400 w_0 r, 200 r), r = w_1 - w_0².

    w (2,) → (2,).   Source: derived from Rosenbrock (1960).
    """
    r = w[1] - w[0] ** 2  # how far from the floor of the valley
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * r, 200 * r])
