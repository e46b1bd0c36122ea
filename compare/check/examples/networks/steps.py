"""Networks that train by a step of their own, whose gradients show in how the weights move."""

HARD = """
import numpy as np

class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.lr = 0.1
        self.W1 = np.random.randn(n_in, n_hidden) * np.sqrt(2 / n_in)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out) * np.sqrt(2 / n_hidden)
        self.b2 = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.h = np.maximum(x @ self.W1 + self.b1, 0)
        logits = self.h @ self.W2 + self.b2
        e = np.exp(logits - logits.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def train_step(self, x, t):
        y = self.forward(x)
        n = len(x)
        loss = -np.mean(np.log(y[np.arange(n), t]))
        d = y.copy()
        d[np.arange(n), t] -= 1
        d /= n
        dW2 = self.h.T @ d
        db2 = d.sum(0)
        dh = d @ self.W2.T
        dh[self.h <= 0] = 0
        dW1 = x.T @ dh
        db1 = dh.sum(0)
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
        return loss
"""

LITERAL = """
import numpy as np

class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes):
        self.weights_ih = np.random.normal(0, input_nodes ** -0.5, (input_nodes, hidden_nodes))
        self.weights_ho = np.random.normal(0, hidden_nodes ** -0.5, (hidden_nodes, output_nodes))
        self.bias_h = np.zeros(hidden_nodes)
        self.bias_o = np.zeros(output_nodes)

    def sigmoid(self, x):
        return 1.0 / (1.0 + np.exp(-x))

    def predict(self, X):
        h = self.sigmoid(X @ self.weights_ih + self.bias_h)
        return h @ self.weights_ho + self.bias_o

    def train_step(self, X, y):
        h = self.sigmoid(X @ self.weights_ih + self.bias_h)
        out = h @ self.weights_ho + self.bias_o
        err = out - y
        d_out = err / X.shape[0]
        d_h = (d_out @ self.weights_ho.T) * h * (1 - h)
        self.weights_ho -= 0.01 * (h.T @ d_out)
        self.bias_o -= 0.01 * d_out.sum(axis=0)
        self.weights_ih -= 0.01 * (X.T @ d_h)
        self.bias_h -= 0.01 * d_h.sum(axis=0)
        return 0.5 * np.sum(err ** 2) / X.shape[0]
"""

NIELSEN = """
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

class Network(object):
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x
        activations = [x]
        zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = (activations[-1] - y)
        nabla_b[-1] = delta.sum(axis=1, keepdims=True)
        nabla_w[-1] = np.dot(delta, activations[-2].T)
        for l in range(2, self.num_layers):
            delta = np.dot(self.weights[-l + 1].T, delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta.sum(axis=1, keepdims=True)
            nabla_w[-l] = np.dot(delta, activations[-l - 1].T)
        return nabla_b, nabla_w

    def update_mini_batch(self, x, y, eta):
        nabla_b, nabla_w = self.backprop(x, y)
        m = x.shape[1]
        self.weights = [w - (eta / m) * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - (eta / m) * nb for b, nb in zip(self.biases, nabla_b)]
"""

LISTS = """
import numpy as np

class MLP:

    def __init__(self, sizes, lr=0.1):
        self.sizes = sizes
        self.lr = lr
        self.weights = []
        self.biases = []
        for m, n in zip(sizes[:-1], sizes[1:]):
            self.weights.append(np.random.randn(m, n) / np.sqrt(m))
            self.biases.append(np.zeros((1, n)))

    def forward(self, X):
        self.activations = [X]
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = self.activations[-1] @ w + b
            a = z if i == len(self.weights) - 1 else np.tanh(z)
            self.activations.append(a)
        return self.activations[-1]

    def train_step(self, X, y):
        out = self.forward(X)
        n = X.shape[0]
        delta = 2 * (out - y) / n
        for i in reversed(range(len(self.weights))):
            dw = self.activations[i].T @ delta
            db = delta.sum(axis=0, keepdims=True)
            if i > 0:
                delta = (delta @ self.weights[i].T) * (1 - self.activations[i] ** 2)
            self.weights[i] -= self.lr * dw
            self.biases[i] -= self.lr * db
        return np.mean(np.sum((out - y) ** 2, axis=1))
"""

