"""Momentum, as people write it: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes

MOMENTUM = """
import numpy as np

class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]
"""

BOOK_STEP = "self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]"


def _momentum(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(
        f"momentum {name}", "optimizer.momentum", (cause,), with_changes(MOMENTUM, *changes)
    )


BUGS = (
    _momentum(
        "takes lr twice", "lr_twice", ("params[key] += self.v", "params[key] += self.lr * self.v")
    ),
    _momentum("forgets lr", "lr_missing", ("self.lr * grads", "grads")),
    _momentum(
        "with the sign of mu wrong",
        "momentum_sign",
        (BOOK_STEP, "self.v[key] = -self.momentum * self.v[key] - self.lr * grads[key]"),
    ),
    _momentum(
        "with one velocity for all",
        "shared_state",
        ("self.v = {}", "self.v = 0"),
        (
            "            for key, val in params.items():\n                self.v[key] = np.zeros_like(val)\n",
            "",
        ),
        ("self.v[key]", "self.v"),
    ),
    _momentum("starts from ones", "state_not_zero", ("zeros_like", "ones_like")),
    _momentum("starts from the weights", "state_not_zero", ("np.zeros_like(val)", "val.copy()")),
    _momentum(
        "exchanges beta and 1 - beta",
        "beta_exchanged",
        (
            BOOK_STEP,
            "self.v[key] = (1 - self.momentum) * self.v[key] + self.momentum * grads[key]",
        ),
        ("params[key] += self.v[key]", "params[key] -= self.lr * self.v[key]"),
    ),
    _momentum("ignores mu", "setting_ignored", ("self.momentum = momentum", "self.momentum = 0.9")),
    _momentum(
        "updates the first alone",
        "only_one_tensor",
        (
            "            params[key] += self.v[key]",
            "            params[key] += self.v[key]\n            break",
        ),
    ),
    _momentum(
        "keeps its velocities in the class",
        "remembers",
        ("class Momentum:", "class Momentum:\n    v = {}\n"),
        ("        self.v = None\n", ""),
        ("if self.v is None:", "if not self.v:"),
        ("            self.v = {}\n", ""),
    ),
    Planted(
        "momentum that moves by the old velocity",
        "optimizer.momentum",
        ("velocity_late",),
        "def momentum_update(w, dw, v, lr=0.01, mu=0.9):\n    v_new = mu * v - lr * dw\n    w_new = w + v\n    return w_new, v_new\n",
    ),
    _momentum(
        "weighs the gradient twice",
        "weighted_twice",
        (BOOK_STEP, "self.v[key] = self.momentum * self.v[key] + (1 - self.momentum) * grads[key]"),
        (
            "params[key] += self.v[key]",
            "params[key] -= self.lr * (1 - self.momentum) * self.v[key]",
        ),
    ),
    _momentum(
        "adds the gradient to its velocity once more",
        "gradient_twice",
        (BOOK_STEP, "self.v[key] = self.momentum * self.v[key] + grads[key]"),
        ("params[key] += self.v[key]", "params[key] -= self.lr * (grads[key] + self.v[key])"),
    ),
    _momentum(
        "puts the velocity in place of p",
        "replaces_parameters",
        ("params[key] += ", "params[key] = "),
    ),
    _momentum(
        "forgets the biases",
        "tensors_left_out",
        (
            "            params[key] += ",
            "            if key[0] == 'b':\n                continue\n            params[key] += ",
        ),
    ),
    Planted(
        "momentum that changes the first gradient",
        "optimizer.momentum",
        ("mutates",),
        """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, params, grads):
        if self.v is None:
            self.v = {k: g for k, g in grads.items()}
            for k in params:
                params[k] -= self.lr * self.v[k]
            return
        for k in params:
            self.v[k] *= self.momentum
            self.v[k] += grads[k]
            params[k] -= self.lr * self.v[k]
""",
    ),
    Planted(
        "momentum that begins with the gradient itself",
        "optimizer.momentum",
        ("keeps_gradient",),
        """
class Momentum:
    def __init__(self, params, lr=0.01, momentum=0.9):
        self.params, self.lr, self.momentum, self.bufs = params, lr, momentum, None

    def step(self, grads):
        if self.bufs is None:
            self.bufs = list(grads)
        else:
            self.bufs = [self.momentum * b + g for b, g in zip(self.bufs, grads)]
        for p, b in zip(self.params, self.bufs):
            p -= self.lr * b
""",
    ),
    _momentum(
        "in float32",
        "float32_inside",
        ("np.zeros_like(val)", "np.zeros_like(val, dtype=np.float32)"),
        (
            BOOK_STEP,
            "self.v[key] *= self.momentum\n            self.v[key] -= (self.lr * grads[key]).astype('float32')",
        ),
    ),
    _momentum(
        "multiplies the gradient by mu as well",
        "momentum_on_gradient",
        (BOOK_STEP, "self.v[key] = self.momentum * (self.v[key] - self.lr * grads[key])"),
    ),
)

VARIANTS = (
    Variant(
        "momentum of SGD",
        "optimizer.momentum",
        """
class SGD:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def step(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v.get(k, 0) + grads[k]
            params[k] -= self.lr * self.v[k]
""",
    ),
    Variant("momentum of the book", "optimizer.momentum", MOMENTUM, "at a constant lr only"),
    Variant(
        "momentum as an average",
        "optimizer.momentum",
        with_changes(
            MOMENTUM,
            (
                BOOK_STEP,
                "self.v[key] = self.momentum * self.v[key] + (1 - self.momentum) * grads[key]",
            ),
            ("params[key] += ", "params[key] -= self.lr * "),
        ),
        "SGD(lr * (1-b), momentum=b)",
    ),
    Variant(
        "momentum of 0.9",
        "optimizer.momentum",
        with_changes(
            MOMENTUM, (", momentum=0.9", ""), ("self.momentum = momentum", "self.momentum = 0.9")
        ),
        "mu = 0.9",
    ),
    Variant(
        "momentum as a function",
        "optimizer.momentum",
        """
def momentum_update(w, dw, v, lr=0.01, mu=0.9):
    v = mu * v - lr * dw
    w = w + v
    return w, v
""",
        "function",
    ),
    Variant(
        "momentum in place",
        "optimizer.momentum",
        """
def momentum_update(w, dw, v, lr=0.01, mu=0.9):
    v *= mu
    v -= lr * dw
    w += v
""",
        "one array",
    ),
    Variant(
        "momentum with a config",
        "optimizer.momentum",
        """
import numpy as np

def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config
""",
        "config",
    ),
    Variant(
        "momentum with named gradients",
        "optimizer.momentum",
        """
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        v["dW" + str(l)] = beta * v["dW" + str(l)] + (1 - beta) * grads["dW" + str(l)]
        v["db" + str(l)] = beta * v["db" + str(l)] + (1 - beta) * grads["db" + str(l)]
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * v["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * v["db" + str(l)]
    return parameters, v
""",
        "dW1",
    ),
    Variant(
        "momentum, an object an array",
        "optimizer.momentum",
        """
import numpy as np

class StochasticGradientDescent:
    def __init__(self, learning_rate=0.01, momentum=0):
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.w_updt = None

    def update(self, w, grad_wrt_w):
        if self.w_updt is None:
            self.w_updt = np.zeros(np.shape(w))
        self.w_updt = self.momentum * self.w_updt + (1 - self.momentum) * grad_wrt_w
        return w - self.learning_rate * self.w_updt
""",
        "one object for each array",
    ),
)
