"""Functions and layers of no course, whose derivative is held against their own differences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from compare.check.calling.as_in_script import hands_several_outputs
from compare.check.calling.left_to_callers import ONE_OUTPUT
from compare.check.calling.own_derivative import (
    closures,
    contexts,
    evidence,
    function_pairs,
    functions,
    layers,
)
from compare.check.calling.own_derivative.claim import NEARLY, Claim, Held, beside, held
from compare.check.calling.own_derivative.closures import goes_back
from compare.check.calling.own_derivative.function_pairs import has_way_back, makes_both
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.calling.own_derivative.in_script import goes_back_from
from compare.check.calling.own_derivative.jumps import jump_of
from compare.check.calling.own_derivative.layers import OF_LAYER, PASSES
from compare.check.calling.own_derivative.problems import (
    contradicts,
    is_of_bits,
    is_so_elsewhere,
    outputs_of,
    plain,
    with_as_many_samples,
    with_one_output,
)
from compare.check.concepts.of_any_form import by_scores
from compare.check.concepts.of_any_form.beside import Beside, Mistaken
from compare.check.concepts.of_any_form.derivative_causes import Kind, causes_of
from compare.check.concepts.of_any_form.hidden_mistakes import (
    OTHER_NUMBERS,
    Found,
    elsewhere,
    fitting,
    is_clearly_wrong,
    is_near,
    may_hide,
    of_another,
)
from compare.check.concepts.of_any_form.repaired_derivatives import repaired
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import is_upstream
from compare.check.naming.derivative_names import Pair, pairs
from compare.check.naming.network_parts import (
    loss_and_gradient,
    speaks_of_loss,
    value_and_slope,
)
from compare.check.naming.source_tree import called_by, docstring_of
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

_STALE, _OUTPUT_KEPT = "stale_input", "stale_output"
_SCALED, _AVERAGED = "own_derivative_scaled", "loss_averaged_over_outputs"
# what a text says of the outputs of a sample
_OF_SEVERAL = re.compile(r"\((N|batch\w*|n_?samples?), ?[A-Z]\w*\)"
                         r"|\bover (its|the|all|all the) (outputs|classes|columns)\b")  # fmt: skip
_POOL = 64
_MOST = 60  # ways of calling that are held against differences
_EXPLAINED = 4  # ways of calling it of which a cause is looked for
_ARRAYS = 5  # of one layer, at most


def pair_of(subject: Subject) -> Pair | None:
    """What the function is called the derivative of; a loss may give its own beside it."""
    mine = (
        p for p in pairs(subject.inventory.functions) if p.derivative.name == subject.found.name
    )
    found = subject.found
    own = Pair(found, found.name, found, "", True)
    return (
        own
        if has_way_back(found) or evidence.BOTH in subject.made
        else next(mine, own if speaks_of_loss(found.name) else _handed_on(subject))
    )


def _handed_on(subject: Subject) -> Pair | None:
    """What its script hands on to it, beside a value, another function computed for it."""
    name = goes_back_from(subject)
    of = next((d for d in subject.inventory.found if d.name == name), None)
    return Pair(subject.found, name, of, "", True) if of else None


def _found(subject: Subject, arrays: Mapping[str, Any]) -> Found | None:
    """What it gives where it is explained best."""
    if evidence.BOTH in subject.made and not evidence.gives_both(subject.found):
        return None
    pair = pair_of(subject) if subject.found.kind == "function" else None
    if subject.found.kind == "class":
        tried = layers.claims(subject, arrays["x"])
    elif pair is not None and makes_both(subject.found):
        tried = function_pairs.claims(subject, arrays["x"])
    elif pair is not None and goes_back(subject.found):
        tried = closures.claims(subject, pair, arrays["x"])
    elif pair is not None and contexts.by_context(pair):
        tried = contexts.claims(subject, pair, arrays["x"])
    else:
        tried = functions.claims(subject, pair, arrays["x"]) if pair else iter(())
    named = value_and_slope(subject.found) or loss_and_gradient(subject.found)
    methods = None if PASSES in subject.made else named
    of_passes = subject.found.kind == "class" and not methods
    kind = Kind.LAYER if of_passes else Kind.FUNCTION
    kind = Kind.BESIDE if pair is not None and pair.of is subject.found else kind
    said = [docstring_of(d.source) for d in (pair.of if pair else None, subject.found) if d]
    several = [bool(_OF_SEVERAL.search(text)) for text in said]
    called = subject.made.get(PASSES) or methods or ("forward",)
    name = pair.name if pair else called[0]
    handed = hands_several_outputs(subject, (name, subject.found.name)) if pair else False
    made = best_of(name, tried, kind, handed or any(several))
    if several[0] and made and [key for key, _ in made.causes] == [_SCALED] and made.of_one:
        made = replace(made, causes=((_AVERAGED, {"of": name}),))
    if pair is not None and made and by_scores.ignores_its_scores(subject, made.best):
        made = by_scores.beside_scores(subject, pair, name, arrays["x"])
    if evidence.BOTH in subject.made and made and not _is_meant(subject, made):
        return None
    if made is not None and made.unexplained:
        made = repaired(subject, made, pair, called)
    beside = pair is not None and pair.of not in (None, subject.found)
    subject.parts = dict.fromkeys([pair.name] if pair and beside else [])
    if made is not None and _STALE in [cause for cause, _ in made.causes]:
        # it may be one that it is made of which keeps the first
        inside = called_by(subject.found.source)
        own = (d.name for d in subject.inventory.found if d.kind == "class")
        subject.parts = dict.fromkeys(n for n in own if n in inside)
    return made


def _is_meant(subject: Subject, made: Found) -> bool:
    """Whether what no name calls a gradient is one: in part, which comes by no chance; or it is
    called so.
    """
    return made.best.correct or made.best.partly or evidence.says_gradient(subject.found)


def _noted(subject: Subject, found: Found) -> None:
    if found.jump is not None:
        cause = "pieces_apart" if found.best.up.ndim else "pieces_of_loss_apart"
        subject.shown = {cause: {"of": found.of, **found.jump}}


def best_of(of: str, tried: Iterable[Claim], kind: Kind, several: bool = False) -> Found | None:
    """The first claim that is right; else what is explained most, or means nothing else.

    ``several``: whether samples are said to have several outputs.
    """
    best: tuple[Claim, Held] | None = None
    own: tuple[Claim, Held] | None = None  # as its script calls it
    certain: list[tuple[Claim, Held]] = []
    fits, of_one = 0, False  # how many gradients are right where it is right
    flat: Found | None = None  # right of numbers that hide it where it is wrong
    hiding: Claim | None = None
    for _, (claim, one) in zip(range(_MOST), _each(tried), strict=False):
        if kind is not Kind.LAYER and one.correct and may_hide(one):
            if flat is None and (found := elsewhere(of, claim, kind)):
                return found
            flat, hiding = flat or _right(of, one, claim), claim
            best, certain = None, []
            continue
        if hiding is not None and (claim is hiding or claim.meant != hiding.meant):
            continue
        # of samples of another shape it may give less, of which the rest is right
        whole = best is None or len(one.given) >= len(best[1].given)
        if one.correct and any(contradicts(*each, claim) for each in (best, own, *certain) if each):
            continue
        if one.correct and whole:
            right = _right_but_for_hidden(of, one, claim, kind)
            if not (of_one and several):
                return replace(right, of_one=of_one)
        misshapen = fitting(one) < len(one.given)
        if misshapen and (square := of_another(with_as_many_samples, of, claim, kind)):
            return square
        if _is_apart_by_outputs(claim, one):
            of_one = True
            if not several and is_of_bits(claim) and (alone := _of_one_output(claim)):
                return Found(of, alone, of_one=True)
        fits = max(fits, len(one.given)) if one.agreed > 1 and is_near(one) else fits
        own = own or ((claim, one) if one.partly and claim.as_called else None)
        if one.partly and (best is None or _rank(one) > _rank(best[1])):
            best = claim, one
        finite = all(np.isfinite(v).all() for v in one.given.values())
        meant = (claim.certain or one.ignored) and not (one.through or one.correct)
        if meant and finite:
            certain.append((claim, one))
    found, is_known = _explained(of, [*([best] if best else []), *certain], kind)
    if is_known:
        return found
    # of numbers too few to say so it is right, and nothing says what it would be instead
    if fits >= (len(best[1].given) if best else 1) and not (best and contradicts(*best, best[0])):
        return flat
    return flat or found


def _right_but_for_hidden(of: str, one: Held, claim: Claim, kind: Kind) -> Found:
    """What is right; or the mistake in it that its numbers hide."""
    # what has many arrays is made of layers, which are judged by themselves
    made = OTHER_NUMBERS if len(claim.at) <= _ARRAYS else ()
    hidden = (of_another(f, of, claim, kind) for f in made)
    found = next((found for found in hidden if found), None) or _stale(of, one, claim)
    return found or _right(of, one, claim)


def _explained(
    of: str, possible: list[tuple[Claim, Held]], kind: Kind
) -> tuple[Found | None, bool]:
    """What was meant, and whether its cause is known; of several of unknown cause the first."""
    unknown: Found | None = None
    for claim, one in islice(_each_way(possible), _EXPLAINED):
        causes = causes_of(claim, one, of, kind)
        if causes.known:
            return Found(of, one, causes.told, of_one=_is_apart_by_outputs(claim, one)), True
        if is_so_elsewhere(claim):
            unknown = unknown or Found(of, one, causes.told)
            unknown = replace(unknown, unexplained=(*unknown.unexplained, (claim, one)))
    return unknown, False


def _each_way(possible: list[tuple[Claim, Held]]) -> Iterable[tuple[Claim, Held]]:
    """Of each way to call it the first: on other numbers it is no other mistake."""
    possible.sort(key=lambda each: (-fitting(each[1]), not _is_negated(each[1])))
    found: dict[tuple[Any, ...], tuple[Claim, Held]] = {}
    for claim, one in possible:
        found.setdefault(claim.meant, (claim, one))
    return found.values()


def _is_apart_by_outputs(claim: Claim, one: Held) -> bool:
    """Whether the number of outputs a sample is the only difference."""
    k = outputs_of(claim)
    factors = (k, 1 / k) if k > 1 else ()
    return one.explained and any(abs(one.factor / f - 1) < NEARLY for f in factors)


def _of_one_output(claim: Claim) -> Held | None:
    """How it is beside the derivative of one output a sample, where it is that."""
    try:
        narrow = with_one_output(claim)
        return next((one for one in held(narrow) if one.correct), None) if narrow else None
    except (Failed, TypeError, ValueError):
        return None


def _right(of: str, one: Held, claim: Claim) -> Found:
    """The derivative; of pieces that do not meet it may be that all the same."""
    jump = jump_of(claim)
    return Found(of, one, jump=jump.blanks if jump else None)


def _stale(of: str, one: Held, claim: Claim) -> Found | None:
    """What it gives where another forward pass came before, if that is no more right."""
    try:
        given, kept = claim.after_another(one.up) if claim.after_another else ({}, False)
        if given.keys() != one.given.keys():
            return None
        again = beside(claim, one.up, given, one.through, one.averaged)
    except (Failed, TypeError, ValueError):
        return None
    stale = not all(r.all() for r in again.right.values()) and is_clearly_wrong(again)
    return Found(of, again, ((_OUTPUT_KEPT if kept else _STALE, {}),)) if stale else None


def _is_negated(one: Held) -> bool:
    """Whether it is the derivative but for its sign, so that no size has to explain a factor."""
    return one.explained and abs(one.factor + 1) < NEARLY


def _rank(one: Held) -> tuple[int, bool, int]:
    return len(one.given), one.explained, one.agreed


def _each(tried: Iterable[Claim]) -> Iterator[tuple[Claim, Held]]:
    for claim in tried:
        try:
            yield from ((claim, one) for one in held(claim))
        except (Failed, TypeError, ValueError) as error:
            if isinstance(error, Failed) and error.ending not in (Ending.RAISED, Ending.REFUSED):
                return


def _told(found: Found) -> tuple[Text, tuple[Mistaken, ...]]:
    through = found.best.through
    by = Text(f" by the scores, through a {through}", f" （{through} を通したスコアについての）")
    en, ja = (by.en, by.ja) if through else ("", "")
    said = Text(
        f"the derivative of {found.of}{en}, by numerical differences",
        f"{found.of} の導関数{ja}として、数値微分と比べました",
    )
    right = found.best.correct
    alone = ONE_OUTPUT if found.of_one and right else None
    return joined(said, alone) or said, () if right else found.causes


_BESIDE = Beside(
    "its derivative",
    found=_found,
    given=lambda found: {f"d/d{plain(n)}": v for n, v in found.best.given.items()},
    right=lambda found: {
        f"d/d{plain(n)}": (found.best.expected[n], 2 * found.best.error[n])
        for n in found.best.given
    },
    said=_told,
    refused=message("no way was found to call it and what it is the derivative of"),
    noted=_noted,
)
DERIVATIVE = _BESIDE.concept(
    OF_FUNCTION, "§5", "g = df/dx", {"P": _POOL},
    takes=lambda subject: subject.found.kind == "function",
    looked_for=message("a function of the same name without the word for its derivative"),
    lends=is_upstream,
)  # fmt: skip
LAYER = _BESIDE.concept(
    OF_LAYER, "§5", "dx = J^T dy;  dw = J_w^T dy", {"P": _POOL},
    takes=lambda subject: subject.found.kind == "class",
    looked_for=message("a forward pass, and a way back that takes the gradient from above"),
    lends=is_upstream,
)  # fmt: skip
CONCEPTS = (DERIVATIVE, LAYER)
