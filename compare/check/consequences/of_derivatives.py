"""A function and a derivative that are right by themselves, and do not belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compare.check.i18n.text import NOTHING
from compare.check.mistakes import CAUSES
from compare.check.naming.derivative_names import Pair
from compare.check.result import Diagnosis, Judgement
from compare.core.outcome import Outcome


def said_so(found: Judgement, pair: Pair, judged: Sequence[Judgement]) -> Judgement:
    """The same, with what each of the two is right as."""
    concepts = {j.found: j.concept for j in judged}
    blanks = {
        "of": pair.name,
        "own": concepts[pair.name],
        "other": concepts[pair.derivative.name].removeprefix("d_"),
    }
    seen = next((d.seen for d in found.diagnoses), NOTHING)
    cause = Diagnosis.of(CAUSES["derivative_of_another"], blanks, seen=seen)
    return replace(found, diagnoses=(cause,))


def of_another(pair: Pair, judged: Sequence[Judgement]) -> bool:
    """Whether the two are right as a function and a derivative that do not belong together."""
    concepts = {j.found: j.concept for j in judged if j.outcome is Outcome.SAME}
    both = [concepts.get(name, "") for name in (pair.name, pair.derivative.name)]
    return all(both) and both[0] != both[1].removeprefix("d_")
