"""What a file has of the course, and how each of it is called: taken from its check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.concept import CallStyle, Concept, Form
from compare.check.result import CheckResult, Judgement
from compare.check.subject import Subject
from compare.language.choice import language
from compare.language.message import Message, message


@dataclass(frozen=True)
class Part:
    """A function, class or network of the file, the way to call it, and the form that is nearest.

    ``right``: whether it follows that form · ``shows``: the names of its results.
    """

    concept: Concept
    subject: Subject
    style: CallStyle
    form: Form
    right: bool
    judgement: Judgement
    shows: frozenset[str]
    file: str

    @property
    def name(self) -> str:
        """What it is called in the file."""
        return self.judgement.found

    def results(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """What it gives of copies of these arrays.   Raises Failed."""
        self.subject.begin()
        results = self.style.call(self.subject, {n: np.copy(a) for n, a in arrays.items()})
        return {name: np.asarray(value) for name, value in results.items()}

    @property
    def text(self) -> str:
        """The text of all that the file defines."""
        return "\n".join(d.source for d in self.subject.inventory.found)

    @property
    def is_for_batches(self) -> bool:
        """Whether its check has seen that of one sample alone it gives something else."""
        diagnoses = self.judgement.diagnoses
        return any(d.cause == "wrong_there" and d.probe and "1-D" in d.probe.en for d in diagnoses)

    @property
    def elsewhere(self) -> str:
        """In which convention of its own it is right, or ""."""
        said = self.form.convention if self.right else None
        return said.of(language()) if said else ""


@dataclass(frozen=True)
class Found:
    """All parts by their concepts, and the check that they were found by."""

    check: CheckResult
    parts: Mapping[str, Part]

    @property
    def network(self) -> Part | None:
        """The network that cases can be run with, if there is one."""
        networks = (p for c, p in self.parts.items() if c.startswith("network"))
        return next((p for p in networks if p.form.network is not None), None)


def widened(name: str, wide: Any, narrow: Any) -> Message:
    """Why results of another format cannot be compared, and what would help."""
    return message(
        "{name} gives {wide} where it was given {narrow}: make new arrays with np.zeros_like(x), "
        "or leave --dtype out",
        name=name,
        wide=str(wide),
        narrow=str(narrow),
    )
