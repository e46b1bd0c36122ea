"""One place of a function written otherwise, the likely places first, each text once."""

import ast

import pytest

from compare.sandbox.worker.edits.names import Beside
from compare.sandbox.worker.edits.one_place import RANKS, edits


def made(text, beside=None):
    function = ast.parse(text).body[0]
    beside = beside or Beside()
    return [edit for rank in range(len(RANKS)) for edit in edits(function, beside, rank)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("y - t", "t - y"),
        ("x.T @ d", "x @ d"),
        ("d @ W", "d @ W.T"),
        ("d.sum(axis=1)", "d.sum(axis=0)"),
        ("np.sum(e, axis=1)", "np.sum(e, axis=1, keepdims=True)"),
        ("z - m", "z - m[:, None]"),
        ("u * (1 - u)", "z * (1 - z)"),
        ("us[j] * (1 - us[j])", "hs[j] * (1 - hs[j])"),
        ("d * (g > 0)", "d * (u > 0)"),
        ("1 - z", "1 - z ** 2"),
        ("1 + 0.5 * u ** 2", "1 + 3 * (0.5 * u ** 2)"),
        ("s + x * s", "s + x * s * beta"),
        ("d / 3", "d / 3 / len(x)"),
        ("np.log10(y)", "np.log(y)"),
        ("n // 2", "n / 2"),
        ("np.exp(x)", "np.exp(-x)"),
        ("z * d", "np.tanh(z) * d"),
        ("0.2 * d", "slope * d"),
        ("d.sum(axis=1).mean()", "d.sum(axis=0)"),
        ("np.mean(np.sum(d, axis=1))", "np.sum(d, axis=0)"),
        ("x.T @ d", "x.T @ d + u.T @ hs"),
        ("np.dot(x.T, d)", "np.dot(x.T, d) + u.T @ hs"),
    ],
)
def test_a_slip_in_one_place_is_among_them(wrong, right):
    names = "x, u, z, us, hs, beta, g, s, d, W, j, n, m, e, t, y, b"
    text = f"def f({names}):\n    return {{}}\n"
    function = ast.parse(text.format(wrong)).body[0]
    texts = {
        e.text for r in range(len(RANKS)) for e in edits(function, Beside((), (), ("slope",)), r)
    }
    assert ast.unparse(ast.parse(text.format(right))) in texts


def test_of_an_attribute_another_and_what_stands_where():
    text = "def backward(self, g):\n    'Back.'\n    g = g * 1\n    g[g <= 0] = 0\n    return g\n"
    found = [e for e in made(text, Beside(("inp",))) if e.meant == "g[self.inp <= 0] = 0"]
    assert [(e.line, e.stands) for e in found] == [(4, "g[g <= 0] = 0")]


def test_no_text_twice_and_none_that_does_not_compile_or_only_prints():
    text = "def f(x, y):\n    print(x + y)\n    assert x + y\n    return x + y\n"
    texts = [e.text for e in made(text)]
    for each in texts:
        compile(each, "<text>", "exec")
    of_ranks = [e.stands for e in made(text)]
    assert of_ranks and set(of_ranks) == {"return x + y"}


def test_what_is_set_may_be_multiplied():
    text = "def back(d, u, slope):\n    d[u <= 0] = slope\n    return d\n"
    assert [e.line for e in made(text) if e.meant == "d[u <= 0] *= slope"] == [2]


def test_what_is_made_and_read_by_nothing_is_added_somewhere():
    loop = "for t in ts:\n        d = up[t] * slope\n        later = d @ W.T"
    text = f"def back(up, ts, slope, W):\n    later = 0\n    {loop}\n    return d\n"
    assert [e.line for e in made(text) if e.meant == "d = (up[t] + later) * slope"] == [4]
    read = text.replace("return d", "return d, later")
    assert not [e for e in made(read) if e.meant == "d = (up[t] + later) * slope"]


def test_a_method_is_no_value_that_may_have_been_meant():
    text = "def back(self, d):\n    y = self.run(d)\n    return y * self.k\n"
    meant = "".join(e.meant for e in made(text, Beside(("k",))))
    assert "self.run" not in meant.replace("self.run(", "")
