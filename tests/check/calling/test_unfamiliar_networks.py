"""Networks that no table knows: by what their methods do, with constants that results tell."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

SPANISH = """
import numpy as np

class Red:
    def __init__(self, entradas, ocultas, salidas, paso):
        self.A = np.random.randn(entradas, ocultas)
        self.a = np.zeros(ocultas)
        self.B = np.random.randn(ocultas, salidas)
        self.b = np.zeros(salidas)
        self.paso = paso

    def evaluar(self, entrada):
        self.entrada = entrada
        self.oculta = np.tanh(entrada @ self.A + self.a)
        return self.oculta @ self.B + self.b

    def aprender(self, entrada, meta):
        falta = (self.evaluar(entrada) - meta) / len(meta)
        atras = falta @ self.B.T * (1 - self.oculta ** 2)
        self.B -= self.paso * self.oculta.T @ falta
        self.b -= self.paso * falta.sum(axis=0)
        self.A -= self.paso * entrada.T @ atras
        self.a -= self.paso * atras.sum(axis=0)
"""
STAGES = """
import numpy as np

class Filet:
    def __init__(self, entree, cachee, sortie):
        self.E = np.random.randn(cachee, entree)
        self.e = np.zeros(cachee)
        self.S = np.random.randn(sortie, cachee)
        self.s = np.zeros(sortie)

    def calcule(self, lot):
        self.lot = lot
        self.cache_ = 1 / (1 + np.exp(-(self.E @ lot + self.e[:, None])))
        self.sortie = self.S @ self.cache_ + self.s[:, None]
        return self.sortie

    def justesse(self, vrai):
        return np.mean(self.sortie.argmax(axis=0) == vrai.argmax(axis=0))

    def ecart(self, vrai):
        return 0.5 * np.sum((self.sortie - vrai) ** 2)

    def retour(self, vrai):
        d = self.sortie - vrai
        r = (self.S.T @ d) * self.cache_ * (1 - self.cache_)
        return {"S": d @ self.cache_.T, "s": d.sum(1), "E": r @ self.lot.T, "e": r.sum(1)}
"""
ONE_BY_ONE = """
import numpy as np

class Rekkern:
    def __init__(self, n, m, k):
        self.P = np.random.randn(m, n)
        self.p = np.zeros(m)
        self.Q = np.random.randn(k, m)
        self.q = np.zeros(k)

    def guess(self, v):
        h = np.tanh(self.P @ v + self.p)
        return h, self.Q @ h + self.q

    def gradsum(self, vs, ts):
        total = 0.0
        dP, dp, dQ, dq = (np.zeros_like(w) for w in (self.P, self.p, self.Q, self.q))
        for v, t in zip(vs, ts):
            h, y = self.guess(v)
            d = y - t
            total += 0.5 * d @ d
            dQ += np.outer(d, h)
            dq += d
            e = self.Q.T @ d * (1 - h * h)
            dP += np.outer(e, v)
            dp += e
        return total, dP, dp, dQ, dq
