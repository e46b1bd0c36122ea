"""Functions as strangers write them, who never saw this project: wrong, and right."""

from compare.check.examples.example import Planted, Variant

_NUMPY = "import numpy as np\n"


def _bug(concept: str, cause: str, name: str, source: str) -> Planted:
    return Planted(f"stranger: {name}", concept, (cause,), _NUMPY + source)


def _right(concept: str, says: str, name: str, source: str) -> Variant:
    return Variant(f"stranger: {name}", concept, _NUMPY + source, says)


def _function(signature: str, *lines: str) -> str:
    return f"\ndef {signature}:\n" + "".join(f"    {line}\n" for line in lines)


_E = "e = np.exp(x - np.max(x, axis=-1, keepdims=True))"
_SUM = "np.sum(e, axis=-1, keepdims=True)"

_ACTIVATIONS = (
    _bug("sigmoid", "brackets_missing", "sigmoid without brackets",
         _function("sigmoid(x)", "return 1 / 1 + np.exp(-x)")),
    _bug("sigmoid", "brackets_missing", "sigmoid of e^u without brackets",
         _function("sigmoid(x)", "return np.exp(x) / 1 + np.exp(x)")),
    _bug("sigmoid", "clipped_too_narrow", "sigmoid clipped to 5",
         _function("sigmoid(x)", "return 1 / (1 + np.exp(-np.clip(x, -5, 5)))")),
    _bug("sigmoid", "derivative_for_function", "sigmoid returns its derivative",
         _function("sigmoid(x)", "s = 1 / (1 + np.exp(-x))", "return s * (1 - s)")),
    _bug("sigmoid", "other_function", "sigmoid of a rounded e",
         _function("sigmoid(x)", "return 1 / (1 + 2.718 ** -x)")),
    _bug("tanh", "quotient_inverted", "tanh upside down",
         _function("tanh(x)", "a, b = np.exp(x), np.exp(-x)", "return (a + b) / (a - b)")),
    _bug("tanh", "brackets_missing", "tanh without brackets",
         _function("tanh(x)", "a, b = np.exp(x), np.exp(-x)", "return a - b / a + b")),
    _bug("tanh", "derivative_for_function", "tanh returns its derivative",
         _function("tanh(x)", "return 1 - np.tanh(x) ** 2")),
    _bug("tanh", "other_function", "tanh forgets to subtract 1",
         _function("tanh(x)", "return 2 / (1 + np.exp(-2 * x))")),
    _bug("step_function", "other_function", "step gives -1 and 1",
         _function("step(x)", "return np.where(x > 0, 1, -1)")),
    _bug("step_function", "other_function", "step the other way round",
         _function("step(x)", "return np.array(x <= 0, dtype=int)")),
    _bug("identity", "derivative_for_function", "identity of ones",
         _function("identity_function(x)", "return np.ones_like(x)")),
    _bug("relu", "max_for_maximum", "relu by np.max", _function("relu(x)", "return np.max(0, x)")),
    _bug("sigmoid", "one_number_only", "sigmoid by math",
         "import math\n" + _function("sigmoid(x)", "return 1 / (1 + math.exp(-x))")),
    _bug("relu", "branch_on_array", "relu by if",
         _function("relu(x)", "if x > 0:", "    return x", "return 0")),
    _bug("d_tanh", "slope_formula", "tanh' of u squared",
         _function("tanh_prime(x)", "return 1 - np.tanh(x ** 2)")),
    _bug("d_tanh", "slope_formula", "tanh' squares the difference",
         _function("tanh_prime(x)", "return (1 - np.tanh(x)) ** 2")),
)  # fmt: skip

_SOFTMAX = (
    _bug("softmax", "exp_missing", "softmax without e",
         _function("softmax(x)", "return x / np.sum(x, axis=1, keepdims=True)")),
    _bug("softmax", "softmax_shift_differs", "softmax shifted above only",
         _function("softmax(x)", _E, "return e / np.sum(np.exp(x), axis=-1, keepdims=True)")),
    _bug("softmax", "softmax_shift_differs", "softmax shifted below only",
         _function("softmax(x)", _E, f"return np.exp(x) / {_SUM}")),
    _bug("softmax", "other_function", "softmax of -u",
         _function("softmax(x)", "e = np.exp(-x)", f"return e / {_SUM}")),
    _bug("softmax", "columns_assumed", "softmax over axis 0 alone",
         _function("softmax(scores)", "e = np.exp(scores - np.max(scores, axis=0))",
                   "return e / np.sum(e, axis=0)")),
    _bug("softmax", "other_layout", "softmax over axis 0 beside an accuracy of rows",
         _function("softmax(z)", "e = np.exp(z - np.max(z, axis=0))",
                   "return e / np.sum(e, axis=0)")
         + _function("accuracy(y, t)", "return np.mean(np.argmax(y, axis=1) == np.argmax(t, axis=1))")),
    _bug("accuracy", "columns_assumed", "accuracy over axis 0",
         _function("accuracy(y, t)", "y, t = np.argmax(y, axis=0), np.argmax(t, axis=0)",
                   "return np.sum(y == t) / float(len(y))")),
    _bug("d_softmax", "slope_formula", "Jacobian with a plus",
         _function("softmax_jacobian(s)", "s = s.reshape(-1, 1)",
                   "return np.diagflat(s) + np.dot(s, s.T)")),
    _bug("d_softmax", "slope_formula", "Jacobian without its diagonal",
         _function("softmax_jacobian(s)", "return -np.outer(s, s)")),
)  # fmt: skip

