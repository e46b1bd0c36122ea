"""A choice of the reference's modules with which it would be yours: a truth value, or a word."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import nn

from compare.equivalence.solved_settings import another
from compare.language.message import Message

MOST = 24  # tries, of which each takes a pass forward of the reference
QUOTED = re.compile(r"[`'\"]([A-Za-z_]+)[`'\"]")

Choice = tuple[str, Any, Any, tuple[str, ...]]  # name, what it is, what it may be, in which parts


def chosen(module: nn.Module, is_mine: Callable[[Sequence[str], str, Any], bool]) -> Message | str:
    """Which choice, made otherwise in some parts, gives yours; "" where none does."""
    for name, before, value, paths in _choices(module):
        if is_mine(paths, name, value):
            return another(module, name, repr(value), repr(before), paths)
    return ""


def _choices(module: nn.Module) -> list[Choice]:
    """Every choice: in all parts that have it alike together, then in each by itself."""
    alone = [
        (name, before, value, (path,))
        for path, part in module.named_modules()
        for name, before, value in _of_part(part)
    ]
    together: dict[tuple[str, str, str], list[Choice]] = {}
    for choice in alone:
        together.setdefault((choice[0], repr(choice[1]), repr(choice[2])), []).append(choice)
    groups = [
        (*several[0][:3], tuple(path for choice in several for path in choice[3]))
        for several in together.values()
        if len(several) > 1
    ]
    return [*groups, *alone][:MOST]


def _of_part(part: nn.Module) -> Iterator[tuple[str, Any, Any]]:
    """Truth values the other way; words for which its documentation quotes others."""
    annotations = _annotations(type(part))
    for name, value in vars(part).items():
        if name.startswith("_"):
            continue
        if isinstance(value, bool):
            yield name, value, not value
        elif value is None and "bool" in annotations.get(name, ""):
            yield from ((name, value, other) for other in (True, False))
        elif isinstance(value, str):
            words = dict.fromkeys(QUOTED.findall(inspect.getdoc(type(part)) or ""))
            yield from ((name, value, word) for word in words if word != value)


def _annotations(kind: type[nn.Module]) -> dict[str, str]:
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: str(p.annotation) for p in parameters}
