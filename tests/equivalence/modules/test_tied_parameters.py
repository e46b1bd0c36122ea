"""Parameters that are one tensor in a module have one gradient, and are given by each name."""

import numpy as np
import pytest
from torch import nn

import compare

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(32)
IDS = np.array([[1, 4, 2], [0, 3, 1]])


class Tied(nn.Module):
    """Words in and out, by one matrix or by two."""

    def __init__(self, tied=True):
        super().__init__()
        self.words, self.head = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        if tied:
            self.head.weight = self.words.weight

    def forward(self, ids):
        return self.head(self.words(ids).tanh())


TABLE = RNG.standard_normal((5, 4))
BOTH = {"words.weight": TABLE, "head.weight": TABLE}


def by_one_name(ids, params):
    return params["words.weight"][ids].tanh() @ params["words.weight"].T


def by_each_name(ids, params):
    return params["words.weight"][ids].tanh() @ params["head.weight"].T


def in_numpy(ids, params):
    return np.tanh(params["words.weight"][ids]) @ params["head.weight"].T


def gradient(delta, ids, params):
    h = np.tanh(params["words.weight"][ids])
    total = np.einsum("nto,nti->oi", delta, h)
    np.add.at(total, ids, delta @ params["words.weight"] * (1 - h * h))
    return {"words.weight": total}


def compared(mine, reference, params=BOTH, **settings):
    return compare.equivalent(mine, reference, [IDS], params=params, **settings)


@pytest.mark.parametrize("mine", [by_one_name, by_each_name])
def test_whichever_name_a_function_takes_it_has_the_gradient_of_both(mine):
    result = compared(mine, Tied(), mine_takes="torch")
    assert result.passed, str(result)
    names = {c.name for c in result[0].verdict.comparisons}
    assert "grad/words.weight" in names and "grad/head.weight" not in names
    assert "head.weight: one parameter with words.weight, and one gradient" in str(result)


def test_a_gradient_by_hand_is_that_of_both():
    assert compared(in_numpy, Tied(), gradient=gradient).passed
    half = compared(in_numpy, Tied(), gradient=lambda *a, **k: {
        "words.weight": gradient(*a, **k)["words.weight"] / 2
    })  # fmt: skip
    assert {r.verdict.first.name for r in half} == {"grad/words.weight"}


def test_one_that_keeps_a_copy_is_another():
    def mine(ids, params):
        return params["words.weight"][ids].tanh() @ params["words.weight"].detach().T

    first = compared(mine, Tied(), mine_takes="torch")[0].verdict.first
    assert first.name == "grad/words.weight"


def test_modules_that_tie_it_both_are_the_same_and_one_that_does_not_is_another():
    assert compared(Tied(), Tied()).passed
    for mine, reference in ((Tied(False), Tied()), (Tied(), Tied(False))):
        first = compared(mine, reference)[0].verdict.first
        assert first.name in ("grad/words.weight", "grad/head.weight")


def test_a_file_that_has_the_first_name_alone_is_enough():
    assert compared(Tied(), Tied(), {"words.weight": TABLE}).passed
    assert compared(by_one_name, Tied(), {"words.weight": TABLE}, mine_takes="torch").passed


def test_other_values_for_what_is_one_are_refused():
    other = {**BOTH, "head.weight": 2 * TABLE}
    result = compared(by_each_name, Tied(), other, mine_takes="torch")
    assert not result.passed and "is it tied to another?" in str(result).replace("\n    ", " ")
