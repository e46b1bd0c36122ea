"""Functions of the course's names and arguments, each of them a call of what a file has."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.core.case import NotTaken, Stopped
from compare.from_file.found_parts import Part, widened
from compare.language.message import Message, message
from compare.sandbox.interface import Ending, Failed

ACTIVATIONS = ("identity", "relu", "sigmoid", "tanh", "step_function", "softmax")


@dataclass(frozen=True)
class Use:
    """A part for one function of the course.

    ``arguments``: its arrays by the concept's names, in the course's order · ``results``: those of
    the concept's results that the function returns, each the first that the part shows.
    """

    part: Part
    arguments: tuple[str, ...]
    results: tuple[tuple[str, ...], ...]

    def __call__(self, *arrays: Any) -> Any:
        """What the course's function returns.   Raises NotTaken, Stopped."""
        given = dict(zip(self.arguments, arrays, strict=True))
        outputs = [a for name, a in given.items() if name in ("u", "y", "x")]
        if self.part.is_for_batches and any(np.ndim(a) == 1 for a in outputs):
            line = message("{name} is not for one sample alone", name=self.part.name)
            raise NotTaken(message("{what}; {hint}", what=line, hint=unusual(given)))
        shown = called(self.part, as_the_concept_has_them(given, self.part))
        values = [next(shown[n] for n in names if n in shown) for names in self.results]
        # zeros and ones that are whole numbers are as right
        like = next(
            (a.dtype for a in arrays if np.ndim(a) and a.dtype.kind == "f"), np.dtype(float)
        )
        values = [v.astype(like) if v.dtype.kind in "iub" else v for v in values]
        return values[0] if len(values) == 1 else tuple(values)


def as_rows(own: Use) -> Callable[..., Any]:
    """A loss of a target and an output, given a batch of one where the output is one sample."""

    def of_batch(d: Any, y: Any) -> Any:
        return own(np.asarray(d)[None], y[None]) if np.ndim(y) == 1 else own(d, y)

    return of_batch if own.arguments[0] == "d" else own


