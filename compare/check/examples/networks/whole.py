"""Whole networks, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant

_HEAD = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def relu(x):
    return np.maximum(0, x)

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def cross_entropy_error(y, t):
    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]
"""

_BOOK = (
    _HEAD
    + """
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        self.params = {}
        self.params['W1'] = weight_init_std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = weight_init_std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def predict(self, x):
        a1 = np.dot(x, self.params['W1']) + self.params['b1']
        z1 = sigmoid(a1)
        a2 = np.dot(z1, self.params['W2']) + self.params['b2']
        return softmax(a2)

    def loss(self, x, t):
        return cross_entropy_error(self.predict(x), t)

    def gradient(self, x, t):
        W1, W2 = self.params['W1'], self.params['W2']
        b1, b2 = self.params['b1'], self.params['b2']
        grads = {}
        a1 = np.dot(x, W1) + b1
        z1 = sigmoid(a1)
        a2 = np.dot(z1, W2) + b2
        y = softmax(a2)
        dy = (y - t) / x.shape[0]
        grads['W2'] = np.dot(z1.T, dy)
        grads['b2'] = np.sum(dy, axis=0)
        da1 = np.dot(dy, W2.T)
        dz1 = z1 * (1 - z1) * da1
        grads['W1'] = np.dot(x.T, dz1)
        grads['b1'] = np.sum(dz1, axis=0)
        return grads
"""
)

_LAYERS = (
    _HEAD
    + """
from collections import OrderedDict

class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout = dout.copy()
        dout[self.mask] = 0
        return dout

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        return cross_entropy_error(self.y, t)

    def backward(self, dout=1):
        return (self.y - self.t) / self.t.shape[0]

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        self.params = {}
        self.params['W1'] = weight_init_std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = weight_init_std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)
        self.layers = OrderedDict()
        self.layers['Affine1'] = Affine(self.params['W1'], self.params['b1'])
        self.layers['Relu1'] = Relu()
        self.layers['Affine2'] = Affine(self.params['W2'], self.params['b2'])
        self.lastLayer = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.lastLayer.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.lastLayer.backward(1)
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        return {'W1': self.layers['Affine1'].dW, 'b1': self.layers['Affine1'].db,
                'W2': self.layers['Affine2'].dW, 'b2': self.layers['Affine2'].db}
"""
)

_COURSE = (
    _HEAD
    + """
def d_relu(u):
    return (u > 0).astype(u.dtype)

def d_sigmoid(u):
    return sigmoid(u) * (1 - sigmoid(u))

def init_network():
    network = {}
    network['W1'] = np.random.randn(2, 10)
    network['b1'] = np.random.randn(10)
    network['W2'] = np.random.randn(10, 1)
    network['b2'] = np.random.randn(1)
    return network

def forward(network, x):
    W1, W2 = network['W1'], network['W2']
    b1, b2 = network['b1'], network['b2']
    u1 = np.dot(x, W1) + b1
    z1 = relu(u1)
    u2 = np.dot(z1, W2) + b2
    y = u2
    return z1, y

def backward(network, x, d, z1, y):
    grad = {}
    W1, W2 = network['W1'], network['W2']
    delta2 = (y - d) / x.shape[0]
    grad['b2'] = np.sum(delta2, axis=0)
    grad['W2'] = np.dot(z1.T, delta2)
    delta1 = np.dot(delta2, W2.T) * d_relu(z1)
    grad['b1'] = np.sum(delta1, axis=0)
    grad['W1'] = np.dot(x.T, delta1)
    return grad
"""
)

_ATTRIBUTES = (
    _HEAD
    + """
class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden) * 0.1
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out) * 0.1
        self.b2 = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        self.u1 = x @ self.W1 + self.b1
        self.z1 = np.tanh(self.u1)
        self.u2 = self.z1 @ self.W2 + self.b2
        self.y = sigmoid(self.u2)
        return self.y

    def loss(self, y, t):
        return np.mean(-(t * np.log(y) + (1 - t) * np.log(1 - y)))

    def backward(self, t):
        delta2 = (self.y - t) / t.size
        self.dW2 = self.z1.T @ delta2
        self.db2 = delta2.sum(axis=0, keepdims=True)
        delta1 = (delta2 @ self.W2.T) * (1 - self.z1 ** 2)
        self.dW1 = self.x.T @ delta1
        self.db1 = delta1.sum(axis=0, keepdims=True)
"""
)

