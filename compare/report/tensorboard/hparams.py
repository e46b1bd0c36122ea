"""The HPARAMS tab: a row a case, its settings beside what came of it in each dtype."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from compare.engine.result import CaseResult
from compare.report.tensorboard.figures import log10
from compare.report.tensorboard.text_cards import largest_ratio
from compare.report.tensorboard.training_case import TrainingCase

GROUP = "hparams"


def settings(scene: TrainingCase) -> dict[str, str | float]:
    """The case, its rule, what the rule takes, network, loss, batch size and seed.

    TensorBoard shows the first five columns by name until more are ticked: hence the names.
    """
    layers = [p for name, p in scene.start.items() if name[0] == "W"]
    nodes = [layers[0].shape[0], *(W.shape[1] for W in layers)]
    renamed = {"rule": "descent rule", "lr": "learning rate"}
    return {
        "case": scene.result.case.name,
        **{renamed.get(name, name): value for name, value in scene.settings.items()},
        "nodes": "-".join(map(str, nodes)),
        "batch size": max(len(batch) for batch in scene.arrays["batches"]),
        "seed": scene.result.seed,
    }


def metrics(results: Sequence[CaseResult]) -> dict[str, float]:
    """In each dtype: same (1 or 0), the largest error per limit, the last loss, test accuracy.

    A loss that is not finite is left out: the cell stays empty.
    """
    found: dict[str, float] = {}
    for r in results:
        own = {"same": float(not r.fails), "log10 error per limit": log10(largest_ratio(r))}
        own |= _last(r.curves, "loss", "loss") | _last(r.curves, "test/accuracy", "test accuracy")
        found |= {f"{GROUP}/{name} {r.dtype}": v for name, v in own.items() if math.isfinite(v)}
    return found


def _last(
    curves: Mapping[str, Sequence[tuple[int, float, float]]], name: str, column: str
) -> dict[str, float]:
    return {column: curves[name][-1][1]} if curves.get(name) else {}
