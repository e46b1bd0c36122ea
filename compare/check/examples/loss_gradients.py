"""Gradients of losses, loss layers, and losses beside their gradients: wrong, and right."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant
from compare.check.examples.losses import bug, function, variant

_SOFTMAX = """
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)

"""
_D_MSE, _D_SOFTMAX, _D_SIGMOID = "d_mean_squared_error", "d_softmax_with_loss", "d_sigmoid_with_loss"  # fmt: skip


def _gradient(concept: str, name: str, cause: str, value: str) -> Planted:
    return bug(f"{concept}: {name}", concept, cause, function(f"{concept}(d, y)", f"return {value}"))  # fmt: skip


def _layer(name: str, loss: str, *backward: str, of: str = "self.y = softmax(x)") -> str:
    lines = "".join(f"        {line}\n" for line in backward)
    return f"""{_SOFTMAX}
class {name}:
    def forward(self, x, t):
        self.t = t
        {of}
        self.loss = {loss}
        return self.loss

    def backward(self, dout=1):
{lines}"""


_MEAN = "-np.sum(t * np.log(self.y + 1e-7)) / t.shape[0]"
_OF_CLASS = "-np.sum(np.log(self.y[np.arange(len(t)), t] + 1e-7)) / t.shape[0]"
_BINARY = "-np.mean(t * np.log(self.y + 1e-7) + (1 - t) * np.log(1 - self.y + 1e-7))"
_SIGMOID = "self.y = 1 / (1 + np.exp(-x))"
_LAYER, _MSE_LAYER = "layer.softmax_with_loss", "layer.mean_squared_error"
_APART = "not_the_loss_differentiated"


def _softmax_layer(name: str, cause: str, loss: str, *backward: str) -> Planted:
    return bug(f"SoftmaxWithLoss: {name}", _LAYER, cause, _layer("SoftmaxWithLoss", loss, *backward))  # fmt: skip


def _together(loss: str, grad: str) -> str:
    """A loss of outputs and class indices that returns its gradient beside."""
    lines = ("n = probs.shape[0]", "t = np.zeros_like(probs)", "t[np.arange(n), labels] = 1")
    return function("cross_entropy_loss(probs, labels)", *lines, f"return {loss}, {grad}")


def _branches(name: str, one_hot: str, by_class: str) -> str:
    """SoftmaxWithLoss, with a branch for each form of the target."""
    loss = "-np.sum(t * np.log(self.y + 1e-7)) / len(t) if t.ndim == 2 else " + _OF_CLASS
    index = "dx[np.arange(len(dx)), self.t] -= 1"
    return _layer(name, loss, "if self.t.ndim == 2:", f"    return {one_hot}",
                  "dx = self.y.copy()", index, f"return {by_class}")  # fmt: skip


def _bits_together(loss: str, grad: str) -> str:
    return function("binary_cross_entropy(p, t)", f"return {loss}, {grad}")


_CE_LOGITS = """
def log_sum_exp(u):
    m = u.max(axis=-1, keepdims=True)
    return (m + np.log(np.exp(u - m).sum(axis=-1, keepdims=True)))[..., 0]

def ce_logits_value(u, t):
    return float(np.mean(log_sum_exp(u) - np.sum(t * u, axis=-1)))

def ce_logits_grad(u, t):
    return (np.exp(u - log_sum_exp(u)[..., None]) - t) / len(u)
