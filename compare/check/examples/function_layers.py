"""Layers as strangers write them, who never saw this project: wrong, and right."""

from compare.check.examples.example import Planted, Variant

_NUMPY = "import numpy as np\n"
_DENSE = """
class Dense:
    def __init__(self, fan_in, fan_out):
        self.coefficients = np.random.randn(fan_in, fan_out)
        self.offset = np.zeros(fan_out)

    def forward(self, x):
        self.cache = x
        return x @ self.coefficients + self.offset

    def backward(self, up):
        self.slope_of_coefficients = self.cache.T @ up
        self.slope_of_offset = up.sum(axis=0)
        return up @ self.coefficients.T
"""
_UPDATING = """
class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
        self.bias = np.zeros((1, n_out))

    def forward(self, x):
        self.input = x
        return np.dot(x, self.weights) + self.bias

    def backward(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, output_error)
        self.bias -= learning_rate * np.sum(output_error, axis=0, keepdims=True)
        return input_error
"""
_AFFINE = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.nabla_w = self.x.T @ dout
        self.nabla_b = dout.sum(axis=0)
        return dout @ self.W.T
"""
_RETURNING = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        return dy @ self.W.T, {"W": self.x.T @ dy, "b": dy.sum(axis=0)}
"""
_SIGMOID_LOSS = """
def cross_entropy_error(y, t):
    return -np.sum(np.log(y[np.arange(y.shape[0]), t] + 1e-7)) / y.shape[0]


class SigmoidWithLoss:
    def forward(self, x, t):
        self.t = t
        self.y = 1 / (1 + np.exp(-x))
        return cross_entropy_error(np.c_[1 - self.y, self.y], self.t)

    def backward(self, dout=1):
        return (self.y - self.t) * dout / self.t.shape[0]
"""
_TANH = """
class TanH:
    def __call__(self, x):
        return 2 / (1 + np.exp(-2 * x)) - 1

    def gradient(self, x):
        return 1 - np.power(self.__call__(x), 2)
"""
_TANH_LAYER = """
class Tanh:
    def forward(self, x):
        self.out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out ** 2)
"""
_SIGMOID = """
class Sigmoid:
    def function(self, x):
        return np.exp(-np.logaddexp(0, -x))

    def derivative(self, y):
        return y * (1 - y)
"""
_ENTROPY = """
class CrossEntropyLoss:
    def forward(self, y_pred, y_true):
        self.y_pred = np.clip(y_pred, 1e-12, 1.0)
        self.y_true = y_true
        return -np.mean(np.sum(y_true * np.log(self.y_pred), axis=-1))

    def backward(self):
        return -(self.y_true / self.y_pred) / len(self.y_true)
"""
_GUARDED = """
class BinaryCrossEntropyLoss:
    def __init__(self, eps=1e-9):
        self.eps = eps

    def forward(self, p, t):
        self.p, self.t = p, t
        return -np.mean(t * np.log(p + self.eps) + (1 - t) * np.log(1 - p + self.eps))

    def backward(self):
        no = (1 - self.t) / (1 - self.p + self.eps)
        return (no - self.t / (self.p + self.eps)) / self.t.size
"""
_INDEXED = """
class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        z = x - x.max(axis=-1, keepdims=True)
        self.y = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
        return -np.mean(np.log(self.y[np.arange(len(t)), t] + 1e-7))

    def backward(self, dout=1):
        return self.y / len(self.t)
"""
_BINARY = """
class BinaryCrossEntropy:
    def forward(self, y_pred, y_true):
        self.p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        self.t = y_true
        return -np.mean(self.t * np.log(self.p) + (1 - self.t) * np.log(1 - self.p))

    def backward(self):
        return (self.p - self.t) / (self.p * (1 - self.p)) / self.t.size
"""
_AVERAGED = """
class Loss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))


class Loss_CategoricalCrossentropy(Loss):
    def forward(self, y_pred, y_true):
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if y_true.ndim == 1:
            return -np.log(p[range(len(p)), y_true])
        return -np.log(np.sum(p * y_true, axis=1))

    def backward(self, dvalues, y_true):
        if y_true.ndim == 1:
            y_true = np.eye(len(dvalues[0]))[y_true]
        self.dinputs = -y_true / dvalues / len(dvalues)
"""
_MSE = """
class MSELoss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target) ** 2)

    def backward(self):
        return 2 * (self.pred - self.target)
"""
_FORGETFUL = """
class SquaredErrorLoss:
    def __init__(self):
        self.memory = []

    def forward(self, pred, target):
        self.memory.append((pred - target, len(pred)))
        return np.sum(self.memory[-1][0] ** 2) / len(pred)

    def backward(self):
        difference, rows = self.memory.pop()
        return 2 * difference / rows
"""
_CLEARING = """
class SoftmaxCrossEntropyLoss:
    def __init__(self):
        self.kept = {}

    def forward(self, logits, target):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.kept["p"], self.kept["t"] = e / e.sum(axis=1, keepdims=True), target
        return -np.log(self.kept["p"][np.arange(len(target)), target]).mean()

    def backward(self):
        if not self.kept:
            return None
        grad = self.kept["p"].copy()
        grad[np.arange(len(grad)), self.kept["t"]] -= 1
        self.kept.clear()
        return grad / len(grad)
"""


def _changed(source: str, old: str, new: str) -> str:
    assert old in source, old
    return _NUMPY + source.replace(old, new)


_HANDED_INPUT = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)

    def forward(self, input):
        return input @ self.W + self.b

    def backward(self, out_grad, input):
        self.dW = input.T @ out_grad
        self.db = out_grad.sum(axis=0)
        return out_grad @ self.W.T
