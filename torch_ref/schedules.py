"""§4 Learning-rate schedules: the rate for each of a number of steps."""

from collections.abc import Callable

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LambdaLR, LRScheduler, StepLR


def _rates(
    lr: float, steps: int, schedule: Callable[[torch.optim.Optimizer], LRScheduler]
) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = schedule(optimizer)
    rates: list[float] = []
    for _ in range(steps):
        rates.append(float(scheduler.get_last_lr()[0]))
        optimizer.step()
        scheduler.step()
    return rates


def constant(lr: float, steps: int) -> list[float]:
    """Constant rate lr_t = lr.

    Source: torch.optim.lr_scheduler.LambdaLR.
    """
    return _rates(lr, steps, lambda optimizer: LambdaLR(optimizer, lambda t: 1.0))


def step_decay(lr: float, steps: int, step_size: int, gamma: float) -> list[float]:
    """Step decay lr_t = lr γ^⌊t / step_size⌋, t = 0, 1, ...

    Source: torch.optim.lr_scheduler.StepLR.
    """
    return _rates(lr, steps, lambda optimizer: StepLR(optimizer, step_size, gamma))


def exponential_decay(lr: float, steps: int, gamma: float) -> list[float]:
    """Exponential decay lr_t = lr γ^t, t = 0, 1, ...

    Source: torch.optim.lr_scheduler.ExponentialLR.
    """
    return _rates(lr, steps, lambda optimizer: ExponentialLR(optimizer, gamma))


def cosine_annealing(lr: float, steps: int, lr_min: float) -> list[float]:
    """Cosine annealing lr_t = lr_min + (lr - lr_min) (1 + cos(π t / steps)) / 2, t = 0, 1, ...

    Source: torch.optim.lr_scheduler.CosineAnnealingLR.
    """
    return _rates(lr, steps, lambda optimizer: CosineAnnealingLR(optimizer, steps, lr_min))
