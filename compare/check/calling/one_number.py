"""A function of single numbers or of lists, called on arrays as its own file calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling.functions import ONE_BY_ONE
from compare.check.concept import OF_COLUMNS, Arrays, CallStyle, Concept
from compare.check.failures import ending_of
from compare.check.fitting.factors import joined
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.check.trial import RETURNS_NOTHING
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

ONE_NUMBER = Text("takes one number at a time", "1 つの数ずつ受け取る")
ONE_LIST = Text("takes one sample at a time, as a list", "1 サンプルずつリストで受け取る")
# of what cannot take an array: math.exp, if, the index of a list
ENDINGS = ("one_number_only", "branch_on_array", "max_for_maximum")


def takes_numbers(failed: Failed) -> bool:
    """Whether a call failed as one does that is given an array in place of a number."""
    return ending_of(failed) in ENDINGS


def in_pieces(
    concept: Concept, styles: Sequence[CallStyle], of_vectors: bool = False
) -> Iterator[Concept]:
    """The concept with these ways to call it, each on numbers; and each on lists, a sample each.

    ``of_vectors``: or on lists, or else on arrays of one axis.
    """
    rows = [style for style in styles if style.layout != OF_COLUMNS]
    lists = (_ListByList, ONE_LIST, rows)
    numbers, vectors = (_NumberByNumber, ONE_NUMBER, styles), (_RowByRow, ONE_BY_ONE, rows)
    for kind, said, of in (lists, vectors) if of_vectors else (numbers, lists):
        yield replace(concept, arrangements=tuple(_piece_by_piece(kind, said, s) for s in of))


def _piece_by_piece(kind: type[_NumberByNumber], said: Text, style: CallStyle) -> CallStyle:
    def call(subject: Subject, arrays: Arrays) -> Arrays:
        each = style.call(kind(subject), arrays)  # type: ignore[arg-type]
        # of a loss each number is the loss of one sample
        return {n: np.mean(v) if n.startswith("loss") else v for n, v in each.items()}

    return replace(style, call=call, convention=joined(style.convention, said))


def sees_arrays(subject: Subject) -> bool:
    """Whether its file has NumPy, so that arrays are what its numbers come in."""
    try:
        names = subject.box.globals_of(subject.found.name)
        return bool(subject.box.attributes(names, ("np", "numpy")))
    except Failed:
        return False


class _NumberByNumber:
    """A subject whose function is called with numbers, and gives arrays of what it gave."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)

    def call(self, *args: Any, **named: Any) -> Any:
        """The results as one array, or as one each where it gives several.   Raises Failed."""
        alike = np.broadcast_arrays(*args)
        numbers = zip(*(a.ravel().tolist() for a in alike), strict=True)
        found = [self._subject.call(*each, **named) for each in numbers]
        if any(v is None for v in found):
            raise Failed(Ending.REFUSED, RETURNS_NOTHING)
        if any(np.ndim(v) for v in found):
            raise ValueError(message("it gives an array of a number"))
        return np.array(found).reshape(alike[0].shape)


class _ListByList(_NumberByNumber):
    """A subject whose function is called with a list a sample, and gives arrays of what it gave."""

    def _given(self, array: np.ndarray) -> Any:
        return array.tolist()

    def call(self, *args: Any, **named: Any) -> Any:
        """The results of all samples as one array.   Raises Failed, ValueError."""
        arrays = [np.asarray(a) for a in args]
        if max(a.ndim for a in arrays) < 2:
            return np.asarray(self._subject.call(*map(self._given, arrays), **named))
        samples = zip(*map(self._given, arrays), strict=True)
        found = [self._subject.call(*each, **named) for each in samples]
        if any(v is None for v in found):
            raise Failed(Ending.REFUSED, RETURNS_NOTHING)
        return np.array(found)


class _RowByRow(_ListByList):
    """The same with an array a sample."""

    def _given(self, array: np.ndarray) -> Any:
        return array