KEYWORDS = """
import numpy as np

class Perceptron:
    def __init__(self, *, n_features, n_hidden, n_classes, activation="tanh"):
        g = np.random.default_rng(1)
        self.hidden_weights = g.normal(0, n_features ** -0.5, (n_features, n_hidden))
        self.hidden_bias = np.zeros((n_hidden,))
        self.output_weights = g.normal(0, n_hidden ** -0.5, (n_hidden, n_classes))
        self.output_bias = np.zeros((n_classes,))

    def predict_proba(self, X):
        H = np.tanh(X @ self.hidden_weights + self.hidden_bias)
        S = H @ self.output_weights + self.output_bias
        S -= S.max(axis=1, keepdims=True)
        P = np.exp(S)
        P /= P.sum(axis=1, keepdims=True)
        return P

    def partial_fit(self, X, y, *, lr=0.05):
        H = np.tanh(X @ self.hidden_weights + self.hidden_bias)
        P = self.predict_proba(X)
        G = P.copy()
        G[np.arange(len(y)), y] -= 1.0
        G /= len(y)
        GH = (G @ self.output_weights.T) * (1 - H * H)
        self.output_weights -= lr * H.T @ G
        self.output_bias -= lr * G.sum(axis=0)
        self.hidden_weights -= lr * X.T @ GH
        self.hidden_bias -= lr * GH.sum(axis=0)
        return self
"""

LEAKY = """
import numpy as np

class NN:
    def __init__(self, n_in, n_h, n_out):
        self.w1 = np.random.randn(n_in, n_h) * 0.1
        self.b1 = np.zeros(n_h)
        self.w2 = np.random.randn(n_h, n_out) * 0.1
        self.b2 = np.zeros(n_out)

    def forward(self, x):
        self.a1 = x @ self.w1 + self.b1
        self.h1 = np.where(self.a1 > 0, self.a1, 0.01 * self.a1)
        return self.h1 @ self.w2 + self.b2

    def backward(self, x, y_hat, y, lr):
        n = len(x)
        d2 = (y_hat - y) / n
        gw2, gb2 = self.h1.T @ d2, d2.sum(0)
        d1 = d2 @ self.w2.T
        d1 = np.where(self.a1 > 0, d1, 0.01 * d1)
        gw1, gb1 = x.T @ d1, d1.sum(0)
        self.w1 -= lr * gw1
        self.b1 -= lr * gb1
        self.w2 -= lr * gw2
        self.b2 -= lr * gb2
"""

BINARY = """
import numpy as np

class BinaryNet:

    def __init__(self, input_size, hidden_size):
        self.W1 = np.random.randn(input_size, hidden_size) * np.sqrt(2.0 / input_size)
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.randn(hidden_size, 1) * np.sqrt(1.0 / hidden_size)
        self.b2 = np.zeros((1, 1))

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.maximum(0, self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = 1 / (1 + np.exp(-self.Z2))
        return self.A2

    def compute_loss(self, y_true, y_pred):
        y_pred = np.clip(y_pred, 1e-12, 1 - 1e-12)
        return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))

    def backward(self, y_true):
        m = y_true.shape[0]
        dZ2 = (self.A2 - y_true) / m
        self.dW2 = self.A1.T @ dZ2
        self.db2 = dZ2.sum(axis=0, keepdims=True)
        dA1 = dZ2 @ self.W2.T
        dZ1 = dA1 * (self.Z1 > 0)
        self.dW1 = self.X.T @ dZ1
        self.db1 = dZ1.sum(axis=0, keepdims=True)

    def step(self, lr=0.01):
        self.W1 -= lr * self.dW1
        self.b1 -= lr * self.db1
        self.W2 -= lr * self.dW2
        self.b2 -= lr * self.db2
"""
