"""The pictures of a training case, by the name of their card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from compare.judge.training.curves import Snapshot
from compare.language.message import message
from compare.report.tensorboard import drawings
from compare.report.tensorboard.trainings import regression_fit
from compare.report.tensorboard.trainings.confusion import class_probabilities, confusion
from compare.report.tensorboard.trainings.gradient_maps import gradient_errors
from compare.report.tensorboard.trainings.landscape import landscape
from compare.report.tensorboard.trainings.regions import regions, slice_of
from compare.report.tensorboard.trainings.training_case import NotDrawn, TrainingCase, few

SLIDES = 3  # of about ten snapshots: what the slider of an image card plays
FULL = "float64"

# (step, figure) of each image of one card; nothing where it does not apply.
Draw = Callable[[TrainingCase], Iterator[tuple[int, Figure]]]


def slides(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """SLIDES of the snapshots, with the first and the last."""
    return [snapshots[i] for i in few(len(snapshots), SLIDES)] if snapshots else []


def _only_in_full(trained: TrainingCase) -> None:
    """Raise NotDrawn where the same picture of the float64 run tells as much."""
    if trained.result.dtype != FULL and FULL in trained.result.case.dtypes:
        raise NotDrawn(
            message(
                "drawn of the {dtype} run only, whose picture is the same to the eye", dtype=FULL
            )
        )


def _fit(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if trained.is_classifier:
        return
    _only_in_full(trained)
    trained.last()  # raises NotDrawn, with the reason, where the loop would draw nothing
    for snapshot in slides(trained.snapshots):
        if regression_fit.is_surface(trained):
            fit = drawings.surface(snapshot.step, regression_fit.surface(trained, snapshot))
        else:
            fit = drawings.scatter(snapshot.step, regression_fit.scatter(trained, snapshot))
        yield snapshot.step, fit


def _regions(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if not trained.is_classifier:
        return
    _only_in_full(trained)
    trained.last()
    cut = slice_of(trained)  # once: the same plane at every step, or the slider would jump
    for snapshot in slides(trained.snapshots):
        yield snapshot.step, drawings.regions(snapshot.step, regions(trained, cut, snapshot))


def _path(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    _only_in_full(trained)
    yield trained.last().step, drawings.path(landscape(trained))


def _gradient_error(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    step, maps = gradient_errors(trained)
    yield step, drawings.gradient_errors(step, maps)


def _confusion(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if not trained.is_classifier:
        return
    _only_in_full(trained)
    counts = confusion(trained)
    if counts:
        yield counts.step, drawings.confusion(counts)


def _class_probabilities(trained: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if not trained.result.case.classes:
        return
    _only_in_full(trained)
    trained.last()
    for snapshot in slides(trained.snapshots):
        shown = class_probabilities(trained, snapshot)
        yield snapshot.step, drawings.class_probabilities(snapshot.step, shown)


PICTURES: Mapping[str, Draw] = {
    "fit": _fit,
    "decision_regions": _regions,
    "path": _path,
    "confusion": _confusion,
    "class_probabilities": _class_probabilities,
}
OF_A_DIFFERENCE: Mapping[str, Draw] = {"gradient_error": _gradient_error}
