"""One bug is reported once: a failing concept that calls another failing one follows from it."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from compare.check.calling.own_derivative.functions import OF_FUNCTION
from compare.check.naming.grammar import is_in_line
from compare.check.result import Judgement
from compare.core.outcome import Outcome
from compare.sandbox.interface import Inventory

WRONG = (Outcome.DIFFERENT, Outcome.ERROR)


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


def in_their_places(judgements: Sequence[Judgement], inventory: Inventory) -> tuple[Judgement, ...]:
    """What is written out in a line belongs to what that line is in, if that is not judged."""
    judged = {name for j in judgements for name in (j.found, *j.parts)}
    return tuple(
        replace(j, parts=(*j.parts, *(n for n in around(j.line, inventory) if n not in judged)))
        if is_in_line(j.found)
        else j
        for j in judgements
    )


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


def called_by(source: str) -> set[str]:
    """The names that a definition calls or passes on: ``softmax``, and of ``functions.softmax``."""
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return set()  # of what cannot be read nothing is known: it follows from nothing
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
