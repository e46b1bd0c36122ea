"""Activation functions, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant

_SIGMOID = """
def sigmoid(x):
    return np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x)))
"""


def _bug(name: str, concept: str, cause: str, source: str) -> Planted:
    return Planted(name, concept, (cause,), f"import numpy as np\n{source}")


def _variant(name: str, concept: str, source: str, says: str = "") -> Variant:
    return Variant(name, concept, f"import numpy as np\n{source}", says)


def _softmax(body: str, name: str = "softmax", arg: str = "x") -> str:
    lines = "\n".join(f"    {line}" for line in body.split("; "))
    return f"def {name}({arg}):\n{lines}\n"


_SHIFTED = "e = np.exp(x - np.max(x, axis=-1, keepdims=True)); "

_SOFTMAX_BUGS = (
    _bug("softmax sums over everything, unshifted", "softmax", "softmax_axis",
         _softmax("return np.exp(x) / np.sum(np.exp(x))")),
    _bug("softmax without a shift", "softmax", "unstable",
         _softmax("e = np.exp(x); return e / np.sum(e, axis=-1, keepdims=True)")),
    _bug("softmax with an epsilon", "softmax", "softmax_epsilon",
         _softmax(_SHIFTED + "return e / (np.sum(e, axis=-1, keepdims=True) + 1e-7)")),
    _bug("softmax is not divided", "softmax", "softmax_not_normalized",
         _softmax(_SHIFTED + "return e")),
    _bug("softmax returns its logarithm", "softmax", "other_function",
         _softmax(_SHIFTED + "return np.log(e / e.sum(axis=-1, keepdims=True))")),
    _bug("softmax shifts its argument in place", "softmax", "mutates",
         _softmax("x -= np.max(x, axis=-1, keepdims=True); e = np.exp(x); "
                  "return e / np.sum(e, axis=-1, keepdims=True)")),
    _bug("softmax in float32", "softmax", "float32_inside",
         _softmax("x = x.astype(np.float32); " + _SHIFTED +
                  "return e / np.sum(e, axis=-1, keepdims=True)")),
    _bug("softmax of a batch only", "softmax", "not_taken",
         _softmax("e = np.exp(x - np.max(x, axis=1, keepdims=True)); "
                  "return e / np.sum(e, axis=1, keepdims=True)")),
    _bug("softmax sums without keepdims", "softmax", "softmax_keepdims",
         _softmax("e = np.exp(x - np.max(x)); return e / np.sum(e, axis=1)")),
    _bug("softmax that multiplies matrices", "softmax", "shapes_do_not_fit",
         _softmax("e = np.exp(x - np.max(x)); return e @ e / np.sum(e, axis=1, keepdims=True)")),
)  # fmt: skip

_FUNCTION_BUGS = (
    _bug("identity squares", "identity", "other_function", "def identity(x):\n    return x * x"),
    _bug("relu leaks", "relu", "relu_leaks",
         "def relu(x):\n    return np.where(x > 0, x, 0.01 * x)"),
    _bug("relu leaks by its parameter", "relu", "relu_leaks",
         "def relu(x, alpha=0.2):\n    return np.maximum(alpha * x, x)"),
    _bug("relu is capped at 6", "relu", "relu_capped",
         "def relu(x):\n    return np.minimum(np.maximum(0, x), 6)"),
    _bug("relu takes the minimum", "relu", "other_function",
         "def relu(x):\n    return np.minimum(0, x)"),
    _bug("relu is the magnitude", "relu", "other_function", "def relu(x):\n    return np.abs(x)"),
    _bug("relu is softplus", "relu", "other_function",
         "def relu(x):\n    return np.log(1 + np.exp(x))"),
    _bug("relu is a step", "relu", "other_function",
         "def relu(x):\n    return (x > 0).astype(float)"),
    _bug("relu changes its argument", "relu", "mutates",
         "def relu(x):\n    x[x < 0] = 0\n    return x"),
    _bug("sigmoid with e^u", "sigmoid", "exponent_sign",
         "def sigmoid(x):\n    return 1 / (1 + np.exp(x))"),
    _bug("sigmoid by straight lines", "sigmoid", "hard_sigmoid",
         "def sigmoid(x):\n    return np.clip(0.2 * x + 0.5, 0, 1)"),
    _bug("sigmoid by straight lines, as torch has them", "sigmoid", "hard_sigmoid",
         "def sigmoid(x):\n    return np.clip(x / 6 + 0.5, 0, 1)"),
    _bug("sigmoid is tanh", "sigmoid", "other_function",
         "def sigmoid(x):\n    return np.tanh(x)"),
    _bug("sigmoid that overflows", "sigmoid", "warns",
         "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))"),
    _bug("sigmoid that is NaN far out", "sigmoid", "unstable",
         "def sigmoid(x):\n    return np.exp(x) / (1 + np.exp(x))"),
    _bug("sigmoid in float32", "sigmoid", "float32_inside",
         "def sigmoid(x):\n    return 1 / (1 + np.exp(-x.astype(np.float32)))"),
    _bug("tanh of half", "tanh", "exponent_halved",
         "def tanh(x):\n    return (1 - np.exp(-x)) / (1 + np.exp(-x))"),
    _bug("tanh with the wrong sign", "tanh", "sign",
         "def tanh(x):\n    return (np.exp(-x) - np.exp(x)) / (np.exp(x) + np.exp(-x))"),
    _bug("tanh is sigmoid", "tanh", "other_function",
         "def tanh(x):\n    return 1 / (1 + np.exp(-x))"),
    _bug("tanh that is NaN far out", "tanh", "unstable",
         "def tanh(x):\n    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
    _bug("step is 1/2 at 0", "step_function", "step_half_at_zero",
         "def step_function(x):\n    return (np.sign(x) + 1) / 2"),
    _bug("step is the sign", "step_function", "other_function",
         "def step_function(x):\n    return np.sign(x)"),
    _bug("step of one number", "step_function", "branch_on_array",
         "def step_function(x):\n    return 1 if x > 0 else 0"),
)  # fmt: skip

BUGS = (*_SOFTMAX_BUGS, *_FUNCTION_BUGS)

VARIANTS = (
    _variant("softmax of columns", "softmax",
             _softmax("e = np.exp(x - x.max(axis=0)); return e / e.sum(axis=0)"),
             "samples are columns"),
    _variant("softmax of the fish book", "softmax", """