_LOSSES = (
    _bug("mean_squared_error", "not_one_number", "squared errors without a sum",
         _function("mean_squared_error(y, t)", "return 0.5 * (y - t) ** 2")),
    _bug("mean_squared_error", "not_the_loss_differentiated", "mse and its gradient apart",
         _function("mse_loss(pred, target)",
                   "return np.mean((pred - target) ** 2), 2 * (pred - target) / len(pred)")),
    _bug("cross_entropy_error", "log_of_sum", "entropy of scores with a wrong sign",
         _function("cross_entropy_loss(logits, labels)",
                   "z = logits - logits.max(axis=1, keepdims=True)",
                   "lse = np.log(np.exp(z).sum(axis=1))",
                   "return np.mean(-lse - z[np.arange(len(z)), labels])")),
    _bug("softmax_with_loss", "log_of_sum", "entropy of scores that takes no log",
         _function("softmax_cross_entropy(logits, labels)",
                   "z = logits - logits.max(axis=1, keepdims=True)",
                   "return np.mean(np.exp(z).sum(axis=1) - z[np.arange(len(z)), labels])")),
    _bug("softmax_with_loss", "not_the_loss_differentiated", "softmax loss with a gradient of the sum",
         _function("softmax_loss(x, y)", "z = x - x.max(axis=1, keepdims=True)",
                   "p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)",
                   "n = x.shape[0]", "loss = -np.sum(np.log(p[np.arange(n), y])) / n",
                   "p[np.arange(n), y] -= 1", "return loss, p")),
    _bug("cross_entropy_error", "log_of_total", "log of the sum",
         _function("cross_entropy(y_hat, y)", "return -np.log(np.sum(y * y_hat)) / len(y)")),
    _bug("cross_entropy_error", "log_of_total", "log of the mean",
         _function("cross_entropy_loss(probs, labels)",
                   "return -np.log(np.mean(probs[range(len(probs)), labels]))")),
    _bug("cross_entropy_error", "every_pair_of_indices", "entropy of all pairs of indices",
         _function("cross_entropy(y, t)", "return -np.sum(np.log(y[:, t] + 1e-7)) / y.shape[0]")),
    _bug("binary_cross_entropy_error", "binary_targets_reversed", "binary targets reversed",
         _function("binary_crossentropy(t, y)",
                   "return -np.mean((1 - t) * np.log(y + 1e-8) + t * np.log(1 - y + 1e-8))")),
    _bug("binary_cross_entropy_error", "loss_swapped", "binary entropy with exchanged names",
         _function("binary_cross_entropy(y_true, y_pred)",
                   "a, b = np.log(y_true + 1e-9), np.log(1 - y_true + 1e-9)",
                   "return -np.mean(y_pred * a + (1 - y_pred) * b)")),
    _bug("d_binary_cross_entropy_error", "binary_gradient_terms", "binary gradient with a plus",
         _function("binary_cross_entropy_prime(y_true, y_pred)",
                   "return ((1 - y_true) / (1 - y_pred) + y_true / y_pred) / np.size(y_true)")),
    _bug("d_softmax_with_loss", "target_not_subtracted", "gradient without the target",
         _function("d_softmax_with_loss(d, y)", "return y / len(d)")),
    _bug("d_softmax_with_loss", "columns_assumed", "divided by the number of classes",
         _function("d_softmax_with_loss(d, y)", "return (y - d) / d.shape[1]")),
)  # fmt: skip

_NUMERICAL = (
    _bug("numerical_gradient", "sign", "differences the wrong way round",
         _function("numerical_gradient(f, x, eps=1e-4)", "g = np.zeros_like(x)",
                   "for i in np.ndindex(*x.shape):", "    e = np.zeros(x.shape)", "    e[i] = eps",
                   "    g[i] = (f(x - e) - f(x + e)) / (2 * eps)", "return g")),
    _bug("numerical_gradient", "differences_of_zero", "h of 1e-50",
         _function("numerical_gradient(f, x)", "g, h = np.zeros_like(x), 10e-50",
                   "for i in range(x.size):", "    kept = x[i]",
                   "    x[i] = kept + h", "    above = f(x)", "    x[i] = kept - h",
                   "    g[i] = (above - f(x)) / (2 * h)", "    x[i] = kept", "return g")),
    _bug("numerical_gradient", "one_sided_difference", "derivative of one number, forward",
         _function("numerical_diff(f, x)", "h = 1e-4", "return (f(x + h) - f(x)) / h")),
    _bug("numerical_gradient", "factor", "differences of an array over h",
         _function("numerical_diff(f, x)", "g = np.zeros(x.shape)", "for i in np.ndindex(x.shape):",
                   "    e = np.zeros(x.shape)", "    e[i] = 1e-5",
                   "    g[i] = (f(x + e) - f(x - e)) / 1e-5", "return g")),
)  # fmt: skip

