"""A training loop whose update rule is another: which setting of torch's optimizer, or formula."""

from contextlib import suppress
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim import optimizer as hooks

import compare
from compare import watch
from compare.equivalence.solved_causes.optimizers import met, other_optimizer
from compare.equivalence.watch import Recorder, recording

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(66)
GIVEN = {
    "x": RNG.standard_normal((12, 4)),
    "y": RNG.standard_normal((12, 2)),
    "W": RNG.standard_normal((4, 2)),
}
STEPS = 4


def with_torch(make, schedule=None):
    """A training of W by an optimizer of torch."""

    def train(x, y, W):
        W = W.detach().clone().requires_grad_()
        optimizer = make([W])
        rates = schedule(optimizer) if schedule else None
        for _ in range(STEPS):
            optimizer.zero_grad()
            F.mse_loss(x @ W, y).backward()
            optimizer.step()
            if rates:
                rates.step()
            watch("W_step", W)
        return W.detach()

    return train


def by_hand(update):
    """The same in NumPy: ``update(gradient, W, t, state)`` is what is taken away."""

    def train(x, y, W):
        state = {}
        for t in range(1, STEPS + 1):
            gradient = 2 * x.T @ (x @ W - y) / y.size
            W = watch("W_step", W - update(gradient, W, t, state))
        return W

    return train


def sgd(momentum=0.9, dampening=0.0, nesterov=False, decay=0.0):
    def update(g, W, t, state):
        g = g + decay * W
        v = momentum * state["v"] + (1 - dampening) * g if "v" in state else g
        state["v"] = v
        return 0.1 * (g + momentum * v if nesterov else v)

    return by_hand(update)


def adam(first=True, second=True, eps="outside", beta2=0.99, decay=0.0, coupled=False):
    def update(g, W, t, state):
        g = g + decay * W if coupled else g
        m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
        v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
        c1, c2 = 1 - 0.9**t if first else 1, 1 - beta2**t if second else 1
        if eps == "inside":
            step = m / c1 / np.sqrt(v / c2 + 1e-3)
        elif eps == "before":
            step = m / c1 * np.sqrt(c2) / (np.sqrt(v) + 1e-3)
        else:
            step = m / c1 / (np.sqrt(v / c2) + 1e-3)
        return 0.05 * (step + (0 if coupled else decay * W))

    return by_hand(update)


def rms(inside):
    def update(g, W, t, state):
        v = state["v"] = 0.99 * state.get("v", 0) + 0.01 * g * g
        return 0.05 * g / (np.sqrt(v + 1e-3) if inside else np.sqrt(v) + 1e-3)

    return by_hand(update)


def torch_sgd(**settings):
    return with_torch(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, **settings))


def torch_adam(kind=torch.optim.Adam, **settings):
    settings = {"betas": (0.9, 0.99), "eps": 1e-3, **settings}
    return with_torch(lambda p: kind(p, 0.05, **settings))


def torch_rms():
    return with_torch(lambda p: torch.optim.RMSprop(p, 0.05, eps=1e-3))


def compared(mine, reference):
    (result,) = compare.equivalent(mine, reference, GIVEN, gradient=False, dtypes=["float64"])
    return result


@pytest.mark.parametrize(
    ("mine", "reference"),
    [
        (sgd(), torch_sgd()),
        (sgd(dampening=0.3), torch_sgd(dampening=0.3)),
        (sgd(nesterov=True), torch_sgd(nesterov=True)),
        (adam(), torch_adam()),
        (adam(decay=0.1), torch_adam(torch.optim.AdamW, weight_decay=0.1)),
        (rms(False), torch_rms()),
    ],
)
def test_right_rules_are_the_same(mine, reference):
    assert not compared(mine, reference).fails


