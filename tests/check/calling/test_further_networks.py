"""Networks in further habits: how they are made, what trains them, what their outputs are."""

import pytest

from compare.bench.diagnosis import check_of, judgement_of
from compare.core.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings

LOGARITHMS = """
import numpy as np

def pente(u):
    return np.where(u > 0, 1.0, 1.7 * np.exp(np.minimum(u, 0)))

def forward(x, params):
    W1, b1, W2, b2 = params
    u = x @ W1 + b1
    h = np.where(u > 0, u, 1.7 * np.expm1(np.minimum(u, 0)))
    s = h @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    return u, h, s - np.log(np.exp(s).sum(axis=1, keepdims=True))

def loss(logp, t):
    return -np.mean(np.sum(t * logp, axis=1))

def backward(x, t, params):
    W1, b1, W2, b2 = params
    u, h, logp = forward(x, params)
    d = (np.exp(logp) - t) / len(x)
    e = d @ W2.T * pente(u)
    return x.T @ e, e.sum(0), h.T @ d, d.sum(0)
"""
ANY_NUMBER = """
import numpy as np

class Reseau:
    def __init__(self, *tailles):
        paires = list(zip(tailles[:-1], tailles[1:]))
        self.poids = [np.random.randn(n, m) for m, n in paires]
        self.biais = [np.random.randn(n, 1) for _, n in paires]

    def feedforward(self, a):
        for w, b in zip(self.poids, self.biais):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return a

    def backprop(self, x, y):
        actifs = [x]
        for w, b in zip(self.poids, self.biais):
            actifs.append(1 / (1 + np.exp(-(w @ actifs[-1] + b))))
        delta = (actifs[-1] - y) * actifs[-1] * (1 - actifs[-1])
        dw, db = [], []
        for i in range(len(self.poids) - 1, -1, -1):
            dw.insert(0, delta @ actifs[i].T)
            db.insert(0, delta)
            delta = self.poids[i].T @ delta * actifs[i] * (1 - actifs[i])
        return db, dw

    def update_mini_batch(self, paquet, eta):
        sw = [np.zeros(w.shape) for w in self.poids]
        sb = [np.zeros(b.shape) for b in self.biais]
        for x, y in paquet:
            db, dw = self.backprop(x, y)
            sw = [s + d for s, d in zip(sw, dw)]
            sb = [s + d for s, d in zip(sb, db)]
        n = len(paquet)
        self.poids = [w - eta / n * s for w, s in zip(self.poids, sw)]
        self.biais = [b - eta / n * s for b, s in zip(self.biais, sb)]
"""
TRAINED = """
import numpy as np

class Full:
    def __init__(self, i, o):
        self.W, self.b = np.random.randn(i, o), np.zeros(o)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.gW, self.gb = self.x.T @ d, d.sum(0)
        return d @ self.W.T

class Knik:
    def forward(self, x):
        self.open = x > 0
        return x * self.open

    def backward(self, d):
        return d * self.open

class Model:
    def __init__(self, n_in, n_mid, n_out):
        self.layers = [Full(n_in, n_mid), Knik(), Full(n_mid, n_out)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self):
        d = self.fout
        for layer in self.layers[::-1]:
            d = layer.backward(d)

    def train_step(self, x, doel, lr=0.1):
        self.fout = (self.forward(x) - doel) / len(x)
        self.backward()
        for layer in (self.layers[0], self.layers[2]):
            layer.W -= lr * layer.gW
            layer.b -= lr * layer.gb
        return 0.5 * np.sum(self.fout ** 2) * len(x)
"""
CHAINED = """
import numpy as np

BREDTE = 7

class Regressor:
    def __init__(self, antall, bredde=BREDTE):
        self.inn, self.inn_b = np.random.randn(antall, bredde), np.zeros(bredde)
        self.midt, self.midt_b = np.random.randn(bredde, bredde), np.zeros(bredde)
        self.ut, self.ut_b = np.random.randn(bredde, 1), np.zeros(1)

    def forward(self, x):
        self.x = x
        self.z1 = np.tanh(x @ self.inn + self.inn_b)
        self.z2 = np.tanh(self.z1 @ self.midt + self.midt_b)
        self.y = self.z2 @ self.ut + self.ut_b
        return self.y

    def loss(self, d):
        return np.mean((self.y - d) ** 2) / 2

    def backward(self, d):
        e3 = (self.y - d) / len(d)
        e2 = e3 @ self.ut.T * (1 - self.z2 ** 2)
        e1 = e2 @ self.midt.T * (1 - self.z1 ** 2)
        return {"ut": self.z2.T @ e3, "ut_b": e3.sum(0), "midt": self.z1.T @ e2,
                "midt_b": e2.sum(0), "inn": self.x.T @ e1, "inn_b": e1.sum(0)}
"""
PROBABILITIES = """
import numpy as np

class DigitClassifier:
    def __init__(self, n_features, n_classes, step=0.3):
        self.model = {"W": np.zeros((n_features, n_classes)), "b": np.zeros(n_classes)}
        self.speed = {k: np.zeros_like(v) for k, v in self.model.items()}
        self.step = step

    def scores(self, X):
        e = np.exp(X @ self.model["W"] + self.model["b"])
        return e / e.sum(axis=1, keepdims=True)

    def risk(self, X, labels):
        return -np.log(self.scores(X)[np.arange(len(X)), labels]).mean()

    def slopes(self, X, labels):
        p = self.scores(X)
        p[np.arange(len(X)), labels] -= 1
        return {"W": X.T @ p / len(X), "b": p.sum(axis=0) / len(X)}

    def share_right(self, X, labels):
        return np.mean(self.scores(X).argmax(axis=1) == labels)
"""
RATE = """
import numpy as np

class Rete:
    def __init__(self, ingressi, nascosti, uscite, passo=0.02):
        self.peso_a, self.soglia_a = np.random.randn(nascosti, ingressi), np.zeros((nascosti, 1))
        self.peso_b, self.soglia_b = np.random.randn(uscite, nascosti), np.zeros((uscite, 1))
        self.passo = passo

    def avanti(self, v):
        self.v = np.asarray(v, dtype=float).reshape(-1, 1)
        self.h = np.tanh(self.peso_a @ self.v + self.soglia_a)
        self.u = self.peso_b @ self.h + self.soglia_b
        return self.u

    def indietro(self, giusto):
        e = self.u - np.asarray(giusto, dtype=float).reshape(-1, 1)
        f = (self.peso_b.T @ e) * (1 - self.h ** 2)
        self.peso_b -= self.passo * e @ self.h.T
        self.soglia_b -= self.passo * e
        self.peso_a -= self.passo * f @ self.v.T
        self.soglia_a -= self.passo * f
"""
OF_DATA = """
import numpy as np

class NeuralNetwork:
    def __init__(self, x, y):
        self.samples, self.answers = x, y
        self.first = np.random.rand(x.shape[1], 5)
        self.second = np.random.rand(5, 1)

    def feedforward(self):
        self.hidden = 1 / (1 + np.exp(-(self.samples @ self.first)))
        self.output = 1 / (1 + np.exp(-(self.hidden @ self.second)))

    def backprop(self):
        g = 2 * (self.answers - self.output) * self.output * (1 - self.output)
        h = g @ self.second.T * self.hidden * (1 - self.hidden)
        self.second += self.hidden.T @ g
        self.first += self.samples.T @ h
"""
BY_USE = """
import numpy as np

def init_net(n, m, k):
    return {"lower": np.random.randn(n, m), "lower_shift": np.zeros((1, m)),
            "upper": np.random.randn(m, k), "upper_shift": np.zeros((1, k))}

def run(net, batch):
    hidden = np.tanh(batch @ net["lower"] + net["lower_shift"])
    e = np.exp(hidden @ net["upper"] + net["upper_shift"])
    return hidden, e / e.sum(axis=1, keepdims=True)

def gradients(net, batch, targets):
    hidden, p = run(net, batch)
    d = (p - targets) / len(batch)
    e = (d @ net["upper"].T) * (1 - hidden ** 2)
    return {"upper": hidden.T @ d, "upper_shift": d.sum(axis=0, keepdims=True),
            "lower": batch.T @ e, "lower_shift": e.sum(axis=0, keepdims=True)}
"""
ONE_UNIT = """
import numpy as np

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": np.dot(X, (A - Y).T) / m, "db": np.sum(A - Y) / m}, cost
"""
MATRICES = """
import numpy as np

def g(z):
    return 1 / (1 + np.exp(-z))

def with_ones(a):
    return np.hstack((np.ones((len(a), 1)), a))

def cost_function(th1, th2, X, y, lam=0.7):
    h = g(with_ones(g(with_ones(X) @ th1.T)) @ th2.T)
    entropy = -np.mean(np.sum(y * np.log(h) + (1 - y) * np.log(1 - h), axis=1))
    return entropy + lam / (2 * len(X)) * ((th1[:, 1:] ** 2).sum() + (th2[:, 1:] ** 2).sum())

def gradient(th1, th2, X, y, lam=0.7):
    a = g(with_ones(X) @ th1.T)
    e = g(with_ones(a) @ th2.T) - y
    d1 = ((e @ th2[:, 1:]) * a * (1 - a)).T @ with_ones(X)
    d2 = e.T @ with_ones(a)
    d1[:, 1:] += lam * th1[:, 1:]
    d2[:, 1:] += lam * th2[:, 1:]
    return d1 / len(X), d2 / len(X)
"""
VECTOR = """
import numpy as np

def cost(thetas, n_inputs, n_hidden, n_labels, X, y):
    at = n_hidden * (n_inputs + 1)
    T1 = thetas[:at].reshape(n_hidden, -1)
    T2 = thetas[at:].reshape(n_labels, -1)
    ones = np.ones((len(X), 1))
    Y = np.eye(n_labels)[y - 1]
    A = np.concatenate((ones, 1 / (1 + np.exp(-np.concatenate((ones, X), 1) @ T1.T))), 1)
    H = 1 / (1 + np.exp(-A @ T2.T))
    J = -(Y * np.log(H) + (1 - Y) * np.log(1 - H)).sum() / len(X)
    d = H - Y
    back = (d @ T2 * A * (1 - A))[:, 1:]
    G1, G2 = back.T @ np.concatenate((ones, X), 1), d.T @ A
    return J, np.concatenate((G1.ravel(), G2.ravel())) / len(X)
"""
VECTORS = """
import numpy as np

def hypothesis(X, w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))

def cost(X, y, w, b):
    p = hypothesis(X, w, b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

def gradient(X, y, w, b):
    e = hypothesis(X, w, b) - y
    return X.T @ e / len(y), e.mean()
"""
CASES = (
    (VECTORS, "network.one", "X.T @ e / len(y)", "X.T @ e", "factor_of_one_parameter"),
    (MATRICES, "network", "d2[:, 1:] += lam * th2[:, 1:]", "d2 += lam * th2", "decay_of_biases"),
    (MATRICES, "network", "* a * (1 - a))", "* a)", "wrong_slope"),
    (VECTOR, "network", "(d @ T2 * A * (1 - A))", "(d @ T2 * (1 - A))", "wrong_slope"),
    (LOGARITHMS, "network", "(np.exp(logp) - t) / len(x)", "(np.exp(logp) - t) / len(x) ** 2",
     "averaged_twice"),
    (LOGARITHMS, "network", "h.T @ d, d.sum(0)", "h.T @ d, d.sum()", "bias_gradient_scalar"),
    (ANY_NUMBER, "network", "sw = [s + d for s, d in zip(sw, dw)]", "sw = dw",
     "gradient_of_one_sample"),
    (ANY_NUMBER, "network", "b - eta / n * s", "b - eta * s", "factor_of_one_parameter"),
    (ANY_NUMBER, "network", "self.poids[i].T @ delta * actifs[i]", "self.poids[i].T @ delta",
     "wrong_slope"),
    (TRAINED, "network", "self.W.T", "np.ones_like(self.W.T)", "weights_not_in_way_back"),
    (CHAINED, "network.three", "e2 @ self.midt.T", "e2 @ self.midt", "network_not_transposed"),
    (CHAINED, "network.three", "(1 - self.z1 ** 2)", "(1 - self.z1)", "wrong_slope"),
    (PROBABILITIES, "network.one", "p.sum(axis=0) / len(X)", "p.sum(axis=0)",
     "factor_of_one_parameter"),
    (RATE, "network", "(1 - self.h ** 2)", "(1 - self.h)", "wrong_slope"),
    (OF_DATA, "network", "self.hidden * (1 - self.hidden)", "(1 - self.hidden)", "wrong_slope"),
    (BY_USE, "network", "e.sum(axis=0, keepdims=True)}", "np.sum(e)}", "bias_gradient_scalar"),
    (ONE_UNIT, "network.one", "np.sum(A - Y) / m", "np.sum(A - Y)", "factor_of_one_parameter"),
)  # fmt: skip


