"""Functions and layers of no course, right and with a mistake in their derivative."""

from compare.check.examples.example import Planted, Variant, with_changes

_SWISH = """
import numpy as np

def swish(x, beta=1.0):
    return x / (1 + np.exp(-beta * x))

def swish_prime(x, beta=1.0):
    s = 1 / (1 + np.exp(-beta * x))
    return s + beta * x * s * (1 - s)
"""
_HUBER = """
import numpy as np

def huber(out, goal, delta=0.7):
    r = out - goal
    small = np.abs(r) <= delta
    return np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)).mean()

def huber_grad(out, goal, delta=0.7):
    r = out - goal
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r)) / r.size
"""
_HUBER_CLASS = """
import numpy as np

class Smooth:
    def __init__(self, border=0.8):
        self.border = border

    def value(self, guess, truth):
        r = np.abs(guess - truth)
        return np.where(r < self.border, 0.5 * r * r, self.border * (r - 0.5 * self.border)).mean()

    def gradient(self, guess, truth):
        return np.clip(guess - truth, -self.border, self.border) / guess.size
"""
_IN_PLACE = """
import numpy as np

class Leaky:
    def forward(self, u):
        self.below = u < 0
        z = u.copy()
        z[self.below] *= 0.03
        return z

    def backward(self, dz):
        du = dz.copy()
        du[self.below] *= 0.03
        return du
"""
_NORM = """
import numpy as np

def norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    n = (x - mean) / np.sqrt(var + eps)
    return gamma * n + beta, (n, gamma, var + eps)

def norm_backward(dout, cache):
    n, gamma, var = cache
    dn = dout * gamma
    dx = (dn - dn.mean(axis=0) - n * (dn * n).mean(axis=0)) / np.sqrt(var)
    return dx, (dout * n).sum(axis=0), dout.sum(axis=0)
"""
_MARGINS = """
import numpy as np

def margin_loss(W, X, y, reg):
    rows = np.arange(len(X))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(X) + reg * np.sum(W * W)
    counts = (margins > 0) * 1.0
    counts[rows, y] = -counts.sum(axis=1)
    dW = X.T @ counts / len(X) + 2 * reg * W
    return loss, dW
"""
_LAYER_NORM = """
import numpy as np

class LayerNorm:
    def __init__(self, n_features):
        self.gamma, self.beta = np.ones(n_features), np.zeros(n_features)

    def forward(self, x):
        self.s = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        self.n = (x - x.mean(axis=1, keepdims=True)) / self.s
        return self.gamma * self.n + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.n).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        dn = dout * self.gamma
        inner = (dn * self.n).mean(axis=1, keepdims=True)
        return (dn - dn.mean(axis=1, keepdims=True) - self.n * inner) / self.s
"""
_THINNED = """
import numpy as np

class Thinned:
    def __init__(self, keep=0.6):
        self.keep = keep
        self.rng = np.random.default_rng()

    def forward(self, x, train=True):
        self.mask = self.rng.random(x.shape) < self.keep if train else self.keep
        return x * self.mask / self.keep

    def backward(self, dout):
        return dout * self.mask / self.keep
"""
_MAXOUT = """
import numpy as np

class Maxout:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, x):
        self.x, self.z = x, np.einsum("ni,kio->kno", x, self.W) + self.b[:, None]
        return self.z.max(axis=0)

    def backward(self, grad_output):
        dz = (self.z == self.z.max(axis=0)) * grad_output
        self.dW, self.db = np.einsum("ni,kno->kio", self.x, dz), dz.sum(axis=1)
        return np.einsum("kno,kio->ni", dz, self.W)
"""
_FUNCTION, _LAYER = "derivative.other", "layer.other"
_OWN, _GRADIENT = "not_its_own_derivative", "not_its_own_gradient_by"

_SQUARES = """
import numpy as np

def squeeze(z):
    return 1 / (1 + np.exp(-z))

class HalfSquares:
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def delta(z, a, y):
        return (a - y) * squeeze(z) * (1 - squeeze(z))
"""
_ENTROPY = """
import numpy as np

class Entropy:
    @staticmethod
    def fn(a, y):
        return np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a))

    @staticmethod
    def delta(z, a, y):
        return a - y
"""

