"""Text cards in Markdown: the verdict of a case, and what each name is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compare.engine.result import CaseResult, RunResult
from compare.engine.result_rows import divergence, first_figures, quantities, ruling
from compare.language.choice import _, ngettext, told
from compare.report.tensorboard.trainings.training_case import TrainingCase

NBSP = "\N{NO-BREAK SPACE}"  # TensorBoard makes a column narrower than its words otherwise


def verdict(result: CaseResult, not_drawn: Sequence[str] = ()) -> str:
    """The outcome, where to look, every quantity, what was stated in advance, what is not drawn."""
    parts = [
        f"**{result.outcome.value}** {_('{case}, seed {seed}', case=result.id, seed=result.seed)}",
        told(result.case.about),
    ]
    first = result.verdict.first
    if first:
        at = _("First at `{name}`: {figures}", name=first.name, figures=first_figures(result))
        parts += [at, told(ruling(result))]
    again = _("Run it again: `{command}`", command=result.reproduce)
    parts += [again, _quantities(result)]
    parts += [f"**{_('Known in advance')}**", _listed(known(result))]
    parts += [f"**{_('Not drawn')}**", _listed(list(map(told, not_drawn)))] if not_drawn else []
    return "\n\n".join(part for part in parts if part)


def _quantities(result: CaseResult) -> str:
    lines = [_("quantity | outcome | times | largest error/limit"), "---|---|---|---"]
    for row in quantities(result.verdict.comparisons):
        ratio = f"{row['worst_ratio']:.2g}"
        lines.append(f"`{row['name']}` | {row['outcome']} | {row['compared']} | {ratio}")
    return "\n".join(lines)


def known(result: CaseResult) -> list[str]:
    """What the case states in advance, with the reasons, and where both sides diverge."""
    lines = [
        f"`{name}`: {k.what}, {told(k.reason)}"
        for name, k in result.case.known_in(result.dtype).items()
    ]
    for name, looser in result.case.looser.items():
        wider = _("limit x{factor:g}", factor=looser.factor)
        lines.append(f"`{name}`: {wider}, {told(looser.reason)}")
    if result.diverges_at is not None:
        lines.append(
            _(
                "the loss grows without bound, on both sides, from step {step}",
                step=result.diverges_at,
            )
        )
    elif why := divergence(result):
        lines.append(f"{_('diverges on one side')}: {told(why)}")
    return lines


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or f"- {_('nothing')}"


def formulae(trained: TrainingCase) -> str:
    """Each name with its formula and its shape, in order of computation."""
    case = trained.result.case
    shapes = _shapes(trained)
    lines = [_("name | formula | shape"), "---|---|---"]
    for name, rule in case.program.specify(trained.arrays).rules.items():
        if name in shapes:
            lines.append(f"`{name}` | `{rule.text.removeprefix(f'{name} = ')}` | {shapes[name]}")
    sizes = ", ".join(f"{k} = {v}" for k, v in case.sizes.items())
    parts = [f"**{case.name}**: {told(case.about)}", f"`{case.formula}`", sizes, "\n".join(lines)]
    return "\n\n".join(part for part in parts if part and part != "``")


def _shapes(trained: TrainingCase) -> Mapping[str, str]:
    shapes: dict[str, Any] = {}
    for snapshot in trained.result.snapshots:
        shapes |= {name: values.shape for name, values in snapshot.reference.items()}
    return {name: " x ".join(map(str, shape)) or _("a number") for name, shape in shapes.items()}


def table(result: RunResult, worst_first: Sequence[CaseResult]) -> str:
    """Every case in a row: verdict, largest error per limit, first difference; then the reasons."""
    lines = [_("| verdict | case | error / limit | first at |"), "|---|---|---|---|"]
    reasons = []
    for judged in worst_first:
        first = judged.verdict.first
        # one long cell would break the words of all the others: what is long stands below
        why = f"{first.name}: {told(first_figures(judged))}" if first else told(judged.skipped)
        reasons += [f"`{judged.id}` {judged.outcome.value}: {why}"] if why else []
        cells = (judged.outcome.value, judged.id, f"{largest_ratio(judged):.2g}")
        place = f"`{first.name}`" if first else ""
        lines.append(f"| {' | '.join(cell.replace(' ', NBSP) for cell in cells)} | {place} |")
    missing = result.selected - len(result.results)
    parts = ["\n".join(lines), _listed(reasons) if reasons else ""]
    if missing:
        parts.append(ngettext("{n} case was not run.", "{n} cases were not run.", missing))
    return "\n\n".join(part for part in parts if part)


def largest_ratio(result: CaseResult) -> float:
    """The largest error per limit of what is not known to differ."""
    return max((c.ratio for c in result.verdict.comparisons if not c.known), default=0.0)


def ordered(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Worst first: what fails, and then the larger error per limit."""
    return sorted(results, key=lambda r: (r.fails, largest_ratio(r)), reverse=True)
