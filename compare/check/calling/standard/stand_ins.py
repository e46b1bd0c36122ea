"""What a part is handed in place of numbers: an optimizer, a schedule, a container of arrays."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling import schedules
from compare.check.calling.optimizers.holders import EMPTY
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle, Parameter

OPTIMIZER, KEPT = "optimizer", "kept"  # of what is handed over, and is no role of any line
AFTER = "after"  # the schedule that another one hands on to
CONTAINERS = ("", "array", "dict", "list")  # of one value of a series, by form
KEY = "W1"


def after(step: float) -> float:
    """A schedule that falls."""
    return 0.7 / (1.3 + step)


_AFTER = "lambda step: 0.7 / (1.3 + step)"


def rate_attribute(subject: Subject, p: Parameter) -> str:
    """What the rate of the optimizer that a parameter is is called, or ""."""
    is_one = schedules.optimizer_of([p]) == p.name
    return schedules.rate_of(subject.found.source, p.name) if is_one else ""


def is_called(subject: Subject, name: str) -> bool:
    """Whether it calls that argument, or the attribute that keeps it."""
    return bool(re.search(rf"(?<!def )(?<!\w){name}\(", subject.found.source))


def is_state(subject: Subject, p: Parameter) -> bool:
    """Whether it is a field of a dataclass that its methods change: count: int = 0."""
    source = subject.found.source
    changed = rf"\bself\.{p.name}\b[^=<>!\n]*(?<![<>!])=(?!=)"
    return not p.required and "def __init__" not in source and bool(re.search(changed, source))


def is_only_kept(source: str, method: str, name: str) -> bool:
    """Whether a method does nothing with an argument but keep it, or a copy of it."""
    body = next((n for n in ast.walk(tree_of(source))
                 if isinstance(n, ast.FunctionDef) and n.name == method), None)  # fmt: skip
    if body is None:
        return False
    kept: set[int] = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("self."):
            if re.fullmatch(rf"(\w+\.)*(copy|deepcopy)?\(?{name}(\.copy\(\))?\)?|"
                            rf"{{.*\.copy\(\) for .* in {name}\.items\(\)}}",
                            ast.unparse(node.value)):  # fmt: skip
                kept |= {id(n) for n in ast.walk(node.value)}
    uses = [n for n in ast.walk(body) if isinstance(n, ast.Name) and n.id == name]
    return bool(uses) and all(id(n) in kept for n in uses)


def instead(
    subject: Subject, p: Parameter, made: bool, method: str, roles: tuple[str, ...]
) -> tuple[str, ...]:
    """What a parameter is, of the constructor or of a method, that is handed no numbers."""
    if made and rate_attribute(subject, p):
        return (*(r for r in roles if r == "lr"), OPTIMIZER)
    if AFTER in roles and is_called(subject, p.name):
        return (AFTER,)
    only = p.required and method and not made
    return (KEPT,) if only and is_only_kept(subject.found.source, method, p.name) else ()


def of_assigned(
    subject: Subject, own: set[str], assigned: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameter → what it is handed that is no number; ``own``: those of the constructor."""
    found: dict[str, Any] = {}
    for name, role in assigned.items():
        p = Parameter(name, True)
        if role in ("lr", OPTIMIZER) and name in own and rate_attribute(subject, p):
            found[name] = optimizer(subject, p, values["lr"] if role == "lr" else 1.0)
        elif role == AFTER:
            found[name] = schedule(subject)
        elif role == KEPT:
            found[name] = {KEY: np.zeros(2)}
    return found


def of_fed(value: Any, form: int) -> Any:
    """One value of a series, in the container of a form."""
    container = CONTAINERS[form] if np.ndim(value) else ""
    if container == "dict":
        return {KEY: np.copy(value)}
    return [np.copy(value)] if container == "list" else value


def is_alike(form: int, theirs: str) -> bool:
    """Whether its own script hands over such values."""
    container = CONTAINERS[form]
    return theirs.split()[0] == (container or "number")


def optimizer(subject: Subject, p: Parameter, rate: float) -> Handle:
    """An object with that rate and nothing else."""
    made = subject.box.define(EMPTY)
    subject.box.set(made, rate_attribute(subject, p), rate)
    return made


def schedule(subject: Subject) -> Handle:
    """``after``, as what it can call."""
    return subject.box.define(_AFTER)


def read_of(
    subject: Subject, made: Handle, called: str, optimizers: Mapping[str, Handle], key: str
) -> dict[str, Any]:
    """What can be read of an object, and of the optimizer whose rate it sets, after a call."""
    box, read = subject.box, {}
    for p in subject.found.parameters:
        if p.name in optimizers:
            read[p.name] = box.get(optimizers[p.name], rate_attribute(subject, p))
    for name, parameters in subject.found.methods.items():
        asked = [p for p in parameters if p.required]
        args = [key] if key and len(asked) == 1 else []
        if name.startswith("_") or name == called or len(asked) != len(args):
            continue
        if not _gives(subject.found.source, name):
            continue  # reset() is no reading
        try:
            read[name] = box.method(made, name, *args).value
        except Failed:
            continue
    return read


def _gives(source: str, method: str) -> bool:
    """Whether a method returns something; of one that is inherited there is no telling."""
    own = [n for n in ast.walk(tree_of(source))
           if isinstance(n, ast.FunctionDef) and n.name == method]  # fmt: skip
    returned = (n for f in own for n in ast.walk(f) if isinstance(n, (ast.Return, ast.Yield)))
    return not own or any(n.value is not None for n in returned)
