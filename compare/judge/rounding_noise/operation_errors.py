"""How large a rounding error of one ATen operation of torch can be, in units of eps.

A sum of n terms may be taken in any order: its error grows like sqrt(n) where the roundings are
independent, and like n where they are biased, as in a float32 sum of equal terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from compare.judge.rounding_noise.exact_operations import product, unrounded

# No arithmetic: these move, choose, count, negate or draw.
EXACT = frozenset(
    """
    abs neg relu sign sgn threshold_backward clone copy detach alias fill zero zeros zeros_like
    ones ones_like full full_like empty empty_like empty_strided new_zeros new_ones new_full
    new_empty new_empty_strided scalar_tensor lift_fresh lift_fresh_copy arange eye cat stack where
    gather index index_select scatter index_copy select_backward slice_backward slice_scatter
    select_scatter masked_fill masked_select max min amax amin argmax argmin sort topk maximum
    minimum clamp clamp_min clamp_max repeat flip roll embedding uniform normal bernoulli rand
    randn random randperm constant_pad_nd tril triu floor ceil round trunc nan_to_num set resize
    isfinite isnan isinf heaviside diagonal_backward unsqueeze squeeze
    """.split()
)
# Never negative, and as good as 0 below the smallest normal number: libraries flush them there.
FLUSHED = frozenset(("exp", "sigmoid", "_softmax"))

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class OperationError:
    """A rounding error in units of eps, element by element: ``size``, and the terms it is made of.

    ``exact`` marks the elements that no order of the operation rounds.
    """

    size: Tensor
    terms: int = 1
    exact: Tensor | None = None


def growth(n: int) -> float:
    """c(n) = max(sqrt n, n/18): how the error of a sum of n terms grows."""
    return max(n**0.5, n / 18)


def size(x: Any) -> Any:
    """|x| in float64, of a tensor or a number; what is neither stays."""
    if isinstance(x, Tensor):
        return x.abs().double() if x.is_floating_point() else x
    return abs(x) if isinstance(x, float) else x


def _length(name: str, a: Arguments, out: Tensor) -> int:
    if name in ("addmm", "baddbmm", "addmv"):
        return int(a[1].shape[-1]) + 1
    if name in ("mm", "bmm", "mv", "dot"):
        return int(a[0].shape[-1])
    return int(max(a[0].numel() // max(out.numel(), 1), 1))


PRODUCTS = frozenset(("mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addmv"))
SUMS = frozenset(("sum", "mean", "nll_loss_forward", "cumsum"))
SPREADS = frozenset(("var", "std", "var_mean"))
# Linear in every tensor: with absolute values they give the sums of absolute terms.
LINEAR = frozenset(
    """
    convolution convolution_backward embedding_dense_backward index_add scatter_add index_put
    avg_pool1d avg_pool2d avg_pool3d avg_pool2d_backward avg_pool3d_backward
    _adaptive_avg_pool2d _adaptive_avg_pool2d_backward max_pool2d_with_indices_backward
    upsample_nearest1d upsample_nearest2d upsample_bilinear2d upsample_nearest1d_backward
    upsample_nearest2d_backward upsample_bilinear2d_backward upsample_linear1d
    """.split()
)
# Sums of terms of one sign, or in which the result is as large as its terms.
OF_ONE_SIGN = frozenset(
    """
    mse_loss smooth_l1_loss huber_loss binary_cross_entropy linalg_vector_norm norm prod
    """.split()
)


def _log_softmax(a: Arguments, out: Tensor) -> Tensor:
    z = size(a[0])
    return z + z.amax(a[1], keepdim=True) + size(out) + growth(z.shape[a[1]] if z.ndim else 1)


def _softmax(a: Arguments, out: Tensor) -> Tensor:
    z = size(a[0])
    n = z.shape[a[1]] if z.ndim else 1
    return size(out) * (growth(n) + z + z.amax(a[1], keepdim=True))


def _softmax_back(a: Arguments, out: Tensor) -> Tensor:
    g, p = size(a[0]), size(a[1])
    return p * (g + growth(p.shape[a[2]] if p.ndim else 1) * (g * p).sum(a[2], keepdim=True))


def _log_softmax_back(a: Arguments, out: Tensor) -> Tensor:
    g, p = size(a[0]), a[1].double().exp()
    return g + p * growth(p.shape[a[2]] if p.ndim else 1) * g.sum(a[2], keepdim=True)


def _entropy_back(a: Arguments, out: Tensor) -> Tensor:
    d, y = a[2].double(), a[1].double()
    odds = ((y - d).abs() / (y + d - 2 * y * d).clamp_min(1e-300)).clamp(1e-300, 1)
    return size(out) / odds  # (1-d)/(1-y) - d/y cancels where d is neither 0 nor 1


def _with_logits(a: Arguments, out: Tensor) -> Tensor:
    u, d = a[0].double(), size(a[1])
    terms = u.abs() * (1 + d) + torch.log1p(torch.exp(-u.abs()))
    reduced = a[4] if len(a) > 4 else 1
    if reduced == 0:
        return terms
    return growth(u.numel()) * (terms.mean() if reduced == 1 else terms.sum())


def _lerp(a: Arguments, out: Tensor) -> Tensor:
    return size(a[0]) + size(a[2]) * (size(a[1]) + size(a[0]))


def _logsumexp(a: Arguments, out: Tensor) -> Tensor:
    z = size(a[0]).amax(a[1], keepdim=len(a) > 2 and bool(a[2]))
    terms = max(a[0].numel() // max(out.numel(), 1), 1)
    return z + size(out) + growth(terms)


def _times(a: Arguments, out: Tensor) -> Tensor:
    return size(a[0]) * torch.as_tensor(size(a[1]), dtype=torch.float64)


# Those that may cancel, so that their roundings are larger than their result.
AMPLITUDES: dict[str, Callable[[Arguments, Tensor], Tensor]] = {
    "_log_softmax": _log_softmax,
    "_softmax": _softmax,
    "_softmax_backward_data": _softmax_back,
    "_log_softmax_backward_data": _log_softmax_back,
    "binary_cross_entropy_backward": _entropy_back,
    "binary_cross_entropy_with_logits": _with_logits,
    "lerp": _lerp,
    "logsumexp": _logsumexp,
}


def amplitude(
    name: str,
    func: Callable[..., Any],
    a: Arguments,
    kw: Mapping[str, Any],
    out: Tensor,
    k: int = 0,
) -> OperationError:
    """The rounding error of ``out``, result k of func(*a, **kw), the ATen operation ``name``.

    A sum or product of sums: c(n) times the same of absolute values. What AMPLITUDES has: that.
    Else |out|, and the product within where there is one.
    """
    if name in LINEAR:
        return _of_linear(name, func, a, kw, out, k)
    if name in SPREADS:
        return _of_spread(name, a, kw, out, k)
    if k:
        return OperationError(size(out))
    if name in PRODUCTS or name in SUMS:
        return _of_sum(name, func, a, kw, out)
    if name in AMPLITUDES:
        return OperationError(AMPLITUDES[name](a, out))
    if name in OF_ONE_SIGN:
        n = _length(name, a, out)
        return OperationError(growth(n) * size(out), n)
    own = size(out)
    if name in ("add", "sub") and kw.get("alpha", 1) == 1 and len(a) == 2:
        return OperationError(own, 1, unrounded(own, [a[0], a[1]], min, out))
    if name in ("add", "sub"):
        other = a[1] if len(a) < 3 else torch.as_tensor(a[1]) * a[2]
        return OperationError(own + size(torch.as_tensor(other)) * abs(kw.get("alpha", 1)))
    if name == "mul":
        return OperationError(_times(a, out), 1, unrounded(own, [a[0], a[1]], product, out))
    if name in ("addcmul", "addcdiv"):
        scale = abs(kw.get("value", a[3] if len(a) > 3 else 1))
        inner = size(a[1]) * size(a[2]) if name == "addcmul" else size(a[1]) / size(a[2])
        return OperationError(own + scale * inner)
    return OperationError(own)


def _of_spread(
    name: str, a: Arguments, kw: Mapping[str, Any], out: Tensor, k: int
) -> OperationError:
    """A variance, whose deviations are off by the rounding of a mean; or (k = 1) that mean."""
    n = _length("mean", a, out)
    mean, own = torch.mean(size(a[0]), *_axes(a, kw)), size(out)
    of = mean if k else own + (mean if name == "std" else 2 * own.sqrt() * mean)
    return OperationError(growth(n) * of, n)


def _axes(a: Arguments, kw: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of (a, axes, correction, keepdim) a mean takes."""
    if len(a) < 2 or a[1] is None or isinstance(a[1], bool):
        return ()
    return a[1], bool(kw.get("keepdim", len(a) > 3 and a[3]))


