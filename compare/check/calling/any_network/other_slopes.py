"""Functions of derivatives that may be handed the output z = f(u) in place of u, or u for z."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.naming.grammar import meaning
from compare.check.naming.network_parameters import needed
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

# f → f'(u), and f' of z = f(u)
_OF_U = {
    "sigmoid": "lambda u: 1.0 / (2.0 + 2.718281828459045 ** u + 2.718281828459045 ** -u)",
    "tanh": "lambda u: 4.0 / (2.718281828459045 ** u + 2.718281828459045 ** -u) ** 2",
}
_OF_Z = {"sigmoid": "lambda z: z * (1.0 - z)", "tanh": "lambda z: 1.0 - z * z"}
_U = np.array([0.75, -1.5, 0.25])


@dataclass(frozen=True)
class OtherSlope:
    """A function f'(u), and the same of z = f(u) to put in its place, or the other way round."""

    name: str
    own: str
    at_z: bool  # whether it takes u, and would be right of z

    @property
    def cause(self) -> str:
        """The mistake, if all is right with the other."""
        return "slope_handed_z" if self.at_z else "slope_handed_u"

    @property
    def blanks(self) -> dict[str, Any]:
        """What the texts of the mistake leave open."""
        return {"name": self.name, "own": self.own}

    def put_in(self, subject: Subject) -> None:
        """Lets its name stand for the other one, until the global names are put back."""
        subject.rebound = subject.rebound or subject.box.globals_of(self.name)
        other = subject.box.define((_OF_Z if self.at_z else _OF_U)[self.own])
        subject.box.set(subject.rebound, self.name, other)


def other_slopes(subject: Subject) -> Iterator[OtherSlope]:
    """The derivatives that the text of a network calls, by what they give of an array."""
    for d in subject.inventory.found:
        said = meaning(d.name) if d.kind == "function" and len(needed(d.parameters)) == 1 else None
        if said is None or not said.derivative or said.base not in _OF_Z:
            continue
        texts = [e.source for e in subject.inventory.found if e is not d and e.kind != "value"]
        if not any(re.search(rf"\b{d.name}\(", text) for text in texts):
            continue
        try:
            given = subject.box.call(d.name, _U.copy()).value
        except Failed:
            continue
        slopes = {"sigmoid": (1 / (2 + np.exp(_U) + np.exp(-_U)), _U * (1 - _U)),
                  "tanh": (1 - np.tanh(_U) ** 2, 1 - _U**2)}[said.base]  # fmt: skip
        for at_z, slope in zip((True, False), slopes, strict=True):
            if np.shape(given) == _U.shape and np.allclose(given, slope, rtol=1e-9):
                yield OtherSlope(d.name, said.base, at_z)
