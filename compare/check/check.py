"""Check a submission: find what is in it, judge each concept, fold what follows from another."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType
from typing import Any

from compare.check.concepts import CONCEPTS
from compare.check.consequences import folded
from compare.check.judge_concept import judge
from compare.check.layout_consequences import in_one_layout
from compare.check.naming.bind import Binding, Bound, bind, chosen
from compare.check.result import UNKNOWN, Judgement
from compare.check.subject import Subject
from compare.check.trial import Expectations
from compare.core.case import Outcome
from compare.core.implementation import torch_side
from compare.sandbox import Box, Definition, Failed, InProcess, Inventory, Limits, Sandbox, Source
from compare.system.exit_codes import DIFFERENT, SAME
from compare.system.shell_quoting import quoted


@dataclass(frozen=True)
class CheckResult:
    """What came of a submission; ``str()`` of it is what the command prints.

    ``judgements`` are of what was found, in the course's order · ``left_alone`` is what was not
    judged · ``missing`` are concepts that it does not have · ``breaches`` say why it is not from
    scratch · ``lost`` are names that it never came to define, because of ``failures`` · ``broken``
    is why nothing could be judged · ``again`` is the command that judges it again.
    """

    name: str
    judgements: tuple[Judgement, ...] = ()
    left_alone: tuple[Definition, ...] = ()
    missing: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    broken: str = ""
    seed: int = 0
    seconds: float = 0.0
    again: str = ""

    def passed(self, strict: bool = False) -> bool:
        """Whether something was judged, and all that it defines is the same, from scratch."""
        sound = self.judgements and not (self.broken or self.breaches or self.lost)
        return bool(sound) and not self.hung and not any(j.fails(strict) for j in self.judgements)

    @property
    def hung(self) -> bool:
        """Whether its import was stopped because it did not come to an end."""
        return any("Overtime: the import ran for" in line for line in self.failures)

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
        from compare.check.report.text import checked_text

        return checked_text(self)

    def _repr_html_(self) -> str:
        from compare.check.report.html import fragment

        return fragment(self)


def check_file(
    path: Path,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    only: Sequence[str] = (),
    expectations: Expectations | None = None,
) -> CheckResult:
    """Judge a file, a folder or a notebook in a process of its own.

    ``expectations`` of the same seed are shared with other submissions.

    Raises Unreadable where it cannot be read as a submission, MappingError where the mapping is
    wrong.
    """
    source = Source.of(path)
    with Sandbox(source, limits or Limits()) as box:
        found = checked(Path(path).name, box, mapping or {}, seed, only, expectations)
    return replace(found, again=command(path, mapping or {}))


def command(path: Path, mapping: Mapping[str, str]) -> str:
    """The command that judges it again, but for the concept and the seed."""
    given = [f"--map {quoted(f'{concept}={name}')}" for concept, name in mapping.items()]
    target = str(path)
    if target.startswith("-"):
        target = f"./{target}"  # or it would be an option
    return " ".join(["python -m compare check", quoted(target), *given])


def check(
    target: Any = None,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    only: Sequence[str] = (),
) -> CheckResult:
    """Judge what is written by hand: all that the caller defined so far, or ``target``.

    ``target``: a function, a class, a module, a dictionary or an object of this interpreter, which
    is kept from nothing; or the path of a file, a folder or a notebook, in a process of its own.

    >>> compare.check()  # in a notebook: what its cells defined
    >>> compare.check(soft_max, {"softmax": "soft_max"})

    Raises MappingError, and Unreadable where a path is no submission.
    """
    only = (only,) if isinstance(only, str) else tuple(only)
    if isinstance(target, (str, Path)):
        return check_file(Path(target), mapping, seed, only=only)
    if target is None:
        caller = sys._getframe(1).f_globals
        return checked(str(caller.get("__name__")), InProcess(caller), mapping or {}, seed, only)
    name = getattr(target, "__name__", type(target).__name__)
    if isinstance(target, (type, FunctionType)):
        target = {target.__name__: target}
    return checked(name, InProcess(target), mapping or {}, seed, only)


def checked(
    name: str,
    box: Box,
    mapping: Mapping[str, str],
    seed: int = 0,
    only: Sequence[str] = (),
    expectations: Expectations | None = None,
) -> CheckResult:
    """Judge what is in a box: of all concepts, or of those named.   Raises MappingError."""
    began = time.perf_counter()
    try:
        inventory = box.inventory
    except Failed as failed:
        return CheckResult(name, breaches=box.breaches, broken=failed.line, seed=seed)
    binding = chosen(bind(box, inventory, CONCEPTS, mapping), only)
    judged = _judged(box, inventory, binding, seed, expectations or Expectations(seed))
    parts = {name for judgement in judged for name in judgement.parts}
    return CheckResult(
        name,
        judged,
        tuple(found for found in binding.left_alone if found.name not in parts),
        tuple(c.name for c in binding.missing if c.others is None),
        box.breaches,
        inventory.failures,
        inventory.lost,
        inventory.notes,
        seed=seed,
        seconds=time.perf_counter() - began,
    )


def _judged(
    box: Box, inventory: Inventory, binding: Binding, seed: int, expectations: Expectations
) -> tuple[Judgement, ...]:
    torch = torch_side()

    def judged(b: Bound) -> Judgement:
        subject = Subject(box, b.found, inventory)
        found = judge(b.concept, subject, b.how, torch, seed, expectations)
        return replace(found, parts=tuple(n for n in subject.parts if n != b.found.name))

    alone = in_one_layout([judged(b) for b in binding.bound if b.concept.others is None])
    wrong = {j.found for j in alone if j.outcome is not Outcome.SAME}
    right = (b for b in binding.bound if b.concept.others and not _parts(b, inventory) & wrong)
    return folded(alone, inventory) + tuple(j for b in right if not _unexplained(j := judged(b)))


def _parts(bound: Bound, inventory: Inventory) -> set[str]:
    others = bound.concept.others(inventory) if bound.concept.others else ()
    return {bound.found.name, *others}


def _unexplained(judgement: Judgement) -> bool:
    """Whether parts that are right by themselves do not fit, and nothing says why: no finding."""
    known = any(d.cause != UNKNOWN for d in judgement.diagnoses)
    return judgement.outcome is not Outcome.SAME and not known
