"""Update rules that are found by what they take and move: closures, pairs, names that say nothing."""

from compare.check.examples.example import Planted, Variant, with_changes

CLOSURE = """
import numpy as np

def rms_prop(rate, memory=0.93, floor=2e-9):
    squares = {}

    def advance(key, theta, slope):
        old = squares.get(key, np.zeros_like(theta))
        squares[key] = memory * old + (1 - memory) * slope * slope
        return theta - rate * slope / (np.sqrt(squares[key]) + floor)
    return advance
"""

WEIGHED = """
import numpy as np

def adam(w, g, state, rate=0.02, p=0.8, q=0.99, tiny=1e-8):
    state["n"] += 1
    state["m"] = p * state["m"] + (1 - p) * g
    state["r"] = q * state["r"] + (1 - q) * g ** 2
    m = state["m"] / (1 - p ** state["n"])
    r = state["r"] / (1 - q ** state["n"])
    return w - rate * m / (np.sqrt(r) + tiny)
"""

WITH_HELPER = """
import numpy as np

class AdaDelta:
    def __init__(self, rho=0.94, eps=5e-6):
        self.rho, self.eps, self.a, self.b = rho, eps, {}, {}

    def root(self, x):
        return np.sqrt(x + self.eps)

    def update(self, name, theta, grad):
        b = self.b.get(name, np.zeros_like(theta))
        a = self.rho * self.a.get(name, np.zeros_like(theta)) + (1 - self.rho) * grad ** 2
        delta = -self.root(b) / self.root(a) * grad
        self.a[name], self.b[name] = a, self.rho * b + (1 - self.rho) * delta ** 2
        return theta + delta
"""

PAIRS = """
import numpy as np

class MomentumRule:
    def __init__(self, rate, friction=0.7):
        self.rate, self.friction, self.speeds = rate, friction, None

    def update(self, both):
        if self.speeds is None:
            self.speeds = [np.zeros_like(w) for w, _ in both]
        for v, (w, slope) in zip(self.speeds, both):
            v *= self.friction
            v -= self.rate * slope
            w += v
"""
SETTINGS = """
import numpy as np

USUAL = {"rate": 0.02, "forget": 0.92, "floor": 3e-9}

def rmsprop_step(options, slope, theta):
    for name, value in USUAL.items():
        options.setdefault(name, value)
    seen = options.get("seen", np.zeros_like(theta))
    options["seen"] = options["forget"] * seen + (1 - options["forget"]) * slope ** 2
    return options, theta - options["rate"] * slope / (np.sqrt(options["seen"]) + options["floor"])
"""

LAYERS = """
import numpy as np

class SGD:
    def __init__(self, stack, rate=0.01):
        self.stack, self.rate = stack, rate

    def step(self):
        for block in self.stack:
            block.W -= self.rate * block.dW
            block.b -= self.rate * block.db
"""
OF_A_MODEL = """
import numpy as np

class Momentum:
    def __init__(self, model, rate=0.02, mu=0.8):
        self.model, self.rate, self.mu, self.v = model, rate, mu, {}

    def step(self):
        for i, part in enumerate(self.model.parts):
            for name in part.theta:
                v = self.mu * self.v.get((i, name), 0.0) - self.rate * part.slope[name]
                self.v[i, name] = v
                part.theta[name] = part.theta[name] + v
"""

BY_SHAPES = """
import numpy as np

class Adagrad:
    def __init__(self, dims, rate=0.02):
        self.rate, self.sums = rate, [np.zeros(d) for d in dims]

    def step(self, weights, gradients):
        for s, w, g in zip(self.sums, weights, gradients):
            s += g * g
            w -= self.rate * g / (np.sqrt(s) + 3e-8)
"""
KEYWORDS = """
import numpy as np

class RMSProp:
    def __init__(self, **options):
        self.options, self.seen = options, {}

    def update(self, params, grads):
        rho, eps = self.options["rho"], self.options.get("eps", 1e-8)
        for name, g in grads.items():
            self.seen[name] = rho * self.seen.get(name, 0.0) + (1 - rho) * g * g
            params[name] -= self.options["lr"] * g / (np.sqrt(self.seen[name]) + eps)
"""

VARIANTS = (
    Variant("rule by effect: made of shapes", "optimizer.adagrad", BY_SHAPES, "in a list"),
    Variant("rule by effect: keywords", "optimizer.rmsprop", KEYWORDS),
    Variant("rule by effect: a list of layers", "optimizer.sgd", LAYERS, "goes through layers"),
    Variant("rule by effect: layers of a model", "optimizer.momentum", OF_A_MODEL, "goes through layers"),
    Variant("rule by effect: pairs", "optimizer.momentum", PAIRS, "pairs of a parameter"),
    Variant("rule by effect: a dictionary of settings", "optimizer.rmsprop", SETTINGS, "config dictionary"),
    Variant("rule by effect: closure", "optimizer.rmsprop", CLOSURE, "returns the function"),
    Variant("rule by effect: a helper of one argument", "optimizer.adadelta", WITH_HELPER, "its name"),
    Variant("rule by effect: settings of any names", "optimizer.adam", WEIGHED, "b2 = 0.99"),
)  # fmt: skip


def _bug(name: str, concept: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    changed = with_changes(source, *changes)
    return Planted(f"rule by effect: {name}", f"optimizer.{concept}", (cause,), changed)


BUGS = (
    _bug("made of shapes, nothing is summed", "adagrad", "no_accumulation", BY_SHAPES, ("s += g * g", "s = g * g")),
    _bug("keywords, no mean", "rmsprop", "leaky_sum", KEYWORDS, ("(1 - rho) * g * g", "g * g")),
    _bug("a list of layers, biases left out", "sgd", "tensors_left_out", LAYERS,
         ("            block.b -= self.rate * block.db\n", "")),
    _bug("layers of a model, a local name", "momentum", "never_moves", OF_A_MODEL,
         ("part.theta[name] = part.theta[name] + v", "value = part.theta[name] + v")),
    _bug("pairs, uphill", "momentum", "climbs", PAIRS, ("w += v", "w -= v")),
    _bug("a dictionary of settings, a bracket", "rmsprop", "bracket_in_average", SETTINGS,
         ('(1 - options["forget"]) * slope ** 2', '(1 - options["forget"] * slope ** 2)')),
    _bug("closure, the squares of before", "rmsprop", "state_late", CLOSURE,
         ("np.sqrt(squares[key]) + floor", "np.sqrt(old) + floor")),
    _bug("closure, no brackets", "rmsprop", "no_brackets", CLOSURE,
         ("(np.sqrt(squares[key]) + floor)", "np.sqrt(squares[key]) + floor")),
    _bug("the weight of the other mean", "adam", "average_weight", WEIGHED, ("(1 - q) * g", "(1 - p) * g")),
    _bug("the weight squared", "adam", "average_weight", WEIGHED, ("(1 - p) * g", "(1 - p) ** 2 * g")),
    _bug("a bracket around all but the memory", "rmsprop", "bracket_in_average", CLOSURE,
         ("(1 - memory) * slope * slope", "(1 - memory * slope * slope)")),
    _bug("squares of the gradient twice", "adadelta", "adadelta_squares", WITH_HELPER,
         ("* delta ** 2", "* grad ** 2")),
)  # fmt: skip
