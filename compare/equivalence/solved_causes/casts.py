"""A cast to a coarser format in another place: before or behind a weight, say, or left out.

One cast after the other is left out of a pass forward; what comes out is then the other side's, as
it is or once it is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.language.message import Message, message

MOST = 24  # casts, of which each takes a pass forward
# What comes out of a pass whose calls are made in that context; None where it lacks the name.
Compute = Callable[[AbstractContextManager[Any]], np.ndarray | None]


class Casts(TorchDispatchMode):
    """Keeps the formats of all casts inside that round, and leaves one of them out."""

    def __init__(self, without: int | None = None) -> None:
        super().__init__()
        self.without = without
        self.formats: list[torch.dtype] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        if func is torch.ops.aten._to_copy.default and _rounds(args[0], out):
            self.formats.append(out.dtype)
            if len(self.formats) - 1 == self.without:
                return args[0].clone()
        return out


def _rounds(source: torch.Tensor, out: torch.Tensor) -> bool:
    both = source.is_floating_point() and out.is_floating_point()
    return both and torch.finfo(out.dtype).eps > torch.finfo(source.dtype).eps


def other_casts(compute: Compute, wanted: np.ndarray, of_yours: bool) -> Message | str:
    """Which cast of a side has to be left out, or made behind what follows it, for the other's."""
    casts = Casts()
    compute(casts)
    whose = message("yours") if of_yours else message("the reference")
    becomes = message("the reference's") if of_yours else message("yours")
    for k, format in enumerate(casts.formats[:MOST]):
        there = compute(Casts(k))
        if there is None or there.shape != wanted.shape:
            continue
        rounded = torch.from_numpy(there).to(format).double().numpy()
        how: Message | str = ""
        if same_numbers(wanted, there):
            how = message("without it")
        elif same_numbers(wanted, rounded):
            how = message("with that made behind what follows it")
        if how:
            return message(
                "a cast in another place: {whose} casts to {format} (cast {k} of {n}), and {how} "
                "it is {becomes}",
                whose=whose,
                format=str(format).removeprefix("torch."),
                k=k + 1,
                n=len(casts.formats),
                how=how,
                becomes=becomes,
            )
    return ""
