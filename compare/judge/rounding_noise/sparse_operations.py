"""Operations of sparse tensors: how far the numbers that they hold are off by rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from compare.judge.rounding_noise.operation_errors import OperationError, growth, size
from compare.language.message import message

# No arithmetic: numbers are put into a tensor, taken out of one, or chosen by a mask.
PLACES = frozenset(
    """
    _sparse_coo_tensor_with_dims_and_tensors _sparse_coo_tensor_unsafe sparse_compressed_tensor
    _sparse_compressed_tensor_unsafe _to_sparse _to_sparse_csr _to_sparse_csc _to_sparse_bsr
    _to_sparse_bsc sparse_mask clone copy neg abs zeros_like empty_like _coalesced
    """.split()
)
# Sums of numbers as they are, and of products; with absolute values they give absolute terms.
SUMS = frozenset(("_coalesce", "_to_dense", "sum", "_sparse_sum"))
PRODUCTS = frozenset(
    "mm bmm mv dot addmm addmv baddbmm _sparse_mm _sparse_addmm sspaddmm hspmm matmul".split()
)
ROUNDED_ONCE = frozenset("add sub mul div sqrt square".split())
COMPRESSED = (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


def is_sparse(args: Any) -> bool:
    """Whether any tensor among the arguments is, or in a list of them."""
    # asked of every operation: a whole tree of arguments would take as long as a small one of them
    for a in args:
        if a.layout != torch.strided if isinstance(a, Tensor) else type(a) is list and is_sparse(a):
            return True
    return False


def makes_sparse(name: str) -> bool:
    """Whether an operation of this name may make a sparse tensor of dense ones."""
    return name.startswith(("_sparse_", "sparse_", "_to_sparse"))


def numbers(t: Tensor) -> Tensor:
    """What a sparse tensor holds, in its own memory; a dense one is its own numbers."""
    if t.layout == torch.sparse_coo:
        return t._values()
    return t.values() if t.layout in COMPRESSED else t


def with_error(
    name: str,
    changes: bool,
    func: Any,
    args: Any,
    kwargs: Mapping[str, Any],
    out: Any,
    draw: Callable[..., Tensor],
) -> tuple[Tensor, OperationError]:
    """A result, and by how much its numbers are off; or that of moved inputs, where that shows it.

    changes: whether it changes an argument, of which ``args`` are as they were. Raises ValueError
    where none of both is to be had.
    """
    if not isinstance(out, Tensor):
        raise ValueError(message("{name} of sparse tensors has several results", name=name))
    error = _error_of(name, func, args, kwargs, out)
    if error is not None:
        return out, error
    if changes:
        raise ValueError(message("{name} of sparse tensors changes them", name=name))
    moved = func(*_each(partial(_moved, draw), args), **kwargs)
    return moved, OperationError(size(numbers(moved)))


def _error_of(
    name: str, func: Any, args: Any, kwargs: Mapping[str, Any], out: Tensor
) -> OperationError | None:
    """That of the numbers of a result; None where it is not known of this operation."""
    held = numbers(out)
    if name in PLACES:
        return OperationError(torch.zeros(held.shape, dtype=torch.float64))
    if name in ROUNDED_ONCE:
        return OperationError(size(held))
    if name not in SUMS | PRODUCTS:
        return None
    positive = {k: abs(v) if k in ("alpha", "beta") else v for k, v in kwargs.items()}
    magnitudes, counts = (
        numbers(func(*_each(f, args), **positive)).double().abs() for f in (torch.abs, _ones)
    )
    terms = int(counts.max()) if counts.numel() else 1
    alone = counts <= 1 if name in SUMS else None  # one number is itself, and no sum
    return OperationError(growth(terms) * magnitudes, max(terms, 1), alone)


def _moved(draw: Callable[..., Tensor], t: Tensor) -> Tensor:
    return (t + draw(t) * t.abs() * torch.finfo(t.dtype).eps).to(t.dtype)


def _ones(t: Tensor) -> Tensor:
    return (t != 0).to(t.dtype)


def _each(f: Callable[[Tensor], Tensor], args: Any) -> Any:
    def changed(value: Any) -> Any:
        if not isinstance(value, Tensor) or not value.is_floating_point():
            return value
        return _with_numbers(value, f(numbers(value)))

    return tree_map(changed, tuple(args))


def _with_numbers(t: Tensor, held: Tensor) -> Tensor:
    """The same places with other numbers in them."""
    if t.layout == torch.strided:
        return held
    if t.layout == torch.sparse_coo:
        return torch.sparse_coo_tensor(
            t._indices(), held, t.shape, is_coalesced=t.is_coalesced(), check_invariants=False
        )
    by_row = t.layout in (torch.sparse_csr, torch.sparse_bsr)
    outer, inner = (
        (t.crow_indices(), t.col_indices()) if by_row else (t.ccol_indices(), t.row_indices())
    )
    return torch.sparse_compressed_tensor(outer, inner, held, t.shape, layout=t.layout)
