"""Update rules, as people write them: wrong, and right in another way."""

from compare.bench.corpus.entry import Planted, Variant


def _with(source: str, *changes: tuple[str, str]) -> str:
    """The source with each piece of text, which has to be there, replaced by another."""
    for old, new in changes:
        if old not in source:
            raise ValueError(f"{old!r} is not in the source")
        source = source.replace(old, new)
    return source


_SGD = """
import numpy as np

class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for key in params.keys():
            params[key] -= self.lr * grads[key]
"""

_MOMENTUM = """
import numpy as np

class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]
"""

_NESTEROV = """
import numpy as np

class Nesterov:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            params[key] += self.momentum * self.momentum * self.v[key]
            params[key] -= (1 + self.momentum) * self.lr * grads[key]
            self.v[key] *= self.momentum
            self.v[key] -= self.lr * grads[key]
"""

_ADAGRAD = """
import numpy as np

class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr = lr
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] += grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

_RMSPROP = """
import numpy as np

class RMSprop:
    def __init__(self, lr=0.01, decay_rate=0.99):
        self.lr = lr
        self.decay_rate = decay_rate
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {}
            for key, val in params.items():
                self.h[key] = np.zeros_like(val)
        for key in params.keys():
            self.h[key] *= self.decay_rate
            self.h[key] += (1 - self.decay_rate) * grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
"""

_ADADELTA = """
import numpy as np

class AdaDelta:
    def __init__(self, rho=0.95, eps=1e-6):
        self.rho = rho
        self.eps = eps
        self.h = {}
        self.s = {}

    def update(self, params, grads):
        for key, g in grads.items():
            h = self.h.get(key, np.zeros_like(g))
            s = self.s.get(key, np.zeros_like(g))
            h = self.rho * h + (1 - self.rho) * g ** 2
            delta = np.sqrt(s + self.eps) / np.sqrt(h + self.eps) * g
            s = self.rho * s + (1 - self.rho) * delta ** 2
            self.h[key] = h
            self.s[key] = s
            params[key] -= delta
"""

_ADAM = """
import numpy as np

class Adam:
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.learning_rate = learning_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.m = {}
        self.v = {}
        self.t = 0

    def update(self, params, grads):
        self.t += 1
        for key in params:
            if key not in self.m:
                self.m[key] = np.zeros_like(params[key])
                self.v[key] = np.zeros_like(params[key])
            self.m[key] = self.beta_1 * self.m[key] + (1 - self.beta_1) * grads[key]
            self.v[key] = self.beta_2 * self.v[key] + (1 - self.beta_2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.beta_1 ** self.t)
            v_hat = self.v[key] / (1 - self.beta_2 ** self.t)
            params[key] -= self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
"""

_BOOK_ADAM = """
import numpy as np

class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.iter = 0
        self.m = None
        self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = {}, {}
            for key, val in params.items():
                self.m[key] = np.zeros_like(val)
                self.v[key] = np.zeros_like(val)
        self.iter += 1
        lr_t = self.lr * np.sqrt(1.0 - self.beta2**self.iter) / (1.0 - self.beta1**self.iter)
        for key in params.keys():
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key]**2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
"""

_HELD_ADAM = """
import numpy as np

class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params = params
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def step(self, grads):
        self.t += 1
        b1, b2 = self.betas
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            m_hat = self.m[i] / (1 - b1 ** self.t)
            v_hat = self.v[i] / (1 - b2 ** self.t)
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
"""

_ADAM_FUNCTION = """
import numpy as np

