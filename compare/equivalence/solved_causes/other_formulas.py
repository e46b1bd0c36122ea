"""Another formula for a call of torch, with which the reference gives what yours does.

As of where an eps stands. What people write by hand for a normalization, an attention or a
recurrent layer is one of few formulas; each is put in the place of torch's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.language.message import Message, message

Formula = Callable[..., Any]
# What comes out of a pass whose calls are made in that context; None where it lacks the name.
Compute = Callable[[AbstractContextManager[Any]], np.ndarray | None]


class Instead(TorchFunctionMode):
    """Calls of one function of torch inside are made by a formula; ``met`` all that are called."""

    def __init__(self, function: str = "", formula: Formula | None = None) -> None:
        super().__init__()
        self.function, self.formula = function, formula
        self.met: dict[str, None] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        self.met[func.__name__] = None
        if func.__name__ == self.function and self.formula is not None:
            return self.formula(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def other_formula(compute: Compute, mine: np.ndarray) -> Message | str:
    """With which formula for which function of torch that is called mine comes out; or ""."""
    calls = Instead()
    compute(calls)
    for function in calls.met:
        for text, formula in FORMULAS.get(function, {}).items():
            there = compute(Instead(function, formula))
            if there is not None and same_numbers(mine, there):
                return message(
                    "another formula: with {what} in torch's {function}, the reference gives what "
                    "yours does",
                    what=text,
                    function=function,
                )
    return ""


def _normal(
    x: Tensor, axes: tuple[int, ...], eps: float, outside: bool, less: int, centered: bool
) -> Tensor:
    """x, centered, over the root of its mean square; eps in or outside of it, n or n - 1."""
    deviation = x - x.mean(axes, keepdim=True) if centered else x
    n = math.prod(x.shape[axis] for axis in axes) - less
    variance = deviation.square().sum(axes, keepdim=True) / n
    return deviation / (variance.sqrt() + eps if outside else (variance + eps).sqrt())


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None, axis: int | None) -> Tensor:
    """x weight + bias, along an axis of channels, or of the last axes."""

    def along(t: Tensor) -> Tensor:
        return t if axis is None else t.reshape([-1 if k == axis else 1 for k in range(x.ndim)])

    scaled = x if weight is None else x * along(weight)
    return scaled if bias is None else scaled + along(bias)


def _layer_norm(
    outside: bool, less: int, centered: bool, x: Tensor, normalized_shape: Sequence[int],
    weight: Tensor | None = None, bias: Tensor | None = None, eps: float | None = 1e-5,
) -> Tensor:  # fmt: skip
    axes = range(x.ndim - len(normalized_shape), x.ndim)
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    return _affine(_normal(x, tuple(axes), eps, outside, less, centered), weight, bias, None)


def _rms_norm(
    outside: bool, less: int, centered: bool, x: Tensor, normalized_shape: Sequence[int],
    weight: Tensor | None = None, eps: float | None = None,
) -> Tensor:  # fmt: skip
    return _layer_norm(outside, less, centered, x, normalized_shape, weight, None, eps)


def _group_norm(
    outside: bool, less: int, centered: bool, x: Tensor, num_groups: int,
    weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    apart: bool = False,
) -> Tensor:  # fmt: skip
    n, channels, *rest = x.shape
    size = channels // num_groups
    groups = (
        x.reshape(n, size, num_groups, *rest).transpose(1, 2)
        if apart
        else x.reshape(n, num_groups, size, *rest)
    )
    normal = _normal(groups, tuple(range(2, groups.ndim)), eps, outside, less, centered)
    normal = normal.transpose(1, 2) if apart else normal
    return _affine(normal.reshape(x.shape), weight, bias, 1)


def _instance_norm(
    outside: bool, less: int, centered: bool, x: Tensor, running_mean: Tensor | None = None,
    running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    return _group_norm(outside, less, centered, x, x.shape[1], weight, bias, eps)


def _batch_norm(
    outside: bool, less: int, centered: bool, x: Tensor, running_mean: Tensor | None = None,
    running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5, biased: bool = False,
) -> Tensor:  # fmt: skip
    axes = (0, *range(2, x.ndim))
    if not training:
        assert running_mean is not None and running_var is not None
        deviation = _affine(x, None, -running_mean, 1)
        root = running_var.sqrt() + eps if outside else (running_var + eps).sqrt()
        return _affine(_affine(deviation, 1 / root, None, 1), weight, bias, 1)
    if running_mean is not None and running_var is not None:
        with torch.no_grad():
            running_mean.lerp_(x.mean(axes), momentum)
            running_var.lerp_(x.var(axes, correction=0 if biased else 1), momentum)
    return _affine(_normal(x, axes, eps, outside, less, centered), weight, bias, 1)


def _attention(
    later: int, axis: int, q: Tensor, k: Tensor, v: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        seen = torch.ones(scores.shape[-2:], dtype=torch.bool).tril(later)
        scores = scores.masked_fill(~seen, -math.inf)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return scores.softmax(axis) @ v


def _gru_cell(
    before: bool, kept: bool, x: Tensor, h: Tensor, of_x: Tensor, of_h: Tensor,
    bias_x: Tensor | None = None, bias_h: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Gates r, z, n; r before its product with h or behind it, and z of what is kept or is new."""
    size = h.shape[-1]
    reset, update, new = F.linear(x, of_x, bias_x).chunk(3, -1)
    biases = (None, None) if bias_h is None else (bias_h[: 2 * size], bias_h[2 * size :])
    of_reset, of_update = F.linear(h, of_h[: 2 * size], biases[0]).chunk(2, -1)
    r, z = torch.sigmoid(reset + of_reset), torch.sigmoid(update + of_update)
    if before:
        n = torch.tanh(new + F.linear(r * h, of_h[2 * size :], biases[1]))
    else:
        n = torch.tanh(new + r * F.linear(h, of_h[2 * size :], biases[1]))
    return z * h + (1 - z) * n if kept else (1 - z) * h + z * n


