"""A function that returns, beside its value, the function that goes back from there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, Values, real
from compare.check.calling.own_derivative.functions import by_shape, of_values, values_of
from compare.check.calling.own_derivative.in_script import handed
from compare.check.naming.derivative_names import Pair
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Handle

_INNER = (ast.FunctionDef, ast.Lambda)


def goes_back(definition: Definition) -> bool:
    """Whether it returns a function that is defined in it, beside something else."""
    if definition.kind != "function":
        return False
    outer = (n for n in tree_of(definition.source).body if isinstance(n, ast.FunctionDef))
    for node in outer:
        own = [n for n in ast.walk(node) if isinstance(n, _INNER) and n is not node]
        names = {n.name for n in own if isinstance(n, ast.FunctionDef)}
        inside = {id(n) for each in own for n in ast.walk(each)}
        for each in ast.walk(node):
            if isinstance(each, ast.Return) and id(each) not in inside:
                parts = each.value.elts if isinstance(each.value, ast.Tuple) else []
                if any(p in own or isinstance(p, ast.Name) and p.id in names for p in parts):
                    return len(parts) > 1
    return False


def claims(subject: Subject, pair: Pair, pool: np.ndarray) -> Iterator[Claim]:
    """What the function that is returned claims, on all that the one around it can be given."""
    function = of_values(subject, pair)
    as_called = handed(subject, subject.found.name, pool)
    usual = values_of(subject.found.parameters, (), pool)
    for values in chain([as_called] if as_called else [], usual):
        try:
            yield _claim(subject, function, values)
        except (Failed, TypeError, ValueError):
            continue


def _claim(subject: Subject, function: Callable[..., Any], values: Mapping[str, Any]) -> Claim:
    """What it claims of these values.   Raises Failed, TypeError, ValueError."""
    y = real(function(values))
    if y is None or not np.isfinite(y).all():
        raise ValueError
    at = {n: v for n, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}

    def given(up: Any) -> Values:
        result = function(values)
        back = [part for part in result if isinstance(part, Handle)]
        if len(back) != 1:
            raise ValueError
        above = (up,) if y.ndim else ()
        return by_shape(subject.box.method(back[0], "__call__", *above).value, at)

    first = given(np.ones(y.shape))
    # a number more than there is to be derived by says that it is another thing
    certain = bool(first) and all(v.shape == at[n].shape for n, v in first.items())
    return Claim(
        lambda moved: function({**values, **moved}), at, given, bool(y.ndim), certain,
        values=values, meant=tuple(values), remade=partial(_claim, subject, function),
        ahead=subject.box.ahead,
    )  # fmt: skip
