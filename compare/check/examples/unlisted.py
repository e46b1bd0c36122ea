"""What no table lists: constants in wrong places, results in whole numbers, losses of one name."""

from compare.check.examples.example import Planted, Variant
from compare.check.examples.functions import _bug, _function, _right

_LOOP = _function(
    "my_sigmoid(values)",
    "out = np.zeros_like(values)",
    "for i in np.ndindex(values.shape):",
    "    out[i] = 1 / (1 + np.exp(-values[i]))",
    "return out",
)
_BY_KEY = _function(
    "numeric_grad(params, cost)",
    "step, found = 1e-4, {}",
    "for key, array in params.items():",
    "    found[key] = np.zeros(array.shape)",
    "    for i in np.ndindex(array.shape):",
    "        kept = array[i]",
    "        array[i] = kept + step",
    "        above = cost(params)",
    "        array[i] = kept - step",
    "        found[key][i] = (above - cost(params)) / (2 * step)",
    "        array[i] = kept",
    "return found",
)
_LOSS_OF_BITS = _function(
    "xent_loss(guess, truth)",
    "return -np.sum(truth * np.log(guess) + (1 - truth) * np.log(1 - guess)) / guess.size",
)
_ITS_GRADIENT = _function(
    "xent_loss_grad(guess, truth)",
    "return ((1 - truth) / (1 - guess) - truth / guess) / guess.size",
)
_CLIPPED = _function(
    "bce(p, t)",
    "p = np.clip(p, 4e-9, 1 - 4e-9)",
    "return np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p))",
) + _function(
    "bce_grad(p, t)",
    "p = np.clip(p, 4e-9, 1 - 4e-9)",
    "return (p - t) / (p * (1 - p)) / p.size",
)
_OF_UNITS = _function(
    "bce_with_logits(a, t)",
    "return np.mean(np.maximum(a, 0) - a * t + np.log1p(np.exp(-np.abs(a))))",
) + _function("bce_with_logits_grad(a, t)", "return (1 / (1 + np.exp(-a)) - t) / len(t)")
_HINGE = _function(
    "hinge(a, s)",
    "return np.maximum(0, 1 - s * a).mean()",
) + _function("hinge_grad(a, s)", "return np.where(s * a < 1, -s, 0.0) / len(s)")
_LEAKY = _function(
    "leaky_relu(u, negative_slope=0.02)",
    "u = u.copy()",
    "u[u < 0] *= negative_slope",
    "return u",
)
_ELU = _function(
    "elu(x, alpha=1.0)",
    "return np.where(x > 0, x, alpha * (np.exp(x) - 1))",
) + _function(
    "elu_prime(x, alpha=1.0)",
    "y = x.copy()",
    "y[x > 0] = 0.0",
    "return np.where(y == 0, 1.0, alpha * np.exp(y))",
)
_BY_MODE = _function(
    "norm_forward(x, scale, shift, config)",
    "if config['mode'] == 'train':",
    "    mean, spread = x.mean(axis=0), x.std(axis=0)",
    "else:",
    "    mean, spread = config['mean'], config['spread']",
    "n = (x - mean) / spread",
    "config['mean'], config['spread'] = mean, spread",
    "return scale * n + shift, (x, n, spread, scale)",
) + _function(
    "norm_backward(dout, cache)",
    "x, n, spread, scale = cache",
    "dn = dout * scale",
    "dx = (dn - dn.mean(axis=0) - n * (dn * n).mean(axis=0)) / spread",
    "return dx, (dout * n).sum(axis=0), dout.sum(axis=0)",
)
_BACKWARD = _function(
    "linear_backward(dZ, cache)",
    "A, W, b = cache",
    "m = A.shape[1]",
    "return W.T @ dZ, dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m",
)
_OF_EACH = _function(
    "squared_loss(out, t)", "return (out - t) ** 2 / 2"
) + _function(
    "report(outs, ts)", "total = 0", "for out, t in zip(outs, ts):",
    "    total += squared_loss(out, t).sum()", "return total / len(ts)",
)  # fmt: skip
_COUNT = _function(
    "accuracy(out, t)", "return (out.argmax(axis=1) == t).sum()"
) + _function("evaluate(batches)", "right, total = 0, 0", "for out, t in batches:",
              "    right += accuracy(out, t)", "    total += len(t)", "return right / total")  # fmt: skip
