"""A row a case in the HPARAMS tab: its settings, what came of it in each dtype, and its graph."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.utils.tensorboard._pytorch_graph import graph

from compare.engine.result import CaseResult
from compare.report.tensorboard.figures import log10
from compare.report.tensorboard.text_cards import largest_ratio
from compare.report.tensorboard.trainings.training_case import TrainingCase

GROUP = "hparams"


@dataclass(frozen=True)
class Row:
    """Settings, and torch's own layers from x to y as a serialized GraphDef."""

    settings: Mapping[str, str | float]
    graph: bytes


def row(trained: TrainingCase) -> Row:
    """The row of a case, but for what came of it."""
    return Row(settings(trained), _graph(trained))


def settings(trained: TrainingCase) -> dict[str, str | float]:
    """The case, its rule, what the rule takes, network, loss, batch size and seed.

    TensorBoard shows the first five columns by name until more are ticked: hence the names.
    """
    # dicts keep their order: W1 W2 ... as the network has them
    layers = [p for name, p in trained.start.items() if name[0] == "W"]
    nodes = [layers[0].shape[0], *(W.shape[1] for W in layers)]
    renamed = {"rule": "descent rule", "lr": "learning rate"}
    return {
        "case": trained.result.case.name,
        **{renamed.get(name, name): value for name, value in trained.settings.items()},
        "nodes": "-".join(map(str, nodes)),
        # the last batch of an epoch may be short
        "batch size": max(len(batch) for batch in trained.arrays["batches"]),
        "seed": trained.result.seed,
    }


def metrics(results: Sequence[CaseResult]) -> dict[str, float]:
    """In each dtype: same (1 or 0), the largest error per limit, the last loss, test accuracy.

    A loss that is not finite is left out: the cell stays empty.
    """
    by_tag: dict[str, float] = {}
    for result in results:
        cells = {"same": float(not result.fails)}
        cells["log10 error per limit"] = log10(largest_ratio(result))
        cells |= _last(result.curves, "loss", "loss")
        cells |= _last(result.curves, "test/accuracy", "test accuracy")
        for name, value in cells.items():
            if math.isfinite(value):
                by_tag[f"{GROUP}/{name} {result.dtype}"] = value
    return by_tag


def _last(
    curves: Mapping[str, Sequence[tuple[int, float, float]]], name: str, column: str
) -> dict[str, float]:
    return {column: curves[name][-1][1]} if curves.get(name) else {}


def _graph(trained: TrainingCase) -> bytes:
    network = trained.network(trained.sides["torch"], trained.start)
    x = torch.tensor(trained.arrays["x"][:2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, of trace itself and of constants in it
        # to check what it traced it would import torch's distributed tensors, for half a second
        traced = torch.jit.trace(network.layers, x, check_trace=False)
        definition, _ = graph(traced, x)
    return bytes(definition.SerializeToString())
