"""Normalizations and distances beside their formulas."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from compare.bench.torch_pairs.family import (
    Arrays,
    Draws,
    Family,
    like,
    mean,
    padded,
    settings,
    spread,
)

Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]
EPS = (1e-5, 1e-5, 1e-6, 1e-3)


def _draw_layer_norm(d: Draws) -> Drawn:
    x = d.rows() + d.one_of(0.0, 0.0, 3.0)
    k = x.shape[1]
    drawn = settings(eps=d.one_of(*EPS), bias=True, correction=0)
    return drawn, {"x": x, "weight": 1 + d.weights(k) / 3, "bias": d.weights(k)}


def _layer_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    center = mean(a["x"], -1)
    y = (a["x"] - center) / xp.sqrt(spread(a["x"], center, s.correction, -1) + s.eps)
    return y * a["weight"] + (a["bias"] if s.bias else 0.0)


def _d_layer_norm(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    center = mean(a["x"], -1)
    root = np.sqrt(spread(a["x"], center, s.correction, -1) + s.eps)
    y, q = (a["x"] - center) / root, delta * a["weight"]
    return {
        "x": (q - mean(q, -1) - y * mean(q * y, -1)) / root,
        "weight": (delta * y).sum(0),
        "bias": delta.sum(0),
    }


def _draw_rms_norm(d: Draws) -> Drawn:
    x = d.rows() + d.one_of(0.0, 0.0, 3.0)
    drawn = settings(eps=d.one_of(*EPS), centered=False)
    return drawn, {"x": x, "weight": 1 + d.weights(x.shape[1]) / 3}


def _rms_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"] - (mean(a["x"], -1) if s.centered else 0.0)
    return x / xp.sqrt(mean(x * x, -1) + s.eps) * a["weight"]


def _affine(d: Draws, c: int) -> dict[str, np.ndarray]:
    return {"weight": 1 + d.weights(c) / 3, "bias": d.weights(c)}


def _draw_group_norm(d: Draws) -> Drawn:
    groups = d.whole(1, 3)
    c = groups * d.whole(2, 3)
    drawn = settings(groups=groups, eps=d.one_of(*EPS), interleaved=False)
    return drawn, {"x": d.images(c, 2, 4), **_affine(d, c)}


def _group_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    n, c, h, w = x.shape
    parts = (c // s.groups, s.groups) if s.interleaved else (s.groups, c // s.groups)
    axes = (1, 3, 4) if s.interleaved else (2, 3, 4)
    x = x.reshape(n, *parts, h, w)
    center = mean(x, *axes)
    y = (x - center) / xp.sqrt(spread(x, center, 0, *axes) + s.eps)
    return y.reshape(n, c, h, w) * _column(a["weight"]) + _column(a["bias"])


def _column(values: Any, axes: int = 2) -> Any:
    return values.reshape(-1, *[1] * axes)


def _draw_batch_norm(d: Draws) -> Drawn:
    c = d.whole(2, 5)
    x = d.data(d.whole(3, 6), c, d.whole(2, 4), d.whole(2, 4)) + d.one_of(0.0, 2.0)
    return settings(eps=d.one_of(*EPS), correction=0, bias=True), {"x": x, **_affine(d, c)}


def _batch_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    center = mean(a["x"], 0, 2, 3)
    y = (a["x"] - center) / xp.sqrt(spread(a["x"], center, s.correction, 0, 2, 3) + s.eps)
    return y * _column(a["weight"]) + (_column(a["bias"]) if s.bias else 0.0)


def _draw_batch_norm_eval(d: Draws) -> Drawn:
    s, a = _draw_batch_norm(d)
    c = len(a["weight"])
    drawn = settings(
        eps=s.eps,
        running_mean=d.weights(c),
        running_var=0.3 + d.rng.random(c),
        own_statistics=False,
    )
    return drawn, a


def _batch_norm_module(s: SimpleNamespace, a: Arrays) -> nn.Module:
    module = nn.BatchNorm2d(a["x"].shape[1], s.eps).double().eval()
    module.running_mean = torch.tensor(s.running_mean)
    module.running_var = torch.tensor(s.running_var)
    return module


def _batch_norm_eval(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    center, variance = _column(like(s.running_mean, x)), _column(like(s.running_var, x))
    if s.own_statistics:
        center = mean(x, 0, 2, 3)
        variance = spread(x, center, 0, 0, 2, 3)
    y = (x - center) / xp.sqrt(variance + s.eps)
    return y * _column(a["weight"]) + _column(a["bias"])


def _draw_instance_norm(d: Draws) -> Drawn:
    c = d.whole(2, 4)
    drawn = settings(eps=d.one_of(*EPS), over_channels=False, correction=0)
    return drawn, {"x": d.images(c, 3, 5), **_affine(d, c)}


def _instance_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    axes = (1, 2, 3) if s.over_channels else (2, 3)
    center = mean(a["x"], *axes)
    y = (a["x"] - center) / xp.sqrt(spread(a["x"], center, s.correction, *axes) + s.eps)
    return y * _column(a["weight"]) + _column(a["bias"])


def _draw_response_norm(d: Draws) -> Drawn:
    drawn = settings(
        size=d.one_of(2, 3, 5), alpha=d.real(0.01, 0.5), beta=d.real(0.5, 1.0), k=d.real(1.0, 2.0)
    )
    return drawn, {"x": d.images(d.whole(5, 8), 2, 4)}


def _response_norm(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    squares = xp.moveaxis(x * x, 1, -1)
    framed = padded(xp, squares, [(s.size // 2, (s.size - 1) // 2)])
    total = sum(framed[..., i : i + x.shape[1]] for i in range(s.size))
    return x / (s.k + s.alpha / s.size * xp.moveaxis(total, -1, 1)) ** s.beta


def _draw_normalize(d: Draws) -> Drawn:
    return settings(p=d.one_of(2.0, 3.0, 1.0), axis=d.whole(0, 1)), {"x": d.rows()}


def _normalize(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    return x / (abs(x) ** s.p).sum(s.axis, keepdims=True) ** (1 / s.p)


def _draw_two(d: Draws) -> Drawn:
    n, k = d.whole(2, 9), d.whole(2, 9)
    return settings(eps=1e-6), {"x": d.data(n, k), "y": d.data(n, k)}


def _cosine(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    dots = xp.einsum("nk,nk->n", a["x"], a["y"])
    sizes = [xp.sqrt(xp.einsum("nk,nk->n", v, v)) for v in (a["x"], a["y"])]
    return dots / (sizes[0] if s.one_alone else sizes[0] * sizes[1])


def _draw_pairwise(d: Draws) -> Drawn:
    s, a = _draw_two(d)
    return settings(p=d.one_of(2.0, 1.0, 3.0), eps=s.eps, root=True), a


def _pairwise(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    total = (abs(a["x"] - a["y"] + s.eps) ** s.p).sum(-1)
    return total ** (1 / s.p) if s.root else total


FAMILIES = (
    Family(
        "LayerNorm",
        _draw_layer_norm,
        lambda s, a: nn.LayerNorm(a["x"].shape[1], s.eps),
        _layer_norm,
        _d_layer_norm,
    ),
    Family(
        "RMSNorm",
        _draw_rms_norm,
        lambda s, a: nn.RMSNorm(a["x"].shape[1], s.eps),
        _rms_norm,
    ),
    Family(
        "GroupNorm",
        _draw_group_norm,
        lambda s, a: nn.GroupNorm(s.groups, a["x"].shape[1], s.eps),
        _group_norm,
    ),
    Family(
        "BatchNorm2d, training",
        _draw_batch_norm,
        lambda s, a: nn.BatchNorm2d(a["x"].shape[1], s.eps, track_running_stats=False),
        _batch_norm,
    ),
    Family(
        "BatchNorm2d, evaluation",
        _draw_batch_norm_eval,
        _batch_norm_module,
        _batch_norm_eval,
    ),
    Family(
        "InstanceNorm2d",
        _draw_instance_norm,
        lambda s, a: nn.InstanceNorm2d(a["x"].shape[1], s.eps, affine=True),
        _instance_norm,
    ),
    Family(
        "LocalResponseNorm",
        _draw_response_norm,
        lambda s, a: nn.LocalResponseNorm(s.size, s.alpha, s.beta, s.k),
        _response_norm,
    ),
    Family(
        "normalize",
        _draw_normalize,
        lambda s, a: lambda x: F.normalize(x, s.p, s.axis),
        _normalize,
    ),
    Family(
        "CosineSimilarity",
        lambda d: (settings(one_alone=False), _draw_two(d)[1]),
        lambda s, a: nn.CosineSimilarity(),
        _cosine,
    ),
    Family(
        "PairwiseDistance",
        _draw_pairwise,
        lambda s, a: nn.PairwiseDistance(s.p, s.eps),
        _pairwise,
    ),
)