@pytest.mark.parametrize(
    ("mine", "reference", "says"),
    [
        (sgd(dampening=0.9), torch_sgd(), "another dampening: with 0.9 for 0 in SGD"),
        (sgd(), torch_sgd(dampening=0.5), "another dampening: with 0 for 0.5 in SGD"),
        (sgd(nesterov=True), torch_sgd(), "another nesterov: with True for False in SGD"),
        (sgd(), torch_sgd(nesterov=True), "another nesterov: with False for True in SGD"),
        (sgd(momentum=0.8), torch_sgd(), "another momentum: with 0.8 for 0.9 in SGD"),
        (sgd(decay=0.01), torch_sgd(), "another weight_decay: with 0.01 for 0 in SGD"),
        (adam(beta2=0.999), torch_adam(), "another betas[1]: with 0.999 for 0.99 in Adam"),
        (
            adam(decay=0.1, coupled=True),
            torch_adam(torch.optim.AdamW, weight_decay=0.1),
            "another decoupled_weight_decay: with False for True in AdamW",
        ),
        (adam(first=False, second=False), torch_adam(), "with no bias correction in Adam"),
        (adam(first=False), torch_adam(), "no bias correction of the first moment in Adam"),
        (adam(second=False), torch_adam(), "no bias correction of the second moment in Adam"),
        (adam(eps="inside"), torch_adam(), "with eps inside the square root in Adam"),
        (adam(eps="before"), torch_adam(), "eps added before the bias correction in Adam"),
        (rms(True), torch_rms(), "with eps inside the square root in RMSprop"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_rule_is_named_by_what_makes_every_step(mine, reference, says):
    result = compared(mine, reference)
    assert result.verdict.first.name.startswith("W_step")
    assert says in result.cause and result.cause.endswith("the reference gives what yours does")


def test_a_rule_that_is_none_of_these_is_named_by_none():
    def update(g, W, t, state):
        state["v"] = 0.9 * state.get("v", 0) + g
        return 0.1 * state["v"] / (1 + 0.1 * t)

    result = compared(by_hand(update), torch_sgd())
    assert result.fails and "another " not in str(result.cause).replace("another step", "")


def test_what_is_tried_makes_no_more_steps_than_up_to_the_first_fault(monkeypatch):
    monkeypatch.setitem(globals(), "STEPS", 40)
    runs = []

    def counted(params):
        runs.append(0)
        optimizer = torch.optim.SGD(params, 0.01, momentum=0.9)
        optimizer.register_step_post_hook(lambda *_: runs.append(runs.pop() + 1))
        return optimizer

    def values(f, given, show):
        with recording(Recorder(show)) as seen, suppress(Exception):
            f(**given)
        return dict(seen.values)

    def dampened(g, W, t, state):
        state["v"] = 0.9 * state["v"] + 0.5 * g if "v" in state else g
        return 0.01 * state["v"]

    mine = values(by_hand(dampened), GIVEN, np.array)
    tensors = {name: torch.tensor(a) for name, a in GIVEN.items()}
    run = partial(values, with_torch(counted), tensors, lambda t: t.detach().numpy().copy())
    with met() as optimizers:
        run()
    said = other_optimizer(optimizers, run, mine, "W_step#2")
    assert "another dampening: with 0.5 for 0" in said
    # all of them to meet the optimizer, and to see that every step is explained
    assert [n for n in runs if n > 2] == [40, 40] and len(runs) > 8


def test_a_schedule_goes_on_while_a_setting_is_tried():
    reference = with_torch(
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
        lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
    )

    def update(g, W, t, state):
        state["v"] = 0.9 * state["v"] + 0.4 * g if "v" in state else g
        return 0.1 * 0.5 ** (t - 1) * state["v"]

    assert "another dampening: with 0.6 for 0 in SGD" in compared(by_hand(update), reference).cause


def test_no_hook_stays_behind():
    compared(sgd(dampening=0.9), torch_sgd())
    with met() as optimizers:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], 0.1).step()
    assert [(o.kind, o.settings["lr"], o.moments) for o in optimizers] == [
        ("SGD", 0.1, frozenset())
    ]
    assert not hooks._global_optimizer_pre_hooks and not hooks._global_optimizer_post_hooks
