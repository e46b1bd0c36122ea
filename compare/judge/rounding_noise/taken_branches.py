"""Operations that compare numbers, on the branches that are taken: a ReLU, a sign, a comparison."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from compare.judge.rounding_noise.aten_operations import COMPARISONS, Operation
from compare.judge.rounding_noise.branches import Decisions


def branched_by(
    decisions: Decisions, operation: Operation, func: Any, args: tuple[Any, ...], kwargs: Any
) -> Any:
    """What an operation with branches makes of the ones that are taken; None for another."""
    name = operation.name
    if name == "relu":
        z = args[0].clone() if operation.changes else args[0]
        taken = decisions.decide(z, z > 0)
        out = _forced(func(*args), taken, z > 0, z)
        decisions.remember(out, taken)
        return out
    if name == "threshold_backward" and args[2] == 0:
        # the backward pass takes the branches of its own
        # forward pass, though its argument is the moved result
        known = decisions.branches_of_relu(args[1])
        taken = decisions.decide(args[1], args[1] > 0) if known is None else known
        return _forced(func(*args), taken, args[1] > 0, args[0])
    # as in a step function
    if name == "sign" and args[0].is_floating_point():
        taken = decisions.decide(args[0], args[0] > 0)
        return _forced(func(*args), taken, args[0] > 0, torch.ones_like(args[0]))
    if name in COMPARISONS and args[0].is_floating_point():
        return decisions.decide(args[0] - args[1], func(*args))
    if name == "argmax" and args[0].is_floating_point():
        return decisions.choose(func(*args, **kwargs), args[0], *args[1:2])
    return None


def _forced(out: Tensor, taken: Tensor, natural: Tensor, above: Tensor) -> Tensor:
    """``above`` where a branch is taken that z is not on, 0 where it is left; else as it is."""
    if torch.equal(taken, natural):  # nothing is forced here: the bits stay
        return out
    return out.copy_(torch.where(taken == natural, out, torch.where(taken, above, 0.0)))