"""
_OF_OUTPUTS = "-np.sum(t * np.log(probs + 1e-8)) / n"
_OF_BITS = "-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))"
_CE, _BCE = "cross_entropy_error", "binary_cross_entropy_error"


def _pair(name: str, concept: str, first: tuple[str, str], second: tuple[str, str]) -> Planted:
    body = function(first[0], f"return {first[1]}") + function(second[0], f"return {second[1]}")
    return bug(f"pair: {name}", f"pair.{concept}", _APART, body)


BUGS = (
    _gradient(_D_MSE, "d - y", "gradient_sign", "(d - y) / len(d)"),
    _gradient(_D_MSE, "averaged twice", "gradient_factor", "(y - d) / len(d) ** 2"),
    _gradient(_D_MSE, "halved", "gradient_factor", "(y - d) / 2 / y.size"),
    _gradient(_D_MSE, "squared", "loss_for_gradient", "(y - d) ** 2 / len(d)"),
    _gradient(_D_MSE, "summed", "gradient_summed", "np.sum(y - d, axis=0) / len(d)"),
    _gradient(_D_MSE, "the course's, of one sample", "one_sample_averaged", "(y - d) / d.shape[0]"),
    _gradient(_D_MSE, "averaged", "gradient_summed", "np.mean(y - d)"),
    _gradient(_D_SOFTMAX, "d - y", "gradient_sign", "(d - y) / len(d)"),
    _gradient(_D_SOFTMAX, "all elements", "gradient_factor", "(y - d) / y.size"),
    _gradient(_D_SOFTMAX, "averaged twice", "gradient_factor", "(y - d) / len(y) / len(y)"),
    _gradient(_D_SOFTMAX, "the sigmoid's derivative", "derivative_twice", "(y - d) * y * (1 - y) / len(d)"),
    _gradient(_D_SOFTMAX, "only the class", "only_the_class", "np.where(d == 1, y - 1, 0) / len(d)"),
    _gradient(_D_SOFTMAX, "the course's, of one sample", "one_sample_averaged", "(y - d) / d.shape[0]"),
    _gradient(_D_SOFTMAX, "summed", "gradient_summed", "np.sum((y - d) / len(d), axis=0)"),
    bug(
        "d_softmax_with_loss: softmax twice",
        _D_SOFTMAX,
        "softmax_twice",
        _SOFTMAX + function(f"{_D_SOFTMAX}(d, y)", "return (softmax(y) - d) / len(d)"),
    ),
    bug(
        "d_softmax_with_loss: no copy",
        _D_SOFTMAX,
        "mutates",
        function(f"{_D_SOFTMAX}(d, y)", "y[np.arange(len(d)), d] -= 1", "return y / len(d)"),
    ),
    bug(
        "d_softmax_with_loss: classes from 1",
        _D_SOFTMAX,
        "labels_off_by_one",
        function(f"{_D_SOFTMAX}(d, y)", "dx = y.copy()", "dx[np.arange(len(d)), d - 1] -= 1", "return dx / len(d)"),
    ),
    _gradient(_D_SIGMOID, "d - y", "gradient_sign", "d - y"),
    _gradient(_D_SIGMOID, "the derivative twice", "derivative_twice", "(y - d) * y * (1 - y)"),
    _gradient("d_cross_entropy_error", "no minus", "gradient_sign", "d / (y + 1e-7) / len(d)"),
    _gradient("d_cross_entropy_error", "all elements", "gradient_factor", "-d / (y + 1e-7) / d.size"),
    _gradient("d_binary_cross_entropy_error", "one term", "binary_lacks_term", "-(d / y) / d.size"),
    _gradient("d_binary_cross_entropy_error", "sign", "gradient_sign", "(d / y - (1 - d) / (1 - y)) / d.size"),
    _softmax_layer("mean of all", _APART, _MEAN, "return (self.y - self.t) / self.y.size"),
    _softmax_layer("sum and mean", _APART, "-np.sum(t * np.log(self.y + 1e-7))", "return (self.y - self.t) / len(self.t)"),
    _softmax_layer("sign", "gradient_sign", _MEAN, "return (self.t - self.y) / len(self.t)"),
    _softmax_layer("derivative twice", "derivative_twice", _MEAN, "return (self.y - self.t) * self.y * (1 - self.y) / len(self.t)"),
    _softmax_layer("no minus", "loss_sign", "np.sum(t * np.log(self.y + 1e-7)) / len(t)", "return (self.y - self.t) / len(self.t)"),
    _softmax_layer("log10", "log_base", "-np.sum(t * np.log10(self.y + 1e-7)) / len(t)", "return (self.y - self.t) / len(self.t)"),
    _softmax_layer("no copy", "backward_changes_output", _OF_CLASS, "dx = self.y", "dx[np.arange(len(dx)), self.t] -= 1", "return dx / len(dx)"),
    _softmax_layer("divided in place", "backward_changes_output", _OF_CLASS, "dx = self.y", "dx[np.arange(len(dx)), self.t] -= 1", "dx /= len(dx)", "return dx.copy()"),
    _softmax_layer("subtracted in place", "backward_changes_output", _MEAN, "self.y -= self.t", "return self.y / len(self.t)"),
    _softmax_layer("classes from 1", "labels_off_by_one", _OF_CLASS.replace("), t]", "), t - 1]"), "dx = self.y.copy()", "dx[np.arange(len(dx)), self.t - 1] -= 1", "return dx / len(dx)"),
    bug("SoftmaxWithLoss: sum in the branch of one-hot targets", _LAYER, _APART, _branches("SoftmaxWithLoss", "self.y - self.t", "dx / len(dx)")),
    bug("SoftmaxWithLoss: sum in the branch of class indices", _LAYER, _APART, _branches("SoftmaxWithLoss", "(self.y - self.t) / len(self.t)", "dx")),
    bug("cross-entropy of outputs beside a gradient of the sum", _CE, _APART, _together(_OF_OUTPUTS, "probs - t")),
    bug("cross-entropy of outputs beside y + d", _CE, "target_added", _together(_OF_OUTPUTS, "(probs + t) / n")),
    bug("binary cross-entropy of outputs beside d - y", _BCE, "gradient_sign", _bits_together(_OF_BITS, "(t - p) / t.size")),
    bug("binary loss whose clip shows on certain outputs alone", "layer.sigmoid_with_loss", _APART, """
