"""Networks of functions whose names say nothing, and whose weights are held in any way."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

_OF_PAIRS = """
import numpy as np

def hajime(*hirosa):
    g = np.random.default_rng(4)
    return [[g.normal(size=(i, o)), np.zeros(o)] for i, o in zip(hirosa, hirosa[1:])]

def susumu(sou, x):
    nokoshi = [x]
    for W, b in sou[:-1]:
        nokoshi.append(np.tanh(nokoshi[-1] @ W + b))
    W, b = sou[-1]
    e = np.exp(nokoshi[-1] @ W + b)
    nokoshi.append(e / e.sum(axis=1, keepdims=True))
    return nokoshi

def kaeru(sou, nokoshi, t):
    kotae, delta = [], (nokoshi[-1] - t) / len(t)
    for k in range(len(sou) - 1, -1, -1):
        kotae.insert(0, [nokoshi[k].T @ delta, delta.sum(axis=0)])
        delta = delta @ sou[k][0].T * (1 - nokoshi[k] ** 2)
    return kotae
"""
_OF_FIELDS = """
from dataclasses import dataclass
import numpy as np

@dataclass
class Omosa:
    mae: np.ndarray
    mae_b: np.ndarray
    ato: np.ndarray
    ato_b: np.ndarray

def tooru(p, x):
    u = x @ p.mae + p.mae_b
    h = np.maximum(u, 0)
    return u, h, h @ p.ato + p.ato_b

def hiki(p, x, t, u, h, y):
    e = 2 * (y - t) / t.size
    d = e @ p.ato.T * (u > 0)
    return Omosa(x.T @ d, d.sum(axis=0), h.T @ e, e.sum(axis=0))
"""
_OF_MODULE = """
import numpy as np

rnd = np.random.default_rng(9)
haba = [3, 6, 2]
Ms = [rnd.normal(size=(a, b)) for a, b in zip(haba, haba[1:])]
vs = [np.zeros((1, b)) for b in haba[1:]]
data = rnd.normal(size=(30, 3))

def yuku(x, Ms, vs):
    zs = [x]
    for M, v in zip(Ms, vs):
        zs.append(1 / (1 + np.exp(-(zs[-1] @ M + v))))
    return zs

def modosu(x, zs, t):
    dMs, dvs = [None] * len(Ms), [None] * len(Ms)
    d = (zs[-1] - t) / len(t)
    for k in reversed(range(len(Ms))):
        under = zs[k] if k else x
        dMs[k] = under.T @ d
        dvs[k] = d.sum(axis=0, keepdims=True)
        d = d @ Ms[k].T * zs[k] * (1 - zs[k])
    return dMs, dvs
"""
_EACH_SAMPLE = """
import numpy as np

# W: (units, inputs); one row after the other
def kasumi(P, x):
    (W1, b1), (W2, b2) = P
    mid, end = [], []
    for v in x:
        h = np.tanh(W1.dot(v) + b1)
        mid.append(h)
        end.append(W2.dot(h) + b2)
    return np.array(mid), np.array(end)

def modori(P, x, t, mid, end):
    (W1, b1), (W2, b2) = P
    g = [[0 * W1, 0 * b1], [0 * W2, 0 * b2]]
    for v, goal, h, o in zip(x, t, mid, end):
        e = (o - goal) / len(x)
        g[1][0] += np.outer(e, h)
        g[1][1] += e
        e = W2.T.dot(e) * (1 - h ** 2)
        g[0][0] += np.outer(e, v)
        g[0][1] += e
    return g
"""
_OWN_CLASSES = """
import numpy as np

SHURUI = 3

def mazeru(A, a, B, b, X):
    h = np.tanh(A @ X + a)
    e = np.exp(B @ h + b)
    return h, e / e.sum(axis=0)

def bunkai(X, Y, h, p, B):
    e = (p - np.eye(SHURUI)[Y].T) / Y.size
    d = B.T @ e * (1 - h ** 2)
    return d @ X.T, d.sum(axis=1, keepdims=True), e @ h.T, e.sum(axis=1, keepdims=True)
"""
_LISTS = """
import math

w = [[0.3, -0.2], [0.5, 0.1], [-0.4, 0.6]]
c = [0.1, -0.3]
q = [[0.7, -0.6], [0.2, 0.4]]

def miru(x):
    h = [math.tanh(sum(x[i] * w[i][j] for i in range(3)) + c[j]) for j in range(2)]
    e = [math.exp(sum(h[j] * q[j][k] for j in range(2))) for k in range(2)]
    return h, [v / sum(e) for v in e]

def narau(x, label, eta):
    h, out = miru(x)
    d = [out[k] - (k == label) for k in range(2)]
    s = [sum(q[j][k] * d[k] for k in range(2)) * (1 - h[j] ** 2) for j in range(2)]
    for j in range(2):
        for k in range(2):
            q[j][k] -= eta * h[j] * d[k]
        c[j] -= eta * s[j]
        for i in range(3):
            w[i][j] -= eta * x[i] * s[j]
"""


def _bug(
    name: str, cause: str, source: str, *changes: tuple[str, str], of: str = "network"
) -> Planted:
    return Planted(f"by text: {name}", of, (cause,), with_changes(source, *changes))


_OTHER = "network.other"
BUGS = (
    _bug("of pairs, no derivative", "network_no_derivative", _OF_PAIRS,
         (" * (1 - nokoshi[k] ** 2)", "")),
    _bug("of fields, the slope is the output", "wrong_slope", _OF_FIELDS, ("(u > 0)", "h")),
    _bug("of the module, samples of its own", "samples_of_the_module", _OF_MODULE,
         ("zs[k] if k else x", "zs[k] if k else data"), of=_OTHER),
    _bug("each sample, a bias is one number", "bias_gradient_scalar", _EACH_SAMPLE,
         ("        g[1][1] += e\n", "        g[1][1] = g[1][1] + e.sum()\n")),
    _bug("own classes, biases are one number", "bias_gradient_scalar", _OWN_CLASSES,
         ("e.sum(axis=1, keepdims=True)", "e.sum()"), ("d.sum(axis=1, keepdims=True)", "d.sum()")),
    _bug("lists, the wrong way through the second", "not_its_own_gradient", _LISTS,
         ("sum(q[j][k] * d[k]", "sum(q[k][j] * d[k]"), of=_OTHER),
)  # fmt: skip
VARIANTS = (
    Variant("network: of pairs", "network", _OF_PAIRS, "hidden tanh, output softmax"),
    Variant("network: of fields", "network", _OF_FIELDS, "hidden relu, output identity"),
    Variant("network: of the module", "network", _OF_MODULE, "hidden sigmoid"),
    Variant("network: each sample", "network", _EACH_SAMPLE, "hidden tanh"),
    Variant("network: own classes", "network", _OWN_CLASSES, "samples are columns"),
    Variant("network: lists", _OTHER, _LISTS, "numerical differences"),
)
