"""What is amiss in a part of no known slip: numbers in other places, or the one edit it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from compare.check.calling.standard.definition import Definition, Line
from compare.check.calling.standard.one_call import Call, alike, followed_by, wanted_of
from compare.check.calling.standard.parts import CHANGED, RETURNED, Part, assignments
from compare.check.calling.standard.roles import FED, FORMS, OF_TENSORS, ROLES, drawn
from compare.check.naming.source_tree import called_by
from compare.check.repairs.repair import Repair
from compare.check.repairs.search import first_repair

_CALLED = re.compile(r"\w+(?=\()")
_CALLS, _EDITS = 4, 300
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


def repaired(part: Part, ways: Sequence[Way]) -> tuple[Way, Repair] | None:
    """How it is called where one edit makes all of its numbers right, and the edit."""
    own = {d.name for d in part.subject.inventory.functions}
    made_of_others = bool(own & called_by(part.subject.found.source))
    if part.method or part.subject.found.kind != "function" or made_of_others or not ways:
        return None
    right: list[Way] = []

    def is_right() -> bool:
        fresh = replace(part, known={}, changes={}, given=[])
        same = (w for w in ways if followed_by(replace(w[2], part=fresh), w[1]))
        right[:] = islice(same, 1)
        return bool(right)

    repair = first_repair(part.subject, [part.subject.found.name], is_right, _EDITS)
    return ((right or ways)[0], repair) if repair and _is_slip(repair) else None


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
