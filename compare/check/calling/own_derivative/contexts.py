"""A forward pass and a way back that hand on, in an object for both, what the second needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, Values, real
from compare.check.calling.own_derivative.functions import values_of
from compare.check.naming.derivative_names import Pair
from compare.check.naming.network_parameters import needed, role_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Handle

_PLAIN = ("__import__('types').SimpleNamespace()", "dict()", "list()")
_CONTEXT = "cache"  # the role


def by_context(pair: Pair) -> bool:
    """Whether forward(ctx, a, b) and backward(ctx, g) of a class: one gradient an argument."""
    if pair.of is None or "." not in pair.of.name or pair.of is pair.derivative:
        return False
    taken, handed = ([role_of(p.name) for p in needed(d.parameters)]
                     for d in (pair.of, pair.derivative))  # fmt: skip
    return len(taken) > 1 and len(handed) == 2 and taken[0] == handed[0] == _CONTEXT


def claims(subject: Subject, pair: Pair, pool: np.ndarray) -> Iterator[Claim]:
    """What the way back claims, beside the first object that takes what the forward pass keeps."""
    forward = pair.of
    if forward is None:
        return
    own = replace(forward, parameters=forward.parameters[1:])
    for make in _contexts(subject):
        for values in values_of(own.parameters, (), pool):
            try:
                yield _claim(subject, forward, make, values)
            except (Failed, TypeError, ValueError):
                continue


def _contexts(subject: Subject) -> Iterator[Callable[[], Any]]:
    for d in subject.inventory.found:
        if d.kind == "class" and not needed(d.parameters) and d.name not in subject.found.name:
            yield partial(subject.beside(d).call)
    yield from (partial(subject.box.define, source) for source in _PLAIN)


def _claim(
    subject: Subject, forward: Definition, make: Callable[[], Any], values: Mapping[str, Any]
) -> Claim:
    """What it claims of these values.   Raises Failed, TypeError, ValueError."""

    def passed(moved: Mapping[str, Any], context: Any) -> Any:
        both = {n: np.copy(v) if isinstance(v, np.ndarray) else v for n, v in
                {**values, **moved}.items()}  # fmt: skip
        return subject.beside(forward).of(forward.name, context, **both)

    def given(up: Any) -> Values:
        context = make()
        passed({}, context)
        handed = np.copy(up) if np.ndim(up) else float(up)
        result = subject.call(context, handed)
        several = result if isinstance(result, (tuple, list)) else (result,)
        if len(several) > len(values):
            raise ValueError
        arrays = {n: real(v) for n, v in zip(values, several, strict=False)}
        return {n: v for n, v in arrays.items() if n in at and v is not None}

    context = make()
    y = real(passed({}, context))
    if not isinstance(context, Handle) or y is None or not np.isfinite(y).all():
        raise ValueError
    at = {n: v for n, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}
    given(np.ones(y.shape))
    return Claim(
        lambda moved: passed(moved, make()), at, given, True, True, above="g*", values=values,
        meant=tuple(values), remade=partial(_claim, subject, forward, make),
    )  # fmt: skip