_MOVES = (
    _HEAD
    + """
class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size, lr=0.1):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.b1 = np.zeros(hidden_size)
        self.W2 = np.random.randn(hidden_size, output_size)
        self.b2 = np.zeros(output_size)
        self.lr = lr

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = sigmoid(self.z2)
        return self.a2

    def train_step(self, X, y):
        out = self.forward(X)
        delta2 = (out - y) * out * (1 - out)
        delta1 = (delta2 @ self.W2.T) * self.a1 * (1 - self.a1)
        self.W2 -= self.lr * self.a1.T @ delta2
        self.b2 -= self.lr * delta2.sum(axis=0)
        self.W1 -= self.lr * X.T @ delta1
        self.b1 -= self.lr * delta1.sum(axis=0)
"""
)

_NG = (
    _HEAD
    + """
def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x) * 0.01, "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h) * 0.01, "b2": np.zeros((n_y, 1))}

def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = sigmoid(Z2)
    cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    return A2, cache

def compute_cost(A2, Y):
    m = Y.shape[1]
    logprobs = Y * np.log(A2) + (1 - Y) * np.log(1 - A2)
    return -np.sum(logprobs) / m

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""
)

_THREE = (
    _HEAD
    + """
class ThreeLayerNet:
    def __init__(self, input_size, hidden1_size, hidden2_size, output_size):
        sizes = [input_size, hidden1_size, hidden2_size, output_size]
        self.params = {}
        for i in range(1, 4):
            self.params['W' + str(i)] = np.random.randn(sizes[i - 1], sizes[i]) * 0.1
            self.params['b' + str(i)] = np.zeros(sizes[i])

    def forward(self, x):
        p = self.params
        self.x = x
        self.z1 = relu(x @ p['W1'] + p['b1'])
        self.z2 = relu(self.z1 @ p['W2'] + p['b2'])
        self.y = softmax(self.z2 @ p['W3'] + p['b3'])
        return self.y

    def backward(self, d):
        p = self.params
        self.grads = {}
        delta3 = (self.y - d) / len(d)
        self.grads['W3'], self.grads['b3'] = self.z2.T @ delta3, delta3.sum(axis=0)
        delta2 = (delta3 @ p['W3'].T) * (self.z2 > 0)
        self.grads['W2'], self.grads['b2'] = self.z1.T @ delta2, delta2.sum(axis=0)
        delta1 = (delta2 @ p['W2'].T) * (self.z1 > 0)
        self.grads['W1'], self.grads['b1'] = self.x.T @ delta1, delta1.sum(axis=0)
"""
)

_CHAPTER3 = (
    _HEAD
    + """
def init_network():
    network = {}
    network['W1'] = np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]])
    network['b1'] = np.array([0.1, 0.2, 0.3])
    network['W2'] = np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]])
    network['b2'] = np.array([0.1, 0.2])
    network['W3'] = np.array([[0.1, 0.3], [0.2, 0.4]])
    network['b3'] = np.array([0.1, 0.2])
    return network

def forward(network, x):
    W1, W2, W3 = network['W1'], network['W2'], network['W3']
    b1, b2, b3 = network['b1'], network['b2'], network['b3']
    z1 = sigmoid(np.dot(x, W1) + b1)
    z2 = sigmoid(np.dot(z1, W2) + b2)
    return np.dot(z2, W3) + b3
