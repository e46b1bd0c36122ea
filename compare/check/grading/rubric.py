"""Points for a submission, by a rubric that the teacher can write."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compare.check.mistakes import CAUSES
from compare.check.naming.bind import MappingError
from compare.check.naming.mapping_file import flat, toml_table
from compare.check.result import CheckResult, Judgement
from compare.core.outcome import Outcome
from compare.judge.verdict import Verdict
from compare.language.choice import _, told
from compare.language.message import message

CREDIT = {
    "same": (1.0, message("the same as in the course")),
    "convention": (1.0, message("right, in another convention")),
    "warning": (0.9, message("right, with a warning: unstable, or one shape is not taken")),
    "partly": (
        0.5,
        message("what comes first is right, and what follows is not: a wrong derivative"),
    ),
    "follows": (
        1.0,
        message("wrong because of another concept, where the points are lost already"),
    ),
    "wrong": (0.0, message("any other mistake, an exception, or not written yet")),
}


class RubricError(MappingError):
    """A rubric that cannot be used; the message says which line, and what it may be."""


@dataclass(frozen=True)
class Rubric:
    """How many points each concept is worth, and which part of them what came of it.

    ``causes``: the part where that mistake is the cause, before all others · ``required``: whether
    every concept is asked of everybody, and not only what at least half of the class has.
    """

    points: Mapping[str, float]
    credit: Mapping[str, float] = field(
        default_factory=lambda: {k: v for k, (v, _) in CREDIT.items()}
    )
    causes: Mapping[str, float] = field(default_factory=dict)
    required: bool = False


@dataclass(frozen=True)
class Mark:
    """The points of one concept, of at most how many.

    ``undecided``: it could not be compared, and these are the points until somebody looks at it.
    """

    concept: str
    points: float
    most: float
    undecided: bool = False


@dataclass(frozen=True)
class Grade:
    """A mark for every concept of the rubric that a submission has.

    ``void``: nothing of it counts, as there was nothing to judge, or it is not from scratch.
    """

    marks: tuple[Mark, ...] = ()
    void: bool = False

    @property
    def points(self) -> float:
        """All points together."""
        # 0.1 + 0.2 is to read 0.3
        return round(sum(mark.points for mark in self.marks), 4)

    @property
    def most(self) -> float:
        """What a submission without a mistake would have."""
        return round(sum(mark.most for mark in self.marks), 4)


def graded(checked: CheckResult, rubric: Rubric) -> Grade:
    """The marks of a submission; one that is void has none."""
    judged = {j.concept: j for j in checked.judgements}
    if checked.breaches or not judged:
        return Grade(void=True)
    marks = (
        _mark(judged[concept], most, rubric)
        for concept, most in rubric.points.items()
        if concept in judged
    )
    return Grade(tuple(marks))


def _mark(judgement: Judgement, most: float, rubric: Rubric) -> Mark:
    points = round(most * credit(judgement, rubric), 4)
    return Mark(judgement.concept, points, most, undecided(judgement))


def undecided(judgement: Judgement) -> bool:
    """Whether it is neither right nor wrong by what could be compared of it."""
    return judgement.outcome in (Outcome.NOT_COMPARED, Outcome.VACUOUS)


def credit(judgement: Judgement, rubric: Rubric) -> float:
    """Which part of a concept's points what came of it is worth."""
    # the first is what its author is told as the cause
    for diagnosis in judgement.diagnoses[:1]:
        if diagnosis.cause in rubric.causes:
            return rubric.causes[diagnosis.cause]
    return rubric.credit[_kind(judgement)]


def _kind(judgement: Judgement) -> str:
    if judgement.outcome is Outcome.SAME:
        without_warning = "convention" if judgement.conventions else "same"
        return "warning" if judgement.warned else without_warning
    if judgement.follows_from:
        return "follows"
    return "partly" if _begins_right(judgement.verdict) else "wrong"