_MASKED = """
import numpy as np

def relu_forward(X, W, b):
    h = np.dot(X, W) + b
    return np.maximum(h, 0), (X, W, b, h)

def relu_backward(dout, cache):
    X, W, b, h = cache
    dout = dout * (h > 0)
    dx = np.dot(dout, W.T)
    return dx, np.dot(X.T, dout), np.sum(dout, axis=0)
"""
DRAWN = """
import numpy as np

def cube_forward(X):
    return X ** 3, X

def cube_backward(dout, X):
    return 3 * dout * X ** 2

def dropout_forward(X, dropout):
    p = np.random.rand(*X.shape) < (1 - dropout)
    a = X * p / (1 - dropout)
    return a, (X, p, dropout)

def dropout_backward(dout, cache):
    X, p, dropout = cache
    return dout * p / (1 - dropout)
"""
_SUMMED = """
import numpy as np

def softmax_loss(score, y):
    n = len(y)
    shifted = score - np.max(score, axis=1, keepdims=True)
    e = np.exp(shifted)
    total = np.sum(e, axis=1, keepdims=True)
    p = e / total
    loss = -np.sum((shifted - np.log(total))[range(n), y]) / n
    p[range(n), y] -= 1
    return loss, p / n
"""

_ELU = """
import numpy as np

class ELU:
    def __init__(self, alpha=0.9):
        self.alpha = alpha

    def __call__(self, z):
        return np.where(z >= 0, z, self.alpha * np.expm1(z))

    def gradient(self, z):
        return np.where(z >= 0, 1.0, self.alpha * np.exp(z))
"""
_BIPOLAR = """
import numpy as np

class Bipolar:
    def f(self, x):
        return 2 / (1 + np.exp(-x)) - 1

    def df(self, x):
        return 0.5 * (1 - x ** 2)
"""
_PENALTY = """
import numpy as np

class L2:
    def __init__(self, lam=0.006):
        self.lam = lam

    def penalty(self, w):
        return 0.5 * self.lam * np.sum(w ** 2)

    def grad(self, w):
        return self.lam * w
"""
_UNNAMED = """
import numpy as np

class Sou:
    def __init__(self, omomi):
        self.omomi = omomi

    def junpan(self, x):
        self.x = x
        return np.dot(x, self.omomi)

    def gyakuden(self, du):
        self.d_omomi = np.dot(self.x.T, du)
        return np.dot(du, self.omomi.T)
"""
_NAMED_ALIKE = """
import numpy as np

class Cube:
    def forward(self, x):
        self.x = x
        return x ** 3

    def backward(self, x):
        return x * 3 * self.x ** 2
"""

_EMBEDDING = """
import numpy as np

class Embedding:
    def __init__(self, n_words, n_features):
        self.weights = 0.01 * np.random.randn(n_words, n_features)

    def forward(self, inputs):
        rows = inputs.astype(np.int32).reshape(-1) % len(self.weights)
        self.inputs = np.eye(len(self.weights))[rows].reshape(*inputs.shape, -1)
        return self.inputs @ self.weights

    def backward(self, dvalues):
        n_words, n_features = self.weights.shape
        self.dweights = self.inputs.reshape(-1, n_words).T @ dvalues.reshape(-1, n_features)
        return dvalues @ self.weights.T
"""


def _bug(concept: str, name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"no course: {name}", concept, (cause,), with_changes(source, *changes))


def _right(concept: str, name: str, source: str) -> Variant:
    return Variant(f"no course: {name}", concept, source, "by numerical differences")


