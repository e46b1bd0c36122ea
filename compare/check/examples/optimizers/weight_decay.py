"""Weight decay as a setting, as people write it: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.optimizers.adam_sources import ADAM

_SGD = """
class SGD:
    def __init__(self, lr=0.01, weight_decay=1e-4):
        self.lr = lr
        self.weight_decay = weight_decay

    def update(self, params, grads):
        for k in params:
            params[k] -= self.lr * (grads[k] + self.weight_decay * params[k])
"""
_L2_ADAM = with_changes(
    ADAM,
    ("epsilon=1e-8", "epsilon=1e-8, weight_decay=0.01"),
    ("        self.m = {}", "        self.weight_decay = weight_decay\n        self.m = {}"),
    (
        "            self.m[key] = self.beta_1",
        "            g = grads[key] + self.weight_decay * params[key]\n            self.m[key] = self.beta_1",
    ),
    ("(1 - self.beta_1) * grads[key]", "(1 - self.beta_1) * g"),
    ("(1 - self.beta_2) * grads[key] ** 2", "(1 - self.beta_2) * g ** 2"),
)
_ADAMW = with_changes(
    ADAM,
    ("class Adam", "class AdamW"),
    ("epsilon=1e-8", "epsilon=1e-8, weight_decay=0.01"),
    ("        self.m = {}", "        self.weight_decay = weight_decay\n        self.m = {}"),
    (
        "            self.m[key] = self.beta_1",
        "            params[key] *= 1 - self.learning_rate * self.weight_decay\n            self.m[key] = self.beta_1",
    ),
)
_APART = """
import numpy as np

def adamw(w, g, m, v, t, lr=0.01, b1=0.8, b2=0.95, eps=1e-7, decay=0.04):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    step = (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + eps)
    return w - lr * step - lr * decay * w, m, v
"""
_DECAY = "params[key] *= 1 - self.learning_rate * self.weight_decay"

_HANDED_ON = """
import numpy as np

def adam(w, g, s, lr=0.003, beta1=0.86, beta2=0.993, eps=1e-8):
    t = s["t"] + 1
    m = beta1 * s["m"] + (1 - beta1) * g
    v = beta2 * s["v"] + (1 - beta2) * g ** 2
    step = lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps)
    return w - step, {"t": t, "m": m, "v": v}

def adamw(w, g, s, lr=0.003, beta1=0.86, beta2=0.993, eps=1e-8, wd=0.02):
    new, s = adam(w, g, s, lr, beta1, beta2, eps)
    return new - lr * wd * w, s
"""

BUGS = (
    Planted(
        "AdamW whose decay grows",
        "optimizer.adam",
        ("decay_sign",),
        with_changes(
            _HANDED_ON,
            ("new - lr * wd * w", "new + lr * wd * w"),
            ("def adam(", "def moments("),
            ("= adam(", "= moments("),
        ),
    ),
    Planted(
        "AdamW whose decay goes through the moments",
        "optimizer.adam",
        ("decay_coupled",),
        with_changes(
            _APART, ("    m = b1", "    g = g + decay * w\n    m = b1"), (" - lr * decay * w", "")
        ),
    ),
    Planted(
        "SGD whose weights grow",
        "optimizer.sgd",
        ("decay_sign",),
        with_changes(_SGD, ("grads[k] + ", "grads[k] - ")),
    ),
    Planted(
        "SGD that forgets its decay",
        "optimizer.sgd",
        ("decay_ignored",),
        with_changes(_SGD, ("(grads[k] + self.weight_decay * params[k])", "grads[k]")),
    ),
    Planted(
        "AdamW with L2",
        "optimizer.adam",
        ("decay_coupled",),
        with_changes(_L2_ADAM, ("class Adam", "class AdamW")),
    ),
    Planted(
        "AdamW whose weights grow",
        "optimizer.adam",
        ("decay_sign",),
        with_changes(
            _ADAMW,
            (
                "1 - self.learning_rate * self.weight_decay",
                "1 + self.learning_rate * self.weight_decay",
            ),
        ),
    ),
    Planted(
        "AdamW without its decay",
        "optimizer.adam",
        ("decay_missing",),
        with_changes(_ADAMW, (_DECAY, "pass")),
    ),
    Planted(
        "AdamW without bias correction",
        "optimizer.adam",
        ("no_bias_correction",),
        with_changes(
            _ADAMW, (" / (1 - self.beta_1 ** self.t)", ""), (" / (1 - self.beta_2 ** self.t)", "")
        ),
    ),
    Planted(
        "AdamW that divides its decay",
        "optimizer.adam",
        ("decay_divided",),
        with_changes(
            _ADAMW,
            ("            " + _DECAY + "\n", ""),
            (
                "self.learning_rate * m_hat",
                "self.learning_rate * (m_hat + self.weight_decay * params[key])",
            ),
        ),
    ),
)

VARIANTS = (
    Variant("AdamW that hands its state on", "optimizer.adam", with_changes(_HANDED_ON, ("def adam(", "def moments("), ("= adam(", "= moments(")), "decoupled weight decay"),
    Variant("AdamW that calls its rate decay", "optimizer.adam", _APART, "decoupled weight decay"),
    Variant("SGD with L2 of its weights", "optimizer.sgd", with_changes(_SGD, ("self.weight_decay * params[k]", "(self.weight_decay * params[k] if k.startswith('W') else 0)")), "biases do not decay"),
    Variant("AdamW of its weights", "optimizer.adam", with_changes(_ADAMW, (_DECAY, "params[key] *= 1 - self.learning_rate * self.weight_decay * key.startswith('W')")), "biases do not decay"),
    Variant("SGD with L2", "optimizer.sgd", _SGD, "weight_decay=lambda"),
    Variant("Adam with L2", "optimizer.adam", _L2_ADAM, "weight_decay=lambda"),
    Variant("AdamW", "optimizer.adam", _ADAMW, "torch.optim.AdamW(weight_decay=lambda)"),
    Variant("AdamW of 0.01", "optimizer.adam", with_changes(_ADAMW, (", weight_decay=0.01", ""), ("self.weight_decay = weight_decay", "self.weight_decay = 0.01")), "weight_decay = 0.01"),
    Variant("AdamW without lr in its decay", "optimizer.adam", with_changes(_ADAMW, (_DECAY, "params[key] -= self.weight_decay * params[key]")), "without lr"),
    Variant("AdamW in one line", "optimizer.adam", with_changes(_ADAMW, ("            " + _DECAY + "\n", ""), ("self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)", "self.learning_rate * (m_hat / (np.sqrt(v_hat) + self.epsilon) + self.weight_decay * params[key])")), "torch.optim.AdamW"),
)  # fmt: skip
