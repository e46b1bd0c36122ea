"""Losses and accuracy, as people write them: wrong, and right in another way."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant

_SOFTMAX = """
def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

"""


_OWN_SOFTMAX = """
def log_softmax(a):
    a = a - a.max(axis=-1, keepdims=True)
    return a - np.log(np.exp(a).sum(axis=-1, keepdims=True))

def cross_entropy(a, t):
    return -np.mean(log_softmax(a)[np.arange(len(t)), t])
"""
_HANDED_OUTPUTS = """
def passed(x, W):
    return softmax(x @ W)

def cost(x, W, t):
    return cross_entropy(passed(x, W), t)
"""


def bug(name: str, concept: str, cause: str, body: str) -> Planted:
    """A bug with one cause; NumPy is imported."""
    return Planted(name, concept, (cause,), f"import numpy as np\n{body}")


def variant(name: str, concept: str, says: str, body: str) -> Variant:
    """A right way; NumPy is imported."""
    return Variant(name, concept, f"import numpy as np\n{body}", says)


def function(signature: str, *lines: str) -> str:
    """The text of a function."""
    return f"\ndef {signature}:\n" + "".join(f"    {line}\n" for line in lines)


MSE, CE, BCE = "mean_squared_error", "cross_entropy_error", "binary_cross_entropy_error"
_RETURN = "return "


def _mse(name: str, cause: str, value: str, of: str = "d, y") -> Planted:
    return bug(f"mse: {name}", MSE, cause, function(f"{MSE}({of})", _RETURN + value))


def _ce(name: str, cause: str, value: str, of: str = "d, y") -> Planted:
    return bug(f"ce: {name}", CE, cause, function(f"{CE}({of})", _RETURN + value))


def _bce(name: str, cause: str, value: str) -> Planted:
    return bug(f"bce: {name}", BCE, cause, function("binary_cross_entropy(d, y)", _RETURN + value))


def _accuracy(name: str, cause: str, value: str, before: str = "") -> Planted:
    body = before + function("accuracy(y, t)", _RETURN + value)
    return bug(f"accuracy: {name}", "accuracy", cause, body)


_ONE_ROW = ("if y.ndim == 1:", "    d, y = d.reshape(1, d.size), y.reshape(1, y.size)")
_BY_INDEX = (*_ONE_ROW, "if d.size == y.size:", "    d = d.argmax(axis=1)", "n = y.shape[0]")

BUGS = (
    bug("nll: log10", CE, "log_base", function("nll(probs, labels)", "return -np.mean(np.log10(probs[np.arange(len(labels)), labels] + 3e-8))")),
    bug("ce: y of one sample reshaped from t", CE, "wrong_there", function(
        f"{CE}(y, t)", "if y.ndim == 1:", "    t = t.reshape(1, t.size)", "    y = t.reshape(1, y.size)",
        "return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]")),
    _mse("divided twice", "loss_factor", "np.mean(np.sum((d - y) ** 2, axis=1)) / len(d) / 2"),
    _mse("halved twice", "loss_factor", "0.5 * np.mean(0.5 * (d - y) ** 2)"),
    _mse("times N", "loss_factor", "np.sum((d - y) ** 2) * len(d)"),
    bug(
        "mse: averaged over the outputs",
        MSE,
        "loss_factor",
        _SOFTMAX + function(f"{MSE}(d, y)", "return np.sum((d - y) ** 2) / d.shape[-1]"),
    ),
    _mse("minus", "loss_sign", "-np.mean((d - y) ** 2)"),
    _mse("absolute", "error_not_squared", "np.mean(np.abs(d - y))"),
    _mse("no square", "error_not_squared", "np.mean(d - y)"),
    _mse("square of the mean", "square_of_sum", "np.mean(d - y) ** 2"),
    _mse("no brackets", "square_of_one", "np.mean(d - y ** 2)"),
    _mse("no brackets, other order", "square_of_one", "np.sum(y - d ** 2) / 2"),
    _mse("plus", "added", "np.mean((d + y) ** 2)"),
    _mse("root", "root", "np.sqrt(np.mean((d - y) ** 2))"),
    _mse("one for each sample", "not_one_number", "np.mean((d - y) ** 2, axis=1)"),
    _mse("one for each output", "not_one_number", "0.5 * np.sum((d - y) ** 2, axis=0)"),
    _mse("float32", "float32_inside", "np.float64(np.mean((d - y).astype(np.float32) ** 2) / 2)"),
    bug(
        "mse: in place",
        MSE,
        "mutates",
        function(f"{MSE}(d, y)", "y -= d", "return np.mean(y ** 2) / 2"),
    ),
    bug(
        "sse: a third of it",
        "sum_squared_error",
        "loss_factor",
        function("sum_squared_error(y, t)", "return np.sum((y - t) ** 2) / 4"),
    ),
    _ce("no minus", "loss_sign", "np.sum(d * np.log(y + 1e-7)) / len(d)"),
    _ce("mean of all elements", "loss_factor", "-np.mean(d * np.log(y + 1e-7))"),
    _ce("divided twice", "loss_factor", "-np.mean(np.sum(d * np.log(y + 1e-7), axis=1)) / len(d)"),
    _ce("half of it", "loss_factor", "-np.sum(d * np.log(y)) / len(d) / 2"),
    _ce("log2", "log_base", "-np.sum(t * np.log2(y)) / len(t)", "y, t"),
    _ce("no log", "no_log", "-np.sum(d * y) / len(d)"),
    _ce("epsilon on the product", "epsilon_outside", "-np.sum(d * np.log(y) + 1e-8) / len(d)"),
    _ce("log of d", "loss_swapped", "-np.sum(y * np.log(d + 1e-7)) / len(d)"),
    _ce("one for each sample", "not_one_number", "-np.sum(d * np.log(y + 1e-7), axis=1)"),
    bug(
        "ce: softmax twice",
        CE,
        "softmax_twice",
        _SOFTMAX + function(f"{CE}(d, y)", "y = softmax(y)", "return -np.sum(d * np.log(y + 1e-7)) / len(d)"),
    ),
    bug("ce: softmax twice, once before it", CE, "softmax_twice",
        _SOFTMAX + _OWN_SOFTMAX + _HANDED_OUTPUTS),
    _ce("classes from 1", "labels_off_by_one", "-np.mean(np.log(y[np.arange(len(d)), d - 1] + 1e-7))"),
    bug(
        "ce: as the course distributes it",
        CE,
        "collapses_targets",
        function(f"{CE}(d, y)", *_BY_INDEX, "return -np.sum(np.log(y[np.arange(n), d] + 1e-7)) / n"),
    ),
    bug(
        "ce: log 0",
        CE,
        "unstable",
        function(f"{CE}(d, y)", "return -np.sum(d * np.log(y)) / (1 if y.ndim == 1 else len(y))"),
    ),
    bug(
        "softmax_with_loss: exp overflows",
        "softmax_with_loss",
        "unstable",
        function("softmax_with_loss(d, u)", "d, u = np.atleast_2d(d), np.atleast_2d(u)",
                 "y = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)",
                 "return -np.sum(d * np.log(y)) / len(u)"),
    ),
    bug(
        "softmax_with_loss: the mean of all elements",
        "softmax_with_loss",
        "loss_factor",
        _SOFTMAX + function("softmax_with_loss(d, u)", "return -np.mean(d * np.log(softmax(u) + 1e-7))"),
    ),
    _bce("one term", "binary_lacks_term", "-np.mean(d * np.log(y + 1e-7))"),
    _bce("one minus", "binary_term_sign", "np.mean(-d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))"),
    _bce("log y twice", "binary_wrong_term", "-np.mean(d * np.log(y + 1e-7) + (1 - d) * np.log(y + 1e-7))"),
    _bce("d twice", "binary_wrong_term", "-np.mean(d * np.log(y + 1e-7) + d * np.log(1 - y + 1e-7))"),
    _bce("no minus", "loss_sign", "np.mean(d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))"),
    _bce("divided twice", "loss_factor", "-np.mean(d * np.log(y) + (1 - d) * np.log(1 - y)) / len(d)"),
    _bce("log 0", "unstable", "-np.mean(d * np.log(y) + (1 - d) * np.log(1 - y))"),
    _accuracy("a count", "accuracy_factor", "np.sum(y.argmax(axis=1) == t.argmax(axis=1))"),
    _accuracy("over the samples", "accuracy_axis", "np.mean(y.argmax(axis=0) == t.argmax(axis=0))", _SOFTMAX),
    _accuracy("by element", "accuracy_by_element", "np.mean(np.round(y) == t)", _SOFTMAX),
    _accuracy("the wrong ones", "accuracy_complement", "np.mean(y.argmax(axis=1) != t.argmax(axis=1))"),
)  # fmt: skip


def _right(concept: str, says: str, signature: str, *lines: str, before: str = "") -> Variant:
    name = f"{concept}: {says or 'the course'} / {signature} / {lines[-1]}"
    return variant(name, concept, says, before + function(signature, *lines))


_CLIP = "y = np.clip(y, 1e-12, 1 - 1e-12)"
_TWO_D = "t, y = np.atleast_2d(t), np.atleast_2d(y)"
VARIANTS = (
    variant("ce: of scores that are called a", CE, "it takes the scores", _SOFTMAX + _OWN_SOFTMAX),
    _right(MSE, "", f"{MSE}(d, y)", "return 0.5 * np.mean((d - y) ** 2)"),
    _right(MSE, "", "mse(a, b)", "return np.square(a - b).mean() / 2"),
    _right(MSE, "without the 1/2", "mse(y, t)", "return np.mean((y - t) ** 2)"),
    _right(MSE, "sum, not mean, with the 1/2", f"{MSE}(y, t)", "return 0.5 * np.sum((y - t) ** 2)"),
    _right(MSE, "prediction comes first", f"{MSE}(y, t)", "return np.mean((y - t) ** 2) / 2"),
    _right(MSE, "mean over the samples, without the 1/2", "MSE(y_true, y_pred)", "e = np.atleast_2d(y_true - y_pred)", "return (e ** 2).sum(axis=1).mean()"),
    _right(MSE, "samples are columns", "mse(Y, A)", "return np.sum((A - Y) ** 2) / (2 * Y.shape[1])"),
    _right("half_squared_error", "", "half_squared_error(d, y)", "return np.sum((y - d) ** 2) / (2 * (len(y) if y.ndim > 1 else 1))"),
    _right("sum_squared_error", "prediction comes first", "sum_squared_error(y, t)", "return 0.5 * np.sum((y - t) ** 2)"),
    _right(CE, "targets are one-hot", "cross_entropy(d, y)", "y, d = np.atleast_2d(y), np.atleast_2d(d)", "return -np.sum(d * np.log(y + 1e-7)) / len(y)"),
    _right(CE, "y clipped to [1e-12, 1 - 1e-12]", "cross_entropy(y, t)", _TWO_D, _CLIP, "return -np.mean(np.sum(t * np.log(y), axis=1))"),
    _right(CE, "epsilon 1e-09 inside the log", "ce_loss(y_true, y_pred)", "return -np.sum(y_true * np.log(y_pred + 1e-9))"),
    _right(CE, "y at least 1e-10", "cross_entropy_loss(y_pred, y_true)", "return -np.sum(y_true * np.log(np.maximum(y_pred, 1e-10)))"),
    _right(CE, "binary cross-entropy of every output", "cross_entropy(a, y)", "return -np.sum(y * np.log(a + 1e-12) + (1 - y) * np.log(1 - a + 1e-12))"),
    _right(CE, "scores u", "cross_entropy(logits, t)", "t, u = np.atleast_2d(t), np.atleast_2d(logits)", "u = u - u.max(axis=1, keepdims=True)", "return -np.sum(t * (u - np.log(np.exp(u).sum(axis=1, keepdims=True)))) / len(u)"),
    _right(CE, "samples are columns", "cross_entropy(Y, A)", "return -np.sum(Y * np.log(A + 1e-7)) / Y.shape[1]"),
    _right("softmax_with_loss", "targets are one-hot", "softmax_with_loss(d, u)", "y, d = softmax(np.atleast_2d(u)), np.atleast_2d(d)", "return -np.sum(d * np.log(y + 1e-7)) / len(y)", before=_SOFTMAX),
    _right(BCE, "", "bce(d, y)", "return -np.mean(d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))"),
    _right(BCE, "y clipped to [1e-15, 1 - 1e-15]", "bce(y, p)", "p = np.clip(p, 1e-15, 1 - 1e-15)", "return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()"),
    _right(BCE, "sum, not mean", "binary_cross_entropy(t, y)", "return -np.sum(t * np.log(y + 1e-7) + (1 - t) * np.log(1 - y + 1e-7))"),
    _right("sigmoid_with_loss", "", "sigmoid_with_loss(d, u)", "return np.mean(np.maximum(u, 0) - d * u + np.log1p(np.exp(-np.abs(u))))"),
    _right("accuracy", "", "accuracy(d, y)", "d = d if d.ndim == 1 else d.argmax(axis=1)", "return np.mean(y.argmax(axis=1) == d)"),
    _right("cross_entropy_error", "binary cross-entropy of every output", "cross_entropy(y_true, y_pred)", "return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))"),
    _right("d_cross_entropy_error", "binary cross-entropy of every output", "cross_entropy_prime(y_true, y_pred)", "return (1 - y_true) / (1 - y_pred) - y_true / y_pred"),
    _right(CE, "the logarithms of the outputs", "nll(logp, t)", "return -logp[np.arange(t.shape[0]), t].mean()"),
    _right(CE, "targets are class indices", "nll(probs, labels)", "return -np.mean(np.log(probs[np.arange(len(labels)), labels] + 3e-8))"),
    _right("accuracy", "predicted classes", "get_accuracy(predictions, Y)", "return np.sum(predictions == Y) / Y.size"),
    _right("accuracy", "in percent", "accuracy(d, y)", "d = d if d.ndim == 1 else d.argmax(axis=1)", "return 100 * np.mean(y.argmax(axis=1) == d)"),
    _right("accuracy", "predicted classes", "accuracy_score(y_true, y_pred)", "return np.mean(y_true == y_pred)"),
)  # fmt: skip
