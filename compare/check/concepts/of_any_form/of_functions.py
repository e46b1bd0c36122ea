"""Functions that are handed a function: derivatives of each kind, tangents, descents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.check.calling.of_functions import (
    APART,
    ARRAY,
    BY_COLUMNS,
    BY_ROWS,
    GRADIENT,
    OF_FUNCTIONS,
    Gave,
    gave,
    is_called,
    is_gradient_of_all,
    settings_of,
    takes_function,
    with_setting,
)
from compare.check.concepts.of_any_form.beside import Beside
from compare.check.i18n.text import Text
from compare.check.naming.grammar import Affix, affix_of, words
from compare.check.subject import Subject
from compare.language.message import message

_OFF, _EXACT = 1e-3, 1e-7
_STEP = 1e-3  # in the middle of what is of use
_BY_ROWS = re.compile(
    r"\[ ?i ?, ?j ?\] ?= ?[d∂] ?[fFyY]_?\[?i\]? ?/ ?[d∂] ?x_?\[?j|行[がはに:：]? ?出力"
    r"|rows?( is| are|:|,| for (each|every|the)| per)? (the )?outputs?"
    r"|(a|one) row (for|of|per) (each |every |an? )?output|\boutputs?(, | ?[x×] ?| by )inputs?\b",
    re.IGNORECASE,
)
_GRADIENT = re.compile(r"grad|koubai|kobai|勾配", re.IGNORECASE)
_JACOBIAN = re.compile(r"jacob|yakobi|ヤコ", re.IGNORECASE)
# what a name or a text says of going up on purpose
_UPWARDS = re.compile(r"ascen|maximi|climb|joushou|上昇|最大化", re.IGNORECASE)
_KNOWN = (2.0, 0.5, -1.0)  # times what it should be


@dataclass(frozen=True)
class _Found:
    """What it gave, and the mistake that explains it."""

    of: Gave
    cause: str = ""
    blanks: Mapping[str, Any] = field(default_factory=dict)


def _found(subject: Subject, arrays: Mapping[str, Any]) -> _Found | None:
    """What it gives where a definition explains it."""
    every = list(gave(subject, arrays["x"]))
    if APART in subject.made and any(map(_is_like_a_gradient, every)):
        every = []
    every = _as_it_is_called(subject, every)
    explained = (_right(subject, g) if g.same else _wrong(subject, g)
                 for g in sorted(every, key=lambda g: not g.same))  # fmt: skip
    return next((each for each in explained if each), None)


def _as_it_is_called(subject: Subject, every: list[Gave]) -> list[Gave]:
    """Without the Jacobian where it is a gradient as well, or the other way round.

    With both where neither a word nor a call says which it is: it may be right as one of them.
    """
    source = subject.found.source
    said = bool(_JACOBIAN.search(source))
    gradients = [g for g in every if g.same and _is_gradient(g)]
    if not said and not _GRADIENT.search(source) and not is_called(subject):
        return every
    if said or not gradients:
        return [g for g in every if not (said and _is_gradient(g))]
    return gradients


def _is_gradient(g: Gave) -> bool:
    return g.meaning.said is GRADIENT and g.meaning.arguments == ARRAY


def _is_like_a_gradient(g: Gave) -> bool:
    """Whether it is one, but for a factor or the error of a step on one side."""
    return _is_gradient(g) and g.times() is not None


def _right(subject: Subject, g: Gave) -> _Found | None:
    """None of a gradient that is wrong of some arrays: that is a concept of the course."""
    if g.meaning.said is BY_COLUMNS and _BY_ROWS.search(subject.found.source):
        g = replace(g, right=[v.T for v in g.right])
        return _Found(g, "transposed", {"what": BY_ROWS, "formula": "J[i, j] = df_i/dx_j"})
    if _is_gradient(g):
        return _Found(g) if is_gradient_of_all(subject, g) and not g.changed else None
    if g.changed and not g.other_way:
        return _Found(g, "not_restored")
    return _Found(g)


def _wrong(subject: Subject, g: Gave) -> _Found | None:
    """A number that all of it is too large by; or a step in which rounding is all that is left."""
    if g.is_other_way and not _UPWARDS.search(subject.found.source):
        step = Text("the step", "更新量")
        return _Found(g, "sign", {"what": step, "formula": "x = x - lr df/dx"})
    what: dict[str, Any] = {"what": g.meaning.said, "formula": "(f(x + h) - f(x - h)) / 2h"}
    times = g.times()
    steps = [h for v in settings_of(subject).values() for h in (v, 2 * v, 1 / v, 2 / v)]
    named = any(affix_of(w) is Affix.DERIVATIVE for w in words(subject.found.name))
    if times is not None:
        if abs(times + 1) < _OFF and named:
            return _Found(g, "sign", what)
        if any(abs(times / f - 1) < _OFF for f in (*_KNOWN[:2], *steps)):
            return _Found(g, "factor", {**what, "factor": f"{times:.4g}"})
    for name, value in settings_of(subject).items():
        other = with_setting(subject, g.meaning, name, _STEP) if value < _STEP**2 else None
        if other is not None and other.same:
            return _Found(g, "step_lost_in_rounding", {"h": f"{value:g}"})
    return None


def _results(of: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    return {f"y{k}": np.asarray(v) for k, v in enumerate(of)}


def _expected(found: _Found) -> dict[str, tuple[Any, Any]]:
    mine, right = _results(found.of.mine), _results(found.of.right)
    limits = {n: _EXACT * np.abs(v).max(initial=0.0) for n, v in right.items()}
    if not found.cause:  # by how much its step is off
        limits = {n: limit + 2 * np.abs(mine[n] - right[n]) for n, limit in limits.items()}
    return {n: (v, limits[n]) for n, v in right.items()}


NUMERICAL = Beside(
    "of a function",
    found=_found,
    given=lambda found: _results(found.of.mine),
    right=_expected,
    said=lambda f: (f.of.meaning.said, [(f.cause, f.blanks)] if f.cause else []),
    refused=message("no definition is known that it may compute"),
    noted=lambda subject, found: subject.changed.update(dict.fromkeys(found.of.changed)),
).concept(
    OF_FUNCTIONS, "§5", "(f(x + h) - f(x - h)) / 2h", {"P": 8},
    takes=takes_function,
    looked_for=message("a function that it is handed and calls"),
)  # fmt: skip
