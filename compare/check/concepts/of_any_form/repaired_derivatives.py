"""The one edit of a derivative, or of what it is derived of, with which it is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from compare.check.calling.own_derivative.claim import Claim, Held, held
from compare.check.calling.own_derivative.function_pairs import makes_both
from compare.check.calling.own_derivative.problems import with_other_weights, with_wider_numbers
from compare.check.concepts.of_any_form.hidden_mistakes import Found
from compare.check.naming.derivative_names import Pair
from compare.check.repairs.reach import called_by_methods, methods_of, reached
from compare.check.repairs.repair import Repair
from compare.check.repairs.search import first_repair
from compare.check.repairs.suspects import suspects
from compare.check.subject import Subject
from compare.sandbox.interface import Failed
from compare.sandbox.worker.edits.one_place import FEW

_LIKELY = 3  # ranks of edits: another sign, brackets, an axis
_FARTHER = 9.0  # as far from each other as any numbers


def repaired(subject: Subject, made: Found, pair: Pair | None, called: Sequence[str]) -> Found:
    """The same with the one edit that makes it right as its cause, where there is one."""
    for one, repair in _repairs(subject, made, pair, called):
        if repair is not None:
            return replace(made, best=one, causes=((repair.cause, repair.blanks),))
    return made


def _repairs(
    subject: Subject, made: Found, pair: Pair | None, called: Sequence[str]
) -> Iterator[tuple[Held, Repair | None]]:
    """What an edit of it makes right, or one of what it is derived of: the likeliest come first."""
    own = pair is None or pair.of is subject.found or makes_both(subject.found)
    names = _own_names(subject, pair, called, own)
    ahead = (
        () if own or pair is None or pair.of is None else reached(subject.inventory, [pair.name])
    )
    tried = [(c, one, partial(_is_right_now, c, one), partial(_is_right_anew, c))
             for c, one in made.unexplained]  # fmt: skip
    for _, one, now, anew in tried if ahead else ():
        yield one, first_repair(subject, names, now, ranks=_LIKELY)
        yield one, first_repair(subject, ahead, anew, ranks=_LIKELY)
    for claim, one, now, _ in tried:
        right = np.concatenate([one.right[name] for name in one.expected])
        first = suspects(subject, names, partial(_given_now, claim, one), right)
        yield one, first_repair(subject, names, now, first=first)
    for _, one, _, anew in tried if ahead else ():
        yield one, first_repair(subject, ahead, anew, ranks=FEW)


def _own_names(
    subject: Subject, pair: Pair | None, called: Sequence[str], own: bool
) -> tuple[str, ...]:
    """What makes the derivative, and not what it is derived of, where ``own`` text has not both."""
    if pair is None:
        names = methods_of(subject.inventory, subject.found, (called[0], "__init__"))
        forward = f"{subject.found.name}.{called[0]}"
        return names + called_by_methods(subject.inventory, names, forward)
    return reached(subject.inventory, [subject.found.name], () if own else (pair.name,))


def _is_right_anew(claim: Claim) -> bool:
    """Whether what is given is the derivative of another function, which is not all flat."""
    if claim.remade is None:
        return False
    anew = claim.remade(claim.values)
    others = (made(anew) for made in (with_other_weights, with_wider_numbers))
    found = [[*held(c)] for c in (anew, *others) if c is not None]
    return all(any(h.correct and not _is_flat(h) for h in each) for each in found)


def _is_flat(one: Held) -> bool:
    """Whether most of what it is derived by moves nothing."""
    return bool(np.mean(np.concatenate([*one.expected.values()]) == 0) > 0.5)


def _given_now(claim: Claim, one: Held) -> np.ndarray:
    """What is given of the numbers that were looked at, in a row."""
    given = claim.given(one.up)
    return np.concatenate([
        np.asarray(given[name]).reshape(-1)[one.places[name]] for name in one.expected
    ])  # fmt: skip


def _is_right_now(claim: Claim, one: Held) -> bool:
    """Whether what is given is the derivative, of these numbers and of others."""
    given = claim.given(one.up)
    if given.keys() < one.expected.keys():
        return False
    for name, expected in one.expected.items():
        if np.shape(given[name]) != np.shape(claim.at[name]):
            return False
        shown = np.asarray(given[name]).reshape(-1)[one.places[name]]
        if not (np.abs(shown - expected) <= 2 * one.error[name]).all():
            return False
    others = (made(claim) for made in (with_other_weights, with_wider_numbers))
    anew = replace(claim, derived={})  # what it calls has another text by now
    right = all(any(h.correct for h in held(c)) for c in (anew, *others) if c is not None)
    return right and _is_right_of_any_sign(claim)


def _is_right_of_any_sign(claim: Claim) -> bool:
    """Whether it is right of other numbers than probabilities, where these move the loss at all.

    Of samples that are as near to each other as probabilities many a number is right by chance.
    """
    inside = {n: v for n, v in claim.at.items() if (v > 0).all()}
    if claim.remade is None or not inside:
        return True
    moved = {n: _FARTHER * (v - v.mean()) for n, v in inside.items()}
    try:
        found = list(held(claim.remade({**claim.values, **moved})))
    except (TypeError, ValueError):
        return True
    except Failed as failed:
        if failed.goes_on:
            return True
        raise
    return all(map(_is_flat, found)) or any(h.correct for h in found)
