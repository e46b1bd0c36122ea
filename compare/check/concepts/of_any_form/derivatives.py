"""Functions and layers of no course, whose derivative is held against their own differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.calling.own_derivative import functions, layers
from compare.check.calling.own_derivative.claim import Claim, Held, held
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.calling.own_derivative.layers import OF_LAYER
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.fitting.networks.own_gradient import written_factor
from compare.check.i18n.text import Text
from compare.check.matching import F64
from compare.check.naming.derivative_names import Pair, pairs
from compare.check.naming.network_parts import speaks_of_loss
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

_MADE = "its derivative"
_POOL = 64
_MOST = 60  # ways of calling that are held against differences
_ONE = 1e-4  # how far a factor of 1 may be off


@dataclass(frozen=True)
class Found:
    """Of what it is the derivative, and how what it gives is beside that."""

    of: str
    best: Held


def pair_of(subject: Subject) -> Pair | None:
    """What the function is called the derivative of; a loss may give its own beside it."""
    functions = [d for d in subject.inventory.found if d.kind == "function"]
    mine = (p for p in pairs(functions) if p.derivative.name == subject.found.name)
    found = subject.found
    own = Pair(found, found.name, found, "", True) if speaks_of_loss(found.name) else None
    return next(mine, own)


def _called(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What it gives where it is explained best.   Raises Failed."""
    if _MADE not in subject.made:
        pair = pair_of(subject) if subject.found.kind == "function" else None
        if subject.found.kind == "class":
            tried = layers.claims(subject, arrays["x"])
        else:
            tried = functions.claims(subject, pair, arrays["x"]) if pair else iter(())
        subject.made[_MADE] = best_of(pair.name if pair else "forward", tried)
        beside = pair is not None and pair.of not in (None, subject.found)
        subject.parts = dict.fromkeys([pair.name] if pair and beside else [])
    found: Found | None = subject.made[_MADE]
    if found is None:
        line = message("no way was found to call it and what it is the derivative of")
        raise Failed(Ending.REFUSED, line)
    return _results(found, lambda name: found.best.given[name])


def best_of(of: str, tried: Iterable[Claim]) -> Found | None:
    """The first claim that is right; else what is explained most, or means nothing else."""
    best: Held | None = None
    certain: Held | None = None
    for _, (claim, one) in zip(range(_MOST), _each(tried), strict=False):
        # of samples of another shape it may give less, of which the rest is right
        whole = best is None or len(one.given) >= len(best.given)
        if one.explained and abs(one.factor - 1) < _ONE and whole:
            return Found(of, one)
        if one.partly and (best is None or _rank(one) > _rank(best)):
            best = one
        finite = all(np.isfinite(v).all() for v in one.given.values())
        if claim.certain and certain is None and finite and not one.through:
            certain = one
    shown = best or certain
    return Found(of, shown) if shown is not None else None


def _rank(one: Held) -> tuple[int, bool, int]:
    return len(one.given), one.explained, one.agreed


def _each(tried: Iterable[Claim]) -> Iterator[tuple[Claim, Held]]:
    for claim in tried:
        try:
            yield from ((claim, one) for one in held(claim))
        except (Failed, TypeError, ValueError) as error:
            if isinstance(error, Failed) and error.ending not in (Ending.RAISED, Ending.REFUSED):
                return


def _results(found: Found, of: Callable[[str], Any]) -> dict[str, Any]:
    return {f"d/d{_plain(name)}": of(name) for name in found.best.given}


def _plain(name: str) -> str:
    return name.removeprefix(".")


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    found: Found | None = trial.subject.made.get(_MADE)
    if found is None:
        return (Form(lambda a: {}),)
    one = found.best
    said = Text(
        f"the derivative of {found.of}, by numerical differences",
        f"{found.of} の導関数として、数値微分と比べました",
    )
    right = Form(partial(_expected, found), convention=said)
    if one.explained and abs(one.factor - 1) < _ONE:
        return (right,)
    cause, blanks = _cause(found, trial.subject)
    return right, Form(partial(_given, found), cause, blanks=blanks)


def _cause(found: Found, subject: Subject) -> tuple[str, dict[str, str]]:
    one, of_layer = found.best, subject.found.kind == "class"
    wrong = [_plain(name) for name, right in one.right.items() if not right.all()]
    right = [_plain(name) for name in one.given if _plain(name) not in wrong]
    if one.explained and abs(one.factor + 1) < _ONE:
        return "own_derivative_negated", {"of": found.of}
    if one.explained:
        cause = "own_backward_scaled" if of_layer else "own_derivative_scaled"
        return cause, {"of": found.of, "factor": written_factor(one.factor)}
    if right:
        return "not_its_own_gradient", {"name": ", ".join(wrong), "others": ", ".join(right)}
    if found.of == subject.found.name:
        return "not_the_gradient_beside_it", {}
    return "not_its_own_derivative", {"of": found.of}


def _expected(found: Found, a: Any) -> dict[str, Any]:
    one = found.best
    return _results(found, lambda n: Bounded.given(one.expected[n], F64).widened(2 * one.error[n]))


def _given(found: Found, a: Any) -> dict[str, Any]:
    return _results(found, lambda n: Bounded.given(np.asarray(found.best.given[n]), F64))


DERIVATIVE = Concept(
    OF_FUNCTION,
    "§5",
    "g = df/dx",
    (),
    (probe(OF_FUNCTION, {"P": _POOL}, {"x": "P"}),),
    (CallStyle(_called, takes=lambda subject: subject.found.kind == "function"),),
    (),
    meanings_of=_meanings,
    looked_for=message("a function of the same name without the word for its derivative"),
)
LAYER = Concept(
    OF_LAYER,
    "§5",
    "dx = J^T dy;  dw = J_w^T dy",
    (),
    (probe(OF_LAYER, {"P": _POOL}, {"x": "P"}),),
    (CallStyle(_called, takes=lambda subject: subject.found.kind == "class"),),
    (),
    meanings_of=_meanings,
    looked_for=message("a forward pass, and a way back that takes the gradient from above"),
)
CONCEPTS = (DERIVATIVE, LAYER)
