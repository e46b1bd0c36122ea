"""A function that makes two: a forward pass, and its way back or its derivative."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, Values, held, real
from compare.check.calling.own_derivative.closures import goes_back
from compare.check.calling.own_derivative.functions import by_shape
from compare.check.calling.own_derivative.in_script import handed
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import needed, role_of
from compare.check.naming.network_parts import FROM_ABOVE
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Handle

_INNER = (ast.FunctionDef, ast.Lambda)
_X, _OUTPUT, _UP = "x", "output", "above"
_ROWS, _WIDTHS = 4, (3, 1, 2, 4, 5, 6, 7, 8)
_Orders = tuple[tuple[str, ...], ...]
_ORDERS: _Orders = ((_X, _UP), (_UP,), (_UP, _X), (_OUTPUT, _UP), (_UP, _OUTPUT))
# in place of functions of the script: f and f', and passes in no order but their own
_SLOPED = ("lambda x: x**3 / 9 + x", "lambda x: x**2 / 3 + 1")
_STAND_INS = (
    ("x**3 / 9 + x", "above * (x**2 / 3 + 1)"),
    ("x.cumsum(-1) / 3", "above[..., ::-1].cumsum(-1)[..., ::-1] / 3"),
    ("0.5 * x - x**2 / 8", "above * (0.5 - x / 4)"),
)
_PASSES = {(_X, _UP): "lambda x, above: {}", (_UP, _X): "lambda above, x: {}"}
_FUNCTIONS = ("function", "ufunc", "builtin_function_or_method", "method", "partial")


def has_way_back(definition: Definition) -> bool:
    """Whether it returns what goes back from its value, or from that of a function beside it."""
    return goes_back(definition) or makes_both(definition)


def makes_both(definition: Definition) -> bool:
    """Whether it returns two functions, and one at least is its own; or has no text, as a partial
    has none, and wants nothing.
    """
    if definition.kind != "function":
        return False
    if not definition.source:
        return not needed(definition.parameters)
    returned = _returned(definition)
    inner = [f for pair in returned for f in pair if f is not None]
    return bool(inner) and all(len(pair) == 2 for pair in returned)


def _returned(definition: Definition) -> list[list[ast.AST | None]]:
    """The functions of each tuple that it returns, None for those that it was handed itself.

    Nothing where it returns anything else.
    """
    outer = next(
        (n for n in tree_of(definition.source).body if isinstance(n, ast.FunctionDef)), None
    )
    if outer is None:
        return []
    own = [n for n in ast.walk(outer) if isinstance(n, _INNER) and n is not outer]
    inside = {id(n) for each in own for n in ast.walk(each)}
    known: dict[str, ast.AST | None] = {p.name: None for p in definition.parameters}
    known |= {n.name: n for n in own if isinstance(n, ast.FunctionDef)}
    found: list[list[ast.AST | None]] = []
    for node in ast.walk(outer):
        if not isinstance(node, ast.Return) or id(node) in inside:
            continue
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
        named = [isinstance(p, ast.Name) and p.id in known for p in parts]
        if not parts or not all(n or p in own for n, p in zip(named, parts, strict=True)):
            return []
        found.append([known[p.id] if isinstance(p, ast.Name) else p for p in parts])
    return found


def claims(subject: Subject, pool: np.ndarray) -> Iterator[Claim]:
    """What the second function claims of the first, in each order in which it may be called.

    What the script hands it may be wrong in its turn: of functions, ours stand in for those.
    """
    given = handed(subject, subject.found.name, pool)
    certain, orders = _orders(subject)
    passes = _passes_of(subject)
    for made_of in _with_stand_ins(subject, given, passes or _PASSES.values()):
        yield from _of_arguments(subject, made_of, certain, orders, pool)
    if any(map(_holds_function, given.values())) and not passes:
        alone = _of_arguments(subject, given, False, orders, pool)
        yield from (claim for claim in alone if any(one.correct for one in held(claim)))


def _passes_of(subject: Subject) -> list[str]:
    """How ways back are written in its file, where their parameters say so."""
    return [_PASSES[order] for order in _sure_orders(subject) if order in _PASSES]


def _of_arguments(
    subject: Subject, given: Mapping[str, Any], certain: bool, orders: _Orders, pool: np.ndarray
) -> Iterator[Claim]:
    for x in _inputs(subject, given, pool):
        found = False
        for order in orders:
            try:
                yield _claim(subject, given, order, certain, {_X: x})
                found = True
            except (Failed, TypeError, ValueError):
                continue
        if found:
            return


def _holds_function(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_holds_function, value))
    return isinstance(value, Handle) and value.type_name in _FUNCTIONS


def _with_stand_ins(
    subject: Subject, given: Mapping[str, Any], ways_back: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """The same arguments with functions of known derivatives in place of theirs.

    Alone they are f and f'; two together f and its way back, which takes x and what comes from
    above in one order or the other.
    """
    several = any(map(_holds_function, given.values()))
    for back in itertools.islice(ways_back, None if several else 1):
        passes = itertools.cycle(_STAND_INS)

        def made(texts: tuple[str, ...]) -> list[Handle]:
            return [subject.box.define(text) for text in texts]

        def other(value: Any, back: str = back, passes: Iterator[tuple[str, str]] = passes) -> Any:
            if not isinstance(value, (tuple, list)):
                return value
            if len(value) == 2 and all(isinstance(v, Handle) for v in value):
                f, above = next(passes)
                return tuple(made((f"lambda x: {f}", back.format(above))))
            return type(value)(other(v) for v in value)

        alone = [n for n, v in given.items() if isinstance(v, Handle) and _holds_function(v)]
        those = dict(zip(alone, made(_SLOPED), strict=True)) if len(alone) == len(_SLOPED) else {}
        yield {n: those.get(n, other(v)) for n, v in given.items()}


def _orders(subject: Subject) -> tuple[bool, _Orders]:
    """Whether its text says what the second function is; and what that may be handed.

    What has no text is made by one that has.
    """
    if subject.found.source:
        return _orders_of(subject.found)
    sure = _sure_orders(subject)
    return bool(sure), sure or _ORDERS


def _sure_orders(subject: Subject) -> _Orders:
    """What the ways back of its file take, of those whose parameters say so."""
    makers = [d for d in subject.inventory.functions if d.source and makes_both(d)]
    sure = [orders for d in makers for certain, orders in [_orders_of(d)] if certain]
    return tuple(dict.fromkeys(o for orders in sure for o in orders))


def _orders_of(definition: Definition) -> tuple[bool, _Orders]:
    back = next((pair[1] for pair in _returned(definition)), None)
    if not isinstance(back, _INNER):
        return False, _ORDERS
    names = [a.arg for a in back.args.args]
    above = [is_upstream(n) or bool(FROM_ABOVE.fullmatch(n)) for n in names]
    if len(names) == 1 and not above[0]:
        return False, ((_UP,), (_X,))
    if sum(above) != 1 or len(names) > 2:
        return False, _ORDERS
    other = [_OUTPUT if role_of(n) == "y" else _X for n in names]
    return True, (tuple(_UP if up else o for up, o in zip(above, other, strict=True)),)


def _made(subject: Subject, given: Mapping[str, Any]) -> tuple[Handle, Handle]:
    """The two functions.   Raises Failed, ValueError."""
    several = [p.name for p in subject.found.parameters if p.variadic and not p.keyword_only]
    args = [v for n in several for v in given.get(n, ())]
    named = {n: v for n, v in given.items() if n not in several}
    if several and not args:
        raise ValueError  # of nothing it makes nothing
    both = subject.call(*args, **named)
    if not isinstance(both, (tuple, list)) or len(both) != 2:
        raise ValueError
    first, second = both
    if not (isinstance(first, Handle) and isinstance(second, Handle)):
        raise ValueError
    return first, second


def _inputs(subject: Subject, given: Mapping[str, Any], pool: np.ndarray) -> Iterator[np.ndarray]:
    """Numbers in rows, as wide as the arrays that it was made with, or of any width."""
    widths = [n for v in given.values() if isinstance(v, np.ndarray) for n in v.shape]
    for width in dict.fromkeys((*widths, *_WIDTHS)):
        x = 1.5 * np.resize(pool, (_ROWS, width))
        try:
            forward, _ = _made(subject, given)
            y = real(subject.box.method(forward, "__call__", x).value)
        except Failed as failed:
            if not failed.goes_on:
                return
            continue
        except (TypeError, ValueError):
            return
        if y is not None and np.isfinite(y).all():
            yield x


def _claim(
    subject: Subject, made_of: Mapping[str, Any], order: tuple[str, ...], certain: bool,
    values: Mapping[str, Any],
) -> Claim:  # fmt: skip
    """What it claims of these values.   Raises Failed, TypeError, ValueError."""

    def function(values: Mapping[str, Any]) -> np.ndarray:
        forward, _ = _made(subject, made_of)  # anew, so that an edit of its text shows
        y = real(subject.box.method(forward, "__call__", values[_X]).value)
        if y is None:
            raise ValueError
        return y

    def given(up: Any) -> Values:
        forward, back = _made(subject, made_of)
        y = subject.box.method(forward, "__call__", values[_X]).value
        handed = {_X: values[_X], _OUTPUT: y, _UP: up}
        answer = subject.box.method(back, "__call__", *(handed[n] for n in order))
        return by_shape(answer.value, values)

    y = function(values)
    takes_up = _UP in order
    first = given(np.ones(y.shape))
    if not first or not all(v.shape == values[n].shape for n, v in first.items()):
        raise ValueError
    return Claim(
        function, values, given, takes_up, certain, values=values, meant=order,
        remade=partial(_claim, subject, made_of, order, certain), ahead=subject.box.ahead,
    )  # fmt: skip
