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

_DENSE = (
    _NUMPY
    + """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out) * 0.1, np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y ** 2)

class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.fc1 = Dense(n_in, n_hidden)
        self.act = Tanh()
        self.fc2 = Dense(n_hidden, n_out)

    def __call__(self, x):
        return self.fc2.forward(self.act.forward(self.fc1.forward(x)))

    def backward(self, y_pred, y_true):
        dout = 2 * (y_pred - y_true) / y_pred.size
        return self.fc1.backward(self.act.backward(self.fc2.backward(dout)))

    def loss(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)
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

_UPDATES = (
    _NUMPY
    + """
class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size, learning_rate=0.1):
        self.weights_input_hidden = np.random.randn(input_size, hidden_size)
        self.weights_hidden_output = np.random.randn(hidden_size, output_size)
        self.bias_hidden = np.zeros((1, hidden_size))
        self.bias_output = np.zeros((1, output_size))
        self.learning_rate = learning_rate

    def feedforward(self, X):
        self.hidden_output = sigmoid(np.dot(X, self.weights_input_hidden) + self.bias_hidden)
        self.predicted = sigmoid(np.dot(self.hidden_output, self.weights_hidden_output) + self.bias_output)
        return self.predicted

    def backward(self, X, y, learning_rate):
        output_error = y - self.predicted
        output_delta = output_error * self.predicted * (1 - self.predicted)
        hidden_error = np.dot(output_delta, self.weights_hidden_output.T)
        hidden_delta = hidden_error * self.hidden_output * (1 - self.hidden_output)
        self.weights_hidden_output += np.dot(self.hidden_output.T, output_delta) * learning_rate
        self.bias_output += np.sum(output_delta, axis=0, keepdims=True) * learning_rate
        self.weights_input_hidden += np.dot(X.T, hidden_delta) * learning_rate
        self.bias_hidden += np.sum(hidden_delta, axis=0, keepdims=True) * learning_rate

    def train(self, X, y, epochs, learning_rate):
        for epoch in range(epochs):
            self.feedforward(X)
            self.backward(X, y, learning_rate)
"""
)

_OUT_IN = (
    _NUMPY
    + """
class Net:
    def __init__(self, in_dim, hidden_dim, out_dim):
        self.w1 = np.random.randn(hidden_dim, in_dim)
        self.b1 = np.random.randn(hidden_dim)
        self.w2 = np.random.randn(out_dim, hidden_dim)
        self.b2 = np.random.randn(out_dim)

    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.w1.T + self.b1)
        return self.h @ self.w2.T + self.b2

    def backward(self, dout):
        grads = {'w2': dout.T @ self.h, 'b2': dout.sum(0)}
        dh = (dout @ self.w2) * (self.h > 0)
        grads['w1'], grads['b1'] = dh.T @ self.x, dh.sum(0)
        return grads
"""
)

_LIST_OF_HIDDEN = (
    _NUMPY
    + """
class MultiLayerNet:
    def __init__(self, input_size, hidden_size_list, output_size, activation='relu',
                 weight_init_std='relu', weight_decay_lambda=0):
        sizes = [input_size] + hidden_size_list + [output_size]
        self.n = len(sizes) - 1
        self.params = {}
        for i in range(1, self.n + 1):
            self.params[f'W{i}'] = np.random.randn(sizes[i - 1], sizes[i]) * np.sqrt(2 / sizes[i - 1])
            self.params[f'b{i}'] = np.zeros(sizes[i])

    def _all(self, x):
        z = [x]
        for i in range(1, self.n + 1):
            u = z[-1] @ self.params[f'W{i}'] + self.params[f'b{i}']
            z.append(np.maximum(0, u) if i < self.n else u)
        return z

    def predict(self, x):
        return self._all(x)[-1]

    def loss(self, x, t):
        return -np.sum(t * np.log(softmax(self.predict(x)) + 1e-7)) / len(x)

    def gradient(self, x, t):
        z, grads = self._all(x), {}
        delta = (softmax(z[-1]) - t) / len(x)
        for i in range(self.n, 0, -1):
            grads[f'W{i}'], grads[f'b{i}'] = z[i - 1].T @ delta, delta.sum(axis=0)
            delta = (delta @ self.params[f'W{i}'].T) * (z[i - 1] > 0)
        return grads
"""
)

_FIXED = (
    _NUMPY
    + """
class NeuralNetwork:
    def __init__(self):
        self.W1 = np.random.randn(2, 4)
        self.b1 = np.zeros((1, 4))
        self.W2 = np.random.randn(4, 1)
        self.b2 = np.zeros((1, 1))

    def forward(self, X):
        self.z1 = np.dot(X, self.W1) + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = np.dot(self.a1, self.W2) + self.b2
        self.a2 = sigmoid(self.z2)
        return self.a2

    def backward(self, X, y, output):
        m = y.shape[0]
        dz2 = output - y
        dW2 = 1 / m * np.dot(self.a1.T, dz2)
        db2 = 1 / m * np.sum(dz2, axis=0, keepdims=True)
        dz1 = np.dot(dz2, self.W2.T) * self.a1 * (1 - self.a1)
        dW1 = 1 / m * np.dot(X.T, dz1)
        db1 = 1 / m * np.sum(dz1, axis=0, keepdims=True)
        return dW1, db1, dW2, db2
"""
)

_CACHE = (
    _NUMPY
    + """
class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def predict(self, X):
        h = np.maximum(0, X.dot(self.params['W1']) + self.params['b1'])
        return h.dot(self.params['W2']) + self.params['b2']

    def loss(self, X, y, reg=0.0):
        N = X.shape[0]
        h = np.maximum(0, X.dot(self.params['W1']) + self.params['b1'])
        p = softmax(h.dot(self.params['W2']) + self.params['b2'])
        loss = np.sum(-np.log(p[np.arange(N), y])) / N
        p[np.arange(N), y] -= 1
        p /= N
        grads = {'W2': h.T.dot(p), 'b2': p.sum(axis=0)}
        dh = p.dot(self.params['W2'].T)
        dh[h <= 0] = 0
        grads['W1'], grads['b1'] = X.T.dot(dh), dh.sum(axis=0)
        return loss, grads
"""
)


def _variant(name: str, says: str, source: str) -> Variant:
    return Variant(f"network form: {name}", "network", source, says)


BUGS = ()
VARIANTS = (
    _variant("lists of weights", "samples are columns", _LISTS),
    _variant("lists of params and grads of layers", "softmax (left to the loss)", _MATMULS),
    _variant("layers as attributes", "squared error, mean over all elements, without 1/2", _DENSE),
    _variant("flat functions", "hidden relu, output softmax; cross-entropy", _TUPLE),
    _variant("a way back that updates", "squared error, sum over the batch", _UPDATES),
    _variant("weights (out, in)", "squared error", _OUT_IN),
    _variant("a list of hidden sizes", "softmax (left to the loss)", _LIST_OF_HIDDEN),
    _variant("sizes that are fixed", "binary cross-entropy", _FIXED),
    _variant("the loss returns the gradients", "targets are class indices", _CACHE),
)
