"""What is known of an ATen operation before it runs: by its name and its schema, found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from compare.judge.rounding_noise.operation_errors import EXACT, KNOWN
from compare.judge.rounding_noise.sparse_operations import makes_sparse

COMPARISONS = ("gt", "ge", "lt", "le")
BRANCHES = frozenset(("relu", "threshold_backward", "sign", "argmax", *COMPARISONS))


@dataclass(frozen=True)
class Operation:
    """``name``, without the _ of those in place; what its results are, and what becomes of inputs.

    ``shares_memory``: it returns a view of what it was given, and computes nothing · ``changes`` an
    argument · ``is_exact``: it rounds nothing · ``is_known``: how it rounds is · ``branches``: it
    compares numbers.
    """

    name: str
    shares_memory: bool
    changes: bool
    is_exact: bool
    is_known: bool
    branches: bool
    makes_sparse: bool


@cache
def operation_of(func: Any) -> Operation:
    """What is known of it."""
    name = str(func.overloadpacket.__name__) if hasattr(func, "overloadpacket") else ""
    name = name.removesuffix("_")
    # those of optimizers, on many tensors or in one: sums and products as they are
    is_known = name in KNOWN or name.startswith(("_foreach_", "_fused_adam", "_fused_sgd"))
    return Operation(
        name,
        _shares_memory(func),
        func._schema.is_mutable,
        name in EXACT,
        is_known,
        name in BRANCHES,
        makes_sparse(name),
    )


def _shares_memory(func: Any) -> bool:
    returns = func._schema.returns
    if torch.Tag.inplace_view in func.tags:
        return True
    return bool(returns) and all(
        r.alias_info is not None and not r.alias_info.is_write for r in returns
    )


def arguments_before(operation: Operation, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as they are before an operation that changes the first of them."""
    if not operation.changes or not args:
        return args
    changed = args[0]
    if isinstance(changed, Tensor):
        return (changed.clone(), *args[1:])
    return ([t.clone() for t in changed], *args[1:]) if isinstance(changed, (list, tuple)) else args


def floats(out: Any) -> list[Tensor]:
    """The tensors of real numbers among its results."""
    if isinstance(out, Tensor):  # as nearly always
        return [out] if out.is_floating_point() else []
    return [t for t in tree_leaves(out) if isinstance(t, Tensor) and t.is_floating_point()]


def is_complex(value: Any) -> bool:
    """Whether it is a tensor of complex numbers."""
    return isinstance(value, Tensor) and value.is_complex()


def is_coarse(t: Tensor) -> bool:
    """Whether it is of one of the formats of 16 bits."""
    return t.dtype in (torch.bfloat16, torch.float16)


def narrows(source: Tensor, out: Tensor) -> bool:
    """Whether a conversion rounds; float32 to float64 is exact."""
    both = source.is_floating_point() and out.is_floating_point()
    return both and torch.finfo(out.dtype).eps > torch.finfo(source.dtype).eps
