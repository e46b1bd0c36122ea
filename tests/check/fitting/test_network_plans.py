"""Every plan of a network gives the same numbers with errors and without, as the search trusts."""

from dataclasses import replace

import numpy as np
import pytest

from compare.arithmetic.plain import Plain
from compare.arithmetic.running_error import FORMATS, Bounded
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.hidden import ELU, LEAKY, of_constant
from compare.check.fitting.networks.passes import Forward
from compare.check.fitting.networks.plans import OTHERS, SCALES, Plan, Reported
from compare.check.fitting.networks.way_down import chains_of

RNG = np.random.default_rng(0)
# square, so that a product without its transpose is one, too
SHAPES = {f"W{k}": (3, 3) for k in (1, 2, 3)} | {f"b{k}": (3,) for k in (1, 2, 3)}
SHAPES |= {"x": (6, 3), "x0": (6, 3)}
ARRAYS = {
    name: Bounded.given(RNG.standard_normal(shape), FORMATS["float64"])
    for name, shape in SHAPES.items()
}
ARRAYS |= {"d": np.array([0, 1, 2, 0, 1, 0]), "d0": np.array([1, 2, 0, 0, 2, 1])}
PLAIN = {n: Plain.of(v) for n, v in ARRAYS.items()}
FORWARDS = [
    *chains.right_forwards(3, (*chains.OUTPUTS, "log-softmax")),
    *chains.wrong_forwards(3),
    *(Forward(of_constant(family, 0.1), "softmax") for family in (LEAKY, ELU)),
]


def same(plain, bounded):
    np.testing.assert_allclose(np.asarray(plain), bounded.value, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_forward_passes_and_losses():
    for forward in FORWARDS:
        p, q = (chains.passed(forward, a, a["x"]) for a in (PLAIN, ARRAYS))
        same(p.y, q.y)
        for loss in chains.LOSSES if forward.hidden == "tanh" and not forward.cause else ():
            reported = Reported(loss, SCALES[2], decay=0.5)
            same(reported.of(PLAIN, p, forward), reported.of(ARRAYS, q, forward))


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_ways_back():
    forward, first = Forward("tanh", "softmax"), Plan(chains.DELTAS[0], SCALES[0])
    plans = [replace(first, delta=delta) for delta in chains.DELTAS]
    plans += [replace(first, chain=chain) for chain in chains_of(3)]
    plans += [replace(first, batches=batches) for batches in OTHERS]
    for plan in plans:
        plain, bounded = plan.grads(PLAIN, forward), plan.grads(ARRAYS, forward)
        assert set(plain) == set(bounded)
        for name, gradient in plain.items():
            same(gradient, bounded[name])