_OF_ONE = _function("softmax(v)", "e = np.exp(v - np.max(v))", "return e / np.sum(e)") + _function(
    "softmax_prime(v)", "y = softmax(v)", "return np.diag(y) - np.outer(y, y)"
)
_SERIES = """
import numpy as np

def power(x):
    term = total = np.ones_like(x, dtype=float)
    for n in range(1, 30):
        term = term * (x / 128) / n
        total = total + term
    return total ** 128

def sigmoid(x):
    return 1 / (1 + power(-x))
"""
_SLOPES = _function("leaky_relu(u, slope=0.1)", "return np.where(u > 0, u, slope * u)") + _function(
    "leaky_relu_prime(u, slope=0.01)", "return np.where(u > 0, 1.0, slope)"
)

_COLUMN = _function(
    "mse(out, targ)", "return ((out[:, 0] - targ) ** 2).mean()"
) + _function("mse_grad(out, targ)", "return 2 * (out[:, 0] - targ)[:, None] / len(targ)")  # fmt: skip
_CALLED = """
class Part:
    def __call__(self, *args):
        self.args = args
        return self.forward(*args)

    def backward(self):
        return self.bwd(*self.args)

class Mse(Part):
    def forward(self, out, targ):
        return ((out.squeeze() - targ) ** 2).mean()

    def bwd(self, out, targ):
        return 2 * (out.squeeze() - targ)[:, None] / len(targ)
"""
_NEGATIVE_LOG = _function("log_loss(t, p)", "return -np.mean(np.sum(t * np.log(p + 1e-9), axis=1))")
_ITS_BACK = _function(
    "log_loss_back(t, p)", "return ((1 - t) / (1 - p + 1e-9) - t / (p + 1e-9)) / len(t)"
)

