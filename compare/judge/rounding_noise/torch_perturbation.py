"""Run torch so that every operation rounds otherwise: forward, backward and in the optimizer.

The result of each floating-point ATen operation is moved by xi eps amplitude, xi uniform on
(-1, 1). Noise on the inputs alone would leave zeros zero, and never move a saturated unit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache, partial
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from compare.judge.rounding_noise.branches import Decisions, Forced
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.errors_kept import ErrorsKept
from compare.judge.rounding_noise.explosion import Sketch
from compare.judge.rounding_noise.operation_errors import (
    EXACT,
    KNOWN,
    OperationError,
    amplitude,
    size,
)
from compare.judge.rounding_noise.optimizer_settings import OptimizerSettings
from compare.judge.rounding_noise.sparse_operations import (
    error_of,
    is_sparse,
    makes_sparse,
    numbers,
    of_moved,
)
from compare.judge.rounding_noise.unknown_operations import (
    decomposition_of,
    inexact,
    moved_inputs,
    on_copies,
    only_chooses,
    own_error,
    pointwise_error,
)
from compare.language.message import message
from compare.system.torch_compiler import is_loaded

# In a coarse format, from float32: every library has the same bits.
CORRECTLY_ROUNDED = frozenset(("add", "sub", "mul", "div", "sqrt", "reciprocal", "_to_copy"))
_COMPARISONS = ("gt", "ge", "lt", "le")


class Perturbed(TorchDispatchMode):
    """Runs what is inside it with forced branches, and with noise where there are draws.

    Counts the floating-point results, and the most terms that one of them was made of; ``coarse``
    says whether one was of bfloat16 or float16; ``sketches`` is where a Sketch of each is kept, if
    anywhere; ``errors`` those of the results that an earlier run has kept for this one.
    """

    def __init__(
        self,
        draws: Draws | None,
        forced: Forced,
        tied: Forced,
        sketches: list[Sketch] | None = None,
        errors: ErrorsKept | None = None,
    ) -> None:
        super().__init__()
        self.draws, self.decisions, self.sketches = draws, Decisions(forced, tied), sketches
        self.errors = errors.again() if errors else None
        self.results, self.terms, self.coarse = 0, 1, False
        self.within = False  # a composite operation, which has no branches of its own

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would import its compiler, to be told to leave this out

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        # a view must not be moved: it would write into the tensor that it shows
        if _shares_memory(func):
            return func(*args, **(kwargs or {}))
        out = self._run(_name(func), func, args, kwargs or {})
        if self.draws is None and not self.coarse:
            self.coarse = any(map(_is_coarse, _floats(out)))
        if self.sketches is not None and not self.within:
            self.sketches.extend(Sketch.of(_name(func), numbers(t)) for t in _floats(out))
        return out

    def _run(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if is_sparse(args) or makes_sparse(name):
            return self._sparse(name, func, args, kwargs)
        branched = None if self.within else self._branch(name, func, args, kwargs)
        if branched is not None:
            self.results += branched.is_floating_point()
            return branched
        quiet = self.draws is None or name in EXACT
        if not quiet and (not _is_known(name) or any(map(_is_complex, args))):
            out = self._unknown(func, args, kwargs)
            if out is not NotImplemented:
                return out
        # in-place operations overwrite what their own amplitude is computed from
        before = () if quiet else _arguments_before(func, args)
        out = func(*args, **kwargs)
        self.results += len(_floats(out))
        if not quiet and not (name == "_to_copy" and not _narrows(args[0], out)):
            self._move(name, func, before, kwargs, out)
        return out

    def _unknown(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An operation of no known rounding, moved; NotImplemented where it cannot be run again."""
        if torch.Tag.nondeterministic_seeded in func.tags:
            return NotImplemented
        parts = decomposition_of(func)
        # some change an argument, as the running mean of a batch norm, and not all say so
        changes = func._schema.is_mutable
        if not changes:
            out, changes = on_copies(func, args, kwargs)
        if changes:
            return self._one_by_one(parts, args, kwargs) if parts else NotImplemented
        self.results += len(inexact(out))
        if not inexact(out) or only_chooses(args, out):
            return out
        if parts is None:
            return self._rerun(func, args, kwargs, out)
        plain = parts(*args, **kwargs)
        if plain is NotImplemented:
            return self._rerun(func, args, kwargs, out)
        # by how far noise moves the parts: what they make otherwise than the operation is no noise
        moved = self._one_by_one(parts, args, kwargs)
        for result, a, b in zip(*map(inexact, (out, plain, moved)), strict=True):
            result += torch.where(torch.isfinite(a), b - a, 0.0)
        return out

    def _sparse(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An operation on sparse tensors, moved in the numbers that they hold."""
        before = _arguments_before(func, args) if self.draws else args
        out = func(*args, **kwargs)
        self.results += len(_floats(out))
        if self.draws is None or not _floats(out):
            return out
        if not isinstance(out, Tensor):
            raise ValueError(message("{name} of sparse tensors has several results", name=name))
        error = error_of(name, func, before, kwargs, out)
        if error is None:
            if func._schema.is_mutable:
                raise ValueError(message("{name} of sparse tensors changes them", name=name))
            out = of_moved(func, args, kwargs, self.draws.by_value)
            error = OperationError(size(numbers(out)))
        self._shake(numbers(out), error)
        return out

    def _one_by_one(self, parts: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """An operation in terms of simpler ones, each with its noise."""
        outside, self.within = self.within, True
        try:
            with self:  # a mode is off inside its own dispatch; the parts are to come back here
                return parts(*args, **kwargs)
        finally:
            self.within = outside

    def _rerun(self, func: Any, args: Any, kwargs: Any, out: Any) -> Any:
        """Its results of inputs that are moved, off by what the algorithm itself loses."""
        assert self.draws is not None
        lost = own_error(func, args, kwargs, out)
        if torch.Tag.pointwise in func.tags and isinstance(out, Tensor):
            lost[0] = lost[0] + pointwise_error(func, args, kwargs, out, self.draws.by_value)
        else:
            out = moved_inputs(func, args, kwargs, self.draws.by_value)
        for result, units in zip(inexact(out), lost, strict=True):
            self._shake(result, OperationError(size(result.abs()) + units))
        return out

    def _branch(self, name: str, func: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """What an operation with branches makes of the ones that are taken; None for another."""
        if name == "relu":
            z = args[0].clone() if func._schema.is_mutable else args[0]
            taken = self.decisions.decide(z, z > 0)
            out = _forced(func(*args), taken, z > 0, z)
            self.decisions.remember(out, taken)
            return out
        if name == "threshold_backward" and args[2] == 0:
            # the backward pass takes the branches of its own
            # forward pass, though its argument is the moved result
            known = self.decisions.branches_of_relu(args[1])
            taken = self.decisions.decide(args[1], args[1] > 0) if known is None else known
            return _forced(func(*args), taken, args[1] > 0, args[0])
        # as in a step function
        if name == "sign" and args[0].is_floating_point():
            taken = self.decisions.decide(args[0], args[0] > 0)
            return _forced(func(*args), taken, args[0] > 0, torch.ones_like(args[0]))
        if name in _COMPARISONS and args[0].is_floating_point():
            return self.decisions.decide(args[0] - args[1], func(*args))
        if name == "argmax" and args[0].is_floating_point():
            return self.decisions.choose(func(*args, **kwargs), args[0], *args[1:2])
        return None

    def _move(
        self, name: str, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        # torch.optim's fused form of one operation on many tensors
        if name.startswith("_foreach_"):
            for k, result in enumerate(out if out is not None else args[0]):
                element_args = tuple(a[k] if isinstance(a, (list, tuple)) else a for a in args)
                self._move_one(name.removeprefix("_foreach_"), func, element_args, kwargs, result)
            return
        results = out if isinstance(out, (tuple, list)) else [out]
        for k, result in enumerate(results):
            if isinstance(result, Tensor) and result.is_floating_point() and result.numel():
                self._move_one(name, func, args, kwargs, result, k)

    def _move_one(
        self,
        name: str,
        func: Any,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        out: Tensor,
        k: int = 0,
    ) -> None:
        if not self._as_written(out):
            self._shake(out, self._amplitude(name, func, args, kwargs, out, k))
        elif name not in CORRECTLY_ROUNDED:
            self._round_once(name, func, args, kwargs, out, k)

    def _amplitude(
        self, name: str, func: Any, args: tuple[Any, ...], kwargs: Any, out: Tensor, k: int
    ) -> OperationError:
        """As the first of several runs has it, and where it kept none, of this one."""
        measure = partial(amplitude, name, func, args, kwargs, out, k)
        return self.errors.of(name, out, measure) if self.errors else measure()

    def _as_written(self, out: Tensor) -> bool:
        """Whether it is coarse in a program of another format, which asks for that rounding."""
        assert self.draws is not None
        return self.draws.amplified > 1 and _is_coarse(out)

    def _round_once(
        self, name: str, func: Any, args: Any, kwargs: Any, out: Tensor, k: int
    ) -> None:
        """In a coarse format torch sums in float32: the noise of that, rounded to the format."""
        wide = tree_map(
            lambda t: t.float() if isinstance(t, Tensor) and _is_coarse(t) else t, tuple(args)
        )
        results = func(*wide, **kwargs)
        result = results[k] if isinstance(results, (tuple, list)) else results
        if not _is_coarse(result):
            self._shake(result, amplitude(name, func, wide, kwargs, result, k))
            out.copy_(result)

    def _shake(self, out: Tensor, error: OperationError) -> None:
        """Move a result by its error."""
        assert self.draws is not None
        if out.is_complex():
            out, error = torch.view_as_real(out), OperationError(error.size[..., None])
        info = torch.finfo(torch.float32 if self._as_written(out) else out.dtype)
        self.terms = max(self.terms, error.terms)
        eta = error.terms * info.smallest_normal * info.eps
        xi = self.draws.of(out)
        noise = xi * (info.eps * error.size).add_(error.size.sign().mul_(eta))
        if error.flushed is not None:
            noise = torch.where(error.flushed, xi.abs() * info.smallest_normal, noise)
        if error.exact is not None:
            noise = torch.where(error.exact, 0.0, noise)
        # added in float64 and rounded once, as the operation itself would
        out.copy_(out.double().add_(noise.nan_to_num_(0.0, 0.0, 0.0)))


def _is_complex(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_complex()


def _is_coarse(t: Tensor) -> bool:
    return t.dtype in (torch.bfloat16, torch.float16)


def _floats(out: Any) -> list[Tensor]:
    if isinstance(out, Tensor):  # as nearly always
        return [out] if out.is_floating_point() else []
    return [t for t in tree_leaves(out) if isinstance(t, Tensor) and t.is_floating_point()]


def _forced(out: Tensor, taken: Tensor, natural: Tensor, above: Tensor) -> Tensor:
    """``above`` where a branch is taken that z is not on, 0 where it is left; else as it is."""
    if torch.equal(taken, natural):  # nothing is forced here: the bits stay
        return out
    return out.copy_(torch.where(taken == natural, out, torch.where(taken, above, 0.0)))


@cache
def _is_known(name: str) -> bool:
    # those of optimizers, on many tensors or in one: sums and products as they are
    return name in KNOWN or name.startswith(("_foreach_", "_fused_adam", "_fused_sgd"))


@cache
def _name(func: Any) -> str:
    name = str(func.overloadpacket.__name__) if hasattr(func, "overloadpacket") else ""
    return name.removesuffix("_")


@cache
def _shares_memory(func: Any) -> bool:
    """Whether it returns a view of what it was given, and computes nothing."""
    returns = func._schema.returns
    if torch.Tag.inplace_view in func.tags:
        return True
    return bool(returns) and all(
        r.alias_info is not None and not r.alias_info.is_write for r in returns
    )


def _arguments_before(func: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as they are before an operation that changes the first of them."""
    if not func._schema.is_mutable or not args:
        return args
    changed = args[0]
    if isinstance(changed, Tensor):
        return (changed.clone(), *args[1:])
    return ([t.clone() for t in changed], *args[1:]) if isinstance(changed, (list, tuple)) else args


def _narrows(source: Tensor, out: Tensor) -> bool:
    # float32 to float64 is exact
    both = source.is_floating_point() and out.is_floating_point()
    return both and torch.finfo(out.dtype).eps > torch.finfo(source.dtype).eps


class _Uncompiled(Perturbed):
    """The same, which torch's compiler leaves out of what it compiles."""

    __torch_dispatch__ = Perturbed.__torch_dispatch__

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return True


def perturbed(
    run: Callable[[], Iterator[Any]],
    draws: Draws | None = None,
    forced: Forced = MappingProxyType({}),
    tied: Forced = MappingProxyType({}),
    sketches: list[Sketch] | None = None,
    errors: ErrorsKept | None = None,
) -> tuple[list[Any], Perturbed]:
    """Everything that a generator yields, computed with noise and forced branches."""
    mode = (_Uncompiled if is_loaded() else Perturbed)(draws, forced, tied, sketches, errors)
    # the hooks are global in torch: they are removed whatever the run raises
    with ExitStack() as stack:
        if draws is not None:
            settings = OptimizerSettings(draws)
            for register, hook in (
                (register_optimizer_step_pre_hook, settings.before),
                (register_optimizer_step_post_hook, settings.after),
            ):
                stack.callback(register(hook).remove)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mode)
        return list(run()), mode
