"""Derivatives of activation functions, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant

_BEFORE = """import numpy as np

def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)

def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

"""


def _source(signature: str, body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.split("; "))
    return f"{_BEFORE}def {signature}:\n{lines}\n"


def _bug(name: str, of: str, cause: str, signature: str, body: str) -> Planted:
    return Planted(name, f"d_{of}", (cause,), _source(signature, body))


def _variant(name: str, of: str, signature: str, body: str, says: str = "") -> Variant:
    return Variant(name, f"d_{of}", _source(signature, body), says)


BUGS = (
    _bug("relu' is 1/2 at 0", "relu", "relu_slope_at_zero", "relu_derivative(x)",
         "return (np.sign(x) + 1) / 2"),
    _bug("relu' is 1 everywhere", "relu", "other_slope", "d_relu(x)", "return np.ones_like(x)"),
    _bug("relu' is relu", "relu", "slope_formula", "relu_grad(x)", "return np.maximum(0, x)"),
    _bug("relu' is the sigmoid's, of z", "relu", "other_slope", "relu_derivative(z)",
         "return z * (1 - z)"),
    _bug("relu' leaks", "relu", "other_slope", "relu_prime(x)", "return np.where(x > 0, 1, 0.01)"),
    _bug("relu' inverted", "relu", "slope_formula", "relu_prime(x)", "return np.where(x > 0, 0, 1)"),
    _bug("relu' masks by the gradient", "relu", "mask_of_delta", "relu_backward(dout, x)",
         "return dout * (dout > 0)"),
    _bug("relu' lets the input through", "relu", "swapped", "relu_backward(dout, x)",
         "return x * (dout > 0)"),
    _bug("relu' without the gradient from above", "relu", "delta_missing",
         "relu_backward(dout, x)", "return (x > 0).astype(float)"),
    _bug("relu' changes what it is given", "relu", "mutates_gradient", "relu_backward(dout, x)",
         "dout[x <= 0] = 0; return dout"),
    _bug("relu' changes its argument", "relu", "mutates", "d_relu(x)",
         "x[x <= 0] = 0; x[x > 0] = 1; return x"),
    _bug("sigmoid' lacks 1 - z", "sigmoid", "slope_formula", "d_sigmoid(x)", "return sigmoid(x)"),
    _bug("sigmoid' lacks z", "sigmoid", "slope_formula", "d_sigmoid(x)", "return 1 - sigmoid(x)"),
    _bug("sigmoid' at z", "sigmoid", "slope_at_z", "sigmoid_prime(x)",
         "z = sigmoid(x); return sigmoid(z) * (1 - sigmoid(z))"),
    _bug("sigmoid' of u without the sigmoid", "sigmoid", "slope_of_u", "d_sigmoid(u)",
         "return u * (1 - u)"),
    _bug("sigmoid' is tanh's", "sigmoid", "other_slope", "d_sigmoid(x)",
         "return 1 - np.tanh(x) ** 2"),
    _bug("sigmoid' is tanh's form of z", "sigmoid", "slope_formula", "d_sigmoid(x)",
         "return 1 - sigmoid(x) ** 2"),
    _bug("sigmoid' is relu's", "sigmoid", "other_slope", "sigmoid_derivative(x)",
         "return (x > 0) * 1.0"),
    _bug("sigmoid' with the wrong sign", "sigmoid", "sign", "sigmoid_deriv(x)",
         "return sigmoid(x) * (sigmoid(x) - 1)"),
    _bug("sigmoid' forgets the gradient", "sigmoid", "delta_missing", "sigmoid_backward(dout, x)",
         "return sigmoid(x) * (1 - sigmoid(x))"),
    _bug("sigmoid' overflows", "sigmoid", "unstable", "d_sigmoid(x)",
         "return np.exp(-x) / (1 + np.exp(-x)) ** 2"),
    _bug("tanh' lacks the square", "tanh", "slope_formula", "d_tanh(x)", "return 1 - np.tanh(x)"),
    _bug("tanh' is the sigmoid's form of z", "tanh", "slope_formula", "d_tanh(x)",
         "return np.tanh(x) * (1 - np.tanh(x))"),
    _bug("tanh' is the sigmoid's", "tanh", "other_slope", "d_tanh(x)",
         "return sigmoid(x) * (1 - sigmoid(x))"),
    _bug("tanh' at z", "tanh", "slope_at_z", "tanh_derivative(x)",
         "return 1 - np.tanh(np.tanh(x)) ** 2"),
    _bug("tanh' with a plus", "tanh", "slope_formula", "tanh_derivative(x)",
         "return 1 + np.tanh(x) ** 2"),
    _bug("tanh' of u", "tanh", "slope_of_u", "d_tanh(u)", "return 1 - u ** 2"),
    _bug("step' is the step", "step_function", "slope_formula", "d_step(x)", "return (x > 0) * 1.0"),
    _bug("identity' is the input", "identity", "slope_formula", "d_identity(x)", "return x"),
    _bug("softmax' has only its diagonal", "softmax", "softmax_diagonal", "softmax_derivative(x)",
         "y = softmax(x); return y * (1 - y)"),
    _bug("softmax' sums over the batch", "softmax", "softmax_inner_sum", "softmax_backward(dout, y)",
         "return y * (dout - np.sum(dout * y))"),
    _bug("softmax' with the wrong sign", "softmax", "sign", "softmax_jacobian(x)",
         "y = softmax(x); return np.outer(y, y) - np.diag(y)"),
)  # fmt: skip

VARIANTS = (
    _variant("identity' as ones", "identity", "identity_derivative(x)", "return np.ones_like(x)"),
    _variant("relu' as truth values", "relu", "relu_derivative(x)", "return x > 0"),
    _variant("relu' in place on a copy", "relu", "d_relu(x)",
             "grad = np.zeros_like(x); grad[x > 0] = 1; return grad"),
    _variant("relu' carries the gradient back", "relu", "relu_backward(dout, x)",
             "dx = dout.copy(); dx[x <= 0] = 0; return dx"),
    _variant("relu' with the gradient last", "relu", "relu_backward(x, dout)",
             "return np.where(x > 0, dout, 0)", "last argument"),
    _variant("relu' of Ng's course", "relu", "relu_backward(dA, cache)",
             "Z = cache; dZ = np.array(dA, copy=True); dZ[Z <= 0] = 0; return dZ"),
    _variant("sigmoid' of u", "sigmoid", "sigmoid_prime(z)", "return sigmoid(z) * (1 - sigmoid(z))"),
    _variant("sigmoid' of z", "sigmoid", "d_sigmoid(z)", "return z * (1 - z)", "takes the output"),
    _variant("sigmoid' of x, that is an output", "sigmoid", "sigmoid_derivative(x)",
             "return x * (1.0 - x)", "takes the output"),
    _variant("sigmoid' by a flag", "sigmoid", "nonlin(x, deriv=False)",
             "return x * (1 - x) if deriv else sigmoid(x)", "flag"),
    _variant("sigmoid' carries the gradient back", "sigmoid", "sigmoid_backward(dout, out)",
             "return dout * (1.0 - out) * out", "takes the output"),
    _variant("tanh' of its input", "tanh", "tanh_prime(x)", "return 1 - np.tanh(x) ** 2"),
    _variant("tanh' of z", "tanh", "tanh_derivative(y)", "return 1 - y * y", "takes the output"),
    _variant("step' of the course", "step_function", "d_step_function(x)", "return 0"),
    _variant("identity' as a number", "identity", "d_identity(x)", "return 1", "one number"),
    _variant("step' is 0", "step_function", "d_step_function(x)", "return np.zeros_like(x)"),
    _variant("softmax' of one sample", "softmax", "softmax_derivative(x)",
             "y = softmax(x); return np.diag(y) - np.outer(y, y)", "one sample"),
    _variant("softmax' of one output", "softmax", "softmax_jacobian(s)",
             "return np.diag(s) - np.outer(s, s)", "takes the output"),
    _variant("softmax' as in the course", "softmax", "d_softmax(delta, u)",
             "y = softmax(u); return y * (delta - np.sum(delta * y, axis=-1, keepdims=True))"),
)  # fmt: skip
