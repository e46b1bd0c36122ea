"""How functions of a target and an output are called: order, form of the target, layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from compare.check.concept import OF_COLUMNS, ROWS, Arrays, CallStyle
from compare.check.fitting.factors import joined
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

OUTPUT_FIRST = Text("the prediction comes first, the target second", "予測が先、目標値が後の引数")
FLAT = Text(
    "one output a sample (1-D), targets of whole numbers",
    "1 サンプル 1 出力（1 次元）で、目標値は整数",
)
WITH_GRADIENT = Text("returns the gradient beside the loss", "損失と一緒に勾配も返す")
COLUMNS = Text("samples are columns", "サンプルは列方向")
ONE_HOT = Text("targets are one-hot", "目標値は one-hot 形式のみ")
CLASSES = Text("targets are class indices", "目標値はクラス番号のみ")
SCORES = Text(
    "it takes the scores u, before softmax or sigmoid", "softmax・シグモイド前の値 u を受け取る"
)

_TARGETS = {
    "d", "t", "ytrue", "true", "truth", "target", "targets", "label", "labels", "gt", "teacher",
    "groundtruth", "desired", "expected", "onehot", "tlabel", "ttrue", "dtrue", "yt", "correct",
}  # fmt: skip
_OUTPUTS = {
    "ypred", "pred", "preds", "predict", "predicted", "prediction", "predictions", "yhat", "hat",
    "out", "output", "outputs", "a", "al", "a2", "a3", "prob", "probs", "probability", "q",
    "probabilities", "p", "score", "scores", "logits", "logit", "u", "z", "x", "yp", "yh", "o",
}  # fmt: skip
_SCORES = {"u", "x", "score", "scores", "logits", "logit", "z"}
Call = Callable[[Any, Any], Any]


def target_first(names: Sequence[str]) -> bool | None:
    """Whether names such as (d, y) say that the target comes first; None where they do not."""
    first, second = (plain(name) for name in names[:2])
    if (first, second) == ("p", "q"):  # H(p, q): p is the truth
        return True
    if {first, second} == {"a", "b"}:
        return None
    one = first in _TARGETS or second in _OUTPUTS and second != "x"
    other = second in _TARGETS or first in _OUTPUTS and first != "x"
    return one if one != other else None


def named_output(names: Sequence[str]) -> bool:
    """Whether one is called what an output is called, such as ``y_pred``, and no score."""
    return any(plain(name) in _OUTPUTS - _SCORES for name in names)


def beside_target(names: Sequence[str]) -> bool:
    """Whether names such as (pred, y) or (y, t) are those of an output and its target."""
    said = {plain(name) for name in names}
    certain = {"t", "ytrue", "target", "targets", "label", "labels", "onehot", "truth", "ttrue"}
    predicted = {"pred", "preds", "ypred", "yhat", "prediction", "predictions", "probs", "prob"}
    return len(said) == 2 and bool(said & certain or ("y" in said and said & predicted))


def is_function(s: Subject) -> bool:
    """Whether it is a function, and no class."""
    return s.found.kind == "function"


def two_arrays(s: Subject) -> bool:
    """Whether it is a function of two arrays."""
    return s.found.kind == "function" and len(s.required) == 2


def given(first: bool, d: Any, y: Any) -> tuple[Any, Any]:
    """The two arguments in their order."""
    return (d, y) if first else (y, d)


def columns_possible(s: Subject) -> bool:
    """Whether samples may be columns: not where the submission's own softmax has them as rows."""
    softmax = next((f for f in s.inventory.found if plain(f.name) == "softmax"), None)
    if softmax is None or softmax.kind != "function":
        return True
    u = np.array([[0.1, 0.7, -0.3], [1.1, 0.2, 0.5]])
    try:
        found = s.box.call(softmax.name, u).value
    except Failed:
        return True
    y = found[0] if isinstance(found, tuple) and found else found  # a cache may come beside it
    if not isinstance(y, np.ndarray) or y.shape != u.shape or y.dtype.kind != "f":
        return True
    return not np.array_equal(np.round(y.sum(axis=1), 6), [1.0, 1.0])


def by_column(a: Any) -> Any:
    """An array with its samples as columns."""
    return np.asarray(a).reshape(-1, 1) if np.ndim(a) == 1 else np.asarray(a).T


def by_row(value: Any, like: Any) -> Any:
    """A result of samples as columns, with samples as rows."""
    value = np.asarray(value)
    return value.T.reshape(np.shape(like)) if value.size == np.size(like) > 1 else value


