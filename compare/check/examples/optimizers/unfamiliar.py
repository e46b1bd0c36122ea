"""Update rules as strangers call them: set up first, tensor by tensor, on a model, with a state."""

from compare.check.examples.example import Planted, Variant, with_changes

SET_UP = """
import numpy as np

class Heavy:
    def __init__(self, eta):
        self.eta = eta

    def register(self, weights):
        self.weights = weights
        self.speed = [np.zeros(w.shape) for w in weights]

class MomentumSGD(Heavy):
    def __init__(self, eta, mu):
        super().__init__(eta)
        self.mu = mu

    def apply_gradients(self, gradients):
        for i, g in enumerate(gradients):
            self.speed[i] = self.mu * self.speed[i] + g
            self.weights[i] -= self.eta * self.speed[i]
"""

BY_TENSOR = """
import numpy as np

class AdaGrad:
    def __init__(self, rate=0.01):
        self.rate, self.hw, self.hb = rate, 0.0, 0.0

    def step(self, weights, bias, grad_weights, grad_bias):
        self.hw = self.hw + grad_weights * grad_weights
        self.hb = self.hb + grad_bias * grad_bias
        weights -= self.rate * grad_weights / (np.sqrt(self.hw) + 1e-8)
        bias -= self.rate * grad_bias / (np.sqrt(self.hb) + 1e-8)
"""

ON_A_MODEL = """
import numpy as np

class RMSprop:
    def __init__(self, net, lr, rho=0.9):
        self.net, self.lr, self.rho = net, lr, rho
        self.h = {k: np.zeros_like(v) for k, v in net.params.items()}

    def step(self):
        for k, g in self.net.grads.items():
            self.h[k] = self.rho * self.h[k] + (1 - self.rho) * g ** 2
            self.net.params[k] = self.net.params[k] - self.lr * g / (np.sqrt(self.h[k]) + 1e-8)
"""

WITH_A_STATE = """
import numpy as np

class Adam:
    def __init__(self, alpha, b1=0.9, b2=0.999, eps=1e-8):
        self.alpha, self.b1, self.b2, self.eps = alpha, b1, b2, eps

    def init(self, theta):
        return {"m": np.zeros_like(theta), "v": np.zeros_like(theta), "n": 0}

    def update(self, theta, grad, state):
        n = state["n"] + 1
        m = self.b1 * state["m"] + (1 - self.b1) * grad
        v = self.b2 * state["v"] + (1 - self.b2) * grad ** 2
        top, low = m / (1 - self.b1 ** n), v / (1 - self.b2 ** n)
        return theta - self.alpha * top / (np.sqrt(low) + self.eps), {"m": m, "v": v, "n": n}
"""

CONFIGURED = """
import numpy as np

def adagrad(theta, dtheta, config):
    seen = config.get("seen", 0) + dtheta * dtheta
    config["seen"] = seen
    return theta - config["step_size"] * dtheta / (np.sqrt(seen) + config.get("small", 1e-7)), config
"""

VARIANTS = (
    Variant("unfamiliar rule: set up first", "optimizer.momentum", SET_UP, "step(grads)"),
    Variant(
        "unfamiliar rule: tensor by tensor",
        "optimizer.adagrad",
        BY_TENSOR,
        "every tensor by itself",
    ),
    Variant("unfamiliar rule: on a model", "optimizer.rmsprop", ON_A_MODEL, "it holds a model"),
    Variant("unfamiliar rule: with a state", "optimizer.adam", WITH_A_STATE, "given back"),
    Variant(
        "unfamiliar rule: a config of its own", "optimizer.adagrad", CONFIGURED, "config dictionary"
    ),
)


def _bug(name: str, concept: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    changed = with_changes(source, *changes)
    return Planted(f"unfamiliar rule: {name}", f"optimizer.{concept}", (cause,), changed)


BUGS = (
    _bug("set up first, the other sign", "momentum", "climbs", SET_UP, ("[i] -= self.eta", "[i] += self.eta")),
    _bug("tensor by tensor, not squared", "adagrad", "not_squared", BY_TENSOR,
         ("grad_weights * grad_weights", "grad_weights"), ("grad_bias * grad_bias", "grad_bias")),
    _bug("on a model, no root", "rmsprop", "no_root", ON_A_MODEL, ("np.sqrt(self.h[k])", "self.h[k]")),
    _bug("a config of its own, nothing is summed", "adagrad", "no_accumulation", CONFIGURED,
         ('config.get("seen", 0) + dtheta', "dtheta")),
    _bug("a bracket around the sum", "rmsprop", "bracket_in_average", ON_A_MODEL,
         ("self.rho * self.h[k] + (1 - self.rho) * g ** 2", "self.rho * (self.h[k] + (1 - self.rho) * g ** 2)")),
    _bug("a bracket around the squares", "adam", "bracket_in_average", WITH_A_STATE,
         ('self.b2 * state["v"] + (1 - self.b2) * grad ** 2', '(self.b2 * state["v"] + (1 - self.b2)) * grad ** 2')),
)  # fmt: skip
