"""What a part of a submission is found to be beside its definition, and how that is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from compare.check.calling.standard.definition import Definition, Line
from compare.check.calling.standard.parts import Assignment, Part, constants_in
from compare.check.concepts.of_any_form.beside import Mistaken
from compare.check.i18n.text import Text
from compare.check.repairs.repair import Repair


@dataclass(frozen=True)
class Found:
    """What a part is: right, or what it is in its place, ``instead``; with all numbers of both.

    ``repair``: the edit with which it is right, where nothing says what it is instead ·
    ``form``: in which arrays are handed over.
    """

    part: Part
    definition: Definition
    line: Line
    instead: Line | None
    mine: tuple[np.ndarray, ...]
    right: tuple[np.ndarray, ...]
    changes: tuple[str, ...] = ()
    assigned: Assignment = field(default_factory=dict)
    repair: Repair | None = None
    form: int = 0

    def said(self, formula: str) -> str:
        """A formula in the submission's own words."""
        own = {role: name for name, role in self.assigned.items() if isinstance(role, str)}
        own |= {role: f"{number:g}" for role, number in constants_in(self.assigned).items()}
        return re.sub(r"\b[A-Za-z]\w*\b", lambda m: own.get(m[0], m[0]), formula)

    def hint(self, line: Line) -> Text:
        """What is amiss in a line, with the formulas in it in the submission's own words."""
        words = (line.hint.en, line.hint.ja)
        return Text(*(re.sub(r"\{(.*?)\}", lambda m: self.said(m[1]), each) for each in words))


def names(found: Found, arrays: tuple[np.ndarray, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """Each by its name; single numbers together, of which one 0 alone says nothing."""
    label = ", ".join((*found.part.before, found.part.method)) or "y"
    if not any(map(np.ndim, arrays)):
        yield label, np.array(arrays)
        return
    # nor do arrays of one number alone beside others: what is cut to 0 everywhere
    telling = [bool(np.ptp(y)) if np.size(y) else False for y in arrays]
    for k, y in enumerate(arrays):
        if telling[k] or not any(telling):
            yield f"{label}{k}", np.squeeze(y)


def told(found: tuple[Found, ...]) -> tuple[Text, list[Mistaken]]:
    """What the parts are held against, in both languages, and the mistake of each."""
    said = [(f.definition.name, f.said(f.line.text)) for f in found]
    english = "; ".join(dict.fromkeys(f"{name.en}: {line}" for name, line in said))
    japanese = "; ".join(dict.fromkeys(f"{name.ja}: {line}" for name, line in said))
    return Text(english, japanese), [_mistake(f) for f in found if f.instead or f.repair]


def _mistake(found: Found) -> Mistaken:
    return (
        (found.repair.cause, found.repair.blanks) if found.repair else (_key(found), _blanks(found))
    )


def _key(found: Found) -> str:
    of_places = found.instead is not None and found.instead.text == found.line.text
    unlike = of_places or found.instead in found.definition.holds
    return "standard_unlike" if unlike else "standard_otherwise"


def _blanks(found: Found) -> dict[str, str | Text]:
    assert found.instead is not None
    return {
        "name": found.part.method or found.part.subject.found.name,
        "hint": found.hint(found.instead),
        "is": found.said(found.instead.text), "should": found.said(found.line.text),
        "what": found.definition.name,
    }  # fmt: skip
