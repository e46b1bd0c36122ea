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


def difference(run_a: StoredRun, run_b: StoredRun) -> Difference:
    """What changed from run A to run B."""
    shared = [id for id in run_a.results if id in run_b.results]
    cases = [case_difference(run_a.results[id], run_b.results[id]) for id in shared]
    changed = [case for case in cases if case.counts or case.ratio]
    return Difference(
        (run_a, run_b),
        changes(_context(run_a.manifest), _context(run_b.manifest)),
        (_absent(run_a, run_b), _absent(run_b, run_a)),
        # stable: of equal severity, the first in the table of cases stays first
        tuple(sorted(changed, key=lambda case: case.severity, reverse=True)),
        len(shared),
    )


def _absent(run: StoredRun, other: StoredRun) -> tuple[str, ...]:
    return tuple(id for id in run.results if id not in other.results)


def _context(manifest: Mapping[str, Any]) -> dict[str, Any]:
    # not when it ran and by which command line: those differ between runs that are the same
    return {key: manifest[key] for key in ("seed", "settings", "git", *DECIDING)}


def case_difference(record_a: Mapping[str, Any], record_b: Mapping[str, Any]) -> CaseDifference:
    """What changed in one case, from its records; how long it took is no part of it."""
    # by name, and not by position: one run may have a quantity that the other lacks
    rows_a = {row["name"]: row for row in record_a["quantities"]}
    rows_b = {row["name"]: row for row in record_b["quantities"]}
    # dict.fromkeys() and no set: the order is that of computation
    names = list(dict.fromkeys([*rows_a, *rows_b]))
    outcomes = {name: (_outcome(rows_a.get(name)), _outcome(rows_b.get(name))) for name in names}
    bits = {side: _other_bits(side, names, rows_a, rows_b) for side in _sides(record_a, record_b)}
    return CaseDifference(
        record_a["id"],
        _unless_equal(record_a["outcome"], record_b["outcome"]),
        _unless_equal(_first(record_a), _first(record_b)),
        {name: pair for name, pair in outcomes.items() if pair[0] != pair[1]} or None,
        {side: changed for side, changed in bits.items() if changed} or None,
        record_a["fingerprint"] != record_b["fingerprint"],
        _largest_change(rows_a, rows_b),
    )


def _sides(record_a: Mapping[str, Any], record_b: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*record_a["digests"], *record_b["digests"]]))


def _other_bits(
    side: str, names: list[str], rows_a: Mapping[str, Any], rows_b: Mapping[str, Any]
) -> tuple[str, ...]:
    empty: dict[str, Any] = {"bits": {}}
    return tuple(
        name
        for name in names
        if rows_a.get(name, empty)["bits"].get(side) != rows_b.get(name, empty)["bits"].get(side)
    )


def _unless_equal(a: Any, b: Any) -> Pair | None:
    return None if a == b else (a, b)


def _outcome(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return None
    # a stated difference that is not stated any more counts, though its outcome has the same name
    return row["outcome"] + (" as stated" if row["known"] else "")


def _first(record: Mapping[str, Any]) -> str:
    return record["first"]["name"] if record["first"] else ""


def _largest_change(
    rows_a: Mapping[str, Any], rows_b: Mapping[str, Any]
) -> tuple[str, float, float] | None:
    changes_of_ratio = [
        # float(): what is not finite is recorded as text, since JSON has no such numbers
        (name, float(rows_a[name]["worst_ratio"]), float(rows_b[name]["worst_ratio"]))
        for name in rows_a
        if name in rows_b and rows_a[name]["worst_ratio"] != rows_b[name]["worst_ratio"]
    ]
    return max(changes_of_ratio, key=lambda change: _size(change[1], change[2]), default=None)


def _size(before: float, after: float) -> float:
    size = abs(after - before)
    # inf - inf is NaN, which max() cannot order
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
