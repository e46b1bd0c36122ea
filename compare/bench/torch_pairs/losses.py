"""Losses beside their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from compare.bench.torch_pairs import margin_losses
from compare.bench.torch_pairs.family import (
    Arrays,
    Drawn,
    Draws,
    Family,
    like,
    log_softmax,
    reduced,
    reduction_of,
    settings,
    softmax,
    softplus,
)

REDUCTIONS = ("mean", "sum", "none")


def _regression(
    name: str,
    module: Callable[[SimpleNamespace], nn.Module],
    formula: Callable[[Any, SimpleNamespace, Any], Any],
    slope: Callable[[SimpleNamespace, np.ndarray], Any],
    **numbers: Callable[[Draws], Any],
) -> Family:
    """A loss of the differences y - t, each element by itself."""

    def draw(d: Draws) -> Drawn:
        y = d.any_shape()
        drawn = {name: number(d) for name, number in numbers.items()}
        return settings(reduction=reduction_of(d), **drawn), {"y": y, "t": d.data(*y.shape)}

    def by_hand(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
        e = a["y"] - a["t"]
        g = delta * slope(s, e) / (e.size if s.reduction == "mean" else 1)
        return {"y": g, "t": -g}

    return Family(
        name,
        draw,
        lambda s, a: module(s),
        lambda xp, s, a: reduced(formula(xp, s, a["y"] - a["t"]), s.reduction),
        by_hand,
    )


def _draw_classes(d: Draws) -> Drawn:
    n, k = d.whole(3, 12), d.whole(3, 9)
    t = d.labels(k, n)
    t[0] = 0
    drawn = settings(
        reduction=reduction_of(d),
        label_smoothing=d.one_of(0.0, 0.1),
        ignore_index=d.one_of(-100, 0),
        by_weight=True,
        class_weights=0.5 + d.rng.random(k),
    )
    return drawn, {"x": d.data(n, k), "t": t}


def _cross_entropy(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    logs = log_softmax(xp, a["x"], 1)
    n, k = logs.shape
    weights = like(s.class_weights, logs)
    kept = like(a["t"] != s.ignore_index, logs)
    one_hot = like(xp.arange(k)[None] == a["t"][:, None], logs)
    target = (1 - s.label_smoothing) * one_hot + s.label_smoothing / k
    losses = -(target * weights * logs).sum(1) * kept
    if s.reduction != "mean":
        return reduced(losses, s.reduction)
    return losses.sum() / ((weights[a["t"]] * kept).sum() if s.by_weight else n)


def _draw_nll(d: Draws) -> Drawn:
    s, a = _draw_classes(d)
    return settings(reduction=s.reduction, by_weight=True, class_weights=s.class_weights), a


def _nll(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    n = len(a["t"])
    weights = like(s.class_weights, a["x"])[a["t"]]
    losses = -a["x"][xp.arange(n), a["t"]] * weights
    if s.reduction != "mean":
        return reduced(losses, s.reduction)
    return losses.sum() / (weights.sum() if s.by_weight else n)


def _draw_binary(d: Draws) -> Drawn:
    x = d.rows()
    k = x.shape[1]
    drawn = settings(reduction=reduction_of(d), pos_weight=0.5 + 2 * d.rng.random(k), on=True)
    return drawn, {"x": x, "t": d.labels(2, *x.shape)}


def _bce_with_logits(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    t = like(a["t"], a["x"])
    w = like(s.pos_weight, t) if s.on else 1.0
    return reduced(w * t * softplus(xp, -a["x"]) + (1 - t) * softplus(xp, a["x"]), s.reduction)


def _draw_probabilities(d: Draws) -> Drawn:
    n, k = d.whole(2, 9), d.whole(2, 7)
    drawn = settings(reduction=reduction_of(d))
    return drawn, {"p": d.rng.uniform(0.05, 0.95, (n, k)), "t": d.labels(2, n, k)}


def _bce(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    t = like(a["t"], a["p"])
    return reduced(-(t * xp.log(a["p"]) + (1 - t) * xp.log1p(-a["p"])), s.reduction)


def _d_bce(s: SimpleNamespace, delta: Any, a: Arrays) -> dict[str, Any]:
    p, t = a["p"], a["t"].astype(a["p"].dtype)
    g = (p - t) / (p * (1 - p))
    return {"p": delta * g / (p.size if s.reduction == "mean" else 1)}


def _draw_kl(d: Draws) -> Drawn:
    n, k = d.whole(2, 8), d.whole(2, 9)
    q = log_softmax(np, d.data(n, k), 1)
    drawn = settings(
        reduction=d.one_of("batchmean", "mean", "sum", "none"), log_target=d.yes(), entropy=True
    )
    return drawn, {"x": log_softmax(np, d.data(n, k), 1), "q": q if drawn.log_target else np.exp(q)}


def _kl(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x, q = a["x"], a["q"]
    p, log_p = (xp.exp(q), q) if s.log_target else (q, xp.log(abs(q)))
    losses = p * (log_p - x) if s.entropy else -p * x
    if s.reduction == "batchmean":
        return losses.sum() / len(x)
    return reduced(losses, s.reduction)


def _draw_poisson(d: Draws) -> Drawn:
    x = d.rows()
    drawn = settings(log_input=d.yes(), eps=d.one_of(1e-8, 1e-4), reduction=reduction_of(d))
    return drawn, {"x": x if drawn.log_input else abs(x) + 0.1, "t": d.labels(6, *x.shape)}


def _poisson(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    x, t = a["x"], like(a["t"], a["x"])
    losses = xp.exp(x) - t * x if s.log_input else x - t * xp.log(abs(x) + s.eps)
    return reduced(losses, s.reduction)


def _draw_gaussian(d: Draws) -> Drawn:
    x = d.rows()
    v = 0.05 + d.rng.random(x.shape)
    drawn = settings(full=d.yes(), eps=d.one_of(1e-6, 0.1), half=0.5, reduction=reduction_of(d))
    return drawn, {"x": x, "t": d.data(*x.shape), "v": v}


def _gaussian(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    v = xp.where(a["v"] < s.eps, s.eps, a["v"])
    if xp is torch:  # whose loss clips where autograd does not see it
        v = a["v"] + (v - a["v"]).detach()
    losses = s.half * (xp.log(v) + (a["x"] - a["t"]) ** 2 / v)
    return reduced(losses + (math.log(2 * math.pi) / 2 if s.full else 0.0), s.reduction)


def _multi_label(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    t = like(a["t"], a["x"])
    losses = (t * softplus(xp, -a["x"]) + (1 - t) * softplus(xp, a["x"])).sum(-1)
    return reduced(losses / (a["x"].shape[1] if s.over_classes else 1), s.reduction)


def _draw_ctc(d: Draws) -> Drawn:
    t, k, n = d.whole(6, 9), d.whole(4, 6), d.whole(2, 3)
    target = 1 + d.labels(k - 1, n, d.whole(1, 3))
    return settings(skip=True, blank=0, reduction=reduction_of(d)), {
        "x": d.data(t, n, k),
        "target": target,
    }


def _ctc_reference(s: SimpleNamespace, x: Any, target: Any) -> Any:
    steps, labels = (torch.full((x.shape[1],), n) for n in (x.shape[0], target.shape[1]))
    return F.ctc_loss(
        x.log_softmax(-1), target, steps, labels, blank=s.blank, reduction=s.reduction
    )


def _ctc(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    """The forward algorithm in probabilities, sample by sample."""
    p = softmax(xp, a["x"], 2)
    losses = []
    for i, target in enumerate(a["target"].tolist()):
        labels = [s.blank, *(part for label in target for part in (label, s.blank))]
        alpha = [p[0, i, labels[0]], p[0, i, labels[1]], *[0.0] * (len(labels) - 2)]
        for step in p[1:, i]:
            alpha = [
                step[label]
                * (
                    alpha[j]
                    + (alpha[j - 1] if j else 0.0)
                    + (alpha[j - 2] if j > 1 and _skips(s, labels, j) else 0.0)
                )
                for j, label in enumerate(labels)
            ]
        losses.append(-xp.log(alpha[-1] + alpha[-2]))
    every = xp.stack(losses)
    return (
        (every / a["target"].shape[1]).mean()
        if s.reduction == "mean"
        else reduced(every, s.reduction)
    )


def _skips(s: SimpleNamespace, labels: list[int], j: int) -> bool:
    return s.skip and labels[j] != s.blank and labels[j] != labels[j - 2]


FAMILIES = (
    _regression(
        "L1Loss",
        lambda s: nn.L1Loss(reduction=s.reduction),
        lambda xp, s, e: abs(e),
        lambda s, e: np.sign(e),
    ),
    _regression(
        "MSELoss",
        lambda s: nn.MSELoss(reduction=s.reduction),
        lambda xp, s, e: e * e,
        lambda s, e: 2 * e,
    ),
    _regression(
        "SmoothL1Loss",
        lambda s: nn.SmoothL1Loss(reduction=s.reduction, beta=s.beta),
        lambda xp, s, e: xp.where(abs(e) < s.beta, e * e / (2 * s.beta), abs(e) - s.beta / 2),
        lambda s, e: np.where(abs(e) < s.beta, e / s.beta, np.sign(e)),
        beta=lambda d: d.real(0.3, 1.5),
    ),
    _regression(
        "HuberLoss",
        lambda s: nn.HuberLoss(reduction=s.reduction, delta=s.delta),
        lambda xp, s, e: xp.where(abs(e) < s.delta, e * e / 2, s.delta * (abs(e) - s.delta / 2)),
        lambda s, e: np.clip(e, -s.delta, s.delta),
        delta=lambda d: d.real(0.3, 1.5),
    ),
    Family(
        "cross_entropy",
        _draw_classes,
        lambda s, a: (
            lambda x, t: F.cross_entropy(
                x,
                t,
                like(s.class_weights, x),
                ignore_index=s.ignore_index,
                reduction=s.reduction,
                label_smoothing=s.label_smoothing,
            )
        ),
        _cross_entropy,
    ),
    Family(
        "nll_loss",
        _draw_nll,
        lambda s, a: lambda x, t: F.nll_loss(x, t, like(s.class_weights, x), reduction=s.reduction),
        _nll,
    ),
    Family(
        "binary_cross_entropy_with_logits",
        _draw_binary,
        lambda s, a: (
            lambda x, t: F.binary_cross_entropy_with_logits(
                x, like(t, x), reduction=s.reduction, pos_weight=like(s.pos_weight, x)
            )
        ),
        _bce_with_logits,
    ),
    Family(
        "binary_cross_entropy",
        _draw_probabilities,
        lambda s, a: lambda p, t: F.binary_cross_entropy(p, like(t, p), reduction=s.reduction),
        _bce,
        _d_bce,
    ),
    Family(
        "KLDivLoss",
        _draw_kl,
        lambda s, a: nn.KLDivLoss(reduction=s.reduction, log_target=s.log_target),
        _kl,
    ),
    Family(
        "poisson_nll_loss",
        _draw_poisson,
        lambda s, a: (
            lambda x, t: F.poisson_nll_loss(
                x, like(t, x), log_input=s.log_input, eps=s.eps, reduction=s.reduction
            )
        ),
        _poisson,
    ),
    Family(
        "GaussianNLLLoss",
        _draw_gaussian,
        lambda s, a: nn.GaussianNLLLoss(full=s.full, eps=s.eps, reduction=s.reduction),
        _gaussian,
    ),
    *margin_losses.FAMILIES,
    Family(
        "multilabel_soft_margin_loss",
        lambda d: (settings(over_classes=True, reduction=reduction_of(d)), _draw_binary(d)[1]),
        lambda s, a: (
            lambda x, t: F.multilabel_soft_margin_loss(x, like(t, x), reduction=s.reduction)
        ),
        _multi_label,
    ),
    Family("ctc_loss", _draw_ctc, lambda s, a: lambda x, t: _ctc_reference(s, x, t), _ctc),
)
