"""§4 Two surfaces whose lowest point is known, to watch a descent on; the gradient by autograd."""

import torch
from torch import Tensor

from ._autograd import pull_back


def bowl(w: Tensor) -> Tensor:
    """Elongated bowl E(w) = w_0² / 20 + w_1²: twenty times as steep across as along.

    Source: torch.square.
    """
    return torch.square(w[0]) / 20 + torch.square(w[1])


def d_bowl(w: Tensor) -> Tensor:
    """Gradient of the bowl: ∂E/∂w = (w_0 / 10, 2 w_1)."""
    return pull_back(bowl, w.new_ones(()), w)[0]


def valley(w: Tensor) -> Tensor:
    """Bent valley E(w) = (1 - w_0)² + 100 (w_1 - w_0²)²: its floor is flat, its sides are steep.

    Source: torch.square.
    """
    return torch.square(1 - w[0]) + 100 * torch.square(w[1] - torch.square(w[0]))


def d_valley(w: Tensor) -> Tensor:
    """Gradient of the valley: ∂E/∂w = (-2 (1 - w_0) - 400 w_0 r, 200 r), r = w_1 - w_0²."""
    return pull_back(valley, w.new_ones(()), w)[0]
