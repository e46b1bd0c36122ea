"""Operations in terms of simpler ones, whose roundings are known: torch's decompositions, and ours.

Ours where torch has none, or where its own takes a hundred times as long as the operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._decomp import decomposition_table

SCALED, TAYLOR = 4, 12  # to sums of rows of 1/16, of which these terms give every digit


def decomposition_of(func: Any) -> Callable[..., Any] | None:
    """A function that computes it by simpler operations; None where there is none."""
    return OURS.get(func) or decomposition_table.get(func)


def _matrix_exp(a: Tensor) -> Tensor:
    """By scaling, a Taylor series and squaring, as torch does it in one operation."""
    doublings = 0
    if a.numel():  # the largest sum of a row bounds every eigenvalue
        largest = float(a.abs().sum(-1).max())
        doublings = max(0, math.ceil(math.log2(largest or 1.0)) + SCALED)
    scaled = a / 2.0**doublings
    term = total = torch.eye(a.shape[-1], dtype=a.dtype).expand(a.shape)
    for k in range(1, TAYLOR + 1):
        term = term @ scaled / k
        total = total + term
    for _ in range(doublings):
        total = total @ total
    return total


def _layer_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    wide = _wide(x)
    variance, mean = torch.var_mean(wide, _last(x, shape), correction=0, keepdim=True)
    inverse = torch.rsqrt(variance + eps)
    out = (wide - mean) * inverse
    out = out if weight is None else out * weight
    out = out if bias is None else out + bias
    return _in(x, out), _in(x, mean), _in(x, inverse)


def _layer_norm_backward(
    delta: Tensor,
    x: Tensor,
    shape: Sequence[int],
    mean: Tensor,
    inverse: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    wanted: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    axes, n, wide = _last(x, shape), math.prod(shape), _wide(delta)
    normal = (_wide(x) - mean) * inverse
    of_normal = wide if weight is None else wide * _wide(weight)
    of_x = of_weight = of_bias = None
    if wanted[0]:
        along = normal * (of_normal * normal).sum(axes, keepdim=True)
        inner = of_normal * n - of_normal.sum(axes, keepdim=True) - along
        of_x = _in(x, (_wide(inverse) / n) * inner)
    others = list(range(axes[0]))
    if wanted[1] and weight is not None:
        products = wide * normal
        of_weight = _in(weight, products.sum(others) if others else products)
    if wanted[2] and bias is not None:
        of_bias = _in(bias, wide.sum(others) if others else wide.clone())
    return of_x, of_weight, of_bias


def _wide(t: Tensor) -> Tensor:
    return t.float() if t.dtype in (torch.bfloat16, torch.float16) else t


def _in(like: Tensor, t: Tensor) -> Tensor:
    return t if t.dtype == like.dtype else t.to(like.dtype)


def _last(x: Tensor, shape: Sequence[int]) -> list[int]:
    return list(range(x.ndim - len(shape), x.ndim))


# In the very steps of torch's own, so that both differ by rounding alone.
CLOSE: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.native_layer_norm.default: _layer_norm,
    torch.ops.aten.native_layer_norm_backward.default: _layer_norm_backward,
}
OURS = {**CLOSE, torch.ops.aten.linalg_matrix_exp.default: _matrix_exp}
