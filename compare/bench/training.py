"""``bench training``: correct runs that must not be called different, late bugs that must be found.

Both in random training runs: networks, data, update rules, schedules, and learning rates up to and
beyond the edge of stability.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from compare.arithmetic.formats import DTYPES
from compare.bench import cost
from compare.bench.late_bugs import LATE_BUGS, LateBug, late
from compare.bench.measurements import Size, collect
from compare.bench.other_comparisons import traces
from compare.cases import inputs
from compare.cases.programs import training
from compare.core.arrays import fingerprint
from compare.core.case import Case
from compare.core.implementation import numpy_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.engine.result import CaseResult
from compare.engine.run_case import run_case
from compare.judge.training.trajectory import FORCED, FREE
from compare.judge.verdict import Comparison
from compare.system.jobs import HERE, Workers

Generator = np.random.Generator


FULL, SHORT = Size(500, 6, steps=20_000), Size(12, 1, steps=100)  # over both dtypes

# The rate at which a run of standardised data begins to be unstable, about: the sweep goes beyond.
_LARGEST_RATE = {
    "SGD": 3.0, "Momentum": 0.3, "Nesterov": 0.3, "AdaGrad": 0.5, "RMSprop": 0.05,
    "Adadelta": 3.0, "Adam": 0.05,
}  # fmt: skip
_ENDS = (
    ("identity", "identity_with_loss"),
    ("identity", "mean_squared_error"),
    ("sigmoid", "sigmoid_with_loss"),
    ("softmax", "softmax_with_loss"),
)


def random_run(
    rng: Generator, steps: int, rule: str = "", tame: bool = False, short_batches: bool = False
) -> Case:
    """A training case: a network, data with a rule to learn, batches, an update rule, a rate.

    ``tame`` keeps away from the edge of stability, so that the run does not end there.
    """
    rule = rule or str(rng.choice(list(_LARGEST_RATE)))
    hidden = str(rng.choice(("relu", "sigmoid", "tanh")))
    output, loss = _ENDS[rng.integers(len(_ENDS))]
    nodes = tuple(int(n) for n in rng.integers(2, 13, int(rng.integers(3, 5))))
    samples, lr = (
        int(rng.integers(20, 121)),
        _LARGEST_RATE[rule] * 10 ** rng.uniform(-3, -1 if tame else 0),
    )
    uneven = [b for b in (5, 7, 16) if samples % b]  # never empty: 560 samples are too many
    batch = int(rng.choice(uneven if short_batches else (1, 3, 8, 16, samples)))
    sampling = "without_replacement" if short_batches or rng.random() < 0.5 else "with_replacement"
    schedules: list[tuple[Any, ...]] = [
        ("constant",), ("step_decay", max(steps // 3, 1), 0.5), ("cosine_annealing", lr / 100),
    ]  # fmt: skip
    return Case(
        f"bench.{rule.lower()}",
        "bench",
        "a random training run",
        training(hidden, output, loss, rule, lr, schedules[rng.integers(3)]),
        sizes={"N": batch, "T": steps},
        arrays={
            **_data(rng, samples, nodes, output),
            **inputs.weights(nodes, str(rng.choice(("xavier", "he", "normal")))),
            "batches": inputs.batches(samples, batch, steps, sampling),
        },
        training=True,
    )


def _data(rng: Generator, n: int, nodes: tuple[int, ...], output: str) -> dict[str, Any]:
    x = rng.standard_normal((n, nodes[0]))
    score = np.tanh(x @ rng.standard_normal((nodes[0], nodes[-1])))
    # d follows x by a rule: noise could only be learned by heart, and losses would hardly fall
    if output == "softmax":
        return {"x": x, "d": score.argmax(axis=1)}
    return {"x": x, "d": (score > 0).astype(np.float64) if output == "sigmoid" else score}


def keys(size: Size) -> list[str]:
    """The names of all measurements: dtype, what is measured, steps at most or a case, a number."""
    names = []
    for i in range(size.correct):  # a tenth of them long
        longest = size.steps if i < size.correct // 10 else size.steps // 10
        names.append(f"{DTYPES[i % 2]}/correct/{longest}/{i}")
    for bug in LATE_BUGS:
        names += [
            f"{bug.dtypes[i % len(bug.dtypes)]}/{bug.what}/{min(size.steps, 400)}/{i}"
            for i in range(size.per_fault)
        ]
    return names + [f"{dtype}/cost/{name}/0" for dtype in DTYPES for name in cost.MEASURED]


def measure(key: str) -> dict[str, Any]:
    """One run, from its key alone."""
    dtype, what, longest, number = key.split("/")
    if what == "cost":
        return cost.of_training(dtype, longest)
    rng = np.random.default_rng([int(number), len(what), int(longest)])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if what == "correct":
            return _correct(rng, dtype, int(longest))
        bug = next(b for b in LATE_BUGS if b.what == what)
        return _buggy(rng, dtype, bug, int(longest))


def _correct(rng: Generator, dtype: str, longest: int) -> dict[str, Any]:
    # evenly by their logarithm: as many runs of 10 to 100 steps as of 1000 to 10,000
    steps = int(np.exp(rng.uniform(0, np.log(longest))).round())
    result = run_case(random_run(rng, steps), dtype, 0)
    return {
        "steps": steps,
        "rule": result.case.name.removeprefix("bench."),
        "called": [c.name for c in _different(result)][:3],
        "cones": _largest(result, FREE),
        "forced": _largest(result, FORCED),
        "diverges": result.diverges_at is not None,
        "seconds": round(result.seconds, 3),
    }


def _different(result: CaseResult, kind: str = "") -> list[Any]:
    return [
        comparison
        for comparison in result.verdict.failures
        if comparison.outcome in (Outcome.DIFFERENT, Outcome.ERROR)
        and f"/{kind}" in f"/{comparison.name}"
    ]


def _largest(result: CaseResult, kind: str) -> float:
    ratios = [c.ratio for c in result.verdict.comparisons if f"/{kind}/" in c.name]
    # JSON has no infinity
    return float(min(max(ratios, default=0.0), 1e30))


def _buggy(rng: Generator, dtype: str, bug: LateBug, longest: int) -> dict[str, Any]:
    steps = int(rng.integers(longest // 2, longest + 1))
    rule = str(rng.choice(bug.rules)) if bug.rules else ""
    case = random_run(rng, steps, rule, tame=True, short_batches=bug.short)
    # not in the first step, so that it begins late, nor in the last quarter, so that drift can show
    drawn = int(rng.integers(2, steps * 3 // 4))
    # the step that is drawn is not always that of the first wrong number: where all gradients of a
    # layer are 0, to freeze it changes nothing
    first_change = _first_change(case, dtype, bug, drawn)
    if first_change is None:
        return {"drawn": drawn, "at": None}
    # every step is forced, so that the bug's own step is
    result = run_case(case, dtype, 0, mine=late(bug, drawn), force_every=1)
    different = _different(result)
    return {
        "drawn": drawn,
        "at": first_change,
        "steps": steps,
        "operation": _first_step(c for c in different if not _is_whole(c.name)),
        "forced": _first_step(c for c in different if f"/{FORCED}/" in c.name),
        "free": _first_step(c for c in different if f"/{FREE}/" in c.name),
    }


def _is_whole(name: str) -> bool:
    """Whether a comparison is of a run or of a whole step, and not of an operation."""
    return f"/{FREE}/" in name or f"/{FORCED}/" in name or not name.startswith("step/")


def _first_step(different: Iterable[Comparison]) -> int | None:
    return min((int(c.name.split("/")[1]) for c in different), default=None)


def _first_change(case: Case, dtype: str, bug: LateBug, begins: int) -> int | None:
    """The first step at which the bug changes a number, or None where it changes none."""
    problem = build(case, dtype, 0)
    right = traces(case, problem, numpy_side())
    wrong = traces(case, problem, late(bug, begins))
    for right_trace, wrong_trace in zip(right, wrong, strict=True):
        if any(
            fingerprint(value) != fingerprint(wrong_trace.values[name])
            for name, value in right_trace.values.items()
        ):
            return right_trace.step
    return None


def run(
    size: Size,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """All measurements of this size; those in ``path`` already are not made again."""
    return collect(keys(size), measure, path, advance, workers)
