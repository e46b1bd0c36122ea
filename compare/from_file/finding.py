"""The parts of a file, as its check finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compare.check.check_submission import checked, concepts
from compare.check.judge_concept import interpreted
from compare.check.result import CheckResult
from compare.check.subject import Subject
from compare.check.trial import Expectations, Trial, expectations_at
from compare.core.outcome import Outcome
from compare.from_file.found_parts import Found, Part
from compare.sandbox.interface import Box, Failed


def found_in(name: str, box: Box, mapping: Mapping[str, str], seed: int = 0) -> Found:
    """Check what is in a box, and keep how each part of it is called."""
    expectations = expectations_at(seed)
    check = checked(name, box, mapping, seed, expectations=expectations)
    if check.broken:
        return Found(check, {})
    return Found(check, {p.concept.name: p for p in _parts(check, box, expectations)})


def _parts(check: CheckResult, box: Box, expectations: Expectations) -> Iterator[Part]:
    by_name = {concept.name: concept for concept in concepts()}
    inventory = box.inventory
    for judgement in check.judgements:
        concept = by_name[judgement.concept]
        if judgement.outcome is Outcome.NOT_COMPARED or concept.others is not None:
            continue
        subject = Subject(box, inventory[judgement.found], inventory)
        try:
            reading = interpreted(concept, subject, expectations.seed, expectations)
        except Failed:
            continue
        if reading is not None:
            how, right = reading
            first = Trial(concept, subject, expectations.seed, expectations).first(how.arrangement)
            yield Part(
                concept, subject, how.arrangement, how.meaning, right, judgement,
                frozenset(first.values), check.name,
            )  # fmt: skip
