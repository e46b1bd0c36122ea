"""The results of a subject compared, given how it is meant; and the first wrong one in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.check.concept import Arrays, Probe
from compare.check.i18n.text import Text, both, same
from compare.check.interpretation import Interpretation
from compare.check.matching import comparisons
from compare.check.trial import Trial
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.judge.sensitivity import Sensitivity
from compare.judge.verdict import Comparison, Verdict, conclude

CALL = "call"  # stands for a result where there is none

_LOST = 2.0**-37  # in float64: eleven digits are right
_SEEN_DIGITS = 3  # that show to the naked eye


def verdict_of(
    trial: Trial, reading: Interpretation, probes: Sequence[Probe], torch: Implementation | None
) -> Verdict:
    """Every result of these probes, compared; what could not have failed is vacuous."""
    sensitivity, compared = Sensitivity(), []
    for probe in probes:
        wanted = trial.wanted(reading.meaning, probe)
        torch_values = _torch(trial, reading, probe, torch)
        values = trial.ran(reading.arrangement, probe).values
        # a submission need not show every result: a loss without its gradient is judged by itself
        comparable = {n: w for n, w in wanted.items() if n in values}
        compared += comparisons(values, comparable, torch_values, sensitivity)
    flat = {
        n: ExpectedOutcome(Outcome.VACUOUS, why, always=False)
        for n, why in trial.concept.flat.items()
    }
    unseen = {c.name: sensitivity.unseen(c.name) for c in compared}
    return conclude(flat, compared, unseen)


def _torch(
    trial: Trial, reading: Interpretation, probe: Probe, torch: Implementation | None
) -> Arrays:
    """Torch's results, where the meaning is the course's own; the formula's elsewhere."""
    course = next(m for m in trial.meanings(reading.arrangement) if m.right)
    # of another formula
    if torch is None or trial.concept.torch is None or reading.meaning is not course:
        return {}
    inputs = {n: torch.given(a) for n, a in trial.problems[probe.case.name].arrays.items()}
    results = trial.concept.torch(torch, inputs)
    return {n: torch.to_numpy(v) for n, v in results.items()}


def reason_of(compared: Comparison) -> Text:
    """Which result it is, and why it is not the same."""
    why = both(compared.reason)
    if compared.name == CALL:
        return why
    return Text(f"{compared.name}: {why.en}", f"{compared.name}: {why.ja}")


def first_wrong(verdict: Verdict) -> Text:
    """The first wrong element in words."""
    first = verdict.first
    if first is None:
        return same("")
    if not first.index and first.reason:
        return reason_of(first)
    index = f"[{', '.join(map(str, first.index))}]" if first.index else ""
    mine, right = f"{first.mine:.10g}", f"{first.expected:.10g}"
    # ten digits may not show the difference: 17 tell any two doubles apart (IEEE 754)
    if mine == right:
        mine, right = f"{first.mine:.17g}", f"{first.expected:.17g}"
    return Text(
        f"{first.name}{index} is {mine}, should be {right}",
        f"{first.name}{index} は {mine} ですが、正しくは {right} です",
    )


def with_digits(seen: Text, difference: float) -> Text:
    """What is seen; and of what the naked eye does not see, how many digits agree."""
    digits = int(-math.log10(difference)) if 0 < difference < 1 else 0
    if digits < _SEEN_DIGITS:
        return seen
    # float32 has seven digits, of which a sum loses some
    if digits in (5, 6, 7):
        return Text(f"{seen.en}; {digits} digits agree: no more than float32 lies between",
                    f"{seen.ja}（{digits} 桁は一致し、float32 の精度ほどの差です）")  # fmt: skip
    return Text(f"{seen.en}; the first {digits} digits of every number agree",
                f"{seen.ja}（どの値も先頭 {digits} 桁は一致しています）")  # fmt: skip


def in_float32(values: Arrays, wanted: Any) -> bool:
    """Whether every value is one of float32 and as near as that format comes; and not all fit."""
    if set(values) - set(wanted):
        return False
    for name, value in values.items():
        right = np.asarray(wanted[name].value, dtype=np.float64)
        if np.shape(value) != right.shape:
            return False
        with np.errstate(over="ignore"):  # what float32 cannot hold is none of its values
            value, narrow = np.float64(value), np.float64(np.float32(value))
        scale = np.abs(right).max(initial=0.0)
        # half of float32's 24 bits: sums of rounded terms lose some of the others
        if not np.array_equal(value, narrow) or np.abs(value - right).max() > 2.0**-12 * scale:
            return False
    return True


def loses_digits(values: Arrays, wanted: Any) -> bool:
    """Whether every number is right but for its last digits, which no constant moves."""
    right = {n: np.asarray(wanted[n].value, dtype=np.float64) for n in values if n in wanted}
    if right.keys() != values.keys() or any(
        np.shape(values[n]) != r.shape for n, r in right.items()
    ):
        return False
    # of the largest: near a 0 of the function nothing is left of the others
    with np.errstate(all="ignore"):
        return all(
            bool((np.abs(values[n] - r) <= _LOST * np.abs(r).max(initial=0.0)).all())
            for n, r in right.items()
        )
