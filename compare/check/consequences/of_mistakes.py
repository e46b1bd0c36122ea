"""One bug is reported once: a failing concept that calls another failing one follows from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from compare.check.calling.any_network.network import NAME
from compare.check.calling.optimizers.parameters import OF_SUMS
from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.fitting.factors import AVERAGED, BY_SAMPLE, SUMMED
from compare.check.mistakes import CAUSES
from compare.check.naming.grammar import is_in_line
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.naming.source_tree import called_by
from compare.check.result import UNKNOWN, Diagnosis, Judgement
from compare.core.outcome import Outcome
from compare.sandbox.interface import Inventory

WRONG = (Outcome.DIFFERENT, Outcome.ERROR)
_APART = "not_the_loss_differentiated"


def folded(judgements: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """Each failing judgement with the concept that it follows from, where it calls one that fails.

    To call it is evidence and no proof that there is no second mistake: the report says to mend the
    first and check again.
    """
    failing = {j.found: j.concept for j in judgements if j.outcome in WRONG}
    return tuple(
        replace(j, follows_from=_cause(j, failing, inventory)) if j.found in failing else j
        for j in judgements
    )


def without_dropped(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The judgements, none of which follows from what is told no more."""
    failing = {j.concept for j in judgements if j.outcome in WRONG}
    return tuple(
        j if j.follows_from in failing else replace(j, follows_from="") for j in judgements
    )


