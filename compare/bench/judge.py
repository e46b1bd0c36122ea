"""``bench judge``: false alarms on correct code, detection of faults, and the cost, as measured."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from compare.arithmetic.formats import DTYPES
from compare.bench import cost
from compare.bench.measurements import Size, collect
from compare.bench.mutants import FAULTS, VARIANTS, Mutation, mutated
from compare.bench.other_comparisons import (
    BLACK_BOX,
    OTHERS,
    OURS,
    alarms,
    black_box,
    first_beyond,
    ours,
    traces,
)
from compare.bench.problems import CHANCE, KINDS, PROBES, Probe
from compare.core.arrays import fingerprint
from compare.core.case import Case
from compare.core.implementation import numpy_side, torch_side
from compare.core.problem import Problem, build
from compare.system.jobs import HERE, Workers

RULES = (*OTHERS, OURS, BLACK_BOX)
SHARE = 10  # one problem in so many is judged as a black box too, which takes many runs of torch
PACKAGE = "bench_mutant"  # one name for all: a mutant takes the place of the one before


FULL, SHORT = (
    Size(10_000, 32, suites=20, every=1),
    Size(220, 6, suites=1, every=25),
)  # in each dtype


def run(
    size: Size,
    path: Path | None = None,
    dtypes: tuple[str, ...] = DTYPES,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """One record a (dtype, mutation, problem); those in ``path`` already are not made again.

    Raises RuntimeError where this machine has no precision beyond float64 to decide what differs.
    """
    # so it is on Windows and on Apple's ARM
    if np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps:
        raise RuntimeError("long double is double here: what a fault changes cannot be decided")
    return collect(keys(size, dtypes), measure, path, advance, workers)


def keys(size: Size, dtypes: tuple[str, ...] = DTYPES) -> list[str]:
    """The names of all measurements: dtype, what is measured, a mutation or a case, a number."""
    names: list[str] = []
    for dtype in dtypes:
        for v, variant in enumerate(VARIANTS):
            # numbers of their own: two variants are not tried on the same problem
            share = range(v, size.correct, len(VARIANTS))
            names += [f"{dtype}/correct/{variant.what}/{i}" for i in share]
        for fault in FAULTS:
            names += [f"{dtype}/fault/{fault.what}/{i}" for i in range(size.per_fault)]
            names += [f"{dtype}/suite/{fault.what}/{i}" for i in range(size.suites)]
        if size.every:
            names += [f"{dtype}/cost/{name}/0" for name in cost.sampled(dtype, size.every)]
    return names


def measure(key: str) -> dict[str, Any]:
    """One measurement, from its key alone."""
    dtype, kind, what, number = parts(key)
    measures = {"correct": _correct, "fault": _faulty, "suite": _suite}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # faults overflow, and nasty numbers do
        if kind == "cost":
            return cost.of_case(dtype, what)
        return measures[kind](dtype, _MUTATIONS[what], number)


def parts(key: str) -> tuple[str, str, str, int]:
    """The dtype, the kind, the mutation (whose name may hold a slash) or case, and the number."""
    dtype, kind, rest = key.split("/", 2)
    mutation, _, number = rest.rpartition("/")
    return dtype, kind, mutation, int(number)


_MUTATIONS = {m.what: m for m in (*VARIANTS, *FAULTS)}


def _problem(mutation: Mutation, i: int, dtype: str, probe: Probe = CHANCE) -> tuple[Case, Problem]:
    # from the key alone, so that a bench that was cut off goes on with the same problems
    rng = np.random.default_rng([i, len(mutation.what)])
    kinds = list(KINDS)  # what is left as it stands tries every concept in turn
    kind = kinds[i // len(VARIANTS) % len(KINDS)] if mutation.is_none else mutation.kind
    case = KINDS[kind](rng, mutation.of, probe)
    return case, build(case, dtype, 0)


def _both(
    mutation: Mutation, i: int, dtype: str, probe: Probe = CHANCE
) -> tuple[Case, Problem, list[Any], list[Any]]:
    case, problem = _problem(mutation, i, dtype, probe)
    mine = traces(case, problem, mutated(PACKAGE, mutation))
    return case, problem, mine, traces(case, problem, torch_side())


def _correct(dtype: str, variant: Mutation, i: int) -> dict[str, Any]:
    case, problem, mine, reference = _both(variant, i, dtype)
    first = ours(case, problem, mine, reference)
    alarm = {**alarms(mine, reference), OURS: first is not None}
    record: dict[str, Any] = {"first": first, "kind": case.name}
    if i // len(VARIANTS) % SHARE == 0:  # by rounds of all variants, so that each has its share
        started = time.perf_counter()
        traces(case, problem, torch_side())
        torch_alone = time.perf_counter() - started
        started = time.perf_counter()
        alarm[BLACK_BOX] = black_box(case, problem, mine, reference) is not None
        record["cost of noise"] = (time.perf_counter() - started) / torch_alone
    return {"alarm": alarm, **record}


def _faulty(dtype: str, fault: Mutation, i: int) -> dict[str, Any]:
    case, problem, mine, reference = _both(fault, i, dtype)
    truth = first_beyond(*_extended(case, problem, fault), dtype)
    # a fault counts only where it changes the result: in exact arithmetic and in this format
    if truth is None or _same_bits(mine, traces(case, problem, numpy_side())):
        return {"differs": False}
    first = ours(case, problem, mine, reference)
    alarm = {**alarms(mine, reference), OURS: first is not None}
    if i % SHARE == 0:
        alarm[BLACK_BOX] = black_box(case, problem, mine, reference) is not None
    return {"differs": True, "alarm": alarm, "first": first, "truth": truth}


def _suite(dtype: str, fault: Mutation, suite: int) -> dict[str, Any]:
    """The first of the deliberate probes that finds the fault, or None."""
    for k, probe in enumerate(PROBES):
        if ours(*_both(fault, len(PROBES) * suite + k, dtype, probe)) is not None:
            return {"found by": k}
    return {"found by": None}


def _same_bits(mine: list[Any], unchanged: list[Any]) -> bool:
    """Whether the fault changes nothing at all in this dtype, as float32 inside of float32."""
    return all(
        fingerprint(trace.values[name]) == fingerprint(unchanged_trace.values[name])
        for trace, unchanged_trace in zip(mine, unchanged, strict=True)
        for name in unchanged_trace.values
    )


def _extended(case: Case, problem: Problem, fault: Mutation) -> tuple[list[Any], list[Any]]:
    """The fault and the original in extended precision, on the same numbers."""
    wide = {
        name: array.astype(np.longdouble) if array.dtype.kind == "f" else array
        for name, array in problem.arrays.items()
    }
    extended = Problem(problem.id, "longdouble", 0, wide, {})
    return traces(case, extended, mutated(PACKAGE, fault)), traces(case, extended, numpy_side())
