"""TensorBoard's address that opens on the answer, and the layout of its custom scalars."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

SCRATCH, YOURS = "scratch", "yours"
RUNS = ("torch", SCRATCH, "error", "tolerance", "cone", "summary")
_FILE = (".py", ".ipynb")
LIVE = "live"  # the folder of the curves of cases that are not judged yet
FIRST_DIFFERENCE = "00_verdict/first_difference"
OVER_LIMITS = "00_verdict/error_over_limit"
OVER_LIMIT = "error_over_limit_so_far"  # the curve of one case
PINNED = 3  # failing cases; TensorBoard keeps ten pinned cards
MOST = 10

Records = Sequence[Mapping[str, Any]]  # the lines of a results.jsonl


def run_called(file: str) -> str:
    """The run of somebody's file, which ends as files do: the address knows it by that."""
    return file if file.endswith(_FILE) else YOURS


def run_of(manifest: Mapping[str, Any]) -> str:
    """The run of the side under test, of a directory's manifest."""
    impl = manifest["settings"].get("impl")
    return run_called(PurePath(impl).name) if impl else SCRATCH


def runs(mine: str = SCRATCH) -> tuple[str, ...]:
    """The runs of a directory, with that of the side under test."""
    return tuple(mine if run == SCRATCH else run for run in RUNS)


@dataclass(frozen=True)
class Contents:
    """What there is of a run: its records, and the cases that train at this moment."""

    records: Records
    in_training: Sequence[str] = ()


def address(shown: Mapping[str, Contents | None]) -> str:
    """The query that opens on the answer, of each folder's contents under its name.

    A folder that is shown alone has the name ""; a sweep has None: its figures come first anyway.
    """
    cards = [card for name, of_it in shown.items() for card in _cards(name, of_it)]
    distinct = [card for k, card in enumerate(cards) if card not in cards[:k]][:MOST]
    files = "|".join(rf"[^/]*\{suffix}" for suffix in _FILE)
    sides = f"({'|'.join((*RUNS, YOURS))}|{files})$"
    groups = f"(?:^|/){sides}" if "" in shown else f"^([^/]*)/(?:.*/)?{sides}"
    asked = {
        "smoothing": "0",  # TensorBoard's 0.6 hides the very steps at which an error jumps
        "runFilter": f"(^|/){sides}",  # those of a live case too, and not the rows of HPARAMS
        "runColorGroup": f"regex:{groups}",
        # without spaces: each of them would be three characters of the address
        "pinnedCards": json.dumps(distinct, separators=(",", ":")),
    }
    return f"?{'&'.join(f'{key}={quote(value)}' for key, value in asked.items())}#timeseries"


def _cards(name: str, contents: Contents | None) -> list[dict[str, object]]:
    """Of a folder: what is wrong first or how near the limits came, scoreboard, and of each case
    the error and its limit, and where gradients are apart.

    Of the first one both loss curves too. Of what trains at this moment, its curves alone.
    """
    if contents is None:
        return []
    if contents.in_training:
        curves = ("loss", OVER_LIMIT)
        return [_scalar(f"{tag}/{curve}") for tag in contents.in_training for curve in curves]
    fails = any(record["outcome"] not in ("same", "skipped") for record in contents.records)
    first = FIRST_DIFFERENCE if fails else OVER_LIMITS
    pinned = [_image(name, first), _image(name, "00_verdict/scoreboard")]
    for k, tag in enumerate(tags_to_pin(contents.records)):
        # where nothing may round, an error is infinitely far over its limit: no line shows that
        curve = "error_log10/grad" if fails else OVER_LIMIT
        pinned.append(_scalar(f"{tag}/{curve}"))
        pinned.append(_image(name, f"{tag}/figures/gradient_error"))
        pinned += [_image(name, f"{tag}/figures/loss")] if k == 0 else []
    return pinned


def _scalar(tag: str) -> dict[str, object]:
    return {"plugin": "scalars", "tag": tag}


def _image(name: str, tag: str) -> dict[str, object]:
    run = f"{name}/summary" if name else "summary"
    # "defaultExperimentId": as a server of one's own calls its only experiment
    return {"plugin": "images", "tag": tag, "runId": f"defaultExperimentId/{run}", "sample": 0}


def tags_to_pin(records: Records) -> tuple[str, ...]:
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
