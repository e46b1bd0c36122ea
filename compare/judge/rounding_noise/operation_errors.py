"""How large a rounding error of one ATen operation of torch can be, in units of eps.

A sum of n terms may be taken in any order: its error grows like sqrt(n) where the roundings are
independent, and like n where they are biased, as in a float32 sum of equal terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from compare.judge.rounding_noise.exact_operations import absorbed, in_either, product, unrounded

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
    isfinite isnan isinf heaviside diagonal_backward unsqueeze squeeze _unsafe_view _reshape_alias
    """.split()
)
# Never negative, and as good as 0 below the smallest normal number: libraries flush them there.
FLUSHED = frozenset(("exp", "sigmoid", "_softmax", "_safe_softmax"))

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class OperationError:
    """A rounding error in units of eps, element by element: ``size``, and the terms it is made of.

    ``exact`` marks the elements that no order of the operation rounds; ``flushed`` those that
    libraries may leave subnormal or make 0.
    """

    size: Tensor
    terms: int = 1
    exact: Tensor | None = None
    flushed: Tensor | None = None


def growth(n: int) -> float:
    """c(n) = max(sqrt n, n/18): how the error of a sum of n terms grows."""
    # n/18: a float32 sum of equal terms drifts by 0.157 n u,
    # measured; above n = 324 it is more than a random walk's
    return max(n**0.5, n / 18)


def size(x: Any) -> Any:
    """|x| in float64, of a tensor or a number; what is neither stays."""
    if isinstance(x, Tensor):
        return x.abs().double() if x.is_floating_point() else x
    return abs(x) if isinstance(x, float) else x


def flushed(name: str, args: Arguments, out: Tensor) -> Tensor:
    """Where an operation of FLUSHED may leave a subnormal number or 0; not where it is 0 anyway."""
    info = torch.finfo(out.dtype)
    exponents = args[0].double()
    if name.endswith("softmax"):
        exponents = -_below_largest(exponents, args[1])[1]
    least = math.log(info.smallest_normal * info.eps) - 1  # below, no library makes any number
    return (out.abs() < info.smallest_normal) & (exponents > least)


def _square(x: Any) -> Any:
    sizes = size(x)
    return sizes * sizes if isinstance(x, (Tensor, float)) else sizes


