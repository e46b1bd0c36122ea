"""Trainings as people write them, with mistakes that only their own run shows, and their right twins."""

from __future__ import annotations

from compare.check.examples.example import Planted, Variant, with_changes

CONCEPT = "training"

_EPOCHS = """
import numpy as np


class Layer:
    def __init__(self, a, b, rng):
        self.w = rng.normal(0, 0.6, (a, b))
        self.c = np.zeros((1, b))
        self.gw, self.gc = np.zeros_like(self.w), np.zeros_like(self.c)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.c

    def backward(self, g):
        self.gw += self.x.T @ g
        self.gc += g.sum(axis=0, keepdims=True)
        return g @ self.w.T


class Bend:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, g):
        return g * (1 - self.out ** 2)


class Chain:
    def __init__(self, *stages):
        self.stages = stages

    def forward(self, x):
        for stage in self.stages:
            x = stage.forward(x)
        return x

    def backward(self, g):
        for stage in reversed(self.stages):
            g = stage.backward(g)

    def loss(self, x, t):
        self.y = self.forward(x)
        return np.mean((self.y - t) ** 2)


def teach(net, x, t, held_x, held_t, rounds=30, pace=0.07):
    curve = []
    for turn in range(rounds):
        now = net.loss(x, t)
        held = 0.0
        for stage in net.stages[::2]:
            stage.gw[...] = 0.0
            stage.gc[...] = 0.0
        net.backward(2 * (net.y - t) / t.size)
        for stage in net.stages[::2]:
            stage.w -= pace * stage.gw
            stage.c -= pace * stage.gc
        held = net.loss(held_x, held_t)
        curve.append((now, held))
    return curve


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 3))
    t = np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:]
    net = Chain(Layer(3, 6, rng), Bend(), Layer(6, 1, rng))
    print(teach(net, x[:20], t[:20], x[20:], t[20:])[-1])
"""

_BATCHES = """
import numpy as np

draw = np.random.RandomState(8)


def outputs(p, x):
    h = 1 / (1 + np.exp(-(x @ p["a"] + p["i"])))
    e = np.exp(h @ p["b"] + p["j"])
    return h, e / e.sum(axis=1, keepdims=True)


def loss(p, x, t):
    return -np.mean(np.sum(t * np.log(outputs(p, x)[1]), axis=1))


def slopes(p, x, t, h, y):
    d = (y - t) / len(x)
    e = d @ p["b"].T * h * (1 - h)
    return {"a": x.T @ e, "i": e.sum(axis=0), "b": h.T @ d, "j": d.sum(axis=0)}


def move(p, g, pace, count):
    for name in p:
        p[name] = p[name] - pace * g[name]


def fit(p, x, t, rounds=6, size=12, pace=0.4):
    for turn in range(rounds):
        order = draw.permutation(len(x))
        x, t = x[order], t[order]
        h, y = outputs(p, x)
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            h, y = outputs(p, x[part])
            move(p, slopes(p, x[part], t[part], h, y), pace, size)
        print(loss(p, x, t))


kinds = draw.randint(0, 3, 48)
points = draw.randn(3, 2)[kinds] * 2 + draw.randn(48, 2)
params = {"a": draw.randn(2, 7), "i": np.zeros(7), "b": draw.randn(7, 3), "j": np.zeros(3)}
fit(params, points, np.eye(3)[kinds])
"""

_STRAIGHT = """
import numpy as np

rng = np.random.default_rng(5)
table = rng.uniform(-1, 1, (30, 3))
table[:, 1] += table[:, 0]
goal = table @ np.array([1.0, -2.0, 0.5]) + 0.3
theta = np.zeros(4)
design = np.column_stack([np.ones(30), table])


def cost(theta):
    return np.sum((design @ theta - goal) ** 2) / (2 * len(goal))


for turn in range(40):
    moved = theta.copy()
    for j in range(4):
        moved[j] -= 0.3 * np.sum((design @ theta - goal) * design[:, j]) / len(goal)
    theta = moved
    if turn % 10 == 0:
        print(turn, cost(theta))
"""


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"training: {name}", CONCEPT, (cause,), with_changes(source, *changes))


BUGS = (
    _bug(
        "gradients are never set to zero", "network_accumulates", _EPOCHS,
        ("            stage.gw[...] = 0.0\n            stage.gc[...] = 0.0\n", "            pass\n"),
    ),
    _bug(
        "validation between forward and backward", "looked_between", _EPOCHS,
        ("        held = 0.0\n", "        held = net.loss(held_x, held_t)\n"),
    ),
    _bug(
        "one forward pass an epoch", "stale_in_loop", _BATCHES,
        ("            h, y = outputs(p, x[part])\n", ""),
        ("t[part], h, y)", "t[part], h[part], y[part])"),
    ),
    _bug(
        "targets are not shuffled", "targets_of_others", _BATCHES,
        ("x, t = x[order], t[order]", "x = x[order]"),
    ),
    _bug(
        "divided in the gradient and in the step", "divided_again", _BATCHES,
        ("pace * g[name]", "pace * g[name] / count"),
    ),
    _bug(
        "the biases' steps go up", "factor_of_one_parameter", _EPOCHS,
        ("stage.c -= pace", "stage.c += pace"),
    ),
    _bug(
        "one component after the other", "moved_one_by_one", _STRAIGHT,
        ("moved = theta.copy()", "moved = theta"),
    ),
    _bug(
        "a penalty in the loss alone", "weights_missing_in_gradient", _BATCHES,
        ("np.log(outputs(p, x)[1]), axis=1))", 'np.log(outputs(p, x)[1]), axis=1)) + 0.05 * np.sum(p["b"] ** 2)'),
    ),
)  # fmt: skip
_SAYS = "as its own script runs it"
VARIANTS = (
    Variant("training: of all samples", CONCEPT, _EPOCHS, _SAYS),
    Variant("training: in mini-batches", CONCEPT, _BATCHES, _SAYS),
    Variant("training: one component after the other, of a copy", CONCEPT, _STRAIGHT, _SAYS),
    Variant(
        "training: with momentum", CONCEPT,
        with_changes(
            _EPOCHS,
            ("    curve = []\n", "    curve, v = [], [0.0] * 4\n"),
            (
                "        for stage in net.stages[::2]:\n            stage.w -= pace * stage.gw\n"
                "            stage.c -= pace * stage.gc\n",
                "        for k, stage in enumerate(net.stages[::2]):\n"
                "            v[k] = 0.8 * v[k] - pace * stage.gw\n"
                "            v[k + 2] = 0.8 * v[k + 2] - pace * stage.gc\n"
                "            stage.w += v[k]\n            stage.c += v[k + 2]\n",
            ),
        ),
        _SAYS,
    ),
    Variant(
        "training: sums of gradients, divided in the step", CONCEPT,
        with_changes(
            _BATCHES, ("(y - t) / len(x)", "y - t"), ("pace * g[name]", "pace * g[name] / count")
        ),
        _SAYS,
    ),
    Variant(
        "training: clipped gradients", CONCEPT,
        with_changes(
            _EPOCHS,
            (
                "        for stage in net.stages[::2]:\n            stage.w -=",
                "        size = np.sqrt(sum((s.gw ** 2).sum() for s in net.stages[::2]))\n"
                "        for stage in net.stages[::2]:\n            stage.gw *= min(1, 0.1 / size)\n"
                "            stage.gc *= min(1, 0.1 / size)\n            stage.w -=",
            ),
        ),
        _SAYS,
    ),
)  # fmt: skip
