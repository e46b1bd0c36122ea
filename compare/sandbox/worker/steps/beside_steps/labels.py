"""Labels of -1 and 1, where the loss is a binary cross-entropy, which takes shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.beside_steps.units import made_by
from compare.sandbox.worker.steps.explained import multiple
from compare.sandbox.worker.steps.finding import Beside
from compare.sandbox.worker.steps.observe import Look, with_outputs


def labels_are_signs(look: Look) -> Iterator[Beside]:
    """The labels of which a turn is a step along that loss.   Raises Late."""
    names = [n for n, v in look.turn.names.items() if _are_signs(v)]
    if not look.explained or not names:
        return
    slope = look.slopes[look.by]
    for given in (False, True):
        apart = replace(
            look, numbers=[*look.numbers], slopes=[*look.slopes], batches=[*look.batches]
        )
        with_outputs(apart, given)
        for number, usual in zip(apart.numbers, apart.slopes, strict=True):
            if number.usual != "binary_cross_entropy" or not _are_signs(number.target):
                continue
            same = multiple(slope.value, usual, look.size(usual))
            if same and same.whole:
                places = (made_by(look.turn, n) for n in names)
                place = next((p for p in places if p[0]), ("", look.turn.loop.line))
                yield Beside("labels_are_signs", {"name": names[0]}, names[0], -1.0, 0.0, *place)
                return


def _are_signs(value: Any) -> bool:
    """Whether it is an array of -1 and 1, and nothing else."""
    real = isinstance(value, np.ndarray) and value.dtype.kind in "fi" and value.size > 1
    return bool(real and np.array_equal(np.unique(value), [-1, 1]))
