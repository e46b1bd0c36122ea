"""Derivatives of no course with one mistake each, and their right twins."""

from compare.check.examples.example import Planted, Variant, with_changes

_SQUASH = """
import numpy as np

def squash(x):
    return x / (1 + np.abs(x))

def squash_backward(dout, x):
    return dout / (1 + np.abs(x)) ** 2
"""
_BENT = """
import numpy as np

def bent(x, slope=0.2):
    return np.where(x > 0, x, slope * x)

def bent_prime(x, slope=0.2):
    return np.where(x > 0, 1.0, slope)
"""
_LIMITED = """
import numpy as np

def limited(x):
    return np.clip(x, -1.5, 2.5)

def limited_prime(x):
    return np.where((x > -1.5) & (x < 2.5), 1.0, 0.0)
"""
_BELL = """
import numpy as np

def bell(x):
    return np.exp(-x * x)

def bell_prime(x):
    return -2 * x * np.exp(-x * x)
"""
_WAVELET = """
import numpy as np

def wavelet(x):
    return x * np.exp(-x * x / 2)

def wavelet_prime(x):
    return np.exp(-x * x / 2) - x * x * np.exp(-x * x / 2)
"""
_SLIDE = """
import numpy as np

def slide(x):
    return x + np.sqrt(x * x + 1)

def slide_prime(x):
    return 1 + x / np.sqrt(x * x + 1)
"""
_SIREN = """
import numpy as np

def siren(x, omega=1.5):
    return np.sin(omega * x)

def siren_prime(x, omega=1.5):
    return omega * np.cos(omega * x)
"""
_POISSON = """
import numpy as np

def poisson_deviance(mu, goal):
    return np.mean(mu - goal * np.log(mu))

def poisson_deviance_grad(mu, goal):
    return (mu - goal) / mu / mu.size
"""
_BOUNDED = """
import numpy as np

class Bounded:
    def forward(self, x):
        self.x, self.y = x, 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
"""
_NOISE = """
import numpy as np

class Noise:
    def __init__(self):
        self.rng = np.random.default_rng()

    def forward(self, x):
        self.m = 1 + 0.4 * self.rng.random(x.shape)
        return x * self.m

    def backward(self, dout):
        return dout * self.m
"""
_SKIP = """
import numpy as np

class Skip:
    def __init__(self, n):
        self.W = 0.3 * np.random.randn(n, n)

    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.W)
        return x + self.h

    def backward(self, dout):
        du = dout * (1 - self.h ** 2)
        self.dW = self.x.T @ du
        return dout + du @ self.W.T
"""
_SCALE = """
import numpy as np

class Scale:
    def __init__(self, n):
        self.a, self.c = np.ones(n), np.zeros(n)

    def forward(self, x):
        self.x, self.y = x, x * self.a + self.c
        return self.y

    def backward(self, dout):
        self.da = (dout * self.x).sum(axis=0)
        self.dc = dout.sum(axis=0)
        return dout * self.a
"""
_FLAT = """
import numpy as np

class Unrolled:
    def forward(self, x):
        self.shape = x.shape
        return x.T.reshape(-1)

    def backward(self, dout):
        return dout.reshape(self.shape[::-1]).T
"""
_MIX = """
import numpy as np

def mix_forward(x, W):
    return x @ W, (x, W)

def mix_backward(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout
"""
_STRETCH = """
import numpy as np

def stretch_forward(x, gamma, beta):
    return gamma * np.tanh(x) + beta, (x, gamma)

def stretch_backward(dout, cache):
    x, gamma = cache
    t = np.tanh(x)
    return dout * gamma * (1 - t ** 2), (dout * t).sum(axis=0), dout.sum(axis=0)
"""
_RATIO = """
import numpy as np

def overlap_ratio(p, goal, smooth=1.5):
    return (np.sum(p * goal) + smooth) / (np.sum(p) + smooth)

def overlap_ratio_grad(p, goal, smooth=1.5):
    below = np.sum(p) + smooth
    return goal / below - (np.sum(p * goal) + smooth) / below ** 2
"""
_UNIT = """
import numpy as np

def unit(x):
    return x / np.sqrt((x * x).sum(axis=1, keepdims=True))

def unit_backward(dout, x):
    n = np.sqrt((x * x).sum(axis=1, keepdims=True))
    y = x / n
    return (dout - y * (dout * y).sum(axis=1, keepdims=True)) / n
"""
_CENTRED = """
import numpy as np

class Centred:
    def forward(self, x):
        self.y = np.sinh(x - x.mean(axis=0))
        return self.y

    def backward(self, dout):
        dn = dout * np.sqrt(1 + self.y ** 2)
        return dn - dn.mean(axis=0)
"""
_FUNCTION, _LAYER = "derivative.other", "layer.other"


def _bug(concept: str, name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"solved: {name}", concept, (cause,), with_changes(source, *changes))


def _right(concept: str, name: str, source: str) -> Variant:
    return Variant(f"solved: {name}", concept, source, "by numerical differences")


