"""What is wrong first, in words that are drawn: English, which every font has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult

# in order: the first that fits
MEANINGS = {
    r"u(\d*)": "the weighted sum u{0} = x W + b",
    r"z(\d*)": "what the activation makes of u{0}",
    r"y": "the output",
    r"loss|.*cross_entropy_error|half_squared_error": "the loss",
    r"lr": "the learning rate",
    r"accuracy": "the share of right answers",
    r"derivative": "the derivative of the activation",
    r"numerical/(.+)": "the gradient of {0} by finite differences",
    r"after/(.+)": "{0} after the update",
    r"delta(\d*)": "the error passed back, dE/du{0}",
    r"grad/x": "the gradient of the input",
    r"grad/(.+)": "the gradient of {0}, dE/d{0}",
    r"param/(.+)": "{0} after the update",
    r"state/(.+)/(.+)": "the optimizer's {0} of {1}",
    r"test/(.+)": "{0} on the test data",
    r"forced/(.+)": "{0} after one step from torch's own state",
    r"free/(.+)": "{0} of the two runs, which part",
    r"input/(.+)/(.+)": "{0}, which {1} was not to change",
    r"warning/(.+)": "a warning of {0}",
    r"error/(.+)": "an exception of {0}",
}
CULPRITS = {"yours": "yours is", "torch": "torch is", "both": "both are"}


def first_in_words(results: Sequence[CaseResult]) -> tuple[str, list[str], Outcome]:
    """Of the first case that fails: a heading, and what is wrong in it first, in lines."""
    failing = [r for r in results if r.fails]
    judged = failing[0]
    heading = f"{judged.outcome.value}: {len(failing)} of {len(results)} cases"
    first = judged.verdict.first
    if first is None:
        return heading, [judged.id], judged.outcome
    dtypes = [r.dtype for r in failing if r.case.name == judged.case.name]
    name = quantity(first.name)
    step = "" if name == first.name else f", at step {first.name.split('/')[1]}"
    lines = [f"First in {judged.case.name} ({', '.join(dtypes)}){step}:"]
    lines.append(f"{name}, {meaning(name)}".removesuffix(", "))
    if first.index or first.mismatched:
        lines.append(f"is {first.mine:.6g}, and {first.reference:.6g} in torch:")
        lines.append(f"an error of {first.error:.3g}, where rounding explains {first.limit:.3g}.")
    lines += [first.reason] if first.reason else []
    if first.culprit:
        lines.append(f"By its own inputs {CULPRITS[first.culprit]} wrong.")
    if first in judged.verdict.comparisons:
        earlier = judged.verdict.comparisons[: judged.verdict.comparisons.index(first)]
        same = dict.fromkeys(quantity(c.name) for c in earlier if c.outcome is Outcome.SAME)
        lines += [f"Same before it: {' '.join(same)}"] if same else []
    return heading, lines, judged.outcome


def meaning(name: str) -> str:
    """A quantity in words: ``delta1`` is the error passed back to u1; "" where there are none."""
    for kind, words in MEANINGS.items():
        if found := re.fullmatch(kind, name):
            return words.format(*found.groups())
    return ""
