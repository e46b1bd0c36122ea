"""Layers as strangers write them, who never saw this project: wrong, and right."""

from compare.bench.corpus.entry import Planted, Variant

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
_MSE = """
class MSELoss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target) ** 2)

    def backward(self):
        return 2 * (self.pred - self.target)
"""


def _changed(source: str, old: str, new: str) -> str:
    assert old in source, old
    return _NUMPY + source.replace(old, new)


def _bug(cause: str, name: str, source: str, concept: str = "affine_layer") -> Planted:
    return Planted(f"stranger: {name}", concept, (cause,), source)


def _right(says: str, name: str, source: str, concept: str = "affine_layer") -> Variant:
    return Variant(f"stranger: {name}", concept, _NUMPY + source, says)


_DB, _DW = "up.sum(axis=0)", "self.cache.T @ up"
BUGS = (
    _bug("averaged", "layer of other names averages b", _changed(_DENSE, _DB, "up.mean(axis=0)")),
    _bug("bias_gradient_one_number", "layer of other names sums b",
         _changed(_DENSE, f"self.slope_of_offset = {_DB}", "self.slope_of_b = np.sum(up)")),
    _bug("bias_gradient_missing", "layer of other names forgets b",
         _changed(_DENSE, f"self.slope_of_offset = {_DB}", "pass")),
    _bug("factor", "layer of other names divides by its inputs",
         _changed(_DENSE, _DW, f"{_DW} / self.cache.shape[1]")),
    _bug("transpose_missing", "layer that passes dout W on",
         _changed(_AFFINE, "dout @ self.W.T", "dout @ self.W")),
    _bug("transpose_missing", "layer that takes x dout",
         _changed(_AFFINE, "self.x.T @ dout", "self.x @ dout")),
    _bug("sign", "layer that returns its gradients with a sign",
         _changed(_RETURNING, "self.x.T @ dy", "-self.x.T @ dy")),
    _bug("gradient_sign", "SigmoidWithLoss of indices with a sign",
         _changed(_SIGMOID_LOSS, "self.y - self.t", "self.t - self.y"), "layer.sigmoid_with_loss"),
    _bug("not_the_loss_differentiated", "MSELoss whose gradient is of the sum", _NUMPY + _MSE,
         "layer.mean_squared_error"),
)  # fmt: skip
VARIANTS = (
    _right("", "layer of other names", _DENSE),
    _right("", "layer that keeps nabla_w and nabla_b", _AFFINE),
    _right("backward returns all gradients", "layer that returns dx and a dict", _RETURNING),
    _right("one output a sample", "SigmoidWithLoss of indices", _SIGMOID_LOSS, "layer.sigmoid_with_loss"),
)  # fmt: skip
