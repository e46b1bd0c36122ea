"""What an update makes of gradients that are right: steps uphill, or by those of another array.

Of a step that is no multiple of its gradient little is known: an update may take it as it likes.
What it may not do shows without its formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from compare.sandbox.worker.steps.beside_steps.ascent import is_up_a_loss
from compare.sandbox.worker.steps.explained import multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.momentum import ACCUMULATES, explained_by_more
from compare.sandbox.worker.steps.observe import Look, gradient_factor

_NEAR = 1e-9  # of the largest, what the rounding of one product may lose


def of_its_update(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """What is said of a step, where the gradients that were kept are right.   Raises Late.

    None of one that may be right, and is not compared.
    """
    gradients = _gradients(look)
    found = _of_anothers(look, gradients) or _up(look, gradients, earlier)
    return found or _by_momentum(look, earlier)


def _by_momentum(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """The gradient and a part of the step before, at a rate of the script; or all of that step.

    At another rate it may fit by chance: of a step of few numbers.
    """
    held = look.by, look.rate, look.numbers, look.batches, look.slopes
    found = explained_by_more(look, earlier)
    # that of the loss, or of the gradients themselves, which may be means
    if found is not None and any(map(look.turn.knows, (look.rate, look.rate / held[1]))):
        look.kept = look.kept if found.cause == ACCUMULATES else ""
        return found
    look.by, look.rate, look.numbers, look.batches, look.slopes = held
    return None


def _gradients(look: Look) -> dict[str, np.ndarray]:
    return {group: look.arrays[key] for group, key in kept_as(look).items()}


def kept_as(look: Look) -> dict[str, str]:
    """Group of weights → where the array was kept that is its gradient."""
    slope = look.slopes[look.by]
    found: dict[str, str] = {}
    for key, row in look.gradients.items():
        if abs(gradient_factor(row, slope) - look.rate) <= 1e-6 * abs(look.rate):
            found.setdefault(key.split("/", 2)[2], key)
    return found


def _up(look: Look, gradients: Mapping[str, np.ndarray], earlier: Sequence[Look]) -> Finding | None:
    """Steps of which the first goes the way that its gradient points, up a usual loss.

    Every element of it: later on there may be a momentum of the steps before.
    """
    along = (_is_along(look.moved[n], g) for n, g in gradients.items())
    look.up = earlier[-1].up if earlier else bool(gradients) and all(along)
    if not look.up or not is_up_a_loss(look):
        return None
    place = look.turn.changed_by(*(g.leaves[0].path for g in look.weights[:1]))
    blanks = {"loss": look.numbers[look.by].name}
    return Finding("goes_up", blanks, look.step, -look.step, place)


def _is_along(move: np.ndarray, gradient: np.ndarray) -> bool:
    products = np.ravel(move) * np.ravel(gradient)
    return bool((products >= 0).all() and products.any())


def _of_anothers(look: Look, gradients: Mapping[str, np.ndarray]) -> Finding | None:
    """Weights that the gradient of others has moved, where the others go by their own."""
    slope = look.slopes[look.by]
    found = multiple(look.step, slope, look.size(slope), look.turn.knows)
    if found is None or found.whole:
        return None
    rate = found.factor / look.rate
    wrong = [n for n, g in gradients.items() if not _same(look.moved[n], rate * g)]
    right = [n for n in gradients if n not in wrong]
    of = {n: o for n in wrong for o, g in gradients.items()
          if o != n and _same(look.moved[n], rate * g)}  # fmt: skip
    if not right or not wrong or len(of) < len(wrong):
        return None
    place = look.turn.changed_by(*(g.leaves[0].path for g in look.weights if g.name in wrong))
    blanks = {"name": ", ".join(wrong), "other": ", ".join(of[n] for n in wrong)}
    return Finding(
        "moved_by_anothers", blanks, look.step, found.factor * slope.value, place
    )  # fmt: skip


def _same(move: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether they are, but for the rounding of a sum with the weights."""
    if move.shape != wanted.shape or not wanted.any():
        return False
    return bool((np.abs(move - wanted) <= _NEAR * max(np.abs(wanted).max(), 1.0)).all())