"""
LEAKY = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)

    def forward(self, x):
        self.x, self.u = x, x @ self.W1 + self.b1
        self.z = np.where(self.u > 0, self.u, 0.07 * self.u)
        return self.z @ self.W2 + self.b2

    def value_and_grad(self, x, t):
        e = self.forward(x) - t
        d = 2 * e / e.size
        h = d @ self.W2.T * np.where(self.u > 0, 1.0, 0.07)
        return (e ** 2).mean(), {"W1": x.T @ h, "b1": h.sum(0), "W2": self.z.T @ d, "b2": d.sum(0)}
"""
PENALTY = """
import numpy as np

class Net:
    def __init__(self, input_size, hidden_size, output_size, reg=0.0):
        self.reg = reg
        self.W1, self.b1 = np.random.randn(input_size, hidden_size), np.zeros(hidden_size)
        self.W2, self.b2 = np.random.randn(hidden_size, output_size), np.zeros(output_size)

    def predict(self, x):
        self.z = np.maximum(x @ self.W1 + self.b1, 0)
        return self.z @ self.W2 + self.b2

    def loss(self, x, t):
        e = self.predict(x) - t
        return 0.5 * (e ** 2).sum() / len(x) + self.reg * ((self.W1**2).sum() + (self.W2**2).sum())

    def gradient(self, x, t):
        d = (self.predict(x) - t) / len(x)
        h = d @ self.W2.T * (self.z > 0)
        return {"W2": self.z.T @ d + 2 * self.reg * self.W2, "b2": d.sum(0),
                "W1": x.T @ h + 2 * self.reg * self.W1, "b1": h.sum(0)}
"""
ASSERTED = """
import numpy as np

def forward(X, params):
    H = np.tanh(params["W1"] @ X + params["b1"])
    A = 1 / (1 + np.exp(-(params["W2"] @ H + params["b2"])))
    assert A.shape == (1, X.shape[1])
    return A, {"H": H, "A": A}

def backward(params, cache, X, Y):
    d = (cache["A"] - Y) / X.shape[1]
    h = (params["W2"].T @ d) * (1 - cache["H"] ** 2)
    return {"dW1": h @ X.T, "db1": h.sum(1, keepdims=True),
            "dW2": d @ cache["H"].T, "db2": d.sum(1, keepdims=True)}
"""
UPDATED = """
import numpy as np

def forward(network, x):
    z = np.tanh(x @ network["W1"] + network["b1"])
    return z, z @ network["W2"] + network["b2"]

def backward(network, x, d, z, y):
    delta = (y - d) / len(x)
    h = delta @ network["W2"].T * (1 - z ** 2)
    return {"W1": x.T @ h, "b1": h.sum(0), "W2": z.T @ delta, "b2": delta.sum(0)}

def update(network, grad, lr=0.1):
    for key in ("W1", "b1", "W2", "b2"):
        network[key] -= lr * grad[key]
"""
STACKED = """
import numpy as np

class Dense:
    def __init__(self, n, m):
        self.weights, self.biases = np.random.randn(n, m), np.zeros((1, m))

    def forward(self, inputs):
        self.inputs, self.output = inputs, inputs @ self.weights + self.biases

    def backward(self, d):
        self.dweights, self.dbiases = self.inputs.T @ d, d.sum(axis=0, keepdims=True)
        self.dinputs = d @ self.weights.T

class Model:
    def __init__(self, n, h, k):
        self.dense1, self.dense2 = Dense(n, h), Dense(h, k)

    def forward(self, X, y):
        self.dense1.forward(X)
        self.z = np.maximum(self.dense1.output, 0)
        self.dense2.forward(self.z)
        return ((self.dense2.output - y) ** 2).sum() / len(y)

    def backward(self, y):
        self.dense2.backward(2 * (self.dense2.output - y) / len(y))
        self.dense1.backward(self.dense2.dinputs * (self.z > 0))
"""
WHOLE_LOSS = """
import numpy as np

def objective_loss(params, x, t):
    (A, a), (B, b) = params
    h = np.tanh(x @ A + a)
    e = h @ B + b - t
    d = e / len(x)
    g = d @ B.T * (1 - h ** 2)
    return 0.5 * (e ** 2).sum() / len(x), [(x.T @ g, g.sum(0)), (h.T @ d, d.sum(0))]
"""
EACH = """
import numpy as np

def net(X, params):
    W1, b1, W2, b2, W3, b3 = params
    H1 = np.tanh(X @ W1 + b1)
    H2 = np.tanh(H1 @ W2 + b2)
    return H1, H2, H2 @ W3 + b3

def loss(O, t):
    return 0.5 * ((O - t) ** 2).sum(axis=1)

def grad(X, t, params):
    W1, b1, W2, b2, W3, b3 = params
    H1, H2, O = net(X, params)
    d3 = (O - t) / len(t)
    d2 = (d3 @ W3.T) * (1 - H2 ** 2)
    d1 = (d2 @ W2.T) * (1 - H1 ** 2)
    return [X.T @ d1, d1.sum(0), H1.T @ d2, d2.sum(0), H2.T @ d3, d3.sum(0)]
"""
ENTROPY = """
import numpy as np

def entropy(y, t):
    return -np.sum(t * np.log(y + 2e-6)) / len(y)

class Net:
    def __init__(self, n, h, k):
        self.W1, self.b1 = np.random.randn(n, h), np.zeros(h)
        self.W2, self.b2 = np.random.randn(h, k), np.zeros(k)

    def predict(self, x):
        self.z = np.tanh(x @ self.W1 + self.b1)
        e = self.z @ self.W2 + self.b2
        e = np.exp(e - e.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, x, t):
        return entropy(self.predict(x), t)
"""
ONE_UNIT = """
import numpy as np

class LogisticRegression:
    def __init__(self, n_features, lr=0.3):
        self.w, self.b, self.lr = np.zeros(n_features), 0.0, lr

    def predict_proba(self, X):
        return 1 / (1 + np.exp(-(X @ self.w + self.b)))

    def gradient(self, X, y):
        d = self.predict_proba(X) - y
        return X.T @ d / len(y), d.mean()

    def fit(self, X, y, n_iter=10):
        for _ in range(n_iter):
            gw, gb = self.gradient(X, y)
            self.w, self.b = self.w - self.lr * gw, self.b - self.lr * gb
"""
TWO, THREE, ONE = "network", "network.three", "network.one"
CASES = [
    (SPANISH, TWO, " * (1 - self.oculta ** 2)", "", "network_no_derivative"),
    (STAGES, TWO, "(self.S.T @ d) * self.cache_ *", "(self.S.T @ d) *", "wrong_slope"),
    (ONE_BY_ONE, TWO, "dp += e", "dp = e", "gradient_of_one_sample"),
    (LEAKY, TWO, "np.where(self.u > 0, 1.0, 0.07)", "(self.u > 0)", "another_derivative"),
    (PENALTY, TWO, "+ 2 * self.reg * self.W", "+ self.reg * self.W", "decay_differs"),
    (PENALTY, TWO, "+ 2 * self.reg * self.W", "+ 0 * self.W", "decay_not_in_gradient"),
    (ASSERTED, TWO, "(cache[\"A\"] - Y)", "(Y - cache[\"A\"])", "network_sign"),
    (UPDATED, TWO, '("W1", "b1", "W2", "b2")', '("W1", "W2", "b2")', "never_updated"),
    (STACKED, TWO, " * (self.z > 0)", "", "network_no_derivative"),
    (WHOLE_LOSS, TWO, "* (1 - h ** 2)", "* (1 - h)", "wrong_slope"),
    (EACH, THREE, "(d2 @ W2.T)", "(d2 @ W2)", "network_not_transposed"),
    (ENTROPY, TWO, "entropy(self.predict(x), t)", "entropy(t, self.predict(x))", "loss_swapped"),
    (ONE_UNIT, ONE, "d.mean()", "d.sum()", "factor_of_one_parameter"),
]  # fmt: skip