BUGS = (*_ACTIVATIONS, *_SOFTMAX, *_LOSSES, *_NUMERICAL)

_OVER_COLUMNS = "return e / np.sum(e, axis=0, keepdims=True)"
_COLUMNS = (
    _function("softmax(Z)", "e = np.exp(Z - np.max(Z, axis=0, keepdims=True))",
              _OVER_COLUMNS)
    + _function("cross_entropy(A, Y)", "return -np.sum(Y * np.log(A + 1e-8)) / Y.shape[1]")
)  # fmt: skip
_STATIC = """
class Activations:
    @staticmethod
    def sigmoid_derivative(y):
        return y * (1 - y)


class Losses:
    @staticmethod
    def mse(y_true, y_pred):
        return np.mean(np.sum((y_true - y_pred) ** 2, axis=1))
"""
_LINEAR = """
def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T) / m, np.sum(dZ, axis=1, keepdims=True) / m
"""
_REMEMBERED = """
def linear_forward(X, W, b):
    return X @ W.T + b, dict(X=X, W=W)


def linear_backward(dY, memo):
    X, W = memo["X"], memo["W"]
    return dY @ W, dY.T @ X, dY.sum(axis=0)
"""
_SOFTMAX_LOSS = _function(
    "softmax_loss(x, y)", "z = x - np.max(x, axis=1, keepdims=True)",
    "logs = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))", "n = x.shape[0]",
    "dx = np.exp(logs)", "dx[np.arange(n), y] -= 1",
    "return -np.sum(logs[np.arange(n), y]) / n, dx / n",
)  # fmt: skip
VARIANTS = (
    _right("softmax", "samples are columns", "softmax of columns beside a loss of columns", _COLUMNS),
    _right("softmax", "samples are columns", "softmax of columns with a cache",
           _COLUMNS.replace(f"{_OVER_COLUMNS}\n", f"{_OVER_COLUMNS}, Z\n")),
    _right("cross_entropy_error", "samples are columns", "loss of columns beside its softmax", _COLUMNS),
    _right("d_sigmoid", "takes the output", "a static method", _STATIC),
    _right("mean_squared_error", "mean over the samples", "a loss as a static method", _STATIC),
    _right("d_affine", "samples are columns", "linear_backward of a cache", _LINEAR),
    _right("affine", "samples are columns", "linear_forward with a cache", _LINEAR),
    _right("d_affine", "W is (out, in)", "linear_backward of what its forward pass names", _REMEMBERED),
    _right("affine", "", "affine by keywords",
           _function("affine(*, x, W, b)", "return x @ W + b")),
    _right("mean_squared_error", "the prediction comes first", "mse by keywords",
           _function("mean_squared_error(*, pred, target)",
                     "return 0.5 * np.mean(np.sum((pred - target) ** 2, axis=1))")),
    _right("cross_entropy_error", "class indices", "entropy by keywords",
           _function("cross_entropy(*, probs, labels)",
                     "return float(-np.mean(np.log(probs[np.arange(len(labels)), labels])))")),
    _right("softmax_with_loss", "returns the gradient beside the loss", "softmax loss and its gradient",
           _SOFTMAX_LOSS),
    _right("mean_squared_error", "returns the gradient beside the loss", "mse and its gradient",
           _function("mse_loss(pred, target)", "e = pred - target",
                     "return np.mean(e ** 2), 2 * e / e.size")),
    _right("accuracy", "beside one-hot targets", "accuracy of classes beside one-hot targets",
           _function("accuracy(guessed, onehot)",
                     "return (guessed == onehot.argmax(axis=-1)).sum() / len(guessed)")),
    _right("accuracy", "of 0 and 1", "accuracy of zeros and ones",
           _function("accuracy(actual, guess)", "same = actual * guess + (1 - actual) * (1 - guess)",
                     "return same.sum() / len(same)")),
    _right("accuracy", "each yes or no", "accuracy of outputs that are yes or no",
           _function("accuracy(y_pred, y_true)", "return ((y_pred > 0.5) == y_true).mean()")),
    _right("cross_entropy_error", "epsilon 2.22", "entropy with the machine's epsilon",
           _function("cross_entropy(y_pred, y_true)",
                     "log = np.log(y_pred + np.finfo(float).eps)",
                     "return -np.mean(np.sum(y_true * log, axis=-1))")),
    _right("binary_cross_entropy_error", "clipped to [0.001", "binary entropy clipped widely",
           _function("binary_cross_entropy(y_pred, y_true)", "p = np.clip(y_pred, 1e-3, 1 - 1e-3)",
                     "return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))")),
    _right("numerical_gradient", "takes one number", "derivative of one number",
           _function("numerical_diff(f, x)", "h = 1e-4", "return (f(x + h) - f(x - h)) / (2 * h)")),
)  # fmt: skip
