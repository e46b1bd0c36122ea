"""What a function reads of what it is handed, by its text alone."""

import pytest

from compare.check.calling.any_network.arrays_in_text import EACH, KEY, places, read_in

PAIRS = """
def f(layers, x):
    for W, b in layers[:-1]:
        x = np.tanh(x @ W + b)
    W, b = layers[-1]
    return x @ W + b
"""
UNPACKED = """
def f(P, x):
    (W1, b1), (W2, b2) = P
    return np.tanh(x @ W1 + b1) @ W2 + b2
"""
ZIPPED = """
def f(ws, bs, x):
    for k, (w, b) in enumerate(zip(ws, bs)):
        x = w.dot(x) + b
    return x
"""
FIELDS = "def f(p, x):\n    return (x @ p.first.T + p.shift).sum()\n"
KEYS = "def f(p, x):\n    return np.dot(x, p['V']) + p['v']\n"
MADE = "def f(p, x):\n    for k in range(3):\n        x = x @ p['W' + str(k)]\n    return x\n"


@pytest.mark.parametrize(
    ("source", "names", "matrices", "added"),
    [
        (PAIRS, ("layers",), [("layers", EACH, 0)], [("layers", EACH, 1)]),
        (UNPACKED, ("P",), [("P", 0, 0), ("P", 1, 0)], [("P", 0, 1), ("P", 1, 1)]),
        (ZIPPED, ("ws", "bs"), [("ws", EACH)], [("bs", EACH)]),
        (FIELDS, ("p",), [("p", ".first")], [("p", ".shift")]),
        (KEYS, ("p",), [("p", "['V']")], [("p", "['v']")]),
        (MADE, ("p",), [("p", KEY)], []),
    ],
)
def test_what_is_multiplied_and_what_is_added(source, names, matrices, added):
    read = read_in(source, names)
    kept = places([*read.paths])
    assert [p for p in kept if p in places([*read.matrices])] == matrices
    assert [p for p in kept if p in places([*read.added])] == added


def test_a_loop_over_keys_reads_nothing_further():
    source = KEYS + "    for k in p:\n        p[k] -= 1\n"
    assert places([*read_in(source, ("p",)).paths]) == [("p", "['V']"), ("p", "['v']")]


def test_what_cannot_be_read_reads_nothing():
    assert not read_in("def f(:", ("p",)).paths
