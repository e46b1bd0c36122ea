"""§3: the share of samples in the right class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compare.check.calling.functions import (
    arrangements,
    function_of,
    given,
    is_function,
    two_arrays,
)
from compare.check.concept import Arrays, CallStyle, Concept, Form, Role, Tried
from compare.check.fitting.factors import MEAN, MEAN_OF_ALL, Factor, mistaken, times, wrong_factors
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.naming.source_tree import divides_whole
from compare.check.probes.classes import INDICES
from compare.check.probes.probe import drawn
from compare.check.subject import Subject

_SIZES = ({"N": 37, "K": 3}, {"N": 23, "K": 5}, {"N": 41, "K": 4})
_PREDICTED = Text("it takes predicted classes, not outputs", "出力ではなく予測クラスを受け取る")
_BESIDE = Text(
    "it takes predicted classes beside one-hot targets", "予測クラスと one-hot の目標値を受け取る"
)
_ZEROS_AND_ONES = Text(
    "it takes predictions and targets of 0 and 1", "0 と 1 の予測と目標値を受け取る"
)
_YES_OR_NO = Text(
    "of outputs that are each yes or no, y > 0.5; for several classes it would be wrong",
    "出力ごとに y > 0.5 で判定する 2 値分類用（多クラスでは誤り）",
)
_ALL_YES_OR_NO = Text(
    "a sample counts whose outputs, each yes or no by y > 0.5, are all right",
    "出力ごとに y > 0.5 で判定し、すべて正しいサンプルを数える",
)
_PERCENT = Text("in percent", "パーセント表示")
_COUNTED = {MEAN: None}
_OF_OUTPUTS = {"d", "t", "y", "x", "u"}  # what the course and its books call them


def _drawn(rng: np.random.Generator, sizes: Any, absent: int = 0) -> dict[str, Any]:
    """About half of the samples are in the right class.

    The first sample is of class 0, and the surest of it: argmax over the samples is right there,
    so that to take it is not to be 0 by chance.
    """
    y = rng.dirichlet(np.ones(sizes["K"]), sizes["N"])
    classes = rng.integers(sizes["K"] - absent, size=sizes["N"])
    classes[0] = 0
    y[np.arange(0, sizes["N"], 2), classes[::2]] += 1.0
    y = y / y.sum(axis=1, keepdims=True)
    d = np.eye(sizes["K"])[classes]
    y[0] = 1e-6 * y[0] + (1 - 1e-6) * d[0]
    return {"d": d, "y": y, "classes": classes, "predicted": y.argmax(axis=1)}


def _with_indices(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {**_drawn(rng, sizes, absent=1), "indices": 1}


def _all_right(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    drawn_ = _drawn(rng, sizes)
    return {**drawn_, "y": (drawn_["y"] + 9 * drawn_["d"]) / 10, "predicted": drawn_["classes"]}


def _of(
    counted: Callable[[np.ndarray, np.ndarray], Any],
    of_bits: Callable[[np.ndarray, np.ndarray], Any] | None = None,
) -> Callable[[Arrays], Arrays]:
    """How often something holds of the outputs and the one-hot targets, or of what is 0 or 1."""

    def formula(a: Arrays) -> Arrays:
        y = a["y"].value.astype(np.float64)
        found = a["y"].constant(float(np.sum(counted(y, a["d"]))))
        results = {"accuracy": found, "accuracy by class": found}
        if of_bits:
            bits = of_bits(a["predicted"] % 2, a["classes"] % 2)
            results[_BITS] = a["y"].constant(float(np.sum(bits)))
        return results

    return formula


_BITS = "accuracy of bits"
_right = _of(lambda y, d: y.argmax(axis=1) == d.argmax(axis=1), lambda y, d: y == d)
_false = _of(lambda y, d: y.argmax(axis=1) != d.argmax(axis=1), lambda y, d: y != d)
_by_column = _of(lambda y, d: y.argmax(axis=0) == d.argmax(axis=0))
_of_one_target = _of(lambda y, d: y.argmax(axis=1) == d.argmax(axis=1).argmax())
_by_element = _of(lambda y, d: (y > 0.5) == (d > 0.5))
_by_sample = _of(lambda y, d: ((y > 0.5) == (d > 0.5)).all(axis=1))
_of_means = {Factor(1.0, -1): None, Factor(1.0, 0, -1): None, Factor(1.0, -1, -1): None}


def _classes_only(s: Subject, a: Arrays) -> Arrays:
    return {"accuracy": s.call(a["classes"], a["predicted"])}


def _beside_one_hot(first: bool) -> Callable[[Subject, Arrays], Arrays]:
    """Predicted classes, and one-hot targets."""
    return lambda s, a: {"accuracy": s.call(*given(first, a["d"], a["predicted"]))}


def _of_bits(s: Subject, a: Arrays) -> Arrays:
    return {_BITS: s.call(a["classes"] % 2, a["predicted"] % 2)}


def _takes_bits(s: Subject) -> bool:
    return two_arrays(s) and _without_softmax(s)


def _takes_classes(s: Subject) -> bool:
    """Where a name says so: of ``(predictions, Y)`` the first; ``(y, t)`` are outputs."""
    return two_arrays(s) and not _OF_OUTPUTS >= set(map(plain, s.required))


def _percent(a: Arrays) -> Arrays:
    return {n: v * 100.0 for n, v in times(_right, MEAN)(a).items()}


def _cut_off(a: Arrays) -> Arrays:
    """A whole number of times that all are right: 0, or 1."""
    shares = times(_right, MEAN)(a)
    return {n: v.constant(np.floor(v.value + 1e-9)) for n, v in shares.items()}


def _divides_whole(s: Subject) -> bool:
    return divides_whole(s.found.source)


def _is_cut_off(trial: Tried, style: CallStyle) -> bool:
    """Whether it is 0 but where all are right, of what divides by //."""
    ran = [trial.ran(style, p).values.get("accuracy") for p in trial.concept.ordinary]
    counted = all(share is not None and np.ndim(share) == 0 for share in ran)
    return counted and _divides_whole(trial.subject) and ran == [0, 0, 0, 1]


