"""Recurrent layers beside loops over their steps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from torch import nn

from compare.bench.torch_pairs.family import Arrays, Draws, Family, settings, sigmoid

Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
MODULES = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class _Outputs(nn.Module):
    """A recurrent layer of which the outputs of all steps count, with its own parameter names."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Any) -> Any:
        return self.layer(x)[0]


def _prefix(s: SimpleNamespace) -> list[str]:
    directions = ("", "_reverse") if s.bidirectional else ("",)
    return [f"_l{layer}{direction}" for layer in range(s.layers) for direction in directions]


def _draw(kind: str, d: Draws) -> Drawn:
    k, h = d.whole(2, 5), d.whole(2, 5)
    layers, bidirectional = d.whole(1, 2), d.yes()
    drawn = settings(
        layers=layers,
        bidirectional=bidirectional,
        hidden_bias=True,
        forget=1.0,
        reversed_back=True,
        nonlinearity=d.one_of("tanh", "relu") if kind == "RNN" else "tanh",
    )
    arrays = {"x": d.data(d.whole(2, 5), d.whole(1, 3), k)}
    gates = GATES[kind] * h
    for name in _prefix(drawn):
        into = k if name.startswith("_l0") else h * (1 + bidirectional)
        shapes = ((gates, into), (gates, h), (gates,), (gates,))
        for part, shape in zip(KINDS, shapes, strict=True):
            arrays[f"layer.{part}{name}"] = d.weights(*shape)
    return drawn, arrays


def _step(kind: str, xp: Any, s: SimpleNamespace, given: Any, carried: Any, state: Any) -> Any:
    """(h, c) after a step; ``given`` and ``carried`` are the products with x and with h."""
    h, c = state
    n = h.shape[-1]
    g, r = ([z[..., k : k + n] for k in range(0, z.shape[-1], n)] for z in (given, carried))
    if kind == "RNN":
        z = g[0] + r[0]
        return (xp.tanh(z) if s.nonlinearity == "tanh" else xp.where(z > 0, z, 0.0)), c
    if kind == "GRU":
        reset, update = sigmoid(xp, g[0] + r[0]), sigmoid(xp, g[1] + r[1])
        new = xp.tanh(g[2] + reset * r[2])
        return (1 - update) * new + update * h, c
    enter, forget, out = (sigmoid(xp, g[k] + r[k]) for k in (0, 1, 3))
    c = s.forget * forget * c + enter * xp.tanh(g[2] + r[2])
    return out * xp.tanh(c), c


def _direction(kind: str, xp: Any, s: SimpleNamespace, a: Arrays, x: Any, name: str) -> Any:
    w, u, b, v = (a[f"layer.{part}{name}"] for part in KINDS)
    h = xp.zeros((x.shape[1], u.shape[1]), dtype=x.dtype)
    state = h, h
    outputs = []
    for given in x:
        carried = state[0] @ u.T + (v if s.hidden_bias else 0.0)
        state = _step(kind, xp, s, given @ w.T + b, carried, state)
        outputs.append(state[0])
    return xp.stack(outputs)


def _twin(kind: str, xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    for layer in range(s.layers):
        y = _direction(kind, xp, s, a, x, f"_l{layer}")
        if s.bidirectional:
            back = _direction(kind, xp, s, a, xp.flip(x, (0,)), f"_l{layer}_reverse")
            back = xp.flip(back, (0,)) if s.reversed_back else back
            y = xp.concatenate([y, back], -1)
        x = y
    return x


def _module(kind: str, s: SimpleNamespace, a: Arrays) -> nn.Module:
    own = {"nonlinearity": s.nonlinearity} if kind == "RNN" else {}
    hidden = a["layer.weight_hh_l0"].shape[1]
    layer = MODULES[kind](a["x"].shape[2], hidden, s.layers, bidirectional=s.bidirectional, **own)
    return _Outputs(layer)


def _family(kind: str) -> Family:
    return Family(
        kind,
        lambda d: _draw(kind, d),
        lambda s, a: _module(kind, s, a),
        lambda xp, s, a: _twin(kind, xp, s, a),
    )


FAMILIES = tuple(map(_family, GATES))
