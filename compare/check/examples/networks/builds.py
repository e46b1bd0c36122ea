"""Networks built of layers, of dataclasses and of plain loops."""

LAYERS = """
import numpy as np

from collections import OrderedDict

class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx

class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        n = x.shape[0]
        if t.ndim == 1:
            self.loss = -np.log(self.y[np.arange(n), t]).mean()
        else:
            self.loss = -np.sum(t * np.log(self.y + 1e-12)) / n
        return self.loss

    def backward(self, dout=1):
        n = self.t.shape[0]
        if self.t.ndim == 1:
            dx = self.y.copy()
            dx[np.arange(n), self.t] -= 1
            return dout * dx / n
        return dout * (self.y - self.t) / n

class MultiLayerNet:

    def __init__(self, input_size, hidden_size_list, output_size):
        self.params = {}
        sizes = [input_size] + list(hidden_size_list) + [output_size]
        for i in range(1, len(sizes)):
            self.params['W' + str(i)] = np.sqrt(2.0 / sizes[i - 1]) * np.random.randn(sizes[i - 1], sizes[i])
            self.params['b' + str(i)] = np.zeros(sizes[i])
        self.layers = OrderedDict()
        n = len(hidden_size_list)
        for i in range(1, n + 1):
            self.layers['Affine' + str(i)] = Affine(self.params['W' + str(i)], self.params['b' + str(i)])
            self.layers['Relu' + str(i)] = Relu()
        i = n + 1
        self.layers['Affine' + str(i)] = Affine(self.params['W' + str(i)], self.params['b' + str(i)])
        self.last_layer = SoftmaxWithLoss()
        self.n = i

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last_layer.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last_layer.backward(1)
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        grads = {}
        for i in range(1, self.n + 1):
            grads['W' + str(i)] = self.layers['Affine' + str(i)].dW
            grads['b' + str(i)] = self.layers['Affine' + str(i)].db
        return grads
"""

FRAMEWORK = """
import numpy as np

class Linear:
    def __init__(self, in_features, out_features):
        k = 1 / np.sqrt(in_features)
        self.weight = np.random.uniform(-k, k, (out_features, in_features))
        self.bias = np.random.uniform(-k, k, out_features)

    def __call__(self, x):
        self.input = x
        return x @ self.weight.T + self.bias

    def backward(self, grad):
        self.weight_grad = grad.T @ self.input
        self.bias_grad = grad.sum(0)
        return grad @ self.weight

class Tanh:
    def __call__(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out ** 2)

class Sequential:
    def __init__(self, in_features, hidden, out_features):
        self.layers = [Linear(in_features, hidden), Tanh(), Linear(hidden, out_features)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

class MSELoss:
    def __call__(self, y, t):
        self.y, self.t = y, t
        return ((y - t) ** 2).mean()

    def backward(self):
        return 2 * (self.y - self.t) / self.y.size
"""

DATACLASS = """
from dataclasses import dataclass, field

import numpy as np
Array = np.ndarray

@dataclass
class MLPRegressor:
    n_in: int
    n_hidden: int
    n_out: int = 1
    seed: int = 0
    params: dict[str, Array] = field(default_factory=dict)
    grads: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.params = {
            "W1": rng.normal(size=(self.n_in, self.n_hidden)) / np.sqrt(self.n_in),
            "b1": np.zeros(self.n_hidden),
            "W2": rng.normal(size=(self.n_hidden, self.n_out)) / np.sqrt(self.n_hidden),
            "b2": np.zeros(self.n_out),
        }
        self._cache: tuple[Array, Array] | None = None

    def forward(self, x: Array) -> Array:
        p = self.params
        z1 = np.tanh(x @ p["W1"] + p["b1"])
        self._cache = (x, z1)
        return z1 @ p["W2"] + p["b2"]

    def loss(self, x: Array, t: Array) -> float:
        return float(np.mean((self.forward(x) - t) ** 2))

    def backward(self, x: Array, t: Array) -> dict[str, Array]:
        y = self.forward(x)
        x, z1 = self._cache
        dy = 2.0 * (y - t) / t.size
        du = (dy @ self.params["W2"].T) * (1.0 - z1**2)
        self.grads = {"W1": x.T @ du, "b1": du.sum(axis=0), "W2": z1.T @ dy, "b2": dy.sum(axis=0)}
        return self.grads
"""

