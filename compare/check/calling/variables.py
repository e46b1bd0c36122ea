"""Variables that keep what they were computed from, and differentiate it: how they are used.

Nothing is told by names: the value is the attribute that holds what the constructor was given, the
way back is the method that changes another attribute of the variables before it: the gradient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import real
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle
from compare.system.torch_settings import loaded

OF_VARIABLES = "autograd.other"  # of the concept
_ATTRIBUTE = re.compile(r"\bself\.(\w+)")

# As they are written, for a submission's variables and torch's tensors alike.
OPERATORS = (
    "a + b", "a - b", "a * b", "a / b", "a @ b", "-a", "a + 2.0", "2.0 + a", "a - 2.0", "2.0 - a",
    "a * 3.0", "3.0 * a", "a / 2.0", "2.0 / a", "a ** 2", "a ** 3", "a ** -1",
)  # fmt: skip
TWICE = ("a + a", "a * a", "a * b + a", "a @ a")
# What is used twice was itself computed, and hands on what reaches it.
SHARED = {
    "c * c + c, c = a * b": "(lambda c: c * c + c)(a * b)",
    "d * c + d, d = c + a, c = a * b": "(lambda c: (lambda d: d * c + d)(c + a))(a * b)",
}
_POINTS = 3


@dataclass(frozen=True)
class Usage:
    """The attributes of a variable's value and gradient, its way back, and what it is made of.

    ``of_arrays``: whether it holds an array, whatever it is made of.
    """

    value: str
    grad: str
    backward: str
    made_of: Callable[[np.ndarray], Any]
    of_arrays: bool


@dataclass(frozen=True, eq=False)
class Differentiated:
    """An expression with its value and gradients at some points: the submission's, and torch's."""

    expression: str
    mine: Mapping[str, np.ndarray]
    torch: Mapping[str, np.ndarray]


# A number, an array without axes, a matrix: the values of a and b at a point.
_KINDS: tuple[tuple[Callable[[np.ndarray], Any], tuple[int, ...]], ...] = (
    (float, ()),
    (np.array, ()),
    (np.array, (2, 2)),
)


def is_made_of_one(subject: Subject) -> bool:
    """Whether a class is made of one value, and has a method that wants nothing."""
    free = (p for p in subject.found.methods.values() if not any(q.required for q in p))
    return subject.found.kind == "class" and len(subject.required) == 1 and any(True for _ in free)


def differentiated(subject: Subject, numbers: np.ndarray) -> Iterator[Differentiated]:
    """Every expression that it takes, at several points.   Raises Failed."""
    for made_of, shape in _KINDS:
        size = int(np.prod(shape))
        points = numbers[: 2 * _POINTS * size].reshape(_POINTS, 2, *shape)
        usage = _usage(subject, made_of, points[0])
        if usage is None:
            continue
        for text, mine, theirs in _expressions(subject):
            if found := _at_all(subject, usage, text, mine, theirs, points):
                yield found
        if not usage.of_arrays:
            return


def _usage(
    subject: Subject, made_of: Callable[[np.ndarray], Any], point: np.ndarray
) -> Usage | None:
    """How it is used; None where nothing makes another variable of two, or no method goes back."""

    def computed(operation: Operation) -> tuple[Handle, Handle] | None:
        """A variable, and what it makes with another."""
        try:
            a, b = (subject.call(made_of(each)) for each in point)
            result = operation(subject, a, b)
        except Failed:
            return None
        return (a, result) if _is_like(result, a) else None

    operation = next((f for _, f, _ in _expressions(subject) if computed(f)), None)
    if operation is None:
        return None
    names = tuple(dict.fromkeys(_ATTRIBUTE.findall(subject.found.source)))
    for name, parameters in subject.found.methods.items():
        made = None if any(p.required for p in parameters) else computed(operation)
        if made is None:
            continue
        try:
            before = dict(subject.box.attributes(made[0], names))
            subject.box.method(made[1], name)
            after = dict(subject.box.attributes(made[0], names))
        except Failed:
            continue
        values = [n for n, v in before.items() if _is(v, point[0])]
        moved = [n for n in after if n not in values and not _equal(before.get(n), after[n])]
        grads = [n for n in moved if _number(subject, after[n], values) is not None]
        if values and grads:
            of_arrays = isinstance(before[values[0]], np.ndarray)
            return Usage(values[0], grads[0], name, made_of, of_arrays)
    return None


def _is_like(result: Any, variable: Any) -> bool:
    held = isinstance(result, Handle) and isinstance(variable, Handle)
    return held and result.type_name == variable.type_name


def _is(value: Any, number: np.ndarray) -> bool:
    held = real(value)
    return held is not None and held.shape == number.shape and np.array_equal(held, number)


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(np.array_equal(np.asarray(one), np.asarray(other)))


def _number(subject: Subject, value: Any, names: list[str]) -> np.ndarray | None:
    """An array; of a gradient that is a variable in its turn its value."""
    if isinstance(value, Handle) and names:
        value = subject.box.attributes(value, names).get(names[0])
    return real(value)


Operation = Callable[[Subject, Handle, Handle], Any]


def _expressions(subject: Subject) -> Iterator[tuple[str, Operation, Callable[[Any, Any], Any]]]:
    """With operators, its own methods, and functions beside it, where torch has the same."""
    torch = loaded()
    plain = {text: text for text in (*OPERATORS, *TWICE)}
    for shown, text in {**plain, **SHARED}.items():
        source = f"lambda a, b: {text}"
        yield shown, _of_text(source), eval(source)  # of the constants above
    for name, parameters in subject.found.methods.items():
        theirs = getattr(torch.Tensor, name, None)
        count = sum(p.required for p in parameters)
        if callable(theirs) and not count:
            yield f"a.{name}()", _of_method(name), partial(_first, theirs)
        elif callable(theirs) and count == 1:
            yield f"a.{name}(b)", _of_method(name, 1), theirs
            yield f"a.{name}(a)", _of_method(name, 0), partial(_with_itself, theirs)
    for found in subject.inventory.found:
        theirs = getattr(torch, found.name, None)
        count = sum(p.required for p in found.parameters)
        if found.kind == "function" and callable(theirs) and count in (1, 2):
            yield from _of_function(found.name, count, theirs)


def _first(function: Callable[[Any], Any], a: Any, b: Any) -> Any:
    return function(a)


def _with_itself(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    return function(a, a)


def _of_text(source: str) -> Operation:
    def operation(subject: Subject, a: Handle, b: Handle) -> Any:
        return subject.box.method(subject.box.define(source), "__call__", a, b).value

    return operation


def _of_method(name: str, other: int | None = None) -> Operation:
    def operation(subject: Subject, a: Handle, b: Handle) -> Any:
        return subject.box.method(a, name, *(() if other is None else ((a, b)[other],))).value

    return operation


def _of_function(
    name: str, count: int, theirs: Callable[..., Any]
) -> Iterator[tuple[str, Operation, Callable[[Any, Any], Any]]]:
    if count == 1:
        yield f"{name}(a)", lambda s, a, b: s.of(name, a), partial(_first, theirs)
    else:
        yield f"{name}(a, b)", lambda s, a, b: s.of(name, a, b), theirs
        yield f"{name}(a, a)", lambda s, a, b: s.of(name, a, a), partial(_with_itself, theirs)


def _at_all(
    subject: Subject,
    usage: Usage,
    text: str,
    operation: Operation,
    theirs: Callable[[Any, Any], Any],
    points: np.ndarray,
) -> Differentiated | None:
    """At those of the points where torch's is finite; None where it does not take them."""
    pairs = []
    for point in points:
        expected = _of_torch(theirs, point)
        if expected is None:
            continue
        mine = _of_submission(subject, usage, operation, point)
        if mine is None:
            return None
        pairs.append((mine, expected))
    if not pairs or {np.shape(mine["y"]) for mine, _ in pairs} != {np.shape(pairs[0][1]["y"])}:
        return None
    own, other = ([each[k] for each in pairs] for k in (0, 1))
    return Differentiated(text, _stacked(own), _stacked(other))


