"""Run torch so that every operation rounds otherwise: forward, backward and in the optimizer.

The result of each floating-point ATen operation is moved by xi eps amplitude, xi uniform on
(-1, 1). Noise on the inputs alone would leave zeros zero, and never move a saturated unit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from compare.judge.rounding_noise.aten_operations import (
    Operation,
    arguments_before,
    floats,
    is_coarse,
    is_complex,
    narrows,
    operation_of,
)
from compare.judge.rounding_noise.branches import Decisions, Forced
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.errors_kept import AbsoluteError, ErrorsKept
from compare.judge.rounding_noise.explosion import Sketch
from compare.judge.rounding_noise.operation_errors import OperationError, amplitude, size
from compare.judge.rounding_noise.optimizer_settings import OptimizerSettings
from compare.judge.rounding_noise.simpler_operations import CLOSE, decomposition_of
from compare.judge.rounding_noise.sparse_operations import (
    is_sparse,
    numbers,
    with_error,
)
from compare.judge.rounding_noise.taken_branches import branched_by
from compare.judge.rounding_noise.unknown_operations import (
    inexact,
    moved_inputs,
    on_copies,
    only_chooses,
    own_error,
    pointwise_error,
)
from compare.system.torch_compiler import is_loaded

# In a coarse format, from float32: every library has the same bits.
CORRECTLY_ROUNDED = frozenset(("add", "sub", "mul", "div", "sqrt", "reciprocal", "_to_copy"))


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
        operation = operation_of(func)
        # a view must not be moved: it would write into the tensor that it shows
        if operation.shares_memory:
            return func(*args, **(kwargs or {}))
        out = self._run(operation, func, args, kwargs or {})
        if self.draws is None and not self.coarse:
            self.coarse = any(map(is_coarse, floats(out)))
        if self.sketches is not None and not self.within:
            self.sketches.extend(Sketch.of(operation.name, numbers(t)) for t in floats(out))
        return out

    def _run(
        self, operation: Operation, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        name = operation.name
        if operation.makes_sparse or is_sparse(args):
            return self._sparse(operation, func, args, kwargs)
        if operation.branches and not self.within:
            branched = branched_by(self.decisions, operation, func, args, kwargs)
            if branched is not None:
                self.results += branched.is_floating_point()
                return branched
        quiet = self.draws is None or operation.is_exact
        if not quiet and (not operation.is_known or any(map(is_complex, args))):
            out = self._unknown(operation, func, args, kwargs)
            if out is not NotImplemented:
                return out
        # in-place operations overwrite what their own amplitude is computed from
        before = () if quiet else arguments_before(operation, args)
        out = func(*args, **kwargs)
        self.results += len(floats(out))
        if not quiet and not (name == "_to_copy" and not narrows(args[0], out)):
            self._move(name, func, before, kwargs, out)
        return out

    def _unknown(
        self, operation: Operation, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """An operation of no known rounding, moved; NotImplemented where it cannot be run again."""
        if torch.Tag.nondeterministic_seeded in func.tags:
            return NotImplemented
        if func in CLOSE:  # to the last digits: the same, at half of the cost
            out = CLOSE[func](self._rounded, *args, **kwargs)
            self.results += len(inexact(out))
            return out
        parts = decomposition_of(func)
        # some change an argument, as the running mean of a batch norm, and not all say so
        changes = operation.changes
        if not changes:
            out, changes = on_copies(func, args, kwargs)
        if changes:
            return self._one_by_one(parts, args, kwargs) if parts else NotImplemented
        if not inexact(out) or only_chooses(args, out):
            self.results += len(inexact(out))
            return out
        moved = self._by_parts(parts, args, kwargs, out) if parts else NotImplemented
        return self._rerun(func, args, kwargs, out) if moved is NotImplemented else moved

    def _by_parts(
        self, parts: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> Any:
        """Its results, moved as far as noise moves the simpler operations that it is made of."""
        self.results += len(inexact(out))
        plain = parts(*args, **kwargs)
        if plain is NotImplemented:
            return plain
        # by how far they are moved: what they make otherwise than the operation is no noise
        moved = self._one_by_one(parts, args, kwargs)
        for result, a, b in zip(*map(inexact, (out, plain, moved)), strict=True):
            result += torch.where(torch.isfinite(a), b - a, 0.0)
        return out

    def _sparse(
        self, operation: Operation, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """An operation on sparse tensors, moved in the numbers that they hold."""
        before = arguments_before(operation, args) if self.draws else args
        out = func(*args, **kwargs)
        self.results += len(floats(out))
        if self.draws is None or not floats(out):
            return out
        name, draw = operation.name, self.draws.by_value
        out, error = with_error(name, operation.changes, func, before, kwargs, out, draw)
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

    def _rounded(self, out: Tensor, units: Callable[[], Tensor], terms: int = 1) -> Tensor:
        """One step of an operation that says itself how large its rounding is."""

        def measured() -> AbsoluteError:
            return AbsoluteError.of(OperationError(units(), terms), out.dtype)

        if not self._as_written(out):
            error = self.errors.of("", out, measured) if self.errors else measured()
            self._add_noise(out, error)
        return out

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
            self._add_noise(out, self._error_of(name, func, args, kwargs, out, k))
        elif name not in CORRECTLY_ROUNDED:
            self._round_once(name, func, args, kwargs, out, k)

    def _error_of(
        self, name: str, func: Any, args: tuple[Any, ...], kwargs: Any, out: Tensor, k: int
    ) -> AbsoluteError:
        """As the first of several runs has it, and where it kept none, of this one."""

        def measured() -> AbsoluteError:
            return AbsoluteError.of(amplitude(name, func, args, kwargs, out, k), out.dtype)

        return self.errors.of(name, out, measured) if self.errors else measured()

    def _as_written(self, out: Tensor) -> bool:
        """Whether it is coarse in a program of another format, which asks for that rounding."""
        assert self.draws is not None
        return self.draws.amplified > 1 and is_coarse(out)

    def _round_once(
        self, name: str, func: Any, args: Any, kwargs: Any, out: Tensor, k: int
    ) -> None:
        """In a coarse format torch sums in float32: the noise of that, rounded to the format."""
        wide = tree_map(
            lambda t: t.float() if isinstance(t, Tensor) and is_coarse(t) else t, tuple(args)
        )
        results = func(*wide, **kwargs)
        result = results[k] if isinstance(results, (tuple, list)) else results
        if not is_coarse(result):
            self._shake(result, amplitude(name, func, wide, kwargs, result, k))
            out.copy_(result)

    def _shake(self, out: Tensor, error: OperationError) -> None:
        """Move a result by its error."""
        if out.is_complex():
            out, error = torch.view_as_real(out), OperationError(error.size[..., None])
        dtype = torch.float32 if self._as_written(out) else out.dtype
        self._add_noise(out, AbsoluteError.of(error, dtype))

    def _add_noise(self, out: Tensor, error: AbsoluteError) -> None:
        assert self.draws is not None
        self.terms = max(self.terms, error.terms)
        xi = self.draws.of(out)
        # added in float64 and rounded once, as the operation itself would
        wide = out if out.dtype == torch.float64 else out.double()
        if error.flushed is None:
            wide.addcmul_(xi, error.largest)
        else:
            noise = torch.where(error.flushed, xi.abs() * error.flushed_below, xi * error.largest)
            wide.add_(noise)
        if wide is not out:
            out.copy_(wide)


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
    with ExitStack() as stack:
        if draws is not None:
            stack.enter_context(OptimizerSettings(draws).moved())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mode)
        return list(run()), mode
