"""The files of a sweep: a directory of its own with the figure and every number."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from compare.store.json_lines import finite
from compare.sweeps.drawing import figure
from compare.sweeps.sweep import Point, SweepResult
from compare.sweeps.text import reproduce
from compare.system.atomic_files import write_atomically

SCHEMA = 1


def write(result: SweepResult, directory: Path) -> None:
    """figure.png and sweep.json.   Raises OSError where they cannot be written."""
    # the numbers first: they stay, whatever becomes of the drawing
    write_atomically(directory / "sweep.json", as_json(result))
    png = io.BytesIO()  # savefig on a path would leave half a file where the disk is full
    figure(result.sweep, result.points).savefig(png, format="png")
    write_atomically(directory / "figure.png", png.getvalue())


def as_json(result: SweepResult) -> str:
    """Every number of both sides, in full; those that are not finite are strings."""
    document = {
        "schema": SCHEMA,
        "sweep": result.sweep.name,
        "about": result.sweep.about,
        "dtype": result.dtype,
        "seed": result.seed,
        "passed": not result.failures and not result.interrupted,
        "interrupted": result.interrupted,
        "total": result.total,
        "lesson": result.lesson,
        "points": [_object(p) for p in result.points],
        "reproduce": reproduce(result),
    }
    return json.dumps(finite(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _object(point: Point) -> dict[str, Any]:
    first = point.result.verdict.first
    return {
        "name": point.setting.name,
        "values": dict(point.setting.values),
        "outcome": point.outcome.value,
        "first": first.name if first else None,
        "ledger": point.result.verdict.ledger,
        "fingerprint": point.result.fingerprint,
        "diverges_at": point.diverges_at,
        "ends": {name: {"mine": m, "reference": r} for name, (m, r) in point.ends.items()},
        "curves": {
            name: [{"step": t, "mine": m, "reference": r} for t, m, r in curve]
            for name, curve in point.curves.items()
        },
        "paths": {
            name: [{"step": t, "mine": m.tolist(), "reference": r.tolist()} for t, m, r in path]
            for name, path in point.paths.items()
        },
    }