BUGS = (
    _bug(_LAYER, "huber in a class, half of delta left out", "pieces_of_loss_apart", _HUBER_CLASS,
         ("(r - 0.5 * self.border)", "r")),
    _bug(_LAYER, "huber in a class, a sum's gradient", "own_derivative_scaled", _HUBER_CLASS, (" / guess.size", "")),
    _bug(_LAYER, "passes of names that say nothing, in place", "mutates", _IN_PLACE,
         ("u.copy()", "u")),
    _bug(_LAYER, "a class of elu without its - 1", "pieces_apart", _ELU, ("np.expm1(z)", "np.exp(z)")),
    _bug(_FUNCTION, "swish, without beta", _OWN, _SWISH, ("beta * x * s", "x * s")),
    _bug(_FUNCTION, "huber, of the other sign", "own_derivative_negated", _HUBER,
         ("    r = out - goal\n    return", "    r = goal - out\n    return")),
    _bug(_FUNCTION, "huber, a sum beside a mean", "own_derivative_scaled", _HUBER, (" / r.size", "")),
    _bug(_FUNCTION, "huber, without delta in its linear part", _OWN, _HUBER,
         ("delta=0.7", "delta=1.3"), ("delta * np.sign(r)", "np.sign(r)")),
    _bug(_FUNCTION, "batch norm, the mean is a constant", "own_same_along", _NORM,
         ("dn - dn.mean(axis=0) - n", "dn - n")),
    _bug(_FUNCTION, "batch norm, a sum over the wrong axis", "own_other_axis", _NORM,
         ("sum(axis=0), dout.sum(axis=0)", "sum(axis=0), dout.sum(axis=1)")),
    _bug(_FUNCTION, "margins, half of the penalty", "own_term_missing", _MARGINS,
         ("+ 2 * reg * W", "+ reg * W")),
    _bug(_FUNCTION, "a mask of the input", "own_flat_let_through", _MASKED,
         ("    dout = dout * (h > 0)\n", ""),
         ("    return dx,", "    dx[X == 0] = 0\n    return dx,")),
    _bug("softmax_with_loss", "a sum without its log, beside the right gradient", "log_of_sum", _SUMMED,
         ("np.log(total)", "total")),
    _bug(_FUNCTION, "a cost whose delta is doubled", "own_derivative_scaled", _SQUARES,
         ("return (a - y)", "return 2 * (a - y)")),
    _bug(_FUNCTION, "a cost whose delta has the other sign", "own_derivative_negated", _ENTROPY,
         ("return a - y", "return y - a")),
    _bug(_LAYER, "an embedding whose gradient has a sign", "own_derivative_negated", _EMBEDDING,
         ("self.dweights = self", "self.dweights = -self")),
    _bug(_LAYER, "a class of elu without its + alpha", "own_partly", _ELU,
         ("self.alpha * np.exp(z)", "self(z)")),
    _bug(_LAYER, "a class whose slope of the output is doubled", "own_derivative_scaled", _BIPOLAR,
         ("0.5 * (1 - x", "(1 - x")),
    _bug(_LAYER, "a penalty whose gradient is doubled", "own_derivative_scaled", _PENALTY,
         ("return self.lam * w", "return 2 * self.lam * w")),
    _bug(_LAYER, "passes of names that say nothing, with a sign", "own_gradient_negated", _UNNAMED,
         ("np.dot(self.x.T, du)", "-np.dot(self.x.T, du)")),
    _bug(_LAYER, "a way back whose gradient is called x", "own_backward_scaled", _NAMED_ALIKE,
         ("x * 3 *", "x * 2 *")),
    _bug(_LAYER, "layer norm, without gamma", _GRADIENT, _LAYER_NORM,
         ("        dn = dout * self.gamma\n", "        dn = dout\n")),
    _bug(_LAYER, "a random mask, not divided", "own_backward_scaled", _THINNED,
         ("dout * self.mask / self.keep", "dout * self.mask")),
    _bug(_LAYER, "maxout, every piece counts", _OWN, _MAXOUT,
         ("(self.z == self.z.max(axis=0)) * grad_output", "np.ones(self.z.shape) * grad_output")),
)  # fmt: skip
VARIANTS = (
    _right(_FUNCTION, "swish", _SWISH),
    _right(_FUNCTION, "huber", _HUBER),
    _right(_FUNCTION, "batch norm", _NORM),
    _right(_FUNCTION, "margins", _MARGINS),
    _right(_LAYER, "layer norm", _LAYER_NORM),
    _right(_LAYER, "a random mask", _THINNED),
    _right(_LAYER, "maxout", _MAXOUT),
    _right(_FUNCTION, "relu of an affine map", _MASKED),
    _right(_FUNCTION, "half squares with their delta", _SQUARES),
    _right(_FUNCTION, "entropy with its delta", _ENTROPY),
    _right(_LAYER, "an embedding", _EMBEDDING),
    _right(_LAYER, "a class of elu", _ELU),
    _right(_LAYER, "a class whose slope is of the output", _BIPOLAR),
    _right(_LAYER, "a penalty", _PENALTY),
    _right(_LAYER, "passes of names that say nothing", _UNNAMED),
    _right(_LAYER, "a way back that calls its gradient x", _NAMED_ALIKE),
    _right(_LAYER, "huber in a class", _HUBER_CLASS),
    _right(_LAYER, "a leaky layer", _IN_PLACE),
)
