"""Pooling, padding, rearranging and interpolation beside windows and matrices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from compare.bench.torch_pairs.family import Arrays, Draws, Family, like, padded, settings, windows

Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]


def _images(d: Draws) -> dict[str, np.ndarray]:
    return {"x": d.images(d.whole(1, 3))}


def _draw_max_pool(d: Draws) -> Drawn:
    size = d.whole(2, 3)
    drawn = settings(
        size=size, stride=d.whole(1, 3), padding=d.whole(0, 1), dilation=1, padding_value=-1e300
    )
    return drawn, _images(d)


def _max_pool(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    lowest = max(s.padding_value, -3e38)  # of float32
    x = padded(xp, a["x"], [(s.padding, s.padding)] * 2, lowest)
    return xp.amax(windows(xp, x, (s.size,) * 2, (s.stride,) * 2, (s.dilation,) * 2), -1)


def _draw_average_pool(d: Draws) -> Drawn:
    drawn = settings(
        size=d.whole(2, 3), stride=d.whole(1, 3), padding=d.whole(0, 1), count_include_pad=d.yes()
    )
    return drawn, _images(d)


def _average_pool(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    def sums(values: Any) -> Any:
        framed = padded(xp, values, [(s.padding, s.padding)] * 2)
        return windows(xp, framed, (s.size,) * 2, (s.stride,) * 2, (1, 1)).sum(-1)

    counted = s.size**2 if s.count_include_pad else sums(xp.ones_like(a["x"]))
    return sums(a["x"]) / counted


def _draw_adaptive(d: Draws) -> Drawn:
    return settings(height=d.whole(1, 5), width=d.whole(1, 5), rounded_up=True), _images(d)


def _adaptive(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    """The mean over each part, as a product with a matrix of shares along each axis."""
    rows, columns = (
        like(_shares(n, m, s.rounded_up), a["x"])
        for n, m in zip(a["x"].shape[2:], (s.height, s.width), strict=True)
    )
    return xp.einsum("ncij,oi,pj->ncop", a["x"], rows, columns)


def _shares(n: int, parts: int, rounded_up: bool) -> np.ndarray:
    matrix = np.zeros((parts, n))
    for k in range(parts):
        first = k * n // parts
        last = -(-(k + 1) * n // parts) if rounded_up else max((k + 1) * n // parts, first + 1)
        matrix[k, first:last] = 1 / (last - first)
    return matrix


def _draw_lp_pool(d: Draws) -> Drawn:
    x = abs(d.images(d.whole(1, 3))) + 0.1
    return settings(p=d.one_of(2.0, 1.0, 3.0), size=d.whole(2, 3), stride=d.whole(1, 3)), {"x": x}


def _lp_pool(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    parts = windows(xp, a["x"], (s.size,) * 2, (s.stride,) * 2, (1, 1))
    return (parts**s.p).sum(-1) ** (1 / s.p)


def _draw_shuffle(d: Draws) -> Drawn:
    return settings(channels_first=True, exchanged=False), {"x": d.images(4 * d.whole(2, 3), 2, 4)}


def _pixel_shuffle(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    n, c, h, w = a["x"].shape
    if s.channels_first:
        parts = a["x"].reshape(n, c // 4, 2, 2, h, w)
    else:
        parts = xp.moveaxis(a["x"].reshape(n, 2, 2, c // 4, h, w), 3, 1)
    order = "ncabhw->nchbwa" if s.exchanged else "ncabhw->nchawb"
    return xp.einsum(order, parts).reshape(n, c // 4, 2 * h, 2 * w)


def _draw_unshuffle(d: Draws) -> Drawn:
    n, c, h, w = d.whole(1, 3), d.whole(2, 3), d.whole(2, 3), d.whole(2, 3)
    return settings(channels_first=True), {"x": d.data(n, c, 2 * h, 2 * w)}


def _pixel_unshuffle(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    parts = [a["x"][:, :, i::2, j::2] for i in range(2) for j in range(2)]
    n, c, h, w = parts[0].shape
    return xp.stack(parts, 2 if s.channels_first else 1).reshape(n, 4 * c, h, w)


def _channel_shuffle(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    every = range(a["x"].shape[1])
    step = len(every) // s.groups if not s.inverse else s.groups
    order = [c for first in range(step) for c in every[first::step]]
    return a["x"][:, order]


def _draw_channel_shuffle(d: Draws) -> Drawn:
    groups = d.whole(2, 3)
    return settings(groups=groups, inverse=False), {"x": d.images(groups * 4, 2, 4)}


def _draw_unfold(d: Draws) -> Drawn:
    drawn = settings(size=d.whole(2, 3), stride=d.whole(1, 2), padding=d.whole(0, 1), dilation=1)
    return settings(**vars(drawn), channels_last=False), _images(d)


def _unfold(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = padded(xp, a["x"], [(s.padding, s.padding)] * 2)
    parts = windows(xp, x, (s.size,) * 2, (s.stride,) * 2, (s.dilation,) * 2)
    n, c, h, w, k = parts.shape
    rows = xp.einsum("nchwk->nkchw" if s.channels_last else "nchwk->nckhw", parts)
    return rows.reshape(n, c * k, h * w)


def _draw_pad(d: Draws) -> Drawn:
    drawn = settings(
        before=d.whole(1, 2), after=d.whole(1, 2), mode=d.one_of(*PADDING), value=d.real(-1, 1)
    )
    return drawn, _images(d)


PADDING = ("constant", "reflect", "replicate", "circular")


def _pad_reference(s: SimpleNamespace, x: Any) -> Any:
    value = {"value": s.value} if s.mode == "constant" else {}
    return (
        F.pad(x, (s.before, s.after), s.mode, **value)
        if value
        else F.pad(x, (s.before, s.after, 0, 0), s.mode)
    )


def _pad(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    if s.mode == "constant":
        return padded(xp, x, [(s.before, s.after)], s.value)
    n = x.shape[-1]
    places = np.arange(-s.before, n + s.after)
    if s.mode == "reflect":
        places = n - 1 - abs(n - 1 - abs(places))
    elif s.mode == "replicate":
        places = np.clip(places, 0, n - 1)
    return x[..., (places % n).tolist()]


def _draw_nearest(d: Draws) -> Drawn:
    return settings(size=d.whole(4, 12), half=False), {"x": d.images(2, 4, 8, 1)}


def _nearest(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    n = a["x"].shape[-1]
    # in whole numbers: the quotient of floats may fall below one
    shift = s.size // 2 if s.half else 0
    return a["x"][..., [min((k * n + shift) // s.size, n - 1) for k in range(s.size)]]


def _draw_linear(d: Draws) -> Drawn:
    drawn = settings(height=d.whole(2, 11), width=d.whole(2, 11), align_corners=d.yes())
    return drawn, {"x": d.images(2, 3, 7)}


def _bilinear(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    """A product with a matrix of weights along each axis."""
    rows, columns = (
        like(_weights(n, m, s.align_corners), a["x"])
        for n, m in zip(a["x"].shape[2:], (s.height, s.width), strict=True)
    )
    return xp.einsum("ncij,oi,pj->ncop", a["x"], rows, columns)


def _weights(n: int, size: int, align_corners: bool) -> np.ndarray:
    k = np.arange(size)
    at = k * (n - 1) / (size - 1) if align_corners else np.maximum((k + 0.5) * n / size - 0.5, 0)
    low = np.minimum(at.astype(int), n - 1)
    share = at - low
    matrix = np.zeros((size, n))
    matrix[k, low] += 1 - share
    matrix[k, np.minimum(low + 1, n - 1)] += share
    return matrix


def _draw_grid(d: Draws) -> Drawn:
    x = d.images(2, 4, 6)
    grid = d.rng.uniform(-1.3, 1.3, (len(x), d.whole(2, 5), d.whole(2, 5), 2))
    drawn = settings(align_corners=d.yes(), border=d.yes(), exchanged=False)
    return drawn, {"x": x, "grid": grid}


def _grid_sample(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    """The sum over all pixels, each with the weight of a tent around it."""
    x = a["x"]
    order = (0, 1) if s.exchanged else (1, 0)
    tents = []
    for axis, n in zip(order, x.shape[2:], strict=True):
        g = a["grid"][..., axis]
        at = (g + 1) / 2 * (n - 1) if s.align_corners else ((g + 1) * n - 1) / 2
        if s.border:
            at = xp.clip(at, 0, n - 1)
        places = like(np.arange(n), at)
        tents.append(xp.clip(1 - abs(at[..., None] - places), 0, None))
    return xp.einsum("ncij,nhwi,nhwj->nchw", x, *tents)


def _affine_grid(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    def places(n: int) -> np.ndarray:
        k = np.arange(n)
        return 2 * k / (n - 1) - 1 if s.align_corners else (2 * k + 1) / n - 1

    rows, columns = places(s.height), places(s.width)
    grid = np.stack([*np.meshgrid(columns, rows), np.ones((s.height, s.width))], -1)
    if s.exchanged:
        grid = grid[..., [1, 0, 2]]
    return xp.einsum("hwk,nok->nhwo", like(grid, a["theta"]), a["theta"])


def _draw_affine(d: Draws) -> Drawn:
    theta = d.data(d.whole(1, 3), 2, 3)
    drawn = settings(
        height=d.whole(2, 6), width=d.whole(2, 6), align_corners=d.yes(), exchanged=False
    )
    return drawn, {"theta": theta}


def _size(s: SimpleNamespace) -> tuple[int, int]:
    return s.height, s.width


FAMILIES = (
    Family(
        "MaxPool2d",
        _draw_max_pool,
        lambda s, a: nn.MaxPool2d(s.size, s.stride, s.padding, s.dilation),
        _max_pool,
    ),
    Family(
        "AvgPool2d",
        _draw_average_pool,
        lambda s, a: nn.AvgPool2d(
            s.size, s.stride, s.padding, count_include_pad=s.count_include_pad
        ),
        _average_pool,
    ),
    Family(
        "AdaptiveAvgPool2d",
        _draw_adaptive,
        lambda s, a: nn.AdaptiveAvgPool2d(_size(s)),
        _adaptive,
    ),
    Family("LPPool2d", _draw_lp_pool, lambda s, a: nn.LPPool2d(s.p, s.size, s.stride), _lp_pool),
    Family("PixelShuffle", _draw_shuffle, lambda s, a: nn.PixelShuffle(2), _pixel_shuffle),
    Family("PixelUnshuffle", _draw_unshuffle, lambda s, a: nn.PixelUnshuffle(2), _pixel_unshuffle),
    Family(
        "ChannelShuffle",
        _draw_channel_shuffle,
        lambda s, a: nn.ChannelShuffle(s.groups),
        _channel_shuffle,
    ),
    Family(
        "Unfold",
        _draw_unfold,
        lambda s, a: nn.Unfold(s.size, s.dilation, s.padding, s.stride),
        _unfold,
    ),
    Family("pad", _draw_pad, lambda s, a: lambda x: _pad_reference(s, x), _pad),
    Family(
        "interpolate, nearest",
        _draw_nearest,
        lambda s, a: lambda x: F.interpolate(x, size=s.size),
        _nearest,
    ),
    Family(
        "interpolate, bilinear",
        _draw_linear,
        lambda s, a: (
            lambda x: F.interpolate(
                x, size=_size(s), mode="bilinear", align_corners=s.align_corners
            )
        ),
        _bilinear,
    ),
    Family(
        "grid_sample",
        _draw_grid,
        lambda s, a: (
            lambda x, grid: F.grid_sample(
                x,
                grid,
                padding_mode="border" if s.border else "zeros",
                align_corners=s.align_corners,
            )
        ),
        _grid_sample,
    ),
    Family(
        "affine_grid",
        _draw_affine,
        lambda s, a: (
            lambda theta: F.affine_grid(
                theta, [len(theta), 1, *_size(s)], align_corners=s.align_corners
            )
        ),
        _affine_grid,
    ),
    Family(
        "cdist",
        lambda d: (
            settings(p=d.one_of(2.0, 1.0, 3.0), root=True),
            {"x": d.data(d.whole(2, 9), 4), "y": d.data(d.whole(2, 9), 4)},
        ),
        lambda s, a: lambda x, y: torch.cdist(x, y, p=s.p),
        lambda xp, s, a: (
            (abs(a["x"][:, None] - a["y"]) ** s.p).sum(-1) ** (1 / s.p if s.root else 1)
        ),
    ),
)
