"""§4 Learning-rate schedules: the rate for each of a number of steps."""

import math


def constant(lr: float, steps: int) -> list[float]:
    """Constant rate lr_t = lr.

    steps → a list of that length.   Source: report §4.
    """
    return [lr] * steps


def step_decay(lr: float, steps: int, step_size: int, gamma: float) -> list[float]:
    """Step decay lr_t = lr γ^⌊t / step_size⌋, t = 0, 1, ...

    steps → a list of that length.   Source: torch.optim.lr_scheduler.StepLR.
    """
    return [lr * gamma ** (t // step_size) for t in range(steps)]


def exponential_decay(lr: float, steps: int, gamma: float) -> list[float]:
    """Exponential decay lr_t = lr γ^t, t = 0, 1, ...

    steps → a list of that length.   Source: torch.optim.lr_scheduler.ExponentialLR.
    """
    return [lr * gamma**t for t in range(steps)]


def cosine_annealing(lr: float, steps: int, lr_min: float) -> list[float]:
    """Cosine annealing lr_t = lr_min + (lr - lr_min) (1 + cos(π t / steps)) / 2, t = 0, 1, ...

    steps → a list of that length.   Source: Loshchilov and Hutter (2017), without restarts.
    """
    return [lr_min + (lr - lr_min) * (1 + math.cos(math.pi * t / steps)) / 2 for t in range(steps)]
