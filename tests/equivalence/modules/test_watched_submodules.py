"""``watch="*"``: all that both sides have a name for, and what one side alone has is said."""

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare import watch

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(31)
X = RNG.standard_normal((3, 4))


class Block(nn.Module):
    def __init__(self, eps=1e-5):
        super().__init__()
        self.norm = nn.LayerNorm(4, eps, elementwise_affine=False)
        self.act = nn.Tanh()
        self.pair = Two()

    def forward(self, x):
        return self.pair(self.act(self.norm(x)))[0]


class Two(nn.Module):
    def forward(self, x):
        return x + 1, x - 1


def by_hand(x, eps=1e-5):
    c = x - x.mean(-1, keepdims=True)
    h = c / np.sqrt((c * c).mean(-1, keepdims=True) + x.dtype.type(eps))
    h = np.tanh(watch("1.norm", watch("0.norm", h)))
    return watch("1.pair", (h + 1, h - 1))[0]


def names_of(result):
    names = [c.name for c in result[0].verdict.comparisons]
    return [n for n in names if not n.startswith(("input", "repeats", "grad"))]


def test_what_both_have_is_compared_in_order_and_the_rest_is_said():
    reference = nn.Sequential(nn.Identity(), Block())
    result = compare.equivalent(by_hand, reference, [X], watch="*", gradient=False)
    assert result.passed
    assert names_of(result) == ["1.norm", "1.pair/0", "1.pair/1", "output"]
    report = " ".join(str(result).split())
    assert 'watch="*" compared 3 intermediates; the reference alone has 0, 1.act, 1' in report
    assert 'watch="*" compared 3 intermediates; yours alone has 0.norm' in report


def test_between_modules_the_first_that_differs_is_named():
    def stack(eps):
        return nn.Sequential(Block(), Block(eps), Block())

    same = compare.equivalent(stack(1e-5), stack(1e-5), [X], watch="*")
    assert same.passed and len(names_of(same)) == 16 and 'watch="*"' not in str(same)
    assert "grad/1.act" in {c.name for c in same[0].verdict.comparisons}
    wrong = compare.equivalent(stack(1e-4), stack(1e-5), [X], watch="*")
    assert {r.verdict.first.name for r in wrong} == {"1.norm"}


def test_a_module_of_mine_whose_parts_are_shared_is_compared_by_the_first_call():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = self.two = nn.Tanh()

        def forward(self, x):
            return self.two(2 * self.one(x))

    class Apart(Twice):
        def __init__(self):
            super().__init__()
            self.two = nn.Tanh()

    result = compare.equivalent(Twice(), Apart(), [X], watch="*")
    assert result.passed and names_of(result) == ["one", "output"]


def test_no_name_in_common_is_said_and_no_module_is_an_error():
    result = compare.equivalent(np.tanh, nn.Sequential(nn.Tanh()), [X], watch="*", gradient=False)
    assert result.passed
    assert 'give one by compare.watch("0", ...)' in str(result).replace("\n    ", " ")
    with pytest.raises(compare.UsageError, match="which is no nn.Module"):
        compare.equivalent(np.tanh, torch.tanh, [X], watch="*", gradient=False)