def called(part: Part, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a part gives; its warnings are those of the case.   Raises NotTaken, Stopped."""
    try:
        results = part.results(given)
    except Failed as failed:
        raised = failed.ending in (Ending.RAISED, Ending.REFUSED)
        own_slip = failed.line.startswith(("UnboundLocalError", "NameError"))
        if raised and not own_slip and (hint := unusual(given)):
            what = message("{name} does not take it: {line}", name=part.name, line=failed.line)
            raise NotTaken(message("{what}; {hint}", what=what, hint=hint)) from None
        raise Stopped(failed.line) from None
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        line = message("the result of {name} cannot be read: {why}", name=part.name, why=str(error))
        raise NotTaken(line) from None
    for warned in part.subject.warnings:
        judged = part.judgement
        warnings.warn_explicit(warned, RuntimeWarning, judged.file or part.file, judged.line)
    _check_format(part, given, results)
    return results


def _check_format(part: Part, given: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    narrow = {a.dtype for a in given.values() if np.ndim(a) and a.dtype.kind == "f"}
    wide = [v.dtype for v in results.values() if v.dtype.kind == "f" and v.dtype not in narrow]
    if narrow and wide and np.dtype("float64") not in narrow:
        raise NotTaken(widened(part.name, wide[0], next(iter(narrow))))


def unusual(given: Mapping[str, Any]) -> Message | str:
    """What about these arrays a function may well not take, and what would help; or ""."""
    arrays = [a for n, a in given.items() if n not in ("b", "classes") and np.ndim(a)]
    if any(a.dtype.kind == "f" and a.dtype != np.float64 for a in arrays):
        return message("leave --dtype out: in float64 it is compared")
    if any(np.ndim(a) == 1 for a in arrays):
        return message("one sample alone (1-D): axis=-1 and keepdims=True take that as well")
    return ""


def as_the_concept_has_them(given: Mapping[str, Any], part: Part) -> dict[str, Any]:
    """One-hot targets and classes; a gradient from above of 1 where the course has none."""
    arrays = dict(given)
    if "W" in arrays and "delta" not in arrays:
        arrays["delta"] = np.ones_like(arrays["x"] @ arrays["W"])
    y = arrays.get("y", arrays.get("u"))
    if "d" in arrays:
        arrays |= _targets(np.asarray(arrays["d"]), y, part)
    elif y is not None and "delta" not in arrays:
        arrays["delta"] = np.ones_like(y)
    return arrays


def _targets(d: np.ndarray, y: Any, part: Part) -> dict[str, Any]:
    """The targets in both forms, as far as they have both."""
    if part.concept.name.removeprefix("d_") not in _OF_CLASSES:
        return {"d": d}
    outputs = np.shape(y)[-1]
    predicted = np.argmax(y, axis=-1)
    if part.concept.name == "accuracy":
        return {"d": d, "predicted": predicted} | _classes(d, y)
    if d.dtype.kind in "iu" and np.ndim(d) < np.ndim(y):
        return {"d": np.eye(outputs, dtype=y.dtype)[d], "classes": d}
    if any(not name.endswith(" by class") for name in part.shows):
        return {"d": d}  # class numbers are a case of their own
    if not (((d == 0) | (d == 1)).all() and (d.sum(axis=-1) == 1).all()):
        raise NotTaken(
            message("{name} takes class numbers, and these targets are none", name=part.name)
        )
    return {"d": d, "classes": d.argmax(axis=-1)}


def _classes(d: np.ndarray, y: Any) -> dict[str, Any]:
    """Targets in both forms, for a share of right answers; of one output there are no classes."""
    if np.shape(y)[-1] == 1:
        return {}
    if d.dtype.kind in "iu" and np.ndim(d) < np.ndim(y):
        return {"d": np.eye(np.shape(y)[-1], dtype=y.dtype)[d], "classes": d}
    return {"classes": d.argmax(axis=-1)}


_OF_CLASSES = ("cross_entropy_error", "softmax_with_loss", "accuracy")


def uses(parts: Mapping[str, Part]) -> Iterator[tuple[str, Use]]:
    """Path of the course → what of the file takes its place."""
    for path, candidates in _candidates():
        for concept, arguments, results in candidates:
            part = parts.get(concept)
            if part and all(any(n in part.shows for n in names) for names in results):
                yield path, Use(part, arguments, results)
                break


_LOSS, _GRAD = (("loss by class", "loss"),), (("grad by class", "grad"),)
_Candidate = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]


def _candidates() -> Iterator[tuple[str, Sequence[_Candidate]]]:
    for name in ACTIVATIONS:
        z = (("z",),)
        yield (
            f"activations.{name}",
            [(name, ("u",), z), (f"{name}_layer", ("u",), z)],
        )
        if name != "softmax":
            slope = (("slope",),)
            yield f"activations.d_{name}", [(f"d_{name}", ("u",), slope)]
        back = (("delta",),)
        yield (
            f"layers.{name}",
            [(f"{name}_layer", ("delta", "u"), back), (f"d_{name}", ("delta", "u"), back)],
        )
    yield (
        "affine.affine",
        [("affine", ("x", "W", "b"), (("u",),)), ("affine_layer", ("x", "W", "b"), (("u",),))],
    )
    grads = (("grad/x",), ("grad/W",), ("grad/b",))
    given = ("delta", "x", "W", "b")
    yield "affine.affine_backward", [("d_affine", given, grads), ("affine_layer", given, grads)]
    for loss, concept in _LOSSES:
        argument = "u" if loss.endswith("_with_loss") else "y"
        yield f"losses.{loss}", [(concept, ("d", argument), _LOSS)]
        gradient = "delta" if loss.endswith("_with_loss") else "d"
        yield f"losses.{gradient}_{loss}", [(f"d_{concept}", ("d", "y"), _GRAD)]
    yield "losses.accuracy", [("accuracy", ("d", "y"), (("accuracy by class", "accuracy"),))]


_LOSSES = (
    ("half_squared_error", "half_squared_error"),
    ("mean_squared_error", "mean_squared_error"),
    ("cross_entropy_error", "cross_entropy_error"),
    ("binary_cross_entropy_error", "binary_cross_entropy_error"),
    ("softmax_with_loss", "softmax_with_loss"),
    ("sigmoid_with_loss", "sigmoid_with_loss"),
)


def by_path(parts: Mapping[str, Part]) -> dict[str, Use]:
    """Every function of the course that the file has, under its path."""
    return dict(uses(parts))


class Losses(Mapping[str, tuple[Any, Any]]):
    """The course's table of losses, with theirs in it."""

    def __init__(self, table: Mapping[str, Any], get: Callable[[str], Any]) -> None:
        self._table, self._get = table, get

    def __getitem__(self, name: str) -> tuple[Any, Any]:
        gradient = "delta" if name.endswith("_with_loss") else "d"
        return self._get(f"losses.{name}"), self._get(f"losses.{gradient}_{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def activation_backward(
    get: Callable[[str], Any], scratch: Callable[..., Any]
) -> Callable[..., Any]:
    """``layers.activation_backward``, with theirs of each activation that they have."""

    def back(name: str, delta: Any, u: Any) -> Any:
        theirs = get(f"layers.{name}")
        return theirs(delta, u) if theirs else scratch(name, delta, u)

    return partial(back)
