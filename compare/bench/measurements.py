"""Records of a long measurement, a line each: what is there already is not measured again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.special import betaincinv  # scipy.stats, where it is beta.ppf, takes a second

from compare.system.jobs import HERE, Workers, done


@dataclass(frozen=True)
class Size:
    """How much is measured: correct problems, problems of each fault, suites of probes of each.

    ``every`` so many-th case of the suite says what a case costs, or none where it is 0 · ``steps``
    at most, where a problem is a training run.
    """

    correct: int
    per_fault: int
    suites: int = 0
    every: int = 0
    steps: int = 0


Measure = Callable[[str], dict[str, Any]]


def collect(
    keys: Sequence[str],
    measure: Measure,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """One record a key, in order, from ``path`` or measured now by the workers.

    ``measure`` is a function of a module, and what it gives depends on its key alone. Each record
    is written as soon as it is there.
    """
    known = _known(path)
    missing = [key for key in keys if key not in known]
    # as they come: each is written at once, and they are put in order at the end
    for key, values in done(measure, missing, workers):
        known[key] = {"key": key, **values}
        if path is not None:
            # opened for each: a kill costs the measurements in progress and no other
            with path.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(known[key]) + "\n")
        advance(key)
    return [known[key] for key in keys]


def _known(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None or not path.exists():
        return {}
    records: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the line at which a run was cut off
        records[record["key"]] = record
    return records


def limits(hits: int, n: int) -> tuple[float, float]:
    """The 95% confidence limits of a share (Clopper and Pearson, 1934)."""
    # at 0 and n hits a parameter of the beta distribution would be 0: the limit is the end itself
    low = betaincinv(hits, n - hits + 1, 0.025) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 0.975) if hits < n else 1.0
    return float(low), float(high)
