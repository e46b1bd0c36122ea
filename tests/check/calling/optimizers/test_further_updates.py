"""Update rules in further habits: sums over a batch, memory made by an example, vague names."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.core.outcome import Outcome

SUMS = """
def sgd(params, grads, eta, minibatch_size):
    for p, g in zip(params, grads):
        p -= eta * g / minibatch_size
"""
EXAMPLE = """
import numpy as np

class HeavyBall:
    def __init__(self, example, lr=0.03, momentum=0.7):
        self.lr, self.momentum = lr, momentum
        self.speeds = [np.zeros(e.shape) for e in example]

    def step(self, params, grads):
        for p, g, v in zip(params, grads, self.speeds):
            v *= self.momentum
            v += g
            p -= self.lr * v
"""
PLAIN = """
def apply(params, grads, lr=0.05):
    return {name: params[name] - lr * grads["d" + name] for name in params}
"""
SHARED = "[np.zeros(example[0].shape)] * len(example)"
CASES = (
    (SUMS, "optimizer.sgd", "-= eta", "+= eta", "climbs"),
    (EXAMPLE, "optimizer.momentum", "[np.zeros(e.shape) for e in example]", SHARED, "shared_state"),
    (PLAIN, "optimizer.sgd", "params[name] - lr", "params[name] + lr", "climbs"),
)


@pytest.mark.parametrize("source, concept, right, wrong, cause", CASES)
def test_it_is_the_same_and_with_a_fault_gets_its_cause(source, concept, right, wrong, cause):
    assert judgement_of(source, concept).outcome is Outcome.SAME
    assert right in source
    found = judgement_of(source.replace(right, wrong), concept)
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == [cause], str(found)


def test_what_does_not_divide_by_the_number_that_it_is_handed_is_different():
    found = judgement_of(SUMS.replace(" / minibatch_size", ""), "optimizer.sgd")
    assert found.outcome is Outcome.DIFFERENT


@pytest.mark.parametrize("left", ["pass", "raise NotImplementedError", '"""One step."""'])
def test_a_rule_that_computes_nothing_is_no_rule(left):
    base = f"class SGD:\n    def update(self, params, grads):\n        {left}\n"
    assert not check_of(base).judgements
    still = base.replace(left, "grads = dict(grads)")
    assert [d.cause for j in check_of(still).judgements for d in j.diagnoses] == ["never_moves"]


def test_a_mapping_is_suggested_where_it_leads_to_a_known_mistake():
    softmax = (
        "import numpy as np\ndef taro_softmax(x):\n    e = np.exp(x)\n    return e / e.sum()\n"
    )
    assert [s.concept for s in check_of(softmax).suggestions] == ["softmax"]
    other = check_of("import numpy as np\ndef taro_relu(x):\n    return x**3\n")
    assert not other.suggestions


COUNTED = """
class SGD:
    def __init__(self, halve_after, lr=0.1):
        self.lr, self.halve_after, self.t = lr, halve_after, 0

    def update(self, params, grads):
        self.t += 1
        if self.t % self.halve_after == 0:
            self.lr /= 2
        for name in params:
            params[name] -= self.lr * grads[name]
"""


def test_what_the_parameters_are_no_example_of_is_not_compared():
    assert judgement_of(COUNTED, "optimizer.sgd").outcome is Outcome.NOT_COMPARED
