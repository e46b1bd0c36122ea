"""Attention, and a block of a transformer, head by head beside torch's."""

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
    settings,
    softmax,
    spread,
)

Drawn = tuple[SimpleNamespace, dict[str, np.ndarray]]


class _ToItself(nn.Module):
    """Self-attention without its weights, which the fused path does not return."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x: Any) -> Any:
        return self.attention(x, x, x, need_weights=False)[0]


def _draw_product(d: Draws) -> Drawn:
    n, heads, k = d.whole(1, 2), d.whole(1, 3), d.whole(2, 6)
    length, other = d.whole(2, 6), d.whole(2, 6)
    drawn = settings(causal=d.yes(), scale=d.one_of(k**-0.5, d.real(0.2, 1.0)), shift=0)
    return drawn, {
        "q": d.data(n, heads, length, k),
        "k": d.data(n, heads, other, k),
        "v": d.data(n, heads, other, k),
    }


def _attend(xp: Any, s: SimpleNamespace, q: Any, k: Any, v: Any) -> Any:
    """Query by query: what it sees, in one product with the values."""
    rows = []
    for i in range(q.shape[-2]):
        seen = min(max(i + 1 + s.shift, 1), k.shape[-2]) if s.causal else k.shape[-2]
        scores = xp.einsum("...d,...kd->...k", q[..., i, :], k[..., :seen, :]) * s.scale
        rows.append(xp.einsum("...k,...kd->...d", softmax(xp, scores, -1), v[..., :seen, :]))
    return xp.stack(rows, -2)


def _draw_heads(d: Draws) -> Drawn:
    heads = d.whole(1, 3)
    width = heads * d.whole(2, 4)
    drawn = settings(
        heads=heads, scale=(width // heads) ** -0.5, shift=0, causal=False, exchanged=False
    )
    arrays = {
        "attention.in_proj_weight": d.weights(3 * width, width),
        "attention.in_proj_bias": d.weights(3 * width),
        "attention.out_proj.weight": d.weights(width, width),
        "attention.out_proj.bias": d.weights(width),
    }
    return drawn, {"x": d.data(d.whole(1, 3), d.whole(2, 6), width), **arrays}


def _heads(xp: Any, s: SimpleNamespace, a: Arrays, x: Any, prefix: str) -> Any:
    w, b, w_out, b_out = (
        a[prefix + name]
        for name in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    )
    width = x.shape[-1]
    q, k, v = (x @ w[i : i + width].T + b[i : i + width] for i in range(0, 3 * width, width))
    q, k = (k, q) if s.exchanged else (q, k)
    size = width // s.heads
    parts = [
        _attend(xp, s, *(z[..., i : i + size] for z in (q, k, v))) for i in range(0, width, size)
    ]
    return xp.concatenate(parts, -1) @ w_out.T + b_out


def _draw_block(d: Draws) -> Drawn:
    heads = d.whole(1, 2)
    width, inner = heads * d.whole(2, 4), d.whole(3, 9)
    drawn = settings(
        heads=heads,
        scale=(width // heads) ** -0.5,
        shift=0,
        causal=False,
        exchanged=False,
        eps=d.one_of(1e-5, 1e-3),
        norm_first=d.yes(),
        correction=0,
    )
    attention = {
        "self_attn.in_proj_weight": d.weights(3 * width, width),
        "self_attn.in_proj_bias": d.weights(3 * width),
        "self_attn.out_proj.weight": d.weights(width, width),
        "self_attn.out_proj.bias": d.weights(width),
    }
    between = {
        "linear1.weight": d.weights(inner, width),
        "linear1.bias": d.weights(inner),
        "linear2.weight": d.weights(width, inner),
        "linear2.bias": d.weights(width),
    }
    norms = {
        f"norm{k}.{name}": d.weights(width) + (name == "weight")
        for k in (1, 2)
        for name in ("weight", "bias")
    }
    return drawn, {"x": d.data(2, d.whole(2, 5), width), **attention, **between, **norms}


def _block(xp: Any, s: SimpleNamespace, a: Arrays) -> Any:
    def norm(x: Any, k: int) -> Any:
        center = mean(x, -1)
        y = (x - center) / xp.sqrt(spread(x, center, s.correction, -1) + s.eps)
        return y * a[f"norm{k}.weight"] + a[f"norm{k}.bias"]

    def attend(x: Any) -> Any:
        return _heads(xp, s, a, x, "self_attn.")

    def between(x: Any) -> Any:
        z = x @ a["linear1.weight"].T + a["linear1.bias"]
        return xp.where(z > 0, z, 0.0) @ a["linear2.weight"].T + a["linear2.bias"]

    x = a["x"]
    if s.norm_first:
        x = x + attend(norm(x, 1))
        return x + between(norm(x, 2))
    x = norm(x + attend(x), 1)
    return norm(x + between(x), 2)


def _block_module(s: SimpleNamespace, a: Arrays) -> nn.Module:
    return nn.TransformerEncoderLayer(
        a["x"].shape[-1],
        s.heads,
        len(a["linear1.bias"]),
        dropout=0.0,
        layer_norm_eps=s.eps,
        batch_first=True,
        norm_first=s.norm_first,
    )


def _masked_reference(s: SimpleNamespace, q: Any, k: Any, v: Any) -> Any:
    later = like(np.triu(np.full((q.shape[-2], k.shape[-2]), -np.inf), 1), q)
    mask = later if s.causal else None
    return F.scaled_dot_product_attention(q, k, v, mask, scale=s.scale)


FAMILIES = (
    Family(
        "scaled_dot_product_attention",
        _draw_product,
        lambda s, a: lambda q, k, v: _masked_reference(s, q, k, v),
        lambda xp, s, a: _attend(xp, s, a["q"], a["k"], a["v"]),
    ),
    Family(
        "MultiheadAttention",
        _draw_heads,
        lambda s, a: _ToItself(a["x"].shape[-1], s.heads),
        lambda xp, s, a: _heads(xp, s, a, a["x"], "attention."),
    ),
    Family("TransformerEncoderLayer", _draw_block, _block_module, _block),
)
