"""Linear layers, convolutions and embeddings beside einsum, windows and loops."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
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
    windows,
)

Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]


def _draw_linear(d: Draws) -> Drawn:
    x = d.rows()
    k, m = x.shape[1], d.fixed[1] if d.fixed else d.whole(2, 9)
    return settings(bias=True), {"x": x, "weight": d.weights(m, k), "bias": d.weights(m)}


def _linear(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    z = xp.einsum("nk,mk->nm", a["x"], a["weight"])
    return z + a["bias"] if s.bias else z


def _d_linear(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    bias = delta.sum(0)
    return {
        "x": delta @ a["weight"],
        "weight": delta.T @ a["x"],
        "bias": bias if s.bias else 0 * bias,
    }


def _draw_bilinear(d: Draws) -> Drawn:
    n, j, k, m = d.whole(2, 7), d.whole(2, 6), d.whole(2, 6), d.whole(1, 4)
    arrays = {"x": d.data(n, j), "y": d.data(n, k)}
    return settings(bias=True), {**arrays, "weight": d.weights(m, j, k), "bias": d.weights(m)}


def _bilinear(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    z = xp.stack([((a["x"] @ w) * a["y"]).sum(1) for w in a["weight"]], 1)
    return z + a["bias"] if s.bias else z


def _draw_convolution(d: Draws, axes: int) -> Drawn:
    groups = d.whole(1, 2)
    inner, outer = groups * d.whole(1, 2), groups * d.whole(1, 3)
    size = tuple(d.whole(1, 3) for _ in range(axes))
    drawn = settings(
        stride=d.whole(1, 2),
        padding=d.whole(0, 1),
        dilation=d.whole(1, 2),
        groups=groups,
        bias=True,
        reversed=False,
        padding_value=0.0,
    )
    x = d.images(inner, 6 if axes < 3 else 5, 9 if axes < 3 else 6, axes)
    return drawn, {"x": x, "weight": d.weights(outer, inner // groups, *size), **_bias(d, outer)}


def _bias(d: Draws, n: int) -> dict[str, np.ndarray]:
    return {"bias": d.weights(n)}


def _convolution(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    axes = a["weight"].ndim - 2
    size = a["weight"].shape[2:]
    x = padded(xp, a["x"], [(s.padding, s.padding)] * axes, s.padding_value)
    patches = windows(xp, x, size, (s.stride,) * axes, (s.dilation,) * axes)
    n, c, *outer, places = patches.shape
    patches = patches.reshape(n, s.groups, c // s.groups, -1, places)
    weight = a["weight"].reshape(s.groups, -1, c // s.groups, places)
    if s.reversed:
        weight = xp.flip(weight, (3,))
    z = xp.einsum("ngcop,gmcp->ngmo", patches, weight).reshape(n, -1, *outer)
    return z + a["bias"].reshape(-1, *[1] * axes) if s.bias else z


def _draw_transposed(d: Draws, axes: int) -> Drawn:
    groups = d.whole(1, 2)
    inner, outer = groups * d.whole(1, 2), d.whole(1, 3)
    stride = d.whole(1, 3)
    drawn = settings(
        stride=stride,
        padding=d.whole(0, 1),
        output_padding=d.whole(0, stride - 1),
        groups=groups,
        bias=True,
        reversed=False,
    )
    size = tuple(d.whole(2, 3) for _ in range(axes))
    arrays = {"x": d.images(inner, 3, 5, axes), "weight": d.weights(inner, outer, *size)}
    return drawn, {**arrays, **_bias(d, outer * groups)}


def _transposed(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    """Each element of x spreads the kernel, at its place."""
    x, weight = a["x"], a["weight"]
    if s.reversed:
        weight = xp.flip(weight, tuple(range(2, weight.ndim)))
    n, c, *inner = x.shape
    m, size = weight.shape[1], weight.shape[2:]
    full = [(i - 1) * s.stride + k + s.output_padding for i, k in zip(inner, size, strict=True)]
    z = xp.zeros((n, s.groups * m, *full), dtype=x.dtype)
    grouped = x.reshape(n, s.groups, c // s.groups, *inner)
    parts = weight.reshape(s.groups, c // s.groups, m, *size)
    letters = "uvw"[: len(inner)]
    for place in np.ndindex(*size):
        spread = xp.einsum(
            f"ngc{letters},gcm->ngm{letters}", grouped, parts[(..., *place)]
        ).reshape(n, -1, *inner)
        at = [
            slice(p, p + (i - 1) * s.stride + 1, s.stride)
            for p, i in zip(place, inner, strict=True)
        ]
        z[(..., *at)] += spread
    # what is padded at the output's end is beyond what is cut off there
    cut = [slice(s.padding, f - s.padding) for f in full]
    z = z[(..., *cut)]
    return z + a["bias"].reshape(-1, *[1] * len(inner)) if s.bias else z


def _draw_embedding(d: Draws) -> Drawn:
    n, k = d.whole(5, 12), d.whole(2, 8)
    t = d.labels(n, d.whole(2, 4), d.whole(2, 5))
    t[0, 0] = t[-1, -1]  # one comes twice, whose gradients are added
    return settings(shift=0, added=True), {"t": t, "weight": d.weights(n, k)}


def _embedding(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    n = len(a["weight"])
    one_hot = like((a["t"] + s.shift)[..., None] % n == xp.arange(n), a["weight"])
    return one_hot @ a["weight"]


def _d_embedding(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    weight = np.zeros_like(a["weight"])
    t = (a["t"] + s.shift) % len(weight)
    if s.added:
        np.add.at(weight, t, delta)
    else:
        weight[t] += delta
    return {"weight": weight}


def _draw_bag(d: Draws) -> Drawn:
    n, k = d.whole(4, 9), d.whole(2, 6)
    t = d.labels(n, d.whole(2, 5), d.whole(2, 4))
    return settings(mode=d.one_of("mean", "sum")), {"t": t, "weight": d.weights(n, k)}


def _bag(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    rows = a["weight"][a["t"]]
    return mean(rows, 1)[:, 0] if s.mode == "mean" else rows.sum(1)


def _convolutions(axes: int) -> tuple[Family, Family]:
    forward = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[axes - 1]
    back = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[axes - 1]
    return (
        Family(
            forward.__name__,
            lambda d: _draw_convolution(d, axes),
            lambda s, a: forward(
                a["x"].shape[1],
                a["weight"].shape[0],
                a["weight"].shape[2:],
                s.stride,
                s.padding,
                s.dilation,
                s.groups,
            ),
            _convolution,
        ),
        Family(
            back.__name__,
            lambda d: _draw_transposed(d, axes),
            lambda s, a: back(
                a["x"].shape[1],
                s.groups * a["weight"].shape[1],
                a["weight"].shape[2:],
                s.stride,
                s.padding,
                s.output_padding,
                s.groups,
            ),
            _transposed,
        ),
    )


FAMILIES = (
    Family(
        "Linear",
        _draw_linear,
        lambda s, a: nn.Linear(a["x"].shape[1], len(a["bias"])),
        _linear,
        _d_linear,
    ),
    Family(
        "Bilinear",
        _draw_bilinear,
        lambda s, a: nn.Bilinear(a["x"].shape[1], a["y"].shape[1], len(a["bias"])),
        _bilinear,
    ),
    *(family for axes in (1, 2, 3) for family in _convolutions(axes)),
    Family(
        "Embedding",
        _draw_embedding,
        lambda s, a: nn.Embedding(*a["weight"].shape),
        _embedding,
        _d_embedding,
    ),
    Family(
        "embedding_bag",
        _draw_bag,
        lambda s, a: lambda t, w: F.embedding_bag(t, w, mode=s.mode),
        _bag,
    ),
)
