"""The parameters of a small network, as one row of numbers and in the containers that people use.

The probes of update rules hold all parameters end to end in ``p``, and one row of gradients a step
in ``g``: what an update rule does to one element does not depend on the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.language.message import message

NAMES = ("W1", "b1", "W2", "b2")
DICT, PREFIXED, LIST, ARRAY, SPREAD = "dict", "prefixed", "list", "array", "spread"  # layouts
NESTED = "nested"  # a list of weights and biases, layer by layer

OF_SUMS = Text(
    "the gradients are sums, which it divides by the number of samples",
    "勾配は和で渡し、サンプル数で割る形",
)


def split(row: Any, shapes: Any) -> dict[str, Any]:
    """Name → tensor; of an array or of numbers that carry their error."""
    tensors, start = {}, 0
    for name, shape in zip(NAMES, shapes, strict=True):
        sizes = [int(n) for n in shape]
        end = start + math.prod(sizes)
        tensors[name] = row[start:end].reshape(*sizes)
        start = end
    return tensors


def places(shapes: Any) -> np.ndarray:
    """For every element of the row, the number of the tensor that it is in: 0, 1, ..."""
    return np.repeat(np.arange(len(NAMES)), [int(np.prod(shape)) for shape in shapes])


def packed(layout: str, tensors: Mapping[str, np.ndarray], prefix: str = "") -> Any:
    """Tensors in the container of a layout; ``prefix`` d: gradients, where they are named so."""
    if layout == LIST:
        # copies: a rule may change in place what it is handed
        return [np.copy(a) for a in tensors.values()]
    if layout == NESTED:
        arrays = [np.copy(a) for a in tensors.values()]
        return [*zip(arrays[::2], arrays[1::2], strict=True)]
    if layout == ARRAY:
        (only,) = tensors.values()
        return np.copy(only)
    named = prefix if layout == PREFIXED else ""
    return {named + name: np.copy(a) for name, a in tensors.items()}


def of_each(layout: str, values: Mapping[str, Any]) -> Any:
    """What there is of each tensor in the container of a layout: their shapes."""
    if layout == LIST:
        return list(values.values())
    if layout == NESTED:
        each = list(values.values())
        return [*zip(each[::2], each[1::2], strict=True)]
    return next(iter(values.values())) if layout == ARRAY else dict(values)


def unpacked(layout: str, value: Any, names: Any) -> dict[str, Any]:
    """What ``packed`` made of the parameters, back by name.   Raises ValueError."""
    if layout == LIST and isinstance(value, (list, tuple)) and len(value) == len(names):
        return dict(zip(names, value, strict=True))
    if layout == NESTED and is_nested(value, len(names)):
        return dict(zip(names, (a for pair in value for a in pair), strict=True))
    if layout in (DICT, PREFIXED) and isinstance(value, dict) and set(names) <= set(value):
        return {name: value[name] for name in names}
    if layout == ARRAY and isinstance(value, (np.ndarray, np.generic, float)):
        return dict.fromkeys(names, value)
    raise no_parameters(value)


def is_nested(value: Any, count: int) -> bool:
    """Whether it is a list of as many arrays, weights and biases layer by layer."""
    pairs = value if isinstance(value, (list, tuple)) else ()
    of_two = all(isinstance(p, (list, tuple)) and len(p) == 2 for p in pairs)
    if not of_two or 2 * len(pairs) != count:
        return False
    return all(isinstance(a, np.ndarray) for pair in pairs for a in pair)


def no_parameters(value: Any) -> ValueError:
    """What is raised of a result that is none."""
    kind = type(value).__name__
    return ValueError(message("it gives {kind} in place of the parameters", kind=kind))


def containers(subject: Subject, layout: str) -> tuple[str, ...]:
    """The global names of a function's arrays: in lists, or in dicts of one array each.

    None are told where it sets global names: what it counts there would go on from call to call.
    """
    source = subject.found.source
    names = tuple(dict.fromkeys(re.findall(r"(?<![\w.])([A-Za-z_]\w*)\s*\[", source)))
    if re.search(r"^\s*global\b", source, re.MULTILINE) or not names:
        return ()
    there = subject.box.attributes(subject.box.globals_of(subject.found.name), names)
    kind = list if layout == LIST else dict
    return tuple(n for n, v in there.items() if isinstance(v, kind) and _of_arrays(v))


def _of_arrays(kept: Any) -> bool:
    values = list(kept.values() if isinstance(kept, dict) else kept)
    return bool(values) and all(isinstance(v, (np.ndarray, float)) for v in values)
