"""A training loop of a script: which of the global names are weights, samples, targets.

What changes from turn to turn and is read before it is set are weights; the arrays that stay are
the samples and the targets. Their shapes say which is which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.check.calling.networks.holding import functions_of
from compare.check.calling.networks.source_names import global_names, loaded_and_made
from compare.check.calling.networks.weights import Layout, attribute, layout_of
from compare.check.fitting.networks import passes as chains
from compare.check.naming.network_parameters import LR, NO_BIASES, READ_OFF
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed, Handle

_PREFIX = "loop_in_line_"


@dataclass(frozen=True)
class Loop:
    """What the names of a loop are: W1 b1 ... → name; samples, targets, outputs, their number."""

    weights: Mapping[str, str]
    x: str
    d: str
    counts: tuple[str, ...]
    y: str
    layout: Layout
    columns: bool
    index: bool
    single: bool


def is_loop(name: str) -> bool:
    """Whether it is a loop of a script, as the sandbox calls it."""
    return name.startswith(_PREFIX)


def loop_of(subject: Subject, depth: int) -> Loop | None:
    """What its names are; None where it is no training of so many layers."""
    if not is_loop(subject.found.name):
        return None
    if "loops" not in subject.made:
        subject.made["loops"] = {}
        for found in _loops(subject):
            subject.made["loops"].setdefault(sum(n[0] == "W" for n in found.weights), found)
    loop: Loop | None = subject.made["loops"].get(depth)
    return loop


def _loops(subject: Subject) -> Iterator[Loop]:
    loaded, made = loaded_and_made(subject.found.source)
    module = subject.box.globals_of(subject.found.name)
    before = {n: attribute(subject, module, n) for n in _read(subject, loaded)}
    arrays = {n: np.array(v) for n, v in before.items() if isinstance(v, np.ndarray)}
    try:
        subject.of(subject.found.name)
    except Failed:
        return
    after = {n: attribute(subject, module, n) for n in arrays}
    changed = [n for n, v in arrays.items() if not np.array_equal(v, after[n], equal_nan=True)]
    kept = [n for n in arrays if n not in changed]
    for columns in (False, True):
        for x, d in zip(kept, kept[1:], strict=False):
            samples = arrays[x].T if columns else arrays[x]
            weights = _chain(samples, {n: arrays[n] for n in changed}, columns)
            if weights and samples.ndim == 2 and len(samples) in arrays[d].shape:
                counts = (n for n, v in before.items() if type(v) is int and v == len(samples))
                named = {n: arrays[name] for n, name in weights.items()}
                last = named[f"W{max(int(n[1:]) for n in named)}"]
                loop = Loop(
                    weights, x, d, tuple(counts), "",
                    layout_of(named) if "b1" in named else Layout(columns), columns,
                    arrays[d].dtype.kind in "iu" and arrays[d].ndim == 1,
                    last.shape[0 if columns else 1] == 1,
                )  # fmt: skip
                if y := _outputs_of(subject, loop, made):
                    yield replace(loop, y=y)


def _read(subject: Subject, loaded: Sequence[str]) -> Iterator[str]:
    """The names that a loop reads, and those that the functions read that it calls."""
    functions, waiting = functions_of(subject), [*reversed(loaded)]
    while waiting:
        name = waiting.pop()
        function = functions.pop(name, None)
        if function is None:
            yield name
        else:
            waiting += reversed(global_names(function.source))


def _outputs_of(subject: Subject, loop: Loop, made: Sequence[str]) -> str:
    """The first array that it makes of the outputs' shape, where all sizes differ; or ""."""
    rng = np.random.default_rng(0)
    sizes = range(2, 3 + sum(n[0] == "W" for n in loop.weights))
    arrays: dict[str, Any] = {"x": rng.standard_normal((7, 2)), "d": np.arange(7) % sizes[-1]}
    arrays |= {"x0": arrays["x"], "d0": arrays["d"]}
    for k, (inside, outside) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
        arrays[f"W{k}"] = rng.standard_normal((inside, outside))
        arrays[f"b{k}"] = rng.standard_normal(outside)
    arrays = chains.single(arrays) if loop.single else arrays
    module = subject.box.globals_of(subject.found.name)
    try:
        _hand_over(subject, module, loop, arrays, "")
        with suppress(Failed):  # on its way back, where the outputs are there already
            subject.of(subject.found.name)
        held = ((n, attribute(subject, module, n)) for n in made)
        return next((n for n, v in held if _are_outputs(v, loop, arrays)), "")
    except Failed:
        return ""
    finally:
        subject.box.method(module, "__call__")


