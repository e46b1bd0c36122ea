"""Networks as strangers call them: passes by other names, weights of the module, settings beside."""

from compare.check.examples.example import Planted, Variant, with_changes

CLASSES_TOO = """
import numpy as np

def sigma(v):
    return 1 / (1 + np.exp(-v))

def classify(weights, samples):
    return run_forward(weights, samples)["out"].argmax(axis=1)

def run_forward(weights, samples):
    pre = samples @ weights["Wh"] + weights["bh"]
    hid = sigma(pre)
    score = hid @ weights["Wo"] + weights["bo"]
    top = np.exp(score - score.max(axis=1, keepdims=True))
    return {"pre": pre, "hid": hid, "out": top / top.sum(axis=1, keepdims=True)}

def run_backward(weights, samples, goal, store):
    miss = (store["out"] - goal) / len(samples)
    back = (miss @ weights["Wo"].T) * store["hid"] * (1 - store["hid"])
    return {"dWh": samples.T @ back, "dbh": back.sum(0), "dWo": store["hid"].T @ miss, "dbo": miss.sum(0)}
"""

OF_THE_MODULE = """
import numpy as np

rng = np.random.default_rng(3)
W1, b1 = rng.normal(size=(6, 4)), np.zeros((6, 1))
W2, b2 = rng.normal(size=(3, 6)), np.zeros((3, 1))
m = 50

def forward_prop(X):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    E = np.exp(Z2 - Z2.max(axis=0))
    return Z1, A1, Z2, E / E.sum(axis=0)

def back_prop(Z1, A1, Z2, A2, X, labels):
    target = np.eye(labels.max() + 1)[labels].T
    dZ2 = A2 - target
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    return (dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m,
            dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m)
"""

TURNED_INSIDE = """
import numpy as np

def logistic(t):
    return 1 / (1 + np.exp(-t))

def feed_forward(batch, params):
    (w1, c1), (w2, c2) = params
    cols = batch.T
    hidden = np.tanh(w1 @ cols + c1)
    return cols, hidden, logistic(w2 @ hidden + c2)

def feed_backward(cols, hidden, out, goals, params):
    e2 = (out - goals.T) / cols.shape[1]
    e1 = (1 - hidden ** 2) * (params[1][0].T @ e2)
    return [(e1 @ cols.T, e1.sum(1, keepdims=True)), (e2 @ hidden.T, e2.sum(1, keepdims=True))]
"""

BY_DIFFERENCES = """
import numpy as np

def create_net(a, b, c):
    return [np.random.randn(a, b), np.zeros(b), np.random.randn(b, c), np.zeros(c)]

def forward(net, x):
    w1, b1, w2, b2 = net
    return np.tanh(x @ w1 + b1) @ w2 + b2

def mse_cost(net, x, t):
    return ((forward(net, x) - t) ** 2).mean()

def numeric_gradient(net, x, t):
    eps, out = 3e-4, []
    for array in net:
        slope = np.empty_like(array)
        for k in range(array.size):
            old = array.flat[k]
            array.flat[k] = old + eps
            above = mse_cost(net, x, t)
            array.flat[k] = old - eps
            slope.flat[k] = (above - mse_cost(net, x, t)) / (2 * eps)
            array.flat[k] = old
        out.append(slope)
    return out
"""

PLAIN_MATRICES = """
import numpy as np

class Brain:
    def __init__(self, inputs, hidden, outputs, rng):
        self.first = rng.standard_normal((hidden, inputs))
        self.second = rng.standard_normal((outputs, hidden))
        self.rate = 0.3

    def query(self, signal):
        self.signal = signal
        self.mid = np.tanh(self.first @ signal)
        return self.second @ self.mid

    def gradients(self, signal, wanted):
        err = self.query(signal) - wanted
        down = self.second.T @ err * (1 - self.mid ** 2)
        return {"first": down @ signal.T, "second": err @ self.mid.T}
"""

