"""Networks of one to four layers, with one output or several, in rows and in columns."""

LINEAR = """
import numpy as np

class LinearRegression:
    def __init__(self, n_features, n_outputs=1, lr=0.01):
        self.W = np.zeros((n_features, n_outputs))
        self.b = np.zeros(n_outputs)
        self.lr = lr

    def predict(self, X):
        return X @ self.W + self.b

    def loss(self, X, t):
        return np.mean((self.predict(X) - t) ** 2)

    def gradient(self, X, t):
        e = self.predict(X) - t
        self.dW = 2 * X.T @ e / e.size
        self.db = 2 * e.sum(axis=0) / e.size
        return self.dW, self.db
"""

SOFTMAX = """
import numpy as np

class SoftmaxClassifier:

    def __init__(self, input_dim, num_classes):
        self.params = {"W": 0.001 * np.random.randn(input_dim, num_classes), "b": np.zeros(num_classes)}

    def loss(self, X, y=None):
        scores = X.dot(self.params["W"]) + self.params["b"]
        if y is None:
            return scores
        N = X.shape[0]
        shifted = scores - scores.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -logp[np.arange(N), y].mean()
        dscores = np.exp(logp)
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads = {"W": X.T.dot(dscores), "b": dscores.sum(axis=0)}
        return loss, grads
"""

FOUR = """
import numpy as np

def relu(x):
    return x * (x > 0)

def step(x):
    return (x > 0).astype(x.dtype)

class FourLayerNet:
    def __init__(self, n_in, n_hidden, n_out):
        s = [n_in, n_hidden, n_hidden, n_hidden, n_out]
        self.params = {}
        for i in range(4):
            self.params[f"W{i+1}"] = np.random.randn(s[i], s[i + 1]) * (2 / s[i]) ** 0.5
            self.params[f"b{i+1}"] = np.zeros(s[i + 1])

    def predict(self, x):
        p = self.params
        self.z = [x]
        self.u = []
        for i in range(1, 5):
            u = self.z[-1] @ p[f"W{i}"] + p[f"b{i}"]
            self.u.append(u)
            self.z.append(relu(u) if i < 4 else u)
        return self.z[-1]

    def loss(self, x, t):
        return 0.5 * np.mean(np.sum((self.predict(x) - t) ** 2, axis=1))

    def gradient(self, x, t):
        y = self.predict(x)
        delta = (y - t) / len(x)
        g = {}
        for i in range(4, 0, -1):
            g[f"W{i}"] = self.z[i - 1].T @ delta
            g[f"b{i}"] = delta.sum(0)
            if i > 1:
                delta = (delta @ self.params[f"W{i}"].T) * step(self.u[i - 2])
        return g
"""

EINSUM = """
import numpy as np

class ThreeLayerNet:
    def __init__(self, d_in, h1, h2, d_out, rng=None):
        rng = rng or np.random.default_rng()
        dims = [d_in, h1, h2, d_out]
        self.W = [rng.standard_normal((a, b)) * np.sqrt(1 / a) for a, b in zip(dims, dims[1:])]
        self.b = [np.zeros(b) for b in dims[1:]]

    def forward(self, x):
        self.acts = [x]
        for i, (W, b) in enumerate(zip(self.W, self.b)):
            u = np.einsum("ni,io->no", self.acts[-1], W) + b
            self.acts.append(1 / (1 + np.exp(-u)) if i < 2 else u)
        out = self.acts[-1]
        out = np.exp(out - out.max(-1, keepdims=True))
        self.y = out / out.sum(-1, keepdims=True)
        return self.y

    def loss(self, x, t):
        y = self.forward(x)
        return -np.einsum("nk,nk->", t, np.log(y)) / len(x)

    def backward(self, t):
        d = (self.y - t) / t.shape[0]
        self.dW = [None] * 3
        self.db = [None] * 3
        for i in (2, 1, 0):
            self.dW[i] = np.einsum("ni,no->io", self.acts[i], d)
            self.db[i] = np.einsum("no->o", d)
            if i > 0:
                d = np.einsum("no,io->ni", d, self.W[i])
                d *= self.acts[i] * (1 - self.acts[i])
        return self.dW, self.db
"""

