"""Nesterov's momentum, as people write it: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.optimizers.momentum import BOOK_STEP, MOMENTUM

_NESTEROV = """
import numpy as np

class Nesterov:
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
            params[key] += self.momentum * self.momentum * self.v[key]
            params[key] -= (1 + self.momentum) * self.lr * grads[key]
            self.v[key] *= self.momentum
            self.v[key] -= self.lr * grads[key]
"""


def _nesterov(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(
        f"Nesterov {name}", "optimizer.nesterov", (cause,), with_changes(_NESTEROV, *changes)
    )


BUGS = (
    _nesterov(
        "updates v first",
        "nesterov_order",
        (
            "            params[key] += self.momentum * self.momentum * self.v[key]\n            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
            "",
        ),
        (
            "            self.v[key] -= self.lr * grads[key]\n",
            "            self.v[key] -= self.lr * grads[key]\n            params[key] += self.momentum * self.momentum * self.v[key]\n            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
        ),
    ),
    Planted(
        "Nesterov is momentum",
        "optimizer.nesterov",
        ("no_look_ahead",),
        with_changes(MOMENTUM, ("class Momentum", "class Nesterov")),
    ),
    Planted(
        "Nesterov steps by mu v",
        "optimizer.nesterov",
        ("nesterov_without_gradient",),
        with_changes(
            MOMENTUM,
            ("class Momentum", "class NAG"),
            ("+= self.v[key]", "+= self.momentum * self.v[key]"),
        ),
    ),
    Planted(
        "Nesterov looks behind",
        "optimizer.nesterov",
        ("no_look_ahead",),
        with_changes(
            MOMENTUM,
            ("class Momentum", "class NAG"),
            (
                BOOK_STEP,
                "old = self.v[key]\n            self.v[key] = self.momentum * old + grads[key]",
            ),
            (
                "params[key] += self.v[key]",
                "params[key] -= self.lr * (grads[key] + self.momentum * old)",
            ),
        ),
    ),
    _nesterov(
        "climbs",
        "climbs",
        ("params[key] -= (1", "params[key] += (1"),
        ("self.v[key] -= ", "self.v[key] += "),
    ),
    _nesterov(
        "adds mu v",
        "nesterov_terms",
        ("self.momentum * self.momentum * self.v", "self.momentum * self.v"),
    ),
    _nesterov("subtracts mu^2 v", "nesterov_terms", ("params[key] += ", "params[key] -= ")),
    _nesterov("takes 1 - mu", "nesterov_terms", ("1 + self.momentum", "1 - self.momentum")),
    _nesterov("forgets 1 + mu", "nesterov_terms", ("(1 + self.momentum) * ", "")),
    Planted(
        "Nesterov that adds the velocity of before",
        "optimizer.nesterov",
        ("nesterov_terms",),
        """
def nesterov(w, dw, v, lr=0.01, mu=0.9):
    v_prev = v
    v = mu * v - lr * dw
    w = w + mu * v_prev + (1 + mu) * v
    return w, v
""",
    ),
    Planted(
        "Nesterov of the new velocity alone",
        "optimizer.nesterov",
        ("nesterov_terms",),
        """
class Nesterov:
    def __init__(self, lr=0.1, momentum=0.9):
        self.lr, self.momentum, self.m = lr, momentum, {}

    def update(self, params, grads):
        for k in params:
            self.m[k] = self.momentum * self.m.get(k, 0) + grads[k]
            params[k] -= self.lr * (self.m[k] + self.momentum * self.m[k])
""",
    ),
)

VARIANTS = (
    Variant("Nesterov of the book", "optimizer.nesterov", _NESTEROV, "at a constant lr only"),
    Variant(
        "Nesterov by a flag",
        "optimizer.nesterov",
        """
import numpy as np

class SGD:
    def __init__(self, params, lr=0.01, momentum=0.0, nesterov=False):
        self.params, self.lr, self.momentum, self.nesterov = params, lr, momentum, nesterov
        self.bufs = [np.zeros_like(p) for p in params]

    def step(self, grads):
        for i, g in enumerate(grads):
            self.bufs[i] = self.momentum * self.bufs[i] + g
            d = g + self.momentum * self.bufs[i] if self.nesterov else self.bufs[i]
            self.params[i] -= self.lr * d
""",
        "it holds the parameters",
    ),
)
