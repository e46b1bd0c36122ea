"""§5: the hands-on networks' printed values, and gradients against finite differences."""

import numpy as np
import pytest
import torch

import scratch.network
import torch_ref.network
from scratch.losses import cross_entropy_error
from scratch.numerical import numerical_gradient
from scratch.optimizers import SGD
from scratch.training import train, train_step
from scratch.work import operations

pytestmark = pytest.mark.numbers

W1, B1 = np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]), np.array([0.1, 0.2, 0.3])
W2, B2 = np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]), np.array([0.1, 0.2])


def test_exercise_1_1c():
    W3, b3 = np.array([[0.1, 0.3], [0.2, 0.4]]), np.array([1.0, 2.0])
    params = {"W1": W1, "b1": B1, "W2": W2, "b2": B2, "W3": W3, "b3": b3}
    settings = {"output": "identity", "loss": "identity_with_loss"}
    net = scratch.network.Network(params, **settings)
    net.forward(np.array([1.0, 2.0]))
    trace = net.intermediates()
    np.testing.assert_allclose(trace["z1"], [0.6, 1.3, 2.0], rtol=1e-14)
    np.testing.assert_allclose(trace["u2"], [1.02, 2.29], rtol=1e-14)
    np.testing.assert_allclose(trace["y"], [1.56, 3.222], rtol=1e-14)


@pytest.mark.parametrize(
    "lr, after",
    [
        (0.0001, 0.09105074589590591),
        (0.001, 0.0906861813303538),
        (0.01, 0.08710960847142761),
        (0.1, 0.05759133192915599),
        (1, 0.00035840211750155017),
        (10, -9.999999505838704e-08),
    ],
)
def test_exercise_1_2(lr, after):
    x, d = np.array([[1.0, 5.0]]), np.array([[0, 1]])
    net = scratch.network.Network({"W1": W1, "b1": B1, "W2": W2, "b2": B2})
    train_step(net, SGD(lr), x, d)
    trace = net.intermediates() | net.deltas()
    np.testing.assert_allclose(trace["y"], [[0.08706577, 0.91293423]], atol=5e-9)
    np.testing.assert_allclose(trace["delta2"], [[0.08706577, -0.08706577]], atol=5e-9)
    np.testing.assert_allclose(trace["delta1"], [[-0.02611973] * 3], atol=5e-9)
    assert cross_entropy_error(d, trace["y"]) == pytest.approx(0.09109133135793131, rel=1e-13)
    assert cross_entropy_error(d, net.predict(x)) == pytest.approx(after, rel=1e-9)


def problem(nodes, seed=0):
    rng = np.random.default_rng(seed)
    params = {}
    for k, (i, o) in enumerate(zip(nodes[:-1], nodes[1:], strict=True), start=1):
        params |= {f"W{k}": rng.standard_normal((i, o)), f"b{k}": rng.standard_normal(o)}
    return params, rng.standard_normal((5, nodes[0])), rng.dirichlet(np.ones(nodes[-1]), 5)


NETWORKS = [
    ((4, 3), "relu", "softmax", "softmax_with_loss"),
    ((4, 6, 3), "tanh", "sigmoid", "binary_cross_entropy_error"),
    ((4, 6, 3), "softmax", "softmax", "half_squared_error"),
    ((4, 6, 3), "sigmoid", "tanh", "mean_squared_error"),
    ((4, 6, 5, 7, 3), "relu", "identity", "identity_with_loss"),
]


@pytest.mark.parametrize("side", ["scratch", "torch"])
@pytest.mark.parametrize("nodes, hidden, output, loss", NETWORKS)
def test_gradients_are_those_of_central_differences(
    side, nodes, hidden, output, loss, central_difference
):
    params, x, d = problem(nodes)
    if side == "scratch":
        to_side, network = np.asarray, scratch.network.Network
    else:
        to_side, network = torch.from_numpy, torch_ref.network.Network

    def error(values):
        tensors = {k: to_side(v) for k, v in values.items()}
        net = network({k: v for k, v in tensors.items() if k != "x"}, hidden, output, loss)
        net.wants_grad_x = True
        net.forward(tensors["x"])
        return net, net.loss(to_side(d))

    values = {**params, "x": x}
    net, _ = error(values)
    net.backward()
    trace = net.deltas() | {"grad/x": net.grad_x}
    for name, value in values.items():

        def of_one(v, name=name):
            return error({**values, name: v})[1].item()

        expected = central_difference(of_one, value)
        found = np.asarray(trace[f"grad/{name}"])
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("module", [scratch.network, torch_ref.network])
def test_a_loss_that_belongs_to_another_output_is_refused(module):
    with pytest.raises(ValueError, match="softmax_with_loss belongs to the output 'softmax'"):
        module.Network({}, output="sigmoid", loss="softmax_with_loss")


def test_training_lowers_the_loss_and_leaves_the_given_weights_alone():
    params, x, d = problem((4, 8, 3))
    before = {k: p.copy() for k, p in params.items()}
    net = scratch.network.Network(params, "tanh", "identity", "identity_with_loss")
    losses = list(train(net, SGD(), x, d, [np.arange(5)] * 50, [0.1] * 50))
    assert losses[-1] < 0.2 * losses[0]
    for name, p in params.items():
        np.testing.assert_array_equal(p, before[name])


@pytest.mark.parametrize("shape", [(5,), (5, 1), (3, 4), (2, 3, 4)])
def test_the_numerical_gradient_takes_any_shape_and_leaves_x_alone(shape):
    x = np.random.default_rng(7).standard_normal(shape)
    before = x.copy()
    found = numerical_gradient(lambda v: np.sum(v**3), x)
    np.testing.assert_allclose(found, 3 * x**2, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("wants_grad_x", [False, True])
def test_back_propagation_costs_3_forward_passes_and_differences_2_a_parameter(wants_grad_x):
    params, x, d = problem((2, 10, 1))
    net = scratch.network.Network(params, output="identity", loss="identity_with_loss")
    net.wants_grad_x = wants_grad_x
    counted = operations(net, x, d)
    forward, by_x = 2 * 5 * (2 * 10 + 10 * 1), 2 * 5 * 2 * 10
    assert counted == {
        "forward": forward,
        "backpropagation": 3 * forward - (0 if wants_grad_x else by_x),
        "numerical": 2 * 41 * forward,
    }


def test_an_output_stays_what_it_was_when_the_network_computes_another():
    params, x, _ = problem((4, 6, 3))
    net = scratch.network.Network(params)
    y = net.forward(x)
    before = y.copy()
    net.forward(2 * x)
    np.testing.assert_array_equal(y, before)
