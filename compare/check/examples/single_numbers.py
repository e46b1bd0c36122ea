"""Functions of one number at a time, of files that have no arrays: wrong, and right."""

from compare.check.examples.example import Planted, Variant, with_changes

_LOGISTIC = """
import math

def logistic(s):
    return 1.0 / (1.0 + math.exp(-s))
"""
_RELU_PRIME = """
def relu_prime(s):
    if s > 0:
        return 1.0
    return 0.0
"""
_ENTROPY = """
import math

def bce_loss(p, t):
    return -math.log(p) if t == 1 else -math.log(1.0 - p)
"""
_SOFTMAX = """
import math

def softmax(u):
    big = max(u)
    e = [math.exp(v - big) for v in u]
    total = sum(e)
    return [v / total for v in e]
"""
_OF_CLASS = """
import math

def cross_entropy(y, label):
    return -math.log(y[label] + 1e-7)
"""
_OF_LISTS = "takes one sample at a time, as a list"
_SAYS = "takes one number at a time"


def _bug(name: str, concept: str, cause: str, source: str, *change: str) -> Planted:
    old, new = change
    return Planted(f"one number: {name}", concept, (cause,), with_changes(source, (old, new)))


BUGS = (
    _bug("logistic with e^s", "sigmoid", "exponent_sign", _LOGISTIC, "(-s)", "(s)"),
    _bug("relu' is 1 everywhere", "d_relu", "other_slope", _RELU_PRIME, "return 0.0", "return 1.0"),
    _bug("entropy whose terms have two signs", "binary_cross_entropy_error", "binary_term_sign",
         _ENTROPY, "return -math.log(p)", "return math.log(p)"),
    _bug("softmax of a list, not divided", "softmax", "softmax_not_normalized", _SOFTMAX, "v / total", "v"),
    _bug("entropy of a list in log 10", "cross_entropy_error", "log_base", _OF_CLASS, "math.log(", "math.log10("),
)  # fmt: skip

VARIANTS = (
    Variant("one number: logistic", "sigmoid", _LOGISTIC, _SAYS),
    Variant("one number: relu'", "d_relu", _RELU_PRIME, _SAYS),
    Variant("one list: softmax", "softmax", _SOFTMAX, _OF_LISTS),
    Variant("one list: entropy", "cross_entropy_error", _OF_CLASS, _OF_LISTS),
    Variant("one number: entropy", "binary_cross_entropy_error", _ENTROPY, _SAYS),
)