ONE_NEURON = """
import numpy as np

def hypothesis(X, theta):
    return 1 / (1 + np.exp(-(X @ theta)))

def cost(y_hat, y):
    return -np.mean(np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat), axis=1))

def compute_gradient(X, y, theta):
    return X.T @ (hypothesis(X, theta) - y) / len(X)
"""

ANY_DEPTH = """
import numpy as np

class Rectify:
    def forward(self, x, training):
        self.x = x
        return np.where(x > 0, x, 0)

    def backward(self, d):
        return np.where(self.x > 0, d, 0)

class Stack:
    def __init__(self, layer_sizes, seed):
        r = np.random.RandomState(seed)
        self.Ws = [r.randn(i, o) for i, o in zip(layer_sizes, layer_sizes[1:])]
        self.bs = [np.zeros(o) for o in layer_sizes[1:]]
        self.acts = [Rectify() for _ in self.Ws[1:]]

    def forward(self, x, training):
        self.ins = [x]
        for k, (W, b) in enumerate(zip(self.Ws, self.bs)):
            x = x @ W + b
            if k < len(self.acts):
                x = self.acts[k].forward(x, training)
                self.ins.append(x)
        self.out = x
        return x

    def backward(self, t):
        d = self.out - t
        self.grad_Ws, self.grad_bs = [], []
        for k in reversed(range(len(self.Ws))):
            self.grad_Ws.insert(0, self.ins[k].T @ d)
            self.grad_bs.insert(0, d.sum(0))
            d = d @ self.Ws[k].T
            if k:
                d = self.acts[k - 1].backward(d)
"""

PENALIZED = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out, reg=0.05):
        self.p = {"W1": np.random.randn(n_in, n_hidden), "b1": np.zeros(n_hidden),
                  "W2": np.random.randn(n_hidden, n_out), "b2": np.zeros(n_out)}
        self.reg = reg

    def forward(self, x):
        self.h = 1 / (1 + np.exp(-x @ self.p["W1"] - self.p["b1"]))
        return 1 / (1 + np.exp(-self.h @ self.p["W2"] - self.p["b2"]))

    def loss(self, x, t):
        total, out = 0.0, self.forward(x)
        for row, wanted in zip(out, t):
            total += ((row - wanted) ** 2).sum() / 2
        return total + self.reg / 2 * sum((self.p[k] ** 2).sum() for k in ("W1", "W2"))

    def gradient(self, x, t):
        y = self.forward(x)
        d2 = (y - t) * y * (1 - y)
        d1 = d2 @ self.p["W2"].T * self.h * (1 - self.h)
        return {"W1": x.T @ d1 + self.reg * self.p["W1"], "b1": d1.sum(0),
                "W2": self.h.T @ d2 + self.reg * self.p["W2"], "b2": d2.sum(0)}
"""

OF_WEIGHTS = """
import numpy as np

def logistic_cost(theta, bias, X, y, lambd=0.0):
    out = 1 / (1 + np.exp(-(X @ theta + bias)))
    cost = -(y * np.log(out) + (1 - y) * np.log(1 - out)).sum() / len(X)
    cost += lambd / 2 * (theta ** 2).sum()
    err = (out - y) / len(X)
    return cost, X.T @ err + lambd * theta, err.sum(axis=0)
"""

LAYERS_IN_DICTIONARIES = """
import numpy as np

def init(layer_sizes):
    return [{"W": np.random.randn(a, b) * 0.1, "b": np.zeros(b)} for a, b in zip(layer_sizes, layer_sizes[1:])]

def forward(x, layers):
    acts = [x]
    for i, layer in enumerate(layers):
        x = x @ layer["W"] + layer["b"]
        if i < len(layers) - 1:
            x = np.tanh(x)
        acts.append(x)
    return x, acts

def backward(layers, acts, target):
    grads = []
    d = (acts[-1] - target) / len(target)
    for i in reversed(range(len(layers))):
        grads.append({"W": acts[i].T @ d, "b": d.sum(0)})
        if i:
            d = d @ layers[i]["W"].T * (1 - acts[i] ** 2)
    return grads[::-1]
