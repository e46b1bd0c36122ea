"""A Verdict: for every name same, different, vacuous or not compared, with the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.shown import Shown
from compare.core.trace import quantity
from compare.language.message import Message, constant, message


@dataclass(frozen=True, slots=True)
class Comparison:
    """One name: its outcome, and the element with the largest error per limit.

    ``error`` is how far a side is from what its own inputs make of it, ``limit`` what rounding
    explains, ``culprit`` the side that exceeds it. ``mine`` and ``reference`` are that element's
    values. ``consequence_of`` names the failure that this one follows from, its own operation being
    right. ``reason`` explains every outcome other than a plain ``same``; ``known`` says that the
    case expected it. ``times``: at how many steps it came; the first of them is shown, or, of what
    is the same, the one with the largest error per limit. ``size`` is the largest error as a
    share of the largest number expected, or that error itself where all are 0.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    known: bool = False
    total: int = 0
    mismatched: int = 0
    index: tuple[int, ...] = ()
    mine: float = np.nan  # where there is no element to show
    reference: float = np.nan
    error: float = 0.0
    limit: float = 0.0
    expected: float = np.nan
    culprit: str = ""
    consequence_of: str = ""
    times: int = 1
    size: float = np.nan

    @property
    def fails(self) -> bool:
        """Whether this alone makes its case fail."""
        # VACUOUS and NOT COMPARED fail as well: nothing passes by default
        return self.outcome is not Outcome.SAME and not self.known

    def plain(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {
            "outcome": self.outcome.value
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Comparison:
        """The one of which ``plain`` gave these values."""
        restored = {"outcome": Outcome(plain["outcome"]), "index": tuple(plain["index"])}
        return cls(**{**plain, **restored})

    def has_size(self, stated: float | str | None) -> bool:
        """Whether a difference is as large as it was stated to be, up to a factor of 2."""
        if isinstance(stated, str):
            return np.isnan(self.size) and stated in self.reason
        return stated is None or stated / 2 <= self.size <= 2 * stated

    @property
    def ratio(self) -> float:
        """The error in units of its limit: above 1 is different; 0 of a limit that allows all."""
        if self.limit == np.inf:
            return 0.0
        if self.error <= self.limit:
            return self.error / self.limit if self.limit > 0 else 0.0
        return self.error / self.limit if self.limit > 0 else np.inf


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """Every comparison of a case, in order of computation; ``str()`` of it is every quantity."""

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
        if not self.comparisons:  # a program that yields nothing has shown nothing
            return Outcome.VACUOUS
        outcomes = {c.outcome for c in self.failures}
        # the worst decides: an error may have kept a difference from being seen
        severity = (Outcome.ERROR, Outcome.DIFFERENT, Outcome.VACUOUS, Outcome.NOT_COMPARED)
        return next((o for o in severity if o in outcomes), Outcome.SAME)

    @property
    def causes(self) -> tuple[Comparison, ...]:
        """The failures that do not merely follow from another."""
        return tuple(c for c in self.failures if not c.consequence_of)

    @property
    def ledger(self) -> dict[str, int]:
        """How many names ended in which outcome; the sum is every name on either side.

        An outcome that the case stated in advance is counted apart: ``VACUOUS as stated``.
        """
        total: Counter[str] = Counter()
        for c in self.comparisons:
            total[_entry(c)] += c.times
        return dict(total)


def _entry(c: Comparison) -> str:
    return _counted_as(c.outcome, c.known, bool(c.consequence_of))


@cache  # a long run has thousands of names, and a few of these
def _counted_as(outcome: Outcome, known: bool, follows: bool) -> Message:
    if known:
        return message("{outcome} as stated", outcome=outcome.value)
    if follows:
        return message("{outcome} as a consequence", outcome=outcome.value)
    return message("{outcome}", outcome=outcome.value)  # the same word in every language


def conclude(
    known: Mapping[str, ExpectedOutcome],
    comparisons: Iterable[Comparison],
    unseen: Mapping[str, tuple[str, ...]],
    explosions: Mapping[str, str] = MappingProxyType({}),
) -> Verdict:
    """Mark what could not have failed and what is known; a known outcome that did not come fails.

    ``unseen``: quantity → planted faults that would have passed at every step: it is vacuous,
    unless it is different anyway · explosions: quantity → the operation where its noise exploded.
    """
    comparisons = list(comparisons)
    # a difference is worth more than the note that other faults would have passed
    different = {quantity(c.name) for c in comparisons if c.outcome is not Outcome.SAME}
    vacuous = {q: faults for q, faults in unseen.items() if faults and q not in different}
    matched: set[str] = set()
    concluded = [
        _with_known(known, _unless_vacuous(c, vacuous, explosions), matched) for c in comparisons
    ]
    # what was stated and no longer comes: a reason that
    # nobody removed would hide the next difference
    stale = [
        Comparison(
            f"known/{pattern}",
            Outcome.DIFFERENT,
            message("expected {outcome}: none is", outcome=stated.outcome.value),
        )
        for pattern, stated in known.items()
        if stated.always and pattern not in matched
    ]
    return Verdict((*concluded, *stale))


def _unless_vacuous(
    c: Comparison, vacuous: Mapping[str, tuple[str, ...]], explosions: Mapping[str, str]
) -> Comparison:
    faults = vacuous.get(quantity(c.name))
    if not faults:
        return c
    reason, where = could_not_have_failed(faults), explosions.get(quantity(c.name))
    if where:
        reason = message(
            "{reason}; the noise of the reference is as large as its values {where}",
            reason=reason,
            where=where,
        )
    return replace(c, outcome=Outcome.VACUOUS, reason=reason)


def could_not_have_failed(faults: Iterable[str]) -> Message:
    """Why a quantity is vacuous in which these planted faults would not have been seen."""
    return message(
        "this could not have failed: {names} would have passed as well", names=", ".join(faults)
    )


def names_faults(reason: str) -> bool:
    """Whether it says which planted faults would have passed, and not another reason."""
    text = could_not_have_failed(()).text
    parts = [reason, reason.values.get("reason") if isinstance(reason, Message) else None]
    return any(isinstance(part, Message) and part.text == text for part in parts)


def stated_of(
    known: Mapping[str, ExpectedOutcome], c: Comparison
) -> Iterator[tuple[str, ExpectedOutcome]]:
    """What is stated of this outcome of its quantity, by pattern."""
    for pattern, stated in known.items():
        if c.outcome is stated.outcome and fnmatchcase(quantity(c.name), pattern):
            yield pattern, stated


def _with_known(known: Mapping[str, ExpectedOutcome], c: Comparison, came: set[str]) -> Comparison:
    others = []
    for pattern, stated in stated_of(known, c):
        came.add(pattern)
        if c.has_size(stated.size):
            return replace(c, known=True, reason=constant(stated.reason))
        others.append(stated)
    if not others:
        return c
    size, reason = others[0].size, constant(others[0].reason)
    why = message(
        "a difference of size {size:.2g}; stated is one of size {stated}: {reason}",
        size=c.size,
        stated=size,
        reason=reason,
    )
    if np.isnan(c.size):
        why = message(
            "a difference without a number; stated is one of size {stated}: {reason}",
            stated=size,
            reason=reason,
        )
    both = message("{reason}; {why}", reason=c.reason, why=why)
    return replace(c, reason=both if c.reason else why)
