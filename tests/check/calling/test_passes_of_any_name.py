"""Layers, losses and functions whose two halves no name tells: found by what they do and keep."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

HEAD = "import numpy as np\n\n"
LAYERS = HEAD + (
    "class Dense:\n"
    "    def __init__(self, rows, rng):\n"
    "        self.W = rng.normal(size=(rows, 2))\n"
    "    def run(self, x):\n"
    "        self.x = x\n"
    "        return x @ self.W\n"
    "    def undo(self, g):\n"
    "        self.stored = self.x.T @ g\n"
    "        return g @ self.W.T\n\n"
    "class Both:\n"
    "    def run(self, a, b):\n"
    "        self.kept = a, b\n"
    "        return a * b ** 2\n"
    "    def undo(self, g):\n"
    "        a, b = self.kept\n"
    "        return g * b ** 2, 2 * g * a * b\n\n"
    "class Squares:\n"
    "    def run(self, y, t):\n"
    "        self.off = y - t\n"
    "        return (self.off ** 2).mean()\n"
    "    def undo(self):\n"
    "        return 2 * self.off / self.off.size\n\n"
    "rng = np.random.default_rng(0)\n"
    "dense, both, squares = Dense(3, rng), Both(), Squares()\n"
    "x = rng.normal(size=(5, 3))\n"
    "y = both.run(dense.run(x), x[:, :2])\n"
    "squares.run(y, np.zeros_like(y))\n"
    "dense.undo(both.undo(squares.undo())[0])\n"
)
FUNCTIONS = HEAD + (
    "def norm_mae(x, gain):\n"
    "    s = np.sqrt((x ** 2).mean(axis=1, keepdims=True) + 1e-6)\n"
    "    return gain * x / s, (x, s, gain)\n\n"
    "def norm_ato(d, kept):\n"
    "    x, s, gain = kept\n"
    "    dn = d * gain\n"
    "    dx = dn / s - x * (dn * x).mean(axis=1, keepdims=True) / s ** 3\n"
    "    return dx, (d * x / s).sum(axis=0)\n\n"
    "x = np.random.default_rng(0).normal(size=(4, 3))\n"
    "y, kept = norm_mae(x, np.ones(3))\n"
    "grad = np.ones_like(y)\n"
    "norm_ato(grad, kept)\n"
)
NO_LAYERS = HEAD + (
    "class Scale:\n"
    "    def __init__(self):\n"
    "        self.most = 1.0\n"
    "    def shrink(self, x):\n"
    "        self.most = np.abs(x).max(axis=0)\n"
    "        return x / self.most\n"
    "    def widen(self, z):\n"
    "        return 3 * z * self.most\n\n"
    "def parted(x):\n"
    "    return x / 4, np.full(3, 4.0)\n\n"
    "def joined(x, by):\n"
    "    return x * by\n\n"
    "x = np.random.default_rng(0).normal(size=(4, 3))\n"
    "s = Scale()\n"
    "s.widen(s.shrink(x))\n"
    "joined(*parted(x))\n"
)


def outcomes(tmp_path, text):
    path = tmp_path / "own.py"
    path.write_text(text, encoding="utf-8")
    return {j.found: j.outcome for j in check_file(path).judgements}


def test_right_as_the_script_calls_them(tmp_path):
    same = dict.fromkeys(["Dense", "Both", "Squares"], Outcome.SAME)
    assert outcomes(tmp_path, LAYERS) == same
    assert outcomes(tmp_path, FUNCTIONS)["norm_ato"] is Outcome.SAME


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Dense", "self.stored = self.x.T @ g", "self.stored = 2 * self.x.T @ g"),
        ("Dense", "return g @ self.W.T", "return -g @ self.W.T"),
        ("Both", "2 * g * a * b", "g * a * b"),
        ("Squares", "/ self.off.size", "/ len(self.off)"),
    ],
)
def test_what_one_of_them_hands_back_is_wrong(tmp_path, name, old, new):
    assert old in LAYERS
    found = outcomes(tmp_path, LAYERS.replace(old, new))
    assert found.pop(name) is Outcome.DIFFERENT
    assert set(found.values()) == {Outcome.SAME}


def test_what_goes_back_from_what_a_function_kept_is_wrong(tmp_path):
    text = FUNCTIONS.replace("/ s ** 3", "/ s ** 2").replace(
        "def norm_ato(d,", "def norm_ato(dout,"
    )
    text = text.replace("d * ", "dout * ")
    assert outcomes(tmp_path, text)["norm_ato"] is Outcome.DIFFERENT


def test_two_methods_that_only_belong_together_are_not_blamed(tmp_path):
    assert Outcome.DIFFERENT not in outcomes(tmp_path, NO_LAYERS).values()


def test_what_holds_a_wrong_layer_is_not_blamed_for_it(tmp_path):
    holder = (
        "class Round:\n"
        "    def __init__(self, inner):\n"
        "        self.inner = inner\n"
        "    def run(self, x):\n"
        "        self.y = self.inner.run(x)\n"
        "        return x[:, :2] + self.y\n"
        "    def undo(self, g):\n"
        "        self.g = g + 0 * self.y\n"
        "        return self.inner.undo(g) + g @ np.eye(3)[:2]\n\n"
    )
    text = LAYERS.replace("class Squares", holder + "class Squares")
    text += "around = Round(dense)\naround.undo(around.run(x))\n"
    assert outcomes(tmp_path, text)["Round"] is Outcome.SAME
    wrong = outcomes(tmp_path, text.replace("return g @ self.W.T", "return -g @ self.W.T"))
    assert wrong["Dense"] is Outcome.DIFFERENT
    assert "Round" not in wrong
