"""A Verdict: for every name same, different, vacuous or not compared, with the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from compare.case import Case, Looser, Outcome
from compare.limits import TOLERANCES, limits
from compare.trace import Trace, quantity

MISSING = "is missing"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One name: its outcome, and the element with the largest error per limit.

    ``mine`` and ``reference`` are that element's values; ``reason`` explains every outcome other
    than a plain ``same``; ``known`` says that the case expected it.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    known: bool = False
    total: int = 0
    mismatched: int = 0
    index: tuple[int, ...] = ()
    mine: float = np.nan
    reference: float = np.nan
    error: float = 0.0
    limit: float = 0.0
    zeros_would_pass: bool = False

    @property
    def fails(self) -> bool:
        """Whether this alone makes its case fail."""
        return self.outcome is not Outcome.SAME and not self.known

    @property
    def ratio(self) -> float:
        """The error in units of its limit: above 1 is different."""
        if self.error <= self.limit:
            return self.error / self.limit if self.limit > 0 else 0.0
        return self.error / self.limit if self.limit > 0 else np.inf


@dataclass(frozen=True)
class Verdict:
    """Every comparison of a case, in order of computation."""

    comparisons: tuple[Comparison, ...]

    @property
    def failures(self) -> tuple[Comparison, ...]:
        """What makes the case fail, in order of computation."""
        return tuple(c for c in self.comparisons if c.fails)

    @property
    def first(self) -> Comparison | None:
        """The first failure in order of computation: where to look."""
        return next(iter(self.failures), None)

    @property
    def outcome(self) -> Outcome:
        """Same only if every name is, or is known to differ for a stated reason."""
        if not self.comparisons:
            return Outcome.VACUOUS
        outcomes = {c.outcome for c in self.failures}
        severity = (Outcome.ERROR, Outcome.DIFFERENT, Outcome.VACUOUS, Outcome.NOT_COMPARED)
        return next((o for o in severity if o in outcomes), Outcome.SAME)

    @property
    def ledger(self) -> dict[str, int]:
        """How many names ended in which outcome; the sum is every name on either side.

        An outcome that the case stated in advance is counted apart: ``VACUOUS as stated``.
        """
        return dict(Counter(_entry(c) for c in self.comparisons))


def _entry(c: Comparison) -> str:
    return c.outcome.value + (" as stated" if c.known else "")


def compare_arrays(
    name: str,
    mine: np.ndarray,
    reference: np.ndarray,
    scale: float = 0.0,
    step: int | None = None,
    factor: float = 1.0,
    extra: float = 0.0,
) -> Comparison:
    """Compare two arrays element by element: shape, dtype, NaN and ±inf in place, then the limit.

    mine, reference: NumPy arrays · scale: the quantity's largest magnitude so far · extra: added to
    every limit → Comparison. Whole numbers and truth values have to be equal.
    """
    different = Comparison(name, Outcome.DIFFERENT, total=reference.size)
    if mine.shape != reference.shape:
        reason = f"shape {mine.shape}, expected {reference.shape}"
        return replace(different, reason=reason)
    if mine.dtype != reference.dtype or mine.dtype.kind not in "fiub":
        return replace(different, reason=f"dtype {mine.dtype}, expected {reference.dtype}")
    if mine.size == 0:
        return Comparison(name, Outcome.VACUOUS, "both are empty")
    if mine.dtype.kind != "f":
        return _compare_values(name, mine, reference, np.zeros(mine.shape))
    if mine.dtype.name not in TOLERANCES:
        reason = f"no limits are known for {mine.dtype}"
        return replace(different, outcome=Outcome.NOT_COMPARED, reason=reason)
    scale = _scale(reference, scale)
    allowed = limits(reference, scale, mine.dtype.name, step, factor) + extra
    return _compare_values(name, mine, reference, allowed)


def _compare_values(
    name: str, mine: np.ndarray, reference: np.ndarray, allowed: np.ndarray
) -> Comparison:
    a, b = mine.astype(np.float64), reference.astype(np.float64)
    # equality is that of the numbers as they are: float64 merges whole numbers above 2^53
    equal = (mine == reference) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(a - b)
    error = np.where(equal, 0.0, np.where(np.isnan(error), np.inf, error))
    allowed = np.where(np.isfinite(b), allowed, 0.0)
    wrong = ~equal & ((error > allowed) | (allowed == 0))
    # The worst is looked for among the wrong elements only, where there are any.
    with np.errstate(over="ignore"):
        excess = error / np.maximum(allowed, np.finfo(np.float64).tiny)
    worst = np.unravel_index(
        np.argmax(np.where(wrong, excess, -1.0) if wrong.any() else excess), a.shape
    )
    return Comparison(
        name,
        Outcome.DIFFERENT if wrong.any() else Outcome.SAME,
        total=a.size,
        mismatched=int(wrong.sum()),
        index=tuple(int(i) for i in worst),
        mine=float(a[worst]),
        reference=float(b[worst]),
        error=float(error[worst]),
        limit=float(allowed[worst]),
        zeros_would_pass=mine.dtype.kind == "f" and bool((np.abs(b) <= allowed).all()),
    )


def _scale(reference: np.ndarray, so_far: float) -> float:
    finite = np.abs(reference[np.isfinite(reference)])
    return max(so_far, float(finite.max(initial=0.0)))


class Judge:
    """Judge one pair of traces after the other; remembers only each quantity's scale so far."""

    def __init__(self, case: Case) -> None:
        self.looser = case.looser
        self.scales: dict[str, float] = {}

    def pair(self, mine: Trace | None, reference: Trace | None) -> list[Comparison]:
        """Every name of either trace, in order of computation."""
        mine_values = mine.values if mine else {}
        reference_values = reference.values if reference else {}
        at = mine or reference
        assert at is not None
        judged = []
        for name in dict.fromkeys([*mine_values, *reference_values]):
            full_name = at.full_name(name)
            if name not in reference_values:
                judged.append(_one_sided(full_name, "the reference"))
            elif name not in mine_values:
                judged.append(_one_sided(full_name, "yours"))
            else:
                judged.append(self._one(full_name, name, mine_values, reference_values, at.step))
        return judged

    def _one(
        self,
        full_name: str,
        name: str,
        mine: Mapping[str, np.ndarray],
        reference: Mapping[str, np.ndarray],
        step: int | None,
    ) -> Comparison:
        # What goes back through the layers shares one scale: where it cancels to nothing on the
        # way, its rounding is that of the terms, not that of their sum.
        family = "backward" if name.startswith(("delta", "grad/")) else name
        if reference[name].dtype.kind == "f":
            self.scales[family] = _scale(reference[name], self.scales.get(family, 0.0))
        scale = self.scales.get(family, 0.0)
        looser = matching(self.looser, name)
        factor = looser.factor if looser else 1.0
        extra = 0.0
        if name.endswith("accuracy"):  # a count inherits its outputs' rounding, and has no other
            y = reference.get(name.removesuffix("accuracy") + "y")
            extra = 0.0 if y is None else _share_near_a_tie(y, step, factor)
            step = None
        compared = compare_arrays(
            full_name, mine[name], reference[name], scale, step, factor, extra
        )
        reason = f"limit x{looser.factor:g}: {looser.reason}" if looser else ""
        return replace(compared, reason=compared.reason or reason)


