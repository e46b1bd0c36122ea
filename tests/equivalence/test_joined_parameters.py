"""One array that is split into several parameters of a module, and several put together for one."""

import numpy as np
import pytest
import torch
from torch import nn

import compare

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(22)
X = RNG.standard_normal((5, 4))


def names_of(result):
    return [c.name for c in result.verdict.comparisons]


class Separate(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, n, bias=False) for n in (4, 4, 6))

    def forward(self, x):
        return nn.functional.scaled_dot_product_attention(self.q(x), self.k(x), self.v(x))


def attention(x, params, order=(0, 1, 2)):
    parts = torch.split(x @ params["qkv"], [4, 4, 6], -1)
    q, k, v = (parts[i] for i in order)
    return torch.softmax(q @ k.mT / 2, -1) @ v


FUSED = {
    "params": {"qkv": RNG.standard_normal((4, 14))},
    "names": {"qkv": ("q.weight", "k.weight", "v.weight")},
    "axes": {"qkv": (1, 0)},
    "mine_takes": "torch",
}


def test_one_array_may_be_split_into_several_parameters_whose_gradients_come_as_one():
    found = compare.assert_equivalent(attention, Separate(), [RNG.standard_normal((5, 4))], **FUSED)
    assert "grad/qkv" in names_of(found[0])
    swapped = compare.equivalent(
        lambda x, params: attention(x, params, (1, 0, 2)), Separate(), [X], **FUSED
    )
    assert {r.verdict.first.name for r in swapped} == {"output"}


def test_parts_that_do_not_fit_are_refused_in_words():
    for names, words in (
        (("q.weight", "k.weight"), "qkv has shape .* and q.weight, k.weight of Separate .8, 4."),
        (("q.weight", "w"), "Separate has no 'w'"),
        (("q.weight", "q.weight", "v.weight"), "two of params are meant for 'q.weight'"),
    ):
        with pytest.raises(compare.UsageError, match=words):
            compare.equivalent(attention, Separate(), [X], **{**FUSED, "names": {"qkv": names}})


class ToItself(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.MultiheadAttention(4, 1, batch_first=True)

    def forward(self, x):
        return self.heads(x, x, x, need_weights=False)[0]


def by_hand(x, params, order="qkv"):
    q, k, v = (x @ params[n] + params[f"b{n}"] for n in order)
    return torch.softmax(q @ k.mT / 2, -1) @ v @ params["out"] + params["bout"]


IN_PROJ = {
    "params": {
        **{n: RNG.standard_normal((4, 4)) for n in ("q", "k", "v", "out")},
        **{f"b{n}": RNG.standard_normal(4) for n in ("q", "k", "v", "out")},
    },
    "names": {
        **dict.fromkeys("qkv", "heads.in_proj_weight"),
        **dict.fromkeys(("bq", "bk", "bv"), "heads.in_proj_bias"),
        "out": "heads.out_proj.weight",
        "bout": "heads.out_proj.bias",
    },
    "axes": dict.fromkeys(("q", "k", "v", "out"), (1, 0)),
    "mine_takes": "torch",
}


def test_several_parameters_may_be_put_together_for_one_and_each_has_its_gradient():
    samples = [RNG.standard_normal((2, 3, 4))]
    found = compare.assert_equivalent(by_hand, ToItself(), samples, **IN_PROJ)
    assert {"grad/q", "grad/k", "grad/v", "grad/bq", "grad/bv"} < set(names_of(found[0]))
    exchanged = compare.equivalent(
        lambda x, params: by_hand(x, params, "kqv"), ToItself(), samples, **IN_PROJ
    )
    assert {r.verdict.first.name for r in exchanged} == {"output"}


def test_a_wrong_gradient_of_one_of_those_put_together_is_found_at_it():
    def scaled(x, params):
        k = params["k"]
        return by_hand(x, {**params, "k": k.detach() + 1.01 * (k - k.detach())})

    found = compare.equivalent(scaled, ToItself(), [RNG.standard_normal((2, 3, 4))], **IN_PROJ)
    assert {r.verdict.first.name for r in found} == {"grad/k"}


def test_parameters_that_do_not_make_one_together_are_refused_in_words():
    params = {**IN_PROJ["params"], "v": RNG.standard_normal((4, 5))}
    with pytest.raises(
        compare.UsageError, match=r"v \(5, 4\) are meant for 'heads.in_proj_weight'"
    ):
        compare.equivalent(by_hand, ToItself(), [X], **{**IN_PROJ, "params": params})