"""
)


def _but(source: str, *changes: tuple[str, str]) -> str:
    """The source with lines replaced; each has to be there."""
    for old, new in changes:
        if old not in source:
            raise ValueError(f"not in the source: {old}")
        source = source.replace(old, new)
    return source


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"network: {name}", "network", (cause,), _but(source, *changes))


def _right(name: str, says: str, source: str, *changes: tuple[str, str]) -> Variant:
    return Variant(f"network: {name}", "network", _but(source, *changes), says)


_OF_TWO_LAYERS = (
    _bug("sigma' at z1", "network_derivative_at_z", _BOOK,
         ("z1 * (1 - z1) * da1", "sigmoid(z1) * (1 - sigmoid(z1)) * da1")),
    _bug("tanh' at z1", "network_derivative_at_z", _ATTRIBUTES,
         ("(1 - self.z1 ** 2)", "(1 - np.tanh(self.z1) ** 2)")),
    _bug("u (1 - u)", "network_derivative_of_u", _BOOK, ("z1 * (1 - z1) * da1", "a1 * (1 - a1) * da1")),
    _bug("1 - u^2", "network_derivative_of_u", _ATTRIBUTES, ("(1 - self.z1 ** 2)", "(1 - self.u1 ** 2)")),
    _bug("relu forward, sigma'(z1) backward", "another_derivative", _COURSE,
         ("* d_relu(z1)", "* d_sigmoid(z1)")),
    _bug("relu forward, z (1 - z) backward", "another_derivative", _COURSE,
         ("* d_relu(z1)", "* z1 * (1 - z1)")),
    _bug("sigmoid forward, relu' backward", "another_derivative", _BOOK,
         ("z1 * (1 - z1) * da1", "(a1 > 0) * da1")),
    _bug("tanh forward, z (1 - z) backward", "another_derivative", _ATTRIBUTES,
         ("(1 - self.z1 ** 2)", "self.z1 * (1 - self.z1)")),
    _bug("no derivative", "network_no_derivative", _BOOK, ("z1 * (1 - z1) * da1", "da1")),
    _bug("no derivative of relu", "network_no_derivative", _COURSE, (" * d_relu(z1)", "")),
    _bug("layers without the activation's backward", "network_no_derivative", _LAYERS,
         ("dout[self.mask] = 0\n        return dout", "return dout")),
    _bug("averaged twice", "averaged_twice", _NG,
         ("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m")),
    _bug("W2 averaged twice", "factor_of_one_parameter", _BOOK,
         ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) / x.shape[0]")),
    _bug("biases averaged", "factor_of_one_parameter", _BOOK,
         ("np.sum(dy, axis=0)", "np.mean(dy, axis=0)"), ("np.sum(dz1, axis=0)", "np.mean(dz1, axis=0)")),
    _bug("biases not averaged", "factor_of_one_parameter", _NG,
         ("axis=1, keepdims=True) / m\n    dZ1", "axis=1, keepdims=True)\n    dZ1")),
    _bug("bias gradient to a scalar", "bias_gradient_scalar", _BOOK, ("np.sum(dz1, axis=0)", "np.sum(dz1)")),
    _bug("layers with a bias gradient to a scalar", "bias_gradient_scalar", _LAYERS,
         ("np.sum(dout, axis=0)", "np.sum(dout)")),
    _bug("bias gradient missing", "gradient_missing", _BOOK,
         ("np.sum(dz1, axis=0)", "np.zeros_like(b1)")),
    _bug("bias gradient of one sample", "bias_gradient_of_one_sample", _BOOK,
         ("np.sum(dz1, axis=0)", "dz1[0]")),
    _bug("softmax over the batch", "network_softmax_axis", _BOOK,
         ("axis=-1", "axis=0")),
    _bug("squared error reported, cross-entropy differentiated", "loss_not_differentiated", _BOOK,
         ("return cross_entropy_error(self.predict(x), t)", "return 0.5 * np.sum((self.predict(x) - t) ** 2) / x.shape[0]")),
    _bug("binary cross-entropy reported, squared error differentiated", "loss_not_differentiated", _ATTRIBUTES,
         ("(self.y - t) / t.size", "(self.y - t) * self.y * (1 - self.y) / t.size")),
    _bug("cross-entropy of a sigmoid", "loss_not_differentiated", _ATTRIBUTES,
         ("np.mean(-(t * np.log(y) + (1 - t) * np.log(1 - y)))", "-np.sum(t * np.log(y)) / len(t)")),
    _bug("sign of the gradients", "network_sign", _BOOK, ("(y - t)", "(t - y)")),
    _bug("sign of the loss", "network_sign", _BOOK, ("return -np.sum", "return np.sum")),
    _bug("sign of the update", "network_sign", _MOVES, ("-= self.lr", "+= self.lr")),
    _bug("updated too early", "updated_too_early", _MOVES,
         ("        delta1 = (delta2 @ self.W2.T) * self.a1 * (1 - self.a1)\n", ""),
         ("        self.W1 -=", "        delta1 = (delta2 @ self.W2.T) * self.a1 * (1 - self.a1)\n        self.W1 -=")),
    _bug("the output's derivative is not passed on", "output_derivative_not_passed_on", _MOVES,
         ("(delta2 @ self.W2.T)", "((out - y) @ self.W2.T)")),
    _bug("weights that never move", "network_never_moves", _MOVES,
         *((f"self.{p} -= ", f"new_{p} = self.{p} - ") for p in ("W1", "b1", "W2", "b2"))),
    _bug("only the last layer moves", "dead_layer", _MOVES,
         ("        self.W1 -= self.lr * X.T @ delta1\n        self.b1 -= self.lr * delta1.sum(axis=0)\n", "")),
    _bug("accumulates", "network_accumulates", _LAYERS,
         ("self.dW = np", "self.dW += np"), ("self.db = np", "self.db += np"),
         ("self.W, self.b = W, b", "self.W, self.b = W, b\n        self.dW, self.db = np.zeros_like(W), np.zeros_like(b)")),
    _bug("stale forward", "stale_forward", _LAYERS,
         ("        self.loss(x, t)\n", "")),
    _bug("transposed gradients", "gradient_transposed", _BOOK, ("np.dot(x.T, dz1)", "np.dot(dz1.T, x)")),
    _bug("labels off by one", "labels_off_by_one", _BOOK,
         ("    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]", "    return -np.sum(np.log(y[np.arange(len(y)), t - 1] + 1e-7)) / y.shape[0]"),
         ("dy = (y - t) / x.shape[0]", "dy = y.copy()\n        dy[np.arange(len(y)), t - 1] -= 1\n        dy /= x.shape[0]")),
    _bug("first layer dead", "dead_layer", _BOOK, ("z1 * (1 - z1) * da1", "0 * da1")),
    _bug("bias left out", "bias_left_out", _BOOK,
         ("np.dot(x, self.params['W1']) + self.params['b1']", "np.dot(x, self.params['W1'])"),
         ("np.dot(x, W1) + b1", "np.dot(x, W1)")),
    _bug("no hidden activation", "no_hidden_activation", _BOOK,
         ("z1 = sigmoid(a1)", "z1 = a1"), ("z1 * (1 - z1) * da1", "da1")),
    _bug("step function in the hidden layer", "step_in_hidden_layer", _BOOK,
         ("z1 = sigmoid(a1)", "z1 = (a1 > 0) * 1.0"), ("z1 * (1 - z1) * da1", "0 * da1")),
    _bug("gradients in each other's place", "gradients_swapped", _LAYERS,
         ("'W1': self.layers['Affine1']", "'W1': self.layers['Affine2']"),
         ("'W2': self.layers['Affine2']", "'W2': self.layers['Affine1']")),
    _bug("decay in the gradients only", "decay_not_in_loss", _BOOK,
         ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) + 0.1 * W2"), ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.1 * W1")),
    _bug("decay in the loss only", "decay_not_in_gradient", _BOOK,
         ("return cross_entropy_error(self.predict(x), t)",
          "return cross_entropy_error(self.predict(x), t) + 0.5 * 0.01 * (np.sum(self.params['W1']**2) + np.sum(self.params['W2']**2))")),
    _bug("mutates its targets", "mutates", _BOOK, ("dy = (y - t) / x.shape[0]", "t -= y\n        dy = -t / x.shape[0]")),
    _bug("loss without softmax", "loss_without_softmax", _LAYERS,
         ("return cross_entropy_error(self.y, t)", "return -np.sum(t * np.log(np.abs(x) * 0 + x)) / len(x)")),
    _bug("softmax twice", "softmax_twice", _BOOK,
         ("return cross_entropy_error(self.predict(x), t)", "return cross_entropy_error(softmax(self.predict(x)), t)")),
    _bug("W2 not transposed", "network_not_transposed", _BOOK, ("np.dot(dy, W2.T)", "np.dot(dy, W2)")),
    _bug("numerical gradients", "numerical", _BOOK, (_BOOK[_BOOK.index("        W1, W2 = self.params['W1'], self.params['W2']\n"):], """        grads = {}
        for key, p in self.params.items():
            grads[key] = np.zeros_like(p)
            for i in np.ndindex(p.shape):
                kept = p[i]
                p[i] = kept + 1e-4
                above = self.loss(x, t)
                p[i] = kept - 1e-4
                grads[key][i] = (above - self.loss(x, t)) / 2e-4
                p[i] = kept
        return grads
