"""Functions that make functions: an update rule that takes a rate alone is no step by itself."""

from compare.check.examples.example import Planted, Variant, with_changes

_MADE = """
import numpy as np

def forward(params, x):
    w, b = params
    return x @ w + b

def sgd(lr):
    def step(params, grads):
        return [p - lr * g for p, g in zip(params, grads)]
    return step

params = [np.ones((3, 2)), np.zeros(2)]
"""
# the same names, where the second is a step: it is handed all that it takes, and moves nothing
_STEP = """
import numpy as np

def forward(x, W, b):
    return x @ W + b

def update(x, d, W, b, lr):
    delta = (forward(x, W, b) - d) / len(x)
    W -= lr * x.T @ delta
    b -= lr * delta.sum(axis=0)
"""

BUGS = (
    Planted(
        "network: an update that moves copies",
        "network.one",
        ("never_updated",),
        with_changes(_STEP, ("W -= lr *", "W = W - lr *"), ("b -= lr *", "b = b - lr *")),
    ),
)
VARIANTS = (
    Variant("network: beside a function that makes steps", "network.one", _MADE, "forward pass"),
    Variant("network: an update in place", "network.one", _STEP, "squared error"),
)
