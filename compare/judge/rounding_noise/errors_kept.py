"""How large the roundings of each operation are, kept from one noisy run for the next.

All take the same branches, so that their operations are the same, and of numbers that differ by
rounding alone. Of a small array the size of an error takes longer to find than the result itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from compare.judge.rounding_noise.operation_errors import OperationError

SMALL = 2**18  # elements; of more, few are kept before there are too many
MOST = 2**25  # elements in all: 256 MiB


@dataclass(frozen=True)
class AbsoluteError:
    """By how much a result may be off: ``largest``, in float64, and 0 where nothing rounds.

    ``flushed``: where instead it may be anything from 0 to ``flushed_below``, the smallest normal
    number · ``terms`` that an element is made of.
    """

    largest: Tensor
    terms: int = 1
    flushed: Tensor | None = None
    flushed_below: float = 0.0

    @classmethod
    def of(cls, error: OperationError, dtype: torch.dtype) -> AbsoluteError:
        """Of an error in units of the format's eps."""
        info = torch.finfo(dtype)
        largest = info.eps * error.size
        # one subnormal a term, where there is something to round: underflow rounds to those
        largest.add_(error.size.sign(), alpha=error.terms * info.smallest_normal * info.eps)
        if error.exact is not None:
            largest = torch.where(error.exact, 0.0, largest)
        # what is not finite has no rounding
        largest.nan_to_num_(0.0, 0.0, 0.0)
        return cls(largest, error.terms, error.flushed, info.smallest_normal)


class ErrorsKept:
    """Of every operation, in order; None of one that was too large to keep."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, tuple[int, ...], AbsoluteError | None]] = []
        self._next = self._elements = 0

    def again(self) -> ErrorsKept:
        """The same, from the first operation on."""
        self._next = 0
        return self

    def of(self, name: str, out: Tensor, measure: Callable[[], AbsoluteError]) -> AbsoluteError:
        """That of the next operation: the one that was kept, or of this run."""
        k, self._next = self._next, self._next + 1
        if k < len(self._kept):
            kept, shape, error = self._kept[k]
            if (kept, shape) == (name, tuple(out.shape)):
                return measure() if error is None else error
            del self._kept[k:]  # another program than before: all anew
        error = measure()
        elements = error.largest.numel() + (0 if error.flushed is None else error.flushed.numel())
        fits = elements <= SMALL and self._elements + elements <= MOST
        self._elements += elements if fits else 0
        self._kept.append((name, tuple(out.shape), error if fits else None))
        return error
