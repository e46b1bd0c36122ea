"""How functions of a target and an output are called: order, form of the target, layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from compare.check.calling.networks.source_names import has_weights_first
from compare.check.concept import OF_COLUMNS, ROWS, Arrays, CallStyle
from compare.check.i18n.text import Text, joined
from compare.check.naming.bind import named, plain
from compare.check.naming.source_tree import called_by
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

APART = Text("one sample at a time", "サンプルを 1 つずつ受け取る")
ONE_BY_ONE = Text("takes one sample at a time", "1 サンプルずつ受け取る")
EVERYTHING = Text("all elements of the batch", "バッチの全要素")
OUTPUT_FIRST = Text("the prediction comes first, the target second", "予測が先、目標値が後の引数")
FLAT = Text(
    "one output a sample (1-D), targets of whole numbers",
    "1 サンプル 1 出力（1 次元）で、目標値は整数",
)
COLUMN = Text(
    "one output a sample, as a column, and targets in one axis (1-D)",
    "1 サンプル 1 出力の列ベクトルと、1 次元の目標値",
)
WITH_GRADIENT = Text("returns the gradient beside the loss", "損失と一緒に勾配も返す")
COLUMNS = Text("samples are columns", "サンプルは列方向")
ROWS_BACK = Text(
    "samples are columns, and rows in the gradient", "サンプルは列方向、勾配では行方向"
)
ONE_HOT = Text("targets are one-hot", "目標値は one-hot 形式のみ")
CLASSES = Text("targets are class indices", "目標値はクラス番号のみ")
SCORES = Text(
    "it takes the scores u, before softmax or sigmoid", "softmax・シグモイド前の値 u を受け取る"
)
BY_SCORES = Text(
    "gradient by the scores u, the output's derivative included",
    "出力層の微分を含む、u についての勾配",
)
OVER_N = Text("identity, over N", "identity を N で割ったもの")  # what a layer hands on for a loss

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
    # before the tables, in which p is an output
    if (first, second) == ("p", "q"):  # H(p, q): p is the truth
        return True
    if {first, second} == {"a", "b"}:
        return None
    says_first = first in _TARGETS or second in _OUTPUTS and second != "x"
    says_second = second in _TARGETS or first in _OUTPUTS and first != "x"
    # None: names that say nothing, or both, and then the numbers decide
    return says_first if says_first != says_second else None


def named_output(names: Sequence[str]) -> bool:
    """Whether one is called what an output is called, such as ``y_pred``, and no score."""
    return any(plain(name) in _OUTPUTS - _SCORES for name in names)


def may_take_scores(subject: Subject, output: str) -> bool:
    """Whether a loss may be one of scores: by its names, or where nobody hands it ``output``."""
    if not two_arrays(subject):
        return False
    return not named_output(subject.required) or not _is_handed(subject, output)


def _is_handed(subject: Subject, output: str) -> bool:
    """Whether what calls it calls the function of that name as well, if through others."""
    found = {d.name: called_by(d.source) for d in subject.inventory.found}
    outputs = {d.name for d in named(output, subject.inventory.functions)}
    mine = subject.found.name
    for name, called in found.items():
        reached: set[str] = set(called)
        before: set[str] = set()
        while mine in called and name != mine and reached != before:
            before = reached
            reached = reached.union(*(found[n] for n in reached & found.keys() - {mine}))
        if mine in called and name != mine and reached & outputs:
            return True
    return False


def beside_target(names: Sequence[str]) -> bool:
    """Whether names such as (pred, y) or (y, t) are those of an output and its target."""
    bare_names = {plain(name) for name in names}
    certain = {"t", "ytrue", "target", "targets", "label", "labels", "onehot", "truth", "ttrue"}
    predicted = {"pred", "preds", "ypred", "yhat", "prediction", "predictions", "probs", "prob"}
    return len(bare_names) == 2 and bool(
        bare_names & certain or ("y" in bare_names and bare_names & predicted)
    )


def is_function(subject: Subject) -> bool:
    """Whether it is a function, and no class."""
    return subject.found.kind == "function"


def two_arrays(subject: Subject) -> bool:
    """Whether it is a function of two arrays."""
    return subject.found.kind == "function" and len(subject.required) == 2


def given(first: bool, d: Any, y: Any) -> tuple[Any, Any]:
    """The two arguments in their order."""
    return (d, y) if first else (y, d)


def columns_possible(subject: Subject) -> bool:
    """Whether samples may be columns: not where the submission's own softmax has them as rows.

    Unless it has W x + b: then it is the softmax that is wrong.
    """
    if any(has_weights_first(d.source) for d in subject.inventory.found):
        return True
    softmax = next(iter(named("softmax", subject.inventory.functions)), None)
    if softmax is None:
        return True
    # not square: of softmax over axis 0 the rows do not sum to 1
    u = np.array([[0.1, 0.7, -0.3], [1.1, 0.2, 0.5]])
    try:
        result = subject.beside(softmax).call(u)
    except Failed:
        return True
    y = result[0] if isinstance(result, tuple) and result else result  # a cache may come beside it
    if not isinstance(y, np.ndarray) or y.shape != u.shape or y.dtype.kind != "f":
        return True
    # one that is wrong, of which the rows may sum to 1 as well, says nothing
    rows = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
    return not np.allclose(y, rows, rtol=0.0, atol=1e-6)  # so that float32 inside passes


def by_column(array: Any) -> Any:
    """An array with its samples as columns."""
    return np.asarray(array).reshape(-1, 1) if np.ndim(array) == 1 else np.asarray(array).T


def by_row(value: Any, like: Any) -> Any:
    """A result of samples as columns, with samples as rows."""
    value = np.asarray(value)
    # a number for all samples has no layout
    return value.T.reshape(np.shape(like)) if value.size == np.size(like) > 1 else value


def as_rows(call: Call) -> Call:
    """What is called with the target and the output as they are."""
    return call


def as_columns(call: Call) -> Call:
    """The same with samples as columns; class indices stay a list."""

    def turned(d: Any, y: Any) -> Any:
        # fewer axes: class indices
        wide = d if np.ndim(d) < np.ndim(y) else by_column(d)
        return {n: by_row(v, y) for n, v in call(wide, by_column(y)).items()}

    return turned


def as_columns_with_rows_back(call: Call) -> Call:
    """The same, where the gradient has them as rows."""

    def turned(d: Any, y: Any) -> Any:
        results = call(d if np.ndim(d) < np.ndim(y) else by_column(d), by_column(y))
        one = np.ndim(y) == 1  # a sample, whose gradient is a row
        return {n: np.reshape(v, np.shape(y)) if one and np.size(v) == np.size(y) else v
                for n, v in results.items()}  # fmt: skip

    return turned


def in_both_forms(call: Call, arrays: Arrays, y: Any) -> Any:
    """Results for one-hot targets, and those for class indices, named with `` by class`` after."""
    results = dict(call(arrays["d"], y))
    # some probes have targets that no class index says
    if np.ndim(arrays.get("classes", 0)) and "only_d" not in arrays:
        results |= by_class(call, arrays, y)
    return results


def in_one_hot(call: Call, arrays: Arrays, y: Any) -> Any:
    """Results for one-hot targets; where indices are probed, what it makes of them if it does."""
    if "indices" in arrays:
        try:
            results = by_class(call, arrays, y)
        except (Failed, TypeError, ValueError, IndexError, AttributeError, KeyError):
            return call(arrays["d"], y)
        # else it took them for something else: an outer product, say
        fits = all(np.size(v) in (1, np.size(y)) for v in results.values())
        return results if fits else call(arrays["d"], y)
    return call(arrays["d"], y)


def by_class(call: Call, arrays: Arrays, y: Any) -> Any:
    """Results for class indices as targets."""
    classes = arrays["classes"]
    results = call(classes if np.ndim(classes) else int(classes), y)
    return {f"{name} by class": value for name, value in results.items()}


def as_flat(call: Call) -> Call:
    """The same with one output a sample, in one axis, and targets of whole numbers."""

    def turned(d: Any, y: Any) -> Any:
        results = call(np.asarray(d).reshape(-1).astype(int), np.asarray(y).reshape(-1))
        shape = np.shape(y)
        return {n: np.reshape(v, shape) if np.size(v) == np.size(y) > 1 else v
                for n, v in results.items()}  # fmt: skip

    return turned


def as_column_beside_flat(call: Call) -> Call:
    """The same with one output a sample, in a column, and targets in one axis."""

    def turned(d: Any, y: Any) -> Any:
        results = call(np.asarray(d).reshape(-1), np.asarray(y).reshape(-1, 1))
        shape, column = np.shape(y), (np.size(y), 1)
        return {n: np.reshape(v, shape) if np.shape(v) == column else v
                for n, v in results.items()}  # fmt: skip

    return turned


_FORMS = ((in_both_forms, None), (in_one_hot, ONE_HOT), (by_class, CLASSES))


_LAYOUTS = {as_rows: ROWS, as_columns: OF_COLUMNS, as_columns_with_rows_back: OF_COLUMNS}


def arrangements(
    array_name: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]] = lambda s: s.required,
    fits: Callable[[Subject], bool] = two_arrays,
    classes: bool = False,
    said: Text | None = None,
    layouts: bool = True,
    turns: Any = ((as_rows, None), (as_columns, COLUMNS)),
) -> tuple[CallStyle, ...]:
    """Every order, form and layout (``turns``) in which a target and an array are taken.

    compute: the subject and whether the target comes first → the call · names: of its parameters ·
    fits: whether the subject can be meant so · classes: targets are classes, and not numbers.
    """
    forms: Any = _FORMS if classes else ((lambda call, a, y: call(a["d"], y), None),)
    turns = turns if layouts else turns[:1]

    def arrangement(turn: Any, form: Any, first: bool) -> CallStyle:
        layout = _LAYOUTS.get(turn[0], "")

        def call(subject: Subject, arrays: Arrays) -> Arrays:
            results: Arrays = form[0](turn[0](compute(subject, first)), arrays, arrays[array_name])
            return results

        def takes(subject: Subject) -> bool:
            # only names that say the other order rule this one out
            if not fits(subject) or target_first(names(subject)) is (not first):
                return False
            return layout != OF_COLUMNS or columns_possible(subject)

        texts = (None if first else OUTPUT_FIRST, said, form[1], turn[1])
        alike = (array_name, compute, turn[0], first) if classes else ()
        return CallStyle(call, joined(*texts), takes, layout, but_for_target=alike)

    return tuple(
        arrangement(turn, form, first) for turn, form, first in product(turns, forms, (True, False))
    )


def function_of(result: str) -> Callable[[Subject, bool], Call]:
    """A function of two arrays, whose result is ``result``."""

    def compute(subject: Subject, first: bool) -> Call:
        return lambda d, y: {result: subject.call(*given(first, d, y))}

    return compute


def function_with_gradient(loss: str, grad: str) -> Callable[[Subject, bool], Call]:
    """A function of two arrays that returns a loss and its gradient."""

    def compute(subject: Subject, first: bool) -> Call:
        def call(d: Any, y: Any) -> Any:
            value, slope = subject.call(*given(first, d, y))
            return {loss: value, grad: slope}

        return call

    return compute


def column_beside_flat(
    array_name: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]] = lambda s: s.required,
    fits: Callable[[Subject], bool] = two_arrays,
) -> tuple[CallStyle, ...]:
    """``arrangements`` of one output a sample, in a column, with targets in one axis."""
    turns = ((as_column_beside_flat, COLUMN),)
    return arrangements(array_name, compute, names, fits, turns=turns)


def columns_with_rows_back(
    array_name: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]],
    fits: Callable[[Subject], bool],
    classes: bool = False,
    said: Text | None = None,
) -> tuple[CallStyle, ...]:
    """``arrangements`` of samples as columns, whose gradient has them as rows."""
    turns = ((as_columns_with_rows_back, ROWS_BACK),)
    return arrangements(array_name, compute, names, fits, classes, said, turns=turns)


def flat(
    array_name: str,
    compute: Callable[[Subject, bool], Call],
    names: Callable[[Subject], Sequence[str]],
    fits: Callable[[Subject], bool],
) -> tuple[CallStyle, ...]:
    """``arrangements`` of one output a sample."""
    return arrangements(array_name, compute, names, fits, turns=((as_flat, FLAT),))
