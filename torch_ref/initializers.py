"""§4 Initial weights from standard-normal draws Z (n_in, n_out), in the course's sense."""

import torch
from torch import Tensor


def normal(Z: Tensor, std: float = 0.01) -> Tensor:
    """Scaled normal weights W = std Z.

    Source: torch.nn.init.normal_.
    """
    return Z.mul(std)


def xavier(Z: Tensor) -> Tensor:
    """Xavier weights in the course's sense W = Z / √n_in; torch's xavier_normal_ is another.

    Source: torch.nn.init.kaiming_normal_ with nonlinearity="linear".
    """
    return Z.mul(torch.nn.init.calculate_gain("linear") / len(Z) ** 0.5)


def he(Z: Tensor) -> Tensor:
    """He weights W = Z √(2 / n_in), made for ReLU.

    Source: torch.nn.init.kaiming_normal_ with mode="fan_in", nonlinearity="relu".
    """
    return Z.mul(torch.nn.init.calculate_gain("relu") / len(Z) ** 0.5)