LOOPS = """
import numpy as np

import math
import random

class Net:
    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.W1 = np.array([[random.gauss(0, 0.5) for _ in range(n_hidden)] for _ in range(n_inputs)])
        self.b1 = np.array([random.gauss(0, 0.5) for _ in range(n_hidden)])
        self.W2 = np.array([[random.gauss(0, 0.5) for _ in range(n_outputs)] for _ in range(n_hidden)])
        self.b2 = np.array([random.gauss(0, 0.5) for _ in range(n_outputs)])

    def _forward_one(self, x):
        h = []
        for j in range(len(self.b1)):
            u = self.b1[j]
            for i in range(len(x)):
                u += x[i] * self.W1[i][j]
            h.append(1 / (1 + math.exp(-u)))
        y = []
        for k in range(len(self.b2)):
            u = self.b2[k]
            for j in range(len(h)):
                u += h[j] * self.W2[j][k]
            y.append(u)
        return h, y

    def forward(self, X):
        return np.array([self._forward_one(x)[1] for x in X])

    def loss(self, X, T):
        total = 0.0
        for x, t in zip(X, T):
            _, y = self._forward_one(x)
            for k in range(len(y)):
                total += 0.5 * (y[k] - t[k]) ** 2
        return total / len(X)

    def gradient(self, X, T):
        gW1, gb1 = np.zeros_like(self.W1), np.zeros_like(self.b1)
        gW2, gb2 = np.zeros_like(self.W2), np.zeros_like(self.b2)
        n = len(X)
        for x, t in zip(X, T):
            h, y = self._forward_one(x)
            dy = [(y[k] - t[k]) / n for k in range(len(y))]
            for k in range(len(y)):
                gb2[k] += dy[k]
                for j in range(len(h)):
                    gW2[j][k] += dy[k] * h[j]
            for j in range(len(h)):
                s = sum(dy[k] * self.W2[j][k] for k in range(len(y)))
                dh = s * h[j] * (1 - h[j])
                gb1[j] += dh
                for i in range(len(x)):
                    gW1[i][j] += dh * x[i]
        return {"W1": gW1, "b1": gb1, "W2": gW2, "b2": gb2}
"""

GRADS = """
import numpy as np

class Model:

    def __init__(self, n_input, n_hidden, n_output):
        self.params = dict(
            W1=np.random.randn(n_input, n_hidden),
            b1=np.random.randn(n_hidden),
            W2=np.random.randn(n_hidden, n_output),
            b2=np.random.randn(n_output),
        )
        self.grads = {k: np.zeros_like(v) for k, v in self.params.items()}

    def forward(self, x):
        self.x = x
        self.u1 = x @ self.params["W1"] + self.params["b1"]
        self.z1 = np.maximum(self.u1, 0)
        self.u2 = self.z1 @ self.params["W2"] + self.params["b2"]
        e = np.exp(self.u2 - self.u2.max(axis=1)[:, np.newaxis])
        self.y = e / e.sum(axis=1)[:, np.newaxis]
        return self.y

    def loss(self, d, y):
        return -(d * np.log(y)).sum() / len(d)

    def backward(self, d):
        delta2 = self.y - d
        delta2 /= len(d)
        self.grads["W2"][...] = self.z1.T @ delta2
        self.grads["b2"][...] = delta2.sum(axis=0)
        delta1 = delta2 @ self.params["W2"].T
        delta1[self.u1 <= 0] = 0
        self.grads["W1"][...] = self.x.T @ delta1
        self.grads["b1"][...] = delta1.sum(axis=0)
"""

LOSS_ONLY = """
import numpy as np

class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N, D = X.shape
        h = np.maximum(0, X.dot(W1) + b1)
        scores = h.dot(W2) + b2
        if y is None:
            return scores
        scores = scores - np.max(scores, axis=1).reshape(N, 1)
        p = np.exp(scores) / np.sum(np.exp(scores), axis=1)[:, None]
        loss = np.sum(-np.log(p[range(N), y])) / N
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        dscores = p
        dscores[range(N), y] -= 1
        dscores /= N
        grads = {}
        grads['W2'] = h.T.dot(dscores) + 2 * reg * W2
        grads['b2'] = np.sum(dscores, axis=0)
        dh = dscores.dot(W2.T)
        dh[h <= 0] = 0
        grads['W1'] = X.T.dot(dh) + 2 * reg * W1
        grads['b1'] = np.sum(dh, axis=0)
        return loss, grads
"""