def _of_each_output(a: Arrays) -> Arrays:
    return times(_by_element, MEAN_OF_ALL)(a)


def _without_softmax(s: Subject) -> bool:
    """Whether nothing in the submission says that there are several classes."""
    names = [plain(f.name) for f in s.inventory.found]
    return not any("softmax" in name or "crossentropy" in name and "binary" not in name
                   for name in names)  # fmt: skip


CONCEPTS = (
    Concept(
        "accuracy",
        "§3",
        "mean (argmax_k y_nk = d_n)",
        ("accuracy",),
        (
            *(drawn(f"accuracy/{i}", sizes, _drawn) for i, sizes in enumerate(_SIZES)),
            drawn("accuracy/all", {"N": 31, "K": 7}, _all_right),
            drawn("accuracy/indices", {"N": 29, "K": 6}, _with_indices, INDICES, Role.OPTIONAL),
        ),
        (
            *arrangements("y", function_of("accuracy"), classes=True),
            CallStyle(_classes_only, _PREDICTED, _takes_classes),
            *(CallStyle(_beside_one_hot(first), _BESIDE, two_arrays) for first in (True, False)),
            CallStyle(_of_bits, _ZEROS_AND_ONES, _takes_bits),
        ),
        (
            Form(times(_right, MEAN)),
            Form(_percent, convention=_PERCENT),
            Form(_of_each_output, convention=_YES_OR_NO, takes=_without_softmax),
            Form(times(_by_sample, MEAN), convention=_ALL_YES_OR_NO, takes=_without_softmax),
            Form(_cut_off, "accuracy_cut_off", takes=_divides_whole),
            *mistaken(_false, _COUNTED, "accuracy_complement"),
            *mistaken(_by_column, _of_means, "accuracy_axis"),
            *mistaken(_of_one_target, _COUNTED, "accuracy_axis"),
            *mistaken(_by_element, _of_means, "accuracy_by_element"),
            *mistaken(_by_sample, _COUNTED, "accuracy_by_element"),
            *wrong_factors(_right, _COUNTED, "accuracy_factor", {}),
        ),
        lambda side, a: {"accuracy": side.get("losses.accuracy")(a["d"], a["y"])},
        is_function,
        never_right=_is_cut_off,
    ),
)  # fmt: skip
