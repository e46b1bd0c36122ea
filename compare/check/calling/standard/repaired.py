"""What is amiss in a part of no known slip: numbers in other places, or the one edit it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from compare.check.calling.standard.definition import Definition, Line
from compare.check.calling.standard.one_call import Call, alike, followed_by, wanted_of
from compare.check.calling.standard.parts import CHANGED, RETURNED, Part, assignments
from compare.check.calling.standard.roles import FED, FORMS, OF_TENSORS, ROLES, drawn
from compare.check.repairs.reach import reached
from compare.check.repairs.repair import Repair
from compare.check.repairs.search import first_repair
from compare.check.repairs.suspects import suspects

_CALLED = re.compile(r"\w+(?=\()")
_CALLS, _EDITS = 4, 600
_SOME = 8  # numbers of which all are right by no chance
_MANY_WAYS = {*FED, "step"}  # what counts from 0 or from 1 is right in more ways than are listed
Way = tuple[Definition, Line, Call]


def ways_of(part: Part, lines: Sequence[tuple[Definition, Line]]) -> list[Way]:
    """Some ways in which it may be called: it gives as many numbers as a line."""
    return list(islice(_ways(part, lines), _CALLS))


def in_other_places(way: Way) -> bool:
    """Whether all numbers are the right ones, and stand elsewhere."""
    _, line, call = way
    for number in call.numbers:
        mine, wanted = _given(call, number), wanted_of(line, call, number, None)
        one, other = (np.sort(np.concatenate([np.ravel(v) for v in each]))
                      for each in (mine, wanted))  # fmt: skip
        if not alike([one], [other]) or len(np.unique(one)) < _SOME:
            return False
    return True


def repaired(
    part: Part, ways: Sequence[Way], right_as: Callable[[Part], Way | None]
) -> tuple[Way, Repair] | None:
    """How it is called where one edit makes all of its numbers right, and the edit.

    Of a function that it calls as well, where what else calls that and is right stays so.
    ``right_as``: how a part is called as what its name says, if it is right.
    """
    inventory, name = part.subject.inventory, part.subject.found.name
    if part.method or part.subject.found.kind != "function" or not ways:
        return None
    names = [n for n in reached(inventory, [name]) if n in {d.name for d in inventory.functions}]
    beside = [way for each in _beside(part, names) if (way := right_as(each))]
    right: list[Way] = []

    def is_repaired() -> bool:
        right[:] = islice((way for way in ways if _is_still_right(way)), 1)
        return bool(right) and all(map(_is_still_right, beside))

    first = _suspects(part, names, ways, beside)
    repair = first_repair(part.subject, names, is_repaired, _EDITS, first=first)
    return ((right or ways)[0], repair) if repair and _is_slip(repair) else None


def _is_still_right(way: Way) -> bool:
    _, line, call = way
    return bool(followed_by(_anew(call), line))


def _suspects(
    part: Part, names: Sequence[str], wrong: Sequence[Way], beside: Sequence[Way]
) -> frozenset[tuple[str, int]]:
    """The lines with which nothing changes that is right beside it."""

    def given() -> list[np.ndarray]:
        calls = [_anew(call) for _, _, call in (*wrong, *beside)]
        each = ([np.ravel(v) for n in call.numbers for v in _given(call, n)] for call in calls)
        return [np.nan_to_num(np.concatenate(arrays)) for arrays in each]

    sizes = [v.size for v in given()] if beside else []
    if not sizes:
        return frozenset()
    right = np.arange(sum(sizes)) >= sum(sizes[: len(wrong)])
    return suspects(part.subject, names, lambda: np.concatenate(given()), right)


def _beside(part: Part, names: Sequence[str]) -> Iterator[Part]:
    """The other functions that call those that a part calls."""
    inventory, called = part.subject.inventory, {*names[1:]}
    for d in inventory.functions if called else ():
        if d.name not in names and called & {*reached(inventory, [d.name])}:
            yield Part(part.subject.beside(d))


def _anew(call: Call) -> Call:
    """With nothing kept of what another text gave."""
    return replace(call, part=replace(call.part, known={}, changes={}, given=[]))


def _is_slip(repair: Repair) -> bool:
    """Whether it calls the same as before: of scores it may be right as another thing."""
    called = (
        [sorted(_CALLED.findall(text)) for text in (p.stands, p.meant)] for p in repair.places
    )
    return all(one == other for one, other in called)


def _given(call: Call, number: int) -> list[np.ndarray]:
    shown = call.shown(number)
    return shown.get(RETURNED) or shown.get(CHANGED) or []


def _ways(part: Part, lines: Sequence[tuple[Definition, Line]]) -> Iterator[Way]:
    for definition, line in lines:
        if _MANY_WAYS & {*line.roles}:
            continue
        forms = FORMS if {*OF_TENSORS} & {*line.roles} else max(len(ROLES[r]) for r in line.roles)
        for form in range(forms):
            for assigned in assignments(part, line, drawn(0, form), form, line.roles):
                call = Call(part, line, assigned, form)
                mine, wanted = _given(call, 0), wanted_of(line, call, 0, None)
                if mine and [np.shape(m) for m in mine] == [np.shape(w) for w in wanted]:
                    yield definition, line, call
