"""``watch="*"``: every submodule of the reference whose output yours has by the same name."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from compare.core.implementation import Implementation
from compare.equivalence.callee import Callee, is_module
from compare.equivalence.passes import Pair, is_buffer, passes
from compare.language.message import Message, message
from compare.system.errors import UsageError

EVERY = "*"
SHOWN = 6  # names


def every_submodule(reference: Any) -> list[str]:
    """The names of all; of one that has several the first.   Raises UsageError for no module."""
    if not is_module(reference):
        raise UsageError(
            f"watch={EVERY!r} is of the submodules of the reference, which is no nn.Module: name "
            "intermediates by compare.watch"
        )
    return [path for path, _ in reference.named_modules() if path]


def names_of(
    pair: Pair, callee: Callee, side: Implementation, values: Mapping[str, np.ndarray]
) -> list[str]:
    """All that a call of that side watches, in order, and until it raises."""
    # in float64 and in silence: this run only asks for names, another one is judged
    arrays = {
        k: side.given(v.astype(float) if v.dtype.kind == "f" else v) for k, v in values.items()
    }
    every = replace(pair, watched=None, backward=False)
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"), suppress(Exception):
        return list(next(passes(every, callee, side, arrays)).values)
    return []


def in_both(mine: Sequence[str], reference: Sequence[str]) -> frozenset[str]:
    """The names that are compared of those that each side watches."""
    # what is named as a buffer is compared as such, and missed where one side alone has it
    buffers = filter(is_buffer, (*mine, *reference))
    return frozenset((*(set(mine) & set(reference)), *buffers))


def notes(mine: Sequence[str], reference: Sequence[str]) -> Iterator[Message]:
    """What one side alone has a name for."""
    both = in_both(mine, reference)
    if not both:
        yield message(
            'watch="*" found no name in yours that a submodule of the reference has: give one by '
            'compare.watch("{first}", ...)',
            first=reference[0] if reference else "",
        )
        return
    sides = ((message("the reference"), reference), (message("yours"), mine))
    for side, names in sides:
        alone = [name for name in names if name not in both]
        if alone:
            yield message(
                'watch="*" compared {n} intermediates; {side} alone has {names}',
                n=len(both),
                side=side,
                names=_shown(alone),
            )


def _shown(names: Collection[str]) -> str:
    return ", ".join(list(names)[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
