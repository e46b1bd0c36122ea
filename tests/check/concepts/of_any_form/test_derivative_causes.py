"""What is wrong with a derivative is solved from its numbers, and said with names and places."""

import pytest

from compare.bench.diagnosis import check_of
from compare.check.examples import BUGS as PLANTED
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

FUNCTION, LAYER = "derivative.other", "layer.other"
BUGS = {b.name.removeprefix("solved: "): b for b in PLANTED if b.name.startswith("solved: ")}
SAID = {
    "bent, flat below 0": ("bent_prime", "wrong where x < 0: there it is always 0"),
    "saturating, without its setting": ("saturating_prime", "v < 0: there the factor c is missing"),
    "limited, above too": ("limited_prime", "wrong where x > 2.5: there it should be 0"),
    "siren, without omega": ("siren_prime", "the factor omega is missing in it"),
    "Poisson, mu once more": ("poisson_deviance_grad", "the factor mu is missing in it"),
    "wavelet, one term of the product": ("wavelet_prime", "missing in it: wavelet(x) / x"),
    "slide, 1 forgotten": ("slide_prime", "a term is missing in it: 1"),
    "bounded, x for y": ("Bounded", "it should be dout * forward(x) * (1 - forward(x))"),
    "skip, left out": ("Skip", "a term is missing in dx: dout"),
    "scale, the output for the input": ("Scale", "forward(x)); it should be sum(dout * x)"),
    "stretch, the mean": ("stretch_backward", "dgamma is 1/N times what it should be"),
    "stretch, the other axis": ("stretch_backward", "over axis 1; it should be over axis 0"),
    "unit, without the projection": ("unit_backward", "for all along axis 1"),
    "centred, the mean is a constant": ("Centred", "for all along axis 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_mistake_is_said_with_what_it_is_of(name):
    found, said = SAID[name]
    judgements = check_of(BUGS[name].source).judgements
    (judgement,) = [j for j in judgements if j.found == found]
    assert judgement.outcome is Outcome.DIFFERENT
    assert said in judgement.diagnoses[0].title.en, judgement.diagnoses[0].title.en


def test_what_nothing_explains_is_told_with_its_largest_error():
    source = """
import numpy as np

def odd(x):
    return np.sin(x) * np.exp(np.cos(x))

def odd_prime(x):
    return np.exp(np.sin(x)) + x**3
"""
    (diagnosis,) = check_of(source)[FUNCTION].diagnoses
    assert diagnosis.cause == "not_its_own_derivative"
    assert "farthest off: at x[" in diagnosis.title.en
    assert "differences give" in diagnosis.title.en


def test_two_gradients_with_a_mistake_each_are_both_told():
    source = BUGS["stretch, the mean"].source.replace(", dout.sum(axis=0)", ", -dout.sum(axis=0)")
    causes = [d.cause for d in check_of(source)[FUNCTION].diagnoses]
    assert sorted(causes) == ["own_gradient_negated", "own_gradient_scaled"]


def test_a_boundary_that_has_a_name_is_said_by_it():
    source = """
import numpy as np

def shrunk(x, bound=1.3):
    return np.where(np.abs(x) > bound, x - bound * np.sign(x), 0.0)

def shrunk_prime(x, bound=1.3):
    return np.ones_like(x)
"""
    title = check_of(source)[FUNCTION].diagnoses[0].title.en
    assert "right where |x| > bound, and wrong where |x| < bound" in title
    right = source.replace("np.ones_like(x)", "(np.abs(x) > bound) * 1.0")
    assert check_of(right)[FUNCTION].outcome is Outcome.SAME


def test_a_way_back_that_takes_nothing_from_above_is_none_that_ignores_it():
    source = """
import numpy as np

class Bounded:
    def forward(self, x):
        self.y = np.tanh(np.sin(x))
        self.x = x
        return self.y

    def backward(self, x):
        return (1 - self.y**2) * np.cos(self.x)
"""
    assert "own_upstream_ignored" not in str(check_of(source).judgements)
