"""AdaGrad, RMSprop and Adadelta, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes

_ADAGRAD = """
import numpy as np

class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] += grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

_RMSPROP = """
import numpy as np

class RMSprop:
    def __init__(self, lr=0.01, decay_rate=0.99):
        self.lr = lr
        self.decay_rate = decay_rate
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] *= self.decay_rate
            self.h[key] += (1 - self.decay_rate) * grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

# a mean's rate that is misspelt, beside a decay of the learning rate that is off
_WITH_DECAY = with_changes(
    _RMSPROP,
    (", decay_rate=0.99", ", bata=0.9, decay=0"),
    ("self.decay_rate = decay_rate", "self.decay_rate, self.decay, self.n = bata, decay, 0"),
    ("        for key in params.keys():", "        self.n += 1\n        for key in params.keys():"),
    ("self.lr * grads", "self.lr / (1 + self.decay * self.n) * grads"),
)

_ADADELTA = """
import numpy as np

class AdaDelta:
    def __init__(self, rho=0.95, eps=1e-6):
        self.rho = rho
        self.eps = eps
        self.h = {}
        self.s = {}

    def update(self, params, grads):
        for key, g in grads.items():
            h = self.h.get(key, np.zeros_like(g))
            s = self.s.get(key, np.zeros_like(g))
            h = self.rho * h + (1 - self.rho) * g ** 2
            delta = np.sqrt(s + self.eps) / np.sqrt(h + self.eps) * g
            s = self.rho * s + (1 - self.rho) * delta ** 2
            self.h[key] = h
            self.s[key] = s
            params[key] -= delta
"""


def _adagrad(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(
        f"AdaGrad {name}", "optimizer.adagrad", (cause,), with_changes(_ADAGRAD, *changes)
    )


def _rmsprop(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(
        f"RMSprop {name}", "optimizer.rmsprop", (cause,), with_changes(_RMSPROP, *changes)
    )


def _adadelta(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(
        f"Adadelta {name}", "optimizer.adadelta", (cause,), with_changes(_ADADELTA, *changes)
    )


BUGS = (
    _adagrad("without root", "no_root", ("np.sqrt(self.h[key])", "self.h[key]")),
    _adagrad("without epsilon", "no_epsilon", (" + 1e-7", "")),
    _adagrad(
        "sums up too late",
        "state_late",
        ("            self.h[key] += grads[key] * grads[key]\n", ""),
        ("+ 1e-7)\n", "+ 1e-7)\n            self.h[key] += grads[key] * grads[key]\n"),
    ),
    _adagrad("climbs", "climbs", ("params[key] -=", "params[key] +=")),
    _adagrad("never moves", "never_moves", ("params[key] -= self.lr", "step = self.lr")),
    _rmsprop(
        "accumulates",
        "accumulates",
        ("            self.h[key] *= self.decay_rate\n", ""),
        ("(1 - self.decay_rate) * ", ""),
    ),
    _rmsprop(
        "exchanges rho and 1 - rho",
        "beta_exchanged",
        ("*= self.decay_rate", "*= (1 - self.decay_rate)"),
        ("(1 - self.decay_rate) * grads", "self.decay_rate * grads"),
    ),
    _rmsprop("without epsilon", "no_epsilon", (" + 1e-7", "")),
    _rmsprop(
        "ignores rho", "setting_ignored", ("self.decay_rate = decay_rate", "self.decay_rate = 0.9")
    ),
    _adadelta(
        "with epsilon outside",
        "epsilon_outside_root",
        (
            "np.sqrt(s + self.eps) / np.sqrt(h + self.eps)",
            "(np.sqrt(s) + self.eps) / (np.sqrt(h) + self.eps)",
        ),
    ),
    _adadelta(
        "without epsilon above", "adadelta_never_starts", ("np.sqrt(s + self.eps)", "np.sqrt(s)")
    ),
    _adadelta(
        "takes the old h",
        "adadelta_order",
        ("            h = self.rho * h + (1 - self.rho) * g ** 2\n", ""),
        (
            "* delta ** 2\n",
            "* delta ** 2\n            h = self.rho * h + (1 - self.rho) * g ** 2\n",
        ),
    ),
    _adadelta("collects g^2 twice", "adadelta_squares", ("delta ** 2", "g ** 2")),
    _adadelta(
        "upside down",
        "adadelta_inverted",
        (
            "np.sqrt(s + self.eps) / np.sqrt(h + self.eps)",
            "np.sqrt(h + self.eps) / np.sqrt(s + self.eps)",
        ),
    ),
    _adadelta(
        "is RMSprop",
        "adadelta_is_rmsprop",
        ("rho=0.95", "lr=0.01, rho=0.95"),
        ("self.rho = rho", "self.lr = lr\n        self.rho = rho"),
        ("np.sqrt(s + self.eps)", "self.lr"),
    ),
    _adagrad(
        "without brackets",
        "no_brackets",
        ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key]) + 1e-7"),
    ),
    _adagrad(
        "with one number a tensor",
        "one_number_a_tensor",
        ("grads[key] * grads[key]", "np.sum(grads[key] ** 2)"),
    ),
    _rmsprop(
        "without brackets",
        "no_brackets",
        ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key]) + 1e-7"),
    ),
    _rmsprop(
        "with one number a tensor",
        "one_number_a_tensor",
        ("* grads[key] * grads[key]", "* np.mean(grads[key] ** 2)"),
    ),
    _rmsprop(
        "in place in float32",
        "float32_inside",
        ("np.zeros_like(val)", "np.zeros(val.shape, dtype=np.float32)"),
    ),
    _adadelta(
        "averages its steps",
        "steps_not_squared",
        ("(1 - self.rho) * delta ** 2", "(1 - self.rho) * delta"),
    ),
    Planted(
        "RMSprop without the root beside a decay",
        "optimizer.rmsprop",
        ("no_root",),
        with_changes(_WITH_DECAY, ("np.sqrt(self.h[key])", "self.h[key]")),
    ),
    _rmsprop("without the gradient", "without_gradient", ("self.lr * grads[key] /", "self.lr /")),
)

VARIANTS = (
    Variant("RMSprop beside a decay of its rate", "optimizer.rmsprop", _WITH_DECAY, "rho = 0.9"),
    Variant("AdaGrad of the book", "optimizer.adagrad", _ADAGRAD, "eps = 1e-07"),
    Variant(
        "AdaGrad with epsilon inside",
        "optimizer.adagrad",
        with_changes(_ADAGRAD, ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key] + 1e-8)")),
        "initial_accumulator_value=eps",
    ),
    Variant("RMSprop of the book", "optimizer.rmsprop", _RMSPROP, "eps = 1e-07"),
    Variant(
        "RMSprop with epsilon inside",
        "optimizer.rmsprop",
        with_changes(_RMSPROP, ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key] + 1e-8)")),
        "TensorFlow",
    ),
    Variant(
        "RMSprop of 0.9",
        "optimizer.rmsprop",
        with_changes(
            _RMSPROP,
            (", decay_rate=0.99", ""),
            ("self.decay_rate = decay_rate", "self.decay_rate = 0.9"),
        ),
        "rho = 0.9",
    ),
    Variant("Adadelta of the paper", "optimizer.adadelta", _ADADELTA),
)
