"""Results that are nested in tuples, lists and mappings: every array of them by a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def leaves(name: str, value: Any) -> dict[str, Any]:
    """``{"output": a}``, or ``{"output/0": a, "output/hidden": b}``; None has no name."""
    if value is None:
        return {}
    parts = _parts(value)
    if parts is None:
        return {name: value}
    named: dict[str, Any] = {}
    for key, part in parts.items():
        named |= leaves(f"{name}/{key}", part)
    return named


def rebuilt(f: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    """The same structure with f(name, leaf) in place of each leaf."""
    parts = None if value is None else _parts(value)
    if parts is None:
        return None if value is None else f(name, value)
    again = {key: rebuilt(f, f"{name}/{key}", part) for key, part in parts.items()}
    return again if isinstance(value, Mapping) else tuple(again.values())


def _parts(value: Any) -> dict[Any, Any] | None:
    # by type and not by iter(): an array or a tensor can be iterated, and is one leaf
    if isinstance(value, Mapping):
        return dict(value)
    return dict(enumerate(value)) if isinstance(value, (tuple, list)) else None
