"""Numbers that a training loop counts by itself, and would lose where it is resumed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import GeneratorType
from typing import Any

Number = bool | int | float


def counts(program: Any, package: str) -> dict[str, Number]:
    """Every number that a package holds between two steps, by where it stands.

    In its modules, in the loop's own variables, and in the network and the optimizer of the loop.
    """
    numbers = dict(_numbers(_globals(package)))
    variables = _variables(program)
    # what ``training`` in cases.programs calls its loop's variables
    for name in ("steps", "net", "optimizer"):
        for where, members in _inside(name, variables.get(name)):
            numbers |= {f"{where}.{key}": number for key, number in _numbers(members)}
    return numbers


def _inside(name: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The variables of a loop and of the loop in it; the attributes of a network and its layers."""
    members = _variables(value) if isinstance(value, GeneratorType) else _attributes(value)
    yield name, members
    for member in members.values():
        if isinstance(member, GeneratorType):
            yield from _inside(name, member)
    layers = members.get("layers")
    for k, layer in enumerate(layers if isinstance(layers, list) else []):
        yield f"{name}.layers.{k}", _attributes(layer)


def _variables(program: Any) -> Mapping[str, Any]:
    # a suspended generator keeps its local variables in its frame; of one that ended there is none
    frame = getattr(program, "gi_frame", None)
    return dict(frame.f_locals) if frame else {}


def _attributes(value: Any) -> Mapping[str, Any]:
    return dict(getattr(value, "__dict__", {}))


def _globals(package: str) -> dict[str, Any]:
    modules = {n: m for n, m in sys.modules.items() if n.split(".")[0] == package}
    return {
        f"{name}.{key}": value
        for name, module in modules.items()
        for key, value in vars(module).items()
    }


def _numbers(values: Mapping[str, Any]) -> Iterator[tuple[str, Number]]:
    for name, value in values.items():
        # 0-d arrays and tensors count as well as Python numbers
        plain = value.item() if getattr(value, "shape", None) == () else value
        if isinstance(plain, (bool, int, float)):
            yield name, plain
