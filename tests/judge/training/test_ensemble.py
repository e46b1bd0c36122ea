"""Copies of torch's run, each off by its rounding: as wide as rounding, on branches that may be."""

import numpy as np
import pytest
import torch

from compare.core.implementation import torch_side
from compare.core.problem import build
from compare.engine.run_case import run_case
from compare.engine.selection import select
from compare.judge.training.ensemble import Ensemble, on_its_branches
from compare.judge.training.trajectory import FREE

BY_NAME = {case.name: case for case, _ in select()}


def test_a_copy_of_the_cone_without_noise_is_the_torch_run():
    """Every copy computes what torch_ref computes: only the noise sets them apart."""
    case = BY_NAME["mlp.digits.adam"].with_steps(5)
    problem = build(case, "float64", 0)
    recipe = case.program.recipe
    params = {k: v for k, v in problem.arrays.items() if k[0] in "Wb" and k[1:].isdigit()}
    copies = Ensemble(params, recipe, torch_side(), seed=0)
    copies.noise._pool = torch.zeros_like(copies.noise._pool)  # the pool itself is everybody's
    side = torch_side()
    before = {f"before/{k}": v.copy() for k, v in params.items()}
    for trace in case.program.run(side, {k: side.given(v) for k, v in problem.arrays.items()}):
        run = {k: side.to_numpy(v) for k, v in trace.values.items()}
        batch = problem.arrays["batches"][trace.step - 1]
        x, d = problem.arrays["x"][batch], problem.arrays["d"][batch]
        copies.step(trace.step, x, d, run | before)
        spread = copies.spread(run)
        assert set(spread) >= {"loss", "param/W1", "state/b2/exp_avg_sq"}
        for name, width in spread.items():
            assert width <= 1e-12 * np.linalg.norm(run[name])
        before = {f"before/{k}": run[f"param/{k}"] for k in params}


def test_the_cone_is_as_wide_as_rounding_in_either_format():
    widths = {}
    for dtype in ("float64", "float32"):
        case = BY_NAME["mlp.iris"].with_steps(20)
        errors = run_case(case, dtype).errors[FREE]
        widths[dtype] = np.median([limit for _, _, limit in errors])
    assert 2.0**26 < widths["float32"] / widths["float64"] < 2.0**32


@pytest.mark.parametrize("mine, taken", [(-1e-16, True), (1e-16, False), (-1.0, False)])
def test_one_copy_takes_the_branch_of_yours_where_rounding_may_decide_it(mine, taken):
    run = np.array([[1e-16, 1.0]])
    u = torch.from_numpy(run + 1e-17 * np.arange(3)[:, np.newaxis, np.newaxis]).requires_grad_()
    z = on_its_branches(torch.relu(u), u, run, np.array([[mine, 1.0]]))
    slopes = torch.autograd.grad(z.sum(), u)[0]
    assert (slopes[0, 0, 0] == 0) == taken
    assert (slopes[1:] == 1).all() and slopes[0, 0, 1] == 1
