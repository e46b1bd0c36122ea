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

from compare.judge.rounding_noise.operation_errors import growth, size

# A result, how large its rounding may be in units of eps, and of how many terms it is -> it, moved.
Rounded = Callable[..., Tensor]
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
    rounded: Rounded,
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    wide, axes, n = _wide(x), _last(x, shape), math.prod(shape)
    variance, mean = torch.var_mean(wide, axes, correction=0, keepdim=True)
    variance = rounded(variance, lambda: _of_variance(wide, axes, n, variance), n)
    mean = rounded(mean, lambda: growth(n) * size(wide).mean(axes, keepdim=True), n)
    inverse = torch.rsqrt(variance + eps)
    inverse = rounded(inverse, lambda: size(inverse) * 1.25**0.5)  # half of the sum's, and the root
    normal = (wide - mean) * inverse
    scaled = normal if weight is None else normal * weight
    out = scaled if bias is None else scaled + bias
    products = 2 if weight is None else 3  # and differences, each rounded by itself

    def of_out() -> Tensor:
        sizes = size(scaled) * products**0.5
        return sizes if bias is None else torch.hypot(sizes, size(out))

    out = rounded(out, of_out)
    return _in(x, out, rounded), _in(x, mean, rounded), _in(x, inverse, rounded)


def _of_variance(x: Tensor, axes: Sequence[int], n: int, variance: Tensor) -> Tensor:
    sizes = size(variance)  # a mean that is off by dm moves it by 2 std dm
    means = size(x).mean(list(axes), keepdim=True)
    return growth(n) * (sizes + 2 * sizes.sqrt() * means)


def _layer_norm_backward(
    rounded: Rounded,
    delta: Tensor,
    x: Tensor,
    shape: Sequence[int],
    mean: Tensor,
    inverse: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    wanted: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    axes, wide = _last(x, shape), _wide(delta)
    others = list(range(axes[0]))
    normal = (_wide(x) - mean) * inverse
    normal = rounded(normal, lambda: size(normal) * 2**0.5)
    of_x = of_weight = of_bias = None
    if wanted[0]:
        of_normal = wide if weight is None else wide * _wide(weight)
        of_x = _in(x, _through(rounded, of_normal, normal, _wide(inverse), axes), rounded)
    if wanted[1] and weight is not None:
        of_weight = _in(weight, _sum(rounded, wide * normal, others), rounded)
    if wanted[2] and bias is not None:
        of_bias = _in(bias, _sum(rounded, wide, others), rounded)
    return of_x, of_weight, of_bias


def _through(
    rounded: Rounded, delta: Tensor, normal: Tensor, inverse: Tensor, axes: Sequence[int]
) -> Tensor:
    """(delta - mean(delta) - normal mean(delta normal)) inverse, in torch's own steps."""
    n = math.prod(delta.shape[axis] for axis in axes)
    total = _sum(rounded, delta, axes, keepdim=True)
    along = normal * _sum(rounded, delta * normal, axes, keepdim=True)
    scale = inverse / n
    out = scale * (delta * n - total - along)

    def of_out() -> Tensor:  # of each term, twice where it is a product, of scale and of both
        terms = torch.hypot(size(delta) * (n * 2**0.5), size(total))
        terms = torch.hypot(terms, size(along) * 2**0.5) * size(scale)
        return torch.hypot(terms, size(out) * 3**0.5)

    return rounded(out, of_out)


def _sum(rounded: Rounded, t: Tensor, axes: Sequence[int], keepdim: bool = False) -> Tensor:
    if not axes:
        return rounded(t.clone(), lambda: size(t))
    total = t.sum(list(axes), keepdim=keepdim)
    n = t.numel() // max(total.numel(), 1)
    return rounded(total, lambda: growth(n) * size(t).sum(list(axes), keepdim=keepdim), n)


def _wide(t: Tensor) -> Tensor:
    return t.float() if t.dtype in (torch.bfloat16, torch.float16) else t


def _in(like: Tensor, t: Tensor, rounded: Rounded) -> Tensor:
    if t.dtype == like.dtype:
        return t
    narrow = t.to(like.dtype)
    return rounded(narrow, lambda: size(narrow))


def _last(x: Tensor, shape: Sequence[int]) -> list[int]:
    return list(range(x.ndim - len(shape), x.ndim))


# In the very steps of torch's own, so that both differ by rounding alone; each is asked to round
# what it makes by itself, which takes a third of the time of operations that are looked up.
CLOSE: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.native_layer_norm.default: _layer_norm,
    torch.ops.aten.native_layer_norm_backward.default: _layer_norm_backward,
}
OURS = {torch.ops.aten.linalg_matrix_exp.default: _matrix_exp}
