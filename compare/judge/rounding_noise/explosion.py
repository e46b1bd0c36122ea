"""Where the noise of a run exploded: the first operation from which on a limit allows everything.

A result is kept as a few numbers, so that runs of any size can be held beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from compare.judge.rounding_noise.noise_floor import FACTOR
from compare.language.message import Message, message

MUCH = 0.5 / FACTOR  # of the size of a result: a limit is FACTOR times as wide as the noise
PRODUCTS = 16  # so that their mean square is that of the elements, to a quarter


@dataclass(frozen=True)
class Sketch:
    """The result of one operation: its length, and its products with random weights."""

    operation: str
    length: float
    products: Tensor

    @classmethod
    def of(cls, operation: str, result: Tensor) -> Sketch:
        """Of its finite elements, in units that no square of one overflows."""
        values = torch.nan_to_num(result.detach().double().flatten(), 0.0, 0.0, 0.0)
        scale = float(values.abs().max()) if values.numel() else 0.0
        generator = torch.Generator().manual_seed(0)  # the same weights in every run
        unit = values / (scale or 1.0)
        products = [
            unit @ torch.randn(values.numel(), generator=generator, dtype=torch.float64)
            for _ in range(PRODUCTS)
        ]
        return cls(operation, scale * float(unit.norm()), scale * torch.stack(products))


def exploded_at(quiet: Sequence[Sketch], noisy: Sequence[Sketch]) -> Message | str:
    """The first operation of which noise made another result, in words; "" where none is."""
    for k, (plain, moved) in enumerate(zip(quiet, noisy, strict=False)):
        # such a product is as large as what it is of is long, whatever the number of elements
        change = (moved.products - plain.products) / (plain.length or torch.inf)
        if float(change.norm()) / PRODUCTS**0.5 > MUCH:
            name = plain.operation.strip("_")
            return message("from operation {k}, {name}, on", k=k + 1, name=name)
    return ""
