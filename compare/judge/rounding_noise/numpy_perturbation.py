"""Run NumPy so that every operation rounds otherwise: the noise of a reference without torch.

Arrays of a subclass of ndarray see every ufunc and every function of NumPy that they are given to.
What is computed without them, in a side's own C code or from plain arrays alone, is not moved.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from compare.arithmetic.closeness import is_float
from compare.core.implementation import Implementation
from compare.judge.rounding_noise.branches import Decisions, Forced
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.exact_operations import absorbed, in_either, product, unrounded
from compare.judge.rounding_noise.explosion import Sketch
from compare.judge.rounding_noise.operation_errors import OperationError, flushed, growth
from compare.judge.rounding_noise.unknown_operations import inexact, moved_inputs, only_chooses

# Linear in every array, and computed in C: with absolute values they give sums of absolute terms.
LINEAR = frozenset((np.dot, np.inner, np.vdot, np.einsum, np.convolve, np.correlate))
# No arithmetic: these move, choose, compare or negate.
EXACT = frozenset(
    """
    negative positive absolute fabs sign maximum minimum fmax fmin floor ceil rint trunc copysign
    isfinite isnan isinf signbit logical_and logical_or logical_not equal not_equal clip heaviside
    conjugate nextafter
    """.split()
)
COMPARISONS = ("greater", "greater_equal", "less", "less_equal")
PRODUCTS = ("matmul", "vecdot", "matvec", "vecmat")


class Noisy(np.ndarray):
    """An array whose every result is moved by the noise that it belongs to."""

    noise: Perturbing | None = None

    # slices, views and copies belong to the same run
    def __array_finalize__(self, of: Any) -> None:
        self.noise = getattr(of, "noise", None)

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        """The ufunc's result, moved."""
        noise = next(n for x in (self, *inputs, *(out or ())) if (n := getattr(x, "noise", None)))
        return noise.ufunc(ufunc, method, inputs, out, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """A function made of ufuncs, which are moved one by one; or one in C, moved as a whole."""
        assert self.noise is not None
        # in C, without a ufunc that could be moved on its own
        if func in LINEAR:
            return self.noise.linear(func, args, kwargs)
        counted = self.noise.results
        value = super().__array_function__(func, types, args, kwargs)
        if self.noise.results == counted:  # no ufunc of it was seen
            value = self.noise.unknown(func, args, kwargs, value)
        return self.noise.array(value)

    def dot(self, other: Any, out: Any = None) -> Any:
        """a b, which as a method asks no subclass."""
        # ndarray.dot goes straight to C; np.dot comes to __array_function__
        return np.dot(self, other) if out is None else np.dot(self, other, out)


class Perturbing:
    """One run: its branches, and the noise of its operations where there are draws."""

    def __init__(
        self,
        draws: Draws | None,
        forced: Forced,
        tied: Forced,
        sketches: list[Sketch] | None = None,
    ) -> None:
        self.draws, self.decisions, self.sketches = draws, Decisions(forced, tied), sketches
        self.results, self.terms, self.coarse = 0, 1, False

    def array(self, value: Any) -> Any:
        """Numbers of which every result belongs to this run; anything else as it is."""
        if isinstance(value, (tuple, list)):
            return _each(self.array, value)
        if not isinstance(value, (np.ndarray, np.floating)) or not is_float(value.dtype):
            return value
        # 0-d results become arrays: a NumPy scalar would lose the subclass
        noisy = np.asarray(value).view(Noisy)
        noisy.noise = self
        return noisy

    def ufunc(self, ufunc: Any, method: str, inputs: Any, out: Any, kwargs: Any) -> Any:
        """What a ufunc makes of plain arrays, on the branches that are forced, and moved."""
        # copied where the operation writes into one of its
        # inputs: the amplitude needs them as they were
        plain = [np.copy(_plain(x)) if out or method == "at" else _plain(x) for x in inputs]
        if method == "at":
            return self._at(ufunc, inputs, plain)
        result = getattr(ufunc, method)(*plain, **kwargs)
        if isinstance(result, tuple) or result is None:
            return self.array(result)
        name = ufunc.__name__
        # comparisons and maximum against a number are where NumPy code branches
        if method == "__call__" and len(plain) == 2:
            result = self._branched(name, plain, result)
        if is_float(np.asarray(result).dtype):
            result = self._moved(name, result, _amplitude(ufunc, method, plain, result, kwargs))
        if not out:
            return self.array(result)
        _plain(out[0])[...] = result
        return out[0]

    def linear(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A sum of products, off by c(n) times that of absolute values."""
        kwargs = {k: v for k, v in kwargs.items() if k != "out"}
        result = func(*_each(_plain, args), **kwargs)
        magnitudes = func(*_each(_size, args), **kwargs)
        # of ones in place of the numbers, the same sum counts its terms
        terms = int(np.max(func(*_each(_ones, args), **kwargs), initial=1))
        operands = [_plain(x) for x in args if isinstance(x, np.ndarray)]
        error = _error_of_sums(magnitudes, terms, operands, product, result)
        if len(operands) > 2:  # einsum of three or more: products of products
            error = replace(error, exact=None)
        return self.array(self._moved(func.__name__, result, error))

    def unknown(self, func: Any, args: Any, kwargs: Any, value: Any) -> Any:
        """What a function in C makes of inputs that are moved by rounding; np.sort only chooses."""
        tensors, results = _each(_if_inexact, args), _each(_if_inexact, value)
        if not inexact(results) or only_chooses(tensors, results):
            return value
        self.results += 1
        if self.draws is None:
            return value
        moved = moved_inputs(lambda *given: given, tensors, {}, self.draws.by_value)
        again = func(*_each(_as_array, moved), **kwargs)
        return _each(lambda a: self._rounded(func.__name__, a), again)

    def _rounded(self, name: str, value: Any) -> Any:
        if not isinstance(_if_inexact(value), torch.Tensor):
            return value
        if np.iscomplexobj(value):
            return self._rounded(name, value.real) + 1j * self._rounded(name, value.imag)
        return self._moved(name, value, OperationError(_tensor(np.abs(value))))

    def _at(self, ufunc: Any, inputs: Any, plain: list[Any]) -> None:
        target = _plain(inputs[0])
        ufunc.at(target, *plain[1:])
        if is_float(target.dtype):
            magnitudes = np.abs(plain[0]).astype(np.float64)
            ufunc.at(magnitudes, *plain[1:-1], np.abs(plain[-1]))
            terms = max(np.size(plain[-1]), 1)
            target[...] = self._moved(
                "at", target, _error_of_sums(magnitudes, terms, plain[::2], min, target)
            )

    def _branched(self, name: str, plain: list[Any], result: Any) -> Any:
        left, right = plain
        kinds = [np.asarray(x).dtype.kind for x in plain]
        if name in COMPARISONS and "f" in kinds:
            # the sign of a - b is the comparison, and its distance from 0 what noise can move
            return self._decided(np.subtract(left, right), np.asarray(result))
        if name in ("maximum", "fmax") and "f" in kinds and 0 in (np.ndim(left), np.ndim(right)):
            x, threshold = (left, right) if np.ndim(right) == 0 else (right, left)
            natural = np.asarray(x > threshold)
            taken = self._decided(np.subtract(x, threshold), natural)
            return np.where(taken == natural, result, np.where(taken, x, threshold)).astype(
                result.dtype
            )
        return result

    def _decided(self, z: Any, natural: np.ndarray) -> np.ndarray:
        return self.decisions.decide(_tensor(z), _tensor(natural)).numpy()

    def _moved(self, name: str, result: Any, error: OperationError) -> np.ndarray:
        result = self._with_noise(name, np.asarray(result), error)
        if self.sketches is not None:
            self.sketches.append(Sketch.of(name, _tensor(result)))
        return result

    def _with_noise(self, name: str, result: np.ndarray, error: OperationError) -> np.ndarray:
        self.results, self.terms = self.results + 1, max(self.terms, error.terms)
        if self.draws is None or name in EXACT or not result.size:
            return result
        info = np.finfo(result.dtype)
        xi = self.draws.of(_tensor(result)).numpy()
        size = error.size.numpy()
        # one subnormal a term, where there is something to round: gradual underflow rounds to those
        noise = xi * (info.eps * size + error.terms * info.smallest_subnormal * (size > 0))
        if error.flushed is not None:
            noise = np.where(error.flushed.numpy(), np.abs(xi) * info.tiny, noise)
        if error.exact is not None:
            noise = np.where(error.exact.numpy(), 0.0, noise)
        # added in float64 and rounded once, as the operation itself would
        moved = result.astype(np.float64) + np.where(np.isfinite(noise), noise, 0.0)
        return moved.astype(result.dtype)


def _amplitude(
    ufunc: Any, method: str, plain: list[Any], result: Any, kwargs: Any
) -> OperationError:
    """The rounding error in units of eps, of how many terms it is made, and where there is none."""
    name = ufunc.__name__
    if name in PRODUCTS:
        terms = int(plain[1].shape[0] if name == "vecmat" else plain[0].shape[-1])
        return _error_of_sums(ufunc(*map(_size, plain)), terms, plain, product, result)
    if method in ("reduce", "accumulate", "reduceat"):
        terms = max(plain[0].size // max(np.size(result), 1), 1)
        if method != "reduce":  # a running sum has up to as many terms as its axis is long
            terms = plain[0].shape[kwargs.get("axis", 0) or 0]
        settings = {k: v for k, v in kwargs.items() if k != "dtype"}
        if name == "add":
            magnitudes = getattr(ufunc, method)(_size(plain[0]), *plain[1:], **settings)
            return _error_of_sums(magnitudes, terms, plain[:1], min, result)
        return OperationError(growth(terms) * _tensor(np.abs(result)), terms)
    if name in ("add", "subtract", "multiply") and method == "__call__":
        joined = product if name == "multiply" else min
        error = _error_of_sums(np.abs(result), 1, plain, joined, result)
        if name == "multiply":
            return error
        left = absorbed(_tensor(plain[0]), _tensor(plain[1]), _tensor(result))
        return replace(error, exact=in_either(error.exact, left))
    error = OperationError(_tensor(np.abs(result)))
    if name != "exp":
        return error
    return replace(error, flushed=flushed(name, (_tensor(plain[0]),), _tensor(result)))


def _error_of_sums(
    magnitudes: Any, terms: int, operands: list[Any], joined: Any, result: Any
) -> OperationError:
    exact = unrounded(_tensor(magnitudes), list(map(_tensor, operands)), joined, _tensor(result))
    return OperationError(growth(terms) * _tensor(magnitudes), terms, exact)


def _tensor(x: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(x))


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Noisy) else x


def _size(x: Any) -> Any:
    numbers = isinstance(x, (np.ndarray, float))
    return (
        np.abs(_plain(x)).astype(np.float64) if numbers and np.asarray(x).dtype.kind == "f" else x
    )


def _ones(x: Any) -> Any:
    return np.ones_like(_plain(x), dtype=np.float64) if isinstance(x, np.ndarray) else x


def _if_inexact(x: Any) -> Any:
    """As a tensor, of real or complex numbers in a format of torch; else as it is."""
    plain = isinstance(x, (np.ndarray, np.inexact)) and x.dtype.char in "efdFD"
    return _tensor(_plain(x)) if plain else x


def _as_array(x: Any) -> Any:
    return x.numpy() if isinstance(x, torch.Tensor) else _plain(x)


def _each(f: Callable[[Any], Any], value: Any) -> Any:
    if not isinstance(value, (tuple, list)):
        return f(value)
    parts = [_each(f, part) for part in value]
    # a namedtuple, as of a singular value decomposition, takes its fields one by one
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def perturbed(
    run: Callable[[Implementation], Iterator[Any]],
    side: Implementation,
    draws: Draws | None = None,
    forced: Forced | None = None,
    tied: Forced | None = None,
    sketches: list[Sketch] | None = None,
) -> tuple[list[Any], Perturbing]:
    """Everything that a generator yields of a side whose operations have noise, or are forced."""
    noise = Perturbing(draws, forced or {}, tied or {}, sketches)
    noisy = replace(side, from_numpy=lambda a: noise.array(side.from_numpy(a)))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return list(run(noisy)), noise
