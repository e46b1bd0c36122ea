"""Text cards in Markdown: the verdict of a case, and what each name is computed from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from compare.core.outcome import Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import divergence, first_figures, quantities, ruling
from compare.report.tensorboard.training_case import TrainingCase

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
NBSP = "\N{NO-BREAK SPACE}"  # TensorBoard makes a column narrower than its words otherwise


def verdict(result: CaseResult, not_drawn: Sequence[str] = ()) -> str:
    """The outcome, where to look, every quantity, what was stated in advance, what is not drawn."""
    parts = [f"**{result.outcome.value}** {result.id}, seed {result.seed}", result.case.about]
    first = result.verdict.first
    if first:
        parts += [f"First at `{first.name}`: {first_figures(result)}", ruling(result)]
    parts += [f"Run it again: `{result.reproduce}`", _quantities(result)]
    parts += ["**Known in advance**", _listed(known(result))]
    parts += ["**Not drawn**", _listed(not_drawn)] if not_drawn else []
    return "\n\n".join(part for part in parts if part)


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


def _quantities(result: CaseResult) -> str:
    lines = ["quantity | outcome | times | largest error/limit", "---|---|---|---"]
    for row in quantities(result.verdict.comparisons):
        ratio = f"{row['worst_ratio']:.2g}"
        lines.append(f"`{row['name']}` | {row['outcome']} | {row['compared']} | {ratio}")
    return "\n".join(lines)


def known(result: CaseResult) -> list[str]:
    """What the case states in advance, with the reasons, and where both sides diverge."""
    lines = [
        f"`{name}`: {k.what}, {k.reason}" for name, k in result.case.known_in(result.dtype).items()
    ]
    for name, looser in result.case.looser.items():
        lines.append(f"`{name}`: limit x{looser.factor:g}, {looser.reason}")
    if result.diverges_at is not None:
        lines.append(f"the loss grows without bound, on both sides, from step {result.diverges_at}")
    elif why := divergence(result):
        lines.append(f"diverges on one side: {why}")
    return lines


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- nothing"


def formulae(trained: TrainingCase) -> str:
    """Each name with its formula and its shape, in order of computation."""
    case = trained.result.case
    shapes = _shapes(trained)
    lines = ["name | formula | shape", "---|---|---"]
    for name, rule in case.program.specify(trained.arrays).rules.items():
        if name in shapes:
            lines.append(f"`{name}` | `{rule.text.removeprefix(f'{name} = ')}` | {shapes[name]}")
    sizes = ", ".join(f"{k} = {v}" for k, v in case.sizes.items())
    parts = [f"**{case.name}**: {case.about}", f"`{case.formula}`", sizes, "\n".join(lines)]
    return "\n\n".join(part for part in parts if part and part != "``")


def _shapes(trained: TrainingCase) -> Mapping[str, str]:
    shapes: dict[str, Any] = {}
    for snapshot in trained.result.snapshots:
        shapes |= {name: values.shape for name, values in snapshot.reference.items()}
    return {name: " x ".join(map(str, shape)) or "a number" for name, shape in shapes.items()}


def table(result: RunResult, worst_first: Sequence[CaseResult]) -> str:
    """Every case in a row: verdict, largest error per limit, first difference; then the reasons."""
    lines = ["| verdict | case | error / limit | first at |", "|---|---|---|---|"]
    reasons = []
    for judged in worst_first:
        first = judged.verdict.first
        # one long cell would break the words of all the others: what is long stands below
        why = f"{first.name}: {first_figures(judged)}" if first else judged.skipped
        reasons += [f"`{judged.id}` {judged.outcome.value}: {why}"] if why else []
        cells = (judged.outcome.value, judged.id, f"{largest_ratio(judged):.2g}")
        place = f"`{first.name}`" if first else ""
        lines.append(f"| {' | '.join(cell.replace(' ', NBSP) for cell in cells)} | {place} |")
    missing = result.selected - len(result.results)
    parts = ["\n".join(lines), _listed(reasons) if reasons else ""]
    parts += [f"{missing} cases were not run."] if missing else []
    return "\n\n".join(part for part in parts if part)


def largest_ratio(result: CaseResult) -> float:
    """The largest error per limit of what is not known to differ."""
    return max((c.ratio for c in result.verdict.comparisons if not c.known), default=0.0)


def ordered(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Worst first: what fails, and then the larger error per limit."""
    return sorted(results, key=lambda r: (r.fails, largest_ratio(r)), reverse=True)
