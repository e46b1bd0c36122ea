"""Parameters of a module by name, proved to be in it; ports from torch to torch; submodules."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare import Outcome, watch
from compare.equivalence.modules import module_weights
from compare.equivalence.modules.module_weights import Place, loaded

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(21)
X = RNG.standard_normal((5, 4))
PARAMS = {
    "W1": RNG.standard_normal((4, 6)), "b1": RNG.standard_normal(6),
    "W2": RNG.standard_normal((6, 6)), "b2": RNG.standard_normal(6),
}  # fmt: skip
NAMES = {"W1": "0.weight", "b1": "0.bias", "W2": "2.weight", "b2": "2.bias"}
AXES = {"W1": (1, 0), "W2": (1, 0)}
PLACED = {"params": PARAMS, "names": NAMES, "axes": AXES, "watch": {"1": "z1"}}


def network():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6))


def mlp(x, params):
    z = watch("z1", np.tanh(x @ params["W1"] + params["b1"]))
    return z @ params["W2"] + params["b2"]


def d_mlp(delta, x, params):
    z = np.tanh(x @ params["W1"] + params["b1"])
    dz = watch("grad/z1", delta @ params["W2"].T)
    du = dz * (1 - z * z)
    return {
        "W2": z.T @ delta, "b2": delta.sum(0), "W1": x.T @ du, "b1": du.sum(0),
        "x": du @ params["W1"].T,
    }  # fmt: skip


def names_of(result):
    return [c.name for c in result.verdict.comparisons]


def test_every_parameter_has_its_gradient_compared_in_our_own_axes():
    result = compare.assert_equivalent(mlp, network(), [X], gradient=d_mlp, **PLACED)
    grads = ["grad/z1", "grad/W2", "grad/b2", "grad/W1", "grad/b1", "grad/x"]
    assert names_of(result[0])[:8] == ["z1", "output", *grads]


def test_a_transposed_square_weight_is_caught_though_its_shape_fits():
    wrong = {**PLACED, "axes": {"W1": (1, 0)}}
    for result in compare.equivalent(mlp, network(), [X], gradient=d_mlp, **wrong):
        assert result.verdict.first.name == "output"
        assert "Same before it: z1" in str(result)


def test_a_gradient_of_the_wrong_axes_is_a_finding():
    def transposed(delta, x, params):
        found = d_mlp(delta, x, params)
        return {**found, "W1": found["W1"].T}

    for result in compare.equivalent(mlp, network(), [X], gradient=transposed, **PLACED):
        first = result.verdict.first
        assert (first.name, first.reason) == ("grad/W1", "shape (6, 4), expected (4, 6)")


def test_the_module_itself_is_left_as_it_was():
    net = network()
    before = copy.deepcopy(net.state_dict())
    compare.assert_equivalent(mlp, net, [X], gradient=d_mlp, **PLACED)
    assert all(torch.equal(before[name], now) for name, now in net.state_dict().items())
    assert next(net.parameters()).dtype == torch.float32
    assert not net[1]._forward_hooks


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Linear(4, 4, bias=False)
        self.out = nn.Linear(4, 4, bias=False)
        self.out.weight = self.into.weight

    def forward(self, x):
        return self.out(torch.tanh(self.into(x)))


def test_a_weight_that_another_overwrites_is_no_silent_difference():
    def tied(x, params):
        return np.tanh(x @ params["into.weight"].T) @ params["out.weight"].T

    W, V = RNG.standard_normal((2, 4, 4))
    same = {"into.weight": W, "out.weight": W}
    compare.assert_equivalent(tied, Tied(), [X], params=same)
    other = {"into.weight": W, "out.weight": V}
    for result in compare.equivalent(tied, Tied(), [X], params=other):
        assert result.verdict.first.name == "error/torch"
        assert "into.weight does not hold into.weight after it was loaded" in str(result).replace(
            "\n    ", " "
        )


def test_a_frozen_parameter_has_no_gradient():
    frozen = network()
    frozen[2].requires_grad_(False)

    def gradient(delta, x, params):
        found = d_mlp(delta, x, params)
        return {name: found[name] for name in ("W1", "b1", "x")}

    result = compare.assert_equivalent(mlp, frozen, [X], gradient=gradient, **PLACED)
    assert "grad/W2" not in names_of(result[0])


class Renamed(nn.Module):
    """The same network, written anew."""

    def __init__(self, activation):
        super().__init__()
        for name, value in PARAMS.items():
            setattr(self, name, nn.Parameter(torch.from_numpy(value).float()))
        self.activation = activation

    def forward(self, x):
        z = watch("z1", self.activation(x @ self.W1 + self.b1))
        return z @ self.W2 + self.b2


def test_a_port_from_torch_to_torch_is_judged_with_all_its_gradients():
    result = compare.assert_equivalent(Renamed(torch.tanh), network(), [X], **PLACED)
    assert {"grad/z1", "grad/W1", "grad/b2", "grad/x"} < set(names_of(result[1]))
    for result in compare.equivalent(Renamed(torch.sigmoid), network(), [X], **PLACED):
        assert result.verdict.first.name == "z1"
        assert "reference" in str(result) and "yours" in str(result)


def convolution(x, params):
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return np.einsum("nhwcij,ijco->nhwo", windows, params["W"]) + params["b"]


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)

    def forward(self, x):
        return self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def test_axes_carry_a_convolutions_weights_between_layouts():
    params = {"W": RNG.standard_normal((3, 3, 2, 3)), "b": RNG.standard_normal(3)}
    images = [RNG.standard_normal((2, 6, 5, 2))]
    asked = {"params": params, "names": {"W": "conv.weight", "b": "conv.bias"}}
    compare.assert_equivalent(
        convolution, ChannelsLast(), images, axes={"W": (3, 2, 0, 1)}, **asked
    )
    for result in compare.equivalent(
        convolution, ChannelsLast(), images, axes={"W": (3, 2, 1, 0)}, **asked
    ):
        assert result.verdict.first.name == "output"


def statistics(x, params, train):
    mean, var = (x.mean(0), x.var(0)) if train else (params["running_mean"], params["running_var"])
    return (x - mean) / np.sqrt(var + x.dtype.type(1e-5)) * params["weight"] + params["bias"]


@pytest.mark.parametrize("train", [True, False])
def test_batch_norm_in_the_other_mode_is_caught(train):
    params = {name: RNG.standard_normal(4) for name in ("weight", "bias", "running_mean")}
    params["running_var"] = RNG.random(4) + 0.5
    module = nn.BatchNorm1d(4).train(train)
    compare.assert_equivalent(
        lambda x, params: statistics(x, params, train), module, [X], params=params
    )
    for result in compare.equivalent(
        lambda x, params: statistics(x, params, not train), module, [X], params=params
    ):
        assert result.verdict.first.name == "output"


def test_whole_numbers_alone_run_an_embedding_in_both_dtypes():
    table = RNG.standard_normal((7, 3))
    tokens = RNG.integers(0, 7, (2, 5))
    result = compare.assert_equivalent(
        lambda tokens, params: params["weight"][tokens], nn.Embedding(7, 3), [tokens],
        params={"weight": table},
    )  # fmt: skip
    assert names_of(result[0])[0] == "output"
    own = nn.Embedding(7, 3)
    held = own.weight.detach().numpy()
    compare.assert_equivalent(
        lambda i: held.astype(np.float32)[i], own, [tokens], dtypes=["float32"]
    )
    double = compare.equivalent(lambda i: held[i], own, [tokens], dtypes=["float64"])
    first = double[0].verdict.first
    assert first.reason.startswith("dtype float32, expected float64; rounded to that, the values")


def test_nested_outputs_are_compared_by_name_and_what_one_side_lacks_is_missing():
    def mine(x):
        return {"mean": x.mean(0), "parts": (x * 2, x.argmax(1))}

    def reference(x):
        return {"mean": x.mean(0), "parts": (x * 2, x.argmax(1)), "more": x + 1}

    missing = compare.ExpectedOutcome(
        Outcome.DIFFERENT, "not ported yet", size="is missing in yours"
    )
    fewer = {"known": {"output/more": missing}}
    result = compare.assert_equivalent(mine, reference, [X], **fewer)
    assert names_of(result[0])[:4] == [
        "output/mean",
        "output/parts/0",
        "output/parts/1",
        "output/more",
    ]
    for result in compare.equivalent(mine, reference, [X]):
        assert result.verdict.first.reason == "is missing in yours"


class Layer:
    """An object with a forward and a backward pass."""

    def __init__(self, factor=1):
        self.factor = factor

    def forward(self, x, y):
        self.kept = x, y
        return x * y, x.sum()

    def backward(self, delta):
        x, y = self.kept
        product, total = delta
        return {"x": product * y + self.factor * total, "y": product * x}


def test_an_object_gets_a_cotangent_for_each_of_its_outputs():
    def reference(x, y):
        return x * y, x.sum()

    arrays = {"x": X, "y": RNG.standard_normal(X.shape)}

    for layer, outcome in ((Layer(), Outcome.SAME), (Layer(2), Outcome.DIFFERENT)):
        result = compare.equivalent(layer, reference, arrays)
        assert {r.outcome for r in result} == {outcome}


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.l, self.table = nn.Linear(4, 3), nn.Embedding(5, 4)
        self.table.requires_grad_(False)

    def forward(self, x):
        return self.l(x + self.table.weight)


@pytest.mark.parametrize("factor", [1, 1.001])
def test_a_parameter_that_is_frozen_in_the_reference_has_no_gradient_to_compare(factor):
    params = {n: RNG.standard_normal(tuple(p.shape)) for n, p in Positions().named_parameters()}
    found = compare.equivalent(
        lambda x, params: (
            ((x + params["table.weight"]) @ params["l.weight"].T + params["l.bias"]) * factor
        ),
        Positions(),
        [X],
        params=params,
        mine_takes="torch",
    )
    assert found.passed is (factor == 1)
    assert "grad/table.weight" not in names_of(found[0]) and "grad/l.bias" in names_of(found[0])
    assert "no gradient of table.weight was compared: frozen in the reference" in str(found)


def test_submodules_may_be_watched_by_their_own_names():
    module = nn.Sequential(nn.Linear(4, 6), nn.Tanh())
    params = {"0.weight": RNG.standard_normal((6, 4)), "0.bias": RNG.standard_normal(6)}

    def mine(x, params, factor=1):
        return np.tanh(
            watch("0", (x @ params["0.weight"].T + params["0.bias"]) * x.dtype.type(factor))
        )

    settings = {"params": params, "watch": ["0"], "gradient": False}
    assert names_of(compare.assert_equivalent(mine, module, [X], **settings)[0])[0] == "0"
    wrong = compare.equivalent(lambda x, params: mine(x, params, 1.01), module, [X], **settings)
    assert {r.verdict.first.name for r in wrong} == {"0"}
    with pytest.raises(compare.UsageError, match="give submodule -> name, a list of"):
        compare.equivalent(mine, module, [X], **{**settings, "watch": "0"})


def test_a_gradient_that_yours_does_not_have_may_be_left_out_and_is_said():
    def of_weights(delta, x, params):
        return {name: g for name, g in d_mlp(delta, x, params).items() if name != "x"}

    asked = {"gradient": of_weights, **PLACED}
    for result in compare.equivalent(mlp, network(), [X], **asked):
        assert result.verdict.first.name == "grad/x"
    found = compare.assert_equivalent(mlp, network(), [X], no_gradient=["x"], **asked)
    assert "grad/x" not in names_of(found[0]) and "grad/W1" in names_of(found[0])
    assert "no gradient of x was compared: yours has none" in str(found).replace("\n    ", " ")


@pytest.mark.parametrize(("given", "words"), [("x", "give a list"), (["y"], "none of x, W1, b1")])
def test_what_has_no_gradient_is_given_by_its_names(given, words):
    with pytest.raises(compare.UsageError, match=words):
        compare.equivalent(mlp, network(), [X], gradient=d_mlp, no_gradient=given, **PLACED)


class Scaled(nn.Linear):
    """Its file has the weight in halves, as an own way to load says."""

    def _load_from_state_dict(self, state, prefix, *rest):
        state[prefix + "weight"] = 2 * state[prefix + "weight"]
        super()._load_from_state_dict(state, prefix, *rest)


def hooked():
    net = nn.Linear(4, 6)

    def doubled(module, state, prefix, *rest):
        state[prefix + "weight"] = 2 * state[prefix + "weight"]

    net.register_load_state_dict_pre_hook(doubled)
    return net


def frozen():
    return network().requires_grad_(False)


def normed():
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))


@pytest.mark.parametrize("make", [
    network, frozen, normed, Tied, lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 6)),
], ids=["network", "frozen", "buffers", "tied", "parametrized"])  # fmt: skip
def test_a_loaded_copy_is_what_load_state_dict_makes(make, monkeypatch):
    net = make().double()
    values = {n: torch.randn(t.shape).to(t.dtype) for n, t in net.state_dict().items()}
    values = {**values, "out.weight": values["into.weight"]} if make is Tied else values
    where = {name: Place((name,)) for name in values}
    quick = loaded(net, where, values)
    monkeypatch.setattr(module_weights, "_is_loaded_its_own_way", lambda *given: True)
    usual = loaded(net, where, values)
    for one, other in ((quick.state_dict(), usual.state_dict()), (values, usual.state_dict())):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    for name, parameter in quick.named_parameters(remove_duplicate=False):
        as_usual = usual.get_parameter(name)
        assert parameter.requires_grad == as_usual.requires_grad
        assert parameter.stride() == as_usual.stride() and parameter.is_leaf
        assert not any(parameter.data_ptr() == v.data_ptr() for v in values.values())
    if make is Tied:
        assert quick.out.weight is quick.into.weight


@pytest.mark.parametrize("make", [lambda: Scaled(4, 6), hooked], ids=["a method", "a hook"])
def test_a_module_that_loads_in_a_way_of_its_own_is_asked_to(make):
    with pytest.raises(ValueError, match="does not hold weight after it was loaded"):
        loaded(make(), {"weight": Place(("weight",))}, {"weight": torch.ones(6, 4)})