def in_their_places(judgements: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """What is written out in a line belongs to what that line is in, if that is not judged.

    And a rule that divides sums is wrong beside a network whose gradients are means; layers that
    divide, and a loss that does, are told of each other.
    """
    judgements = _divided_twice(_of_means(judgements))
    judged = {name for j in judgements for name in (j.found, *j.parts)}
    return tuple(
        replace(j, parts=(*j.parts, *(n for n in around(j.line, inventory) if n not in judged)))
        if is_in_line(j.found)
        else j
        for j in judgements
    )


def _of_means(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Each judgement; of a rule that divides by the number of samples what it is handed."""
    means = [
        j
        for j in judgements
        if j.concept.startswith("network") and any("mean over" in c.en for c in j.conventions)
    ]
    handed = {name for j in means for name in j.parts}
    again = Diagnosis.of(CAUSES["divides_means"], {})
    return tuple(
        replace(j, outcome=Outcome.DIFFERENT, diagnoses=(again,))
        if OF_SUMS in j.conventions and j.found in handed and j.outcome is Outcome.SAME
        else j
        for j in judgements
    )


def _divided_twice(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Each judgement; with a warning of layers that average, where every loss there does so."""
    right = [j for j in judgements if j.outcome is Outcome.SAME]
    losses = [
        j for j in right if j.concept.startswith(("layer.", "d_")) and speaks_of_loss(j.concept)
    ]
    if not losses or not all(map(_is_mean, losses)):
        return tuple(judgements)
    told = Diagnosis.of(CAUSES["divided_by_both"], {"loss": ", ".join(j.found for j in losses)})
    return tuple(
        replace(j, diagnoses=(*j.diagnoses, told))
        if j in right and any(AVERAGED.en in c.en for c in j.conventions)
        else j
        for j in judgements
    )


def _is_mean(loss: Judgement) -> bool:
    """Whether its gradient is a mean over the samples: in the course's form, or by what is said."""
    said = [c.en for c in loss.conventions]
    usual = "/N" in loss.formula.rpartition("=")[2] and not any(SUMMED.en in c for c in said)
    return usual or any(BY_SAMPLE.en in c for c in said)


def around(line: int, inventory: Inventory) -> tuple[str, ...]:
    """The definitions that a line is in, by their names."""
    written = (d for d in inventory.found if d.line and d.source and not is_in_line(d.name))
    return tuple(d.name for d in written if d.line <= line < d.line + d.source.count("\n") + 1)


def beside_losses(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """A gradient that is right of some loss is wrong where it is not that of the loss beside it."""
    apart = {name: j for j in judgements if j.outcome in WRONG for name in _beside(j)}
    return tuple(
        replace(
            j,
            outcome=apart[j.found].outcome,
            diagnoses=(*apart[j.found].diagnoses, *j.diagnoses),
            follows_from=apart[j.found].concept,
        )
        if j.found in apart and j.outcome is Outcome.SAME and j.concept != OF_FUNCTION
        else j
        for j in judgements
    )


def beside_wrong_derivatives(judgements: Sequence[Judgement]) -> set[str]:
    """The functions of derivatives that are wrong: the one or the other is, or both."""
    return {name for j in judgements if _is_wrong_derivative(j) for name in j.parts}


def without_right_functions(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """A function that is right by itself is no part of what is wrong with its derivative."""
    right = {j.found for j in judgements if j.outcome is Outcome.SAME}
    return tuple(
        replace(j, parts=tuple(name for name in j.parts if name not in right))
        if _is_wrong_derivative(j)
        else j
        for j in judgements
    )


def _is_wrong_derivative(judgement: Judgement) -> bool:
    return judgement.concept == OF_FUNCTION and judgement.outcome in WRONG


def at_their_places(judgements: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """What is wrong with several functions is told of the one in which it is."""
    functions = {d.name: d for d in inventory.found if d.kind == "function"}
    told = []
    for j in judgements:
        place = functions.get(_place(j, judgements)) if j.outcome is Outcome.DIFFERENT else None
        if place is not None and j.found in functions and place.name != j.found:
            parts = (j.found, *(n for n in j.parts if n != place.name))
            j = replace(j, found=place.name, parts=parts, line=place.line, file=place.file)
        if not _is_told_of_class(j, judgements):
            told.append(j)
    return _once(told, inventory, set(functions))


def _is_told_of_class(j: Judgement, judgements: Sequence[Judgement]) -> bool:
    """Whether a method is wrong as its class is: nothing that is not told of that one."""
    owner = j.found.rpartition(".")[0]
    causes = {d.cause for d in j.diagnoses}
    return j.outcome is Outcome.DIFFERENT and any(
        k.found == owner and k.outcome is Outcome.DIFFERENT
        and causes <= {d.cause for d in k.diagnoses} - {UNKNOWN}
        for k in judgements
    )  # fmt: skip


def _once(
    told: Sequence[Judgement], inventory: Inventory, functions: set[str]
) -> tuple[Judgement, ...]:
    """Of networks that go back through one wrong function, the one of which most is told."""
    wrong = {j.found for j in told if j.way_back and j.outcome is Outcome.DIFFERENT} & functions
    most: dict[str, Judgement] = {}
    for j in told:
        if j.found in wrong and j.way_back:
            most[j.found] = max(most.get(j.found, j), j, key=lambda k: len(k.diagnoses))

    def stays(j: Judgement) -> bool:
        if j.found not in wrong or not j.way_back:
            return True
        # what trains by a way back that is wrong shows that one's mistake, and perhaps its own
        by = (called_by(inventory[j.found].source) & wrong) - {j.found}
        return j is most[j.found] and not (by and len(j.diagnoses) == 1)

    return tuple(j for j in told if stays(j))


def _place(j: Judgement, judgements: Sequence[Judgement]) -> str:
    """The part that is wrong: of a network one that is so by itself, or the way back; or ""."""
    if j.concept.startswith("pair.") and {d.cause for d in j.diagnoses} == {_APART}:
        # of two that are each right of some loss, the gradient is the one that was derived
        return j.parts[0]
    if not j.way_back:
        return _raising(j)
    if j.follows_from and len(j.diagnoses) == 1:
        return next((k.found for k in judgements if k.concept == j.follows_from), "")
    if "loss_not_differentiated" in {d.cause for d in j.diagnoses}:
        wrong = {k.found for k in judgements if k is not j and k.outcome is Outcome.DIFFERENT}
        if losses := [name for name in j.parts if name in wrong]:
            return losses[0]
    outputs = [c.outcome for c in j.verdict.comparisons if c.name == "y"]
    # of any structure the forward pass is taken as it is
    right = j.concept == NAME or bool(outputs) and {*outputs} == {Outcome.SAME}
    return j.way_back if right or j.follows_from else _raising(j)


def _raising(j: Judgement) -> str:
    """The way back, where that is what raised an exception, or ""."""
    raised = (re.search(r", in (\w+)\)", d.seen.en) for d in j.diagnoses[:1])
    names = [found[1] for found in raised if found]
    return next((n for n in names if n in j.parts and part_of(n) is Part.BACKWARD), "")


def _beside(judgement: Judgement) -> tuple[str, ...]:
    """What is a gradient of the loss beside it there, and of another one perhaps elsewhere."""
    if judgement.concept.startswith("pair."):
        return judgement.parts
    return (judgement.found,) if judgement.concept == OF_FUNCTION else ()


def _cause(judgement: Judgement, failing: dict[str, str], inventory: Inventory) -> str:
    its_names = (judgement.found, *judgement.parts)
    # the text is looked at, and not the calls: what it imported may be called anywhere
    names = {name for part in its_names for name in called_by(inventory[part].source)}
    others = (failing[f] for f in failing if f not in its_names and _last(f) in names)
    return next(others, "")


def _last(name: str) -> str:
    return name.rpartition(".")[2]