BUGS = (
    _bug(_FUNCTION, "squash, without what comes from above", "own_upstream_ignored", _SQUASH,
         ("dout / (1", "1 / (1")),
    _bug(_FUNCTION, "squash, handed on", "own_handed_on", _SQUASH,
         ("dout / (1 + np.abs(x)) ** 2", "dout")),
    _bug(_FUNCTION, "squash, its value", "own_forward_value", _SQUASH,
         ("dout / (1 + np.abs(x)) ** 2", "dout * x / (1 + np.abs(x))")),
    _bug(_FUNCTION, "squash, not squared", "own_factor_missing", _SQUASH, (" ** 2", "")),
    _bug(_FUNCTION, "squash, zeros", "own_always_zero", _SQUASH,
         ("return dout / (1 + np.abs(x)) ** 2", "return np.zeros_like(x)")),
    _bug(_FUNCTION, "bent, flat below 0", "own_partly", _BENT, ("1.0, slope)", "1.0, 0.0)")),
    _bug(_FUNCTION, "bent at 0.8, 1 for its slope", "own_partly", _BENT, ("slope=0.2", "slope=0.8"),
         ("1.0, slope)", "1.0, 1.0)")),
    _bug(_FUNCTION, "bent, another slope where nobody gives one", "own_partly", _BENT,
         ("bent_prime(x, slope=0.2)", "bent_prime(x, slope=0.1)")),
    _bug(_FUNCTION, "limited, above too", "own_partly", _LIMITED, (" & (x < 2.5)", "")),
    _bug(_FUNCTION, "bell, without the inner derivative", "own_factor_missing", _BELL,
         ("-2 * x * ", "-2 * ")),
    _bug(_FUNCTION, "bell, at the output", "own_other_point", _BELL,
         ("    return -2", "    x = bell(x)\n    return -2")),
    _bug(_FUNCTION, "bell, x twice", "own_factor_extra", _BELL, ("-2 * x * ", "-2 * x * x * ")),
    _bug(_FUNCTION, "wavelet, one term of the product", "own_term_missing", _WAVELET,
         ("np.exp(-x * x / 2) - x", "-x")),
    _bug(_FUNCTION, "slide, 1 forgotten", "own_term_missing", _SLIDE, ("return 1 + x", "return x")),
    _bug(_FUNCTION, "slide, 2 for 1", "own_term_extra", _SLIDE, ("return 1 + x", "return 2 + x")),
    _bug(_FUNCTION, "siren, without omega", "own_factor_missing", _SIREN,
         ("omega * np.cos", "np.cos")),
    _bug(_FUNCTION, "Poisson, mu once more", "own_factor_missing", _POISSON,
         ("(mu - goal) / mu /", "(mu - goal) / mu ** 2 /")),
    _bug(_LAYER, "bounded, x for y", "own_other_formula", _BOUNDED,
         ("self.y * (1 - self.y)", "self.x * (1 - self.x)")),
    _bug(_LAYER, "noise, divided", "own_reciprocal", _NOISE, ("dout * self.m", "dout / self.m")),
    _bug(_LAYER, "skip, left out", "own_term_missing", _SKIP, ("return dout + du", "return du")),
    _bug(_LAYER, "scale, the output for the input", "own_other_formula", _SCALE,
         ("(dout * self.x)", "(dout * self.y)")),
    _bug(_LAYER, "scale, without a", "own_factor_missing", _SCALE,
         ("return dout * self.a", "return dout")),
    _bug(_LAYER, "unrolled, not transposed", "own_other_order", _FLAT,
         ("self.shape[::-1]).T", "self.shape)")),
    _bug(_FUNCTION, "mix, dW transposed", "own_transposed", _MIX, ("x.T @ dout", "dout.T @ x")),
    _bug(_FUNCTION, "stretch, the mean", "own_gradient_scaled", _STRETCH,
         ("(dout * t).sum(axis=0)", "(dout * t).mean(axis=0)")),
    _bug(_FUNCTION, "stretch, a sign", "own_gradient_negated", _STRETCH,
         (", dout.sum(axis=0)", ", -dout.sum(axis=0)")),
    _bug(_FUNCTION, "stretch, the other axis", "own_other_axis", _STRETCH,
         (", dout.sum(axis=0)", ", dout.sum(axis=1)")),
    _bug(_FUNCTION, "stretch, not summed", "own_not_summed", _STRETCH,
         (", dout.sum(axis=0)", ", dout")),
    _bug(_FUNCTION, "ratio, the denominator is a constant", "own_same_for_all", _RATIO,
         (" - (np.sum(p * goal) + smooth) / below ** 2", "")),
    _bug(_FUNCTION, "unit, without the projection", "own_multiple_along", _UNIT,
         (" - y * (dout * y).sum(axis=1, keepdims=True)", "")),
    _bug(_FUNCTION, "unit, not divided", "own_factor_along", _UNIT, ("keepdims=True)) / n", "keepdims=True))")),
    _bug(_LAYER, "centred, the mean is a constant", "own_same_along", _CENTRED,
         ("return dn - dn.mean(axis=0)", "return dn")),
)  # fmt: skip
VARIANTS = (
    _right(_FUNCTION, "squash", _SQUASH),
    _right(_FUNCTION, "bent", _BENT),
    _right(_FUNCTION, "limited", _LIMITED),
    _right(_FUNCTION, "bell", _BELL),
    _right(_FUNCTION, "wavelet", _WAVELET),
    _right(_FUNCTION, "slide", _SLIDE),
    _right(_FUNCTION, "siren", _SIREN),
    _right(_FUNCTION, "Poisson", _POISSON),
    _right(_LAYER, "bounded", _BOUNDED),
    _right(_LAYER, "noise", _NOISE),
    _right(_LAYER, "skip", _SKIP),
    _right(_LAYER, "scale", _SCALE),
    _right(_LAYER, "unrolled", _FLAT),
    _right(_FUNCTION, "mix", _MIX),
    _right(_FUNCTION, "stretch", _STRETCH),
    _right(_FUNCTION, "ratio", _RATIO),
    _right(_FUNCTION, "unit", _UNIT),
    _right(_LAYER, "centred", _CENTRED),
)
