"""Adam, as people write it: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.optimizers.adam_sources import (
    ADAM,
    ADAM_FUNCTION,
    BOOK_ADAM,
    HELD_ADAM,
    LAYERED_ADAM,
)

_ADAM_SECOND = "self.beta_2 * self.v[key] + (1 - self.beta_2) * grads[key] ** 2"


def _adam(name: str, cause: str, *changes: tuple[str, str], of: str = ADAM) -> Planted:
    return Planted(f"Adam {name}", "optimizer.adam", (cause,), with_changes(of, *changes))


_CORRECTED_ON_DEMAND = """
import numpy as np

class Adam:
    def __init__(self, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8, bias_correction=False):
        self.lr, self.b1, self.b2, self.eps, self.correct = lr, beta_1, beta_2, epsilon, bias_correction
        self.m, self.v, self.t = {}, {}, 0

    def update(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = self.b1 * self.m.get(k, 0) + (1 - self.b1) * grads[k]
            self.v[k] = self.b2 * self.v.get(k, 0) + (1 - self.b2) * grads[k] ** 2
            m, v = self.m[k], self.v[k]
            if self.correct:
                m, v = m / (1 - self.b1 ** self.t), v / (1 - self.b2 ** self.t)
            params[k] -= self.lr * m / (np.sqrt(v) + self.eps)
"""
_ASKING = """
import numpy as np

class Adam:
    def __init__(self, lr=0.01, b1=0.9, b2=0.98, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.t, self.m, self.s = 0, 0.0, 0.0

    def step(self, w, grad_fn):
        g = grad_fn(w)
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.s = self.b2 * self.s + (1 - self.b2) * g * g
        m, s = self.m / (1 - self.b1 ** self.t), self.s / (1 - self.b2 ** self.t)
        return w - self.lr * m / (np.sqrt(s) + self.eps)
"""


BUGS = (
    Planted(
        "Adam that asks for the gradient, from t = 2",
        "optimizer.adam",
        ("step_count",),
        with_changes(_ASKING, ("self.t, self.m, self.s = 0,", "self.t, self.m, self.s = 1,")),
    ),
    Planted(
        "Adam that corrects on demand without the square",
        "optimizer.adam",
        ("not_squared",),
        with_changes(_CORRECTED_ON_DEMAND, ("grads[k] ** 2", "grads[k]")),
    ),
    _adam("corrects m alone", "no_bias_correction", (" / (1 - self.beta_2 ** self.t)", "")),
    _adam("corrects v alone", "no_bias_correction", (" / (1 - self.beta_1 ** self.t)", "")),
    _adam(
        "swaps its betas",
        "betas_swapped",
        ("self.beta_1 = beta_1", "self.beta_1 = beta_2"),
        ("self.beta_2 = beta_2", "self.beta_2 = beta_1"),
    ),
    _adam("with beta1 for both", "one_beta", ("self.beta_2 = beta_2", "self.beta_2 = beta_1")),
    _adam("without a square", "not_squared", (_ADAM_SECOND, _ADAM_SECOND.removesuffix(" ** 2"))),
    _adam("without 1 - b1", "leaky_sum", ("(1 - self.beta_1) * grads[key]", "grads[key]")),
    _adam("without 1 - b2", "leaky_sum", ("(1 - self.beta_2) * grads[key]", "grads[key]")),
    _adam("without root", "no_root", ("np.sqrt(v_hat)", "v_hat")),
    _adam(
        "keeps what it corrected",
        "corrected_and_kept",
        ("m_hat = ", "self.m[key] = m_hat = "),
        ("v_hat = ", "self.v[key] = v_hat = "),
    ),
    _adam("forgets lr", "lr_missing", ("self.learning_rate * m_hat", "m_hat")),
    _adam(
        "with one state for all",
        "shared_state",
        ("self.m = {}", "self.m = 0"),
        ("self.v = {}", "self.v = 0"),
        (
            "            if key not in self.m:\n                self.m[key] = np.zeros_like(params[key])\n                self.v[key] = np.zeros_like(params[key])\n",
            "",
        ),
        ("self.m[key]", "self.m"),
        ("self.v[key]", "self.v"),
    ),
    _adam(
        "without a place in its list",
        "never_moves",
        ("            p -= self.lr", "            p = p - self.lr"),
        of=HELD_ADAM,
    ),
    _adam(
        "of layers forgets to count",
        "step_fixed",
        ("        self.iterations += 1", "        pass"),
        of=LAYERED_ADAM,
    ),
    _adam(
        "function with epsilon inside",
        "epsilon_inside_root",
        ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
        of=ADAM_FUNCTION,
    ),
    _adam("ignores beta2", "setting_ignored", ("self.beta_2 = beta_2", "self.beta_2 = 0.999")),
    _adam(
        "multiplies b by t",
        "correction_product",
        ("self.beta_1 ** self.t", "self.beta_1 * self.t"),
        ("self.beta_2 ** self.t", "self.beta_2 * self.t"),
        ("np.sqrt(v_hat)", "np.sqrt(np.abs(v_hat))"),
    ),
    _adam(
        "multiplies by its correction",
        "correction_multiplied",
        (" / (1 - self.beta_1", " * (1 - self.beta_1"),
        (" / (1 - self.beta_2", " * (1 - self.beta_2"),
    ),
    _adam(
        "corrects m with b2", "correction_beta", ("self.beta_1 ** self.t", "self.beta_2 ** self.t")
    ),
    _adam(
        "corrects v with b1", "correction_beta", ("self.beta_2 ** self.t", "self.beta_1 ** self.t")
    ),
    _adam(
        "with one dictionary for both",
        "one_memory",
        ("self.m = {}\n        self.v = {}", "self.m = self.v = {}"),
    ),
    _adam(
        "of the book without the root of lr_t",
        "rate_without_root",
        ("np.sqrt(1.0 - self.beta2**self.iter)", "(1.0 - self.beta2**self.iter)"),
        of=BOOK_ADAM,
    ),
    _adam("averages m^2", "squares_of_m", ("grads[key] ** 2", "self.m[key] ** 2")),
    _adam("steps along g", "without_m", ("* m_hat /", "* grads[key] /")),
    _adam(
        "without brackets",
        "no_brackets",
        ("(np.sqrt(v_hat) + self.epsilon)", "np.sqrt(v_hat) + self.epsilon"),
    ),
    _adam(
        "with one number a tensor",
        "one_number_a_tensor",
        ("grads[key] ** 2", "np.sum(grads[key] ** 2)"),
    ),
    _adam(
        "starts over each step",
        "state_lost",
        ("        self.t += 1\n", "        self.t, self.m, self.v = 1, {}, {}\n"),
    ),
    _adam(
        "keeps its moments in float32",
        "float32_inside",
        (
            "m_hat = ",
            "self.m[key], self.v[key] = np.float32(self.m[key]), np.float32(self.v[key])\n            m_hat = ",
        ),
    ),
)

VARIANTS = (
    Variant(
        "Adam that asks for the gradient", "optimizer.adam", _ASKING, "returns the new parameters"
    ),
    Variant("Adam that corrects on demand", "optimizer.adam", _CORRECTED_ON_DEMAND),
    Variant("Adam of the paper", "optimizer.adam", ADAM),
    Variant("Adam of the book", "optimizer.adam", BOOK_ADAM, "lr_t = lr sqrt(1-b2^t)/(1-b1^t)"),
    Variant("Adam that holds a list", "optimizer.adam", HELD_ADAM, "it holds the parameters"),
    Variant(
        "Adam of arrays in a dict",
        "optimizer.adam",
        with_changes(
            HELD_ADAM,
            ("np.zeros_like(p) for p in params]", "np.zeros_like(p) for p in params.values()]"),
            ("zip(self.params, grads)", "zip(self.params.values(), grads.values())"),
        ),
        "it holds the parameters",
    ),
    Variant("Adam as a function", "optimizer.adam", ADAM_FUNCTION, "function"),
    Variant(
        "Adam as a function that counts",
        "optimizer.adam",
        with_changes(
            ADAM_FUNCTION,
            ("    m = b1", "    t += 1\n    m = b1"),
            ("return w, m, v", "return w, m, v, t"),
        ),
        "counted from 0",
    ),
    Variant("Adam of layers", "optimizer.adam", LAYERED_ADAM, "one layer a call"),
    Variant(
        "Adam with a config",
        "optimizer.adam",
        """
import numpy as np

def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dw ** 2)
    mt = config["m"] / (1 - config["beta1"] ** config["t"])
    vt = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = w - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return next_w, config
""",
        "config",
    ),
    Variant(
        "Adam with named gradients",
        "optimizer.adam",
        """
import numpy as np

def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    L = len(parameters) // 2
    v_corrected, s_corrected = {}, {}
    for l in range(1, L + 1):
        for k in ("W" + str(l), "b" + str(l)):
            v["d" + k] = beta1 * v["d" + k] + (1 - beta1) * grads["d" + k]
            v_corrected["d" + k] = v["d" + k] / (1 - beta1 ** t)
            s["d" + k] = beta2 * s["d" + k] + (1 - beta2) * grads["d" + k] ** 2
            s_corrected["d" + k] = s["d" + k] / (1 - beta2 ** t)
            parameters[k] = parameters[k] - learning_rate * v_corrected["d" + k] / (np.sqrt(s_corrected["d" + k]) + epsilon)
    return parameters, v, s, v_corrected, s_corrected
""",
        "dW1",
    ),
)
