"""What judging costs in runs of torch, both measured one after the other on the same machine.

Of a whole case: in passes of the torch side as the harness runs it, every name in NumPy. Of a
training run also in parts: in runs of a plain torch loop, which shows nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from compare.bench.other_comparisons import traces
from compare.cases import CASES
from compare.cases.programs import params_of
from compare.core.case import Case, Unavailable
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.problem import Problem, build
from compare.core.recipe import Recipe
from compare.core.trace import Trace
from compare.engine.digest import Digest
from compare.engine.lockstep import computed
from compare.engine.run_case import run_case
from compare.judge.judge import Judge
from compare.judge.step_block import steps_at_once
from compare.judge.training.ensemble import Ensemble
from compare.report.tensorboard.writer import TensorBoardWriter

STEPS, TIMES = 200, 3
BARE, WHOLE = "a bare step of torch", "a judged step"
TORCH, SCRATCH = "torch, all of it shown", "scratch, all of it shown"
COPIES, NAMES = "copies that rounding perturbs", "every name beside its formula"
DIGESTS, REST = "digests of every array", "forced steps, curves, totals"
MEASURED = ("mlp.digits", "mlp.digits.adam", "mlp.iris", "exercise.1-3")


def sampled(dtype: str, every: int) -> Iterator[str]:
    """The names of every so many-th training case, and of every so many-th single pass."""
    cases = [case for case in CASES if case.runs_in(dtype)]
    for training in (True, False):
        yield from [case.name for case in cases if case.training is training][
            :: every or len(CASES)
        ]


def of_case(dtype: str, name: str) -> dict[str, Any]:
    """A whole case, from its arrays to its verdict, in passes of the torch side alone.

    Both sides' runs, every name of every step judged on both, planted faults, forced steps, the
    ensemble and digests are in it. A case whose data are not here has no ``passes``.
    """
    case = _by_name(name)
    try:
        problem = build(case, dtype, 0)
        traces(case, problem, torch_side())  # what is made at the first use only is in neither
    except Unavailable as why:
        return {"skipped": str(why)}

    def torch_alone() -> None:
        traces(case, problem, torch_side())

    run_case(case, dtype)
    before = _least(torch_alone)  # and after: a machine that slows down would flatter the quotient
    whole = _least(lambda: run_case(case, dtype))
    passes = whole / min(before, _least(torch_alone))
    return {"training": case.training, "passes": passes}


def _by_name(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def of_training(dtype: str, name: str) -> dict[str, float]:
    """The ensemble, the whole verdict and TensorBoard's files of one case, per plain torch run."""
    case = _by_name(name).with_steps(STEPS)
    problem, recipe = build(case, dtype, 0), case.program.recipe
    assert recipe is not None
    bare = _least(lambda: _bare(problem, recipe))
    # what it adds to the run that it perturbs, as that is shown
    ensemble = _least(lambda: _with_ensemble(case, problem, recipe)) - _least(
        lambda: _traced(case, problem)
    )
    result = run_case(case, dtype)
    with tempfile.TemporaryDirectory() as folder, closing(TensorBoardWriter(Path(folder))) as board:
        # once: each further time the same tags would be written into the same files again
        logging = _least(lambda: board.add(result), 1)
    return {"cone": ensemble / bare, "verdict": result.seconds / bare, "logging": logging / bare}


def of_step(dtype: str, name: str, steps: int = STEPS, times: int = TIMES) -> dict[str, float]:
    """Seconds of a training step: bare in torch, judged, and of the parts of what is judged.

    The rest is what is left of the whole.
    """
    case = _by_name(name).with_steps(steps)
    problem, recipe = build(case, dtype, 0), case.program.recipe
    assert recipe is not None
    sides = torch_side(), numpy_side()
    shown = _shown(case, problem)
    runs: dict[str, Callable[[], Any]] = {
        BARE: lambda: _bare(problem, recipe),
        WHOLE: lambda: run_case(case, dtype),
        TORCH: lambda: _traced(case, problem, sides[0]),
        SCRATCH: lambda: _traced(case, problem, sides[1]),
        COPIES: lambda: _with_ensemble(case, problem, recipe),
        NAMES: lambda: _judged(case, problem, shown),
        DIGESTS: lambda: _digests(shown),
    }
    for run in runs.values():
        run()  # what is made at the first use only is in none
    took = {part: _least(run, times, time.process_time) / steps for part, run in runs.items()}
    took[COPIES] -= took[TORCH]
    parts = (TORCH, SCRATCH, COPIES, NAMES, DIGESTS)
    return took | {REST: took[WHOLE] - sum(took[part] for part in parts)}


def _least(
    run: Callable[[], Any], times: int = TIMES, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The shortest of a few runs, in seconds."""
    seconds = []
    for _ in range(times):
        started = clock()
        run()
        seconds.append(clock() - started)
    return min(seconds)


def _bare(problem: Problem, recipe: Recipe) -> None:
    """The torch run as a user would write it: forward, loss, backward, update."""
    side = torch_side()
    arrays = {name: side.given(values) for name, values in problem.arrays.items()}
    network, optimizer = recipe.network(side, params_of(arrays)), recipe.optimizer(side)
    network.wants_grad_x = False
    for batch in arrays["batches"]:
        side.get("training.train_step")(network, optimizer, arrays["x"][batch], arrays["d"][batch])


def _traced(
    case: Case, problem: Problem, side: Implementation | None = None
) -> list[dict[str, Any]]:
    """A side's run with everything that it shows, in NumPy; by default torch's."""
    side = side or torch_side()
    arrays = {name: side.given(values) for name, values in problem.arrays.items()}
    return [
        {name: side.to_numpy(value) for name, value in trace.values.items()}
        for trace in case.program.run(side, arrays)
    ]


_Shown = list[list[Trace]]  # of each step, what the side under test and torch show


def _shown(case: Case, problem: Problem) -> _Shown:
    """Both sides' traces of every step, scratch's first."""
    sides = computed(case, problem, (numpy_side(), torch_side()))
    return [list(traces) for traces in zip(*(side.traces for side in sides), strict=True)]


def _judged(case: Case, problem: Problem, shown: _Shown) -> None:
    """Every name of both sides, steps in blocks as a run has them."""
    judge, at_once = Judge(case, case.program.specify(problem.arrays)), steps_at_once(shown[0])
    for begin in range(0, len(shown), at_once):
        block = shown[begin : begin + at_once]
        judge.look_ahead(block)
        for mine, reference in block:
            judge.pair(mine, reference)


def _digests(shown: _Shown) -> None:
    """Of every array of both sides."""
    for side in zip(*shown, strict=True):
        digest = Digest()
        for trace in side:
            digest.update(trace)


def _with_ensemble(case: Case, problem: Problem, recipe: Recipe) -> None:
    arrays = problem.arrays
    ensemble = Ensemble(params_of(arrays), recipe, torch_side(), seed=0)
    before = {f"before/{name}": p.copy() for name, p in params_of(arrays).items()}
    for step, run in enumerate(_traced(case, problem), start=1):
        batch = arrays["batches"][step - 1]
        ensemble.step(step, arrays["x"][batch], arrays["d"][batch], {**run, **before})
        ensemble.spread(run)
        before = {name: run[f"param/{name.removeprefix('before/')}"] for name in before}
