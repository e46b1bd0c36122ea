"""Gradients by differences, as people write them."""

from compare.check.examples.example import Planted, Variant

_GOOD = """
import numpy as np

def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        tmp = float(x[i])
        x[i] = tmp + h
        above = f(x)
        x[i] = tmp - h
        below = f(x)
        grad[i] = (above - below) / (2 * h)
        x[i] = tmp
    return grad
"""
_COPIES = """
import numpy as np

def numerical_gradient(f, x, h=1e-4):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        grad[i] = (f(x + e) - f(x - e)) / (2 * h)
    return grad
"""
_COURSE = """
import numpy as np

def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    for i in range(x.size):
        tmp = x[i]
        x[i] = tmp + h
        above = f(x)
        x[i] = tmp - h
        below = f(x)
        grad[i] = (above - below) / (2 * h)
        x[i] = tmp
    return grad
"""


def _changed(source: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    whole = _changed(source, *changes)
    return Planted(f"numerical gradient: {name}", "numerical_gradient", (cause,), whole)


def _variant(name: str, says: str, source: str, *changes: tuple[str, str]) -> Variant:
    whole = _changed(source, *changes)
    return Variant(f"numerical gradient: {name}", "numerical_gradient", whole, says)


_READS = """
import numpy as np

def numerical_gradient(f, x):
    grad, h = np.zeros(x.shape), 1e-4
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        below = f()
        x[i] = kept
        grad[i] = (above - below) / (2 * h)
    return grad
"""
_RATIO = "(f(x + e) - f(x - e)) / (2 * h)"

BUGS = (
    _bug("as distributed with the course", "halved_by_aliasing", _COURSE),
    _bug("of integers, into floats", "integers_truncated", _GOOD, ("np.zeros_like(x)", "np.zeros(x.shape)")),
    _bug("for one axis only", "not_taken", _COURSE, ("tmp = x[i]", "tmp = x[i].copy()"),
         ("zeros_like(x)", "zeros(x.shape)"), ("x[i] = tmp", "x = np.array(x, float); x[i] = tmp")),
    _bug("backward difference", "one_sided_difference", _COPIES, (_RATIO, "(f(x) - f(x - e)) / h")),
    _bug("forward difference over 2h", "half_a_difference", _COPIES, (_RATIO, "(f(x + e) - f(x)) / (2 * h)")),
    _bug("without brackets", "divided_without_brackets", _COPIES,
         (_RATIO, "(f(x + e) - f(x - e)) / 2 * h")),
    _bug("not divided", "difference_not_divided", _COPIES, (_RATIO, "f(x + e) - f(x - e)")),
    _bug("not restored", "not_restored", _GOOD, ("        x[i] = tmp\n", "")),
    _bug("return inside the loop", "returned_in_the_loop", _GOOD,
         ("        x[i] = tmp\n    return", "        x[i] = tmp\n        return")),
    _bug("a new array in each round", "reset_in_the_loop", _COPIES,
         ("    grad = np.zeros(x.shape)\n", ""),
         ("        e = np", "        grad = np.zeros(x.shape)\n        e = np")),
    _bug("of what reads the array, not restored", "not_restored", _READS,
         ("        x[i] = kept\n", "")),
    _bug("of what reads the array, divided by h", "factor", _READS, ("(2 * h)", "h")),
    _bug("all elements at once", "all_at_once", _COPIES, ("e[i] = h", "e[...] = h")),
)  # fmt: skip

VARIANTS = (
    _variant("with copies", "", _COPIES),
    _variant("in place, of floats", "", _GOOD, ("h = 1e-4", "h = 1e-4; old = x; x = x.astype(float)"),
             ("np.zeros_like(x)", "np.zeros(old.shape)")),
    _variant("a smaller step", "1e-5 or smaller", _COPIES, ("h=1e-4", "h=1e-5")),
    _variant("a larger step", "h = 0.001", _COPIES, ("h=1e-4", "h=1e-3")),
    _variant("a tiny step", "1e-5 or smaller", _COPIES, ("h=1e-4", "h=1e-7")),
    _variant("of what reads the array", "with nothing", _READS),
    _variant("the array first", "before the function", _COPIES, ("(f, x, h=1e-4)", "(x, f, h=1e-4)")),
)  # fmt: skip