def _are_outputs(value: Any, loop: Loop, arrays: Mapping[str, Any]) -> bool:
    shape = (len(arrays["x"]), arrays[f"W{chains.depth_of(arrays)}"].shape[1])
    return isinstance(value, np.ndarray) and value.shape == (shape[::-1] if loop.columns else shape)


def _chain(x: np.ndarray, arrays: Mapping[str, np.ndarray], columns: bool) -> dict[str, str]:
    """W1 b1 W2 ..., each of the shape that follows on what comes before; {} where one does not."""
    found: dict[str, str] = {}
    width, layers = x.shape[-1], 0
    for name, array in arrays.items():
        inside, outside = (
            (array.shape[::-1] if columns else array.shape) if array.ndim == 2 else (0, 0)
        )
        bias = array.shape in ((width,), (width, 1) if columns else (1, width))
        if layers and bias and f"b{layers}" not in found:
            found[f"b{layers}"] = name
        elif inside == width:
            layers, width = layers + 1, outside
            found[f"W{layers}"] = name
        else:
            return {}
    return found if len(found) in (layers, 2 * layers) else {}


def called(depth: int, subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs, and how the weights move, of the second of two batches.   Raises Failed."""
    loop = loop_of(subject, depth)
    assert loop is not None  # it was asked before whether it takes the subject
    subject.traits[READ_OFF] = None
    if "b1" not in loop.weights:
        subject.traits[NO_BIASES] = None
    arrays = chains.single(arrays) if loop.single else arrays
    module = subject.box.globals_of(subject.found.name)
    try:
        for which in ("0", ""):
            _hand_over(subject, module, loop, arrays, which)
            subject.of(subject.found.name)
        return _results(subject, module, loop, arrays)
    finally:
        subject.box.method(module, "__call__")


def _hand_over(
    subject: Subject, module: Handle, loop: Loop, arrays: Mapping[str, Any], which: str
) -> None:
    x, d = arrays[f"x{which}"], arrays[f"d{which}"]
    if not loop.index:
        d = chains.targets(d, arrays[f"W{chains.depth_of(arrays)}"].shape[1])
    x, d = (x.T, d.T) if loop.columns else (x, d)
    given = {loop.x: x, loop.d: d} | {n: len(arrays["x"]) for n in loop.counts}
    given |= {name: loop.layout.theirs(n, arrays[n]) for n, name in loop.weights.items()}
    for name, value in given.items():
        subject.box.set(module, name, np.array(value) if np.ndim(value) else value)


def _results(
    subject: Subject, module: Handle, loop: Loop, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    y = attribute(subject, module, loop.y)
    if not _are_outputs(y, loop, arrays):
        line = message("it gives no outputs of {n} samples", n=len(arrays["x"]))
        raise Failed(Ending.REFUSED, line)
    results = {"y": y.T if loop.columns else y}
    for n in _from_last(loop.weights):
        before = loop.layout.theirs(n, arrays[n])
        after = np.asarray(attribute(subject, module, loop.weights[n]))
        results[f"grad/{n}"] = loop.layout.ours(n, (before - after) / LR, arrays[n].shape)
    return results


def _from_last(names: Mapping[str, str]) -> list[str]:
    return sorted(names, key=lambda n: (-int(n[1:]), n[0] == "b"))