def _length(name: str, args: Arguments, out: Tensor) -> int:
    if name in ("addmm", "baddbmm", "addmv"):
        return int(args[1].shape[-1]) + 1  # the products and what is added
    if name in ("mm", "bmm", "mv", "dot"):
        return int(args[0].shape[-1])
    return int(max(args[0].numel() // max(out.numel(), 1), 1))


PRODUCTS = frozenset(("mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addmv"))
SUMS = frozenset(("sum", "mean", "nll_loss_forward", "cumsum"))
SPREADS = frozenset(("var", "std", "var_mean"))
# Linear in every tensor: with absolute values they give the sums of absolute terms.
LINEAR = frozenset(
    """
    convolution convolution_backward embedding_dense_backward index_add scatter_add index_put
    avg_pool1d avg_pool2d avg_pool3d avg_pool2d_backward avg_pool3d_backward
    _adaptive_avg_pool2d _adaptive_avg_pool2d_backward max_pool2d_with_indices_backward
    upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward _trilinear
    """.split()
)
# Off by a few ulps of their result and no more, wherever they are 0 or steep.
ELEMENTARY = frozenset(
    """
    add sub mul div reciprocal addcmul addcdiv pow sqrt rsqrt square hypot _to_copy
    exp exp2 expm1 log log2 log10 log1p sigmoid sigmoid_backward tanh tanh_backward
    sin cos tan asin acos atan atan2 sinh cosh asinh acosh atanh erf erfc
    """.split()
)
# Sums of terms of one sign, or in which the result is as large as its terms.
OF_ONE_SIGN = frozenset(
    """
    mse_loss smooth_l1_loss huber_loss binary_cross_entropy linalg_vector_norm norm prod
    """.split()
)


def _below_largest(z: Tensor, axes: Any) -> tuple[Tensor, Tensor, Tensor]:
    """max z, max z - z, and by how many units log sum e^z is off, of which z is the exponents.

    What is masked, so that its e^(z - max z) is 0, takes no part in the sum, and has no rounding.
    """
    z = z.double()
    largest = z.amax(axes, keepdim=True)
    below = torch.where(z == largest, 0.0, largest - z)  # inf - inf is no distance
    terms = torch.exp(-below)
    shares = torch.where(terms > 0, terms * below, 0.0) / terms.sum(axes, keepdim=True)
    n = z.numel() // max(largest.numel(), 1)
    return largest, below, shares.sum(axes, keepdim=True) + growth(n)


def _shift(largest: Tensor, out: Tensor) -> Tensor:
    """|max z|, to which log sum e^z is added in z - log sum e^z; 0 where it absorbs the sum."""
    largest = largest.abs()
    return torch.where(largest * torch.finfo(out.dtype).eps < 1, largest, 0.0)


def _log_softmax(args: Arguments, out: Tensor) -> Tensor:
    largest, _, of_sum = _below_largest(args[0], args[1])
    return _shift(largest, out) + size(out) + of_sum


def _softmax(args: Arguments, out: Tensor) -> Tensor:
    largest, below, of_sum = _below_largest(args[0], args[1])
    return torch.where(out == 0, 0.0, size(out) * (below + _shift(largest, out) + of_sum))


def _softmax_back(args: Arguments, out: Tensor) -> Tensor:
    g, p = size(args[0]), size(args[1])
    return p * (g + growth(p.shape[args[2]] if p.ndim else 1) * (g * p).sum(args[2], keepdim=True))


def _log_softmax_back(args: Arguments, out: Tensor) -> Tensor:
    g, p = size(args[0]), args[1].double().exp()
    return g + p * growth(p.shape[args[2]] if p.ndim else 1) * g.sum(args[2], keepdim=True)


def _entropy_back(args: Arguments, out: Tensor) -> Tensor:
    d, y = args[2].double(), args[1].double()
    # |y - d| / (y + d - 2 y d): the difference of the two terms beside their sum
    odds = ((y - d).abs() / (y + d - 2 * y * d).clamp_min(1e-300)).clamp(1e-300, 1)
    return size(out) / odds  # (1-d)/(1-y) - d/y cancels where d is neither 0 nor 1


def _with_logits(args: Arguments, out: Tensor) -> Tensor:
    u, d = args[0].double(), size(args[1])
    terms = u.abs() * (1 + d) + torch.log1p(torch.exp(-u.abs()))
    reduced = args[4] if len(args) > 4 else 1  # ATen's 0 none, 1 mean, 2 sum
    if reduced == 0:
        return terms
    return growth(u.numel()) * (terms.mean() if reduced == 1 else terms.sum())


def _lerp(args: Arguments, out: Tensor) -> Tensor:
    return size(args[0]) + size(args[2]) * (size(args[1]) + size(args[0]))


def _normal(x: Tensor) -> tuple[Tensor, Tensor]:
    """The terms 1/2 and |erf| / 2 of the normal distribution at x, added; |x| times its density."""
    x = x.double()
    density = torch.exp(-x * x / 2) / (2 * math.pi) ** 0.5
    return (1 + torch.erf(x / 2**0.5).abs()) / 2, x.abs() * density


def _gelu(args: Arguments, out: Tensor) -> Tensor:
    # x (1 + erf) / 2, and erf of an x that is off by a rounding; by tanh the same
    share, slope = _normal(args[0])
    return size(args[0]) * (share + slope)


def _gelu_back(args: Arguments, out: Tensor) -> Tensor:
    share, slope = _normal(args[1])
    # exp(-x^2 / 2), whose exponent is off by a rounding
    return size(args[0]) * (share + slope * (2 + args[1].double() ** 2))


def _logsumexp(args: Arguments, out: Tensor) -> Tensor:
    largest, _, of_sum = _below_largest(args[0], args[1])
    return size(out) + (_shift(largest, out) + of_sum).reshape(out.shape)


def _times(args: Arguments, out: Tensor) -> Tensor:
    return size(args[0]) * torch.as_tensor(size(args[1]), dtype=torch.float64)


# Those that may cancel, so that their roundings are larger than their result.
AMPLITUDES: dict[str, Callable[[Arguments, Tensor], Tensor]] = {
    "_log_softmax": _log_softmax,
    "_softmax": _softmax,
    "_safe_softmax": _softmax,
    "_softmax_backward_data": _softmax_back,
    "_log_softmax_backward_data": _log_softmax_back,
    "binary_cross_entropy_backward": _entropy_back,
    "binary_cross_entropy_with_logits": _with_logits,
    "gelu": _gelu,
    "gelu_backward": _gelu_back,
    "lerp": _lerp,
    "logsumexp": _logsumexp,
}


KNOWN = EXACT | ELEMENTARY | LINEAR | PRODUCTS | SUMS | SPREADS | OF_ONE_SIGN | AMPLITUDES.keys()


def amplitude(
    name: str,
    func: Callable[..., Any],
    args: Arguments,
    kwargs: Mapping[str, Any],
    out: Tensor,
    k: int = 0,
) -> OperationError:
    """The rounding error of ``out``, result k of func(*a, **kw), the ATen operation ``name``.

    A sum or product of sums: c(n) times the same of absolute values. What AMPLITUDES has: that.
    Else |out|, and the product within where there is one.
    """
    if name in LINEAR:  # first: some of these have several results
        return _error_of_linear(name, func, args, kwargs, out, k)
    if name in SPREADS:
        return _error_of_spread(name, args, kwargs, out, k)
    if k:  # further results, such as a saved mean, round once
        return OperationError(size(out))
    if name in PRODUCTS or name in SUMS:
        return _error_of_sum(name, func, args, kwargs, out)
    if name in FLUSHED:
        units = AMPLITUDES[name](args, out) if name in AMPLITUDES else size(out)
        return OperationError(units, flushed=flushed(name, args, out))
    if name in AMPLITUDES:
        return OperationError(AMPLITUDES[name](args, out))
    if name in OF_ONE_SIGN:
        n = _length(name, args, out)
        return OperationError(growth(n) * size(out), n)
    out_size = size(out)
    # with a factor alpha the product is rounded too, or fused: no case for exactness
    if name in ("add", "sub") and kwargs.get("alpha", 1) == 1 and len(args) == 2:
        whole, left = unrounded(out_size, [*args], min, out), absorbed(*args, out)
        return OperationError(out_size, 1, in_either(whole, left))
    if name in ("add", "sub"):
        addend = torch.as_tensor(args[1]) * (args[2] if len(args) > 2 else kwargs.get("alpha", 1))
        return OperationError(out_size + size(addend), 1, absorbed(args[0], addend, out))
    if name == "mul":
        return OperationError(
            _times(args, out), 1, unrounded(out_size, [args[0], args[1]], product, out)
        )
    if name in ("addcmul", "addcdiv"):
        scale = abs(kwargs.get("value", args[3] if len(args) > 3 else 1))
        inner = (
            size(args[1]) * size(args[2]) if name == "addcmul" else size(args[1]) / size(args[2])
        )
        return OperationError(out_size + scale * inner)
    return OperationError(out_size)


def _error_of_spread(
    name: str, args: Arguments, kwargs: Mapping[str, Any], out: Tensor, k: int
) -> OperationError:
    """A variance, whose deviations are off by the rounding of a mean; or (k = 1) that mean."""
    n = _length("mean", args, out)
    # a mean that is off by dm moves a standard deviation by dm, a variance by 2 std dm
    mean, out_size = torch.mean(size(args[0]), *_axes(args, kwargs)), size(out)
    magnitudes = mean if k else out_size + (mean if name == "std" else 2 * out_size.sqrt() * mean)
    return OperationError(growth(n) * magnitudes, n)


def _axes(args: Arguments, kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of (a, axes, correction, keepdim) a mean takes."""
    if len(args) < 2 or args[1] is None or isinstance(args[1], bool):
        return ()
    return args[1], bool(kwargs.get("keepdim", len(args) > 3 and args[3]))


def _error_of_linear(
    name: str,
    func: Callable[..., Any],
    args: Arguments,
    kwargs: Mapping[str, Any],
    out: Tensor,
    k: int,
) -> OperationError:
    """c(n) times the same of absolute values, n the most terms that an element is made of."""
    magnitudes = func(*(size(x) for x in args), **kwargs)
    magnitudes = (
        (magnitudes[k] if isinstance(magnitudes, (tuple, list)) else magnitudes).abs().double()
    )
    n = max(_terms(name, args, out, k), 1)
    return OperationError(growth(n) * magnitudes, n)


def _terms(name: str, args: Arguments, out: Tensor, k: int) -> int:
    if name == "convolution":
        return _along(args[1], bool(args[6])) + 1
    if name == "convolution_backward":
        return (
            _along(args[2], not args[7])
            if k == 0
            else int(args[0].numel() // max(args[0].shape[1], 1))
        )
    return int(max(args[0].numel(), out.numel()) // max(min(args[0].numel(), out.numel()), 1)) + 1


def _along(weight: Tensor, backwards: bool) -> int:
    """Products that one element of a convolution is the sum of; backwards, of its gradient."""
    return int(weight.numel() // max(weight.shape[1 if backwards else 0], 1))


def _error_of_sum(
    name: str, func: Callable[..., Any], args: Arguments, kwargs: Mapping[str, Any], out: Tensor
) -> OperationError:
    magnitudes = func(*map(size, args), **{k: size(v) for k, v in kwargs.items() if k != "dtype"})
    magnitudes = magnitudes[0] if isinstance(magnitudes, tuple) else magnitudes
    magnitudes = magnitudes.double() if name in PRODUCTS else magnitudes.abs().double()
    n = _length(name, args, out)
    coarse = torch.finfo(out.dtype).eps > torch.finfo(torch.float32).eps  # added up in float32
    accumulated = torch.finfo(torch.float32).eps / torch.finfo(out.dtype).eps if coarse else 1.0
    total = accumulated * growth(n) * magnitudes
    if coarse:  # and rounded once; or each product was, by whoever does not fuse them
        wide = {k: _square(v) for k, v in kwargs.items() if k != "dtype"}
        squares = func(*map(_square, args), **wide)
        squares = squares[0] if isinstance(squares, tuple) else squares
        total = total + size(out) + squares.abs().double().sqrt()
    if name == "sum":
        return OperationError(total, n, unrounded(magnitudes, [args[0]], min, out))
    if name not in PRODUCTS:
        return OperationError(total, n)
    added = [args[0]] if name in ("addmm", "baddbmm", "addmv") else []
    exact = None
    if added:  # a mask, to which the scores are added
        addend = size(args[0]) * abs(kwargs.get("beta", 1))
        exact = absorbed(magnitudes - addend, addend, out)
    if not kwargs and len(args) < 4:
        factors = args[len(added) : len(added) + 2]
        exact = in_either(exact, unrounded(magnitudes, list(factors), product, out, added))
    return OperationError(total, n, exact)