def _stacked(results: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.stack([each[name] for each in results]) for name in results[0]}


def _of_torch(
    operation: Callable[[Any, Any], Any], point: np.ndarray
) -> dict[str, np.ndarray] | None:
    torch = loaded()
    a, b = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in point)
    try:
        y = operation(a, b)
        y.sum().backward()
    except Exception:  # whatever torch says of what it does not take
        return None
    grads = [torch.zeros_like(t) if t.grad is None else t.grad for t in (a, b)]
    found = {n: t.detach().numpy() for n, t in zip(("y", "a", "b"), (y, *grads), strict=True)}
    return found if all(np.isfinite(v).all() for v in found.values()) else None


def _of_submission(
    subject: Subject, usage: Usage, operation: Operation, point: np.ndarray
) -> dict[str, np.ndarray] | None:
    names = [usage.value]
    try:
        a, b = (subject.call(usage.made_of(each)) for each in point)
        result = operation(subject, a, b)
        if not _is_like(result, a):
            return None
        y = _number(subject, result, names)
        subject.box.method(result, usage.backward)
        grads = [_number(subject, _held(subject, each, usage.grad), names) for each in (a, b)]
    except Failed:
        return None
    if y is None:
        return None
    # what nothing came back to may hold None
    full = [np.zeros(point[0].shape) if g is None else g for g in grads]
    if any(g.shape != point[0].shape for g in full):
        full = [np.full(point[0].shape, np.nan) for _ in full]
    return {"y": y, "a": full[0], "b": full[1]}


def _held(subject: Subject, variable: Handle, name: str) -> Any:
    return subject.box.attributes(variable, (name,)).get(name)
