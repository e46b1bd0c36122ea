"""A concept of any form: what is found in a submission, beside what that should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.i18n.text import Text
from compare.check.probes.probe import constant, probe
from compare.check.subject import Subject
from compare.language.message import Message
from compare.sandbox.interface import Ending, Failed

Mistaken = tuple[str, Mapping[str, Any]]  # the key of a mistake, and the blanks of its texts


@dataclass(frozen=True, eq=False)
class Beside:
    """What is looked for, and what is told of it.

    ``key``: under which it is kept beside the subject · ``found``: of a subject and drawn numbers,
    what there is, or nothing · ``given``: what that gave, by name · ``right``: what it should be,
    and by how much that may be off · ``said``: what it is held against, and each mistake ·
    ``noted``: what is noted of the subject at each call.   Raises Failed.
    """

    key: str
    found: Callable[[Subject, Mapping[str, Any]], Any]
    given: Callable[[Any], Mapping[str, Any]]
    right: Callable[[Any], Mapping[str, tuple[Any, Any]]]
    said: Callable[[Any], tuple[Text | None, Sequence[Mistaken]]]
    refused: Message
    noted: Callable[[Subject, Any], None] = lambda subject, found: None

    def called(self, subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """What it gives.   Raises Failed."""
        found = subject.once(self.key, lambda: self.found(subject, arrays))
        if not found:
            raise Failed(Ending.REFUSED, self.refused)
        self.noted(subject, found)
        return dict(self.given(subject.made[self.key]))

    def meanings(self, trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        """What is right; and what it gave, where a mistake explains that."""
        found = trial.subject.made.get(self.key)
        if not found:
            return (Form(lambda a: {}),)  # a concept has a right form, and this follows none
        convention, causes = self.said(found)
        right = Form(lambda a: {n: constant(*v) for n, v in self.right(found).items()},
                     convention=convention)  # fmt: skip
        if not causes:
            return (right,)
        (cause, blanks), *further = causes
        given = {n: constant(np.asarray(v)) for n, v in self.given(found).items()}
        return right, Form(lambda a: given, cause, blanks=blanks, further=tuple(further))

    def concept(
        self, name: str, section: str, formula: str, numbers: Mapping[str, int],
        takes: Callable[[Subject], bool], looked_for: Message, drawn: Sequence[str] = ("x",),
        **more: Any,
    ) -> Concept:  # fmt: skip
        """A concept of this; ``numbers``: how many are ``drawn``, by axis."""
        probes = (probe(name, numbers, dict.fromkeys(drawn, " ".join(numbers))),)
        return Concept(
            name, section, formula, (), probes, (CallStyle(self.called, takes=takes),), (),
            meanings_of=self.meanings, looked_for=looked_for, **more,
        )  # fmt: skip
