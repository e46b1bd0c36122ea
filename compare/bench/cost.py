"""What watching a training run costs, in steps of the bare torch run, measured side by side."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from compare.case import Case, Recipe
from compare.cases import CASES
from compare.cone import Cone
from compare.problem import Problem, build
from compare.programs import params_of
from compare.report.tensorboard import Board
from compare.runner import run_case
from compare.sides import torch_side

STEPS, TIMES = 200, 3
MEASURED = ("mlp.digits", "mlp.digits.adam", "mlp.iris", "exercise.1-3")


def measure(dtype: str, name: str) -> dict[str, float]:
    """The cone, the whole verdict and TensorBoard's files of one case, per bare torch step."""
    case = next(c for c in CASES if c.name == name).with_steps(STEPS)
    problem, recipe = build(case, dtype, 0), case.program.recipe
    assert recipe is not None
    bare = _least(lambda: _bare(problem, recipe))
    cone = _least(lambda: _with_cone(case, problem, recipe)) - _least(
        lambda: _traced(case, problem)
    )
    result = run_case(case, dtype)
    with tempfile.TemporaryDirectory() as folder, closing(Board(Path(folder))) as board:
        logging = _least(lambda: board.add(result), 1)
    return {"cone": cone / bare, "verdict": result.seconds / bare, "logging": logging / bare}


def _least(run: Callable[[], Any], times: int = TIMES) -> float:
    """The shortest of a few runs, in seconds."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _bare(problem: Problem, recipe: Recipe) -> None:
    """The torch run as a user would write it: forward, loss, backward, update."""
    side = torch_side()
    given = {name: side.given(values) for name, values in problem.arrays.items()}
    network, optimizer = recipe.network(side, params_of(given)), recipe.optimizer(side)
    combined = recipe.loss in side.get("network.COMBINED")
    error, last = side.get(f"losses.{recipe.loss}"), f"u{network.depth}"
    for batch in given["batches"]:
        network.zero_grad()
        trace = network.forward(given["x"][batch])
        error(given["d"][batch], trace[last if combined else "y"]).backward()
        optimizer.update(network.params, network.grads)


def _traced(case: Case, problem: Problem) -> list[dict[str, Any]]:
    """The torch run with everything that it shows, in NumPy."""
    side = torch_side()
    given = {name: side.given(values) for name, values in problem.arrays.items()}
    return [
        {name: side.to_numpy(value) for name, value in trace.values.items()}
        for trace in case.program.run(side, given)
    ]


def _with_cone(case: Case, problem: Problem, recipe: Recipe) -> None:
    arrays = problem.arrays
    cone = Cone(params_of(arrays), recipe, torch_side(), seed=0)
    before = {f"before/{name}": p.copy() for name, p in params_of(arrays).items()}
    for step, run in enumerate(_traced(case, problem), start=1):
        batch = arrays["batches"][step - 1]
        cone.step(step, arrays["x"][batch], arrays["d"][batch], {**run, **before})
        cone.spread(run)
        before = {name: run[f"param/{name.removeprefix('before/')}"] for name in before}
