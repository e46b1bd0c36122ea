"""A copy of a module computes with its own parts, also where a function holds on to one."""

import types
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare
from compare.equivalence.modules.module_copy import copy_of

pytestmark = pytest.mark.numbers


class Holding(nn.Module):
    """Its forward pass calls ``self.f``, which holds on to a linear layer."""

    def __init__(self, how):
        super().__init__()
        self.l, self.act = nn.Linear(3, 3), F.relu
        layer, kept = self.l, {"several": [self.l]}

        def bound(self, x):
            return layer(x)

        def twice(x, depth=1):
            return twice(layer(x) * 0 + x, depth - 1) if depth else layer(x)

        self.f = {
            "a closure": lambda x: layer(x),
            "its parameters": lambda x: x @ layer.weight.T + layer.bias,
            "a default": lambda x, held=layer: held(x),
            "a partial": partial(lambda held, x: held(x), layer),
            "a method": types.MethodType(bound, self),
            "a list of a dict": lambda x: kept["several"][0](x),
            "a function in a list": [lambda x: layer(x)],
            "one that calls itself": twice,
            "itself": lambda x: self.l(x),
        }[how]

    def forward(self, x):
        return (self.f[0] if isinstance(self.f, list) else self.f)(x)


WAYS = (
    "a closure", "its parameters", "a default", "a partial", "a method", "a list of a dict",
    "a function in a list", "one that calls itself", "itself",
)  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_what_a_function_holds_is_the_copys_own(how):
    module = Holding(how)
    copied = copy_of(module)
    with torch.no_grad():
        copied.l.weight.zero_()
        copied.l.bias.fill_(7)
    x = torch.ones(1, 3)
    assert copied(x).tolist() == [[7, 7, 7]] and module(x).tolist() != [[7, 7, 7]]
    assert copied.act is F.relu  # what holds nothing of it stays itself


@pytest.mark.parametrize("factor", [1, 1.1])
@pytest.mark.parametrize("how", WAYS)
def test_it_is_compared_in_both_formats(how, factor):
    rng = np.random.default_rng(4)
    params = {"l.weight": rng.standard_normal((3, 3)), "l.bias": rng.standard_normal(3)}
    found = compare.equivalent(
        lambda x, params: (x @ params["l.weight"].T + params["l.bias"]) * x.dtype.type(factor),
        Holding(how),
        [rng.standard_normal((2, 3))],
        params=params,
    )
    assert found.passed is (factor == 1)
    assert factor == 1 or {r.verdict.first.name for r in found} == {"output"}


class Shared(nn.Module):
    """One layer under two names, a list that two hold, and a number of its own."""

    def __init__(self):
        super().__init__()
        self.first = self.again = nn.Linear(2, 2)
        self.kept = {"calls": [0]}
        self.first.kept = self.kept
        self.factor = 3.0

    def forward(self, x):
        self.kept["calls"][0] += 1
        return self.factor * self.again(x)


class CopiedItsOwnWay(Shared):
    def __deepcopy__(self, memo):
        copied = Shared()
        copied.factor = 5.0
        return copied


def test_what_is_one_object_is_one_in_the_copy_and_none_of_the_original():
    module = Shared()
    copied = copy_of(module)
    assert copied.first is copied.again is not module.first
    assert copied.first.weight is not module.first.weight
    assert copied.first.kept is copied.kept is not module.kept
    copied(torch.zeros(1, 2))
    assert (copied.kept, module.kept) == ({"calls": [1]}, {"calls": [0]})
    assert copied.training is module.training and not copied.first._forward_hooks


def test_a_module_that_says_how_it_is_copied_is_copied_so():
    assert copy_of(CopiedItsOwnWay()).factor == 5.0
    assert copy_of(nn.Sequential(CopiedItsOwnWay()))[0].factor == 5.0


def test_what_torch_compiled_is_left_out():
    module = nn.Linear(2, 2)
    module._compiled_call_impl = object()
    assert copy_of(module)._compiled_call_impl is None


def test_a_function_of_a_module_that_a_list_reaches_first_holds_the_copys_own():
    outer, before, inner = nn.Module(), nn.Module(), Holding("a closure")
    before.peers = [inner]
    outer.before, outer.inner = before, inner
    copied = copy_of(outer)
    with torch.no_grad():
        copied.inner.l.weight.zero_()
        copied.inner.l.bias.fill_(7)
    assert copied.before.peers[0] is copied.inner
    assert (copied.inner(torch.ones(3)) == 7).all() and (inner(torch.ones(3)) != 7).all()