def as_rows(call: Call) -> Call:
    """What is called with the target and the output as they are."""
    return call


def as_columns(call: Call) -> Call:
    """The same with samples as columns; class indices stay a list."""

    def turned(d: Any, of: Any) -> Any:
        wide = d if np.ndim(d) < np.ndim(of) else by_column(d)
        return {n: by_row(v, of) for n, v in call(wide, by_column(of)).items()}

    return turned


def in_both_forms(call: Call, a: Arrays, of: Any) -> Any:
    """Results for one-hot targets, and those for class indices, whose names end in `` by class``."""
    found = dict(call(a["d"], of))
    if np.ndim(a.get("classes", 0)) and "only_d" not in a:
        found |= by_class(call, a, of)
    return found


def in_one_hot(call: Call, a: Arrays, of: Any) -> Any:
    """Results for one-hot targets; where indices are probed, what it makes of them if it does."""
    if "indices" in a:
        try:
            found = by_class(call, a, of)
        except (Failed, TypeError, ValueError, IndexError, AttributeError, KeyError):
            return call(a["d"], of)
        fits = all(np.size(v) in (1, np.size(of)) for v in found.values())
        return found if fits else call(a["d"], of)
    return call(a["d"], of)


def by_class(call: Call, a: Arrays, of: Any) -> Any:
    """Results for class indices as targets."""
    classes = a["classes"]
    found = call(classes if np.ndim(classes) else int(classes), of)
    return {f"{name} by class": value for name, value in found.items()}


def as_flat(call: Call) -> Call:
    """The same with one output a sample, in one axis, and targets of whole numbers."""

    def turned(d: Any, of: Any) -> Any:
        found = call(np.asarray(d).reshape(-1).astype(int), np.asarray(of).reshape(-1))
        shape = np.shape(of)
        return {n: np.reshape(v, shape) if np.size(v) == np.size(of) > 1 else v
                for n, v in found.items()}  # fmt: skip

    return turned


_FORMS = ((in_both_forms, None), (in_one_hot, ONE_HOT), (by_class, CLASSES))


def arrangements(
    of: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]] = lambda s: s.required,
    fits: Callable[[Subject], bool] = two_arrays,
    classes: bool = False,
    said: Text | None = None,
    layouts: bool = True,
    turns: Any = ((as_rows, None), (as_columns, COLUMNS)),
) -> tuple[CallStyle, ...]:
    """Every order, form and layout (``turns``) in which a target and the array ``of`` are taken.

    compute: the subject and whether the target comes first → the call · names: of its parameters ·
    fits: whether the subject can be meant so · classes: targets are classes, and not numbers.
    """
    forms: Any = _FORMS if classes else ((lambda call, a, y: call(a["d"], y), None),)
    turns = turns if layouts else turns[:1]

    def arrangement(turn: Any, form: Any, first: bool) -> CallStyle:
        def call(s: Subject, a: Arrays) -> Arrays:
            found: Arrays = form[0](turn[0](compute(s, first)), a, a[of])
            return found

        def takes(s: Subject) -> bool:
            if not fits(s) or target_first(names(s)) is (not first):
                return False
            return turn[0] is not as_columns or columns_possible(s)

        texts = (None if first else OUTPUT_FIRST, said, form[1], turn[1])
        layout = {as_rows: ROWS, as_columns: OF_COLUMNS}.get(turn[0], "")
        return CallStyle(call, joined(*texts), takes, layout)

    return tuple(
        arrangement(turn, form, first) for turn, form, first in product(turns, forms, (True, False))
    )


def function_of(result: str) -> Callable[[Subject, bool], Call]:
    """A function of two arrays, whose result is ``result``."""

    def compute(s: Subject, first: bool) -> Call:
        return lambda d, y: {result: s.call(*given(first, d, y))}

    return compute


def function_with_gradient(loss: str, grad: str) -> Callable[[Subject, bool], Call]:
    """A function of two arrays that returns a loss and its gradient."""

    def compute(s: Subject, first: bool) -> Call:
        def call(d: Any, y: Any) -> Any:
            value, slope = s.call(*given(first, d, y))
            return {loss: value, grad: slope}

        return call

    return compute


def flat(
    of: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]],
    fits: Callable[[Subject], bool],
) -> tuple[CallStyle, ...]:
    """``arrangements`` of one output a sample."""
    return arrangements(of, compute, names, fits, turns=((as_flat, FLAT),))
