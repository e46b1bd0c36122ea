"""Check a submission: find what is in it, judge each concept, fold what follows from another."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare.case import Outcome
from compare.exits import DIFFERENT, SAME
from compare.sandbox import Box, Failed, Found, Inventory, Limits, Local, Sandbox, Source
from compare.sides import torch_side
from compare.submission.binding import Binding, Bound, bind
from compare.submission.concepts import CONCEPTS
from compare.submission.judgement import UNKNOWN, Judgement
from compare.submission.judging import judge
from compare.submission.subject import Subject


@dataclass(frozen=True)
class Checked:
    """What came of a submission; ``str()`` of it is what the command prints.

    ``judgements`` are of what was found, in the course's order · ``left_alone`` is what was not
    judged · ``missing`` are concepts that it does not have · ``breaches`` say why it is not from
    scratch · ``broken`` is why nothing could be judged.
    """

    name: str
    judgements: tuple[Judgement, ...] = ()
    left_alone: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    broken: str = ""
    seed: int = 0
    seconds: float = 0.0

    def passed(self, strict: bool = False) -> bool:
        """Whether something was judged, and all of it is the same, from scratch."""
        sound = self.judgements and not self.broken and not self.breaches
        return bool(sound) and not any(j.fails(strict) for j in self.judgements)

    def exit_code(self, strict: bool = False) -> int:
        """That of ``check``: 0 where it passed, else 1."""
        return SAME if self.passed(strict) else DIFFERENT

    def __getitem__(self, concept: str) -> Judgement:
        """The judgement of a concept.   Raises KeyError."""
        for judgement in self.judgements:
            if judgement.concept == concept:
                return judgement
        raise KeyError(concept)

    def __str__(self) -> str:
        from compare.report.checked import checked_text

        return checked_text(self)


def check_file(
    path: Path,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    only: Sequence[str] = (),
) -> Checked:
    """Judge a file, a folder or a notebook in a process of its own.

    Raises Unreadable where it cannot be read as a submission, MappingError where the mapping is
    wrong.
    """
    source = Source.of(path)
    with Sandbox(source, limits or Limits()) as box:
        return checked(Path(path).name, box, mapping or {}, seed, only)


def check(target: Any, mapping: Mapping[str, str] | None = None, seed: int = 0) -> Checked:
    """Judge a module, a dictionary or an object of this interpreter; nothing is kept from it."""
    name = getattr(target, "__name__", type(target).__name__)
    return checked(name, Local(target), mapping or {}, seed, ())


def checked(
    name: str, box: Box, mapping: Mapping[str, str], seed: int = 0, only: Sequence[str] = ()
) -> Checked:
    """Judge what is in a box: of all concepts, or of those named.   Raises MappingError."""
    began = time.perf_counter()
    try:
        inventory = box.inventory
    except Failed as failed:
        return Checked(name, breaches=box.breaches, broken=failed.line, seed=seed)
    concepts = [c for c in CONCEPTS if not only or c.name in only]
    binding = bind(box, inventory, concepts, mapping)
    judged = _judged(box, inventory, binding, seed)
    return Checked(
        name,
        judged,
        binding.left_alone,
        tuple(c.name for c in binding.missing if c.others is None),
        box.breaches,
        inventory.failures,
        inventory.notes,
        seed=seed,
        seconds=time.perf_counter() - began,
    )


def _judged(box: Box, inventory: Inventory, binding: Binding, seed: int) -> tuple[Judgement, ...]:
    torch = torch_side()

    def judged(b: Bound) -> Judgement:
        return judge(b.concept, Subject(box, b.found, inventory), b.how, torch, seed)

    alone = tuple(judged(b) for b in binding.bound if b.concept.others is None)
    wrong = {j.found for j in alone if j.outcome is not Outcome.SAME}
    right = (b for b in binding.bound if b.concept.others and not _parts(b, inventory) & wrong)
    return alone + tuple(j for b in right if not _unexplained(j := judged(b)))


def _parts(bound: Bound, inventory: Inventory) -> set[str]:
    others = bound.concept.others(inventory) if bound.concept.others else ()
    return {bound.found.name, *others}


def _unexplained(judgement: Judgement) -> bool:
    """Whether parts that are right by themselves do not fit, and nothing says why: no finding."""
    known = any(d.cause != UNKNOWN for d in judgement.diagnoses)
    return judgement.outcome is not Outcome.SAME and not known
