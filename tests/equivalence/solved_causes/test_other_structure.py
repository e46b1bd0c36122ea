"""What one side alone has is told from another structure, and what there is to do is said."""

import numpy as np
import torch
from torch import nn

import compare

X = np.random.default_rng(67).standard_normal((3, 4))


def cause(mine, reference):
    (result,) = compare.equivalent(mine, reference, [X], gradient=False, dtypes=["float64"])
    assert result.fails
    return str(result.cause)


def test_a_bare_array_beside_a_mapping():
    said = cause(np.tanh, lambda x: {"logits": torch.tanh(x)})
    assert said.startswith("another structure: yours returns output where the reference returns ")
    assert "output/logits" in said


def test_what_is_missing_on_one_side_alone_is_no_other_structure():
    assert cause(lambda x: {"y": np.tanh(x)}, lambda x: {"y": torch.tanh(x), "z": x}) == ""
    # the numbers differ before the structure does
    mine, reference = {"y": 2.0}, {"y": 1.0}
    said = cause(
        lambda x: {"y": mine["y"] * x, "a": x}, lambda x: {"y": reference["y"] * x, "b": x}
    )
    assert "structure" not in said


W = np.random.default_rng(68).standard_normal((4, 4))


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


PARAMS = {"first.weight": W, "second.weight": W @ W}


def layers(x, params):
    h = compare.watch("first", x @ params["first.weight"].T)
    return np.tanh(h) @ params["second.weight"].T


def found(mine, reference, **settings):
    settings = {"dtypes": ["float64"], "params": PARAMS, **settings}
    return compare.equivalent(mine, reference, [X], **settings)


def test_what_is_watched_on_one_side_alone_is_watched_on_the_other_as_it_says():
    said = found(layers, Layers())[0].cause
    assert 'watch=["first"]' in said and found(layers, Layers(), watch=["first"]).passed
    said = found(layers, Layers(), watch=["first", "second"])[0].cause
    assert 'compare.watch("second", ...) in yours' in said
    other = lambda x, params: compare.watch("h", layers(x, params))  # noqa: E731
    said = found(other, Layers(), watch=["first"])[0].cause
    assert 'submodule -> "h"' in said


def test_a_weight_that_was_not_given_is_asked_for():
    some = {"first.weight": W}
    said = found(layers, Layers(), params=some, watch=["first"], gradient=False)[0].cause
    assert said.startswith("second.weight is none of params, and the reference has it")
    own = lambda x, params: layers(x, {})  # noqa: E731
    assert found(lambda x, params: {}["other"], Layers())[0].cause == ""
    assert "first.weight is none of params" in found(own, Layers(), watch=["first"])[0].cause


def test_numpy_code_as_the_reference_is_told_how_it_gets_arrays():
    def axes(x, params):
        return layers(np.asarray(x), params).mean(axis=-1, keepdims=True)

    assert 'reference_takes="numpy"' in found(Layers(), axes)[0].cause


class Backward:
    """Returns the gradients of some names, under others if told so."""

    def __init__(self, names, under="{}"):
        self.names, self.under = names, under

    def forward(self, x, params):
        self.x, self.params = x, params
        self.h = np.tanh(x @ params["first.weight"].T)
        return self.h @ params["second.weight"].T

    def backward(self, delta):
        d = delta @ self.params["second.weight"] * (1 - self.h**2)
        every = {
            "x": d @ self.params["first.weight"],
            "first.weight": d.T @ self.x,
            "second.weight": delta.T @ self.h,
        }
        return {self.under.format(name): every[name] for name in self.names}


def test_gradients_that_are_not_there_or_called_otherwise():
    names = ("x", "first.weight", "second.weight")
    assert found(Backward(names), Layers()).passed
    said = found(Backward(names[:1]), Layers())[0].cause
    assert 'no_gradient=["first.weight", "second.weight"]' in said or "no gradient of" in said
    assert found(Backward(names[:1]), Layers(), no_gradient=names[1:]).passed
    said = found(Backward(names, "d_{}"), Layers())[0].cause
    assert "a gradient of d_x" in said and "are of x, first.weight, second.weight" in said


def said_of(mine, reference, arrays):
    result = compare.equivalent(mine, reference, arrays, gradient=False)[0]
    return "same" if result.verdict.first is None else result.cause


def test_what_returns_nothing_is_asked_for_its_return():
    assert "is its return missing?" in said_of(lambda x: None, torch.tanh, [X])
    assert said_of(np.tanh, torch.tanh, [X]) == "same"


def test_whole_numbers_that_are_meant_as_real_ones_are_pointed_at():
    whole = np.arange(6).reshape(2, 3)
    assert said_of(lambda x: np.tanh(x), torch.tanh, [whole]).startswith("x: whole numbers, ")
    assert said_of(lambda x: np.tanh(x), torch.tanh, [whole.astype(float)]) == "same"
    # real numbers are among them, so that the format is a matter of the code
    both = [whole, X]
    said = said_of(lambda n, x: np.tanh(n), lambda n, x: torch.tanh(n), both)
    assert "whole numbers" not in said


def test_indices_that_are_real_numbers_are_pointed_at():
    table, ids = np.eye(5), np.array([[0.0, 1.0, 4.0]])
    mine, reference = (lambda ids, w: w[ids]), (lambda ids, w: w[ids])
    assert "give ids.astype(int)" in said_of(mine, reference, [ids, table])
    assert "ids.astype" not in said_of(mine, reference, [ids + 0.5, table])
    assert said_of(mine, reference, [ids.astype(int), table]) == "same"


def test_arrays_that_both_take_in_another_order_are_named():
    mine, reference = (lambda k, q: q @ np.swapaxes(k, -1, -2)), (lambda q, k: q @ k.mT)
    q, k = np.ones((2, 5, 4)), np.ones((2, 3, 4))
    said = said_of(mine, reference, [q, k])
    assert "yours takes k, q where the reference takes q, k: give them by name" in said
    rng = np.random.default_rng(0)
    named = {"q": rng.standard_normal((2, 5, 4)), "k": rng.standard_normal((2, 3, 4))}
    assert said_of(mine, reference, named) == "same"
    assert said_of(lambda q, k: k @ np.swapaxes(q, -1, -2), reference, [q, k]) == ""


def test_a_tensor_that_numpy_code_returns_is_read_without_a_warning():
    assert said_of(lambda x: torch.tensor(x) * 2, lambda x: 2 * x, [X]) == "same"