DEEP = """
import numpy as np

class DeepNeuralNetwork:

    def __init__(self, layer_dims: list, learning_rate: float = 0.01, seed: int = 42) -> None:
        self.layer_dims = layer_dims
        self.learning_rate = learning_rate
        self.L = len(layer_dims) - 1
        self.parameters: dict = {}
        rng = np.random.default_rng(seed)
        for l in range(1, self.L + 1):
            self.parameters[f"W{l}"] = rng.standard_normal((layer_dims[l - 1], layer_dims[l])) * np.sqrt(2.0 / layer_dims[l - 1])
            self.parameters[f"b{l}"] = np.zeros((1, layer_dims[l]))

    @staticmethod
    def _relu(z: np.ndarray) -> np.ndarray:
        return np.maximum(0.0, z)

    @staticmethod
    def _softmax(z: np.ndarray) -> np.ndarray:
        shifted = z - np.max(z, axis=1, keepdims=True)
        exps = np.exp(shifted)
        return exps / np.sum(exps, axis=1, keepdims=True)

    def forward(self, X: np.ndarray) -> tuple:
        cache = {"A0": X}
        A = X
        for l in range(1, self.L):
            Z = A @ self.parameters[f"W{l}"] + self.parameters[f"b{l}"]
            A = self._relu(Z)
            cache[f"Z{l}"], cache[f"A{l}"] = Z, A
        ZL = A @ self.parameters[f"W{self.L}"] + self.parameters[f"b{self.L}"]
        AL = self._softmax(ZL)
        cache[f"Z{self.L}"], cache[f"A{self.L}"] = ZL, AL
        return AL, cache

    def compute_loss(self, AL: np.ndarray, Y: np.ndarray) -> float:
        m = Y.shape[0]
        return float(-np.sum(Y * np.log(AL + 1e-8)) / m)

    def backward(self, cache: dict, Y: np.ndarray) -> dict:
        m = Y.shape[0]
        grads: dict = {}
        dZ = cache[f"A{self.L}"] - Y
        for l in range(self.L, 0, -1):
            grads[f"dW{l}"] = cache[f"A{l - 1}"].T @ dZ / m
            grads[f"db{l}"] = np.sum(dZ, axis=0, keepdims=True) / m
            if l > 1:
                dA = dZ @ self.parameters[f"W{l}"].T
                dZ = dA * (cache[f"Z{l - 1}"] > 0)
        return grads

    def update_parameters(self, grads: dict) -> None:
        for l in range(1, self.L + 1):
            self.parameters[f"W{l}"] -= self.learning_rate * grads[f"dW{l}"]
            self.parameters[f"b{l}"] -= self.learning_rate * grads[f"db{l}"]
"""

CACHES = """
import numpy as np

relu = lambda u: np.where(u > 0, u, 0.0)
d_relu = lambda u: np.where(u > 0, 1.0, 0.0)
softmax = lambda u: (lambda e: e / e.sum(axis=-1, keepdims=True))(np.exp(u - u.max(axis=-1, keepdims=True)))

def init_params():
    return {"W1": np.random.randn(3, 5), "b1": np.zeros(5), "W2": np.random.randn(5, 4),
            "b2": np.zeros(4), "W3": np.random.randn(4, 2), "b3": np.zeros(2)}

def forward(params, x):
    u1 = x @ params["W1"] + params["b1"]
    z1 = relu(u1)
    u2 = z1 @ params["W2"] + params["b2"]
    z2 = relu(u2)
    u3 = z2 @ params["W3"] + params["b3"]
    return {"u1": u1, "z1": z1, "u2": u2, "z2": z2, "y": softmax(u3)}

def backward(params, cache, x, d):
    delta3 = (cache["y"] - d) / len(x)
    delta2 = delta3 @ params["W3"].T * d_relu(cache["u2"])
    delta1 = delta2 @ params["W2"].T * d_relu(cache["u1"])
    return {
        "W3": cache["z2"].T @ delta3, "b3": delta3.sum(axis=0),
        "W2": cache["z1"].T @ delta2, "b2": delta2.sum(axis=0),
        "W1": x.T @ delta1, "b1": delta1.sum(axis=0),
    }
"""

ONE_OUTPUT = """
import numpy as np

def sigmoid(u):
    return 1.0 / (1.0 + np.exp(-u))

def init_network():
    network = {}
    network['W1'] = np.random.randn(3, 5)
    network['b1'] = np.zeros(5)
    network['W2'] = np.random.randn(5, 1)
    network['b2'] = np.zeros(1)
    return network

def forward(network, x):
    u1 = np.dot(x, network['W1']) + network['b1']
    z1 = sigmoid(u1)
    u2 = np.dot(z1, network['W2']) + network['b2']
    y = sigmoid(u2)
    return z1, y

def loss(d, y):
    return -np.mean(d * np.log(y) + (1 - d) * np.log(1 - y))

def backward(network, x, d):
    z1, y = forward(network, x)
    grad = {}
    delta2 = (y - d) / d.shape[0]
    grad['W2'] = np.dot(z1.T, delta2)
    grad['b2'] = np.sum(delta2, axis=0)
    delta1 = np.dot(delta2, network['W2'].T) * z1 * (1 - z1)
    grad['W1'] = np.dot(x.T, delta1)
    grad['b1'] = np.sum(delta1, axis=0)
    return grad
"""

COLUMNS = """
import numpy as np

class ShallowNN:
    def __init__(self, n_x, n_h, n_y):
        self.W1 = np.random.randn(n_h, n_x) * np.sqrt(2 / n_x)
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(n_y, n_h) * np.sqrt(2 / n_h)
        self.b2 = np.zeros((n_y, 1))

    def forward(self, X):
        self.Z1 = self.W1 @ X + self.b1
        self.A1 = np.maximum(0, self.Z1)
        self.Z2 = self.W2 @ self.A1 + self.b2
        T = np.exp(self.Z2 - self.Z2.max(axis=0, keepdims=True))
        self.A2 = T / T.sum(axis=0, keepdims=True)
        return self.A2

    def cost(self, Y):
        return -np.sum(Y * np.log(self.A2)) / Y.shape[1]

    def backward(self, X, Y):
        m = X.shape[1]
        dZ2 = self.A2 - Y
        dW2 = dZ2 @ self.A1.T / m
        db2 = dZ2.sum(axis=1, keepdims=True) / m
        dZ1 = self.W2.T @ dZ2 * (self.Z1 > 0)
        dW1 = dZ1 @ X.T / m
        db1 = dZ1.sum(axis=1, keepdims=True) / m
        return dW1, db1, dW2, db2
"""

TANH = """
import numpy as np

def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))

def layer_sizes(X, Y):
    return X.shape[0], 4, Y.shape[0]

def initialize_parameters(n_x, n_h, n_y):
    np.random.seed(2)
    W1 = np.random.randn(n_h, n_x) * 0.01
    b1 = np.zeros((n_h, 1))
    W2 = np.random.randn(n_y, n_h) * 0.01
    b2 = np.zeros((n_y, 1))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}

def forward_propagation(X, parameters):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    return A2, cache

def compute_cost(A2, Y):
    m = Y.shape[1]
    logprobs = np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)
    cost = -np.sum(logprobs) / m
    return float(np.squeeze(cost))

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = (1 / m) * np.dot(dZ1, X.T)
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}

def update_parameters(parameters, grads, learning_rate=1.2):
    for k in ("W1", "b1", "W2", "b2"):
        parameters[k] = parameters[k] - learning_rate * grads["d" + k]
    return parameters
"""
