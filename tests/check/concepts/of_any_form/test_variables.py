"""Variables that differentiate are judged beside torch's autograd, whatever they are called."""

import pytest

from compare.bench.diagnosis import check_of
from compare.check.examples import EXAMPLES
from compare.core.outcome import Outcome

CONCEPT = "autograd.other"
NUMBER, ARRAY = (EXAMPLES[f"variables: of {what}"].source for what in ("one number", "arrays"))


def test_functions_of_variables_are_judged_with_them_and_not_as_functions_of_arrays():
    of_variables = "\ndef tanh(a):\n    t = np.tanh(a.data)\n    f = Tanh()\n    return f(a)\n"
    operation = """
class Tanh(Operation):
    def run(self, a):
        return np.tanh(a)

    def back(self, g):
        return (g * (1 - self.output.data ** 2),)
"""
    result = check_of(ARRAY + operation + of_variables)
    assert result[CONCEPT].outcome is Outcome.SAME and "tanh" in result[CONCEPT].parts
    assert "tanh" not in [j.concept for j in result.judgements]
    wrong = check_of(ARRAY + operation.replace("self.output.data ** 2", "g ** 2") + of_variables)
    assert wrong[CONCEPT].outcome is Outcome.DIFFERENT
    assert "tanh(a)" in str(wrong[CONCEPT])


@pytest.mark.parametrize(
    "source",
    [
        "class Vector:\n    def __init__(self, x):\n        self.x = x\n\n"
        "    def __add__(self, other):\n        return Vector(self.x + other.x)\n\n"
        "    def flip(self):\n        self.x = -self.x\n",
        "class Dual:\n    def __init__(self, v, slope=1.0):\n"
        "        self.v, self.slope = v, slope\n\n"
        "    def __mul__(self, o):\n"
        "        return Dual(self.v * o.v, self.v * o.slope + o.v * self.slope)\n\n"
        "    def show(self):\n        return self.v\n",
    ],
    ids=["a vector", "a dual number"],
)
def test_what_can_be_added_and_goes_nowhere_back_is_left_alone(source):
    result = check_of(source)
    assert not result.judgements and len(result.left_alone) == 1


def test_a_class_of_numbers_is_not_blamed_for_matrices():
    # it would take them: what it is given is kept as it comes
    kept = NUMBER.replace("float(v), 0.0", "v, 0.0").replace("math.tanh", "np.tanh")
    judged = check_of(f"import numpy as np\n{kept}")[CONCEPT]
    assert judged.outcome is Outcome.SAME and "[2, 2]" not in str(judged)


def test_what_has_other_gradients_nearly_everywhere_is_left_alone():
    result = check_of(NUMBER.replace("each.g += part", "each.g = 7.0"))
    assert CONCEPT not in [j.concept for j in result.judgements]


def test_the_gradient_may_be_a_variable_in_its_turn():
    nested = ARRAY.replace("x.grad = g if x.grad is None else x.grad + g",
                           "x.grad = Tensor(g if x.grad is None else x.grad.data + g)")  # fmt: skip
    nested = nested.replace("f.back(f.output.grad)", "f.back(f.output.grad.data)").replace(
        "self.grad = np.ones_like(self.data)", "self.grad = Tensor(np.ones_like(self.data))"
    )
    assert check_of(nested)[CONCEPT].outcome is Outcome.SAME
