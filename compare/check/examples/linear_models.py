"""Linear models of one output, whose weights are a vector: wrong, and right."""

from compare.check.examples.example import Planted, Variant, with_changes

_RIDGE = """
import numpy as np

def penalized(theta, X, y, lam):
    return np.sum((X @ theta - y) ** 2) / (2 * len(y)) + 0.5 * lam * np.sum(theta ** 2)

def penalized_gradient(theta, X, y, lam):
    return X.T @ (X @ theta - y) / len(y) + lam * theta
"""
_COST = """
import numpy as np

def predict(X, theta):
    return X @ theta

def cost(X, theta, y):
    return np.sum((predict(X, theta) - y) ** 2) / (2 * len(y))

def cost_gradient(X, theta, y):
    return X.T @ (predict(X, theta) - y) / len(y)

def gradient_descent(X, y, lr=0.1, steps=200):
    theta = np.zeros(X.shape[1])
    for _ in range(steps):
        theta -= lr * cost_gradient(X, theta, y)
    return theta
"""
_CLASSES = """
import numpy as np

def softmax_loss(theta, data, labels, strength):
    scores = theta @ data
    p = np.exp(scores - scores.max(axis=0))
    p /= p.sum(axis=0)
    n = np.arange(len(labels))
    loss = -np.log(p[labels, n]).mean() + 0.5 * strength * np.sum(theta ** 2)
    p[labels, n] -= 1
    return loss, p @ data.T / len(labels) + strength * theta
"""
_DERIVATIVE = "derivative.other"


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"linear model: {name}", _DERIVATIVE, (cause,), with_changes(source, *changes))


def _right(name: str, source: str) -> Variant:
    return Variant(f"linear model: {name}", _DERIVATIVE, source, "by numerical differences")


BUGS = (
    _bug("twice the penalty", "own_term_extra", _RIDGE, ("+ lam * theta", "+ 2 * lam * theta")),
    _bug("no penalty", "own_term_missing", _RIDGE, (" + lam * theta", "")),
    _bug("a sum beside a mean", "own_derivative_scaled", _COST,
         ("(predict(X, theta) - y) / len(y)\n\ndef g", "(predict(X, theta) - y)\n\ndef g")),
    Planted("linear model: no penalty in the gradient, of a rate without a name", "network.one",
            ("decay_not_in_gradient",), with_changes(_CLASSES, (" + strength * theta\n", "\n"))),
)  # fmt: skip
VARIANTS = (
    _right("with a penalty", _RIDGE),
    _right("with a penalty, samples first", with_changes(_RIDGE, ("(theta, X, y", "(X, theta, y"))),
    _right("with its descent", _COST),
    Variant("linear model: a rate without a name", "network.one", _CLASSES, "weight decay 0.25"),
    Variant("linear model: its network", "network.one", _COST, "output identity"),
)
