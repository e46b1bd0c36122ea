"""Standard functions and small classes of no course, beside the table of their definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.calling.standard.definition import OF_STANDARD, Definition, Line, named
from compare.check.calling.standard.mutants import exchanged, guarded, mutants
from compare.check.calling.standard.parts import (
    RETURNED,
    Assignment,
    Part,
    Shown,
    assignments,
    constants_in,
    flat,
    key_of,
    parts_of,
    shown,
)
from compare.check.calling.standard.roles import (
    FORMS,
    OF_TENSORS,
    ROLES,
    SERIES,
    SIZES,
    STEPS,
    drawn,
)
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.i18n.text import Text
from compare.check.matching import F64
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

_MADE = "beside the table"
_DIGITS = 2.0**-42  # of the largest number: ten of 52 bits, which other steps may lose
_STEP = re.compile(r"\bstep\b")


@dataclass(frozen=True)
class Found:
    """What a part is: right, or what it is in its place, ``instead``; with all numbers of both."""

    part: Part
    definition: Definition
    line: Line
    instead: Line | None
    mine: tuple[np.ndarray, ...]
    right: tuple[np.ndarray, ...]
    changes: tuple[str, ...] = ()


def _judged(subject: Subject) -> tuple[Found, ...]:
    """All parts that follow a line of their definition, or a slip in one.   Raises Failed."""
    return tuple(found for part in parts_of(subject) if (found := _of_part(part)))


def _of_part(part: Part) -> Found | None:
    known, sure = named(part.label.replace("__call__", "call"))
    source = part.subject.found.source
    lines = [(d, line) for d in known for line in d.right if not _says(line.unless, source)]
    for definition, line in lines:
        for each in _ways(line, source):
            found = _followed(part, definition, each, each, None)
            if found:
                return found
    return _wrong(part, lines) if sure else None


def _says(pattern: str, source: str) -> bool:
    return bool(pattern) and bool(re.search(pattern, source, re.IGNORECASE))


def _ways(line: Line, source: str) -> Iterator[Line]:
    """With the small number in its text; of a schedule also with steps that count from 1."""
    for each in _ahead(line):
        yield from guarded(each, source)


def _ahead(line: Line) -> Iterator[Line]:
    yield line
    if "step" in line.roles:
        yield Line(_STEP.sub("(step + 1)", line.text))


def _wrong(part: Part, lines: list[tuple[Definition, Line]]) -> Found | None:
    source = part.subject.found.source
    for definition, line in ((d, way) for d, each in lines for way in _ahead(each)):
        slips = (*definition.wrong, *mutants(line), *exchanged(line))
        for slip in slips:
            for each in guarded(slip, source):
                found = _followed(part, definition, line, each, each)
                if found:
                    return found
    return None


def _followed(
    part: Part, definition: Definition, line: Line, follows: Line, instead: Line | None
) -> Found | None:
    """Where it gives what ``follows`` says on all problems, in one way of calling it."""
    of = line if set(follows.roles) <= set(line.roles) else follows
    among = tuple({r: None for each in definition.right for r in each.roles})
    forms = FORMS if set(of.roles) & set(OF_TENSORS) else max(
        (len(ROLES[r]) for r in of.roles), default=1)  # fmt: skip
    for form in range(forms):
        for assigned in assignments(part, of, drawn(0, form), form, among):
            call = _Call(part, of, assigned, form)
            name = _followed_by(call, follows)
            if not name:
                continue
            mine = [y for number in call.numbers for y in call.shown(number)[name] or []]
            right = [y for number in call.numbers for y in _value(line, call, number) or []]
            if len(np.unique(np.concatenate([np.ravel(v) for v in mine]))) < 2:
                continue
            if instead is None or not _alike(mine, right):
                told = _changed(call, name, right)
                return Found(part, definition, line, instead, tuple(mine), tuple(right), told)
    return None


@dataclass(frozen=True)
class _Call:
    """A way to call a part: ``of``: which roles there are."""

    part: Part
    of: Line
    assigned: Assignment
    form: int

    @property
    def numbers(self) -> range:
        return range(SERIES if "losses" in self.of.roles else len(SIZES))

    def values(self, number: int) -> dict[str, Any]:
        return {**drawn(number, self.form), **constants_in(self.assigned)}

    def shown(self, number: int) -> Shown:
        return shown(self.part, self.of, self.assigned, self.values(number), number, self.form)


def _followed_by(call: _Call, follows: Line) -> str:
    """In which of the ways in which it shows something it shows what a line says, or ""."""
    ways: set[str] | None = None
    for number in call.numbers:
        wanted = _value(follows, call, number)
        given = call.shown(number) if wanted else {}
        same = {name for name, y in given.items() if y and wanted and _alike(y, wanted)}
        ways = same if ways is None else ways & same
        if not ways:
            return ""
    return min(ways or {""})


def _changed(call: _Call, name: str, right: list[np.ndarray]) -> tuple[str, ...]:
    """The arguments that it changes in place and should not."""
    changes = call.part.changes[key_of(call.of, call.assigned, 0, call.form)]
    lent = {n for n, role in call.assigned.items() if role in OF_TENSORS and name == RETURNED}
    lent = lent if np.ndim(right[0]) else set()  # weights that are changed and returned as well
    return tuple(n for n in changes if n not in lent)


def _value(line: Line, call: _Call, number: int) -> list[np.ndarray] | None:
    """The numbers that a line makes; in place of a schedule those of each step."""
    values = call.values(number)
    with np.errstate(all="ignore"):
        try:
            if "step" not in call.of.roles:
                return flat(line.value(values))
            steps = (float(_real(line.value({**values, "step": i}))) for i in range(STEPS))
            return [np.array(list(steps))]
        except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError):
            return None


def _real(number: Any) -> Any:
    if np.iscomplexobj(number):
        raise ValueError
    return number


def _alike(mine: list[np.ndarray], wanted: list[np.ndarray]) -> bool:
    return len(mine) == len(wanted) and all(map(_equal, mine, wanted))


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    one, other = np.squeeze(one), np.squeeze(other)
    if one.shape != other.shape or not np.isfinite(one + other).all():
        return False
    return bool((np.abs(one - other) <= _DIGITS * np.abs(other).max(initial=0.0)).all())


def _differ(mine: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return not _alike(mine, right)


def _called(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What its parts give.   Raises Failed."""
    if _MADE not in subject.made:
        subject.made[_MADE] = _judged(subject)
    found: tuple[Found, ...] = subject.made[_MADE]
    if not found:
        raise Failed(Ending.REFUSED, message("no definition says what it gives"))
    methods = {n: None for f in found for n in (*f.part.before, f.part.method) if n}
    if subject.found.kind == "class":
        subject.parts = {f"{subject.found.name}.{n}": None for n in methods}
    subject.changed = {name: None for f in found for name in f.changes}
    return {name: y for f in found for name, y in _names(f, f.mine)}


