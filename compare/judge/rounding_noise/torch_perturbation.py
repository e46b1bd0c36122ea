"""Run torch so that every operation rounds otherwise: forward, backward and in the optimizer.

The result of each floating-point ATen operation is moved by xi eps amplitude, xi uniform on
(-1, 1). Noise on the inputs alone would leave zeros zero, and never move a saturated unit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch._decomp import decomposition_table
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from compare.judge.rounding_noise.branches import Decisions, Forced
from compare.judge.rounding_noise.operation_errors import EXACT, FLUSHED, amplitude

INDEPENDENT, BY_VALUE, COHERENT = range(3)
# Made of several operations that round: with noise, these are run one by one.
COMPOSITE = frozenset(
    """
    native_layer_norm native_layer_norm_backward native_group_norm native_group_norm_backward
    native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
    native_batch_norm_backward _fused_rms_norm _fused_rms_norm_backward gelu gelu_backward
    silu silu_backward mish mish_backward elu elu_backward softplus softplus_backward
    log_sigmoid_forward log_sigmoid_backward hardswish hardswish_backward
    """.split()
)
_COMPARISONS = ("gt", "ge", "lt", "le")


class Draws:
    """Draws xi: independent, equal for equal results, or one for a whole operation."""

    def __init__(self, seed: int, run: int) -> None:
        self.kind = run % 3
        self.generator = torch.Generator().manual_seed(seed * 1_000_003 + run)
        self.salt = int(torch.randint(2**62, (1,), generator=self.generator))

    def of(self, result: Tensor) -> Tensor:
        """xi in (-1, 1), one for each element."""
        if self.kind == BY_VALUE:
            return self._hashed(result)
        shape = result.shape if self.kind == INDEPENDENT else ()
        return torch.rand(shape, generator=self.generator, dtype=torch.float64) * 2 - 1

    def number(self, value: float) -> float:
        """A Python float moved by up to one ulp."""
        xi = float(torch.rand((), generator=self.generator, dtype=torch.float64)) * 2 - 1
        return value * (1 + xi * 2.0**-52)

    def _hashed(self, result: Tensor) -> Tensor:
        bits = (result.double() + 0.0).view(torch.int64) ^ self.salt
        for multiplier in (-0x61C8864680B583EB, -0x40A7B892E31B1A47):
            bits = bits * multiplier
            bits = bits ^ ((bits >> 29) & (2**35 - 1))
        return (bits & (2**53 - 1)).double() * 2.0**-52 - 1


class Perturbed(TorchDispatchMode):
    """Runs what is inside it with forced branches, and with noise where there are draws.

    Counts the floating-point results, and the most terms that one of them was made of.
    """

    def __init__(self, draws: Draws | None, forced: Forced, tied: Forced) -> None:
        super().__init__()
        self.draws, self.decisions = draws, Decisions(forced, tied)
        self.results, self.terms = 0, 1
        self.within = False  # a composite operation, which has no branches of its own

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = _name(func)
        if self.draws is not None and name in COMPOSITE:
            return self._one_by_one(func, args, kwargs)
        branched = None if self.within else self._branch(name, func, args, kwargs)
        if branched is not None:
            self.results += branched.is_floating_point()
            return branched
        quiet = self.draws is None or name in EXACT or _shares_memory(func)
        before = () if quiet else _kept(func, args)
        out = func(*args, **kwargs)
        floats = [t for t in tree_leaves(out) if isinstance(t, Tensor) and t.is_floating_point()]
        self.results += 0 if _shares_memory(func) else len(floats)
        if not quiet and not (name == "_to_copy" and not _narrows(args[0], out)):
            self._move(name, func, before, kwargs, out)
        return out

    def _one_by_one(self, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """A composite operation in torch's own terms of simpler ones, each with its noise."""
        self.within = True
        try:
            with self:
                return decomposition_table[func](*args, **kwargs)
        finally:
            self.within = False

    def _branch(self, name: str, func: Any, a: tuple[Any, ...], kwargs: Any) -> Any:
        """What an operation with branches makes of the ones that are taken; None for another."""
        if name == "relu":
            z = a[0].clone() if func._schema.is_mutable else a[0]
            taken = self.decisions.decide(z, z > 0)
            out = _forced(func(*a), taken, z > 0, z)
            self.decisions.remember(out, taken)
            return out
        if name == "threshold_backward" and a[2] == 0:
            known = self.decisions.recall(a[1])
            taken = self.decisions.decide(a[1], a[1] > 0) if known is None else known
            return _forced(func(*a), taken, a[1] > 0, a[0])
        if name == "sign" and a[0].is_floating_point():
            taken = self.decisions.decide(a[0], a[0] > 0)
            return _forced(func(*a), taken, a[0] > 0, torch.ones_like(a[0]))
        if name in _COMPARISONS and a[0].is_floating_point():
            return self.decisions.decide(a[0] - a[1], func(*a))
        if name == "argmax" and a[0].is_floating_point():
            return self.decisions.choose(func(*a, **kwargs), a[0], *a[1:2])
        return None

    def _move(
        self, name: str, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        if name.startswith("_foreach_"):
            for k, one in enumerate(out if out is not None else args[0]):
                each = tuple(a[k] if isinstance(a, (list, tuple)) else a for a in args)
                self._move_one(name.removeprefix("_foreach_"), func, each, kwargs, one)
            return
        results = out if isinstance(out, (tuple, list)) else [out]
        for k, one in enumerate(results):
            if isinstance(one, Tensor) and one.is_floating_point() and one.numel():
                self._move_one(name, func, args, kwargs, one, k)

    def _move_one(
        self,
        name: str,
        func: Any,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        out: Tensor,
        k: int = 0,
    ) -> None:
        assert self.draws is not None
        info = torch.finfo(out.dtype)
        found = amplitude(name, func, args, kwargs, out, k)
        self.terms = max(self.terms, found.terms)
        eta = found.terms * info.smallest_normal * info.eps
        xi = self.draws.of(out)
        noise = xi * (info.eps * found.size + eta * (found.size > 0).double())
        if name in FLUSHED:  # an exponential that overflows or is flushed leaves 0
            small = out.abs() < info.smallest_normal
            noise = torch.where(small, xi.abs() * info.smallest_normal, noise)
        if found.exact is not None:
            noise = torch.where(found.exact, 0.0, noise)
        moved = out.double() + torch.where(torch.isfinite(noise), noise, 0.0)
        out.copy_(moved)


def _forced(out: Tensor, taken: Tensor, natural: Tensor, above: Tensor) -> Tensor:
    """``above`` where a branch is taken that z is not on, 0 where it is left; else as it is."""
    if torch.equal(taken, natural):
        return out
    return out.copy_(torch.where(taken == natural, out, torch.where(taken, above, 0.0)))


@cache
def _name(func: Any) -> str:
    name = str(func.overloadpacket.__name__) if hasattr(func, "overloadpacket") else ""
    return name.removesuffix("_")


@cache
def _shares_memory(func: Any) -> bool:
    """Whether it returns a view of what it was given, and computes nothing."""
    returns = func._schema.returns
    return bool(returns) and all(
        r.alias_info is not None and not r.alias_info.is_write for r in returns
    )


def _kept(func: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as they are before an operation that changes the first of them."""
    if not func._schema.is_mutable or not args:
        return args
    first = args[0]
    if isinstance(first, Tensor):
        return (first.clone(), *args[1:])
    return ([t.clone() for t in first], *args[1:]) if isinstance(first, (list, tuple)) else args


def _narrows(given: Tensor, out: Tensor) -> bool:
    both = given.is_floating_point() and out.is_floating_point()
    return both and torch.finfo(out.dtype).eps > torch.finfo(given.dtype).eps


class _Settings:
    """Moves the Python floats of every optimizer for the time of a step, and puts them back."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws
        self.kept: list[dict[str, Any]] = []

    def before(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self.kept = [dict(group) for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group.update({k: self._moved(v) for k, v in group.items() if k != "params"})

    def after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        for group, kept in zip(optimizer.param_groups, self.kept, strict=True):
            group.update(kept)

    def _moved(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._moved(v) for v in value)
        return self.draws.number(value) if isinstance(value, float) else value


def perturbed(
    run: Callable[[], Iterator[Any]],
    draws: Draws | None = None,
    forced: Forced = MappingProxyType({}),
    tied: Forced = MappingProxyType({}),
) -> tuple[list[Any], Perturbed]:
    """Everything that a generator yields, computed with noise and forced branches."""
    mode = Perturbed(draws, forced, tied)
    with ExitStack() as stack:
        if draws is not None:
            settings = _Settings(draws)
            for register, hook in (
                (register_optimizer_step_pre_hook, settings.before),
                (register_optimizer_step_post_hook, settings.after),
            ):
                stack.callback(register(hook).remove)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mode)
        return list(run()), mode
