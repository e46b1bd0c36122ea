"""The rounding of an operation whose steps are not known: what it makes of inputs that are moved.

A backward-stable algorithm, as of a solver or a Fourier transform, is exact for inputs that are
moved by rounding; so is a function that is accurate beside its values and not at its zeros. What
such an operation loses beyond that, in coefficients of its own or by cancellation inside, is seen
where it is run in float32 beside float64.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from compare.judge.rounding_noise.operation_errors import size

WIDER = {torch.float32: torch.float64, torch.complex64: torch.complex128}
NARROWER = {wide: narrow for narrow, wide in WIDER.items()}
JUMP = 2.0**-11  # of the largest result: in float32 another branch, and no rounding
FAR = 16  # ulps, so that the rounding of the function itself does not count

Draw = Callable[[Tensor], Tensor]  # xi in (-1, 1) for each element, equal for equal ones


def inexact(value: Any) -> list[Tensor]:
    """The tensors of real or complex numbers in it."""
    leaves = (t for t in tree_leaves(value) if isinstance(t, Tensor) and t.numel())
    return [t for t in leaves if t.is_floating_point() or t.is_complex()]


def only_chooses(args: Any, out: Any) -> bool:
    """Whether every result is one of the inputs, as of a pooling of maxima, or 0."""
    given, results = inexact(args), inexact(out)
    if not given or not results:
        return False
    known = torch.cat([t.flatten().to(torch.complex128) for t in given]).abs()
    for result in results:
        # a few first: they mostly say no
        for some in (result.flatten()[:16], result.flatten()):
            sizes = some.to(torch.complex128).abs()
            # zeros and ones come of anything
            telling = sizes[(sizes != 0) & (sizes != 1)]
            if not telling.numel() or not bool(torch.isin(telling, known).all()):
                return False
    return True


def on_copies(func: Any, args: Any, kwargs: Any) -> tuple[Any, bool]:
    """Its results, of copies of its arguments; and whether it has changed one of them."""
    copies = tree_map(lambda t: t.clone() if isinstance(t, Tensor) else t, (args, kwargs))
    out = func(*copies[0], **copies[1])
    pairs = zip(tree_leaves((args, kwargs)), tree_leaves(copies), strict=True)
    return out, any(isinstance(t, Tensor) and not _alike(t, copy) for t, copy in pairs)


def _alike(t: Tensor, copy: Tensor) -> bool:
    return bool(((t == copy) | ((t != t) & (copy != copy))).all())


def moved_inputs(func: Any, args: Any, kwargs: Any, draw: Draw) -> Any:
    """Its results of inputs that are moved by eps of the largest number of their matrix."""

    # a solver mixes the rows and columns of a matrix, a transform the elements of a row
    def normwise(t: Tensor) -> Tensor:
        sizes = t.abs()
        usual = torch.where(sizes * torch.finfo(t.dtype).eps < 1, sizes, 0.0)  # no mask of -1e30
        axes = tuple(range(t.ndim))[-2:]
        scale = usual.amax(axes, keepdim=True) if axes else usual
        return _moved(t, draw, torch.maximum(sizes, scale))

    return func(*_each(normwise, args), **kwargs)


def _moved(t: Tensor, draw: Draw, scale: Tensor | None = None) -> Tensor:
    xi = torch.complex(draw(t.real), draw(t.imag)) if t.is_complex() else draw(t)
    moved = t + xi * (t.abs() if scale is None else scale) * torch.finfo(t.dtype).eps
    return torch.where(torch.isfinite(moved), moved, t).to(t.dtype)


def pointwise_error(func: Any, args: Any, kwargs: Any, out: Tensor, draw: Draw) -> Tensor:
    """How far a function of each element goes where its inputs are off by an ulp, in eps of out."""
    eps = torch.finfo(out.dtype).eps
    apart = []
    for way in (FAR, -FAR):
        moved = _each(partial(_moved, draw=partial(_one_way, draw, way)), args)
        apart.append(_finite((func(*moved, **kwargs) - out).abs().double()) / (FAR * eps))
    # the lesser of both ways: at a kink, one of them stays on the branch
    return torch.minimum(*apart)


def _one_way(draw: Draw, way: int, t: Tensor) -> Tensor:
    return torch.where(draw(t) < 0, -way, way)


def own_error(func: Any, args: Any, kwargs: Any, out: Any) -> list[Tensor]:
    """What its algorithm loses itself, in units of eps for each of its inexact results."""
    results = inexact(out)
    nothing = [torch.zeros(r.shape, dtype=torch.float64) for r in results]
    try:
        narrow = _each(lambda t: t.to(NARROWER.get(t.dtype, t.dtype)), args)
        coarse = inexact(func(*narrow, **kwargs))
        fine = inexact(func(*_each(lambda t: t.to(WIDER.get(t.dtype, t.dtype)), narrow), **kwargs))
    except (RuntimeError, NotImplementedError):  # it is for one format alone
        return nothing
    if not [r.shape for r in coarse] == [r.shape for r in fine] == [r.shape for r in results]:
        return nothing
    return [_lost(c, f) for c, f in zip(coarse, fine, strict=True)]


def _lost(coarse: Tensor, fine: Tensor) -> Tensor:
    lost = _finite((coarse.to(fine.dtype) - fine).abs().double())
    # another sign of a vector, or another pivot, is no rounding
    is_rounding = lost <= JUMP * size(fine.abs()).amax()
    return torch.where(is_rounding, lost, 0.0) / torch.finfo(torch.float32).eps


def _finite(t: Tensor) -> Tensor:
    return torch.nan_to_num(t, 0.0, 0.0, 0.0)


def _each(f: Callable[[Tensor], Tensor], args: Any) -> Any:
    def changed(value: Any) -> Any:
        return f(value) if isinstance(value, Tensor) and inexact(value) else value

    return tree_map(changed, args)