def adam(w, g, m, v, t, lr=0.001, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g ** 2
    m_hat = m / (1 - b1 ** t)
    v_hat = v / (1 - b2 ** t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v
"""

_LAYERS = """
import numpy as np

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

class Optimizer_Adam:
    def __init__(self, learning_rate=0.001, decay=0., epsilon=1e-7, beta_1=0.9, beta_2=0.999):
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0
        self.epsilon = epsilon
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (1. / (1. + self.decay * self.iterations))

    def update_params(self, layer):
        if not hasattr(layer, "weight_cache"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.weight_cache = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
            layer.bias_cache = np.zeros_like(layer.biases)
        layer.weight_momentums = self.beta_1 * layer.weight_momentums + (1 - self.beta_1) * layer.dweights
        layer.bias_momentums = self.beta_1 * layer.bias_momentums + (1 - self.beta_1) * layer.dbiases
        weight_momentums_corrected = layer.weight_momentums / (1 - self.beta_1 ** (self.iterations + 1))
        bias_momentums_corrected = layer.bias_momentums / (1 - self.beta_1 ** (self.iterations + 1))
        layer.weight_cache = self.beta_2 * layer.weight_cache + (1 - self.beta_2) * layer.dweights ** 2
        layer.bias_cache = self.beta_2 * layer.bias_cache + (1 - self.beta_2) * layer.dbiases ** 2
        weight_cache_corrected = layer.weight_cache / (1 - self.beta_2 ** (self.iterations + 1))
        bias_cache_corrected = layer.bias_cache / (1 - self.beta_2 ** (self.iterations + 1))
        layer.weights += -self.current_learning_rate * weight_momentums_corrected / (np.sqrt(weight_cache_corrected) + self.epsilon)
        layer.biases += -self.current_learning_rate * bias_momentums_corrected / (np.sqrt(bias_cache_corrected) + self.epsilon)

    def post_update_params(self):
        self.iterations += 1
"""

_SGD_STEP = "params[key] -= self.lr * grads[key]"
_BOOK_STEP = "self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]"
_ADAM_STEP = "params[key] -= self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)"
_ADAM_SECOND = "self.beta_2 * self.v[key] + (1 - self.beta_2) * grads[key] ** 2"


def _sgd(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"SGD {name}", "optimizer.sgd", (cause,), _with(_SGD, *changes))


def _momentum(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"momentum {name}", "optimizer.momentum", (cause,), _with(_MOMENTUM, *changes))


def _nesterov(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"Nesterov {name}", "optimizer.nesterov", (cause,), _with(_NESTEROV, *changes))


def _adagrad(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"AdaGrad {name}", "optimizer.adagrad", (cause,), _with(_ADAGRAD, *changes))


def _rmsprop(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"RMSprop {name}", "optimizer.rmsprop", (cause,), _with(_RMSPROP, *changes))


def _adadelta(name: str, cause: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"Adadelta {name}", "optimizer.adadelta", (cause,), _with(_ADADELTA, *changes))


def _adam(name: str, cause: str, *changes: tuple[str, str], of: str = _ADAM) -> Planted:
    return Planted(f"Adam {name}", "optimizer.adam", (cause,), _with(of, *changes))


BUGS = (
    _sgd("climbs", "climbs", ("-=", "+=")),
    _sgd("forgets lr", "lr_missing", ("self.lr * grads", "grads")),
    _sgd("takes lr twice", "lr_twice", ("self.lr * grads", "self.lr * self.lr * grads")),
    _sgd(
        "rebinds a local name",
        "never_moves",
        (_SGD_STEP, "p = params[key]\n            p = p - self.lr * grads[key]"),
    ),
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
        "clips in place",
        "clips",
        (_SGD_STEP, "np.clip(grads[key], -1, 1, out=grads[key])\n            " + _SGD_STEP),
    ),
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
    Planted(
        "SGD function that climbs",
        "optimizer.sgd",
        ("climbs",),
        "def sgd_update(W, g, lr):\n    return W + lr * g\n",
    ),
    Planted(
        "SGD function on a list that rebinds",
        "optimizer.sgd",
        ("never_moves",),
        "def sgd(params, grads, lr=0.1):\n    for p, g in zip(params, grads):\n        p = p - lr * g\n",
    ),
    _momentum("climbs", "climbs", (_BOOK_STEP, _BOOK_STEP.replace(" - ", " + "))),
    _momentum("subtracts its velocity", "climbs", ("params[key] += ", "params[key] -= ")),
    _momentum(
        "takes lr twice", "lr_twice", ("params[key] += self.v", "params[key] += self.lr * self.v")
    ),
    _momentum("forgets lr", "lr_missing", ("self.lr * grads", "grads")),
    _momentum(
        "with the sign of mu wrong",
        "momentum_sign",
        (_BOOK_STEP, "self.v[key] = -self.momentum * self.v[key] - self.lr * grads[key]"),
    ),
    _momentum(
        "starts over each step",
        "state_lost",
        ("        if self.v is None:\n            self.v", "        if True:\n            self.v"),
    ),
    _momentum(
        "keeps no velocity",
        "state_lost",
        (_BOOK_STEP, "v = self.momentum * self.v[key] - self.lr * grads[key]"),
        ("+= self.v[key]", "+= v"),
    ),
    _momentum(
        "with one velocity for all",
        "shared_state",
        ("self.v = {}", "self.v = 0"),
        (
            "            for key, val in params.items():\n                self.v[key] = np.zeros_like(val)\n",
            "",
        ),
        ("self.v[key]", "self.v"),
    ),
    _momentum("starts from ones", "state_not_zero", ("zeros_like", "ones_like")),
    _momentum("starts from the weights", "state_not_zero", ("np.zeros_like(val)", "val.copy()")),
    _momentum(
        "exchanges beta and 1 - beta",
        "beta_exchanged",
        (
            _BOOK_STEP,
            "self.v[key] = (1 - self.momentum) * self.v[key] + self.momentum * grads[key]",
        ),
        ("params[key] += self.v[key]", "params[key] -= self.lr * self.v[key]"),
    ),
    _momentum("ignores mu", "setting_ignored", ("self.momentum = momentum", "self.momentum = 0.9")),
    _momentum(
        "updates the first alone",
        "only_one_tensor",
        (
            "            params[key] += self.v[key]",
            "            params[key] += self.v[key]\n            break",
        ),
    ),
    _momentum(
        "keeps its velocities in the class",
        "remembers",
        ("class Momentum:", "class Momentum:\n    v = {}\n"),
        ("        self.v = None\n", ""),
        ("if self.v is None:", "if not self.v:"),
        ("            self.v = {}\n", ""),
    ),
    _nesterov(
        "updates v first",
        "nesterov_order",
        (
            "            params[key] += self.momentum * self.momentum * self.v[key]\n            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
            "",
        ),
        (
            "            self.v[key] -= self.lr * grads[key]\n",
            "            self.v[key] -= self.lr * grads[key]\n            params[key] += self.momentum * self.momentum * self.v[key]\n            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
        ),
    ),
    Planted(
        "Nesterov is momentum",
        "optimizer.nesterov",
        ("no_look_ahead",),
        _with(_MOMENTUM, ("class Momentum", "class Nesterov")),
    ),
    Planted(
        "Nesterov steps by mu v",
        "optimizer.nesterov",
        ("nesterov_without_gradient",),
        _with(
            _MOMENTUM,
            ("class Momentum", "class NAG"),
            ("+= self.v[key]", "+= self.momentum * self.v[key]"),
        ),
    ),
    Planted(
        "Nesterov looks behind",
        "optimizer.nesterov",
        ("no_look_ahead",),
        _with(
            _MOMENTUM,
            ("class Momentum", "class NAG"),
            (
                _BOOK_STEP,
                "old = self.v[key]\n            self.v[key] = self.momentum * old + grads[key]",
            ),
            (
                "params[key] += self.v[key]",
                "params[key] -= self.lr * (grads[key] + self.momentum * old)",
            ),
        ),
    ),
    _nesterov(
        "climbs",
        "climbs",
        ("params[key] -= (1", "params[key] += (1"),
        ("self.v[key] -= ", "self.v[key] += "),
    ),
    _adagrad("without root", "no_root", ("np.sqrt(self.h[key])", "self.h[key]")),
    _adagrad("without a sum", "no_accumulation", ("self.h[key] += grads", "self.h[key] = grads")),
    _adagrad("starts over each step", "no_accumulation", ("if self.h is None:", "if True:")),
    _adagrad("without epsilon", "no_epsilon", (" + 1e-7", "")),
    _adagrad("without a square", "not_squared", ("grads[key] * grads[key]", "grads[key]")),
    _adagrad(
        "sums up too late",
        "state_late",
        ("            self.h[key] += grads[key] * grads[key]\n", ""),
        ("+ 1e-7)\n", "+ 1e-7)\n            self.h[key] += grads[key] * grads[key]\n"),
    ),
    _adagrad("climbs", "climbs", ("params[key] -=", "params[key] +=")),
    _adagrad("never moves", "never_moves", ("params[key] -= self.lr", "step = self.lr")),
    _rmsprop(
        "accumulates",
        "accumulates",
        ("            self.h[key] *= self.decay_rate\n", ""),
        ("(1 - self.decay_rate) * ", ""),
    ),
    _rmsprop("without 1 - rho", "leaky_sum", ("(1 - self.decay_rate) * ", "")),
    _rmsprop(
        "exchanges rho and 1 - rho",
        "beta_exchanged",
        ("*= self.decay_rate", "*= (1 - self.decay_rate)"),
        ("(1 - self.decay_rate) * grads", "self.decay_rate * grads"),
    ),
    _rmsprop("without root", "no_root", ("np.sqrt(self.h[key])", "self.h[key]")),
    _rmsprop("without epsilon", "no_epsilon", (" + 1e-7", "")),
    _rmsprop(
        "ignores rho", "setting_ignored", ("self.decay_rate = decay_rate", "self.decay_rate = 0.9")
    ),
    _adadelta(
        "with epsilon outside",
        "epsilon_outside_root",
        (
            "np.sqrt(s + self.eps) / np.sqrt(h + self.eps)",
            "(np.sqrt(s) + self.eps) / (np.sqrt(h) + self.eps)",
        ),
    ),
    _adadelta(
        "without epsilon above", "adadelta_never_starts", ("np.sqrt(s + self.eps)", "np.sqrt(s)")
    ),
    _adadelta(
        "takes the old h",
        "adadelta_order",
        ("            h = self.rho * h + (1 - self.rho) * g ** 2\n", ""),
        (
            "* delta ** 2\n",
            "* delta ** 2\n            h = self.rho * h + (1 - self.rho) * g ** 2\n",
        ),
    ),
    _adadelta("collects g^2 twice", "adadelta_squares", ("delta ** 2", "g ** 2")),
    _adadelta(
        "upside down",
        "adadelta_inverted",
        (
            "np.sqrt(s + self.eps) / np.sqrt(h + self.eps)",
            "np.sqrt(h + self.eps) / np.sqrt(s + self.eps)",
        ),
    ),
    _adadelta(
        "is RMSprop",
        "adadelta_is_rmsprop",
        ("rho=0.95", "lr=0.01, rho=0.95"),
        ("self.rho = rho", "self.lr = lr\n        self.rho = rho"),
        ("np.sqrt(s + self.eps)", "self.lr"),
    ),
    _adam(
        "without bias correction",
        "no_bias_correction",
        (" / (1 - self.beta_1 ** self.t)", ""),
        (" / (1 - self.beta_2 ** self.t)", ""),
    ),
    _adam("corrects m alone", "no_bias_correction", (" / (1 - self.beta_2 ** self.t)", "")),
    _adam("corrects v alone", "no_bias_correction", (" / (1 - self.beta_1 ** self.t)", "")),
    _adam(
        "with epsilon inside",
        "epsilon_inside_root",
        ("(np.sqrt(v_hat) + self.epsilon)", "np.sqrt(v_hat + self.epsilon)"),
    ),
    _adam(
        "of the book with epsilon inside",
        "epsilon_inside_root",
        ("(np.sqrt(self.v[key]) + 1e-7)", "np.sqrt(self.v[key] + 1e-7)"),
        of=_BOOK_ADAM,
    ),
    _adam(
        "counts t per tensor",
        "step_per_tensor",
        (
            "        self.t += 1\n        for key in params:\n",
            "        for key in params:\n            self.t += 1\n",
        ),
    ),
    _adam(
        "counts t from 0",
        "step_count",
        ("        self.t += 1\n", ""),
        (_ADAM_STEP, _ADAM_STEP + "\n        self.t += 1"),
    ),
    _adam("counts t from 2", "step_count", ("self.t = 0", "self.t = 1")),
    _adam(
        "never counts t", "step_fixed", ("self.t = 0", "self.t = 1"), ("        self.t += 1\n", "")
    ),
    _adam(
        "swaps its betas",
        "betas_swapped",
        ("self.beta_1 = beta_1", "self.beta_1 = beta_2"),
        ("self.beta_2 = beta_2", "self.beta_2 = beta_1"),
    ),
    _adam("with beta1 for both", "one_beta", ("self.beta_2 = beta_2", "self.beta_2 = beta_1")),
    _adam("without a square", "not_squared", (_ADAM_SECOND, _ADAM_SECOND.removesuffix(" ** 2"))),
    _adam("without 1 - b1", "leaky_sum", ("(1 - self.beta_1) * grads[key]", "grads[key]")),
    _adam("without 1 - b2", "leaky_sum", ("(1 - self.beta_2) * grads[key]", "grads[key]")),
    _adam("without root", "no_root", ("np.sqrt(v_hat)", "v_hat")),
    _adam(
        "keeps what it corrected",
        "corrected_and_kept",
        ("m_hat = ", "self.m[key] = m_hat = "),
        ("v_hat = ", "self.v[key] = v_hat = "),
    ),
    _adam("climbs", "climbs", ("params[key] -=", "params[key] +=")),
    _adam("forgets lr", "lr_missing", ("self.learning_rate * m_hat", "m_hat")),
    _adam(
        "with one state for all",
        "shared_state",
        ("self.m = {}", "self.m = 0"),
        ("self.v = {}", "self.v = 0"),
        (
            "            if key not in self.m:\n                self.m[key] = np.zeros_like(params[key])\n                self.v[key] = np.zeros_like(params[key])\n",
            "",
        ),
        ("self.m[key]", "self.m"),
        ("self.v[key]", "self.v"),
    ),
    _adam(
        "without a place in its list",
        "never_moves",
        ("            p -= self.lr", "            p = p - self.lr"),
        of=_HELD_ADAM,
    ),
    _adam(
        "of lists counts t per tensor",
        "step_per_tensor",
        ("        self.t += 1\n", ""),
        ("zip(self.params, grads)):\n", "zip(self.params, grads)):\n            self.t += 1\n"),
        of=_HELD_ADAM,
    ),
    _adam(
        "of layers counts from 0",
        "step_count",
        ("(self.iterations + 1)", "self.iterations"),
        of=_LAYERS,
    ),
    _adam(
        "of layers forgets to count",
        "step_fixed",
        ("        self.iterations += 1", "        pass"),
        of=_LAYERS,
    ),
    _adam(
        "function without bias correction",
        "no_bias_correction",
        (" / (1 - b1 ** t)", ""),
        (" / (1 - b2 ** t)", ""),
        of=_ADAM_FUNCTION,
    ),
    _adam(
        "function with epsilon inside",
        "epsilon_inside_root",
        ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
        of=_ADAM_FUNCTION,
    ),
    _adam("ignores beta2", "setting_ignored", ("self.beta_2 = beta_2", "self.beta_2 = 0.999")),
)

VARIANTS = (
    Variant("SGD of the book", "optimizer.sgd", _SGD),
    Variant("SGD with eta", "optimizer.sgd", _with(_SGD, ("lr", "eta"))),
    Variant(
        "SGD that rebinds in the dict",
        "optimizer.sgd",
        _with(_SGD, (_SGD_STEP, "params[key] = params[key] - self.lr * grads[key]")),
    ),
    Variant(
        "SGD on lists",
        "optimizer.sgd",
        _with(_SGD, ("for key in params.keys()", "for key in range(len(params))")),
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
        _with(_SGD, ("params, grads", "grads, params")),
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
    Variant(
        "SGD with momentum 0",
        "optimizer.sgd",
        """
class SGD:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def step(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v.get(k, 0) + grads[k]
            params[k] -= self.lr * self.v[k]
""",
    ),
    Variant(
        "momentum of SGD",
        "optimizer.momentum",
        """
class SGD:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def step(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v.get(k, 0) + grads[k]
            params[k] -= self.lr * self.v[k]
""",
    ),
    Variant("momentum of the book", "optimizer.momentum", _MOMENTUM, "at a constant lr only"),
    Variant(
        "momentum as an average",
        "optimizer.momentum",
        _with(
            _MOMENTUM,
            (
                _BOOK_STEP,
                "self.v[key] = self.momentum * self.v[key] + (1 - self.momentum) * grads[key]",
            ),
            ("params[key] += ", "params[key] -= self.lr * "),
        ),
        "SGD(lr * (1-b), momentum=b)",
    ),
    Variant(
        "momentum of 0.9",
        "optimizer.momentum",
        _with(
            _MOMENTUM, (", momentum=0.9", ""), ("self.momentum = momentum", "self.momentum = 0.9")
        ),
        "mu = 0.9",
    ),
    Variant(
        "momentum as a function",
        "optimizer.momentum",
        """
def momentum_update(w, dw, v, lr=0.01, mu=0.9):
    v = mu * v - lr * dw
    w = w + v
    return w, v
""",
        "function",
    ),
    Variant(
        "momentum in place",
        "optimizer.momentum",
        """
def momentum_update(w, dw, v, lr=0.01, mu=0.9):
    v *= mu
    v -= lr * dw
    w += v
""",
        "one array",
    ),
    Variant(
        "momentum with a config",
        "optimizer.momentum",
        """
import numpy as np

def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config
""",
        "config",
    ),
    Variant(
        "momentum with named gradients",
        "optimizer.momentum",
        """
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        v["dW" + str(l)] = beta * v["dW" + str(l)] + (1 - beta) * grads["dW" + str(l)]
        v["db" + str(l)] = beta * v["db" + str(l)] + (1 - beta) * grads["db" + str(l)]
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * v["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * v["db" + str(l)]
    return parameters, v
""",
        "dW1",
    ),
    Variant(
        "momentum, an object an array",
        "optimizer.momentum",
        """
import numpy as np

class StochasticGradientDescent:
    def __init__(self, learning_rate=0.01, momentum=0):
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.w_updt = None

    def update(self, w, grad_wrt_w):
        if self.w_updt is None:
            self.w_updt = np.zeros(np.shape(w))
        self.w_updt = self.momentum * self.w_updt + (1 - self.momentum) * grad_wrt_w
        return w - self.learning_rate * self.w_updt
""",
        "one object for each array",
    ),
    Variant(
        "momentum with parameters twice",
        "optimizer.momentum",
        """
import numpy as np

class Momentum:
    def __init__(self, params, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.v = {k: np.zeros_like(p) for k, p in params.items()}

    def step(self, params, grads):
        for k in params:
            self.v[k] = self.momentum * self.v[k] + grads[k]
            params[k] -= self.lr * self.v[k]
""",
    ),
    Variant("Nesterov of the book", "optimizer.nesterov", _NESTEROV, "at a constant lr only"),
    Variant(
        "Nesterov with a previous v",
        "optimizer.nesterov",
        _with(
            _NESTEROV,
            (
                "            params[key] += self.momentum * self.momentum * self.v[key]\n            params[key] -= (1 + self.momentum) * self.lr * grads[key]\n",
                "            before = self.v[key].copy()\n",
            ),
            (
                "            self.v[key] -= self.lr * grads[key]\n",
                "            self.v[key] -= self.lr * grads[key]\n            params[key] += -self.momentum * before + (1 + self.momentum) * self.v[key]\n",
            ),
        ),
        "at a constant lr only",
    ),
    Variant(
        "Nesterov by a flag",
        "optimizer.nesterov",
        """
import numpy as np

class SGD:
    def __init__(self, params, lr=0.01, momentum=0.0, nesterov=False):
        self.params, self.lr, self.momentum, self.nesterov = params, lr, momentum, nesterov
        self.bufs = [np.zeros_like(p) for p in params]

    def step(self, grads):
        for i, g in enumerate(grads):
            self.bufs[i] = self.momentum * self.bufs[i] + g
            d = g + self.momentum * self.bufs[i] if self.nesterov else self.bufs[i]
            self.params[i] -= self.lr * d
""",
        "it holds the parameters",
    ),
    Variant("AdaGrad of the book", "optimizer.adagrad", _ADAGRAD, "eps = 1e-07"),
    Variant(
        "AdaGrad with epsilon inside",
        "optimizer.adagrad",
        _with(_ADAGRAD, ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key] + 1e-8)")),
        "initial_accumulator_value=eps",
    ),
    Variant("RMSprop of the book", "optimizer.rmsprop", _RMSPROP, "eps = 1e-07"),
    Variant(
        "RMSprop with epsilon inside",
        "optimizer.rmsprop",
        _with(_RMSPROP, ("(np.sqrt(self.h[key]) + 1e-7)", "np.sqrt(self.h[key] + 1e-8)")),
        "TensorFlow",
    ),
    Variant(
        "RMSprop of 0.9",
        "optimizer.rmsprop",
        _with(
            _RMSPROP,
            (", decay_rate=0.99", ""),
            ("self.decay_rate = decay_rate", "self.decay_rate = 0.9"),
        ),
        "rho = 0.9",
    ),
    Variant("Adadelta of the paper", "optimizer.adadelta", _ADADELTA),
    Variant(
        "Adadelta with a rate",
        "optimizer.adadelta",
        _with(
            _ADADELTA,
            ("rho=0.95", "lr=1.0, rho=0.95"),
            ("self.rho = rho", "self.lr = lr\n        self.rho = rho"),
            ("-= delta", "-= self.lr * delta"),
        ),
    ),
    Variant("Adam of the paper", "optimizer.adam", _ADAM),
    Variant("Adam of the book", "optimizer.adam", _BOOK_ADAM, "lr_t = lr sqrt(1-b2^t)/(1-b1^t)"),
    Variant("Adam that holds a list", "optimizer.adam", _HELD_ADAM, "it holds the parameters"),
    Variant(
        "Adam of arrays in a dict",
        "optimizer.adam",
        _with(
            _HELD_ADAM,
            ("np.zeros_like(p) for p in params]", "np.zeros_like(p) for p in params.values()]"),
            ("zip(self.params, grads)", "zip(self.params.values(), grads.values())"),
        ),
        "it holds the parameters",
    ),
    Variant("Adam as a function", "optimizer.adam", _ADAM_FUNCTION, "function"),
    Variant(
        "Adam as a function that counts",
        "optimizer.adam",
        _with(
            _ADAM_FUNCTION,
            ("    m = b1", "    t += 1\n    m = b1"),
            ("return w, m, v", "return w, m, v, t"),
        ),
        "counted from 0",
    ),
    Variant("Adam of layers", "optimizer.adam", _LAYERS, "one layer a call"),
    Variant(
        "Adam with a config",
        "optimizer.adam",
        """
import numpy as np

def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dw ** 2)
    mt = config["m"] / (1 - config["beta1"] ** config["t"])
    vt = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = w - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return next_w, config
""",
        "config",
    ),
    Variant(
        "Adam with named gradients",
        "optimizer.adam",
        """
import numpy as np

def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    L = len(parameters) // 2
    v_corrected, s_corrected = {}, {}
    for l in range(1, L + 1):
        for k in ("W" + str(l), "b" + str(l)):
            v["d" + k] = beta1 * v["d" + k] + (1 - beta1) * grads["d" + k]
            v_corrected["d" + k] = v["d" + k] / (1 - beta1 ** t)
            s["d" + k] = beta2 * s["d" + k] + (1 - beta2) * grads["d" + k] ** 2
            s_corrected["d" + k] = s["d" + k] / (1 - beta2 ** t)
            parameters[k] = parameters[k] - learning_rate * v_corrected["d" + k] / (np.sqrt(s_corrected["d" + k]) + epsilon)
    return parameters, v, s, v_corrected, s_corrected
""",
        "dW1",
    ),
)
