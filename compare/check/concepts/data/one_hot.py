"""Class numbers as rows of 0 and 1."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from compare.check.calling.functions import COLUMNS
from compare.check.concept import Arrays, CallStyle, Concept, Form, Role
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import needed
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Failed

_COUNT_FIRST = Text("the number of classes comes first", "クラス数が先の引数")
_ONE_BASED = Text("labels count from 1", "ラベルは 1 から数える")
_SO_MANY = 17  # labels
_FEW = np.arange(_SO_MANY) % 2
_OWN_COUNT = Text("it has a number of classes of its own", "クラス数は関数の中で決まっている")
_ABSENT = Text("a class that no sample has", "どのサンプルにもないクラスがある場合")


def _labels(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Every class occurs, the last one first: how many there are can be told from them."""
    classes = np.concatenate(
        [np.arange(sizes["K"])[::-1], rng.integers(sizes["K"], size=sizes["N"])]
    )
    return {"classes": classes, "count": np.array(sizes["K"])}


def _without_the_last(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {"classes": rng.integers(sizes["K"] - 1, size=sizes["N"]), "count": np.array(sizes["K"])}


def _given_count(s: Subject, a: Arrays) -> Any:
    return {"rows": s.call(a["classes"], int(a["count"]))}


def _count_first(s: Subject, a: Arrays) -> Any:
    return {"rows": s.call(int(a["count"]), a["classes"])}


def _labels_alone(s: Subject, a: Arrays) -> Any:
    """Of one that counts the classes itself: beside a last label that says how many there are."""
    rows = np.asarray(s.call(np.append(a["classes"], int(a["count"]) - 1)))
    return {"rows": rows[:-1] if rows.shape[:1] == (len(a["classes"]) + 1,) else rows[..., :-1]}


def _counts_of_module(s: Subject) -> list[str]:
    """The whole numbers of its module that it reads: one may be how many classes there are."""
    read = set(re.findall(r"\b[^\W\d]\w*", s.found.source)) - {*s.parameters}
    try:
        there = s.box.attributes(s.box.globals_of(s.found.name), sorted(read))
    except Failed:
        return []
    return [n for n, v in there.items() if type(v) is int and v > 1]


def _count_of_module(s: Subject, a: Arrays) -> Any:
    """Of one that reads the number of classes: with ours in its place."""
    module = s.box.globals_of(s.found.name)
    try:
        for name in _counts_of_module(s):
            s.box.set(module, name, int(a["count"]))
        return {"rows": s.call(a["classes"])}
    finally:
        s.box.method(module, "__call__")


def _count_of_its_own(s: Subject, a: Arrays) -> Any:
    """Of one that has its own number of classes, whatever the labels: each group of so many on top
    of the last, beside as many columns of 0.   Raises ValueError.
    """
    alone = np.shape(s.call(np.zeros(_SO_MANY, dtype=int)))
    if len(alone) != 2 or alone.count(_SO_MANY) != 1 or alone != np.shape(s.call(_FEW)):
        raise ValueError(message("rows of as many columns whatever the labels were expected"))
    turned, own = alone[1] == _SO_MANY, sum(alone) - _SO_MANY
    labels, count = a["classes"], int(a["count"])
    made = np.asarray(s.call(labels % own))
    rows = np.zeros((len(labels), count + own))
    for row, label, given in zip(rows, labels, made.T if turned else made, strict=True):
        row[label // own * own :][:own] = given
    return {"rows": rows[:, :count].T if turned else rows[:, :count]}


def _takes(count: int) -> Callable[[Subject], bool]:
    def takes(s: Subject) -> bool:
        possible = [p for p in s.found.parameters if not p.variadic]
        required = len(needed(s.found.parameters))
        return s.found.kind == "function" and required <= count <= len(possible)

    return takes


def _takes_labels(s: Subject) -> bool:
    return _takes(1)(s) or _takes(2)(s)


_LABELS = re.compile(r"(y|t|d|ys|ts)(_\w+)?|\w*(label|target|class|digit)\w*", re.IGNORECASE)


_SAYS_FROM_ONE = re.compile(r"\b1\s*(\.\.+\s*\w|(to|-|~|〜)\s*([CK]\b|n\w*|\d+))|from 1\b|1 から")
# as whoever reads the classes off the outputs again
_READ_FROM_ONE = re.compile(r"argmax\([^\n]*\)\s*\+\s*1\b")


def _handed_from_one(s: Subject) -> bool | None:
    """Whether its script hands it labels of which the last is no index; None where none tells."""
    try:
        handed = [*s.box.script_values()[0].get(s.found.name, {}).values()]
    except Failed:
        return None
    arrays = [a for v in handed if (a := _array(v)) is not None and a.dtype.kind in "iu" and a.size]
    if any(a.min() == 0 for a in arrays):
        return False
    counts = [v for v in handed if type(v) is int]
    return any(a.min() == 1 and a.max() in counts for a in arrays) or None


def _from_one(s: Subject) -> bool:
    """Whether the labels of its file begin at 1, or its text says so."""
    if (handed := _handed_from_one(s)) is not None:
        return handed
    if _SAYS_FROM_ONE.search(s.found.source):
        return True
    if any(_READ_FROM_ONE.search(d.source) for d in s.inventory.found):
        return True
    mine = {p.name for p in needed(s.found.parameters)}
    names = [
        d.name for d in s.inventory.found
        if d.kind == "value" and (_LABELS.fullmatch(d.name) or d.name in mine)
    ]  # fmt: skip
    try:
        held = s.box.attributes(s.box.globals_of(s.found.name), names) if names else {}
    except Failed:
        return False
    # a list of arrays of several shapes is none: what holds parameters
    arrays = [a for v in held.values() if (a := _array(v)) is not None]
    whole = [a for a in arrays if a.dtype.kind in "iu" and a.ndim == 1 and a.size]
    return bool(whole) and all(int(a.min()) == 1 for a in whole)


def _array(value: Any) -> np.ndarray | None:
    try:
        return np.asarray(value) if isinstance(value, (np.ndarray, list)) else None
    except ValueError:  # its parts have several shapes
        return None


def _from_zero(s: Subject) -> bool:
    return not _from_one(s)


def _counts_from_zero(s: Subject) -> bool:
    """Whether it is handed labels from 0: those of its file are, or what calls it takes 1 off."""
    less_one = re.compile(rf"\b{re.escape(s.found.name)}\([^\n]*- *1\b")
    return _from_zero(s) or any(less_one.search(d.source) for d in s.inventory.found)


def _from_one_on(s: Subject, a: Arrays) -> Any:
    return {"rows from 1": s.call(a["classes"] + 1, *_count(s, a))}


def _count(s: Subject, a: Arrays) -> tuple[int, ...]:
    return (int(a["count"]),) if _takes(2)(s) else ()


def _rows(made: Callable[[np.ndarray, int], np.ndarray], turned: bool = False) -> Any:
    def formula(a: Any) -> Any:
        rows = made(a["classes"], int(a["count"])).astype(np.float64)
        found = constant(rows.T if turned else rows)
        return {"rows": found, "rows from 1": found}

    return formula


def _from_one_alone(made: Any, turned: bool = False) -> Any:
    formula = _rows(made, turned)
    return lambda a: {"rows from 1": formula(a)["rows from 1"]}


def _from_zero_alone(formula: Any) -> Any:
    return lambda a: {"rows": formula(a)["rows"]}


def _unit(classes: np.ndarray, count: int) -> np.ndarray:
    return np.eye(count)[classes]


_LESS_ONE = _from_zero_alone(_rows(lambda classes, count: np.eye(count)[classes - 1]))
_WRONG: tuple[tuple[str, Callable[[np.ndarray, int], np.ndarray]], ...] = (
    ("labels_off_by_one", lambda classes, count: np.eye(count)[(classes + 1) % count]),
    ("labels_off_by_one", lambda classes, count: np.eye(count, k=1)[classes]),
    ("labels_off_by_one", lambda classes, count: np.eye(count, k=-1)[classes]),
    ("labels_off_by_one", lambda classes, count: np.eye(count + 1)[classes]),
    ("labels_off_by_one", lambda classes, count: np.eye(count + 1)[classes + 1]),
    ("one_hot_reversed", lambda classes, count: 1 - np.eye(count)[classes]),
    ("one_hot_reversed", lambda classes, count: np.eye(count)[count - 1 - classes]),
    ("one_hot_in_all_rows", lambda classes, count: np.ones((len(classes), count))),
    ("one_hot_of_labels", lambda classes, count: np.eye(count)[classes] * classes[:, None]),
    ("one_hot_of_labels", lambda classes, count: np.eye(count)[classes] * (classes[:, None] + 1)),
)
NAME = "one_hot"
CONCEPT = Concept(
    NAME,
    "§3",
    "t[n, k] = 1 if k = label n, else 0",
    (NAME,),
    (
        *(drawn(f"{NAME}/{i}", {"N": n, "K": k}, _labels)
          for i, (n, k) in enumerate(((9, 4), (13, 3)))),
        drawn(f"{NAME}/absent", {"N": 8, "K": 5}, _without_the_last, _ABSENT, Role.OPTIONAL),
    ),
    (
        CallStyle(_given_count, takes=_takes(2)),
        CallStyle(_labels_alone, takes=_takes(1)),
        CallStyle(_count_first, _COUNT_FIRST, _takes(2)),
        CallStyle(_count_of_module, takes=lambda s: _takes(1)(s) and bool(_counts_of_module(s))),
        CallStyle(_count_of_its_own, _OWN_COUNT, takes=_takes(1)),
        CallStyle(_from_one_on, _ONE_BASED, lambda s: _takes_labels(s) and _from_one(s)),
    ),
    (
        Form(_from_zero_alone(_rows(_unit)), takes=_counts_from_zero),
        Form(_from_zero_alone(_rows(_unit, True)), convention=COLUMNS, takes=_counts_from_zero),
        Form(_from_one_alone(_unit)),
        Form(_from_one_alone(_unit, True), convention=COLUMNS),
        Form(_LESS_ONE, convention=_ONE_BASED, takes=_from_one),
        Form(_LESS_ONE, "labels_off_by_one", takes=_from_zero),
        *(Form(_from_one_alone(made, turned), "labels_from_one_misplaced")
          for cause, made in _WRONG if cause == "labels_off_by_one" for turned in (False, True)),
        *(Form(_rows(made, turned), cause) for cause, made in _WRONG for turned in (False, True)),
    ),
    takes=lambda s: s.found.kind == "function",
    only_explained=True,
    telling=("labels_off_by_one", "labels_from_one_misplaced"),
)  # fmt: skip
