"""``bench mutation``: is every mutant of scratch that changes a number seen by some case?

A mutant is run beside scratch through the cases that reach its function, cheapest first. Where it
has scratch's bits in one, and raises and warns as scratch does, the verdict of that case is
scratch's too; where it has not, the case is judged, and the first that fails has killed it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from compare.arithmetic.formats import DTYPES
from compare.bench.equivalents import EQUIVALENTS, reason_for, unfitting
from compare.bench.measurements import collect
from compare.bench.mutant_runs import Cases
from compare.bench.mutants import sources
from compare.bench.syntax import Mutant, mutants
from compare.cases import CASES
from compare.store.provenance import sources as fingerprints
from compare.system.jobs import HERE, Workers

_SAME_CODE = "compiles to the same code"


@dataclass(frozen=True)
class Sample:
    """How many of all mutants are tried, drawn from a seed; 0 is all."""

    size: int = 0
    seed: int = 0


FULL, SHORT = Sample(), Sample(60)


def run(
    size: Sample,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """One record a mutant: what killed it, or why nothing has to; those in ``path`` are kept.

    Raises RuntimeError where a stated reason fits no mutant, or scratch itself is not the same.
    """
    without = unfitting(all_mutants())
    if without:
        raise RuntimeError(f"reasons that fit no mutant any more: {'; '.join(without)}")
    return collect(keys(size), measure, path, advance, workers)


def keys(size: Sample) -> list[str]:
    """The mutants of a sample, each under a digest of all that decides what becomes of it."""
    chosen: Sequence[Mutant] = all_mutants()
    if size.size:
        rng = np.random.default_rng(size.seed)
        drawn = rng.choice(len(chosen), min(size.size, len(chosen)), replace=False)
        chosen = [chosen[i] for i in sorted(drawn)]
    return [f"{_digest()}/{mutant.name}" for mutant in chosen]


@cache
def all_mutants() -> tuple[Mutant, ...]:
    """Every mutant of scratch as it stands."""
    return mutants(sources())


@cache
def _digest() -> str:
    return hashlib.sha256(repr(fingerprints()).encode()).hexdigest()[:8]


def measure(key: str) -> dict[str, Any]:
    """What became of one mutant, from its key alone."""
    name = key.partition("/")[2]
    mutant = next(m for m in all_mutants() if m.name == name)
    return examined(mutant, _table())


@cache
def _table() -> Cases:
    return Cases([(c, dtype) for c in CASES for dtype in DTYPES if c.runs_in(dtype)])


def examined(mutant: Mutant, cases: Cases) -> dict[str, Any]:
    """Killed by which case and where; or not, and the reason why it need not be, or ""."""
    record: dict[str, Any] = {"module": mutant.module, "function": mutant.function}
    code = cases.scratch.code(mutant)
    if code is None:
        return {**record, "reason": _SAME_CODE, "cases": 0}
    killer, tried, others = cases.killer_of(mutant, code)
    if killer:
        needless = mutant.name in EQUIVALENTS
        return {**record, "killed by": killer.id, "at": killer.at, "needless reason": needless}
    return {**record, "reason": reason_for(mutant, others == 0), "cases": tried}
