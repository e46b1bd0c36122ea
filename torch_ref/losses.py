"""§3 Loss functions and their gradients; the target d comes first, as in the course.

torch's own take the prediction first. The shapes, and the table of what the losses differ in, are
those of the scratch side.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._autograd import loss_gradient

EPSILON = 1e-7  # the course's guard against log(0)


def samples(y: Tensor) -> int:
    """Number of samples N in a batch y; 1 where y is one sample alone.

    Source: torch.Tensor.shape.
    """
    return len(y) if y.ndim > 1 else 1


def one_hot(d: Tensor, y: Tensor) -> Tensor:
    """Targets as one row of K numbers a sample: 1 at the class, 0 elsewhere.

    d (N,) or (N, K) · y (N, K) → (N, K) in y's dtype.   Source: torch.nn.functional.one_hot.
    """
    return (d if d.shape == y.shape else F.one_hot(d, y.shape[-1])).to(y.dtype)


def half_squared_error(d: Tensor, y: Tensor) -> Tensor:
    """Half squared error E = 1/(2N) Σ_n ||y_n - d_n||²: the report's E_n, averaged over samples.

    Source: torch.nn.MSELoss, which has no 1/2.
    """
    return nn.MSELoss(reduction="sum")(y, d) / (2 * samples(y))


def d_half_squared_error(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of half_squared_error: ∂E/∂y = (y - d) / N; the course's d_mean_squared_error."""
    return loss_gradient(half_squared_error, d, y)


def mean_squared_error(d: Tensor, y: Tensor) -> Tensor:
    """Half mean squared error E = 1/2 mean (y - d)²: the mean over ALL N K elements, halved.

    Source: torch.nn.MSELoss, which has no 1/2.
    """
    return nn.MSELoss()(y, d) / 2


def d_mean_squared_error(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of mean_squared_error: ∂E/∂y = (y - d) / (N K); the course's own lacks the 1/K."""
    return loss_gradient(mean_squared_error, d, y)


def cross_entropy_error(d: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy E = -1/N Σ_n Σ_k d_nk log(y_nk + 1e-7): epsilon inside the log, mean over N.

    Source: torch.nn.NLLLoss where d are indices.
    """
    log_y = torch.log(y + EPSILON)
    if d.shape != y.shape:
        return nn.NLLLoss()(log_y, d)
    return -torch.sum(d * log_y) / samples(y)


def d_cross_entropy_error(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of cross_entropy_error: ∂E/∂y = -d / (y + 1e-7) / N."""
    return loss_gradient(cross_entropy_error, d, y)


def binary_cross_entropy_error(d: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy E = -mean [d log(y + 1e-7) + (1-d) log(1 - y + 1e-7)]: epsilon inside.

    Source: torch.log; torch's own loss has no epsilon.
    """
    return -torch.mean(d * torch.log(y + EPSILON) + (1 - d) * torch.log(1 - y + EPSILON))


def d_binary_cross_entropy_error(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of binary_cross_entropy_error: ∂E/∂y = [(1-d)/(1-y+1e-7) - d/(y+1e-7)] / (N K)."""
    return loss_gradient(binary_cross_entropy_error, d, y)


def binary_cross_entropy(d: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy E = -mean [d log y + (1-d) log(1-y)], no epsilon, each log >= -100.

    Source: torch.nn.BCELoss.
    """
    return nn.BCELoss()(y, d)


def d_binary_cross_entropy(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of binary_cross_entropy: ∂E/∂y = (y - d) / max(y (1-y), 1e-12) / (N K)."""
    return loss_gradient(binary_cross_entropy, d, y)


def softmax_with_loss(d: Tensor, u: Tensor) -> Tensor:
    """Softmax and cross-entropy in one: E = 1/N Σ_n [Σ_k d_nk (log Σ_j e^u_nj - u_nk)], no epsilon.

    Source: torch.nn.CrossEntropyLoss.
    """
    return nn.CrossEntropyLoss()(u, d.to(u.dtype) if d.shape == u.shape else d)


def delta_softmax_with_loss(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of softmax_with_loss: ∂E/∂u = (y - d) / N, where y is the softmax OUTPUT.

    The scores u = log y have that output.
    """
    return loss_gradient(softmax_with_loss, d, torch.log(y))


def sigmoid_with_loss(d: Tensor, u: Tensor) -> Tensor:
    """Sigmoid and binary cross-entropy in one: E = mean [max(u, 0) - d u + log(1 + e^-|u|)].

    Source: torch.nn.BCEWithLogitsLoss.
    """
    return nn.BCEWithLogitsLoss()(u, d)


def delta_sigmoid_with_loss(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of sigmoid_with_loss: ∂E/∂u = (y - d) / (N K), where y is the sigmoid OUTPUT.

    The scores u = logit y have that output.
    """
    return loss_gradient(sigmoid_with_loss, d, torch.logit(y))


def identity_with_loss(d: Tensor, u: Tensor) -> Tensor:
    """Identity and half squared error in one: E = 1/(2N) Σ_n ||u_n - d_n||².

    Source: torch.nn.MSELoss.
    """
    return half_squared_error(d, u)


def delta_identity_with_loss(d: Tensor, y: Tensor) -> Tensor:
    """Gradient of identity_with_loss: ∂E/∂u = (y - d) / N."""
    return loss_gradient(identity_with_loss, d, y)


def accuracy(d: Tensor, y: Tensor) -> Tensor:
    """Share of samples put in the right class: argmax of y, or y > 1/2 where K = 1.

    Source: torch.argmax.
    """
    if y.shape[-1] == 1:
        return ((y > 0.5) == (d > 0.5)).to(y.dtype).mean()
    classes = d if d.ndim < y.ndim else d.argmax(dim=-1)
    return (y.argmax(dim=-1) == classes).to(y.dtype).mean()


# name → the error E, and its gradient by what scratch's table says
LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "half_squared_error": (half_squared_error, d_half_squared_error),
    "mean_squared_error": (mean_squared_error, d_mean_squared_error),
    "cross_entropy_error": (cross_entropy_error, d_cross_entropy_error),
    "binary_cross_entropy_error": (binary_cross_entropy_error, d_binary_cross_entropy_error),
    "binary_cross_entropy": (binary_cross_entropy, d_binary_cross_entropy),
    "identity_with_loss": (identity_with_loss, delta_identity_with_loss),
    "softmax_with_loss": (softmax_with_loss, delta_softmax_with_loss),
    "sigmoid_with_loss": (sigmoid_with_loss, delta_sigmoid_with_loss),
}
