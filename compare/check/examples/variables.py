"""Variables that differentiate what was computed from them: of one number, and of arrays."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

_NUMBER = """
import math

class Scalar:
    def __init__(self, v, came_from=(), rule=None):
        self.v, self.g = float(v), 0.0
        self.came_from, self.rule = came_from, rule

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.v + other.v, (self, other), lambda g: (g, g))

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.v * other.v, (self, other), lambda g: (g * other.v, g * self.v))

    def __sub__(self, other):
        return self + (-1.0) * other

    def __rsub__(self, other):
        return other + (-1.0) * self

    def __pow__(self, n):
        return Scalar(self.v ** n, (self,), lambda g: (g * n * self.v ** (n - 1),))

    def relu(self):
        return Scalar(max(0.0, self.v), (self,), lambda g: (g * (self.v > 0),))

    def tanh(self):
        t = math.tanh(self.v)
        return Scalar(t, (self,), lambda g: (g * (1 - t ** 2),))

    __radd__, __rmul__ = __add__, __mul__

    def propagate(self):
        order, met = [], set()

        def visit(s):
            if id(s) not in met:
                met.add(id(s))
                for each in s.came_from:
                    visit(each)
                order.append(s)

        visit(self)
        self.g = 1.0
        for s in reversed(order):
            if s.rule:
                for each, part in zip(s.came_from, s.rule(s.g)):
                    each.g += part
"""
_ARRAY = """
import numpy as np

class Tensor:
    def __init__(self, data):
        if not isinstance(data, np.ndarray):
            raise TypeError("an array is wanted")
        self.data, self.grad, self.made_by, self.age = data, None, None, 0

    def backward(self):
        self.grad = np.ones_like(self.data)
        waiting = [self.made_by]
        while waiting:
            waiting.sort(key=lambda f: f.age)
            f = waiting.pop()
            for x, g in zip(f.inputs, f.back(f.output.grad)):
                x.grad = g if x.grad is None else x.grad + g
                if x.made_by is not None and x.made_by not in waiting:
                    waiting.append(x.made_by)

class Operation:
    def __call__(self, *inputs):
        self.inputs = [x if isinstance(x, Tensor) else Tensor(np.array(x)) for x in inputs]
        self.age = max(x.age for x in self.inputs) + 1
        self.output = Tensor(np.asarray(self.run(*[x.data for x in self.inputs])))
        self.output.made_by, self.output.age = self, self.age
        return self.output

class Add(Operation):
    def run(self, a, b):
        return a + b

    def back(self, g):
        return g, g

class Mul(Operation):
    def run(self, a, b):
        return a * b

    def back(self, g):
        a, b = (x.data for x in self.inputs)
        return g * b, g * a

class Exp(Operation):
    def run(self, a):
        return np.exp(a)

    def back(self, g):
        return (g * self.output.data,)

def add(a, b):
    return Add()(a, b)

def mul(a, b):
    return Mul()(a, b)

def exp(a):
    return Exp()(a)

Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = mul
"""
_CONCEPT = "autograd.other"


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"variables: {name}", _CONCEPT, (cause,), with_changes(source, *changes))


BUGS = (
    _bug("= for +=", "gradient_overwritten", _NUMBER, ("each.g += part", "each.g = part")),
    _bug(
        "= for + of arrays", "gradient_overwritten", _ARRAY,
        ("x.grad = g if x.grad is None else x.grad + g", "x.grad = g"),
    ),
    _bug(
        "depth first", "handed_on_too_early", _NUMBER,
        ("        for s in reversed(order):", "        waiting = [self]\n        while waiting:\n"
         "            s = waiting.pop()\n            waiting += s.came_from"),
    ),
    _bug("no order", "handed_on_too_early", _ARRAY, ("waiting.sort(key=lambda f: f.age)", "pass")),
    _bug(
        "tanh's slope at u", "operation_differentiated_wrongly", _NUMBER,
        ("g * (1 - t ** 2)", "g * (1 - self.v ** 2)"),
    ),
    _bug(
        "the exponent is missing", "operation_differentiated_wrongly", _NUMBER,
        ("g * n * self.v ** (n - 1)", "g * self.v ** (n - 1)"),
    ),
    _bug(
        "twice the exponential", "operation_differentiated_times", _ARRAY,
        ("g * self.output.data", "2 * g * self.output.data"),
    ),
    _bug(
        "2 - a is a - 2", "operation_computes_another", _NUMBER,
        ("return other + (-1.0) * self", "return self + (-1.0) * other"),
    ),
)  # fmt: skip
VARIANTS = (
    Variant("variables: of one number", _CONCEPT, _NUMBER, "as torch.autograd"),
    Variant("variables: of arrays", _CONCEPT, _ARRAY, "as torch.autograd"),
)