@pytest.mark.parametrize("source, concept", {(c[0], c[1]): None for c in CASES})
def test_a_right_network_is_found_and_is_the_same(source, concept):
    found = judgement_of(source, concept, 0)
    assert found.outcome is Outcome.SAME and not found.warned, str(found)


@pytest.mark.parametrize(
    "source, concept, right, wrong, cause", CASES, ids=[case[-1] + "-" + case[1] for case in CASES]
)
def test_its_twin_with_a_fault_is_different_and_gets_its_cause(
    source, concept, right, wrong, cause
):
    assert right in source
    found = judgement_of(source.replace(right, wrong), concept, 0)
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == [cause], str(found)


RATED = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)
        self.lr = lr

    def forward(self, x):
        self.x, self.z = x, np.tanh(x @ self.W1 + self.b1)
        self.y = self.z @ self.W2 + self.b2
        return self.y

    def backward(self, t):
        d = self.lr * (self.y - t) / len(t)
        h = d @ self.W2.T * (1 - self.z ** 2)
        {end}
"""
GIVEN = 'return {"W1": self.x.T @ h, "b1": h.sum(0), "W2": self.z.T @ d, "b2": d.sum(0)}'
MOVED = """self.W1 -= {0}self.x.T @ h
        self.b1 -= {0}h.sum(0)
        self.W2 -= {0}self.z.T @ d
        self.b2 -= {0}d.sum(0)"""


@pytest.mark.parametrize(
    "end, causes",
    [
        (GIVEN, ["rate_in_gradients"]),
        (MOVED.format(""), []),
        (MOVED.format("self.lr * "), ["rate_applied_twice"]),
    ],
)
def test_a_rate_is_multiplied_in_once(end, causes):
    found = judgement_of(RATED.replace("{end}", end), TWO, 0)
    assert [d.cause for d in found.diagnoses] == causes, str(found)
    assert found.fails() is (causes == ["rate_applied_twice"])
