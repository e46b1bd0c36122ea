"""Passes that take nothing: in which attributes, or entries of one, a network has its data."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from compare.check.calling.networks import weights
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Handle

Slot = tuple[str, Any]  # an attribute, and a key where it is a dictionary, or None


def slots_of(subject: Subject, net: Handle) -> dict[str, Slot]:
    """x and d → where a network that was just made has nothing, and its passes read something."""
    methods = subject.found.methods
    forward = [n for n in methods if part_of(n) in (Part.FORWARD, Part.PREDICT)]
    if not forward or any(calls.needed(methods[n]) for n in forward):
        return {}
    held = weights.attribute(subject, net, "__dict__")
    read, written = _slots(subject.found.source)
    empty = [s for n in forward for s in read.get(n, ()) if _is_empty(held, s)]
    inputs = [s for s in dict.fromkeys(empty) if s not in written.get(forward[0], ())]
    behind = [n for n in methods if part_of(n) in (Part.BACKWARD, Part.LOSS)]
    wanted = dict.fromkeys(s for n in behind for s in read.get(n, ()) if _is_empty(held, s))
    own = {s for n in (*forward, *behind) for s in written.get(n, ())}
    targets = [s for s in wanted if s not in inputs and s not in own]
    if len(inputs) != 1 or len(targets) > 1:
        return {}
    return dict(zip(("x", "d"), (*inputs, *targets), strict=False))


def fill(
    subject: Subject, net: Handle, slots: Mapping[str, Slot], known: Mapping[str, Any]
) -> None:
    """Puts the data where the passes look for them."""
    for role, (attribute, key) in slots.items():
        value = known[role]
        if key is not None:
            kept = weights.attribute(subject, net, attribute)
            value = {**(kept if isinstance(kept, dict) else {}), key: value}
        subject.box.set(net, attribute, value)


def _is_empty(held: Any, slot: Slot) -> bool:
    attribute, key = slot
    value = held.get(attribute) if isinstance(held, dict) else None
    return value is None or key is not None and isinstance(value, dict) and value.get(key) is None


@lru_cache(maxsize=64)
def _slots(source: str) -> tuple[dict[str, list[Slot]], dict[str, list[Slot]]]:
    """Method → what it reads of the object, and what it sets in it, in order."""
    read: dict[str, list[Slot]] = {}
    written: dict[str, list[Slot]] = {}
    for method in (n for n in ast.walk(tree_of(source)) if isinstance(n, ast.FunctionDef)):
        called = {id(n.func) for n in ast.walk(method) if isinstance(n, ast.Call)}
        keyed: set[int] = set()
        for node in ast.walk(method):
            slot, inner = _slot(node)
            if slot and id(inner) not in keyed and id(node) not in called:
                keyed.add(id(inner))
                by = read if isinstance(getattr(node, "ctx", None), ast.Load) else written
                by.setdefault(method.name, []).append(slot)
    return read, written


def _slot(node: ast.AST) -> tuple[Slot | None, ast.AST | None]:
    """``self.x``, and ``self.data["x"]`` where the first is met before what is inside."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if isinstance(node.slice.value, str) and _is_own(node.value):
            assert isinstance(node.value, ast.Attribute)
            return (node.value.attr, node.slice.value), node.value
    if _is_own(node):
        assert isinstance(node, ast.Attribute)
        return (node.attr, None), node
    return None, None


def _is_own(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )
