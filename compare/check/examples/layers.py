"""Affine maps, their gradients, and layer classes, as people write them."""

from compare.check.examples.example import Planted, Variant

_NUMPY = "import numpy as np\n"


def _bug(name: str, concept: str, cause: str, source: str) -> Planted:
    return Planted(name, concept, (cause,), _NUMPY + source)


def _variant(name: str, concept: str, source: str, says: str = "") -> Variant:
    return Variant(name, concept, _NUMPY + source, says)


_LAYER = """
class Affine:
    def __init__(self, W, b):
        self.W = W
        self.b = b
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
"""
_ZEROS = ("dW = None", "dW = np.zeros_like(W)"), ("db = None", "db = np.zeros_like(b)")


def _layer(*changes: tuple[str, str]) -> str:
    source = _LAYER
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


def _bad_layer(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return _bug(f"affine layer: {name}", "affine_layer", cause, _layer(*changes))


_DB, _DW = "np.sum(dout, axis=0)", "np.dot(self.x.T, dout)"
_AFFINE_BUGS = (
    _bad_layer("bias gradient is one number", "bias_gradient_one_number", (_DB, "np.sum(dout)")),
    _bad_layer("bias gradient over the units", "bias_gradient_over_units",
               (_DB, "np.sum(dout, axis=1)")),
    _bad_layer("bias gradient is delta", "bias_gradient_not_summed", (_DB, "dout")),
    _bad_layer("weight gradient is averaged", "averaged", (_DW, f"{_DW} / len(dout)")),
    _bad_layer("weight gradient is transposed", "transposed", (_DW, "np.dot(dout.T, self.x)")),
    _bad_layer("weight gradient is forgotten", "weight_gradient_missing",
               (f"        self.dW = {_DW}\n", "")),
    _bad_layer("weight gradient is doubled", "factor", (_DW, f"2 * {_DW}")),
    _bad_layer("gradients accumulate", "gradients_accumulate", *_ZEROS,
               (f"self.dW = {_DW}", f"self.dW += {_DW}"), (f"self.db = {_DB}", f"self.db += {_DB}")),
    _bad_layer("bias gradient accumulates", "gradients_accumulate", *_ZEROS,
               (f"self.db = {_DB}", f"self.db += {_DB}")),
    _bad_layer("delta is passed on", "delta_passed_on", ("np.dot(dout, self.W.T)", "dout")),
    _bad_layer("the first input is kept for good", "stale_input",
               ("self.x = x", "self.x = x if self.x is None else self.x")),
    _bad_layer("no bias", "bias_missing", (" + self.b", "")),
    _bad_layer("relu inside", "activation_inside",
               ("return np.dot(x, self.W) + self.b",
                "return np.maximum(0, np.dot(x, self.W) + self.b)")),
    _bad_layer("in float32", "float32_inside",
               ("return np.dot(x, self.W) + self.b",
                "return (np.dot(x, self.W) + self.b).astype(np.float32)"),
               ("return dx", "return dx.astype(np.float32)"),
               (_DW, f"{_DW}.astype(np.float32)"), (_DB, f"{_DB}.astype(np.float32)")),
    _bug("affine without its bias", "affine", "bias_missing",
         "def affine(x, W, b):\n    return np.dot(x, W)"),
    _bug("affine subtracts its bias", "affine", "sign",
         "def affine(x, W, b):\n    return x @ W - b"),
    _bug("affine adds the sum of b", "affine", "bias_summed",
         "def affine(x, W, b):\n    return x @ W + np.sum(b)"),
    _bug("affine with a sigmoid", "affine", "activation_inside",
         "def affine(x, W, b):\n    return 1 / (1 + np.exp(-(x @ W + b)))"),
    _bug("d_affine: bias gradient is one number", "d_affine", "bias_gradient_one_number",
         "def d_affine(delta, x, W, b):\n    return delta @ W.T, x.T @ delta, np.sum(delta)"),
    _bug("d_affine: weight gradient is transposed", "d_affine", "transposed",
         "def d_affine(delta, x, W, b):\n    return delta @ W.T, delta.T @ x, delta.sum(axis=0)"),
    _bug("d_affine: weight gradient is averaged", "d_affine", "averaged",
         "def affine_backward(dout, cache):\n    x, W, b = cache\n"
         "    return dout @ W.T, x.T @ dout / len(x), dout.sum(axis=0)"),
)  # fmt: skip


def _activation(name: str, forward: str, backward: str) -> str:
    return f"""
def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)

class {name}:
    def __init__(self):
        self.out = None

    def forward(self, x):
        self.x = x
        {forward}
        return self.out

    def backward(self, dout):
        {backward}
"""


_RELU = "self.mask = x <= 0; self.out = np.where(self.mask, 0, x)"
_SIGMOID = "self.out = sigmoid(x)"
_TANH = "self.out = np.tanh(x)"
_SOFTMAX = (
    "e = np.exp(x - x.max(axis=-1, keepdims=True)); self.out = e / e.sum(axis=-1, keepdims=True)"
)


def _bad(name: str, of: str, cause: str, forward: str, backward: str) -> Planted:
    source = _activation(of, forward, backward)
    return _bug(f"{of} layer: {name}", f"{of.lower()}_layer", cause, source)


_ACTIVATION_BUGS = (
    _bad("as in the fish book", "Relu", "mutates_gradient", _RELU,
         "dout[self.mask] = 0; return dout"),
    _bad("changes its input", "Relu", "mutates", "x[x < 0] = 0; self.out = x",
         "return dout * (self.out > 0)"),
    _bad("lets everything back", "Relu", "other_slope", _RELU, "return dout"),
    _bad("lets 0 back", "Relu", "relu_slope_at_zero", _RELU, "return dout * (self.x >= 0)"),
    _bad("masks by the gradient", "Relu", "mask_of_delta", _RELU, "return dout * (dout > 0)"),
    _bad("forgets the gradient", "Relu", "delta_missing", _RELU, "return 1.0 * (self.x > 0)"),
    _bad("goes back as a sigmoid", "Relu", "other_slope", _RELU,
         "return dout * self.out * (1 - self.out)"),
    _bad("leaks", "Relu", "relu_leaks", "self.out = np.where(x > 0, x, 0.01 * x)",
         "return dout * np.where(self.x > 0, 1, 0.01)"),
    _bad("applies the sigmoid again", "Sigmoid", "slope_at_z", _SIGMOID,
         "return dout * sigmoid(self.out) * (1 - sigmoid(self.out))"),
    _bad("lacks 1 - z", "Sigmoid", "slope_formula", _SIGMOID, "return dout * self.out"),
    _bad("uses x for z", "Sigmoid", "slope_of_u", _SIGMOID, "return dout * self.x * (1 - self.x)"),
    _bad("with e^u", "Sigmoid", "exponent_sign", "self.out = sigmoid(-x)",
         "return dout * self.out * (1 - self.out)"),
    _bad("goes back as a sigmoid", "Tanh", "slope_formula", _TANH,
         "return dout * self.out * (1 - self.out)"),
    _bad("only the diagonal", "Softmax", "softmax_diagonal", _SOFTMAX,
         "return dout * self.out * (1 - self.out)"),
    _bad("passes the gradient on", "Softmax", "other_slope", _SOFTMAX, "return dout"),
    _bad("sums over the batch", "Softmax", "softmax_axis",
         "e = np.exp(x - x.max()); self.out = e / e.sum()",
         "return self.out * (dout - (dout * self.out).sum())"),
)  # fmt: skip

BUGS = (*_AFFINE_BUGS, *_ACTIVATION_BUGS)

_PARAMS = """
class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x):
        W, b = self.params
        self.x = x
        return np.dot(x, W) + b

    def backward(self, dout):
        W, b = self.params
        self.grads[0][...] = self.x.T @ dout
        self.grads[1][...] = dout.sum(axis=0)
        return dout @ W.T
"""
_DICTS = """
class Linear:
    def __init__(self, n_in, n_out):
        self.params = {"W": 0.01 * np.random.randn(n_in, n_out), "b": np.zeros(n_out)}
        self.grads = {}

    def __call__(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads["W"] = self.x.T @ grad
        self.grads["b"] = grad.sum(axis=0)
        return grad @ self.params["W"].T
"""
_TORCH = """
class Linear:
    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(out_features, in_features)
        self.bias = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.weight_grad = grad_output.T @ self.x
        self.bias_grad = grad_output.sum(axis=0)
        return grad_output @ self.weight
"""
_OF_COLUMNS = """
class Dense:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * np.sum(output_gradient, axis=1, keepdims=True)
        return input_gradient
"""
_NNFS = """
class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
"""
_ACCUMULATING = _layer(*_ZEROS, (f"self.dW = {_DW}", f"self.dW += {_DW}"),
                       (f"self.db = {_DB}", f"self.db += {_DB}")) + """
    def zero_grad(self):
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)
"""  # fmt: skip
_NG = """
def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db
"""

VARIANTS = (
    _variant("affine layer of the fish book", "affine_layer", _LAYER),
    _variant("affine layer with lists", "affine_layer", _PARAMS),
    _variant("affine layer with dictionaries", "affine_layer", _DICTS),
    _variant("affine layer of torch's layout", "affine_layer", _TORCH, "(out, in), as in torch"),
    _variant("affine layer of columns that updates itself", "affine_layer", _OF_COLUMNS,
             "backward changes the weights itself"),
    _variant("affine layer with results as attributes", "affine_layer", _NNFS),
    _variant("relu layer with results as attributes", "relu_layer", _NNFS),
    _variant("affine layer that is reset", "affine_layer", _ACCUMULATING),
    _variant("affine layer that averages", "affine_layer",
             _layer((_DW, f"{_DW} / len(dout)"), (_DB, "np.mean(dout, axis=0)")), "averaged"),
    _variant("relu layer", "relu_layer",
             _activation("ReLU", _RELU, "return np.where(self.mask, 0, dout)")),
    _variant("sigmoid layer", "sigmoid_layer",
             _activation("Sigmoid", _SIGMOID, "return dout * (1.0 - self.out) * self.out")),
    _variant("tanh layer", "tanh_layer",
             _activation("Tanh", _TANH, "return dout * (1 - self.out ** 2)")),
    _variant("softmax layer", "softmax_layer",
             _activation("Softmax", _SOFTMAX,
                         "g = self.out * dout; return g - self.out * g.sum(-1, keepdims=True)")),
    _variant("identity layer", "identity_layer",
             _activation("Identity", "self.out = x", "return dout")),
    _variant("affine of rows", "affine", "def affine(x, W, b):\n    return np.dot(x, W) + b"),
    _variant("affine of torch", "affine", "def linear(x, W, b=None):\n    return x @ W.T + b",
             "as in torch"),
    _variant("affine of a column", "affine",
             "def affine(W, x, b):\n    return np.dot(W, x) + b", "columns"),
    _variant("affine of Ng's course", "affine", _NG, "cache"),
    _variant("d_affine of Ng's course", "d_affine", _NG, "averaged"),
    _variant("d_affine of rows", "d_affine",
             "def d_affine(delta, x, W, b):\n    return delta @ W.T, x.T @ delta, delta.sum(axis=0)"),
    _variant("d_affine as a dictionary", "d_affine", """
def affine_backward(dout, x, W):
    return {"dx": dout @ W.T, "dW": x.T @ dout, "db": dout.sum(axis=0)}
"""),
)  # fmt: skip
