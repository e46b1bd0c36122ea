"""TensorBoard's address that opens on the answer, and the layout of its custom scalars."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

RUNS = ("torch", "scratch", "error", "tolerance", "cone", "summary")
PINNED = 3  # failing cases; TensorBoard keeps ten pinned cards


def link(base: str, tags: Sequence[str]) -> str:
    """Scoreboard, and of each of these cases the error beside its limit and where gradients differ.

    Of the first one both loss curves too.
    """
    pinned = [_image("00_verdict/scoreboard")]
    for k, tag in enumerate(tags):
        pinned.append({"plugin": "scalars", "tag": f"{tag}/error_log10/grad"})
        pinned.append(_image(f"{tag}/figures/gradient_error"))
        pinned += [_image(f"{tag}/figures/loss")] if k == 0 else []
    # without spaces: each of them would be three characters of the address
    cards = quote(json.dumps(pinned, separators=(",", ":")))
    only = f"^({'|'.join(RUNS)})$"  # not the rows of HPARAMS
    query = f"runFilter={quote(only)}&runColorGroup={quote(f'regex:{only}')}"
    # smoothing=0: TensorBoard's 0.6 hides the very steps at which an error jumps
    return f"{base}/?smoothing=0&{query}&pinnedCards={cards}#timeseries"


def _image(tag: str) -> dict[str, object]:
    return {
        "plugin": "images",
        "tag": tag,
        "runId": "defaultExperimentId/summary",  # as a server of a single folder calls its runs
        "sample": 0,
    }


def tags_to_pin(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """From results.jsonl: the groups of up to three failing training cases, worst first.

    Where none fails, that of the one with the largest error per limit that has pictures.
    """
    trained = [
        record
        for record in records
        if any(q["name"] == "loss" and "step/" in q["worst_at"] for q in record["quantities"])
    ]
    trained.sort(key=_severity, reverse=True)
    failing = [record for record in trained if record["outcome"] != "same"]
    # those of a case that is the same are drawn of its float64 run
    pictured = [record for record in trained if record["dtype"] == "float64"] or trained
    return tuple(
        f"{record['case']}.{record['dtype']}" for record in failing[:PINNED] or pictured[:1]
    )


def _severity(record: Mapping[str, Any]) -> tuple[bool, float]:
    ratios = [float(q["worst_ratio"]) for q in record["quantities"] if "step/" in q["worst_at"]]
    return record["outcome"] != "same", max(ratios, default=0.0)


def layout(tags: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """A chart a case: errors of gradients and loss, and the runs' distance, beside their limits."""
    charts = {
        tag: ["Multiline", [f"^{re.escape(tag)}/error_log10/(loss|grad|free)$"]] for tag in tags
    }
    return {"error and limit, worst first": charts}