class BCE:
    def __init__(self, eps=4e-9):
        self.eps = eps

    def __call__(self, pred, target):
        self.p, self.t = np.clip(pred, self.eps, 1.0 - self.eps), target
        return -np.mean(self.t * np.log(self.p) + (1.0 - self.t) * np.log(1.0 - self.p))

    def grad(self):
        return (self.p - self.t) / (self.p * (1.0 - self.p))
"""),
    bug("ce_logits_grad: no mean", "pair.softmax_with_loss", _APART, _CE_LOGITS.replace(" / len(u)", "")),
    _gradient(_D_SOFTMAX, "y + d", "target_added", "(y + d) / len(d)"),
    bug("MSE: K/2 times", _MSE_LAYER, _APART, _layer("MSE", "np.mean((x - t) ** 2)", "return (self.y - self.t) / len(self.t)", of="self.y = x")),
    bug("MSE: twice", _MSE_LAYER, _APART, _layer("MeanSquaredError", "0.5 * np.sum((x - t) ** 2)", "return 2 * (self.y - self.t)", of="self.y = x")),
    bug("MSE: sign", _MSE_LAYER, "gradient_sign", _layer("MSE", "0.5 * np.sum((x - t) ** 2)", "return self.t - self.y", of="self.y = x")),
    bug("SigmoidWithLoss: no mean", "layer.sigmoid_with_loss", _APART, _layer("SigmoidWithLoss", _BINARY, "return self.y - self.t", of=_SIGMOID)),
    bug("SigmoidWithLoss: derivative twice", "layer.sigmoid_with_loss", "derivative_twice", _layer("SigmoidWithLoss", _BINARY, "return (self.y - self.t) * self.y * (1 - self.y) / self.y.size", of=_SIGMOID)),
    _pair("the course's K times", "mean_squared_error", ("mean_squared_error(d, y)", "0.5 * np.mean((d - y) ** 2)"), ("d_mean_squared_error(d, y)", "(y - d) / len(d)")),
    _pair("no 2", "mean_squared_error", ("mse(y, t)", "np.mean((y - t) ** 2)"), ("mse_derivative(y, t)", "(y - t) / y.size")),
    _pair("no N", "softmax_with_loss", ("cross_entropy_error(d, y)", "-np.sum(d * np.log(y + 1e-7)) / len(d)"), ("d_softmax_with_loss(d, y)", "y - d")),
    _pair("the course's N times", "sigmoid_with_loss", ("binary_cross_entropy(d, y)", "-np.mean(d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))"), ("d_sigmoid_with_loss(d, y)", "y - d")),
    _pair("no N, by y", "cross_entropy_error", ("cross_entropy(y, t)", "-np.sum(t * np.log(y + 1e-7)) / len(t)"), ("cross_entropy_grad(y, t)", "-t / (y + 1e-7)")),
)  # fmt: skip


def _right(concept: str, says: str, signature: str, *lines: str) -> Variant:
    name = f"{concept}: {says or 'the course'} / {signature} / {lines[-1]}"
    return variant(name, concept, says, function(signature, *lines))


def _right_pair(concept: str, first: tuple[str, str], second: tuple[str, str]) -> Variant:
    body = function(first[0], f"return {first[1]}") + function(second[0], f"return {second[1]}")
    return variant(f"pair.{concept}: {first[1]}", f"pair.{concept}", "", body)


_N = "(1 if y.ndim == 1 else len(y))"
VARIANTS = (
    _right(_D_MSE, "", f"{_D_MSE}(d, y)", f"return (y - d) / {_N}"),
    _right(_D_MSE, "mean over all elements, without the 1/2", "mse_derivative(y_true, y_pred)", "return 2 * (y_pred - y_true) / y_true.size"),
    _right(_D_MSE, "sum, not mean, with the 1/2", "mse_prime(y, t)", "return y - t"),
    _right(_D_SOFTMAX, "targets are class indices", "softmax_backward(pred, y)", "grad = pred.copy()", "grad[np.arange(len(y)), y] -= 1", "return grad / len(y)"),
    _right(_D_SOFTMAX, "targets are one-hot", f"{_D_SOFTMAX}(d, y)", f"return (y - d) / {_N}"),
    _right(_D_SOFTMAX, "sum, not mean", "softmax_with_loss_grad(y, t)", "return y - t"),
    _right(_D_SIGMOID, "", f"{_D_SIGMOID}(d, y)", "return y - d"),
    _right(_D_SIGMOID, "mean over all elements", f"{_D_SIGMOID}(d, y)", "return (y - d) / y.size"),
    _right("d_cross_entropy_error", "gradient by the scores u", "cross_entropy_grad(y, t)", "return y - t"),
    _right("d_cross_entropy_error", "no epsilon", "cross_entropy_derivative(y, t)", "return -t / y"),
    _right("d_binary_cross_entropy_error", "no epsilon", "bce_derivative(t, y)", "return (y - t) / (y * (1 - y)) / y.size"),
    variant("SoftmaxWithLoss of columns", _LAYER, "samples are columns", """
