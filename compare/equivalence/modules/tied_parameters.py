"""Parameters that are one tensor in the modules of a pair: given to yours by each of the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from compare.core.arrays import same_bits
from compare.equivalence.arguments import Arguments
from compare.language.message import Message, message

Names = Mapping[str, str | Sequence[str]]


def tied(
    modules: Sequence[tuple[nn.Module, Names]],
    params: Mapping[str, np.ndarray],
    axes: Mapping[str, Sequence[int]],
) -> dict[str, str]:
    """Parameter → an earlier one that is the same tensor wherever it is, and is given the same.

    modules: each with what parameters are called in it, as ``names`` says.
    """
    held = [_tensors(module) for module, _ in modules]
    seen: dict[tuple[int, int], str] = {}  # the module and its tensor → the first parameter of it
    one_with: dict[str, str] = {}
    for param, value in params.items():
        if param in axes:
            continue
        names = [names.get(param, param) for _, names in modules]
        places = [
            (k, id(held[k][name]))
            for k, name in enumerate(names)
            if isinstance(name, str) and name in held[k]
        ]
        # of a module that lacks the name, nothing says that it has two
        others = {seen.get(place) for place in places}
        other = others.pop() if len(others) == 1 else None
        # two for one and the same name are another thing, which ``places`` refuses
        same = other is not None and names == [n.get(other, other) for _, n in modules]
        if other is not None and not same and same_bits(value, params[other]):
            one_with[param] = other
        seen |= {place: param for place in places if place not in seen}
    return one_with


def _tensors(module: nn.Module) -> dict[str, Any]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def as_one(
    arguments: Arguments, values: Mapping[str, np.ndarray], one_with: Mapping[str, str]
) -> tuple[Arguments, dict[str, np.ndarray]]:
    """The arguments and their values without the second names of what is tied."""
    params = tuple(param for param in arguments.params if param not in one_with)
    left = {name: value for name, value in values.items() if name not in one_with}
    return replace(arguments, params=params, tied=one_with), left


def notes(arguments: Arguments) -> Iterator[Message]:
    """That they have one gradient."""
    for first in dict.fromkeys(arguments.tied.values()):
        several = [name for name, other in arguments.tied.items() if other == first]
        yield message(
            "{names}: one parameter with {first}, and one gradient, that of {first}",
            names=", ".join(several),
            first=first,
        )