VARIANTS: tuple[Variant, ...] = (
    _right("mean_squared_error", "as a column", "squares of a column beside flat targets", _COLUMN),
    _right("layer.mean_squared_error", "as a column", "a loss whose call keeps what it takes", _CALLED),
    _right("mean_squared_error", "one loss for each", "squares that a caller sums", _OF_EACH),
    _right("accuracy", "what calls it divides", "a count that a caller divides", _COUNT),
    _right("softmax", "one sample at a time", "a softmax of one vector beside its Jacobian", _OF_ONE),
    _right("function.other", "leaky_relu", "a leaky relu beside a derivative of another slope", _SLOPES),
    _right("sigmoid", "", "a sigmoid by a series of its own", _SERIES),
    _right("derivative.other", "by numerical differences", "a norm that is told its mode", _BY_MODE),
    _right("function.other", "leaky_relu", "a leaky relu of a copy", _LEAKY),
    _right("derivative.other", "by numerical differences", "elu' of a copy", _ELU),
    _right("d_binary_cross_entropy_error", "y clipped", "clipped bits beside their gradient", _CLIPPED),
    _right("pair.sigmoid_with_loss", "one output a sample", "units beside their gradient", _OF_UNITS),
    _right("derivative.other", "by numerical differences", "a hinge of one output a sample", _HINGE),
    _right("numerical_gradient", "dictionary", "differences of a dictionary", _BY_KEY),
    _right("pair.cross_entropy_error", "", "a loss of bits beside its gradient", _LOSS_OF_BITS + _ITS_GRADIENT),
    _right("half_squared_error", "sum, not mean, with the 1/2", "a loss of squares by another name",
           _function("half_squared_cost(guess, truth)", "return 0.5 * np.sum((guess - truth) ** 2)")),
)  # fmt: skip
BUGS: tuple[Planted, ...] = (
    _bug("derivative.other", "derivative_of_another", "a loss of classes beside the gradient of bits",
         _NEGATIVE_LOG + _ITS_BACK),
    _bug("layer.mean_squared_error", "broadcast_to_table", "a column less flat targets",
         _CALLED.replace("((out.squeeze() - targ) ** 2)", "((out - targ) ** 2)")),
    _bug("mean_squared_error", "not_one_number", "squares that a caller does not sum",
         _OF_EACH.replace(").sum()", ")")),
    _bug("accuracy", "accuracy_factor", "a count that its caller shows",
         _COUNT.replace("right += accuracy(out, t)", "print(accuracy(out, t))")),
    _bug("d_softmax", "slope_formula", "a Jacobian of y * y",
         _OF_ONE.replace("np.outer(y, y)", "y * y")),
    _bug("derivative.other", "not_its_own_gradient_by", "a norm told its mode, x for n",
         _BY_MODE.replace("(dout * n).sum", "(dout * x).sum")),
    _bug("function.other", "mutates", "a leaky relu in place", _LEAKY.replace("u.copy()", "u")),
    _bug("derivative.other", "mutates", "elu' in place", _ELU.replace("x.copy()", "x")),
    _bug("d_binary_cross_entropy_error", "not_the_loss_differentiated", "a mean of clipped bits, and a sum's gradient",
         _CLIPPED.replace(" / p.size", "")),
    _bug("pair.sigmoid_with_loss", "not_the_loss_differentiated", "a mean of units, and a sum's gradient",
         _OF_UNITS.replace("t) / len(t)", "t)")),
    _bug("derivative.other", "own_derivative_negated", "a hinge of one output a sample, of the other sign",
         _HINGE.replace("-s, 0.0", "s, 0.0")),
    _bug("sigmoid", "into_integers", "sigmoid in a loop into zeros_like", _LOOP),
    _bug("softmax", "into_integers", "softmax row by row into an array of the same dtype",
         _function("calc_softmax(scores)", "out = scores.copy()", "for n, row in enumerate(scores):",
                   "    e = np.exp(row - row.max())", "    out[n] = e / e.sum()", "return out")),
    _bug("numerical_gradient", "factor", "differences of a dictionary over h",
         _BY_KEY.replace("(2 * step)", "step")),
    _bug("pair.cross_entropy_error", "not_the_loss_differentiated", "a loss of bits, and a sum's gradient",
         _LOSS_OF_BITS + _ITS_GRADIENT.replace(" / guess.size", "")),
    _bug("sigmoid", "argument_multiplied", "sigmoid of 1.3 u",
         _function("sigmoid(u)", "return 1 / (1 + np.exp(-1.3 * u))")),
    _bug("tanh", "result_multiplied", "tanh times 1.7159", _function("tanh(u)", "return 1.72 * np.tanh(u)")),
    _bug("sigmoid", "argument_moved", "sigmoid of u - 0.4",
         _function("sigmoid(u)", "return 1 / (1 + np.exp(0.4 - u))")),
    _bug("tanh", "result_moved", "tanh plus 1", _function("tanh(u)", "return 1 + np.tanh(u)")),
    _bug("relu", "relu_moved", "relu less 0.4", _function("relu(u)", "return np.maximum(u, 0) - 0.4")),
    _bug("softmax", "other_function", "softmax at a temperature of 7",
         _function("softmax(x)", "e = np.exp((x - np.max(x, axis=-1, keepdims=True)) / 7)",
                   "return e / np.sum(e, axis=-1, keepdims=True)")),
    _bug("d_mean_squared_error", "gradient_factor", "a gradient of squares times 0.3",
         _function("mse_grad(y, t)", "return 0.3 * (y - t) / len(y)")),
    _bug("mean_squared_error", "loss_factor", "squares over 7 N",
         _function("mse(y, t)", "return ((y - t) ** 2).sum() / (7 * len(y))")),
    _bug("d_binary_cross_entropy_error", "binary_denominators_exchanged", "denominators exchanged",
         _function("bce_grad(y, t)", "return ((1 - t) / (y + 1e-8) - t / (1 - y + 1e-8)) / len(y)")),
    _bug("d_sigmoid", "slope_formula", "sigmoid of its own derivative",
         _function("d_sigmoid(u)", "s = 1 / (1 + np.exp(-u))", "return 1 / (1 + np.exp(-s * (1 - s)))")),
    _bug("d_affine", "bias_gradient_over_units", "a bias summed over the units, averaged",
         _BACKWARD.replace("dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=0)")),
)  # fmt: skip
