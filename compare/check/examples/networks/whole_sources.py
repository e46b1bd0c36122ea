"""Right networks as courses and books write them, in which bugs are planted."""

HEAD = """
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

BOOK = (
    HEAD
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

LAYERS = (
    HEAD
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

COURSE = (
    HEAD
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

ATTRIBUTES = (
    HEAD
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

MOVES = (
    HEAD
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

THREE = (
    HEAD
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

CHAPTER3 = (
    HEAD
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
