"""§4 Initial weights from standard-normal draws Z (n_in, n_out), in the course's sense."""

from ._types import IO


def normal(Z: IO, std: float = 0.01) -> IO:
    """Scaled normal weights W = std Z.

    Z (I, O) → (I, O).   Source: course, exercise 1-4.
    """
    return std * Z


def xavier(Z: IO) -> IO:
    """Xavier weights in the course's sense W = Z / √n_in; torch's xavier_normal_ is another.

    Z (I, O) → (I, O). torch's has √(2 / (n_in + n_out)).   Source: course, exercise 1-4.
    """
    return Z / len(Z) ** 0.5


def he(Z: IO) -> IO:
    """He weights W = Z √(2 / n_in), made for ReLU.

    Z (I, O) → (I, O).   Source: course, exercise 1-4; He et al. (2015).
    """
    return Z * (2 / len(Z)) ** 0.5
