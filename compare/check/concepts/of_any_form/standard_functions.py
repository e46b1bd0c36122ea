"""Standard functions and small classes of no course, beside the table of their definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from compare.check.calling.standard.definition import (
    OF_STANDARD,
    Definition,
    Line,
    definitions,
    named,
)
from compare.check.calling.standard.mutants import exchanged, guarded, guarded_alike, mutants
from compare.check.calling.standard.one_call import (
    DIGITS,
    Call,
    alike,
    changed_in,
    differences,
    followed_by,
    wanted_of,
)
from compare.check.calling.standard.parts import (
    Assignment,
    Part,
    assignments,
    constants_in,
    constants_of,
    parts_of,
)
from compare.check.calling.standard.repaired import Way, in_other_places, repaired, ways_of
from compare.check.calling.standard.roles import (
    FORMS,
    OF_TENSORS,
    ROLES,
    drawn,
    said_of,
)
from compare.check.calling.standard.stand_ins import KEPT, OPTIMIZER
from compare.check.concepts.of_any_form.beside import Beside
from compare.check.concepts.of_any_form.standard_found import Found, names, told
from compare.check.fitting.guards import takes_logarithms
from compare.check.i18n.text import Text
from compare.check.naming.grammar import Affix, affix_of, words
from compare.check.repairs.repair import Repair
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Failed

_GRADIENT = "gradient of the "  # as the table calls it
_STEP = re.compile(r"\bstep\b")
_UNSEEN = 1e-3  # what a difference is of the numbers that nobody would see
_UNIT = re.compile(r"\bin \w+|\w+単位", re.IGNORECASE)


def _judged(subject: Subject) -> tuple[Found, ...]:
    """All parts that follow a line of their definition, or a slip in one.   Raises Failed."""
    judged: list[Found] = []
    for part in parts_of(subject):
        try:
            found = _of_part(part)
        except Failed:  # perhaps because of what it was called with
            continue
        judged += [found] if found else []
    return tuple(judged)


def _of_part(part: Part) -> Found | None:
    known, sure, lines = _lines_of(part)
    lines, misfits = _fitting(part, lines)
    for by_name in (True, False):
        if sure and not by_name and (found := _wrong_by_name(part, lines)):
            return found  # high and low are not exchanged, where their names say which is which
        if found := _right(part, lines, by_name):
            return found
    for definition, line, misfit in misfits:
        if found := _followed(part, definition, line, misfit, misfit):
            return found
    held = next((found for d in known if d.holds and (found := _held(part, d))), None)
    if held is not None:
        return held if sure or not held.instead else None
    return (_wrong(part, lines) or _repaired(part, lines)) if sure else None


_Lines = list[tuple[Definition, Line]]


def _lines_of(part: Part) -> tuple[list[Definition], bool, _Lines]:
    """The definitions that its name says, whether surely, and their lines that may be meant."""
    known, sure = named(part.label.replace("__call__", "call"))
    known = known or _rates(part)
    source = part.subject.found.source
    if any("C" in line.roles for d in known for line in d.right):
        source += _rows_of_tables(part.subject)
    every = [(d, line) for d in known for line in d.right]
    if not any(_says(line.unless, source) for _, line in every):
        source = " ".join(_UNIT.findall(part.subject.found.head))  # its own text leaves it open
    lines = [(d, line) for d, line in every if not _says(line.unless, source)] or every
    if takes_logarithms(part.subject):
        lines = [(d, each) for d, line in lines for each in line.of_logarithms] + lines
    return known, sure, lines


def _right(part: Part, lines: _Lines, by_name: bool) -> Found | None:
    """Where it follows one of the lines."""
    for definition, line in lines:
        for each in _ways(line, constants_of(part)):
            if found := _followed(part, definition, each, each, None, by_name):
                return found
    return None


def _right_as(part: Part) -> Way | None:
    """How it is called as what its name says, if it is right.   Raises Failed."""
    found = _right(part, _lines_of(part)[2], by_name=True)
    if found is None:
        return None
    return found.definition, found.line, Call(part, found.line, found.assigned, found.form)


def _rates(part: Part) -> list[Definition]:
    """All schedules, of what takes a step and speaks of a rate: decayed(rate, epoch, k)."""
    parameters = [p for p in (*part.made_with, *part.called_with) if p.required]
    spoken = {w for p in parameters for w in (*words(p.name), *words(part.label))}
    stepped = any(said_of(p.name, ("step",)) for p in parameters)
    if not stepped or not any(affix_of(word) is Affix.RATE for word in spoken):
        return []
    return [d for d in definitions() if any("step" in line.roles for line in d.right)]


def _fitting(part: Part, lines: _Lines) -> tuple[_Lines, list[tuple[Definition, Line, Line]]]:
    """The lines but for gradients of another value than what its file has beside it; and those,
    each beside one that is a gradient of that.
    """
    misfits: list[tuple[Definition, Line, Line]] = []
    for value in (
        d for d in definitions() for of, _ in lines if of.name.en == _GRADIENT + d.name.en
    ):
        name, beside = _value_beside(part, value)
        same = [(d, each) for d, each in lines if beside and {*each.roles} == {*beside.roles}]
        fit = [(d, each) for d, each in same if beside and _is_gradient(each, beside)]
        others = [pair for pair in same if pair not in fit] if fit else []
        hint = Text(f"it is not the gradient of {name}, which stands beside it",
                    f"同じファイルの {name} の勾配ではありません")  # fmt: skip
        misfits += [(d, fit[0][1], replace(each, hint=hint)) for d, each in others]
        lines = [pair for pair in lines if pair not in others]
    return lines, misfits


def _value_beside(part: Part, value: Definition) -> tuple[str, Line | None]:
    """Another function of the file that gives such a value, by a word that both have."""
    mine = {w for w in words(part.subject.found.name) if affix_of(w) is None}
    for d in part.subject.inventory.found:
        if d.kind != "function" or d.name == part.subject.found.name or not mine & {*words(d.name)}:
            continue
        other = Part(part.subject.beside(d))
        for line in value.right:
            try:
                if _followed(other, value, line, line, None):
                    return d.name, line
            except Failed:
                break
    return "", None


def _is_gradient(line: Line, of: Line) -> bool:
    values = drawn(0, 0)
    slopes = differences(of, values, "W", values["W"])
    pairs = zip(line.value(values), slopes, strict=True)
    return all(np.allclose(one, other, rtol=1e-5, atol=1e-7) for one, other in pairs)


def _rows_of_tables(subject: Subject) -> str:
    """What the rows are of the confusion matrix that the same file makes."""
    for d in subject.inventory.found:
        is_table = d.kind == "function" and d.name != subject.found.name
        if is_table and [k.name.en for k in named(d.name)[0]] == ["confusion matrix"]:
            found = _of_part(Part(subject.beside(d)))
            if found and not found.instead:
                return " rows: true" if found.line.text.startswith("counts(c") else ""
    return ""


def _held(part: Part, definition: Definition) -> Found | None:
    """Whether all that holds of a right result does, of one whose form is known."""
    of = Line(" and ".join(line.text for line in definition.holds))
    found: Found | None = None
    for assigned in assignments(part, of, drawn(0, 0), 0, of.roles):
        call = Call(part, of, assigned, 0)
        rows = [_truths(definition, call, number) for number in call.numbers]
        mine = [np.array(row, dtype=float) for row in rows if row]
        if len(mine) < len(rows):
            continue
        wrong = np.flatnonzero(np.min(mine, axis=0) == 0)
        instead = definition.holds[wrong[0]] if len(wrong) else None
        right = tuple(np.ones_like(each) for each in mine)
        this = Found(part, definition, instead or of, instead, tuple(mine), right)
        if instead is None:
            return this
        found = found or this
    return found


def _truths(definition: Definition, call: Call, number: int) -> list[bool]:
    """What holds of the result of a problem; nothing where it has another form."""
    call.part.given.clear()
    if not call.shown(number) or not call.part.given:
        return []
    values = {**call.values(number), "result": call.part.given[-1]}
    try:
        return [bool(line.value(values)) for line in definition.holds]
    except (ValueError, TypeError, IndexError):
        return []


def _says(pattern: str, source: str) -> bool:
    return bool(pattern) and bool(re.search(pattern, source, re.IGNORECASE))


def _ways(line: Line, constants: list[float]) -> Iterator[Line]:
    """With the small number in its text; of a schedule also with steps that count from 1."""
    for each in _ahead(line):
        yield from guarded(each, constants)


def _ahead(line: Line) -> Iterator[Line]:
    yield line
    for k in (1, 2) if "step" in line.roles else ():
        yield Line(_STEP.sub(f"(step + {k})", line.text), ahead=k)


def _wrong_by_name(part: Part, lines: _Lines) -> Found | None:
    """A known slip whose numbers all have names that say what they are."""
    for definition in dict.fromkeys(d for d, _ in lines):
        own = [line for d, line in lines if d is definition]
        for slip in definition.wrong:
            right = next((line for line in own if {*line.roles} == {*slip.roles}), None)
            found = _followed(part, definition, right, slip, slip) if right else None
            if found and all(said_of(n, (r,)) for n, r in found.assigned.items()):
                return found
    return None


def _wrong(part: Part, lines: list[tuple[Definition, Line]]) -> Found | None:
    constants = constants_of(part)
    for definition, line, slip in _slips(lines):
        for each, right in guarded_alike(slip, line, constants):
            found = _followed(part, definition, right, each, each)
            if found:
                return found
    return None


def _repaired(part: Part, lines: list[tuple[Definition, Line]]) -> Found | None:
    """Where all numbers are right but for their places, or with one edit of its text."""
    ways = ways_of(part, lines)
    if moved := next((way for way in ways if in_other_places(way)), None):
        elsewhere = Text("its numbers are the right ones, in other places",
                         "数は正しいものの、並び順が違います")  # fmt: skip
        return _in_way(part, moved, replace(moved[1], hint=elsewhere), None)
    found = repaired(part, ways, _right_as)
    made = _in_way(part, found[0], None, found[1]) if found else None
    # as far off as an epsilon in another place it is another convention, and no mistake
    return made if made and not all(map(_is_near, made.mine, made.right)) else None


def _is_near(one: np.ndarray, other: np.ndarray) -> bool:
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=_UNSEEN, atol=_UNSEEN)


def _in_way(part: Part, way: Way, instead: Line | None, repair: Repair | None) -> Found:
    definition, line, call = way
    mine: list[np.ndarray] = []
    right: list[np.ndarray] = []
    for number in call.numbers:  # of one problem alone all may be right by chance
        given = call.shown(number)
        name = next(iter(given))
        mine += given[name] or []
        right += wanted_of(line, call, number, given[name])
    told = changed_in(call, name, right)
    both = tuple(mine), tuple(right)
    return Found(part, definition, line, instead, *both, told, call.assigned, repair)


def _slips(lines: list[tuple[Definition, Line]]) -> Iterator[tuple[Definition, Line, Line]]:
    """What people write in place of a line, those that are known first; each beside its line."""
    for definition in dict.fromkeys(d for d, _ in lines):
        own = [line for d, line in lines if d is definition]
        for slip in definition.wrong:
            alike = [line for line in own if line.count == slip.count]
            peers = [line for line in alike if set(line.roles) == set(slip.roles)] or alike
            yield definition, (peers or own)[0], slip
    for definition, line in lines:
        for each in _ahead(line):
            for slip in (*mutants(each), *exchanged(each)):
                yield definition, each, slip


def _followed(
    part: Part, definition: Definition, line: Line, follows: Line, instead: Line | None,
    by_name: bool = True,
) -> Found | None:  # fmt: skip
    """Where it gives what ``follows`` says on all problems, in one way of calling it."""
    of = line if set(follows.roles) <= set(line.roles) else follows
    among = tuple({r: None for each in definition.right for r in each.roles})
    forms = FORMS if set(of.roles) & set(OF_TENSORS) else max(
        (len(ROLES[r]) for r in of.roles), default=1)  # fmt: skip
    for form in range(forms):
        for assigned in assignments(part, of, drawn(0, form), form, among, by_name):
            if not set(constants_in(assigned)) <= set(follows.roles):
                continue  # of what is left out nobody has a number
            if follows.ahead > 1 and "step" in assigned.values():
                continue  # of what is handed to it nothing else has counted
            left_out = {
                n for n, r in assigned.items() if r not in (*follows.roles, OPTIMIZER, KEPT)
            }
            if any(part.uses(n) for n in left_out):
                continue  # what it takes may show with other numbers
            call = Call(part, of, assigned, form)
            name = followed_by(call, follows)
            if not name:
                continue
            mine = [y for number in call.numbers for y in call.shown(number)[name] or []]
            right = [y for n in call.numbers for y in wanted_of(line, call, n, call.shown(n)[name])]
            if len(np.unique(np.concatenate([np.ravel(v) for v in mine]))) < 2:
                continue
            if instead is not None and _is_still(of, assigned, mine):
                continue
            if instead is None or not alike(mine, right):
                told = changed_in(call, name, right)
                return Found(
                    part,
                    definition,
                    line,
                    instead,
                    tuple(mine),
                    tuple(right),
                    told,
                    assigned,
                    form=form,
                )
    return None


def _is_still(line: Line, assigned: Assignment, mine: list[np.ndarray]) -> bool:
    """Whether a schedule of steps that it counts itself stays as it is: of that others may be why.

    Another method may count them, or what it was made with is no number of steps.
    """
    handed = "step" not in line.roles or "step" in assigned.values()
    return not handed and not any(map(np.ptp, mine))


def _noted(subject: Subject, found: tuple[Found, ...]) -> None:
    methods = {n: None for f in found for n in (*f.part.before, f.part.method) if n}
    if subject.found.kind == "class":
        subject.parts = {f"{subject.found.name}.{n}": None for n in methods}
    subject.changed = {name: None for f in found for name in f.changes}


FUNCTION = Beside(
    "beside the table",
    found=lambda subject, arrays: _judged(subject),
    given=lambda found: {name: y for f in found for name, y in names(f, f.mine)},
    right=lambda found: {
        name: (y, DIGITS * np.abs(y).max(initial=1e-300))
        for f in found for name, y in names(f, f.right)
    },
    said=told,
    refused=message("no definition says what it gives"),
    noted=_noted,
).concept(
    OF_STANDARD, "§3", "what is called so everywhere", {"P": 2},
    takes=lambda subject: subject.found.kind in ("function", "class"),
    looked_for=message("what has a definition by that name"),
)  # fmt: skip
