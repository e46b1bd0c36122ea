"""§4: update rules against torch.optim itself, schedules, batches and initial weights."""

import numpy as np
import pytest
import torch

from compare.core.training_record import TORCH_NAMES
from scratch import initializers, optimizers, sampling, schedules
from torch_ref import sampling as torch_sampling

pytestmark = pytest.mark.numbers

RULES = {
    "SGD": (torch.optim.SGD, {}),
    "Momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "Nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": (torch.optim.Adagrad, {}),
    "RMSprop": (torch.optim.RMSprop, {}),
    "Adadelta": (torch.optim.Adadelta, {}),
    "Adam": (torch.optim.Adam, {}),
}


def gradients(steps, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        yield {"W": rng.standard_normal((3, 2)), "b": 1e-5 * rng.standard_normal(2)}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_follows_torch_optim_under_a_changing_rate_and_leaves_gradients_alone(name):
    rule = getattr(optimizers, name)(lr=0.01)
    params = {"W": np.ones((3, 2)), "b": np.ones(2)}
    tensors = {k: torch.tensor(p) for k, p in params.items()}
    torch_rule, settings = RULES[name]
    theirs = torch_rule(list(tensors.values()), lr=0.01, **settings)
    for t, grads in enumerate(gradients(20)):
        rule.lr = theirs.param_groups[0]["lr"] = 0.01 * 0.9**t
        before = {k: g.copy() for k, g in grads.items()}
        rule.update(params, grads)
        for k, tensor in tensors.items():
            np.testing.assert_array_equal(grads[k], before[k])
            tensor.grad = torch.from_numpy(grads[k])
        theirs.step()
    for k, tensor in tensors.items():
        np.testing.assert_allclose(params[k], tensor.numpy(), rtol=1e-12)
        for key, value in theirs.state[tensor].items():
            if value is not None:
                symbol = TORCH_NAMES[name][key]
                ours = rule.t if symbol == "t" else rule.state[k][symbol]
                np.testing.assert_allclose(ours, value.numpy(), rtol=1e-12)


def test_a_large_parameter_is_updated_by_parts_to_the_same_bits(monkeypatch):
    shapes = {"W": (7, 5), "b": (11,), "long": (1, 40)}
    updated = []
    for size in (1 << 15, 8):
        monkeypatch.setattr(optimizers, "PART", size)
        rule, rng = optimizers.Adam(), np.random.default_rng(3)
        params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        for _ in range(3):
            rule.update(params, {n: rng.standard_normal(shape) for n, shape in shapes.items()})
        updated.append(params)
    for name in shapes:
        np.testing.assert_array_equal(*(params[name] for params in updated))


@pytest.mark.parametrize("name", RULES)
def test_no_two_states_share_memory(name):
    rule = getattr(optimizers, name)()
    rule.update({"W": np.ones((3, 2))}, {"W": np.ones((3, 2))})
    arrays = list(rule.state["W"].values())
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_one_step_of_gradient_descent_by_hand():
    params = {"p": np.array([1.0, 2.0])}
    optimizers.SGD(lr=0.5).update(params, {"p": np.array([2.0, -4.0])})
    assert params["p"].tolist() == [0.0, 4.0]


@pytest.mark.parametrize("decay, same", [(1.0, True), (0.95, False)])
def test_the_books_momentum_is_ours_at_a_constant_rate_only(decay, same):
    rule, params = optimizers.Momentum(0.1), {"p": np.array([1.0])}
    v, p = 0.0, 1.0
    for t in range(30):
        g, rule.lr = np.cos(t), 0.1 * decay**t
        v = 0.9 * v - rule.lr * g
        p += v
        rule.update(params, {"p": np.array([g])})
    assert np.isclose(params["p"][0], p, rtol=1e-12) == same


def test_adams_first_step_is_lr_for_a_gradient_of_any_size():
    for g in (1e3, 1.0, 1e-5):
        params = {"p": np.array([0.0])}
        optimizers.Adam(lr=0.01).update(params, {"p": np.array([-g])})
        assert params["p"][0] == pytest.approx(0.01, rel=2e-3)


def test_the_closed_forms_of_the_schedules():
    assert schedules.constant(0.1, 3) == [0.1, 0.1, 0.1]
    assert schedules.step_decay(1.0, 5, 2, 0.5) == [1, 1, 0.5, 0.5, 0.25]
    assert schedules.exponential_decay(1.0, 4, 0.5) == [1, 0.5, 0.25, 0.125]
    assert schedules.cosine_annealing(1.0, 2, 0.0) == pytest.approx([1, 0.5])


@pytest.mark.parametrize("package", [sampling, torch_sampling])
def test_an_epoch_sees_every_sample_once_and_ends_with_a_short_batch(package):
    batches = package.without_replacement(11, 4, epochs=3, seed=1)
    assert [len(b) for b in batches] == [4, 4, 3] * 3
    for epoch in range(3):
        seen = [int(i) for b in batches[3 * epoch : 3 * epoch + 3] for i in b]
        assert sorted(seen) == list(range(11))


@pytest.mark.parametrize("package", [sampling, torch_sampling])
def test_draws_with_replacement_repeat_themselves_for_a_seed_only(package):
    first, again, other = (package.with_replacement(50, 8, 5, seed) for seed in (1, 1, 2))
    as_lists = [[b.tolist() for b in batches] for batches in (first, again, other)]
    assert as_lists[0] == as_lists[1] != as_lists[2]
    assert all(len(b) == 8 and 0 <= min(b) and max(b) < 50 for b in as_lists[0])


def test_a_stream_and_all_data():
    assert [b.tolist() for b in sampling.stream(3)] == [[0], [1], [2]]
    assert [b.tolist() for b in sampling.all_data(3, 2)] == [[0, 1, 2]] * 2


@pytest.mark.parametrize("f, kind", [(initializers.he, "relu"), (initializers.xavier, "linear")])
def test_he_and_the_courses_xavier_are_torchs_kaiming_normal(f, kind):
    Z = torch.randn(30, 20, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    W = torch.empty(20, 30, dtype=torch.float64)
    generator = torch.Generator().manual_seed(5)
    torch.nn.init.kaiming_normal_(W, nonlinearity=kind, generator=generator)
    mine = f(Z.numpy().reshape(20, 30).T)
    np.testing.assert_allclose(mine.T, W.numpy(), rtol=1e-12)
