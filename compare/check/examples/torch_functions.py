"""Functions that torch has by the same name: right in one of its settings, and wrong."""

from compare.check.examples.example import Planted, Variant, with_changes

_SOFTPLUS = """
import numpy as np

def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)
"""
_GELU = """
import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))
"""
_GELU_ERF = """
import math
import numpy as np

def my_gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))
"""
_ELU = """
import numpy as np

def elu(x, alpha=0.6):
    return np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
"""
_LEAKY = """
import numpy as np

def leaky_relu(x):
    return np.where(x > 0, x, 0.2 * x)
"""
_SWISH = """
import numpy as np

def swish(x):
    return x / (1 + np.exp(-x))
"""
_LOG_SOFTMAX = """
import numpy as np

def log_softmax(x):
    m = x.max(axis=-1, keepdims=True)
    return x - m - np.log(np.exp(x - m).sum(axis=-1, keepdims=True))
"""
_HUBER = """
import numpy as np

def huber(goal, out, delta=0.8):
    r = np.abs(out - goal)
    return np.where(r <= delta, 0.5 * r ** 2, delta * (r - 0.5 * delta)).sum()
"""
_HUBER_OF_EACH = """
import numpy as np

def huber_loss(out, goal):
    r = np.abs(out - goal)
    return np.where(r <= 1, 0.5 * r ** 2, r - 0.5)
"""
_COSINE = """
import numpy as np

def cosine_similarity(a, b):
    norms = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    return (a * b).sum(axis=-1) / norms
"""
_CONCEPT = "function.other"


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"torch's: {name}", _CONCEPT, (cause,), with_changes(source, *changes))


def _right(name: str, source: str, says: str) -> Variant:
    return Variant(f"torch's: {name}", _CONCEPT, source, says)


BUGS = (
    _bug("gelu, without the half", "unlike_torch_scaled", _GELU, ("0.5 * x", "x")),
    _bug("elu, without alpha", "unlike_torch_partly", _ELU, ("alpha * (np", "(np")),
    _bug(
        "softplus, linear from 0.6",
        "unlike_torch_partly",
        _SOFTPLUS,
        (
            "return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)",
            "return np.where(x > 0.6, x, np.log1p(np.exp(np.minimum(x, 0.6))))",
        ),
    ),
    _bug("huber of each, without the half", "unlike_torch", _HUBER_OF_EACH, ("r - 0.5", "r - 1")),
)
VARIANTS = (
    _right("softplus", _SOFTPLUS, "as torch.nn.functional.softplus"),
    _right("gelu, of tanh", _GELU, "approximate='tanh'"),
    _right("gelu, of erf", _GELU_ERF, "as torch.nn.functional.gelu"),
    _right("elu", _ELU, "as torch.nn.functional.elu"),
    _right("leaky_relu, with a slope of its own", _LEAKY, "negative_slope=0.2"),
    _right("swish", _SWISH, "as torch.nn.functional.silu"),
    _right("log_softmax", _LOG_SOFTMAX, "as torch.nn.functional.log_softmax"),
    _right("huber, a sum, target first", _HUBER, "reduction='sum'"),
    _right("huber of each", _HUBER_OF_EACH, "reduction='none'"),
    _right("cosine_similarity", _COSINE, "as torch.nn.functional.cosine_similarity"),
)
