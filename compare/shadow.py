"""A second run of the side under test that starts every step from the state of torch's run.

So an error that a step makes is told from one that it inherited, and a bug of the loop around the
steps (a schedule, a counter, a batch) shows as well, which one isolated step would not.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compare.case import Recipe
from compare.problem import Problem
from compare.programs import params_of
from compare.sides import Side


class Shadow:
    """The training loop of a side, one step at a time, on the problem's batches."""

    def __init__(self, side: Side, recipe: Recipe, problem: Problem) -> None:
        given = {name: side.given(values) for name, values in problem.arrays.items()}
        self.side = side
        self.network = recipe.network(side, params_of(given))
        self.optimizer = recipe.optimizer(side)
        lrs = recipe.learning_rates(side, len(given["batches"]))
        train = side.get("training.train")
        self.steps: Iterator[Mapping[str, Any]] = train(
            self.network, self.optimizer, given["x"], given["d"], given["batches"], lrs
        )

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
        return {name: self.side.to_numpy(value) for name, value in trace.items()}

    def _remember(self, name: str, key: str, value: np.ndarray) -> None:
        plain = int(value) if key == "step" else self.side.given(value)
        self.optimizer.state[name][key] = plain
