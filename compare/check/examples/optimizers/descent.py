"""SGD, as people write it: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes

_SGD = """
import numpy as np

class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params.keys():
            params[key] -= self.lr * grads[key]
"""

_SGD_STEP = "params[key] -= self.lr * grads[key]"


def _sgd(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"SGD {name}", "optimizer.sgd", (cause,), with_changes(_SGD, *changes))


BUGS = (
    _sgd("climbs", "climbs", ("-=", "+=")),
    _sgd("forgets lr", "lr_missing", ("self.lr * grads", "grads")),
    _sgd("takes lr twice", "lr_twice", ("self.lr * grads", "self.lr * self.lr * grads")),
    _sgd(
        "works on copies",
        "never_moves",
        (_SGD_STEP, "w = params[key].copy()\n            w -= self.lr * grads[key]"),
    ),
    _sgd(
        "returns within the loop",
        "only_one_tensor",
        (_SGD_STEP, _SGD_STEP + "\n            return"),
    ),
    _sgd(
        "updates after the loop",
        "only_one_tensor",
        (_SGD_STEP, "g = grads[key]\n        params[key] -= self.lr * g"),
    ),
    _sgd(
        "divides by a batch size",
        "divides_by_batch",
        ("lr=0.01)", "lr=0.01, batch_size=32)"),
        ("self.lr = lr", "self.lr = lr\n        self.batch_size = batch_size"),
        ("grads[key]", "grads[key] / self.batch_size"),
    ),
    _sgd("divides by len(g)", "divides_by_rows", ("grads[key]", "grads[key] / len(grads[key])")),
    _sgd("clips", "clips", ("grads[key]", "np.clip(grads[key], -1, 1)")),
    _sgd(
        "scales the gradient in place",
        "mutates",
        (_SGD_STEP, "grads[key] *= self.lr\n            params[key] -= grads[key]"),
    ),
    _sgd(
        "decays the weights", "decays_weights", ("grads[key]", "(grads[key] + 1e-4 * params[key])")
    ),
    _sgd("has a fixed lr", "setting_ignored", ("self.lr = lr", "self.lr = 0.01")),
    _sgd(
        "in float32",
        "float32_inside",
        (_SGD_STEP, "params[key] = (params[key] - self.lr * grads[key]).astype(np.float32)"),
    ),
    _sgd(
        "takes every step twice",
        "step_scaled",
        (_SGD_STEP, _SGD_STEP + "\n            " + _SGD_STEP),
    ),
    _sgd(
        "puts the step in place of p",
        "replaces_parameters",
        (_SGD_STEP, "params[key] = -self.lr * grads[key]"),
    ),
    _sgd(
        "names its tensors and forgets one",
        "tensors_left_out",
        ("params.keys()", "('W1', 'b1', 'W2')"),
    ),
    _sgd(
        "forgets the biases",
        "tensors_left_out",
        (_SGD_STEP, "if key.startswith('W'):\n                " + _SGD_STEP),
    ),
)

VARIANTS = (
    Variant("SGD of the book", "optimizer.sgd", _SGD),
    Variant("SGD with eta", "optimizer.sgd", with_changes(_SGD, ("lr", "eta"))),
    Variant(
        "SGD on lists",
        "optimizer.sgd",
        with_changes(_SGD, ("for key in params.keys()", "for key in range(len(params))")),
        "list",
    ),
    Variant(
        "SGD of one array",
        "optimizer.sgd",
        "def sgd_update(W, g, lr):\n    return W - lr * g\n",
        "returns",
    ),
    Variant(
        "SGD of one array in place",
        "optimizer.sgd",
        "def sgd_update(W, g, lr):\n    W -= lr * g\n",
        "one array",
    ),
    Variant(
        "SGD with the gradients first",
        "optimizer.sgd",
        with_changes(_SGD, ("params, grads", "grads, params")),
        "gradients come first",
    ),
    Variant(
        "SGD with named gradients",
        "optimizer.sgd",
        """
def update_parameters(parameters, grads, learning_rate=1.2):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * grads["db" + str(l)]
    return parameters
""",
        "dW1",
    ),
)
