"""Results nested in tuples, lists, mappings and dataclasses: every array of them by a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
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


def in_real_numbers(named: Mapping[str, Any]) -> dict[str, Any]:
    """Complex arrays and tensors as two each: ``output/real`` and ``output/imag``."""
    real: dict[str, Any] = {}
    for name, value in named.items():
        parts = ("real", "imag") if _is_complex(value) else ()
        real |= {f"{name}/{part}": getattr(value, part) for part in parts} or {name: value}
    return real


def _is_complex(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if isinstance(value, complex):
        return True
    return getattr(dtype, "kind", "") == "c" or bool(getattr(dtype, "is_complex", False))


def rebuilt(f: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    """The same structure with f(name, leaf) in place of each leaf; a mapping for a dataclass."""
    parts = None if value is None else _parts(value)
    if parts is None:
        return None if value is None else f(name, value)
    again = {key: rebuilt(f, f"{name}/{key}", part) for key, part in parts.items()}
    return tuple(again.values()) if isinstance(value, (tuple, list)) else again


def _parts(value: Any) -> dict[Any, Any] | None:
    # by type and not by iter(): an array or a tensor can be iterated, and is one leaf
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(enumerate(value)) if isinstance(value, (tuple, list)) else None
