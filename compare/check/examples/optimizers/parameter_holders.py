"""Update rules of networks, layers, parameter objects and single tensors: wrong, and right."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.optimizers.adam_sources import LAYERED_ADAM

_SPREAD = """
def update_params(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha):
    W1 = W1 - alpha * dW1
    b1 = b1 - alpha * db1
    W2 = W2 - alpha * dW2
    b2 = b2 - alpha * db2
    return W1, b1, W2, b2
"""
_LAYER = """
def gradient_descent(W, b, dW, db, lr=0.01):
    W -= lr * dW
    b -= lr * db
"""
_OBJECTS = """
import numpy as np

class Parameter:
    def __init__(self, data):
        self.data = np.asarray(data)
        self.grad = np.zeros_like(self.data)

class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps, self.t = list(params), lr, betas, eps, 0
        self.ms = [np.zeros_like(p.data) for p in self.params]
        self.vs = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for p, m, v in zip(self.params, self.ms, self.vs):
            m[...] = b1 * m + (1 - b1) * p.grad
            v[...] = b2 * v + (1 - b2) * p.grad ** 2
            m_hat = m / (1 - b1 ** self.t)
            v_hat = v / (1 - b2 ** self.t)
            p.data -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
"""
_NETWORK = """
import numpy as np

class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def step(self, network):
        for name, p in network.params.items():
            v = self.v.setdefault(name, np.zeros_like(p))
            v *= self.momentum
            v -= self.lr * network.grads[name]
            p += v
"""
_KEYED = """
class RMSprop:
    def __init__(self, lr=0.01, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.h = lr, rho, eps, {}

    def update(self, name, w, grad):
        self.h[name] = self.rho * self.h.get(name, 0) + (1 - self.rho) * grad ** 2
        return w - self.lr * grad / (self.h[name] ** 0.5 + self.eps)
"""
_ALONE = (
    LAYERED_ADAM[: LAYERED_ADAM.index("class Layer_Dense")]
    + LAYERED_ADAM[LAYERED_ADAM.index("class Optimizer_Adam") :]
)

_NUMBERED = """
import numpy as np

class Momentum:
    def __init__(self, lr, beta=0.9):
        self.lr, self.beta, self.v = lr, beta, {}

    def update(self, layer, i):
        if i not in self.v:
            self.v[i] = [np.zeros_like(layer.W), np.zeros_like(layer.b)]
        self.v[i] = [self.beta * v + g for v, g in zip(self.v[i], (layer.grad_W, layer.grad_b))]
        layer.W -= self.lr * self.v[i][0]
        layer.b -= self.lr * self.v[i][1]
"""

BUGS = (
    Planted(
        "momentum of numbered layers that climbs",
        "optimizer.momentum",
        ("climbs",),
        with_changes(_NUMBERED, ("layer.W -=", "layer.W +="), ("layer.b -=", "layer.b +=")),
    ),
    Planted(
        "SGD of tensors with a copied line",
        "optimizer.sgd",
        ("anothers_gradient",),
        with_changes(_SPREAD, ("alpha * db2", "alpha * db1")),
    ),
    Planted(
        "Adam of parameter objects counts t per tensor",
        "optimizer.adam",
        ("step_per_tensor",),
        with_changes(
            _OBJECTS,
            ("        self.t += 1\n", ""),
            ("            m[...]", "            self.t += 1\n            m[...]"),
        ),
    ),
    Planted(
        "momentum of a network that climbs",
        "optimizer.momentum",
        ("climbs",),
        with_changes(_NETWORK, ("p += v", "p -= v")),
    ),
    Planted(
        "RMSprop of names with one state for all",
        "optimizer.rmsprop",
        ("shared_state",),
        with_changes(_KEYED, ("self.h[name]", "self.h[0]"), ("get(name", "get(0")),
    ),
    Planted(
        "Adam of unknown layers counts from 0",
        "optimizer.adam",
        ("step_count",),
        with_changes(_ALONE, ("(self.iterations + 1)", "self.iterations")),
    ),
)

VARIANTS = (
    Variant("SGD of tensors", "optimizer.sgd", _SPREAD, "every tensor by itself"),
    Variant("SGD of a layer", "optimizer.sgd", _LAYER, "every tensor by itself"),
    Variant("Adam of parameter objects", "optimizer.adam", _OBJECTS, "step()"),
    Variant("momentum of a network", "optimizer.momentum", _NETWORK, "params and grads"),
    Variant("RMSprop of names", "optimizer.rmsprop", _KEYED, "with its name"),
    Variant("Adam of unknown layers, around which the steps are counted", "optimizer.adam",
            _ALONE.replace("_update_params", "_update"), "one layer a call"),
    Variant("momentum of numbered layers", "optimizer.momentum", _NUMBERED, "one layer a call"),
    Variant("Adam of unknown layers", "optimizer.adam", _ALONE, "one layer a call"),
)  # fmt: skip