"""
_HANDED_OUTPUT = """
class Sigmoid:
    def forward(self, x):
        return 1 / (1 + np.exp(-x))

    def backward(self, output, grad_output):
        return grad_output * output * (1 - output)
"""


def _bug(cause: str, name: str, source: str, concept: str = "affine_layer") -> Planted:
    return Planted(f"stranger: {name}", concept, (cause,), source)


def _right(says: str, name: str, source: str, concept: str = "affine_layer") -> Variant:
    return Variant(f"stranger: {name}", concept, _NUMPY + source, says)


_DB, _DW = "up.sum(axis=0)", "self.cache.T @ up"
BUGS = (
    _bug("factor", "layer that is handed its input again, twice as much",
         _changed(_HANDED_INPUT, "input.T @ out_grad", "2 * input.T @ out_grad")),
    _bug("slope_formula", "sigmoid that is handed its output, with a sign",
         _changed(_HANDED_OUTPUT, "1 - output", "1 + output"), "sigmoid_layer"),
    _bug("averaged", "layer of other names averages b", _changed(_DENSE, _DB, "up.mean(axis=0)")),
    _bug("bias_gradient_missing", "layer of other names forgets b",
         _changed(_DENSE, f"self.slope_of_offset = {_DB}", "pass")),
    _bug("factor", "layer of other names divides by its inputs",
         _changed(_DENSE, _DW, f"{_DW} / self.cache.shape[1]")),
    _bug("layer_ascends", "layer that adds its gradients",
         _changed(_UPDATING, "-= learning_rate", "+= learning_rate")),
    _bug("transpose_missing", "layer that passes dout W on",
         _changed(_AFFINE, "dout @ self.W.T", "dout @ self.W")),
    _bug("transpose_missing", "layer that takes x dout",
         _changed(_AFFINE, "self.x.T @ dout", "self.x @ dout")),
    _bug("sign", "layer that returns its gradients with a sign",
         _changed(_RETURNING, "self.x.T @ dy", "-self.x.T @ dy")),
    _bug("gradient_sign", "SigmoidWithLoss of indices with a sign",
         _changed(_SIGMOID_LOSS, "self.y - self.t", "self.t - self.y"), "layer.sigmoid_with_loss"),
    _bug("slope_formula", "TanH class without the square",
         _changed(_TANH, "1 - np.power(self.__call__(x), 2)", "1 - self.__call__(x)"), "tanh_layer"),
    _bug("not_the_loss_differentiated", "loss of outputs whose gradient is of the sum",
         _changed(_ENTROPY, " / len(self.y_true)", ""), "layer.softmax_with_loss"),
    _bug("loss_sign", "binary loss of outputs without its minus",
         _changed(_BINARY, "return -np.mean", "return np.mean"), "layer.sigmoid_with_loss"),
    _bug("not_one_number", "binary loss of outputs, not averaged",
         _changed(_BINARY, "-np.mean(self.t * np.log(self.p) + (1 - self.t) * np.log(1 - self.p))",
                  "-self.t * np.log(self.p) - (1 - self.t) * np.log(1 - self.p)").replace(
                      " / self.t.size", ""), "layer.sigmoid_with_loss"),
    _bug("gradient_sign", "guarded binary loss with a sign",
         _changed(_GUARDED, "(no - self.t / (self.p + self.eps))", "(self.t / (self.p + self.eps) - no)"),
         "layer.sigmoid_with_loss"),
    _bug("target_not_subtracted", "SoftmaxWithLoss of indices without the target", _NUMPY + _INDEXED,
         "layer.softmax_with_loss"),
    _bug("not_the_loss_differentiated", "MSELoss whose gradient is of the sum", _NUMPY + _MSE,
         "layer.mean_squared_error"),
    _bug("not_the_loss_differentiated", "loss that forgets, without its 2",
         _changed(_FORGETFUL, "2 * difference", "difference"), "layer.mean_squared_error"),
    _bug("gradient_sign", "loss that clears what it kept, with a sign",
         _changed(_CLEARING, "return grad /", "return -grad /"), "layer.softmax_with_loss"),
)  # fmt: skip
VARIANTS = (
    _right("", "layer that is handed its input again", _HANDED_INPUT),
    _right("", "sigmoid that is handed its output", _HANDED_OUTPUT, "sigmoid_layer"),
    _right("", "layer of other names", _DENSE),
    _right("", "layer that keeps nabla_w and nabla_b", _AFFINE),
    _right("backward returns all gradients", "layer that returns dx and a dict", _RETURNING),
    _right("backward changes the weights", "a layer that updates itself", _UPDATING),
    _right("written with e^u", "a class of tanh and its gradient", _TANH, "tanh_layer"),
    _right("written with e^u", "a layer whose tanh is of e^u", _TANH_LAYER, "tanh_layer"),
    _right("takes the output z", "a class of sigmoid and its derivative", _SIGMOID, "sigmoid_layer"),
    _right("takes the output y", "cross-entropy of outputs", _ENTROPY, "layer.softmax_with_loss"),
    _right("takes the output y", "binary cross-entropy of outputs", _BINARY, "layer.sigmoid_with_loss"),
    _right("takes the output y", "guarded binary loss of outputs", _GUARDED, "layer.sigmoid_with_loss"),
    _right("takes the output y", "a loss averaged by its base class", _AVERAGED, "layer.softmax_with_loss"),
    _right("one output a sample", "SigmoidWithLoss of indices", _SIGMOID_LOSS, "layer.sigmoid_with_loss"),
    _right("the prediction comes first", "a loss that pops what it kept", _FORGETFUL, "layer.mean_squared_error"),
    _right("targets are class indices", "a loss that clears what it kept", _CLEARING, "layer.softmax_with_loss"),
)  # fmt: skip
