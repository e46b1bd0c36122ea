"""Wrong usage ends in one clear line; what a side does wrong is a finding, and never the same."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare import Outcome, UsageError

pytestmark = pytest.mark.numbers

X = np.random.default_rng(23).standard_normal((4, 3))
LINEAR = nn.Linear(3, 2)
WEIGHT = {"weight": np.ones((2, 3)), "bias": np.ones(2)}


def linear(x, params):
    return x @ params["weight"].T + params["bias"]


def tanh(x):
    return np.tanh(x)


MISUSED = {
    "a number for a callable": ((3, torch.tanh, [X]), {}, "mine is of type int: give a callable"),
    "a class": ((tanh, nn.Tanh, [X]), {}, "reference is the class Tanh: give an instance"),
    "one array": ((tanh, torch.tanh, X), {}, "arrays is of type ndarray: give name -> array"),
    "text": ((tanh, torch.tanh, ["abc"]), {}, "x is 'abc', and no array of numbers"),
    "texts": ((tanh, torch.tanh, [["abc"]]), {}, "x has dtype <U3: real numbers"),
    "nothing": ((tanh, torch.tanh, [None]), {}, "x is None, and no array of numbers: give the"),
    "no weights": ((linear, LINEAR, [X]), {"gradient": False}, "; weights are given by params="),
    "weights among the arrays": (
        (tanh, torch.tanh, {"x": X, "params": WEIGHT}), {}, "weights are given by params=",
    ),
    "a gradient of the cotangent alone": (
        (tanh, torch.tanh, [X]), {"gradient": lambda delta: delta},
        "gradient is called as gradient(delta, x), delta being the cotangent of the output: too",
    ),
    "a gradient that takes no params": (
        (linear, LINEAR, [X]), {"params": WEIGHT, "gradient": lambda delta, x: delta},
        "gradient is called as gradient(delta, x, params=params)",
    ),
    "another gradient by name": (
        (tanh, torch.tanh, {"x": X}), {"gradient": lambda delta, u: delta},
        "gradient is called as gradient(delta, x=x)",
    ),
    "complex numbers": ((tanh, torch.tanh, [X * 1j]), {}, "x has dtype complex128"),
    "rows of two lengths": ((tanh, torch.tanh, [[[1.0], [1.0, 2]]]), {}, "x is no array"),
    "objects": ((tanh, torch.tanh, [[None, 1.0]]), {}, "x has dtype object"),
    "another name": ((tanh, torch.tanh, {"u": X}), {}, "mine cannot be called with u: missing a"),
    "one too many": ((tanh, torch.tanh, [X, X]), {}, "mine cannot be called with x, arg2: too"),
    "a dtype": ((tanh, torch.tanh, [X]), {"dtypes": ["float8"]}, "give some of"),
    "a dtype of torch alone": (
        (tanh, torch.tanh, [X]),
        {"dtypes": torch.float64},
        "dtypes are torch.float64: give some of",
    ),
    "a dtype that is no list": ((tanh, torch.tanh, [X]), {"dtypes": "float64"}, "give some of"),
    "a gradient": ((tanh, torch.tanh, [X]), {"gradient": 3}, "gradient is of type int"),
    "a seed": ((tanh, torch.tanh, [X]), {"seed": -1}, "the seed is -1"),
    "tensors wanted": ((lambda x: torch.tanh(x), torch.tanh, [X]), {}, 'give mine_takes="torch"'),
    "a method of tensors": (
        (lambda x: x.softmax(-1), nn.Softmax(-1), [X]), {}, 'give mine_takes="torch"',
    ),
    "a method that is an attribute of arrays": (
        (lambda x: x / x.size(-1), lambda x: x / x.shape[-1], [X]), {},
        'give mine_takes="torch"',
    ),
    "a kind": ((tanh, torch.tanh, [X]), {"mine_takes": "jax"}, "mine_takes is 'jax'"),
    "a tolerance": ((tanh, torch.tanh, [X]), {"rtol": 1e-3}, "rtol: limits are measured here"),
    "an array for a gradient": ((tanh, torch.tanh, [X]), {"gradient": X}, "gradient is of type"),
    "a gradient insisted on": ((tanh, torch.tanh, [X]), {"gradient": True}, "mine has no gradient"),
    "a setting that is none": ((tanh, torch.tanh, [X]), {"dtype": "float64"}, "unknown setting"),
    "a reference without gradient": (
        (tanh, np.tanh, [X]), {"reference_takes": "numpy", "gradient": lambda delta, x: delta},
        "the reference has no gradient to compare with: give gradient=False",
    ),
    "no parameter": ((linear, LINEAR, [X]), {"params": {"w": X}}, "Linear has no 'w': it has"),
    "a transpose": (
        (linear, LINEAR, [X]), {"params": {**WEIGHT, "weight": np.ones((3, 2))}},
        "weight has shape (3, 2) and weight of Linear (2, 3): give axes={'weight': (1, 0)}",
    ),
    "axes that are none": (
        (linear, LINEAR, [X]), {"params": WEIGHT, "axes": {"bias": (1, 0)}},
        "axes of bias are (1, 0): it has 1 of them",
    ),
    "a name of none": (
        (linear, LINEAR, [X]), {"params": WEIGHT, "names": {"W": "weight"}},
        "names has 'W', which is none of params",
    ),
    "one place for two": (
        (linear, LINEAR, [X]), {"params": {**WEIGHT, "b": np.ones(2)}, "names": {"b": "bias"}},
        "are meant for 'bias'",
    ),
    "params twice": ((linear, LINEAR, {"weight": X}), {"params": WEIGHT}, "'weight' is the name"),
    "places without a module": (
        (tanh, torch.tanh, [X]), {"params": None, "names": {"a": "b"}}, "reference is none",
    ),
    "no such submodule": (
        (tanh, nn.Sequential(nn.Tanh()), [X]), {"watch": {"1": "z"}}, "no submodule '1': it has 0",
    ),
    "submodules of a function": ((tanh, torch.tanh, [X]), {"watch": {"0": "z"}}, "is no nn.Module"),
    "parameters left out": (
        (lambda x: x, LINEAR, [X]), {"gradient": lambda delta, x: delta},
        "weight, bias of reference would have no gradient compared",
    ),
    "axes as torch calls them": (
        (lambda x: x.mean(-1, keepdim=True), torch.tanh, [X]), {}, 'give mine_takes="torch"',
    ),
    "parameters of a large module": (
        (nn.Sequential(*(nn.Linear(2, 2) for _ in range(6))), torch.tanh, [X]), {},
        "3.bias, ... of mine would have no gradient compared",
    ),
    "parameters of ours left out": (
        (LINEAR, lambda x: x, [X]), {}, "weight, bias of mine would have no gradient compared",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISUSED)
def test_wrong_usage_is_one_clear_line(what):
    given, asked, line = MISUSED[what]
    with pytest.raises(UsageError) as raised:
        compare.equivalent(*given, **asked)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


def warns(x):
    warnings.warn("beware", stacklevel=1)
    return np.tanh(x)


def raises(x):
    raise KeyError("lost")


FINDINGS = {
    "another shape": (lambda x: np.tanh(x).T, "output", "shape (3, 4), expected (4, 3)"),
    "another dtype": (lambda x: np.tanh(x).astype(np.float16), "output", "dtype float16"),
    "fewer samples": (lambda x: np.tanh(x)[:-1], "output", "shape (3, 3), expected (4, 3)"),
    "nothing": (lambda x: None, "output", "is missing in yours"),
    "a tuple": (lambda x: (np.tanh(x),), "output/0", "is missing in the reference"),
    "a mask": (lambda x: np.ma.masked_array(np.tanh(x), x < 0), "output", "is a masked array"),
    "a warning": (warns, "warning/yours", "beware"),
    "an exception": (raises, "error/yours", "KeyError: 'lost'"),
    "a shape that does not fit": (lambda x: x @ x, "error/yours", "ValueError"),
    "a name that is no more": (lambda x: np.tanh(y), "error/yours", "NameError"),  # noqa: F821
    "an exit": (lambda x: raise_exit(), "error/yours", "SystemExit"),
}


def raise_exit():
    raise SystemExit(0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("what", FINDINGS)
def test_what_our_side_does_wrong_is_a_finding(what, dtype):
    mine, name, reason = FINDINGS[what]
    with pytest.raises(compare.NotEquivalent) as raised:
        compare.assert_equivalent(mine, torch.tanh, [X], dtypes=[dtype])
    first = raised.value.result[0].verdict.first
    assert first.name == name and reason in first.reason
    assert isinstance(raised.value, AssertionError)


def test_what_the_reference_does_wrong_is_a_finding_too():
    bugs = {
        "error/torch": lambda x: x @ x,
        "output": lambda x: x.sum(),
        "input/x/torch": torch.tanh_,
    }
    for name, reference in bugs.items():
        for result in compare.equivalent(tanh, reference, [X], gradient=False):
            assert result.verdict.first.name == name


GRADIENTS = {
    "one for two": (lambda delta, x, y: delta * y, "1 gradients returned, expected x, y"),
    "three for two": (lambda delta, x, y: (delta, delta, delta), "3 gradients returned"),
    "another shape": (lambda delta, x, y: (delta * y, (delta * x)[0]), "shape (3,), expected"),
    "no call": (lambda delta, x, y: delta(x, y), "TypeError"),
    "a name that is none": (lambda delta, x, y: {"z": delta}, "is missing in the reference"),
}  # fmt: skip


@pytest.mark.parametrize("what", GRADIENTS)
def test_a_gradient_in_another_form_is_a_finding(what):
    gradient, reason = GRADIENTS[what]
    arrays = [X, 2 + X * X]
    right = {"gradient": lambda delta, x, y: (delta * y, delta * x)}
    compare.assert_equivalent(lambda x, y: x * y, lambda x, y: x * y, arrays, **right)
    for result in compare.equivalent(
        lambda x, y: x * y, lambda x, y: x * y, arrays, gradient=gradient
    ):
        assert result.outcome in (Outcome.DIFFERENT, Outcome.ERROR)
        assert any(reason in c.reason for c in result.verdict.failures)


def test_whole_numbers_have_no_gradient_and_one_that_has_is_a_difference():
    arrays = {"table": X, "i": np.array([0, 2, 2])}

    def gradient(delta, table, i):
        g = np.zeros_like(table)
        np.add.at(g, i, delta)
        return g, None

    def pick(table, i):
        return table[i]

    result = compare.assert_equivalent(pick, pick, arrays, gradient=gradient)
    assert "grad/i" not in [c.name for c in result[0].verdict.comparisons]

    def of_both(delta, table, i):
        return gradient(delta, table, i)[0], np.zeros(3, table.dtype)

    for found in compare.equivalent(pick, pick, arrays, gradient=of_both):
        assert found.verdict.first.name == "grad/i"


def test_the_same_seed_has_the_same_bits_and_another_another_cotangent():
    asked = {"arrays": [X], "gradient": lambda delta, x: delta * (1 - np.tanh(x) ** 2)}
    first, again, other = (
        compare.assert_equivalent(tanh, torch.tanh, seed=seed, **asked) for seed in (0, 0, 1)
    )
    assert first[0].digests == again[0].digests
    assert first[0].bits["torch"]["output"] == other[0].bits["torch"]["output"]
    assert first[0].bits["torch"]["grad/x"] != other[0].bits["torch"]["grad/x"]


def test_tensors_lists_and_numbers_may_be_given_and_are_left_alone():
    x = torch.ones(3, requires_grad=True)
    given = {"x": x, "y": [1.0, 2.0, 3.0], "k": 3.0}
    compare.assert_equivalent(lambda x, y, k: x * y + k, lambda x, y, k: x * y + k, given)
    assert x.grad is None and x.tolist() == [1, 1, 1] and given["y"] == [1.0, 2.0, 3.0]


def test_what_is_known_to_differ_may_be_stated_and_a_reason_that_is_none_fails():
    f = {"mine": lambda x: (np.tanh(x), x + 1), "reference": lambda x: (torch.tanh(x), x + 2)}
    known = {
        "output/1": compare.ExpectedOutcome(Outcome.DIFFERENT, "counted from 0 here", size=0.5)
    }
    compare.assert_equivalent(**f, arrays=[X], known=known)
    stale = compare.equivalent(tanh, torch.tanh, [X], known=known)
    assert stale[0].verdict.first.name == "known/output/1"


def test_a_format_may_be_named_as_numpy_or_torch_name_it():
    found = compare.equivalent(tanh, torch.tanh, [X], dtypes=[np.float64, torch.float32])
    assert [r.dtype for r in found] == ["float64", "float32"] and found.passed
