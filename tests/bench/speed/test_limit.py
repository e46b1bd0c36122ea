"""The calls alone are a whole training step: they leave what scratch leaves."""

from itertools import pairwise

import numpy as np
import pytest

import scratch.network
import scratch.optimizers
import scratch.training
from compare.bench.speed import limit

LR = 0.1


@pytest.mark.parametrize("nodes", [[5, 7, 6, 3], [300, 200, 4]])  # the second in several parts
def test_the_calls_of_a_step_change_every_parameter_as_scratch_does(nodes):
    rng = np.random.default_rng(0)
    params = {}
    for k, (n_in, n_out) in enumerate(pairwise(nodes), start=1):
        params |= {f"W{k}": rng.standard_normal((n_in, n_out)), f"b{k}": rng.standard_normal(n_out)}
    x, d = rng.standard_normal((9, nodes[0])), rng.integers(nodes[-1], size=9)
    network, rule = scratch.network.Network(params), scratch.optimizers.SGD(LR)
    calls = limit.calls_of_step(params, x, d, LR)
    for _ in range(3):
        scratch.training.train_step(network, rule, x, d)
        for call in calls:
            call()
    for name, p in network.params.items():
        assert np.allclose(params[name], p, rtol=1e-12, atol=1e-12), name
    assert len(limit.empty(calls)) == len(calls)
