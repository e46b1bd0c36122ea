"""§3 Loss functions and their gradients; the target d comes first, as in the course.

``d`` is the target, ``y`` the output of the network, ``u`` the scores, which are the output before
its activation; N samples as rows, K outputs; one sample may be 1-D. What they differ in:

=========================== ===== ======= ============= ======== ==================================
loss                        takes factor  reduction     epsilon  torch
=========================== ===== ======= ============= ======== ==================================
half_squared_error          y     1/2     mean over N   none     MSELoss(reduction="sum") / (2 N)
mean_squared_error          y     1/2     mean over N K none     MSELoss() / 2
cross_entropy_error         y     1       mean over N   1e-7     NLLLoss() of log(y + 1e-7)
binary_cross_entropy_error  y     1       mean over N K 1e-7     none: BCELoss has no epsilon
binary_cross_entropy        y     1       mean over N K none     BCELoss(): each log at least -100
identity_with_loss          u     1/2     mean over N   none     MSELoss(reduction="sum") / (2 N)
softmax_with_loss           u     1       mean over N   none     CrossEntropyLoss()
sigmoid_with_loss           u     1       mean over N K none     BCEWithLogitsLoss()
=========================== ===== ======= ============= ======== ==================================

``d_...(d, y)`` is ∂E/∂y of a loss that takes y. ``delta_...(d, y)`` is ∂E/∂u of a loss that takes
u: its formula is one of the output y, which the forward pass has computed (the course calls these
d_softmax_with_loss and so on).
"""

from collections.abc import Callable

import numpy as np

from ._types import NK, Array, Scalar, Targets

EPSILON = 1e-7  # the course's guard against log(0)


def samples(y: NK) -> int:
    """Number of samples N in a batch y; 1 where y is one sample alone.

    y (N, K) or (K,) → N or 1.   Source: report §3.
    """
    return len(y) if y.ndim > 1 else 1


def one_hot(d: Targets, y: NK) -> NK:
    """Targets as one row of K numbers a sample: 1 at the class, 0 elsewhere.

    d (N,) of class indices, or already (N, K) · y (N, K) → (N, K) in y's dtype; 1-D likewise.
    Raises ValueError where d is neither, or K = 1.   Source: report §3.
    """
    if y.shape[-1] == 1:
        raise ValueError("one output is no choice between classes: use binary_cross_entropy")
    if d.shape == y.shape:
        return d.astype(y.dtype)
    if d.shape == y.shape[:-1] and d.dtype.kind in "iu":
        return (np.arange(y.shape[-1]) == d[..., np.newaxis]).astype(y.dtype)
    raise ValueError(
        f"{d.dtype} targets {d.shape} do not fit outputs of shape {y.shape}: use indices or one-hot"
    )


def half_squared_error(d: NK, y: NK) -> Scalar:
    """Half squared error E = 1/(2N) Σ_n ||y_n - d_n||²: the report's E_n, averaged over samples.

    d, y (N, K) or (K,) → a scalar.   Source: report §3; Bishop, PRML (5.11).
    """
    return np.sum((y - d) ** 2) / (2 * samples(y))


def d_half_squared_error(d: NK, y: NK) -> NK:
    """Gradient of half_squared_error: ∂E/∂y = (y - d) / N; the course's d_mean_squared_error.

    d, y (N, K) or (K,) → the same shape.   Source: report §5.
    """
    return (y - d) / samples(y)


def mean_squared_error(d: NK, y: NK) -> Scalar:
    """Half mean squared error E = 1/2 mean (y - d)²: the mean over ALL N K elements, halved.

    d, y (N, K) or (K,) → a scalar. half_squared_error is K times this.   Source: course §3.
    """
    return np.mean((y - d) ** 2) / 2


def d_mean_squared_error(d: NK, y: NK) -> NK:
    """Gradient of mean_squared_error: ∂E/∂y = (y - d) / (N K); the course's own lacks the 1/K.

    d, y (N, K) or (K,) → the same shape.   Source: derived from course §3.
    """
    return (y - d) / y.size


def cross_entropy_error(d: Targets, y: NK) -> Scalar:
    """Cross-entropy E = -1/N Σ_n Σ_k d_nk log(y_nk + 1e-7): epsilon inside the log, mean over N.

    d indices (N,) or one-hot (N, K) · y probabilities (N, K) → a scalar in [-1e-7, 16.2].
    Raises ValueError where d does not fit y, or K = 1.   Source: report §3.
    """
    return -np.sum(one_hot(d, y) * np.log(y + EPSILON)) / samples(y)


def d_cross_entropy_error(d: Targets, y: NK) -> NK:
    """Gradient of cross_entropy_error: ∂E/∂y = -d / (y + 1e-7) / N.

    d indices (N,) or one-hot (N, K) · y (N, K) → (N, K); 1-D likewise.
    Raises ValueError where d does not fit y, or K = 1.   Source: derived from report §3.
    """
    return -one_hot(d, y) / (y + EPSILON) / samples(y)


def binary_cross_entropy_error(d: NK, y: NK) -> Scalar:
    """Binary cross-entropy E = -mean [d log(y + 1e-7) + (1-d) log(1 - y + 1e-7)]: epsilon inside.

    d in {0, 1}, y in [0, 1], both (N, K) or (K,) → a scalar; the mean over ALL elements.
    Source: course §3, for one sigmoid output.
    """
    return -np.mean(d * np.log(y + EPSILON) + (1 - d) * np.log(1 - y + EPSILON))


