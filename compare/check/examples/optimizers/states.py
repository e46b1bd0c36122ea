"""Update rules that are handed their state, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes

_ADAM = """
import numpy as np

def adam(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    state["t"] += 1
    t = state["t"]
    for i, (p, g) in enumerate(zip(params, grads)):
        state["m"][i] = beta1 * state["m"][i] + (1 - beta1) * g
        state["v"][i] = beta2 * state["v"][i] + (1 - beta2) * g * g
        m_hat = state["m"][i] / (1 - beta1 ** t)
        v_hat = state["v"][i] / (1 - beta2 ** t)
        p -= lr * m_hat / (np.sqrt(v_hat) + eps)
"""
_INITIALIZED = """
import numpy as np

def init_adam(params):
    zeros = {k: np.zeros_like(p) for k, p in params.items()}
    return {"moments": dict(zeros), "squares": dict(zeros), "done": 0}

def adam(params, grads, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    moments, squares = state["moments"], state["squares"]
    state["done"] += 1
    for k in params:
        moments[k] = beta1 * moments[k] + (1 - beta1) * grads[k]
        squares[k] = beta2 * squares[k] + (1 - beta2) * grads[k] ** 2
        m_hat = moments[k] / (1 - beta1 ** state["done"])
        v_hat = squares[k] / (1 - beta2 ** state["done"])
        params[k] = params[k] - lr * m_hat / (np.sqrt(v_hat) + eps)
    return params, state
"""
_DATACLASS = """
from dataclasses import dataclass
import numpy as np

@dataclass
class State:
    h: dict

def rmsprop_init(params):
    return State({k: np.zeros_like(p) for k, p in params.items()})

def rmsprop_update(params, grads, state, lr=0.01, rho=0.9, eps=1e-8):
    new = {}
    for k, g in grads.items():
        state.h[k] = rho * state.h[k] + (1 - rho) * g * g
        new[k] = params[k] - lr * g / (np.sqrt(state.h[k]) + eps)
    return new, state
"""
_EMPTY = """
import numpy as np

def momentum(params, grads, state, lr=0.1, mu=0.9):
    for k in params:
        state[k] = mu * state.get(k, np.zeros_like(params[k])) + grads[k]
        params[k] -= lr * state[k]
"""
_OF_MODULE = """
import numpy as np

weights = [np.ones((2, 3)), np.zeros(3)]
first = [np.zeros_like(w) for w in weights]
second = [np.zeros_like(w) for w in weights]

def adam(t, grads, lr=0.01, beta1=0.9, beta2=0.99, eps=1e-7):
    for i, g in enumerate(grads):
        first[i] = beta1 * first[i] + (1 - beta1) * g
        second[i] = beta2 * second[i] + (1 - beta2) * g * g
        m_hat, v_hat = first[i] / (1 - beta1 ** t), second[i] / (1 - beta2 ** t)
        weights[i] -= lr * m_hat / (np.sqrt(v_hat) + eps)
"""
_MOMENTUM_OF_MODULE = """
import numpy as np

weights = {"W1": np.ones((2, 3)), "b1": np.zeros(3)}
speed = {k: np.zeros_like(w) for k, w in weights.items()}

def momentum(grads, lr=0.1, mu=0.8):
    for k in weights:
        speed[k] = mu * speed[k] - lr * grads[k]
        weights[k] = weights[k] + speed[k]
"""

BUGS = (
    Planted(
        "Adam of its module's lists does not correct",
        "optimizer.adam",
        ("no_bias_correction",),
        with_changes(_OF_MODULE, (" / (1 - beta1 ** t)", ""), (" / (1 - beta2 ** t)", "")),
    ),
    Planted(
        "momentum of its module's dicts climbs",
        "optimizer.momentum",
        ("climbs",),
        with_changes(_MOMENTUM_OF_MODULE, ("- lr * g", "+ lr * g")),
    ),
    Planted(
        "Adam of a state with epsilon inside",
        "optimizer.adam",
        ("epsilon_inside_root",),
        with_changes(_ADAM, ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)")),
    ),
    Planted(
        "Adam of an initialized state climbs",
        "optimizer.adam",
        ("climbs",),
        with_changes(_INITIALIZED, ("params[k] - lr", "params[k] + lr")),
    ),
    Planted(
        "RMSprop of an object without 1 - rho",
        "optimizer.rmsprop",
        ("leaky_sum",),
        with_changes(_DATACLASS, ("(1 - rho) * g", "g")),
    ),
    Planted(
        "momentum of a state that starts over",
        "optimizer.momentum",
        ("state_lost",),
        with_changes(
            _EMPTY,
            (
                "state.get(k, np.zeros_like(params[k]))",
                'state.get("v" + k, np.zeros_like(params[k]))',
            ),
        ),
    ),
)

VARIANTS = (
    Variant("Adam of its module's lists", "optimizer.adam", _OF_MODULE, "its module holds"),
    Variant("momentum of its module's dicts", "optimizer.momentum", _MOMENTUM_OF_MODULE, "its module holds"),
    Variant("Adam of a state", "optimizer.adam", _ADAM, "function"),
    Variant("Adam of an initialized state", "optimizer.adam", _INITIALIZED, "function"),
    Variant("RMSprop of an object", "optimizer.rmsprop", _DATACLASS, "function"),
    Variant("momentum of an empty state", "optimizer.momentum", _EMPTY, "function"),
)  # fmt: skip
