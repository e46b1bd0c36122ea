"""The pictures of a training case, by the name of their card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard import drawings, regression_fit
from compare.report.tensorboard.confusion import confusion
from compare.report.tensorboard.gradient_maps import gradient_errors
from compare.report.tensorboard.landscape import landscape
from compare.report.tensorboard.regions import regions, slice_of
from compare.report.tensorboard.training_case import NotDrawn, TrainingCase, few

SLIDES = 3  # of about ten snapshots: what the slider of an image card plays
FULL = "float64"

# (step, figure) of each image of one card; nothing where it does not apply.
Draw = Callable[[TrainingCase], Iterator[tuple[int, Figure]]]


def slides(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """SLIDES of the snapshots, with the first and the last."""
    return [snapshots[i] for i in few(len(snapshots), SLIDES)] if snapshots else []


def _only_in_full(scene: TrainingCase) -> None:
    """Raise NotDrawn where the same picture of the float64 run tells as much."""
    dtypes = scene.result.case.dtypes
    if scene.result.dtype != FULL and FULL in dtypes:
        raise NotDrawn(f"drawn of the {FULL} run only, whose picture is the same to the eye")


def _fit(scene: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if scene.is_classifier:
        return
    _only_in_full(scene)
    scene.last()
    for s in slides(scene.snapshots):
        if regression_fit.is_surface(scene):
            yield s.step, drawings.surface(s.step, regression_fit.surface(scene, s))
        else:
            yield s.step, drawings.scatter(s.step, regression_fit.scatter(scene, s))


def _regions(scene: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if not scene.is_classifier:
        return
    _only_in_full(scene)
    scene.last()
    cut = slice_of(scene)
    for s in slides(scene.snapshots):
        yield s.step, drawings.regions(s.step, regions(scene, cut, s))


def _path(scene: TrainingCase) -> Iterator[tuple[int, Figure]]:
    _only_in_full(scene)
    yield scene.last().step, drawings.path(landscape(scene))


def _gradient_error(scene: TrainingCase) -> Iterator[tuple[int, Figure]]:
    step, maps = gradient_errors(scene)
    yield step, drawings.gradient_errors(step, maps)


def _confusion(scene: TrainingCase) -> Iterator[tuple[int, Figure]]:
    if not scene.is_classifier:
        return
    _only_in_full(scene)
    found = confusion(scene)
    if found:
        yield found.step, drawings.confusion(found)


PICTURES: Mapping[str, Draw] = {
    "fit": _fit,
    "decision_regions": _regions,
    "path": _path,
    "gradient_error": _gradient_error,
    "confusion": _confusion,
}
