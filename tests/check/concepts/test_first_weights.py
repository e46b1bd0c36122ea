"""First weights that are drawn without a seed of their own are judged alike at every draw."""

import pytest

import compare
from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

NETWORK = """
import numpy as np

np.random.seed({seed})

def init_network(i, h, o):
    network = {{}}
    network["W1"] = np.random.randn(i, h) * {by[0]}
    network["b1"] = np.zeros(h)
    network["W2"] = np.random.randn(h, o) * {by[1]}
    network["b2"] = np.zeros(o)
    return network
"""
RIGHT = {  # 0.1 is near to what several sizes give; 0.1017 is near to 0.1
    "0.1": ("0.1", "0.1"),
    "no round number": ("0.1017", "0.1017"),
    "by the inputs": ("np.sqrt(2.0 / i)", "np.sqrt(1.0 / h)"),
}


@pytest.mark.parametrize("by", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_so_at_every_draw(by):
    sources = [NETWORK.format(seed=seed, by=by) for seed in range(10)]
    assert {judgement_of(s, "weights_of_layers").outcome for s in sources} == {Outcome.SAME}


def test_a_root_of_a_product_is_told_at_every_draw():
    by = ("np.sqrt(2.0 * i)", "np.sqrt(2.0 * h)")
    for seed in range(4):
        found = judgement_of(NETWORK.format(seed=seed, by=by), "weights_of_layers")
        assert found.outcome is Outcome.DIFFERENT
        assert found.diagnoses[0].cause == "init_variance_of"


SEVERAL = """
import numpy as np

def xavier_normal(n_in, n_out, rng):
    return rng.normal(0.0, np.sqrt(2.0 / (n_in + n_out)), (n_in, n_out))

def xavier_uniform(n_in, n_out, rng):
    width = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-width, width, (n_in, n_out))
"""


@pytest.mark.parametrize(
    ("slip", "causes", "unjudged"),
    [
        (("", ""), [], ()),
        (("6.0 / (n_in + n_out)", "6.0 / n_in + n_out"), ["right_with_one_edit"], ()),
        # what no edit makes right is said to be not judged, by the name that it has
        (("width = np.sqrt(6.0 / (n_in + n_out))", "width = 5.0 / (n_in * n_out) ** 0.3"),
         None, ("xavier_uniform",)),
    ],
)  # fmt: skip
def test_a_second_one_of_a_known_name_is_judged_as_that(tmp_path, slip, causes, unjudged):
    file = tmp_path / "weights.py"
    file.write_text(SEVERAL.replace(*slip), encoding="utf-8")
    result = compare.check(file)
    found = {j.found: j for j in result.judgements}
    assert found["xavier_normal"].outcome is Outcome.SAME
    second = found.get("xavier_uniform")
    assert (second and [d.cause for d in second.diagnoses]) == causes
    assert result.unjudged == unjudged
