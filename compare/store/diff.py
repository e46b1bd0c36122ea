"""What changed between two runs, from their records: verdicts, bits, and what may have done it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compare.store.provenance import DECIDING, changes
from compare.store.reader import StoredRun

Pair = tuple[Any, Any]
_FINE = ("same", "skipped")


@dataclass(frozen=True)
class CaseDifference:
    """One case in both runs; of every pair the first is of run A, the second of run B.

    ``outcome`` and ``first`` (the first difference's name, or "") are None where they are the same.
    ``quantities`` has those whose outcome changed, None where one run lacks it, ``bits`` those with
    other bits, by side and in order of computation, ``ratio`` the largest change of error per
    limit: its quantity, before and after.
    """

    id: str
    outcome: Pair | None = None
    first: Pair | None = None
    quantities: Mapping[str, Pair] | None = None
    bits: Mapping[str, tuple[str, ...]] | None = None
    inputs: bool = False
    ratio: tuple[str, float, float] | None = None

    @property
    def counts(self) -> bool:
        """Whether a verdict or a bit changed: another limit alone is neither."""
        return bool(self.outcome or self.first or self.quantities or self.bits or self.inputs)

    @property
    def severity(self) -> tuple[bool, bool, bool, float]:
        """Larger is worse: fails now, another verdict, other bits; then the error per limit."""
        fails = self.outcome is not None and self.outcome[1] not in _FINE
        verdict = bool(self.outcome or self.first or self.quantities)
        return fails, verdict, self.counts, self.ratio[2] if self.ratio else 0.0


@dataclass(frozen=True)
class Difference:
    """``cases`` that differ, worst first; ``context`` by path, such as ``versions/numpy``."""

    runs: tuple[StoredRun, StoredRun]
    context: Mapping[str, Pair]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    cases: tuple[CaseDifference, ...]
    shared: int

    @property
    def changed(self) -> bool:
        """Whether verdicts or bits did, or a case is in one run alone."""
        return any(self.only) or any(case.counts for case in self.cases)


def difference(a: StoredRun, b: StoredRun) -> Difference:
    """What changed from run A to run B."""
    shared = [id for id in a.results if id in b.results]
    cases = [case_difference(a.results[id], b.results[id]) for id in shared]
    found = [case for case in cases if case.counts or case.ratio]
    return Difference(
        (a, b),
        changes(_context(a.manifest), _context(b.manifest)),
        (_absent(a, b), _absent(b, a)),
        tuple(sorted(found, key=lambda case: case.severity, reverse=True)),
        len(shared),
    )


def _absent(a: StoredRun, b: StoredRun) -> tuple[str, ...]:
    return tuple(id for id in a.results if id not in b.results)


def _context(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: manifest[key] for key in ("seed", "settings", "git", *DECIDING)}


def case_difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> CaseDifference:
    """What changed in one case, from its records; how long it took is no part of it."""
    rows = {row["name"]: row for row in a["quantities"]}
    others = {row["name"]: row for row in b["quantities"]}
    names = list(dict.fromkeys([*rows, *others]))
    outcomes = {name: (_outcome(rows.get(name)), _outcome(others.get(name))) for name in names}
    bits = {side: _other_bits(side, names, rows, others) for side in _sides(a, b)}
    return CaseDifference(
        a["id"],
        _unless_equal(a["outcome"], b["outcome"]),
        _unless_equal(_first(a), _first(b)),
        {name: pair for name, pair in outcomes.items() if pair[0] != pair[1]} or None,
        {side: changed for side, changed in bits.items() if changed} or None,
        a["fingerprint"] != b["fingerprint"],
        _largest_change(rows, others),
    )


def _sides(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*a["digests"], *b["digests"]]))


def _other_bits(
    side: str, names: list[str], a: Mapping[str, Any], b: Mapping[str, Any]
) -> tuple[str, ...]:
    empty: dict[str, Any] = {"bits": {}}
    return tuple(
        name
        for name in names
        if a.get(name, empty)["bits"].get(side) != b.get(name, empty)["bits"].get(side)
    )


def _unless_equal(a: Any, b: Any) -> Pair | None:
    return None if a == b else (a, b)


def _outcome(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return None
    return row["outcome"] + (" as stated" if row["known"] else "")


def _first(record: Mapping[str, Any]) -> str:
    return record["first"]["name"] if record["first"] else ""


def _largest_change(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, float, float] | None:
    found = [
        (name, float(a[name]["worst_ratio"]), float(b[name]["worst_ratio"]))
        for name in a
        if name in b and a[name]["worst_ratio"] != b[name]["worst_ratio"]
    ]
    return max(found, key=lambda change: _size(change[1], change[2]), default=None)


def _size(before: float, after: float) -> float:
    size = abs(after - before)
    return size if math.isfinite(size) else math.inf


@dataclass(frozen=True)
class Replay:
    """``found`` is what changed since the record, ``context`` what may be why."""

    before: Mapping[str, Any]
    now: Mapping[str, Any]
    found: CaseDifference
    context: Mapping[str, Pair]

    @property
    def same(self) -> bool:
        """Whether arrays, bits and verdict are those of the record."""
        return not self.found.counts