def d_binary_cross_entropy_error(d: NK, y: NK) -> NK:
    """Gradient of binary_cross_entropy_error: ∂E/∂y = [(1-d)/(1-y+1e-7) - d/(y+1e-7)] / (N K).

    d, y (N, K) or (K,) → the same shape.   Source: derived from course §3.
    """
    return ((1 - d) / (1 - y + EPSILON) - d / (y + EPSILON)) / y.size


def binary_cross_entropy(d: NK, y: NK) -> Scalar:
    """Binary cross-entropy E = -mean [d log y + (1-d) log(1-y)], no epsilon, each log >= -100.

    d in {0, 1}, y in [0, 1], both (N, K) or (K,) → a scalar; the mean over ALL elements.
    Source: torch.nn.functional.binary_cross_entropy, which has the bound of -100.
    """
    with np.errstate(divide="ignore"):  # log 0 is -∞, and the bound takes it to -100
        log_y, log_1_y = np.maximum(np.log(y), -100), np.maximum(np.log(1 - y), -100)
    return -np.mean(d * log_y + (1 - d) * log_1_y)


def d_binary_cross_entropy(d: NK, y: NK) -> NK:
    """Gradient of binary_cross_entropy: ∂E/∂y = (y - d) / max(y (1-y), 1e-12) / (N K).

    d, y (N, K) or (K,) → the same shape.   Source: torch.nn.functional.binary_cross_entropy.
    """
    return (y - d) / np.maximum(y * (1 - y), 1e-12) / y.size


def softmax_with_loss(d: Targets, u: NK) -> Scalar:
    """Softmax and cross-entropy in one: E = 1/N Σ_n [Σ_k d_nk (log Σ_j e^u_nj - u_nk)], no epsilon.

    d indices (N,) or one-hot (N, K) · u scores (N, K) → a scalar, finite for every finite u.
    Raises ValueError where d does not fit u, or K = 1.   Source: course §3, in its stable form.
    """
    shifted = u - u.max(axis=-1, keepdims=True)
    log_y = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.sum(one_hot(d, u) * log_y) / samples(u)


def delta_softmax_with_loss(d: Targets, y: NK) -> NK:
    """Gradient of softmax_with_loss: ∂E/∂u = (y - d) / N, where y is the softmax OUTPUT.

    d indices (N,) or one-hot (N, K) · y (N, K) → (N, K); 1-D likewise.
    Raises ValueError where d does not fit y, or K = 1.   Source: report §5.
    """
    return (y - one_hot(d, y)) / samples(y)


def sigmoid_with_loss(d: NK, u: NK) -> Scalar:
    """Sigmoid and binary cross-entropy in one: E = mean [max(u, 0) - d u + log(1 + e^-|u|)].

    d in {0, 1}, u any real, both (N, K) or (K,) → a scalar; the mean over ALL elements, no epsilon.
    Source: course §3, in its stable form.
    """
    return np.mean(np.maximum(u, 0) - d * u + np.log1p(np.exp(-np.abs(u))))


def delta_sigmoid_with_loss(d: NK, y: NK) -> NK:
    """Gradient of sigmoid_with_loss: ∂E/∂u = (y - d) / (N K), where y is the sigmoid OUTPUT.

    d, y (N, K) or (K,) → the same shape. The course's own lacks the 1/(N K): it sums.
    Source: derived from course §3.
    """
    return (y - d) / y.size


def identity_with_loss(d: NK, u: NK) -> Scalar:
    """Identity and half squared error in one: E = 1/(2N) Σ_n ||u_n - d_n||².

    d, u (N, K) or (K,) → a scalar.   Source: report §3.
    """
    return half_squared_error(d, u)


def delta_identity_with_loss(d: NK, y: NK) -> NK:
    """Gradient of identity_with_loss: ∂E/∂u = (y - d) / N.

    d, y (N, K) or (K,) → the same shape.   Source: report §5.
    """
    return d_half_squared_error(d, y)


def accuracy(d: Targets, y: NK) -> Scalar:
    """Share of samples put in the right class: argmax of y, or y > 1/2 where K = 1.

    d indices (N,), one-hot (N, K) or {0, 1} (N, 1) · y (N, K) → a scalar in [0, 1].
    Source: course, exercise 1-4.
    """
    if y.shape[-1] == 1:
        return np.mean((y > 0.5) == (d > 0.5), dtype=y.dtype)
    classes = d if d.ndim < y.ndim else d.argmax(axis=-1)
    return np.mean(y.argmax(axis=-1) == classes, dtype=y.dtype)


# name → the error E, and its gradient by what the table above says
LOSSES: dict[str, tuple[Callable[[Array, Array], Scalar], Callable[[Array, Array], Array]]] = {
    "half_squared_error": (half_squared_error, d_half_squared_error),
    "mean_squared_error": (mean_squared_error, d_mean_squared_error),
    "cross_entropy_error": (cross_entropy_error, d_cross_entropy_error),
    "binary_cross_entropy_error": (binary_cross_entropy_error, d_binary_cross_entropy_error),
    "binary_cross_entropy": (binary_cross_entropy, d_binary_cross_entropy),
    "identity_with_loss": (identity_with_loss, delta_identity_with_loss),
    "softmax_with_loss": (softmax_with_loss, delta_softmax_with_loss),
    "sigmoid_with_loss": (sigmoid_with_loss, delta_sigmoid_with_loss),
}