def _share_near_a_tie(y: np.ndarray, step: int | None, factor: float) -> float:
    """The share of rows whose class is within the outputs' limits of being another."""
    top = np.sort(y.astype(np.float64), axis=-1)
    gap = np.abs(2 * top[..., 0] - 1) if y.shape[-1] == 1 else top[..., -1] - top[..., -2]
    near = limits(y, _scale(y, 0.0), y.dtype.name, step, factor).max()
    return float(np.mean(gap <= 2 * near))


def _one_sided(full_name: str, where: str) -> Comparison:
    return Comparison(full_name, Outcome.DIFFERENT, f"{MISSING} in {where}")


def matching(table: Mapping[str, Looser], name: str) -> Looser | None:
    """The entry of a table keyed by patterns that fits a quantity, or None."""
    return next((entry for pattern, entry in table.items() if fnmatchcase(name, pattern)), None)


def conclude(case: Case, comparisons: Iterable[Comparison]) -> Verdict:
    """Mark what could not have failed and what is known; a known outcome that did not come fails.

    A quantity is vacuous where all zeros would have passed in its place, at every step.
    """
    comparisons = list(comparisons)
    alive = {
        quantity(c.name)
        for c in comparisons
        if not (c.zeros_would_pass and c.outcome is Outcome.SAME)
    }
    reason = "no value exceeds its limit, so all zeros would have passed as well"
    judged = [
        c if quantity(c.name) in alive else replace(c, outcome=Outcome.VACUOUS, reason=reason)
        for c in comparisons
    ]
    came: set[str] = set()
    concluded = [_with_known(case, c, came) for c in judged]
    stale = [
        Comparison(
            f"known/{pattern}", Outcome.DIFFERENT, f"expected {known.outcome.value}: none is"
        )
        for pattern, known in case.known.items()
        if pattern not in came
    ]
    return Verdict((*concluded, *stale))


def _with_known(case: Case, c: Comparison, came: set[str]) -> Comparison:
    for pattern, known in case.known.items():
        if fnmatchcase(quantity(c.name), pattern) and c.outcome is known.outcome:
            came.add(pattern)
            return replace(c, known=True, reason=known.reason)
    return c
