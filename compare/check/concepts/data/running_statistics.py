"""Batch normalization in testing: what it keeps of its batches, held against training on one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.concept import Arrays, CallStyle, Concept, Form
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import needed
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Failed, Handle

_NEARLY = 2e-3  # of a variance: an epsilon beside it
_ALIKE = 1e-9
_TIMES = 4
_OTHER = "another number"
_SAID = {
    "the mean of the batch": Text("the mean of the batch", "バッチの平均"),
    "the deviation of the batch": Text("the deviation of the batch", "バッチの標準偏差"),
    _OTHER: Text("another number", "別の値"),
}


def _numbers(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Features whose means and variances are unlike."""
    scale = 1.5 + np.arange(sizes["K"])
    return {"x": scale * rng.standard_normal((sizes["N"], sizes["K"])) + 2.0 * scale[::-1]}


def _made(s: Subject, width: int) -> Iterator[Handle]:
    """Layers of so many features: made by their number, or by a scale and a shift."""
    names = [p.name for p in needed(s.found.parameters)]
    for each in ([width], [(1, width)], [np.ones(width), np.zeros(width)], [1.0, 0.0], []):
        try:
            if len(each) == len(names):
                yield layers.made(s, *each)
        except (Failed, TypeError):
            continue


def _line(x: np.ndarray, z: Any) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance by which each feature was scaled.   Raises ValueError."""
    z = np.asarray(z, dtype=np.float64)
    if z.shape == x.shape and np.isfinite(z).all():
        slope = (z[1] - z[0]) / (x[1] - x[0])
        begin = z[0] - slope * x[0]
        if (slope > 0).all() and np.allclose(begin + slope * x, z, rtol=0, atol=1e-7):
            return -begin / slope, slope**-2.0
    raise ValueError(message("features that are brought to one scale were expected"))


def _goal(values: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Where a running average goes to, and what share of it a batch leaves; 0 where it is there."""
    first, second, third = values[-3:]
    steps = second - first
    # beside the features, which are about 1: of a mean that stays 0 nothing but rounding is left
    if np.allclose(steps, 0, atol=_ALIKE * max(1.0, np.abs(second).max())):
        return third, 0.0
    kept = float(np.median((third - second) / steps))
    if not 0 < kept < 1:
        raise ValueError(message("a running average was expected"))
    return (third - kept * second) / (1 - kept), kept


def _called(s: Subject, a: Arrays) -> Any:
    """What it has kept after training on one batch alone.   Raises Failed, ValueError."""
    x, other = a["x"], 1.0 + 0.5 * a["x"][::-1]  # of another mean and deviation
    for layer in _made(s, x.shape[1]):
        means: list[Any] = []
        variances: list[Any] = []
        for _ in range(_TIMES):
            _, variance = _line(x, trained := layers.passed(s, layer, x, True))
            if not np.allclose(np.mean(trained, axis=0), 0, atol=1e-7):
                raise ValueError(message("features of mean 0 were expected"))
            mean, of_test = _line(other, layers.passed(s, layer, other, False))
            means, variances = [*means, mean], [*variances, of_test]
        unused = np.allclose(means, other.mean(axis=0), rtol=_NEARLY)
        mistakes = _mistakes(s, layer, x, variance, means, variances)
        s.shown = {"running_unused": {}} if unused else dict(mistakes)
        return {"z": np.zeros(1)}
    raise ValueError(message("no object"))


def _goes_to(values: list[np.ndarray], possible: list[np.ndarray]) -> bool:
    """Whether a running average goes to one of these."""
    with suppress(ValueError):
        return any(np.allclose(_goal(values)[0], v, rtol=_NEARLY) for v in possible)
    return False


def _mistakes(
    s: Subject, layer: Handle, x: np.ndarray, variance: np.ndarray, means: Any, variances: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    goal, kept = _goal(means)
    if not np.allclose(goal, x.mean(axis=0), rtol=_NEARLY):
        yield "running_mean", {}
    of_samples = [variance * f for f in (1.0, len(x) / (len(x) - 1))]
    written = {
        "": (variances, of_samples),
        "1 / v": ([np.sqrt(v) for v in variances], of_samples),
        "the mean of the batch": (variances, [np.abs(x.mean(axis=0))]),
        "the deviation of the batch": (variances, [np.sqrt(v) for v in of_samples]),
        _OTHER: ([], []),
    }
    said = next(n for n, each in written.items() if _goes_to(*each) or n == _OTHER)
    if said == "1 / v":
        yield "running_variance_root", {}
    elif said:
        yield "running_variance", {"is": _SAID[said]}
    held = s.box.get(layer, "__dict__")
    settings = {n: v for n, v in held.items() if isinstance(v, float)}
    named = next((n for n, v in settings.items() if kept and abs(v + kept - 1) < _NEARLY), "")
    if 0 < kept < 0.5 and named:
        yield "running_shares", {"name": named, "kept": f"{kept:.3g}", "new": f"{1 - kept:.3g}"}


CONCEPT = Concept(
    layers.OF_STATISTICS,
    "§5",
    "z = (x - running mean) / sqrt(running variance + epsilon) in testing",
    (),
    (drawn("running_statistics/0", {"N": 9, "K": 4}, _numbers),),
    (CallStyle(_called, takes=lambda s: s.found.kind == "class"),),
    (Form(lambda a: {"z": constant(np.zeros(1))}),),
    takes=layers.is_switched,
    only_explained=True,
)
