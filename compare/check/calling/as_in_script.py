"""Whether a definition was called as its own script calls it: else what it gave says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from compare.check.subject import Subject
from compare.language.message import Message, constant, message
from compare.sandbox.interface import Failed

_KEY = re.compile(r"""\[\s*f?['"]""")
_VECTORS = (*(f"{kind} number" for kind in ("list", "tuple")), "array 1")


def called_otherwise(
    subject: Subject, call: Callable[[], object], raised: bool = False
) -> Message | None:
    """What the script hands over otherwise than ``call`` does, told; None where there is nothing.

    Of a function that its script does not call nothing is known.
    """
    box = subject.box
    try:
        in_script = box.script_calls()
        if not in_script:
            return None
        box.note_calls(True)
        call()
        here = box.note_calls(False)
    except Failed:
        return None
    by_key = _KEY.search(subject.found.source) is not None
    for place, kinds in here.items():
        theirs = in_script.get(place, ())
        for mine in kinds:
            others = [_other(mine, each, raised, by_key) for each in theirs]
            if others and all(others):
                name = min(others, key=len)[0]
                return message(
                    "{function} was called with {ours} as {name}; its own script hands it {theirs}",
                    function=place.partition(":")[0],
                    name=name,
                    ours=_in_words(mine[name]),
                    theirs=_in_words(theirs[0][name]),
                )
    return None


def is_handed_vectors(subject: Subject) -> bool:
    """Whether its own script hands it lists of numbers or arrays of one axis, and nothing else."""
    kinds = _kinds(subject)
    return bool(kinds) and all(kind in _VECTORS for kind in kinds)


def has_vectors(subject: Subject) -> bool:
    """The same of what is handed beside functions and numbers."""
    kinds = [kind for kind in _kinds(subject) if kind.startswith(("array", "list", "tuple"))]
    return bool(kinds) and all(kind in _VECTORS for kind in kinds)


def _kinds(subject: Subject) -> list[str]:
    try:
        in_script = subject.box.script_calls()
    except Failed:
        return []
    calls = in_script.get(f"{subject.found.name}:{subject.found.line}", ())
    return [call.get(name, "") for call in calls for name in subject.required]


def hands_on_rows(subject: Subject) -> bool:
    """Whether its script hands on tables of shares beside labels, or one-hot targets, of each row.

    Shares are what sums to 1 in each row or in each column; of as many of both nothing is known.
    """
    try:
        values = subject.box.script_values()
    except Failed:
        return False
    calls = values[0].values() if values else ()
    handed = [[np.asarray(v) for v in c.values() if isinstance(v, np.ndarray)] for c in calls]
    return any(_are_of_rows(t, d) for arrays in handed for t in arrays for d in arrays)


def hands_several_outputs(subject: Subject, names: Sequence[str]) -> bool:
    """Whether its script hands one of these two arrays of several samples and several outputs."""
    try:
        values = subject.box.script_values()
    except Failed:
        return False
    for place, handed in values[0].items() if values else ():
        arrays = [v for v in handed.values() if isinstance(v, np.ndarray) and v.ndim == 2]
        shapes = [a.shape for a in arrays if min(a.shape) > 1]
        if place.partition(":")[0] in names and len(shapes) > len({*shapes}):
            return True
    return False


def _are_of_rows(table: np.ndarray, targets: np.ndarray) -> bool:
    if table.ndim != 2 or table.dtype.kind != "f" or table.shape[0] == table.shape[1]:
        return False
    if (table < 0).any() or not any(np.allclose(table.sum(axis=i), 1.0) for i in (0, 1)):
        return False
    if targets.shape == table.shape:
        ones = np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all()
        return bool(ones) and not bool((targets.sum(axis=0) == 1).all())
    return targets.shape == table.shape[:1] and targets.dtype.kind in "iu"


def _other(
    mine: Mapping[str, str], theirs: Mapping[str, str], raised: bool, by_key: bool
) -> list[str]:
    """The parameters whose arguments are of another kind.

    ``by_key``: whether the names in a dict matter, which what goes through all of it does not know.
    """
    # what gives a result of one number is a function of arrays as well
    one = len(mine) == 1 and not raised
    return [
        name
        for name, kind in mine.items()
        if theirs.get(name, kind) != kind
        and (by_key or not kind.startswith("dict") or not theirs[name].startswith("dict"))
        and not (one and all(map(_is_of_numbers, (kind, theirs[name]))))
    ]


def _is_of_numbers(kind: str) -> bool:
    return kind.startswith(("number", "array"))


def _in_words(kind: str) -> Message:
    name, _, of = kind.partition(" ")
    if name == "array":
        return message("an array of {n} axes", n=of)
    if name == "dict" and of:
        return message("a dict of {names}", names=", ".join(of.split()))
    return message("a number") if name == "number" else constant(name)
