"""Update rules in further habits: sums over a batch, memory made by an example, vague names."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.check.examples import BUGS, VARIANTS
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
def test_a_rule_that_computes_nothing_is_no_rule(judged, left):
    base = f"class Optimizer:\n    def update(self, params, grads):\n        {left}\n"
    assert not judged(base)[0]
    still = judged(base.replace(left, "grads = dict(grads)"))[0]["Optimizer"]
    assert [d.cause for d in still.diagnoses] == ["never_moves"]


@pytest.mark.parametrize(
    "concept, page",
    [
        ("optimizer.rmsprop", "RMSprop"),
        ("optimizer.adagrad", "Adagrad"),
        ("optimizer.adam", "Adam"),
        ("optimizer.amsgrad", "Adam"),
        ("optimizer.momentum", "SGD"),
    ],
)
def test_a_mistake_that_rules_share_links_to_the_page_of_the_rule_that_is_judged(concept, page):
    shared = {"no_brackets", "betas_swapped", "shared_state", "not_squared", "no_accumulation"}
    bug = next(b for b in BUGS if b.concept == concept and shared & {*b.causes})
    (told, *_) = judgement_of(bug.source, concept).diagnoses
    assert told.torch.endswith(f"torch.optim.{page}.html")


def test_a_rule_of_no_class_of_torch_links_to_none():
    bug = next(b for b in BUGS if b.concept == "optimizer.lion")
    assert not judgement_of(bug.source, bug.concept).diagnoses[0].torch


def test_gradients_in_pairs_are_written_into_the_same_arrays():
    held = next(v for v in VARIANTS if v.name == "momentum in place on pairs")
    assert not judgement_of(held.source, held.concept).diagnoses
    kept = held.source.replace("v += g\n", "v += g\n                g *= 0\n")
    assert judgement_of(kept, held.concept).fails(strict=True)


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
