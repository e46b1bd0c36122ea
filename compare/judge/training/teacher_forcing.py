"""A second run of the side under test that starts every step from the state of torch's run.

So an error that a step makes is told from one that it inherited, and a bug of the loop around the
steps (a schedule, a counter, a batch) shows as well, which one isolated step would not.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np

from compare.cases.programs import params_of
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.core.recipe import Recipe
from compare.core.trace import state_of


class TeacherForcing:
    """The training loop of a side, one step at a time, on the problem's batches."""

    def __init__(self, side: Implementation, recipe: Recipe, problem: Problem) -> None:
        self.side, self.recipe, self.problem = side, recipe, problem
        self._begin(0, {})

    def _begin(self, done: int, left: Mapping[str, np.ndarray]) -> None:
        given = {name: self.side.given(values) for name, values in self.problem.arrays.items()}
        shown = {name: self.side.given(value) for name, value in left.items()}
        self.network, self.optimizer, self.steps = self.recipe.loop(
            self.side, params_of(given), given, done, shown
        )
        self._left: Mapping[str, np.ndarray] = left

    def step(self, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the side makes of its next step from this state: param/W1, state/W1/exp_avg ...

        What it warns of, its own run has said already.
        """
        for name, value in state.items():
            kind, parameter, *key = name.split("/")
            if kind == "param":
                self.network.params[parameter][...] = self.side.given(value)
            else:
                self._remember(parameter, key[0], value)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            trace = next(self.steps)
        shown = {name: self.side.to_numpy(value) for name, value in trace.items()}
        self._left = state_of(shown)
        return shown

    def state(self) -> dict[str, np.ndarray]:
        """The parameters and the optimizer's state that its last step left."""
        return dict(self._left)

    def restore(self, step: int, state: Mapping[str, np.ndarray]) -> None:
        """Go on after that step, as if it had made all of them."""
        self._begin(step, state)

    def _remember(self, name: str, key: str, value: np.ndarray) -> None:
        plain = int(value) if key == "step" else self.side.given(value)
        self.optimizer.state[name][key] = plain
