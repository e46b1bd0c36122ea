"""The turns of a training, one after the other: what each did to the weights, and should have done.

A turn is right where it moves all weights by one multiple of the derivative of a number that the
script itself computes, or hands such gradients on. Where it is not, what would make it so is looked
for: only what is found so is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.explained import Slope, multiple
from compare.sandbox.worker.steps.outputs import (
    losses_of_arguments,
    losses_of_numbers,
    losses_of_outputs,
    losses_of_predictions,
)
from compare.sandbox.worker.steps.samples import Batch, Mismatch, beside, mismatch
from compare.sandbox.worker.steps.turn import (
    Group,
    Late,
    Number,
    Seen,
    Turn,
    computed_in,
    derivatives,
    evaluated,
    grouped,
    moved_by,
)

_MOST_WEIGHTS, _MOST_KEPT = 16, 128


@dataclass
class Look:
    """What was seen of one turn, and what explains it.

    ``step`` and ``gradients``: along every entry · ``by``: the number whose derivative it is ·
    ``kept``: whether the gradients that were kept are that, and not the step itself · ``given``:
    what its targets, or parameters, stand for · ``idle``: whether that does not matter to it ·
    ``counts``: numbers of the script that have no slope along the weights · ``up``: whether the
    first step went along the gradients that were kept · ``edits``: of its text, of which each makes
    it right · ``more``: what gave the number that explains it, where that was looked for last.
    """

    turn: Turn
    before: Mapping[str, Any]
    seen: Seen
    weights: list[Group]
    along: list[tuple[int, np.ndarray]]
    step: np.ndarray
    numbers: list[Number]
    slopes: list[Slope]
    batches: list[Batch | None]
    moved: dict[str, np.ndarray]
    arrays: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    by: int = -1
    rate: float = 0.0
    kept: str = ""
    mismatch: Mismatch | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    idle: bool = False
    counts: list[Number] = field(default_factory=list)
    up: bool = False
    left_alone: dict[str, float] = field(default_factory=dict)
    edits: list[Any] = field(default_factory=list)
    more: Callable[[Look], bool] | None = None

    @property
    def explained(self) -> bool:
        """Whether the turn is a step along the derivative of a number."""
        return self.by >= 0

    def size(self, slope: Slope) -> int:
        """How many numbers the weights are on which a number depends."""
        return sum(np.size(self.weights[g].value) for g in np.unique(slope.group[slope.weights]))


def look_at(turn: Turn, originals: Mapping[str, Any]) -> Look | None:
    """What a turn does; None where it moves nothing on which a number depends.   Raises Late."""
    start, before = turn.numbers(), turn.values()
    seen = Seen()
    turn.run(watched=seen)
    after = turn.values()
    numbers = computed_in(turn, before, ())
    wrong = mismatch(originals, turn, seen)
    gradients = _kept_arrays(turn, before, after, seen)
    turn.set_back()
    moved = [
        start[p] for p in moved_by(before, after) if start[p].chain[-1][0] or np.ndim(before[p])
    ]
    weights = _read_before_written(turn, grouped(moved), after)
    if not weights:
        return None
    told = list(beside(turn, seen, weights))
    numbers = [*numbers, *(n for n, _ in told)]
    batches: list[Batch | None] = [*(None for _ in numbers[len(told) :]), *(b for _, b in told)]
    turn.set_back()
    along = _directions(weights, before, after)
    slopes = slopes_of(turn, numbers, weights, along)
    useful = [i for i, s in enumerate(slopes) if s.weights.any()]
    turn.set_back()
    moves = {g.name: _at(after, g) - g.value for g in weights}
    rows, arrays = _gradients(gradients, weights, along)
    step = along_all(along, [moves[g.name] for g in weights])
    return Look(
        turn, before, seen, weights, along, step, [numbers[i] for i in useful],
        [slopes[i] for i in useful], [batches[i] for i in useful], moves, arrays, rows,
        mismatch=wrong, given={n: turn.names[n] for n in turn.loop.targets if n in turn.names},
        counts=[n for n, s in zip(numbers, slopes, strict=True)
                if n.alone and not s.weights.any()],
    )  # fmt: skip


def with_outputs(look: Look, given: bool = False, kept: bool = False) -> bool:
    """Whether there are usual losses of its outputs, or of what functions give, to look at."""
    numbers = losses_of_outputs(look.turn, look.before, look.seen, look.weights, given, kept)
    return added(look, [(n, None) for n in numbers])


def with_numbers(look: Look) -> bool:
    """Whether there are usual losses of single numbers that it makes to look at as well."""
    return added(look, [(n, None) for n in losses_of_numbers(look.turn, look.seen)])


def with_predictions(look: Look) -> bool:
    """Whether there are usual losses of what its functions give of its samples to look at."""
    found = losses_of_predictions(look.turn, look.seen, look.turn.loop.trainers)
    return added(look, [(n, None) for n in found])


def with_arguments(look: Look) -> bool:
    """Whether there are numbers that its functions give of what others are handed."""
    found = losses_of_arguments(look.turn, look.seen, look.turn.loop.trainers)
    return added(look, [(n, None) for n in found])


def with_script(look: Look) -> bool:
    """Whether there are numbers that the script computes elsewhere to look at as well."""
    if not look.turn.loop.scope:
        return False
    return added(look, [*beside(look.turn, look.seen, look.weights, of_script=True)])


def added(look: Look, numbers: Sequence[tuple[Number, Batch | None]]) -> bool:
    """Whether some of these numbers depend on the weights, and so are looked at as well."""
    slopes = slopes_of(look.turn, [n for n, _ in numbers], look.weights, look.along)
    more = [(*n, s) for n, s in zip(numbers, slopes, strict=True) if s.weights.any()]
    look.numbers += [n for n, _, _ in more]
    look.batches += [b for _, b, _ in more]
    look.slopes += [s for _, _, s in more]
    look.turn.set_back()
    return bool(more)


def again(look: Look, run: Callable[[], None]) -> Look | None:
    """The same look after a turn that was run in another way; None where that cannot be."""
    turn, before = look.turn, look.turn.values()
    seen = Seen()
    try:
        run()
    except Late:
        raise
    except Exception:
        # of weights that have been moved before it does not matter what follows
        pass
    after = turn.values()
    if any(_at(after, g).shape != g.value.shape for g in look.weights):
        return None
    kept = _kept_arrays(turn, before, after, seen)
    moves = {g.name: _at(after, g) for g in look.weights}
    turn.set_back()
    moves = {g.name: moves[g.name] - g.value for g in look.weights}
    rows, arrays = _gradients(kept, look.weights, look.along)
    step = along_all(look.along, [moves[g.name] for g in look.weights])
    return replace(look, step=step, gradients=rows, arrays=arrays, moved=moves, by=-1, kept="")


def _at(values: Mapping[str, Any], group: Group) -> np.ndarray:
    parts = [np.ravel(values[leaf.path]) for leaf in group.leaves if leaf.path in values]
    return np.concatenate(parts) if parts else np.zeros(0)


def _read_before_written(
    turn: Turn, groups: Sequence[Group], after: Mapping[str, Any]
) -> list[Group]:
    """Those of which it makes a difference what they were: no cache of the last forward pass."""
    found: list[Group] = []
    rng = np.random.default_rng(0)
    for group in groups:
        if len(found) == _MOST_WEIGHTS or not np.isfinite(group.value).all():
            continue
        value = group.value
        other = value + 1e-3 * max(np.abs(value).max(), 0.1) * rng.standard_normal(value.shape)
        try:
            turn.run([(group, other)])
        except Late:
            raise
        except Exception:
            continue
        now = turn.values()
        changed = {
            p
            for p, v in after.items()
            if not (p in now and np.array_equal(v, now[p], equal_nan=True))
        }
        # a sum that only goes on from itself is none either
        if changed & group.paths and (value.size > 1 or changed - group.paths):
            found.append(group)
        turn.set_back()
    return found


def _directions(
    weights: Sequence[Group], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[int, np.ndarray]]:
    """Of each group one that is drawn, and the element that moved farthest."""
    rng = np.random.default_rng(1)
    found = []
    for i, group in enumerate(weights):
        moved = np.abs(_at(after, group) - _at(before, group))
        found.append((i, rng.standard_normal(moved.shape)))
        if moved.size > 1:
            single = np.zeros(moved.shape)
            single[int(np.argmax(moved))] = 1.0
            found.append((i, single))
    return found


def slopes_of(
    turn: Turn, numbers: Sequence[Number], weights: Sequence[Group],
    along: Sequence[tuple[int, np.ndarray]], at: Sequence[np.ndarray] = (),
) -> list[Slope]:  # fmt: skip
    """dE/dw of each number E along the given directions in the weights, with its error.

    ``at``: other weights than those that there are.
    """
    if not numbers:
        return []
    kept = list(zip(weights, at or [each.value for each in weights], strict=True))
    plain = evaluated(turn, numbers, kept)
    flat = {i for i in range(len(weights)) if _is_without_effect(turn, numbers, kept, i, plain)}
    turn.set_back()
    none = np.zeros((len(numbers), 2))
    rows = [none if i in flat else derivatives(turn, numbers, i, v, kept, plain) for i, v in along]
    table = np.stack(rows, axis=1)  # (number, entry, 2)
    group = np.array([i for i, _ in along])
    usable = np.where(np.isfinite(table).all(axis=2)[..., None], table, 0.0)
    # a number that goes on from what it was is no weight of itself
    own = [np.array([n.name in weights[i].paths for i in group]) for n in numbers]
    usable[np.stack(own)] = 0.0
    return [Slope(t[:, 0], t[:, 1], group, v) for t, v in zip(usable, plain, strict=True)]


def _is_without_effect(
    turn: Turn, numbers: Sequence[Number], kept: Sequence[tuple[Group, np.ndarray]], i: int,
    plain: np.ndarray,
) -> bool:  # fmt: skip
    """Whether all numbers are the same with other values of a group: gradients, a momentum."""
    group, value = kept[i]
    drawn = np.random.default_rng(2).standard_normal(value.shape)
    other = value + 1e-3 * max(np.abs(value).max(initial=0.0), 0.1) * drawn
    moved = evaluated(turn, numbers, [*kept[:i], (group, other), *kept[i + 1 :]])
    return bool(np.array_equal(moved, plain, equal_nan=True))


def along_all(along: Sequence[tuple[int, np.ndarray]], values: Sequence[np.ndarray]) -> np.ndarray:
    """values[i] . v for each direction (i, v); NaN where it has another shape."""
    return np.array([values[i] @ v if values[i].shape == v.shape else np.nan for i, v in along])


# ----- gradients that were kept, or handed on


def _kept_arrays(
    turn: Turn, before: Mapping[str, Any], after: Mapping[str, Any], seen: Seen
) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Where they came from → arrays that were made in a turn."""
    found: dict[str, list[tuple[str, np.ndarray]]] = {"kept": []}
    for leaf in grouped([x for x in turn.numbers().values() if x.path in after], _MOST_KEPT):
        paths = [x.path for x in leaf.leaves]
        fresh = [p for p in paths if p not in before or not np.array_equal(before[p], after[p])]
        if fresh:
            found["kept"].append((leaf.name, leaf.value))
    for function, result in seen.results:
        arrays = list(_arrays(result))
        if arrays:
            found[function] = found.get(function, [])[-64:] + arrays
    return found


