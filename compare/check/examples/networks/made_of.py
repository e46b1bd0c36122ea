"""Networks whose constructors take a count of layers, a list of sizes, a text, a picture's shape."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

_COUNT = """
import numpy as np

class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate, hidden_layers):
        self.inodes, self.hnodes, self.onodes = input_nodes, hidden_nodes, output_nodes
        self.lr = learning_rate
        self.deep = hidden_layers
        self.w_in = np.random.normal(0.0, 0.5, (hidden_nodes, input_nodes))
        if self.deep > 1:
            self.w_mid = np.random.normal(0.0, 0.5, (hidden_nodes, hidden_nodes))
        self.w_out = np.random.normal(0.0, 0.5, (output_nodes, hidden_nodes))
        self.act = lambda v: 1 / (1 + np.exp(-v))

    def train(self, inputs_list, targets_list):
        x = np.array(inputs_list, ndmin=2).T
        t = np.array(targets_list, ndmin=2).T
        h = self.act(self.w_in @ x)
        if self.deep > 1:
            h2 = self.act(self.w_mid @ h)
            y = self.act(self.w_out @ h2)
            e = (t - y) * y * (1 - y)
            e2 = self.w_out.T @ e * h2 * (1 - h2)
            e1 = self.w_mid.T @ e2 * h * (1 - h)
            self.w_out += self.lr * e @ h2.T
            self.w_mid += self.lr * e2 @ h.T
            self.w_in += self.lr * e1 @ x.T
        else:
            y = self.act(self.w_out @ h)
            e = (t - y) * y * (1 - y)
            e1 = self.w_out.T @ e * h * (1 - h)
            self.w_out += self.lr * e @ h.T
            self.w_in += self.lr * e1 @ x.T

    def query(self, inputs_list):
        h = self.act(self.w_in @ np.array(inputs_list, ndmin=2).T)
        if self.deep > 1:
            h = self.act(self.w_mid @ h)
        return self.act(self.w_out @ h)
"""
_LIST = """
import numpy as np

class NN:
    def __init__(self, input_size, output_size, neurons_per_layer, seed=3):
        self.dims = self.dims_of(neurons_per_layer, input_size, output_size)
        self.W = []
        self.b = []
        for m, n in self.dims:
            self.W.append(np.random.randn(m, n))
            self.b.append(np.zeros(n))

    def dims_of(self, inner, first, last):
        return list(zip([first] + inner, inner + [last]))

    def forward(self, x):
        self.z = [x]
        for W, b in zip(self.W[:-1], self.b[:-1]):
            self.z.append(np.maximum(0, self.z[-1] @ W + b))
        return self.z[-1] @ self.W[-1] + self.b[-1]

    def gradients(self, x, t):
        d = (self.forward(x) - t) / len(x)
        dW, db = [], []
        for k in range(len(self.W) - 1, -1, -1):
            dW.insert(0, self.z[k].T @ d)
            db.insert(0, d.sum(axis=0))
            d = (d @ self.W[k].T) * (self.z[k] > 0)
        return dW, db
