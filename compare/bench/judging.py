"""``bench judge``: false alarms on correct code, detection of faults, and the cost, as measured."""

from __future__ import annotations

import json
import platform
import textwrap
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from compare.bench.mutations import FAULTS, VARIANTS, Mutation, mutated
from compare.bench.problems import CHANCE, KINDS, PROBES, Probe
from compare.bench.rules import (
    BLACK_BOX,
    OTHERS,
    OURS,
    alarms,
    black_box,
    first_beyond,
    ours,
    traces,
)
from compare.case import Case
from compare.formats import DTYPES
from compare.problem import Problem, build, fingerprint
from compare.sides import numpy_side, torch_side

RULES = (*OTHERS, OURS, BLACK_BOX)
SHARE = 10  # one problem in so many is judged as a black box too, which takes many runs of torch
PACKAGE = "bench_mutant"


@dataclass(frozen=True)
class Size:
    """How many correct problems, problems for each fault, and suites of probes, in each dtype."""

    correct: int
    per_fault: int
    suites: int


FULL, SHORT = Size(10_000, 32, 20), Size(220, 6, 1)


def run(
    size: Size,
    path: Path | None = None,
    dtypes: tuple[str, ...] = DTYPES,
    advance: Callable[[str], None] = lambda what: None,
) -> list[dict[str, Any]]:
    """One record a (dtype, mutation, problem); those in ``path`` already are not run again.

    Raises RuntimeError where this machine has no precision beyond float64 to decide what differs.
    """
    if np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps:
        raise RuntimeError("long double is double here: what a fault changes cannot be decided")
    known = _known(path)
    records: list[dict[str, Any]] = []
    for key, measure in _tasks(size, dtypes):
        record = known.get(key) or {"key": key, **measure()}
        if path is not None and key not in known:
            with path.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(record) + "\n")
        records.append(record)
        advance(key)
    return records


def count(size: Size, dtypes: tuple[str, ...] = DTYPES) -> int:
    """How many records a run of this size has."""
    return len(dtypes) * (size.correct + (size.per_fault + size.suites) * len(FAULTS))


