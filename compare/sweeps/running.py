"""Run a sweep: every setting on both sides at once, judged, and what is drawn of it kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields, replace
from typing import Any

import numpy as np

from compare.core.case import Case
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.trace import Trace
from compare.engine.processes import plain
from compare.engine.result import CaseResult
from compare.engine.run_case import run_case
from compare.engine.selection import check_seed
from compare.language.message import message
from compare.sweeps.divergence import diverges_at, until_divergence
from compare.sweeps.registry import find
from compare.sweeps.sweep import Context, Curve, Pair, Path, Point, Setting, Sweep, SweepResult
from compare.system.errors import UsageError
from compare.system.jobs import HERE, Workers, done
from compare.system.torch_settings import using_threads

CURVES = ("loss", "test/loss", "test/accuracy")


def run(
    sweep: Sweep,
    dtype: str = "float64",
    seed: int = 0,
    steps: int | None = None,
    mine: Implementation | None = None,
    reference: Implementation | None = None,
    on_point: Callable[[Point], None] | None = None,
    workers: Workers = HERE,
) -> SweepResult:
    """Run a sweep's settings; Ctrl-C ends it early, with the points so far.

    steps of training, the sweep's own where None · mine, reference: scratch and torch by default ·
    on_point is called after each setting, in their order · workers: who runs them, with the same
    bits; elsewhere than here the sweep is one of the table, and both sides are the default ones.
    Raises UsageError for what the sweep cannot do, ClusterUnfit.
    """
    check(sweep, dtype, seed, steps)
    settings = sweep.settings(steps or sweep.steps)
    started = time.perf_counter()
    points: list[Point] = []
    interrupted = False
    try:
        if workers == HERE:
            context = _context(dtype, seed, mine, reference)
            in_order = (_point(sweep, setting, context) for setting in settings)
        else:
            in_order = _elsewhere(settings, (sweep.name, dtype, seed, steps), workers)
        # one: those that wait for each other cost more than they save
        with using_threads(1), closing(in_order):
            for point in in_order:
                points.append(point)
                if on_point:
                    on_point(point)
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - started
    return SweepResult(
        sweep, dtype, seed, tuple(points), len(settings), steps, seconds, interrupted
    )


def _context(
    dtype: str,
    seed: int,
    mine: Implementation | None = None,
    reference: Implementation | None = None,
) -> Context:
    return Context(dtype, seed, mine or numpy_side(rounded_to=dtype), reference or torch_side())


_Asked = tuple[str, str, int, int | None]  # name, dtype, seed, steps


def _elsewhere(
    settings: Sequence[Setting], asked: _Asked, workers: Workers
) -> Generator[Point, None, None]:
    """Every point in order, as soon as those before it are there."""
    came: dict[int, Point] = {}
    keys = [(asked, k) for k in range(len(settings))]
    at = 0
    with closing(done(_sent, keys, workers)) as results:
        for (_, k), (result, rest) in results:
            setting = settings[k]
            came[k] = Point(setting, CaseResult(setting.case, **result), **rest)
            while at in came:
                yield came.pop(at)
                at += 1


def _sent(key: tuple[_Asked, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The k-th point of a sweep in plain values, run where this is called."""
    (name, dtype, seed, steps), k = key
    sweep = find(name)
    setting = sweep.settings(steps or sweep.steps)[k]
    point = _point(sweep, setting, _context(dtype, seed))
    own = ("setting", "result")
    rest = {f.name: getattr(point, f.name) for f in fields(point) if f.name not in own}
    return plain(point.result), rest


def check(sweep: Sweep, dtype: str, seed: int, steps: int | None) -> None:
    """Raise UsageError for a dtype, seed or number of steps that the sweep cannot take."""
    if dtype not in sweep.dtypes:
        choices = ", ".join(sweep.dtypes)
        raise UsageError(
            message(
                "{name} does not run in dtype {dtype}: choose {choices}",
                name=sweep.name,
                dtype=repr(dtype),
                choices=choices,
            )
        )
    check_seed(seed)
    if steps is not None and steps < 1:
        raise UsageError(message("--steps is {steps}: it must be 1 or more", steps=steps))
    if steps is not None and not sweep.steps:
        raise UsageError(message("{name} trains nothing: leave --steps out", name=sweep.name))


def _point(sweep: Sweep, setting: Setting, context: Context) -> Point:
    traces: dict[str, list[Trace]] = {}
    case = until_divergence(setting.case) if setting.case.training else setting.case
    case = _recording(case, lambda name: name in CURVES or sweep.watched(name), traces)
    result = run_case(case, context.dtype, context.seed, context.mine, context.reference)
    pairs = _pairs(traces, context)
    curves = {name: _curve(path) for name, path in pairs.items() if name in CURVES}
    point = Point(
        setting,
        replace(result, case=setting.case),  # as it was declared, and not as it was wrapped
        curves,
        {name: path for name, path in pairs.items() if sweep.watched(name)},
        ends(curves),
        diverges_at(curves),
    )
    return replace(point, ends={**point.ends, **sweep.measure(point, context)})


def _recording(case: Case, wanted: Callable[[str], bool], into: dict[str, list[Trace]]) -> Case:
    """The same case, whose program leaves the wanted names of every trace in ``into``, by side."""

    def run(side: Implementation, arrays: Mapping[str, Any]) -> Iterator[Trace]:
        recorded: list[Trace] = []
        into.setdefault(side.name, recorded)  # of a side that is run again, the first run counts
        for trace in case.program.run(side, arrays):
            values = {n: _float64(side.to_numpy(v)) for n, v in trace.values.items() if wanted(n)}
            recorded.append(Trace(values, trace.step))
            yield trace

    return replace(case, program=replace(case.program, run=run))


def _float64(array: np.ndarray) -> np.ndarray:
    return np.asarray(array).astype(np.float64)


def _pairs(traces: Mapping[str, list[Trace]], context: Context) -> dict[str, Path]:
    """name → (step, yours, torch's) where both sides have it; a pass without steps is step 0."""
    mine, reference = (traces.get(s.name, []) for s in (context.mine, context.reference))
    by_name: dict[str, list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for ours, theirs in zip(mine, reference, strict=False):  # a side that raised has fewer
        for name in ours.values.keys() & theirs.values.keys():
            by_name.setdefault(name, []).append(
                (ours.step or 0, ours.values[name], theirs.values[name])
            )
    return {name: tuple(path) for name, path in sorted(by_name.items())}


def _curve(path: Path) -> Curve:
    return tuple((t, float(a.flat[0]), float(b.flat[0])) for t, a, b in path if a.size and b.size)


def ends(curves: Mapping[str, Curve]) -> dict[str, Pair]:
    """Loss and accuracy of both sides at the last step: of the test data, where that was tested."""
    by_name: dict[str, Pair] = {}
    if curves.get("loss"):
        tested = curves.get("test/loss") or ((-1, 0.0, 0.0),)  # -1: before every step
        # a run that diverges ends between two tests: then the loss of its last batch is newer
        last = max(curves["loss"][-1], tested[-1], key=lambda point: point[0])
        by_name["loss"] = (tested[-1] if tested[-1][0] == last[0] else last)[1:]
    if curves.get("test/accuracy"):
        by_name["accuracy"] = curves["test/accuracy"][-1][1:]
    return by_name
