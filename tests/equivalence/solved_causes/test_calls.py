"""A number or a choice in a call of torch is named, with which the reference would be yours."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compare
from compare.equivalence.solved_causes.calls import Calls

RNG = np.random.default_rng(11)
X, W, B = RNG.standard_normal((6, 5)), RNG.standard_normal((5, 3)), RNG.standard_normal(3)
KEPT = np.random.default_rng(1).random((6, 5)) < 0.8
Q, K, V = (RNG.standard_normal((2, 3, 6, 4)) for _ in range(3))


def cause(mine, reference, arrays):
    found = compare.equivalent(mine, reference, arrays, gradient=False, dtypes=["float64"])
    return "same" if found.passed else found[0].cause


def attention(scale=0.5, mask=None):
    def by_hand(q, k, v):
        s = q @ k.swapaxes(-1, -2) * scale
        s = s if mask is None else np.where(mask, s, -np.inf)
        e = np.exp(s - s.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True) @ v

    return by_hand


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def gelu_by_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def dropped(factor):
    return lambda x, kept, w, b: np.tanh((x * kept * factor) @ w + b)


def torch_dropped(x, kept, w, b):
    return torch.tanh((x * kept / 0.8) @ w + b)


def averaged(decay):
    def by_hand(a, b):
        for k in range(4):
            a = decay * a + (1 - decay) * (k + 1) * b
        return a

    return by_hand


def torch_averaged(a, b):
    for k in range(4):
        a = torch.lerp((k + 1) * b, a, 0.999)
    return a


def later(k):
    return lambda q: np.where(np.triu(np.ones((6, 6), bool), k), 0.0, q)


def torch_later(q):
    return q.masked_fill(torch.ones(6, 6, dtype=torch.bool).triu(1), 0.0)


def rotated(base):
    def by_hand(x):
        angles = np.arange(6)[:, None] / base ** (np.arange(5) / 5)
        return x * np.cos(angles)

    return by_hand


def torch_rotated(x):
    places = torch.arange(5, dtype=torch.float64)
    angles = torch.arange(6, dtype=torch.float64)[:, None] / 10000.0 ** (places / 5)
    return x * angles.cos().to(x.dtype)


HEADS = [Q, K, V]
PAIRS = {
    "with 1 for 0.8 in torch's div": (
        dropped(1.0),
        dropped(1 / 0.8),
        torch_dropped,
        [X, KEPT, W, B],
    ),
    "another approximate: with 'tanh' for 'none' in torch's gelu": (
        gelu_by_tanh,
        gelu,
        F.gelu,
        [X],
    ),
    "another scale: with 0.28867513 = 1/sqrt(12) for 0.5 in torch's scaled_dot_product_attention": (
        attention(12**-0.5),
        attention(),
        F.scaled_dot_product_attention,
        HEADS,
    ),
    "another scale: with 1 for 0.5 in torch's": (
        attention(1.0),
        attention(),
        F.scaled_dot_product_attention,
        HEADS,
    ),
    "another is_causal: with False for True in torch's": (
        attention(),
        attention(mask=np.tril(np.ones((6, 6), bool))),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        HEADS,
    ),
    "with 0.99 for 0.999 in torch's lerp": (
        averaged(0.99),
        averaged(0.999),
        torch_averaged,
        [X, X**2],
    ),
    "with 1000 for 10000 in torch's rpow": (rotated(1e3), rotated(1e4), torch_rotated, [X]),
}


@pytest.mark.parametrize("says", PAIRS)
def test_what_stands_in_a_call_is_solved_and_its_right_twin_is_the_same(says):
    wrong, right, reference, arrays = PAIRS[says]
    assert says in cause(wrong, reference, arrays)
    assert cause(right, reference, arrays) == "same"


def test_a_diagonal_is_tried_one_further():
    x = RNG.standard_normal((6, 6))

    assert "with 1 for 2 in torch's triu" in cause(
        lambda x: np.triu(x, 1), lambda x: x.triu(2), [x]
    )
    assert cause(lambda x: np.triu(x, 2), lambda x: x.triu(2), [x]) == "same"


def test_what_a_call_does_not_say_is_tried_in_the_overload_that_is_called():
    def scaled(x):
        return torch.tanh(x / x.std(0))  # of torch with n - 1

    said = cause(lambda x: np.tanh(x / x.std(0)), scaled, [X])
    assert said.startswith("another unbiased: with False for True in torch's std")
    assert cause(lambda x: np.tanh(x / x.std(0, ddof=1)), scaled, [X]) == "same"


def test_another_function_is_no_other_number():
    for mine in (np.sin, lambda x: np.where(x > 0, x, x**3)):
        assert cause(mine, lambda x: torch.tanh(2.0 * x) / 3.0, [X]) == ""


def test_a_number_that_changes_nothing_any_more_is_none():
    # any bound above the largest element is as good
    assert "another" not in cause(lambda x: x + 0, lambda x: x.clamp(-9.0, 0.5), [X])


def test_a_number_that_float32_has_rounded_is_a_question_of_precision():
    third = float(np.float32(1 / 3))
    found = compare.equivalent(lambda x: x / 3, lambda x: x * third, [X], dtypes=["float64"])[0]
    assert found.error_kind.name == "FLOAT32_INSIDE" and found.cause == ""


def test_a_setting_of_a_module_is_said_as_one():
    said = cause(lambda x: np.where(x > 0, x, 0.2 * x), nn.LeakyReLU(0.1), [X])
    assert said.startswith("another negative_slope: with 0.2 for 0.1 in LeakyReLU")


def test_the_steps_of_an_optimizer_are_none_of_the_calls():
    def train(rate):
        def by_hand(w):
            return w - rate * 4 * w**3

        return by_hand

    def torch_train(w):
        p = nn.Parameter(w.detach().clone())
        optimizer = torch.optim.SGD([p], 0.25)
        (p**4).sum().backward()
        optimizer.step()
        return p.detach()

    assert "another lr: with 0.125 for 0.25 in SGD" in cause(train(0.125), torch_train, [W])


def found_of(mine, reference, arrays):
    result = compare.equivalent(mine, reference, arrays, gradient=False, dtypes=["float64"])
    return "same" if result.passed else result[0].cause


def test_a_whole_number_behind_which_it_is_rounded_is_tried():
    def quantized(by):
        def mine(x):
            step = np.abs(x).max() / by
            return np.round(x / step) * step

        return mine

    def reference(x):
        step = x.abs().max() / 127
        return torch.round(x / step) * step

    x = np.random.default_rng(2).standard_normal((5, 7))
    assert "with 128 for 127 in torch's div" in found_of(quantized(128), reference, [x])
    assert found_of(quantized(127), reference, [x]) == "same"


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_another_number_of_groups_is_named(groups):
    def mine(x):
        z = x.reshape(len(x), groups, -1)
        z = (z - z.mean(-1, keepdims=True)) / np.sqrt(z.var(-1, keepdims=True) + 1e-5)
        return z.reshape(x.shape)

    x = np.random.default_rng(3).standard_normal((3, 8, 5))
    said = found_of(mine, lambda x: torch.nn.functional.group_norm(x, 4), [x])
    told = f"another num_groups: with {groups} for 4 in torch's group_norm"
    assert said == "same" if groups == 4 else (groups == 1 or said.startswith(told))


def test_a_number_beside_a_single_one_is_not_told_where_a_term_is():
    def reference(x, e, a, b):
        return torch.sqrt(b) * (x - torch.sqrt(1 - a) * e) + torch.sqrt(1 - b) * e

    def mine(other):
        def by_hand(x, e, a, b):
            noise = np.sqrt(1 - (a if other else b)) * e
            return np.sqrt(b) * (x - np.sqrt(1 - a) * e) + noise

        return by_hand

    rng = np.random.default_rng(4)
    arrays = [*rng.standard_normal((2, 3, 5)), np.array(0.6), np.array(0.8)]
    assert found_of(mine(True), reference, arrays).endswith("times e")
    assert found_of(mine(False), reference, arrays) == "same"


@pytest.mark.parametrize("axis, says", [(1, "same"), (0, "")])
def test_what_torch_keeps_to_itself_is_called_with_no_other_argument(axis, says):
    def mine(x, v, g):
        return x @ (g * v / np.sqrt((v * v).sum(axis, keepdims=True))).T

    def reference(x, v, g):
        return F.linear(x, torch._weight_norm(v, g, 0))  # of which dim 1 reads beyond these g

    rng = np.random.default_rng(5)
    arrays = [rng.standard_normal((5, 4)), rng.standard_normal((3, 4)), np.ones((3, 1))]
    met = Calls()
    with met:
        reference(*map(torch.tensor, arrays))
    assert not any("weight_norm" in written.function for written in met.seen)
    assert says in found_of(mine, reference, arrays)