def _known(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the line at which a run was cut off
        found[record["key"]] = record
    return found


def _tasks(
    size: Size, dtypes: tuple[str, ...]
) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for dtype in dtypes:
        for v, variant in enumerate(VARIANTS):
            share = range(v, size.correct, len(VARIANTS))
            for i in share:
                yield f"{dtype}/correct/{variant.what}/{i}", _correct(dtype, variant, i)
        for fault in FAULTS:
            for i in range(size.per_fault):
                yield f"{dtype}/fault/{fault.what}/{i}", _faulty(dtype, fault, i)
            for i in range(size.suites):
                yield f"{dtype}/suite/{fault.what}/{i}", _suite(dtype, fault, i)


def _problem(mutation: Mutation, i: int, dtype: str, probe: Probe = CHANCE) -> tuple[Case, Problem]:
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


def _correct(dtype: str, variant: Mutation, i: int) -> Callable[[], dict[str, Any]]:
    def measure() -> dict[str, Any]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            case, problem, mine, reference = _both(variant, i, dtype)
            started = time.perf_counter()
            first = ours(case, problem, mine, reference)
            judged = time.perf_counter() - started
            started = time.perf_counter()
            traces(case, problem, torch_side())
            torch_seconds = time.perf_counter() - started
            found = {**alarms(mine, reference), OURS: first is not None}
            record = {"first": first, "kind": case.name, "cost": judged / torch_seconds}
            if i // len(VARIANTS) % SHARE == 0:
                started = time.perf_counter()
                found[BLACK_BOX] = black_box(case, problem, mine, reference) is not None
                record["cost of noise"] = (time.perf_counter() - started) / torch_seconds
        return {"alarm": found, **record}

    return measure


def _faulty(dtype: str, fault: Mutation, i: int) -> Callable[[], dict[str, Any]]:
    def measure() -> dict[str, Any]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            case, problem, mine, reference = _both(fault, i, dtype)
            truth = first_beyond(*_extended(case, problem, fault), dtype)
            if truth is None or _same_bits(mine, traces(case, problem, numpy_side())):
                return {"differs": False}
            first = ours(case, problem, mine, reference)
            found = {**alarms(mine, reference), OURS: first is not None}
            if i % SHARE == 0:
                found[BLACK_BOX] = black_box(case, problem, mine, reference) is not None
        return {"differs": True, "alarm": found, "first": first, "truth": truth}

    return measure


def _suite(dtype: str, fault: Mutation, suite: int) -> Callable[[], dict[str, Any]]:
    """The first of the deliberate probes that finds the fault, or None."""

    def measure() -> dict[str, Any]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for k, probe in enumerate(PROBES):
                if ours(*_both(fault, len(PROBES) * suite + k, dtype, probe)) is not None:
                    return {"found by": k}
        return {"found by": None}

    return measure


def _same_bits(a: list[Any], b: list[Any]) -> bool:
    """Whether the fault changes nothing at all in this dtype, as float32 inside of float32."""
    return all(
        fingerprint(x.values[name]) == fingerprint(y.values[name])
        for x, y in zip(a, b, strict=True)
        for name in y.values
    )


def _extended(case: Case, problem: Problem, fault: Mutation) -> tuple[list[Any], list[Any]]:
    """The fault and the original in extended precision, on the same numbers."""
    wide = {
        name: a.astype(np.longdouble) if a.dtype.kind == "f" else a
        for name, a in problem.arrays.items()
    }
    extended = Problem(problem.id, "longdouble", 0, wide, {})
    return traces(case, extended, mutated(PACKAGE, fault)), traces(case, extended, numpy_side())


def limits(hits: int, n: int) -> tuple[float, float]:
    """The 95% confidence limits of a share (Clopper and Pearson, 1934)."""
    from scipy.stats import beta

    low = beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, n - hits) if hits < n else 1.0
    return float(low), float(high)