"""
_TEXT = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hid, n_out, output_kind):
        self.W1, self.b1 = np.random.randn(n_in, n_hid), np.zeros((1, n_hid))
        self.W2, self.b2 = np.random.randn(n_hid, n_out), np.zeros((1, n_out))
        self.output_kind = output_kind

    def forward(self, x):
        self.h = np.tanh(x @ self.W1 + self.b1)
        u = self.h @ self.W2 + self.b2
        if self.output_kind == "softmax":
            e = np.exp(u - u.max(axis=1, keepdims=True))
            self.y = e / e.sum(axis=1, keepdims=True)
        elif self.output_kind == "linear":
            self.y = u
        return self.y

    def backward(self, x, t):
        d = (self.y - t) / len(x)
        self.dW2, self.db2 = self.h.T @ d, d.sum(0, keepdims=True)
        d = (d @ self.W2.T) * (1 - self.h ** 2)
        self.dW1, self.db1 = x.T @ d, d.sum(0, keepdims=True)
"""
_EACH = """
import numpy as np

class Model:
    def __init__(self, input_size, output_size, neurons_per_layer, l2=0.01):
        dims = [input_size] + neurons_per_layer + [output_size]
        self.weights, self.grads, self.cache = {}, {}, {}
        self.count = len(dims) - 1
        self.l2 = l2
        for k in range(1, len(dims)):
            self.weights[f"W{k}"] = np.random.randn(dims[k], dims[k - 1])
            self.weights[f"b{k}"] = np.zeros((dims[k], 1))
        self.clear()

    def clear(self):
        for name, w in self.weights.items():
            self.grads["d" + name] = np.zeros_like(w)

    def forward(self, x):
        a = x.reshape(-1, 1)
        self.cache = {"a0": a}
        for k in range(1, self.count + 1):
            z = self.weights[f"W{k}"] @ a + self.weights[f"b{k}"]
            if k < self.count:
                a = np.maximum(0, z)
            else:
                e = np.exp(z - z.max())
                a = e / e.sum()
            self.cache[f"a{k}"] = a
        return a

    def backward(self, x, y_pred, y_true):
        delta = self.cache[f"a{self.count}"] - y_true.reshape(-1, 1)
        for k in range(self.count, 0, -1):
            self.grads[f"dW{k}"] += delta @ self.cache[f"a{k - 1}"].T + self.l2 * self.weights[f"W{k}"]
            self.grads[f"db{k}"] += delta
            if k > 1:
                delta = (self.weights[f"W{k}"].T @ delta) * (self.cache[f"a{k - 1}"] > 0)

    def predict(self, X):
        return [np.argmax(self.forward(x)) for x in X]

    def fit(self, X, Y, lr=0.1):
        self.clear()
        for i, x in enumerate(X):
            p = self.forward(x)
            self.backward(x, p, Y[i])
        for name in self.weights:
            self.weights[name] -= lr * self.grads["d" + name] / len(X)
"""
_PICTURE = """
import numpy as np

class ConvNet:
    def __init__(self, input_dim=(1, 8, 8), n_filters=2, n_classes=3):
        C, H, W = input_dim
        self.params = {"W1": np.random.randn(n_filters, C, 3, 3), "b1": np.zeros(n_filters),
                       "W2": np.random.randn(n_filters * (H - 2) * (W - 2), n_classes),
                       "b2": np.zeros(n_classes)}

    def loss(self, X, y=None):
        p = self.params
        N, C, H, W = X.shape
        windows = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(2, 3))
        u = np.einsum("nchwij,fcij->nfhw", windows, p["W1"]) + p["b1"][:, None, None]
        z = np.maximum(0, u)
        flat = z.reshape(N, -1)
        scores = flat @ p["W2"] + p["b2"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        q = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(q[np.arange(N), y]).mean()
        d = q.copy()
        d[np.arange(N), y] -= 1
        d /= N
        g = {"W2": flat.T @ d, "b2": d.sum(0)}
        dz = (d @ p["W2"].T).reshape(z.shape) * (u > 0)
        g["W1"] = np.einsum("nchwij,nfhw->fcij", windows, dz)
        g["b1"] = dz.sum(axis=(0, 2, 3))
        return loss, g
"""


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str], of: str = "network") -> Planted:  # fmt: skip
    return Planted(f"made of: {name}", of, (cause,), with_changes(source, *changes))


def _right(name: str, says: str, source: str, of: str = "network") -> Variant:
    return Variant(f"made of: {name}", of, source, says)


BUGS = (
    _bug("a count of layers, raw errors go down", "output_derivative_not_passed_on", _COUNT,
         ("self.w_out.T @ e * h * (1 - h)", "self.w_out.T @ (t - y) * h * (1 - h)")),
    _bug("a list of sizes, no derivative", "network_no_derivative", _LIST,
         (" * (self.z[k] > 0)", "")),
    _bug("the name of an output, 1 - z", "wrong_slope", _TEXT, ("self.h ** 2", "self.h")),
    _bug("samples whose gradients it gathers, no derivative", "network_no_derivative", _EACH,
         (' * (self.cache[f"a{k - 1}"] > 0)', "")),
    _bug("the shape of a picture, no derivative", "not_its_own_gradient", _PICTURE,
         (".reshape(z.shape) * (u > 0)", ".reshape(z.shape)"), of="network.other"),
)  # fmt: skip
VARIANTS = (
    _right("a count of layers", "gradients read off the update", _COUNT),
    _right("a list of sizes", "squared error", _LIST),
    _right("the name of an output", "cross-entropy", _TEXT),
    _right("samples whose gradients it gathers", "one sample at a time", _EACH),
    _right(
        "the shape of a picture", "its forward pass is taken as it is", _PICTURE, "network.other"
    ),
)
