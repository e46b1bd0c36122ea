"""By how much each result of a run is moved, in units of its rounding error: xi in (-1, 1)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

INDEPENDENT, BY_VALUE, COHERENT = range(3)
MULTIPLIERS, SHIFT = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)), np.uint64(29)
EXACT = np.uint64(2**53 - 1)  # so many whole numbers are exact in float64


class Draws:
    """Draws xi: independent, equal for equal results, or one for a whole operation.

    ``amplified``: so many times as large, for a program that rounds to a coarse format on the way.
    There a result is another or none, and what noise of its own size would do is rarely seen.
    """

    def __init__(self, seed: int, run: int, amplified: float = 1.0) -> None:
        self.amplified = amplified
        # correlated roundings are as real as independent ones: equal
        # values round equally, and a biased sum drifts one way
        self.kind = run % 3
        # a prime factor between seeds, so that run k of one seed is no run of the next
        self.generator = torch.Generator().manual_seed(seed * 1_000_003 + run)
        self.salt = int(torch.randint(2**62, (1,), generator=self.generator))

    def of(self, result: Tensor) -> Tensor:
        """xi in (-1, 1), one for each element."""
        if self.kind == BY_VALUE:
            return self.by_value(result)
        shape = result.shape if self.kind == INDEPENDENT else ()
        xi = torch.empty(shape, dtype=torch.float64).uniform_(-1, 1, generator=self.generator)
        return xi if self.amplified == 1 else xi.mul_(self.amplified)

    def number(self, value: float) -> float:
        """A Python float moved by up to one ulp."""
        xi = float(torch.rand((), generator=self.generator, dtype=torch.float64)) * 2 - 1
        # hyper-parameters are Python floats on both sides:
        # they err by an ulp of float64, whatever the format
        return value * (1 + xi * 2.0**-52)

    def by_value(self, result: Tensor) -> Tensor:
        """xi in (-1, 1), equal for equal results."""
        # + 0.0 makes -0 the same as 0, since both are equal; from there on in place, as a result
        # may be as large as half of the memory; NumPy has shifts that do not copy the sign
        numbers = (result.detach().double() + 0.0).numpy()
        bits = numbers.view(np.uint64)
        bits ^= np.uint64(self.salt)
        for multiplier in MULTIPLIERS:
            bits *= multiplier
            bits ^= bits >> SHIFT
        bits &= EXACT
        xi = np.multiply(bits.view(np.int64), 2.0**-52 * self.amplified, out=numbers)
        xi -= self.amplified
        return torch.from_numpy(xi)


class Still(Draws):
    """Draws zeros: the operations of a run with noise, and none of it."""

    def __init__(self) -> None:
        super().__init__(0, 0)

    def of(self, result: Tensor) -> Tensor:
        """0 for each element."""
        return torch.zeros(result.shape, dtype=torch.float64)

    by_value = of

    def number(self, value: float) -> float:
        """The number itself."""
        return value