""")),
    _bug("the sum's gradients under the mean", "loss_reduced_otherwise", _BOOK, ("(y - t) / x.shape[0]", "y - t")),
    _bug("u1 in the gradient of W2", "gradient_of_u", _BOOK, ("np.dot(z1.T, dy)", "np.dot(a1.T, dy)")),
)  # fmt: skip

_OF_THREE_LAYERS = (
    Planted("network: no derivative in one of three layers", "network.three", ("network_no_derivative",),
            _but(_THREE, ("(delta3 @ p['W3'].T) * (self.z2 > 0)", "(delta3 @ p['W3'].T)"))),
    Planted("network: no derivative in three layers", "network.three", ("network_no_derivative",),
            _but(_THREE, ("(delta3 @ p['W3'].T) * (self.z2 > 0)", "(delta3 @ p['W3'].T)"),
                 ("(delta2 @ p['W2'].T) * (self.z1 > 0)", "(delta2 @ p['W2'].T)"))),
)  # fmt: skip

BUGS = (*_OF_TWO_LAYERS, *_OF_THREE_LAYERS)
VARIANTS = (
    _right("the book's, flat", "hidden sigmoid, output softmax; cross-entropy, mean over the batch", _BOOK),
    _right("the book's, of layers", "softmax (left to the loss)", _LAYERS),
    _right("the notebook's functions", "hidden relu, output identity; squared error", _COURSE),
    _right("attributes and bias rows", "binary cross-entropy, mean over all elements", _ATTRIBUTES),
    _right("a step of training", "squared error, sum over the batch", _MOVES),
    _right("columns", "samples are columns", _NG),
    _right("the sum over the batch", "the gradients are those of the sum over the batch", _BOOK,
           ("(y - t) / x.shape[0]", "y - t")),
    Variant("network: three layers", "network.three", _THREE, "hidden relu, output softmax"),
    Variant("network: three layers, forward only", "network.three", _CHAPTER3, "hidden sigmoid, output identity"),
    _right("class indices", "targets are class indices", _BOOK,
           ("    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]", "    return -np.sum(np.log(y[np.arange(len(y)), t] + 1e-7)) / y.shape[0]"),
           ("dy = (y - t) / x.shape[0]", "dy = y.copy()\n        dy[np.arange(len(y)), t] -= 1\n        dy /= x.shape[0]")),
    _right("decay in both", "weight decay 0.01", _BOOK,
           ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) + 0.01 * W2"), ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.01 * W1"),
           ("return cross_entropy_error(self.predict(x), t)",
            "return cross_entropy_error(self.predict(x), t) + 0.5 * 0.01 * (np.sum(self.params['W1']**2) + np.sum(self.params['W2']**2))")),
)  # fmt: skip