"""

VARIANTS = (
    Variant(
        "unfamiliar: a dictionary of each layer", "network", LAYERS_IN_DICTIONARIES, "squared error"
    ),
    Variant("unfamiliar: a loss of the weights", "network.one", OF_WEIGHTS, "weight decay 0.25"),
    Variant("unfamiliar: classes are predicted beside it", "network", CLASSES_TOO, "cross-entropy"),
    Variant("unfamiliar: weights of the module", "network", OF_THE_MODULE, "samples are columns"),
    Variant("unfamiliar: rows outside", "network", TURNED_INSIDE, "columns inside"),
    Variant("unfamiliar: without biases", "network", PLAIN_MATRICES, "without biases"),
    Variant("unfamiliar: one neuron", "network.one", ONE_NEURON, "binary cross-entropy"),
    Variant("unfamiliar: of any depth", "network", ANY_DEPTH, "sum over the batch"),
    Variant("unfamiliar: a penalty", "network", PENALIZED, "weight decay 0.05"),
)


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str], of: str = "network") -> Planted:  # fmt: skip
    return Planted(f"unfamiliar: {name}", of, (cause,), with_changes(source, *changes))


_OUT = "d2 = (y - t) * y * (1 - y)"
BUGS = (
    _bug("classes beside it, no derivative", "network_no_derivative", CLASSES_TOO,
         (' * store["hid"] * (1 - store["hid"])', "")),
    _bug("weights of the module, no transpose of delta", "bias_gradient_scalar", OF_THE_MODULE,
         ("dZ2.sum(axis=1, keepdims=True) / m)", "dZ2.sum() / m)")),
    _bug("rows outside, 1 + z^2", "wrong_slope", TURNED_INSIDE, ("(1 - hidden", "(1 + hidden")),
    _bug("differences that move the value", "not_restored", BY_DIFFERENCES,
         ("            array.flat[k] = old\n", "")),
    _bug("one-sided differences", "one_sided_difference", BY_DIFFERENCES,
         ("            array.flat[k] = old - eps\n", "            array.flat[k] = old\n"),
         ("(2 * eps)", "eps")),
    _bug("without biases, the other derivative", "network_no_derivative", PLAIN_MATRICES,
         (" * (1 - self.mid ** 2)", "")),
    _bug("a loss of the weights, twice the penalty", "decay_differs", OF_WEIGHTS,
         ("lambd / 2", "lambd"), of="network.one"),
    _bug("a dictionary of each layer, averaged twice", "averaged_twice", LAYERS_IN_DICTIONARIES,
         ("acts[i].T @ d,", "acts[i].T @ d / len(target),"), ("d.sum(0)", "d.mean(0)")),
    _bug("one neuron, the other sign", "network_sign", ONE_NEURON,
         ("(hypothesis(X, theta) - y)", "(y - hypothesis(X, theta))"), of="network.one"),
    _bug("one activation for all layers", "one_activation_object", ANY_DEPTH,
         ("[Rectify() for _ in self.Ws[1:]]", "[Rectify()] * (len(self.Ws) - 1)")),
    _bug("a penalty for every sample", "penalty_of_every_sample", PENALIZED,
         ("        for row", "        penalty = self.reg / 2 * sum((self.p[k] ** 2).sum() for k in "
          '("W1", "W2"))\n        for row'),
         ("** 2).sum() / 2\n        return total + self.reg / 2 * sum((self.p[k] ** 2).sum() for k in "
          '("W1", "W2"))', "** 2).sum() / 2 + penalty\n        return total")),
    _bug("the output's derivative at y", "output_derivative_at_y", PENALIZED,
         (_OUT, "s = 1 / (1 + np.exp(-y))\n        d2 = (y - t) * s * (1 - s)")),
    _bug("the output's derivative of u", "output_derivative_of_u", PENALIZED,
         (_OUT, 'u = self.h @ self.p["W2"] + self.p["b2"]\n        d2 = (y - t) * u * (1 - u)')),
    _bug("a gradient is not returned", "gradient_not_returned", PENALIZED,
         (', "b2": d2.sum(0)}', "}")),
)  # fmt: skip
