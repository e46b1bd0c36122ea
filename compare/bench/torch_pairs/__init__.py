"""Modules and functions of torch.nn, each beside a twin that computes the same by another way."""

from __future__ import annotations

from compare.bench.torch_pairs import (
    activations,
    attention,
    losses,
    networks,
    normalizations,
    products,
    recurrent,
    resampling,
)

GROUPS = {
    "activations": activations.FAMILIES,
    "losses": losses.FAMILIES,
    "normalizations and distances": normalizations.FAMILIES,
    "linear, convolutions, embeddings": products.FAMILIES,
    "pooling, padding, interpolation": resampling.FAMILIES,
    "recurrent": recurrent.FAMILIES,
    "attention": attention.FAMILIES,
    "four layers, each watched": networks.FAMILIES,
}
FAMILIES = {family.name: family for families in GROUPS.values() for family in families}
