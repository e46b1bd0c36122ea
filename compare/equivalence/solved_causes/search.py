"""The cause of the first difference that the numbers of it alone do not tell: what is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from compare.core.case import Case
from compare.equivalence.solved_causes.along_axes import (
    factors_along,
    normalized_otherwise,
    two_factors,
)
from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_causes.clipping import clipped, other_clipping
from compare.equivalence.solved_causes.optimizers import met, other_optimizer
from compare.equivalence.solved_causes.quantities import held_by
from compare.equivalence.solved_causes.schedules import other_schedule
from compare.equivalence.solved_causes.simpler_inputs import agreement
from compare.equivalence.solved_causes.terms import other_terms
from compare.equivalence.solved_causes.thresholds import threshold
from compare.equivalence.tried_causes import MINE, REFERENCE, Tries
from compare.language.message import Message, message

Values = Mapping[str, np.ndarray]
GRADIENT = "grad/"


def searched(
    name: str,
    mine: np.ndarray,
    reference: np.ndarray,
    tries: Tries,
    case: Case,
    setting: Callable[[], Message | str],
) -> Message | str:
    """How yours is made of the reference's, by whatever explains every digit; or "".

    tries: of the pass forward · case: with its gradients · setting: another of the reference's
    module, which is looked for by itself.
    """
    search = _Search(name, mine, reference, tries, case)
    return next((cause for cause in search.causes(setting) if cause), "")


class _Search:
    def __init__(
        self, name: str, mine: np.ndarray, reference: np.ndarray, tries: Tries, case: Case
    ) -> None:
        self.name, self.mine, self.reference = name, mine, reference
        self.tries, self.given = tries, tries.problem.arrays
        # of a gradient, what another array makes of it needs the pass backward as well
        backward = name.startswith(GRADIENT) or mine.size == 1
        self.full = Tries(case, tries.problem) if backward else tries

    def causes(self, setting: Callable[[], Message | str]) -> Iterator[Message | str]:
        """In this order: a setting says more than the terms that it makes."""
        yield self._loop()
        yield setting()
        yield normalized_otherwise(self.mine, self.reference)
        yield self.tries.calls_of_the_reference(self.name, self.mine, self.reference)
        yield self.tries.casts(self.name, self.mine, self.reference)
        known = self._known()
        yield threshold(self.mine, self.reference, self.given, known, self._again)
        held = {**held_by(self.tries.case), **self.given}
        yield factors_along(self.mine, self.reference, held)
        yield other_terms(self.mine, self.reference, {**held, **known})
        yield self.tries.argument_of_yours(self.name)
        if self.mine.size == 1:
            yield from self._by_gradients(held)
        yield self.tries.calls_of_the_reference(self.name, self.mine, self.reference, of_one=True)
        yield two_factors(self.mine, self.reference, held)
        yield agreement(self.given, self._agree)

    def _loop(self) -> Message | str:
        """What a training loop of the reference has otherwise."""
        with met() as optimizers, clipped() as clippings:
            self.tries.computed(REFERENCE)
        if not (optimizers or clippings):
            return ""
        run, mine = partial(self.tries.computed, REFERENCE), self.tries.mine
        told = other_clipping(clippings, run, mine) if clippings else ""
        if told or not optimizers:
            return told
        return other_optimizer(optimizers, run, mine, self.name) or other_schedule(
            run, mine, self.name
        )

    def _known(self) -> dict[str, np.ndarray]:
        """What both have alike, of the pass forward and before the first difference."""
        mine, known = self.tries.mine, {}
        for name, value in self.tries.reference.items():
            if name == self.name:
                break
            if name in mine and same_numbers(mine[name], value):
                known[name] = value
        return known

    def _again(self, array: str, value: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        # what is watched is there before the end of a pass forward
        last = self.name if self.full is self.tries else ""
        both = (self.full.computed(side, {array: value}, last) for side in (MINE, REFERENCE))
        mine, reference = (values.get(self.name) for values in both)
        if mine is None or reference is None or mine.shape != reference.shape:
            return None
        return mine, reference

    def _agree(self, changed: Values) -> bool:
        mine, reference = (self.full.computed(side, changed) for side in (MINE, REFERENCE))
        return mine.keys() == reference.keys() and all(
            same_numbers(mine[n], reference[n]) for n in mine
        )

    def _by_gradients(self, held: Values) -> Iterator[Message | str]:
        """Of a single number: that of which it is a mean has a gradient for each element."""
        for name, reference in self.full.reference.items():
            mine = self.full.mine.get(name)
            if not name.startswith(GRADIENT) or mine is None or mine.shape != reference.shape:
                continue
            cause = factors_along(mine, reference, held) or two_factors(mine, reference, held)
            if cause:
                yield message("as {name} shows, {cause}", name=name, cause=cause)
