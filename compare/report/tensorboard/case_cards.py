"""The cards of one training case, drawn wherever the case was judged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.text import Text
from torch.utils.tensorboard import summary as protos

from compare.core.case import Case
from compare.engine.result import CaseResult
from compare.judge.training.curves import Curve
from compare.judge.training.trajectory import FORCED, FREE, WIDTH
from compare.language.choice import told
from compare.report.tensorboard import figures, hparams, text_cards
from compare.report.tensorboard.events import Events
from compare.report.tensorboard.pictures import OF_A_DIFFERENCE, PICTURES, Draw
from compare.report.tensorboard.serving.link import OVER_LIMIT, SCRATCH, run_called
from compare.report.tensorboard.trainings.histograms import histograms, precision_recall
from compare.report.tensorboard.trainings.training_case import NotDrawn, TrainingCase, scene

# One more run is one more entry: it gets a file, a colour, and a place in every chart.
ERRORS = ("error", "tolerance")  # the columns of a curve


@dataclass(frozen=True)
class CaseCards:
    """The records of each run, and the case's row where its network can be made again."""

    records: Mapping[str, bytes]
    row: hparams.Row | None = None


def case_cards(result: CaseResult) -> CaseCards:
    """Curves, figures, histograms and texts of a training case; nothing of others.

    What shows a difference, where there is one; ``difference_cards`` shows it of any training.
    """
    if not result.case.training or result.skipped:
        return CaseCards({})
    events, tag, row = Events(), case_tag(result.case.name, result.dtype), None
    add_curves(events, tag, result.curves, result.errors, mine=mine_of(result.case))
    if result.fails:
        _figures_of_curves(events, tag, result)
    try:
        shown = scene(result)
    except NotDrawn as why:
        not_drawn = [str(why)]
    else:
        drawn = {**PICTURES, **OF_A_DIFFERENCE} if result.fails else PICTURES
        not_drawn = _pictures(events, tag, shown, drawn)
        _values(events, tag, shown)
        events.text("summary", f"{tag}/formulae", text_cards.formulae(shown))
        row = hparams.row(shown)
    events.text("summary", f"{tag}/verdict", text_cards.verdict(result, not_drawn))
    return CaseCards(events.by_run, row)


def difference_cards(result: CaseResult) -> Mapping[str, bytes]:
    """What ``case_cards`` draws of a training that fails alone; the records of each run."""
    events, tag = Events(), case_tag(result.case.name, result.dtype)
    _figures_of_curves(events, tag, result)
    with suppress(NotDrawn):  # where no step shows gradients on both sides
        _pictures(events, tag, scene(result), OF_A_DIFFERENCE)
    return events.by_run


def mine_of(case: Case) -> str:
    """The run of the side under test: scratch, or what somebody's file is called."""
    return run_called(case.sides[0].name) if case.sides else SCRATCH


def case_tag(case: str, dtype: str) -> str:
    """The group under which a case's cards stand: ``mlp.digits.float64``."""
    return f"{case}.{dtype}"


def _card(name: str) -> str:
    return name.replace("/", "_")  # the first slash of a tag ends its group of cards


def add_curves(
    events: Events,
    tag: str,
    values: Mapping[str, Curve],
    errors: Mapping[str, Curve],
    largest: float = 0.0,
    mine: str = SCRATCH,
) -> float:
    """Values of both sides, and errors beside their limits, as scalars.

    ``mine``: the run of the side under test · ``largest`` error over its limit before these steps;
    returned is that after them.
    """
    events.curves(
        (mine, "torch"), ((f"{tag}/{_card(name)}", curve) for name, curve in values.items())
    )
    # as logarithms: TensorBoard keeps float32, in which 1e-300 is 0, and its logarithmic
    # axis fails below about 0.1
    logs = {
        kind: [(t, *map(figures.log10, values)) for t, *values in curve]
        for kind, curve in errors.items()
    }
    events.curves(ERRORS, ((f"{tag}/error_log10/{kind}", curve) for kind, curve in logs.items()))
    # one line, and not two that cross: below 1 is what rounding explains
    ratios = figures.so_far(figures.over_limit(errors), largest)
    events.curves(("error",), [(f"{tag}/{OVER_LIMIT}", ratios)])
    if FREE in errors:
        widths = [(t, figures.log10(limit / WIDTH)) for t, _, limit in errors[FREE]]
        events.curves(("cone",), [(f"{tag}/error_log10/{FREE}", widths)])
    return ratios[-1][1] if ratios else largest


def _figures_of_curves(events: Events, tag: str, result: CaseResult) -> None:
    for name, curve in result.curves.items():
        if name in ("loss", "test/accuracy"):
            drawn = figures.overlay(f"{name}, {result.dtype}", curve, mine_of(result.case))
            _add(events, f"{tag}/figures/{_card(name)}", drawn)
    steps = {kind: curve for kind, curve in result.errors.items() if kind not in (FREE, FORCED)}
    drawn = figures.error(f"error over limit, {result.dtype}", steps)
    _add(events, f"{tag}/figures/error", drawn)
    if FREE in result.errors:
        drawn = figures.cone(f"runs, {result.dtype}", result.errors[FREE])
        _add(events, f"{tag}/figures/cone", drawn)


def _add(events: Events, tag: str, figure: Figure, step: int = 0) -> None:
    events.figure("summary", tag, figure, step)
    figures.give_back(figure)


def _name(figure: Figure, mine: str) -> None:
    """Call the side under test what it is called, in every text of a picture."""
    for text in figure.findobj(Text) if mine != SCRATCH else ():
        text.set_text(text.get_text().replace(SCRATCH, mine))


def _pictures(
    events: Events, tag: str, shown: TrainingCase, pictures: Mapping[str, Draw]
) -> list[str]:
    """Draw what can be drawn; say of the rest why it cannot."""
    not_drawn = []
    for name, draw in pictures.items():
        try:  # each for itself: one that lacks its numbers does not cost the others
            for step, figure in draw(shown):
                _name(figure, mine_of(shown.result.case))
                _add(events, f"{tag}/figures/{name}", figure, step)
        except NotDrawn as why:
            not_drawn.append(f"`{name}`: {told(str(why))}")
    return not_drawn


def _values(events: Events, tag: str, shown: TrainingCase) -> None:
    # raw: TensorBoard's other form would divide the values into bins of its own once more
    for run, name, step, histogram in histograms(shown):
        run = mine_of(shown.result.case) if run == SCRATCH else run
        events.summary(run, protos.histogram_raw(f"{tag}/hist/{name}", **histogram), step)
    for run, step, d, y in precision_recall(shown):
        run = mine_of(shown.result.case) if run == SCRATCH else run
        events.summary(run, protos.pr_curve(f"{tag}/precision_recall", d, y), step)
