"""A module or function of torch, a twin of it by another way, and the numbers that both take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]
Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Family:
    """What one kind of pair is made of.

    ``draw`` gives settings and arrays · ``reference(settings, arrays)`` a module, whose parameters
    are the arrays of their names, or a function of all arrays in order · ``twin(xp, settings,
    arrays)`` computes the same with xp, NumPy or torch · ``slope(settings, cotangent, arrays)`` is
    its gradient by hand, by name, in NumPy · ``differentiable``: False where torch's own gradient
    in float64 has constants of float32, from which the twin's differs by right.
    """

    name: str
    draw: Callable[[Draws], Drawn]
    reference: Callable[[SimpleNamespace, Arrays], Any]
    twin: Callable[[Any, SimpleNamespace, Arrays], Any]
    slope: Callable[[SimpleNamespace, Any, Arrays], dict[str, Any]] | None = None
    by_autograd: bool = True
    differentiable: bool = True
    watch: Mapping[str, str] = field(default_factory=dict)


class Draws:
    """Sizes, numbers and data, from a seeded generator; rows in ``fixed`` shape where it is given.

    Data have one scale for a whole pair.
    """

    def __init__(self, rng: np.random.Generator, fixed: tuple[int, ...] = ()) -> None:
        self.rng, self.fixed = rng, fixed
        self.scale = float(rng.choice([0.3, 1.0, 1.0, 3.0]))

    def whole(self, least: int, most: int) -> int:
        """A whole number from least to most, both included."""
        return int(self.rng.integers(least, most + 1))

    def real(self, least: float, most: float) -> float:
        """A number as people write it, of three decimals."""
        return round(float(self.rng.uniform(least, most)), 3)

    def one_of(self, *choices: Any) -> Any:
        """One of these, each as likely."""
        return choices[self.whole(0, len(choices) - 1)]

    def yes(self) -> bool:
        """True or False."""
        return bool(self.rng.random() < 0.5)

    def data(self, *shape: int) -> np.ndarray:
        """Normal numbers of the pair's scale."""
        return np.asarray(self.scale * self.rng.standard_normal(shape))

    def weights(self, *shape: int) -> np.ndarray:
        """Normal numbers, smaller the more of them are summed."""
        summed = max(1, int(np.prod(shape[1:])))
        return np.asarray(self.rng.standard_normal(shape) / summed**0.5)

    def rows(self) -> np.ndarray:
        """Samples as rows."""
        return self.data(*(self.fixed or (self.whole(2, 9), self.whole(2, 17))))

    def any_shape(self) -> np.ndarray:
        """Data of one to three axes."""
        sizes = [self.whole(2, 9) for _ in range(self.whole(1, 3))]
        return self.data(*(self.fixed or sizes))

    def images(self, channels: int, least: int = 5, most: int = 9, axes: int = 2) -> np.ndarray:
        """Samples, channels, and axes of their own sizes."""
        sizes = [self.whole(least, most) for _ in range(axes)]
        return self.data(self.whole(1, 3), channels, *sizes)

    def labels(self, classes: int, *shape: int) -> np.ndarray:
        """Whole numbers below ``classes``."""
        return self.rng.integers(0, classes, shape)


def settings(**values: Any) -> SimpleNamespace:
    """The numbers of a constructor, and what a twin may do otherwise: each may be made wrong."""
    return SimpleNamespace(**values)


def like(values: Any, example: Any) -> Any:
    """An array in the format, and of the kind, of another."""
    if isinstance(example, np.ndarray):
        return np.asarray(values).astype(example.dtype)
    return example.new_tensor(values) if isinstance(values, np.ndarray) else values.to(example)


def padded(xp: Any, x: Any, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """x with a frame of ``value`` around its last axes, one pair of widths for each."""
    lead = x.ndim - len(widths)
    sizes = [n + before + after for n, (before, after) in zip(x.shape[lead:], widths, strict=True)]
    framed = xp.full((*x.shape[:lead], *sizes), value, dtype=x.dtype)
    inner = [slice(b, b + n) for n, (b, _) in zip(x.shape[lead:], widths, strict=True)]
    framed[(..., *inner)] = x
    return framed


def windows(xp: Any, x: Any, size: Sequence[int], step: Sequence[int], gap: Sequence[int]) -> Any:
    """Every window along the last axes, its elements on one last axis: slices, one a place."""
    outer = [
        (n - g * (k - 1) - 1) // s + 1
        for n, k, s, g in zip(x.shape[-len(size) :], size, step, gap, strict=True)
    ]
    places = np.ndindex(*size)
    parts = [
        x[
            (
                ...,
                *(
                    slice(p * g, p * g + s * (o - 1) + 1, s)
                    for p, g, s, o in zip(place, gap, step, outer, strict=True)
                ),
            )
        ]
        for place in places
    ]
    return xp.stack(parts, -1)


def mean(x: Any, *axes: int) -> Any:
    """Over these axes, which stay."""
    return x.sum(axes, keepdims=True) / np.prod([x.shape[a] for a in axes]).item()


def spread(x: Any, center: Any, correction: int, *axes: int) -> Any:
    """The variance around ``center``, over these axes, which stay."""
    n = int(np.prod([x.shape[a] for a in axes]))
    return ((x - center) ** 2).sum(axes, keepdims=True) / (n - correction)


def reduction_of(d: Draws) -> str:
    """What becomes of a loss of every sample: a mean twice as often."""
    return str(d.one_of("mean", "mean", "sum", "none"))


def reduced(losses: Any, reduction: str) -> Any:
    """The losses, their mean or their sum."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def log_softmax(xp: Any, x: Any, axis: int) -> Any:
    """Shifted by the largest."""
    z = x - xp.amax(x, axis, keepdims=True)
    return z - xp.log(xp.exp(z).sum(axis, keepdims=True))


def softmax(xp: Any, x: Any, axis: int) -> Any:
    """Shifted by the largest."""
    e = xp.exp(x - xp.amax(x, axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), which is precise far below 0 too."""
    return 1 / (1 + xp.exp(-x))


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x))."""
    return xp.log1p(xp.exp(-abs(x))) + xp.where(x > 0, x, 0.0)
