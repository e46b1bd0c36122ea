"""The generators of random numbers that code draws from, set to one start."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

_PLAIN = (dict, list, tuple)


def reseed(
    root: Any, names: Mapping[str, Any], seed: int, is_own: Callable[[type], bool]
) -> list[Callable[[], None]]:
    """Start the common ones, those among global names and those inside an object anew.

    Returns what puts each of them back.
    """
    back: list[Callable[[], None]] = [
        partial(random.setstate, random.getstate()),
        partial(np.random.set_state, np.random.get_state()),
    ]
    random.seed(seed)
    np.random.seed(seed)
    for generator in _generators([root, *names.values()], is_own):
        bits = (
            generator.bit_generator
            if isinstance(generator, np.random.Generator)
            else generator._bit_generator
        )
        back.append(partial(setattr, bits, "state", bits.state))
        bits.state = type(bits)(seed).state
    return back


def _generators(
    values: list[Any], is_own: Callable[[type], bool]
) -> Iterator[np.random.Generator | np.random.RandomState]:
    seen: set[int] = set()
    waiting = [(value, 0) for value in values]
    while waiting:
        value, depth = waiting.pop()
        kind = type(value)
        if id(value) in seen or depth > 3:
            continue
        seen.add(id(value))
        if kind in (np.random.Generator, np.random.RandomState):
            yield value
        elif kind in _PLAIN:
            inside = value.values() if kind is dict else value
            waiting += [(v, depth + 1) for v in list(inside)[:100]]
        elif is_own(kind) and hasattr(value, "__dict__") and not isinstance(value, type):
            waiting += [(v, depth + 1) for v in list(vars(value).values())]