def _gru(
    before: bool, kept: bool, x: Tensor, hx: Tensor, weights: Sequence[Tensor], has_biases: bool,
    layers: int, dropout: float, train: bool, bidirectional: bool, batch_first: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    each, directions = (4 if has_biases else 2), (2 if bidirectional else 1)
    steps, ends = list((x.transpose(0, 1) if batch_first else x).unbind(0)), []
    for layer in range(layers):
        of_directions = []
        for k in range(layer * directions, (layer + 1) * directions):
            h, own, states = hx[k], weights[k * each : (k + 1) * each], []
            for step in steps[::-1] if k % directions else steps:
                h = _gru_cell(before, kept, step, h, *own)
                states.append(h)
            ends.append(h)
            of_directions.append(states[::-1] if k % directions else states)
        steps = [torch.cat(both, -1) for both in zip(*of_directions, strict=True)]
    out = torch.stack(steps)
    return (out.transpose(0, 1) if batch_first else out), torch.stack(ends)


def _of_gates(formula: Formula) -> dict[Message, Formula]:
    return {
        message("the reset gate applied before the matrix product"): partial(formula, True, True),
        message("the update gate the other way round"): partial(formula, False, False),
    }


def _of_norm(formula: Formula, centered: bool = True) -> dict[Message, Formula]:
    other = message("no mean subtracted") if centered else message("the mean subtracted")
    outside = message("eps added outside of the square root")
    return {
        outside: partial(formula, True, 0, centered),
        message("the variance divided by n - 1"): partial(formula, False, 1, centered),
        message("the variance divided by n - 1, and eps outside of the square root"): partial(
            formula, True, 1, centered
        ),
        other: partial(formula, False, 0, not centered),
    }


# Function of torch → what its formula may be written as by hand.
FORMULAS: Mapping[str, Mapping[Message, Formula]] = {
    "layer_norm": _of_norm(_layer_norm),
    "rms_norm": _of_norm(_rms_norm, centered=False),
    "instance_norm": _of_norm(_instance_norm),
    "group_norm": {
        **_of_norm(_group_norm),
        message("channels that lie apart in one group"): partial(
            _group_norm, False, 0, True, apart=True
        ),
    },
    "batch_norm": {
        **_of_norm(_batch_norm),
        message("a running variance divided by n, and not n - 1,"): partial(
            _batch_norm, False, 0, True, biased=True
        ),
    },
    "scaled_dot_product_attention": {
        message("one later position seen by each as well"): partial(_attention, 1, -1),
        message("no position that sees itself"): partial(_attention, -1, -1),
        message("a softmax over the queries"): partial(_attention, 0, -2),
    },
    "gru": _of_gates(_gru),
    "gru_cell": _of_gates(_gru_cell),
    "gelu": {message("x sigmoid(1.702 x)"): lambda x, approximate="": x * torch.sigmoid(1.702 * x)},
}