def _names(found: Found, arrays: tuple[np.ndarray, ...]) -> Iterator[tuple[str, np.ndarray]]:
    label = ", ".join((*found.part.before, found.part.method)) or "y"
    for k, y in enumerate(arrays):
        yield f"{label}{k}", np.squeeze(y)


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    found: tuple[Found, ...] = trial.subject.made.get(_MADE, ())
    if not found:
        return (Form(lambda a: {}),)
    said = "; ".join(f"{f.definition.name}: {f.line.text}" for f in found)
    right = Form(partial(_right, found), convention=Text(said, said))
    wrong = [("standard_otherwise", _blanks(f)) for f in found if f.instead]
    if not wrong:
        return (right,)
    (cause, blanks), *further = wrong
    return right, Form(partial(_mine, found), cause, blanks=blanks, further=tuple(further))


def _blanks(found: Found) -> dict[str, str | Text]:
    assert found.instead is not None
    return {
        "name": found.part.method or found.part.subject.found.name, "hint": found.instead.hint,
        "is": found.instead.text, "should": found.line.text, "what": found.definition.name,
    }  # fmt: skip


def _right(found: tuple[Found, ...], a: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for f in found:
        for (name, _), right in zip(_names(f, f.mine), f.right, strict=False):
            wanted = np.squeeze(right)
            limit = _DIGITS * np.abs(wanted).max(initial=1e-300)
            values[name] = Bounded.given(wanted, F64).widened(np.full(wanted.shape, limit))
    return values


def _mine(found: tuple[Found, ...], a: Any) -> dict[str, Any]:
    return {name: Bounded.given(y, F64) for f in found for name, y in _names(f, f.mine)}


FUNCTION = Concept(
    OF_STANDARD,
    "§3",
    "what is called so everywhere",
    (),
    (probe(OF_STANDARD, {"P": 2}, {"x": "P"}),),
    (CallStyle(_called, takes=lambda subject: subject.found.kind in ("function", "class")),),
    (),
    meanings_of=_meanings,
    looked_for=message("what has a definition by that name"),
)