def _is_of_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _arrays(value: Any) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        items = [("", value)]
    for name, each in list(items)[:64]:
        if isinstance(each, (float, np.floating)) or _is_of_floats(each):
            yield str(name), np.ravel(np.array(each, float))
        elif isinstance(each, (dict, list, tuple)) and each is not value:
            yield from ((f"{name}.{n}", array) for n, array in _arrays(each))


def _gradients(
    found: Mapping[str, Sequence[tuple[str, np.ndarray]]], weights: Sequence[Group],
    along: Sequence[tuple[int, np.ndarray]],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:  # fmt: skip
    """Along every entry, what arrays of the weights' sizes are, each in its order; and these."""
    made: dict[str, np.ndarray] = {}
    whole: dict[str, np.ndarray] = {}
    for source, arrays in found.items():
        for i, group in enumerate(weights):
            size = sum(np.size(leaf.value) for leaf in group.leaves)
            for name, array in arrays:
                if array.shape == (size,) and name != group.name:
                    row = np.full(len(along), np.nan)
                    for k, (at, v) in enumerate(along):
                        row[k] = array @ v if at == i else np.nan
                    made[f"{source}/{name}/{group.name}"] = row
                    whole[f"{source}/{name}/{group.name}"] = array
    return made, whole


def gradient_of(look: Look, slope: Slope) -> tuple[float, np.ndarray] | None:
    """What was kept of all weights that is one multiple of a derivative, and which."""
    candidates = sorted({gradient_factor(row, slope) for row in look.gradients.values()} - {0.0})
    for factor in sorted(candidates, key=lambda f: abs(abs(f) - 1)):
        whole = np.full(len(look.step), np.nan)
        wanted = factor * slope.value
        # beyond this it is no multiple by a factor that is nearly the same
        most = 1.001 * abs(factor) * (slope.tolerance + 2e-6 * np.abs(slope.value))
        for row in look.gradients.values():
            mine = np.isfinite(row)
            if (np.abs(row - wanted)[mine] > most[mine]).any():
                continue
            near = multiple(np.where(mine, row, wanted), slope, look.size(slope))
            if near and near.whole and abs(near.factor - factor) < 1e-6 * abs(factor):
                whole[mine] = row[mine]
        if np.isfinite(whole[slope.weights]).all():
            return factor, whole
    return None


def gradient_factor(row: np.ndarray, slope: Slope) -> float:
    """By which a row is a derivative, where it is; rounded, for the same of several."""
    mine = np.isfinite(row)
    part = Slope(slope.value[mine], slope.error[mine], np.zeros(mine.sum()))
    if mine.sum() == 1:  # any number is a multiple of one: only itself says something
        near = np.abs(row[mine] - part.value) <= part.tolerance
        return float(near.all() and part.value.all())
    found = multiple(row[mine], part, 2)
    return float(f"{found.factor:.7g}") if found and found.whole else 0.0


# ----- which number it is the derivative of


def order_of(look: Look, earlier: Sequence[Look]) -> list[int]:
    """The numbers that depend on most weights; first those that explained a turn before."""
    said = {e.numbers[e.by].name for e in earlier if e.explained}
    most = max((s.weights.sum() for s in look.slopes), default=0)
    order = [i for i, s in enumerate(look.slopes) if s.weights.sum() == most]
    return sorted(order, key=lambda i: look.numbers[i].name not in said)


def explain(look: Look, earlier: Sequence[Look]) -> None:
    """Whether the step, or what was kept, is the derivative of a number; of the same as before."""
    order = order_of(look, earlier)
    fits = [(i, multiple(look.step, look.slopes[i], look.size(look.slopes[i]))) for i in order]
    whole = [(i, found.factor) for i, found in fits if found is not None and found.whole]
    if whole:
        # an output alone is as good as its loss, but for the rate
        known = [(i, rate) for i, rate in whole if look.turn.knows(rate)]
        look.by, look.rate = (known or whole)[0]
        return
    for i, slope in enumerate(look.slopes):
        if i in order or not look.numbers[i].own or look.numbers[i].alone:
            continue
        # others move as well, and what is computed beside the turn depends on them: averages
        found = multiple(look.step, slope, look.size(slope))
        if found is not None and found.whole and look.turn.knows(found.factor):
            look.by, look.rate = i, found.factor
            return
    for i in order:
        if (kept := gradient_of(look, look.slopes[i])) is not None:
            look.by, look.rate, look.kept = i, kept[0], "kept"
            return
