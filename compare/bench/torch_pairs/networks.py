"""Stacks of drawn layers, each watched, so that the layer with a fault has to be named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from torch import nn

from compare.bench.torch_pairs import activations, normalizations, products
from compare.bench.torch_pairs.family import Arrays, Draws, Family, settings
from compare.equivalence.watch import watch

DEPTH = 4
NAMES = (
    "GELU",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "RMSNorm",
    "Sigmoid",
    "SiLU",
    "Softplus",
    "Tanh",
)
EVERY = (*activations.FAMILIES, *normalizations.FAMILIES, *products.FAMILIES)
LAYERS = {family.name: family for family in EVERY if family.name in NAMES}


def _draw(d: Draws) -> tuple[SimpleNamespace, dict[str, np.ndarray]]:
    rows = Draws(d.rng, (d.whole(3, 8), d.whole(3, 9)))
    # a linear layer first, since activations alone pass few numbers on
    layers = ["Linear", *(d.one_of(*LAYERS) for _ in range(DEPTH - 1))]
    own: dict[str, Any] = {}
    arrays = {"x": rows.rows()}
    for k, name in enumerate(layers):
        drawn, given = LAYERS[name].draw(rows)
        own |= {f"{k}.{key}": value for key, value in vars(drawn).items()}
        arrays |= {f"{k}.{key}": value for key, value in given.items() if key != "x"}
    return settings(layers=tuple(layers), **own), arrays


def _of_layer(k: int, s: SimpleNamespace, a: Arrays, x: Any) -> tuple[SimpleNamespace, Arrays]:
    def part(values: Any) -> dict[str, Any]:
        start = f"{k}."
        return {n.removeprefix(start): v for n, v in values.items() if n.startswith(start)}

    return settings(**part(vars(s))), {"x": x, **part(a)}


def _reference(s: SimpleNamespace, a: Arrays) -> nn.Module:
    modules = [
        LAYERS[name].reference(*_of_layer(k, s, a, a["x"])) for k, name in enumerate(s.layers)
    ]
    return nn.Sequential(*modules)


def _twin(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    for k, name in enumerate(s.layers):
        x = watch(f"h{k}", LAYERS[name].twin(xp, *_of_layer(k, s, a, x)))
    return x


FAMILIES = (
    Family("Sequential", _draw, _reference, _twin, watch={str(k): f"h{k}" for k in range(DEPTH)}),
)
