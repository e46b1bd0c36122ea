"""Features brought to one scale: (x - mean) / deviation, or (x - min) / (max - min)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.functions import COLUMNS
from compare.check.concept import OF_COLUMNS, ROWS, Arrays, CallStyle, Concept, Form, Free, Role
from compare.check.fitting.guards import LEAST_EPSILON, SMALL
from compare.check.i18n.text import Text, joined
from compare.check.naming.network_parameters import needed
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition

_TEST = Text(
    "test data are scaled as the training data are", "テストデータも訓練データの値で変換する"
)
_OF_ALL = Text("one scale for all features", "全特徴量に共通の尺度")
_OF_SAMPLES = Text("each sample by itself", "サンプルごとに変換")
_UNBIASED = Text("deviation with N - 1", "標準偏差は N - 1 で割る")
_TO_ONE = Text("(x - min) / (max - min)", "(x - min) / (max - min)")
_RANGE = Text("to [-1, 1]", "範囲は [-1, 1]")
_WHOLE = Text("whole numbers", "整数のデータ")
_SAYS_COLUMNS = re.compile(r"column|列", re.IGNORECASE)
_SAYS_FEATURES = re.compile(r"column|feature|列|特徴", re.IGNORECASE)
_SAYS_EACH = re.compile(
    r"\b(each|every|per)[ -](feature|column)|(特徴量?|列)(ごと|毎)", re.IGNORECASE
)


def _data(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    shape = sizes["N"], sizes["K"]
    scale = 1.0 + 3.0 * np.arange(sizes["K"])
    x = scale * rng.standard_normal(shape) + scale[::-1]
    return {"x": x, "test": scale * rng.standard_normal((4, sizes["K"])) - 1.0}


def _whole(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    x = rng.integers(-40, 90, size=(sizes["N"], sizes["K"]))
    return {"x": x, "test": x[:3]}


def _alone(s: Subject, a: Arrays) -> Any:
    return {"x": _first(s.call(a["x"]))}


def _first(result: Any) -> Any:
    """The scaled data, before a mean and a deviation that are returned beside them."""
    return result[0] if isinstance(result, (tuple, list)) and len(result) else result


def _with_test(s: Subject, a: Arrays) -> Any:
    train, test = tuple(s.call(a["x"], a["test"]))[:2]
    return {"x": train, "test": test}


def _in_columns(s: Subject, a: Arrays) -> Any:
    return {"x": np.transpose(_first(s.call(a["x"].T)))}


def _by_class(s: Subject, a: Arrays) -> Any:
    """What an object makes of the data that it was fitted to, and of others."""
    scaler = s.call()
    if "fit" in s.found.methods:
        s.method(scaler, "fit", a["x"])
    else:
        s.method(scaler, "fit_transform", np.copy(a["x"]))
    return {n: s.method(scaler, "transform", a[n]) for n in ("x", "test")}


def _is_scaler(definition: Definition) -> bool:
    """Whether a class is fitted to data, and transforms others."""
    methods = definition.methods
    return (
        definition.kind == "class"
        and "transform" in methods
        and bool({"fit", "fit_transform"} & methods.keys())
    )


def _takes(count: int) -> Callable[[Subject], bool]:
    def takes(s: Subject) -> bool:
        return s.found.kind == "function" and len(needed(s.found.parameters)) == count

    return takes


def _spread(x: Any, axis: int | None, less: int = 0) -> Any:
    """The mean, and the deviation: of N - ``less``."""
    count = x.value.size if axis is None else x.value.shape[axis]
    mean = x.sum(axis=axis, keepdims=axis is not None) * (1.0 / count)
    square = ((x - mean) * (x - mean)).sum(axis=axis, keepdims=axis is not None)
    return mean, (square * (1.0 / (count - less))).sqrt()


def _ends(x: Any, axis: int | None) -> tuple[Any, Any]:
    keep = axis is not None
    return -(-x).max(axis=axis, keepdims=keep), x.max(axis=axis, keepdims=keep)


def _standard(x: Any, by: Any, axis: int | None, e: float = 0.0, less: int = 0) -> Any:
    mean, deviation = _spread(by, axis, less)
    return (x - mean) / (deviation + e)


def _ranged(x: Any, by: Any, axis: int | None, e: float = 0.0, less: int = 0) -> Any:
    low, high = _ends(by, axis)
    return (x - low) / (high - low + e)


Scaled = Callable[..., Any]


def _form(
    scaled: Scaled,
    cause: str = "",
    convention: Text | None = None,
    own: bool = False,
    takes: Callable[[Subject], bool] = lambda s: True,
    said: Mapping[str, str] | None = None,
) -> Form:
    """``own``: test data by their own scale, and not by that of the training data."""

    def formula(a: Any) -> Any:
        x, test = _number(a["x"]), _number(a["test"])
        return {"x": scaled(x, x), "test": scaled(test, test if own else x)}

    return Form(formula, cause, convention, said or {}, takes)


def _number(a: Any) -> Any:
    """Whole numbers, too, as a formula takes them."""
    return constant(a) if isinstance(a, np.ndarray) else a


def _right(
    scaled: Scaled, e: float, unbiased: bool = False, said: Text | None = None
) -> Iterator[Form]:
    """Of an epsilon beside the divisor; ``unbiased``: a deviation with N - 1 may be meant, too."""
    epsilon = Text(f"epsilon {e:g}", f"微小値 {e:g}") if e else None
    for less in (0, 1) if unbiased else (0,):
        also = joined(said, epsilon, _UNBIASED if less else None)
        yield _form(partial(scaled, axis=0, e=e, less=less), convention=also)
        of_all = partial(scaled, axis=None, e=e, less=less)
        yield _form(of_all, "scaled_over_all", takes=_of_each_feature)
        yield _form(of_all, "", joined(also, _OF_ALL), takes=_of_features_or_all)
        by_sample = partial(scaled, axis=1, e=e, less=less)
        yield _form(by_sample, "scaled_by_sample", own=True, takes=_of_features)
        yield _form(by_sample, "", joined(also, _OF_SAMPLES), True, _of_any)


def _may_have_columns(s: Subject) -> bool:
    """Unless it says that features are columns."""
    return _takes(1)(s) and not _SAYS_COLUMNS.search(s.found.source)


def _of_features(s: Subject) -> bool:
    """Whether it says that features, in columns, are brought to one scale."""
    return _SAYS_FEATURES.search(s.found.source) is not None


def _of_each_feature(s: Subject) -> bool:
    """Whether it says that each has a scale of its own."""
    return _SAYS_EACH.search(s.found.source) is not None


def _of_features_or_all(s: Subject) -> bool:
    return not _of_each_feature(s)


def _of_anything(s: Subject) -> bool:
    return True


def _of_any(s: Subject) -> bool:
    return not _of_features(s)


def _wrong(scaled: Scaled, others: Any, e: float) -> Iterator[Form]:
    for axis in (0, None):
        yield _form(partial(scaled, axis=axis, e=e), "test_by_its_own_scale", own=True)
        for made, said in others:
            of_wrong = partial(made, axis=axis, e=e)
            # to bring all to one scale by one deviation may be meant
            takes = _of_each_feature if "axis=0" in said else _of_anything
            yield _form(of_wrong, "scaled_wrongly", said={"is": said}, takes=takes)


def _of_spread(of: Callable[[Any, Any, Any], Any]) -> Scaled:
    """Something of x, a mean and a deviation."""

    def made(x: Any, by: Any, axis: int | None, e: float) -> Any:
        mean, deviation = _spread(by, axis)
        return of(x, mean, deviation + e)

    return made


def _by_two_axes(of_mean: int | None, of_deviation: int | None) -> Scaled:
    """The mean over one axis, and the deviation over another."""

    def made(x: Any, by: Any, axis: int | None, e: float) -> Any:
        return (x - _spread(by, of_mean)[0]) / (_spread(by, of_deviation)[1] + e)

    return made


def _over_variance(x: Any, by: Any, axis: int | None, e: float) -> Any:
    mean, deviation = _spread(by, axis)
    return (x - mean) / (deviation * deviation + e)


_WRONG_STANDARD = (
    (_over_variance, "(x - mean) / variance"),
    (_by_two_axes(0, None), "(x - x.mean(axis=0)) / x.std()"),
    (_by_two_axes(None, 0), "(x - x.mean()) / x.std(axis=0)"),
    (_of_spread(lambda x, mean, deviation: x / deviation), "x / deviation"),
    (_of_spread(lambda x, mean, deviation: x - mean), "x - mean"),
    (_of_spread(lambda x, mean, deviation: x - mean / deviation), "x - mean / deviation"),
    (_of_spread(lambda x, mean, deviation: (x + mean) / deviation), "(x + mean) / deviation"),
    (_of_spread(lambda x, mean, deviation: (mean - x) / deviation), "(mean - x) / deviation"),
    (_of_spread(lambda x, mean, deviation: (x - mean) * deviation), "(x - mean) * deviation"),
)


def _of_ends(of: Callable[[Any, Any, Any], Any]) -> Scaled:
    """Something of x, a smallest and a largest value."""
    return lambda x, by, axis, e: of(x, *_ends(by, axis))


_WRONG_RANGES = (
    (_of_ends(lambda x, low, high: (x - low) / high), "(x - min) / max"),
    (_of_ends(lambda x, low, high: x / (high - low)), "x / (max - min)"),
    (_of_ends(lambda x, low, high: x - low / (high - low)), "x - min / (max - min)"),
    (_of_ends(lambda x, low, high: (x - low) / (high + low)), "(x - min) / (max + min)"),
    (_of_ends(lambda x, low, high: (x - high) / (high - low)), "(x - max) / (max - min)"),
    (_of_ends(lambda x, low, high: (high - x) / (high - low)), "(max - x) / (max - min)"),
)


def _to_both_sides(x: Any, by: Any, axis: int | None, e: float = 0.0, less: int = 0) -> Any:
    return _ranged(x, by, axis, e) * 2.0 - 1.0


def _concept(
    name: str, formula: str, of: Callable[[float], list[Form]], like: Callable[[Definition], bool]
) -> Concept:
    """``of``: the forms of an epsilon, which is solved where it is not 0."""
    sizes = ({"N": 7, "K": 3}, {"N": 5, "K": 4})
    free = (Free(of, LEAST_EPSILON, SMALL),)
    return Concept(
        name,
        "§3",
        formula,
        (name,),
        (
            *(drawn(f"{name}/{i}", each, _data) for i, each in enumerate(sizes)),
            drawn(f"{name}/whole", {"N": 6, "K": 3}, _whole, _WHOLE, Role.EDGE),
        ),
        (
            CallStyle(_alone, takes=_takes(1), layout=ROWS),
            CallStyle(_with_test, _TEST, _takes(2), ROWS),
            CallStyle(_in_columns, COLUMNS, _may_have_columns, OF_COLUMNS),
            CallStyle(_by_class, None, lambda s: _is_scaler(s.found) and not s.required, ROWS),
        ),
        tuple(of(0.0)),
        takes=lambda s: s.found.kind == "function" or _is_scaler(s.found),
        free=lambda trial: free,
        only_explained=True,
        like=like,
        looked_for=message("data, or training and test data"),
    )


STANDARDIZE = _concept(
    "standardize",
    "(x - mean) / deviation, of each feature",
    lambda e: [
        *_right(_standard, e, True),
        *_right(_ranged, e, said=_TO_ONE),
        *_wrong(_standard, _WRONG_STANDARD, e),
    ],
    _is_scaler,
)
MIN_MAX = _concept(
    "min_max",
    "(x - min) / (max - min), of each feature",
    lambda e: [
        *_right(_ranged, e),
        *_right(_to_both_sides, e, said=_RANGE),
        *_wrong(_ranged, _WRONG_RANGES, e),
    ],
    lambda definition: False,
)
