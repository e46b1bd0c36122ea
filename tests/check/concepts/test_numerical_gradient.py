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
