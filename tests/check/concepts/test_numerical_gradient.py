"""What a script hands a gradient by differences: arrays of one axis, of whole numbers."""

import pytest

from compare.check.naming.bind import BY_NAME
from compare.core.outcome import Outcome

GRADIENT = """
import numpy as np

def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    for i in range(len(x)):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        below = f(x)
        grad[i] = (above - below) / (2 * h)
        x[i] = kept
    return grad

print(numerical_gradient(lambda x: (x ** 2).sum(), np.array([3.0, 4.0])))
"""


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        (("", ""), []),
        (("[3.0, 4.0]", "[3, 4]"), ["integers_truncated"]),
        (("[3.0, 4.0]", "[[3.0], [4.0]]"), ["halved_by_aliasing"]),
    ],
)
def test_what_its_script_hands_it_is_what_it_has_to_take(judged, change, causes):
    found = judged(GRADIENT.replace(*change), (BY_NAME,))[0]["numerical_gradient"]
    assert [d.cause for d in found.diagnoses if not d.warning] == causes
    assert found.outcome is (Outcome.DIFFERENT if causes else Outcome.SAME)


PARTIAL = """
import numpy as np

def partial(f, point, axis, h=3e-5):
    up = np.array(point, dtype=float)
    down = up.copy()
    up[axis] += h
    down[axis] -= h
    return (f(up) - f(down)) / (2 * h)

def numerical_gradient(f, point):
    point = np.array(point, dtype=float)
    g = np.zeros_like(point)
    for k in range(point.size):
        g[k] = partial(f, point, k)
    return g

print(numerical_gradient(lambda p: 0.3 * p[0] ** 2 + p[1], [3, 4]))
"""


@pytest.mark.parametrize(
    ("point", "causes"),
    [("np.array(point, dtype=float)", []), ("np.array(point)", ["into_integers"])],
)
def test_a_gradient_of_whole_numbers_that_is_cut_off_shows(judged, point, causes):
    text = PARTIAL.replace("point = np.array(point, dtype=float)", f"point = {point}")
    found = judged(text, (BY_NAME,))[0]["numerical_gradient"]
    assert [d.cause for d in found.diagnoses if not d.warning] == causes
