"""Correct networks in the many forms that people give them."""

from compare.check.examples.example import Variant

_NUMPY = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""

_LISTS = (
    _NUMPY
    + """
class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
        return a

    def update(self, x, y, eta):
        activations = [x]
        for w, b in zip(self.weights, self.biases):
            activations.append(sigmoid(w @ activations[-1] + b))
        delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1])
        nabla_w = [None, delta @ activations[1].T]
        nabla_b = [None, delta.sum(axis=1, keepdims=True)]
        delta = (self.weights[1].T @ delta) * activations[1] * (1 - activations[1])
        nabla_w[0], nabla_b[0] = delta @ activations[0].T, delta.sum(axis=1, keepdims=True)
        m = x.shape[1]
        self.weights = [w - eta / m * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - eta / m * nb for b, nb in zip(self.biases, nabla_b)]
"""
)

_MATMULS = (
    _NUMPY
    + """
class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        self.x = x
        return np.dot(x, W) + b

    def backward(self, dout):
        W, b = self.params
        self.grads[0][...] = np.dot(self.x.T, dout)
        self.grads[1][...] = np.sum(dout, axis=0)
        return np.dot(dout, W.T)

class Sigmoid:
    def __init__(self):
        self.params, self.grads = [], []

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y, self.t = softmax(x), t.argmax(axis=1)
        return -np.sum(np.log(self.y[np.arange(len(x)), self.t] + 1e-7)) / len(x)

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dx * dout / len(dx)

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        I, H, O = input_size, hidden_size, output_size
        W1, b1 = 0.01 * np.random.randn(I, H), np.zeros(H)
        W2, b2 = 0.01 * np.random.randn(H, O), np.zeros(O)
        self.layers = [Affine(W1, b1), Sigmoid(), Affine(W2, b2)]
        self.loss_layer = SoftmaxWithLoss()
        self.params, self.grads = [], []
        for layer in self.layers:
            self.params += layer.params
            self.grads += layer.grads

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def forward(self, x, t):
        return self.loss_layer.forward(self.predict(x), t)

    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout
"""
)


_TUPLE = (
    _NUMPY
    + """
def forward(x, W1, b1, W2, b2):
    u1 = x @ W1 + b1
    z1 = np.maximum(u1, 0)
    u2 = z1 @ W2 + b2
    return u1, z1, u2, softmax(u2)

def loss(d, y):
    return -np.mean(np.sum(d * np.log(y), axis=1))

def backward(x, d, u1, z1, y, W2):
    delta2 = (y - d) / len(x)
    delta1 = delta2 @ W2.T * (u1 > 0)
    return x.T @ delta1, delta1.sum(axis=0), z1.T @ delta2, delta2.sum(axis=0)
"""
)


def _variant(name: str, says: str, source: str) -> Variant:
    return Variant(f"network form: {name}", "network", source, says)


BUGS = ()
VARIANTS = (
    _variant("lists of weights", "samples are columns", _LISTS),
    _variant("lists of params and grads of layers", "softmax (left to the loss)", _MATMULS),
    _variant("flat functions", "hidden relu, output softmax; cross-entropy", _TUPLE),
)
