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