def softmax(x):
    if x.ndim == 2:
        x = x.T
        x = x - np.max(x, axis=0)
        y = np.exp(x) / np.sum(np.exp(x), axis=0)
        return y.T
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))
"""),
    _variant("softmax with a cache", "softmax",
             _softmax(_SHIFTED + "y = e / e.sum(-1, keepdims=True); return y, x"), "cache"),
    _variant("identity as it is", "identity", "def identity_function(x):\n    return x"),
    _variant("relu by a product", "relu", "def ReLU(x):\n    return x * (x > 0)"),
    _variant("relu by half the magnitude", "relu", "def relu(x):\n    return (x + np.abs(x)) / 2"),
    _variant("relu with a cache", "relu",
             "def relu_forward(x):\n    return np.maximum(0, x), x", "cache"),
    _variant("relu as a list", "relu",
             "def relu(x):\n    return np.maximum(0, x).tolist()"),
    _variant("sigmoid in two branches", "sigmoid", _SIGMOID),
    _variant("sigmoid by tanh", "sigmoid",
             "def sigmoid(x):\n    x = np.clip(x, -80, 80)\n    return np.where(x < -30, np.exp(x), (1 + np.tanh(x / 2)) / 2)", "tanh"),
    _variant("tanh of NumPy", "tanh", "def tanh(x):\n    return np.tanh(x)"),
    _variant("tanh by the sigmoid", "tanh",
             _SIGMOID + "def tanh(x):\n    return 2 * sigmoid(2 * x) - 1", "e^u"),
    _variant("step as truth values", "step_function", "def step_function(x):\n    return x > 0"),
    _variant("step of the slides", "step_function",
             "def step_function(x):\n    return np.where(x >= 0, 1, 0)", "as in the slides"),
)  # fmt: skip
