"""The third implementation: bounds cover its values, and its gradients are derivatives."""

import numpy as np
import pytest

from compare.arithmetic.multiprecision import Exact
from compare.arithmetic.running_error import FORMATS, Bounded
from compare.oracle import formulas


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def given(array, dtype):
    return Bounded.given(array.astype(FORMATS[dtype].dtype), FORMATS[dtype])


@pytest.mark.parametrize("f", formulas.ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_bound_covers_the_exact_value_of_inputs_that_were_rounded_once(f, dtype):
    """An input that is known to one rounding: whatever it was before, the result is covered."""
    u = normal(6, 5) * 3
    shown = u.astype(dtype)
    inexact = Bounded.given(shown, FORMATS[dtype].inexact())
    z = formulas.ACTIVATIONS[f](inexact)
    right = formulas.ACTIVATIONS[f](Exact.given(u))
    error = np.abs(z.value - right.value.astype(np.float64))
    assert (error <= z.limit() + 1e-16).all()


@pytest.mark.parametrize("loss", formulas.LOSSES)
def test_every_gradient_formula_is_the_derivative_of_its_loss(loss, central_difference):
    rng = np.random.default_rng(2)
    d = np.eye(3)[rng.integers(3, size=4)]
    of = rng.standard_normal((4, 3))
    output = formulas.COMBINED.get(loss, "identity")
    if "entropy" in loss:
        of = 0.1 + 0.8 * rng.random((4, 3))

    def error(a):
        return float(formulas.LOSSES[loss](d, given(a, "float64")).value)

    y = formulas.ACTIVATIONS[output](given(of, "float64"))
    gradient = formulas.D_LOSSES[loss](d, y).value
    np.testing.assert_allclose(gradient, central_difference(error, of), rtol=1e-6, atol=1e-8)
