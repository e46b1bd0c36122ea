"""A second run of the side under test that starts some steps from the state of torch's run.

So an error that a step makes is told from one that it inherited, and a bug of the loop around the
steps (a schedule, a counter, a batch) shows as well, which one isolated step would not.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.cases.programs import params_of
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.core.recipe import Recipe
from compare.core.trace import state_of
from compare.core.training_record import resume


class TeacherForcing:
    """The training loop of a side, one step at a time, on the problem's batches."""

    def __init__(self, side: Implementation, recipe: Recipe, problem: Problem) -> None:
        self.side, self.recipe, self.problem = side, recipe, problem
        self._begin(0, {})

    def _begin(self, steps_done: int, last_state: Mapping[str, np.ndarray]) -> None:
        arrays = {name: self.side.given(values) for name, values in self.problem.arrays.items()}
        own_state = {name: self.side.given(value) for name, value in last_state.items()}
        self.network, self.optimizer, self.steps = self.recipe.loop(
            self.side, params_of(arrays), arrays, steps_done, own_state
        )
        self._last: Mapping[str, Any] = own_state
        self._steps_done = steps_done

    def step(self, state: Mapping[str, np.ndarray], shown: bool = True) -> dict[str, np.ndarray]:
        """What the side makes of its next step from this state: param/W1, state/W1/exp_avg ...

        Not ``shown``: the step is taken from where the side stands, and nothing is copied. Its
        warnings are dropped: the free run of the same side reports them.
        """
        if shown:
            own_state = {name: self.side.given(value) for name, value in state.items()}
            resume(self.side, self.network, self.optimizer, own_state, self._steps_done)
        self._steps_done += 1
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            trace = next(self.steps)
        self._last = trace
        return {name: self.side.to_numpy(v) for name, v in trace.items()} if shown else {}

    def state(self) -> dict[str, np.ndarray]:
        """The parameters and the optimizer's state after its last step."""
        return {name: self.side.to_numpy(v) for name, v in state_of(self._last).items()}

    def restore(self, step: int, state: Mapping[str, np.ndarray]) -> None:
        """Go on after that step, as if it had made all of them."""
        self._begin(step, state)
