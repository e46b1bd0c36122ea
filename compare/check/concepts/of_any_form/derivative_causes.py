"""What is said of a derivative that differences contradict: its causes, with their blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, Held, beside, real
from compare.check.calling.own_derivative.problems import (
    gradients,
    look_at,
    names_of,
    plain,
)
from compare.check.fitting.own_derivatives.gradient import Cause, Gradient
from compare.check.fitting.own_derivatives.solve import cause_of
from compare.check.i18n.text import Text, same
from compare.check.mistakes import CAUSES
from compare.sandbox.interface import Failed

_IT = Text("it", "値")
_AGAIN = 1  # more often no number comes by chance; nor does 0


class Kind(Enum):
    """What claims to be a derivative: of a function, of one's own result, a layer's way back."""

    FUNCTION = auto()
    BESIDE = auto()
    LAYER = auto()


_WHOLE = {
    Kind.FUNCTION: Text("it", "導関数の値"),
    Kind.BESIDE: Text("the gradient that it returns", "返している勾配"),
    Kind.LAYER: Text("what it hands back", "逆伝播で返す値"),
}
# of all that is handed back, beside what the same is called of one gradient
_OF_ALL = {
    ("own_gradient_scaled", Kind.LAYER): "own_backward_scaled",
    ("own_gradient_scaled", Kind.FUNCTION): "own_derivative_scaled",
    ("own_gradient_negated", Kind.FUNCTION): "own_derivative_negated",
    ("own_gradient_negated", Kind.LAYER): "own_derivative_negated",
}


@dataclass(frozen=True)
class Explained:
    """The keys of mistakes with their blanks; ``known``: whether they explain all that is wrong."""

    told: tuple[tuple[str, Mapping[str, Any]], ...]
    known: bool


def causes_of(claim: Claim, one: Held, of: str, kind: Kind) -> Explained:
    """What explains each gradient that is wrong, those of one cause together."""
    # what comes with a way back and is no number is no loss
    kind = Kind.LAYER if kind is Kind.BESIDE and one.up.ndim else kind
    if one.ignored:
        blanks = {"which": _WHOLE[kind], "above": claim.above, "of": of}
        return Explained((("own_upstream_ignored", blanks),), True)
    if one.left:
        blanks = {"which": _WHOLE[kind], "above": claim.above, "term": _term_of(claim, one, of)}
        return Explained((("own_term_not_carried", blanks),), True)
    wrong = [name for name in one.given if not _is_right(one, name)] or list(one.given)
    which = ", ".join(f"d{plain(n)}" for n in wrong)
    if index := _kept_once(claim, one):
        return Explained((("own_repeats_kept_once", {"which": which, "index": index}),), True)
    if _lets_through(claim, one):
        blanks = {"which": which, "above": claim.above.removesuffix("*"), "of": of}
        return Explained((("own_flat_let_through", blanks),), True)
    right = [plain(name) for name in one.given if name not in wrong]
    try:
        problems = gradients(claim, one, of)
    except Failed:
        problems = {}
    causes = {name: _solved(claim, name, problems.get(name, ()), of) for name in wrong}
    groups: dict[str, list[str]] = {}
    for name, cause in causes.items():
        groups.setdefault(repr(cause), []).append(name)
    told = [
        _told(causes[names[0]], names, problems, (of, kind, right, len(one.given)))
        for names in groups.values()
    ]
    told.sort(key=lambda each: each[0].startswith("not_"))
    return Explained(tuple(told), all(cause is not None for cause in causes.values()))


def _term_of(claim: Claim, one: Held, of: str) -> str:
    """What is left where nothing comes from above: something that is known, or its first number."""
    left = next(np.asarray(v) for v in one.left.values() if np.any(v))
    known = {names_of(claim, of).output: real(claim.f(claim.at)), **claim.values}
    for name, value in known.items():
        for sign in ("", "-"):
            if np.shape(value) == left.shape and np.allclose(left, -value if sign else value):
                return f"{sign}{plain(name)}"
    return f"{left.reshape(-1)[0]:.4g}, ..."


def _kept_once(claim: Claim, one: Held) -> str:
    """The argument of whose places only the last that is the same counts, as in dW[i] += dout."""
    y = real(claim.f(claim.at))
    if y is None or not claim.takes_up:
        return ""
    for name, value in claim.values.items():
        taken = np.asarray(value)
        if taken.dtype.kind not in "iu" or not taken.ndim or y.shape[: taken.ndim] != taken.shape:
            continue
        _, from_the_end = np.unique(taken.reshape(-1)[::-1], return_index=True)
        last = np.isin(np.arange(taken.size), taken.size - 1 - from_the_end)
        up = np.where(last.reshape(taken.shape + (1,) * (y.ndim - taken.ndim)), one.up, 0.0)
        try:
            alone, whole = claim.given(up), claim.given(one.up)
            if last.all() or any(not np.array_equal(alone[n], whole[n]) for n in whole):
                continue
            if beside(claim, up, alone, "", one.averaged).correct:
                return plain(name)
        except (Failed, KeyError, TypeError, ValueError):
            continue
    return ""


def _lets_through(claim: Claim, one: Held) -> bool:
    """Whether it is right of what comes from above where the output is not flat: at no cut-off.

    Flat is what gives one number again and again, as the zeros of a relu.
    """
    y = real(claim.f(claim.at))
    if y is None or not claim.takes_up or y.shape != one.up.shape or one.through:
        return False
    values, counts = np.unique(y, return_counts=True)
    flat = np.isin(y, values[counts > _AGAIN]) | (y == 0)
    if not flat.any() or flat.all():
        return False
    up = np.where(flat, 0.0, one.up)
    try:
        return beside(claim, up, claim.given(up), "", one.averaged).correct
    except (Failed, TypeError, ValueError):
        return False


def _is_right(one: Held, name: str) -> bool:
    given, expected, error = one.given[name], one.expected[name], one.error[name]
    # another factor may have been voted for than that of what is right
    told = bool(one.right[name].any()) or bool(given.any())
    fits = given.shape == expected.shape and told
    return fits and bool((np.abs(given - expected) <= 2 * error).all())


def _solved(claim: Claim, name: str, problems: Any, of: str) -> Cause | None:
    if not problems:
        return None
    return cause_of(problems, plain(name), names_of(claim, of), look_at(claim, name, of))


def _told(
    cause: Cause | None,
    names: list[str],
    problems: Mapping[str, list[Gradient]],
    said: tuple[str, Kind, list[str], int],
) -> tuple[str, Mapping[str, Any]]:
    of, kind, right, several = said
    whole = len(names) == several
    which = _WHOLE[kind] if whole else same(", ".join(f"d{plain(n)}" for n in names))
    worst = _worst(problems.get(names[0], []), plain(names[0]))
    blanks = {"of": of, "which": which, "worst": worst, "others": ", ".join(right)}
    if cause is None:
        if right:
            return "not_its_own_gradient_by", blanks | {"name": ", ".join(map(plain, names))}
        beside = kind is Kind.BESIDE
        return "not_the_gradient_beside_it" if beside else "not_its_own_derivative", blanks
    if cause.key == "own_partly":
        blanks |= {"there": _there(cause.there, blanks) if cause.there else worst}
    key = _OF_ALL.get((cause.key, kind), cause.key) if whole else cause.key
    return key, {**blanks, **cause.blanks}


def _there(cause: Cause, blanks: Mapping[str, Any]) -> Text:
    return title_of(replace(cause, blanks={**blanks, **cause.blanks}))


def title_of(cause: Cause) -> Text:
    """What is said of a cause on a part of the inputs."""
    return CAUSES[cause.key].title.filled({**cause.blanks, "which": _IT})


def _worst(problems: list[Gradient], name: str) -> Text:
    """The largest error, and at which number of the argument."""
    first = problems[0] if problems else None
    if first is None or first.given.shape != first.shape:
        shapes = (str(first.given.shape), str(first.shape)) if first else ("?", "?")
        return Text(f"its shape is {shapes[0]}, should be {shapes[1]}",
                    f"形が {shapes[0]} ですが、正しくは {shapes[1]} です")  # fmt: skip
    given = first.given.reshape(-1)[first.places]
    off = np.where(first.certain, np.abs(given - first.expected), 0.0)
    at = int(off.argmax())
    place = np.unravel_index(int(first.places[at]), first.shape)
    index = f"[{', '.join(str(int(i)) for i in place)}]" if place else ""
    x = first.known.get(name, 0)
    number = np.asarray(x).reshape(-1)[first.places[at]] if np.shape(x) == first.shape else None
    where = f"{name}{index}" + ("" if number is None else f" = {number:.4g}")
    mine, right = f"{given[at]:.4g}", f"{first.expected[at]:.4g}"
    if mine == right:
        mine, right = f"{given[at]:.10g}", f"{first.expected[at]:.10g}"
    return Text(f"at {where} it gives {mine}, differences give {right}",
                f"{where} で {mine} になりますが、数値微分では {right} です")  # fmt: skip
