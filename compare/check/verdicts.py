"""The results of a subject in a reading, compared; and the first wrong one in words."""

from __future__ import annotations

from collections.abc import Sequence

from compare.check.concept import Arrays, Probe
from compare.check.i18n.text import Text, same
from compare.check.i18n.translation import translated
from compare.check.interpretation import Interpretation
from compare.check.matching import comparisons
from compare.check.trial import Trial
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.judge.sensitivity import Sensitivity
from compare.judge.verdict import Comparison, Verdict, conclude

CALL = "call"  # stands for a result where there is none


def verdict_of(
    trial: Trial, reading: Interpretation, probes: Sequence[Probe], torch: Implementation | None
) -> Verdict:
    """Every result of these probes, compared; what could not have failed is vacuous."""
    power, found = Sensitivity(), []
    for probe in probes:
        wanted = trial.wanted(reading.meaning, probe)
        beside = _torch(trial, reading, probe, torch)
        values = trial.ran(reading.arrangement, probe).values
        shown = {n: w for n, w in wanted.items() if n in values}
        found += comparisons(values, shown, beside, power)
    flat = {
        n: ExpectedOutcome(Outcome.VACUOUS, why, always=False)
        for n, why in trial.concept.flat.items()
    }
    unseen = {c.name: power.unseen(c.name) for c in found}
    return conclude(flat, found, unseen)


def _torch(
    trial: Trial, reading: Interpretation, probe: Probe, torch: Implementation | None
) -> Arrays:
    """Torch's results, where the meaning is the course's own; the formula's elsewhere."""
    course = next(m for m in trial.meanings(reading.arrangement) if m.right)
    if torch is None or trial.concept.torch is None or reading.meaning is not course:
        return {}
    given = {n: torch.given(a) for n, a in trial.problems[probe.case.name].arrays.items()}
    found = trial.concept.torch(torch, given)
    return {n: torch.to_numpy(v) for n, v in found.items()}


def reason_of(compared: Comparison) -> Text:
    """Which result it is, and why it is not the same."""
    why = translated(compared.reason)
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
    at = f"[{', '.join(map(str, first.index))}]" if first.index else ""
    mine, right = f"{first.mine:.10g}", f"{first.expected:.10g}"
    if mine == right:
        mine, right = f"{first.mine:.17g}", f"{first.expected:.17g}"
    return Text(
        f"{first.name}{at} is {mine}, should be {right}",
        f"{first.name}{at} は {mine} ですが、正しくは {right} です",
    )
