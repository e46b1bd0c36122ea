"""How large the roundings of each operation are, kept from one noisy run for the next.

All take the same branches, so that their operations are the same, and of numbers that differ by
rounding alone. Of a small array the size of an error takes longer to find than the result itself.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from compare.judge.rounding_noise.operation_errors import OperationError

SMALL = 2**18  # elements; of more, few are kept before there are too many
MOST = 2**25  # elements in all: 256 MiB


class ErrorsKept:
    """Of every operation, in order; None of one that was too large to keep."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, tuple[int, ...], OperationError | None]] = []
        self._next = self._elements = 0

    def again(self) -> ErrorsKept:
        """The same, from the first operation on."""
        self._next = 0
        return self

    def of(self, name: str, out: Tensor, measure: Callable[[], OperationError]) -> OperationError:
        """That of the next operation: the one that was kept, or of this run."""
        k, self._next = self._next, self._next + 1
        if k < len(self._kept):
            kept, shape, error = self._kept[k]
            if (kept, shape) == (name, tuple(out.shape)):
                return measure() if error is None else error
            del self._kept[k:]  # another program than before: all anew
        error = measure()
        masks = [mask.numel() for mask in (error.exact, error.flushed) if mask is not None]
        elements = error.size.numel() + sum(masks)
        fits = elements <= SMALL and self._elements + elements <= MOST
        self._elements += elements if fits else 0
        self._kept.append((name, tuple(out.shape), error if fits else None))
        return error