def _of_linear(
    name: str, func: Callable[..., Any], a: Arguments, kw: Mapping[str, Any], out: Tensor, k: int
) -> OperationError:
    """c(n) times the same of absolute values, n the most terms that an element is made of."""
    of = func(*(size(x) for x in a), **kw)
    of = (of[k] if isinstance(of, (tuple, list)) else of).abs().double()
    n = max(_terms(name, a, out, k), 1)
    return OperationError(growth(n) * of, n)


def _terms(name: str, a: Arguments, out: Tensor, k: int) -> int:
    if name == "convolution":
        return _along(a[1], bool(a[6])) + 1
    if name == "convolution_backward":
        return _along(a[2], not a[7]) if k == 0 else int(a[0].numel() // max(a[0].shape[1], 1))
    return int(max(a[0].numel(), out.numel()) // max(min(a[0].numel(), out.numel()), 1)) + 1


def _along(weight: Tensor, backwards: bool) -> int:
    """Products that one element of a convolution is the sum of; backwards, of its gradient."""
    return int(weight.numel() // max(weight.shape[1 if backwards else 0], 1))


def _of_sum(
    name: str, func: Callable[..., Any], a: Arguments, kw: Mapping[str, Any], out: Tensor
) -> OperationError:
    of = func(*map(size, a), **{k: size(v) for k, v in kw.items() if k != "dtype"})
    of = (of[0] if isinstance(of, tuple) else of).abs().double()
    n = _length(name, a, out)
    coarse = torch.finfo(out.dtype).eps > torch.finfo(torch.float32).eps  # added up in float32
    within = torch.finfo(torch.float32).eps / torch.finfo(out.dtype).eps if coarse else 1.0
    whole = within * growth(n) * of + (size(out) if coarse else 0.0)
    if name == "sum":
        return OperationError(whole, n, unrounded(of, [a[0]], min, out))
    if name in PRODUCTS and not kw and len(a) < 4:
        added = [a[0]] if name in ("addmm", "baddbmm", "addmv") else []
        factors = a[len(added) : len(added) + 2]
        exact = unrounded(of, list(factors), product, out, added)
        return OperationError(whole, n, exact)
    return OperationError(whole, n)