class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=0))
        self.y, self.t = e / e.sum(axis=0), t
        return -np.sum(t * np.log(self.y + 1e-7)) / t.shape[1]

    def backward(self, dout=1):
        return dout * (self.y - self.t) / self.t.shape[1]
"""),
    variant("gradient by logits", "d_softmax_with_loss", "it takes the scores u", _CE_LOGITS),
    variant("SoftmaxWithLoss with two branches", _LAYER, "the prediction comes first", _branches("SoftmaxWithLoss", "(self.y - self.t) / len(self.t)", "dx / len(dx)")),
    variant("cross-entropy of outputs beside y - d", _CE, "gradient by the scores u", _together(_OF_OUTPUTS, "(probs - t) / n")),
    variant("cross-entropy of outputs beside -d/y", _CE, "returns the gradient beside the loss", _together(_OF_OUTPUTS, "-t / (probs + 1e-8) / n")),
    variant("binary cross-entropy of outputs beside y - d", _BCE, "gradient by the scores u", _bits_together(_OF_BITS, "(p - t) / t.size")),
    variant("SoftmaxWithLoss that sums", _LAYER, "sum, not mean", _layer("SoftmaxWithLoss", "-np.sum(t * np.log(self.y + 1e-7))", "return self.y - self.t")),
    variant("MSE as a layer", _MSE_LAYER, "without the 1/2", _layer("MSE", "np.mean((x - t) ** 2)", "return 2 * (self.y - self.t) / self.t.size", of="self.y = x")),
    variant("SigmoidWithLoss as a layer", "layer.sigmoid_with_loss", "the prediction comes first", _layer("SigmoidWithLoss", _BINARY, "return dout * (self.y - self.t) / self.t.size", of=_SIGMOID)),
    _right_pair("mean_squared_error", ("mse(y, t)", "np.mean((y - t) ** 2)"), ("mse_derivative(y, t)", "2 * (y - t) / y.size")),
    _right_pair("softmax_with_loss", ("cross_entropy_error(d, y)", "-np.sum(d * np.log(y + 1e-7)) / len(d)"), ("d_softmax_with_loss(d, y)", "(y - d) / len(d)")),
    _right_pair("sigmoid_with_loss", ("binary_cross_entropy(y, t)", "-np.sum(t * np.log(y + 1e-7) + (1 - t) * np.log(1 - y + 1e-7))"), ("d_sigmoid_with_loss(d, y)", "y - d")),
)  # fmt: skip
