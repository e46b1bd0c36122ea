"""Losses of a margin, and of distances between samples, beside their formulas."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from torch import nn

from compare.bench.torch_pairs.family import (
    Arrays,
    Drawn,
    Draws,
    Family,
    like,
    reduced,
    reduction_of,
    settings,
    softplus,
)


def _draw_hinge(d: Draws) -> Drawn:
    x = d.rows()
    signs = 2 * d.labels(2, *x.shape) - 1
    return settings(margin=d.real(0.3, 1.5), reduction=reduction_of(d)), {"x": x, "t": signs}


def _hinge_embedding(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x = a["x"]
    far = xp.clip(s.margin - x, 0, None)
    return reduced(xp.where(a["t"] > 0, x, far), s.reduction)


def _draw_ranking(d: Draws) -> Drawn:
    n = d.whole(3, 20)
    drawn = settings(margin=d.real(0.0, 1.0), reduction=reduction_of(d))
    return drawn, {"x": d.data(n), "y": d.data(n), "t": 2 * d.labels(2, n) - 1}


def _draw_pairs(d: Draws) -> Drawn:
    n, k = d.whole(3, 9), d.whole(2, 8)
    drawn = settings(margin=d.real(-0.2, 0.5), reduction=reduction_of(d))
    return drawn, {"x": d.data(n, k), "y": d.data(n, k), "t": 2 * d.labels(2, n) - 1}


def _cosine(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x, y = a["x"], a["y"]
    eps = 1e-12
    c = (x * y).sum(1) / xp.sqrt(((x * x).sum(1) + eps) * ((y * y).sum(1) + eps))
    return reduced(xp.where(a["t"] > 0, 1 - c, xp.clip(c - s.margin, 0, None)), s.reduction)


def _draw_triplet(d: Draws) -> Drawn:
    n, k = d.whole(3, 12), d.whole(2, 8)
    drawn = settings(
        margin=d.real(0.5, 2.0), p=d.one_of(2.0, 1.0), eps=1e-6, swap=d.yes(), reduction="mean"
    )
    return drawn, {name: d.data(n, k) for name in "apn"}


def _distance(xp: Any, x: Any, p: float) -> Any:
    return (abs(x) ** p).sum(-1) ** (1 / p)


def _triplet(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    near = _distance(xp, a["a"] - a["p"] + s.eps, s.p)
    far = _distance(xp, a["a"] - a["n"] + s.eps, s.p)
    if s.swap:
        far = xp.minimum(far, _distance(xp, a["p"] - a["n"] + s.eps, s.p))
    return reduced(xp.clip(near - far + s.margin, 0, None), s.reduction)


def _multi_margin(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x, n = a["x"], len(a["t"])
    right = x[xp.arange(n), a["t"]][:, None]
    others = like(xp.arange(x.shape[1])[None] != a["t"][:, None], x)
    losses = (others * xp.clip(s.margin - right + x, 0, None) ** s.p).sum(1) / x.shape[1]
    return reduced(losses, s.reduction)


def _draw_multi_margin(d: Draws) -> Drawn:
    n, k = d.whole(3, 12), d.whole(3, 9)
    drawn = settings(margin=d.real(0.5, 1.5), p=d.one_of(1, 2), reduction=reduction_of(d))
    return drawn, {"x": d.data(n, k), "t": d.labels(k, n)}


FAMILIES = (
    Family(
        "HingeEmbeddingLoss",
        _draw_hinge,
        lambda s, a: nn.HingeEmbeddingLoss(s.margin, reduction=s.reduction),
        _hinge_embedding,
    ),
    Family(
        "MarginRankingLoss",
        _draw_ranking,
        lambda s, a: nn.MarginRankingLoss(s.margin, reduction=s.reduction),
        lambda xp, s, a: reduced(
            xp.clip(-like(a["t"], a["x"]) * (a["x"] - a["y"]) + s.margin, 0, None), s.reduction
        ),
    ),
    Family(
        "SoftMarginLoss",
        _draw_hinge,
        lambda s, a: nn.SoftMarginLoss(reduction=s.reduction),
        lambda xp, s, a: reduced(softplus(xp, -like(a["t"], a["x"]) * a["x"]), s.reduction),
    ),
    Family(
        "CosineEmbeddingLoss",
        _draw_pairs,
        lambda s, a: nn.CosineEmbeddingLoss(s.margin, reduction=s.reduction),
        _cosine,
    ),
    Family(
        "TripletMarginLoss",
        _draw_triplet,
        lambda s, a: nn.TripletMarginLoss(s.margin, s.p, s.eps, s.swap),
        _triplet,
    ),
    Family(
        "MultiMarginLoss",
        _draw_multi_margin,
        lambda s, a: nn.MultiMarginLoss(s.p, s.margin, reduction=s.reduction),
        _multi_margin,
    ),
)