def summary(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The table: for each dtype and rule, false alarms and detections with their limits."""
    tables = {}
    for dtype in dict.fromkeys(r["key"].split("/")[0] for r in records):
        own = [r for r in records if r["key"].startswith(f"{dtype}/")]
        correct = [r for r in own if "/correct/" in r["key"]]
        faulty = [r for r in own if r.get("differs")]
        found = [r for r in faulty if r["alarm"][OURS]]
        tables[dtype] = {
            "correct": len(correct),
            "faulty": len(faulty),
            "rules": {rule: _rates(rule, correct, faulty) for rule in RULES},
            "first named rightly": sum(r["first"] == r["truth"] for r in found)
            / max(len(found), 1),
            "cost": _mean(r["cost"] for r in correct),
            "cost of noise": _mean(r["cost of noise"] for r in correct if "cost of noise" in r),
            "faults never found": _never(faulty),
        }
    suites = [r for r in records if "/suite/" in r["key"]]
    return {
        "machine": f"{platform.machine()}, {platform.system()}",
        "tables": tables,
        "suites": {
            "probes": len(PROBES),
            "of each fault": len(suites) // max(len(FAULTS) * len(tables), 1),
            "missed": {dtype: _missed(suites, (dtype,)) for dtype in tables},
            "missed in both": _missed(suites, tuple(tables)),
        },
    }


def _parts(key: str) -> tuple[str, str, str]:
    """The dtype, the mutation (whose name may hold a slash) and the number of a record."""
    dtype, _, rest = key.split("/", 2)
    mutation, _, number = rest.rpartition("/")
    return dtype, mutation, number


def _missed(suites: list[dict[str, Any]], dtypes: tuple[str, ...]) -> dict[str, int]:
    """By fault, in how many suites no probe in any of these dtypes found it."""
    found: dict[tuple[str, str], bool] = {}
    for r in suites:
        dtype, fault, suite = _parts(r["key"])
        if dtype in dtypes:
            key = (fault, suite)
            found[key] = found.get(key, False) or r["found by"] is not None
    return dict(Counter(fault for (fault, _), seen in found.items() if not seen))


def _rates(rule: str, correct: list[Any], faulty: list[Any]) -> dict[str, Any]:
    correct, faulty = ([r for r in g if rule in r["alarm"]] for g in (correct, faulty))
    false, seen = (sum(r["alarm"][rule] for r in group) for group in (correct, faulty))
    return {
        "problems": [len(correct), len(faulty)],
        "false alarms": false / max(len(correct), 1),
        "false alarms, 95%": limits(false, len(correct)),
        "detection": seen / max(len(faulty), 1),
        "detection, 95%": limits(seen, len(faulty)),
    }


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / max(len(values), 1)


def _never(faulty: list[Any]) -> list[str]:
    by_fault: dict[str, bool] = {}
    for r in faulty:
        name = _parts(r["key"])[1]
        by_fault[name] = by_fault.get(name, False) or r["alarm"][OURS]
    return [name for name, found in by_fault.items() if not found]


def figure(result: dict[str, Any]) -> Figure:
    """Detection beside false alarms: one point a rule and dtype; the best is at the upper left."""
    drawn = Figure(figsize=(7, 4.5), dpi=120, layout="constrained")
    axes = drawn.add_subplot()
    for k, (dtype, t) in enumerate(result["tables"].items()):
        for n, (rule, r) in enumerate(t["rules"].items()):
            x, y = 100 * r["false alarms"], 100 * r["detection"]
            beside = (-6, -12) if x > 30 else (5, 4 if n % 2 else -10)
            axes.plot(x, y, "s" if rule in (OURS, BLACK_BOX) else "o", color=f"C{k}")
            axes.annotate(
                f"{rule}, {dtype}",
                (x, y),
                beside,
                textcoords="offset points",
                size=8,
                ha="right" if x > 30 else "left",
            )
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xlim(-0.02, 400)
    axes.set_xlabel("correct problems called different, %")
    axes.set_ylabel("faults detected, %")
    return drawn


def table(result: dict[str, Any]) -> str:
    """The summary as text, 79 columns wide."""
    lines = []
    for dtype, t in result["tables"].items():
        lines.append(f"{dtype}: {t['correct']} correct problems, {t['faulty']} with a fault")
        lines.append(f"  {'':<19}{'false':>8}{'95% limits':>20}{'detected':>10}{'95% limits':>20}")
        for rule, r in t["rules"].items():
            (a, b), (c, d) = r["false alarms, 95%"], r["detection, 95%"]
            lines.append(
                f"  {rule:<19}{r['false alarms']:>8.2%}{f'{a:.2%} to {b:.2%}':>20}"
                f"{r['detection']:>10.2%}{f'{c:.2%} to {d:.2%}':>20}"
            )
        lines.append(f"  first wrong operation named rightly: {t['first named rightly']:.2%}")
        box = t["rules"][BLACK_BOX]["problems"]
        lines.append(f"  as a black box: {box[0]} of the correct problems, {box[1]} with a fault")
        lines.append(f"  cost of that, per torch forward and backward: {t['cost of noise']:.1f}")
        lines.append(f"  cost of a verdict, per torch forward and backward: {t['cost']:.1f}")
        lines.append(f"  faults never found: {', '.join(t['faults never found']) or 'none'}\n")
    return "\n".join([*lines, *_suite_lines(result["suites"])])


def _suite_lines(suites: dict[str, Any]) -> Iterator[str]:
    what = f"suites of {suites['probes']} deliberate probes, {suites['of each fault']} a fault"
    yield f"{what}: faults missed by a suite"
    for dtype, missed in suites["missed"].items():
        text = ", ".join(f"{fault} ({n})" for fault, n in missed.items()) or "none"
        yield from textwrap.wrap(
            f"{dtype}: {text}", 79, initial_indent="  ", subsequent_indent="    "
        )
    yield f"  in both: {', '.join(suites['missed in both']) or 'none'}"