@pytest.mark.parametrize("source, concept", {(c[0], c[1]): None for c in CASES})
def test_a_right_network_is_found_and_is_the_same(source, concept):
    found = judgement_of(source, concept)
    assert found.outcome is Outcome.SAME and not found.warned, str(found)


@pytest.mark.parametrize(
    "source, concept, right, wrong, cause", CASES, ids=[case[-1] + "-" + case[1] for case in CASES]
)
def test_its_twin_with_a_fault_is_different_and_gets_its_cause(
    source, concept, right, wrong, cause
):
    assert right in source
    found = judgement_of(source.replace(right, wrong), concept)
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == [cause], str(found)


ARCTAN = """
import numpy as np

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1, self.b1 = np.random.randn(input_size, hidden_size), np.zeros(hidden_size)
        self.W2, self.b2 = np.random.randn(hidden_size, output_size), np.zeros(output_size)

    def forward(self, x):
        return np.arctan(x @ self.W1 + self.b1) @ self.W2 + self.b2

    def loss(self, x, t):
        return 0.5 * np.sum((self.forward(x) - t) ** 2) / len(x)
"""
SEQUENCES = """
import numpy as np

class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)

    def forward(self, x):
        n, steps, _ = x.shape
        return np.tanh(x.mean(axis=1) @ self.W1 + self.b1) @ self.W2 + self.b2

    def loss(self, x, t):
        return 0.5 * np.sum((self.forward(x) - t) ** 2) / len(x)
"""
BESIDE = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def energy_and_grads(p, x):
    h = relu(x @ p["enc"]) @ p["dec"]
    return ((h - x) ** 2).sum(), {"dec": h.T @ x}

def step(model, x):
    return model
"""


def test_a_network_of_another_activation_is_not_judged_and_a_bug_in_it_is():
    found = check_of(ARCTAN)
    assert found.unjudged == ("TwoLayerNet",) and not found.judgements
    wrong = ARCTAN.replace("np.arctan(x @ self.W1 + self.b1)", "np.arctan(x @ self.W1 - self.b1)")
    assert judgement_of(wrong, "network").outcome is Outcome.DIFFERENT


def test_what_takes_arrays_of_other_axes_is_not_compared_and_other_errors_are_its_own():
    assert judgement_of(SEQUENCES, "network").outcome is Outcome.NOT_COMPARED
    wrong = SEQUENCES.replace("n, steps, _ = x.shape", "n, steps, _ = len(x), 2")
    assert judgement_of(wrong, "network").outcome is Outcome.ERROR


def test_a_loss_through_weights_that_was_not_judged_is_no_pass():
    found = check_of(BESIDE)
    assert [j.found for j in found.judgements] == ["relu"]
    assert found.unjudged == ("energy_and_grads",) and not found.passed()
    alone = BESIDE.replace("energy_and_grads", "energy_of")
    assert check_of(alone).passed()