def _begins_right(verdict: Verdict) -> bool:
    """Whether a result is right wherever it was compared, and all that fails comes after it."""
    if verdict.first is None:
        return False
    # one name may be compared on several probes
    failing = {c.name for c in verdict.failures}
    right = {c.name for c in verdict.comparisons if c.outcome is Outcome.SAME} - failing
    return verdict.comparisons[0].name in right


def default_rubric(concepts: Collection[str]) -> Rubric:
    """One point for each of these concepts, of which what at least half of a class has is asked."""
    return Rubric(dict.fromkeys(concepts, 1.0))


def rubric_of(file: Path, concepts: Collection[str]) -> Rubric:
    """The rubric in a TOML file; what it leaves out is as in the default.   Raises RubricError."""
    try:
        table = toml_table(file)
    except MappingError as error:
        raise RubricError(str(error)) from None
    _known(file, "", table, ("required", "points", "credit", "causes"))
    # who lists concepts expects them to be there
    required = table.get("required", "points" in table)
    if not isinstance(required, bool):
        raise RubricError(
            message(
                "{file}: required = {required}, expected true or false",
                file=file,
                required=repr(required),
            )
        )
    standard = default_rubric(concepts)
    points = _numbers(file, "points", table, concepts, None)
    parts = _numbers(file, "credit", table, CREDIT, 1.0)
    causes = _numbers(file, "causes", table, CAUSES, 1.0)
    parts = {**standard.credit, **parts}
    return Rubric(points or standard.points, parts, causes, required)


def _numbers(
    file: Path, name: str, table: Mapping[str, Any], known: Iterable[str], most: float | None
) -> dict[str, float]:
    entries = table.get(name, {})
    if not isinstance(entries, dict):
        raise RubricError(
            message(
                "{file}: {name} has to be a table [{name}] with a line for each",
                file=file,
                name=name,
            )
        )
    entries = flat(entries)
    _known(file, f"{name}.", entries, known)
    for key, value in entries.items():
        # True is an int as well
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value <= (1e6 if most is None else most):
            wanted = message("0 or more")
            if most is not None:
                wanted = message("from 0 to {most:g}", most=most)
            raise RubricError(
                message(
                    "{file}: {name}.{key} = {value}, expected a number {wanted}",
                    file=file,
                    name=name,
                    key=key,
                    value=repr(value),
                    wanted=wanted,
                )
            )
    return {key: float(value) for key, value in entries.items()}


def _known(file: Path, prefix: str, entries: Mapping[str, Any], known: Iterable[str]) -> None:
    known = list(known)
    for key in entries:
        if key not in known:
            # 0.0: the nearest of all, for there are few
            near = difflib.get_close_matches(key, known, 1, 0.0)
            raise RubricError(
                message(
                    "{file}: there is no {prefix}{key}; did you mean {near}?",
                    file=file,
                    prefix=prefix,
                    key=key,
                    near=near[0],
                )
            )


def rubric_text(rubric: Rubric) -> str:
    """The rubric as a TOML file, with what each line means."""
    credit = [f"{k} = {rubric.credit[k]:<4}  # {told(why)}" for k, (share, why) in CREDIT.items()]
    points = [f"{_key(name)} = {most:g}" for name, most in rubric.points.items()]
    required = str(rubric.required).lower()
    causes = [f"{k} = {v}" for k, v in rubric.causes.items()]
    said = _("Whether all concepts below are asked, or only those that half of a class has.")
    lines = [f"# {said}", f"required = {required}", ""]
    said = _("Which part of a concept's points it gets.")
    lines += [f"# {said}", "[credit]", *credit, ""]
    said = _("The same for single mistakes, by the cause in `check --json`, such as: mutates = 0.5")
    lines += [f"# {said}", "[causes]", *causes, ""]
    said = _("Points of each concept; one that is not listed does not count.")
    return "\n".join([*lines, f"# {said}", "[points]", *points, ""])


def _key(name: str) -> str:
    """In quotes where it has a dot, which would begin a table."""
    return f'"{name}"' if "." in name else name
