"""A TrainingCase: a finished training run with its arrays again, and both networks to draw from."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.closeness import is_float
from compare.core.implementation import Implementation, numpy_side, torch_side
from compare.core.problem import build
from compare.core.recipe import Recipe
from compare.core.training_record import set_parameter
from compare.engine.result import CaseResult
from compare.judge.training.curves import Snapshot
from compare.language.message import message
from compare.system.errors import line_of

Params = Mapping[str, np.ndarray]


class NotDrawn(Exception):
    """A picture that this run has no numbers for; the message says why."""


@dataclass(frozen=True)
class TrainingCase:
    """Arrays and snapshots of a training run; what is drawn is computed from them in float64."""

    result: CaseResult
    arrays: Mapping[str, Any]

    @property
    def settings(self) -> Mapping[str, Any]:
        """hidden, output, loss, rule, lr ... of the run."""
        recipe = self.recipe
        network = {"hidden": recipe.hidden, "output": recipe.output, "loss": recipe.loss}
        descent = {"rule": recipe.rule, "lr": recipe.lr, "schedule": recipe.schedule[0]}
        return {**network, **descent, **recipe.settings}

    @property
    def recipe(self) -> Recipe:
        """How the run was made.   Raises NotDrawn where its program does not say."""
        if self.result.case.program.recipe is None:
            raise NotDrawn(message("its program is no training run of a network"))
        return self.result.case.program.recipe

    @property
    def is_classifier(self) -> bool:
        """Whether the output is a probability."""
        return self.settings["output"] in ("softmax", "sigmoid")

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """Those in which both sides have every parameter, in its shape, and finite."""
        return tuple(
            snapshot
            for snapshot in self.result.snapshots
            if all(
                _has_all(params(trace), self.start) for trace in (snapshot.mine, snapshot.reference)
            )
        )

    @property
    def start(self) -> Params:
        """W1 b1 W2 ... before the first step."""
        return {n: a for n, a in self.arrays.items() if n[0] in "Wb" and n[1:].isdigit()}

    @property
    def sides(self) -> dict[str, Implementation]:
        """Both sides under the names of what is drawn of them, torch first."""
        own = self.result.case.sides
        return {"torch": torch_side(), "scratch": own[0] if own else numpy_side()}

    def last(self) -> Snapshot:
        """The last snapshot that can be drawn.   Raises NotDrawn where there is none."""
        if not self.snapshots:
            raise NotDrawn(
                message("no step leaves every parameter finite, and in its shape, on both sides")
            )
        return self.snapshots[-1]

    def predict(self, side: Implementation, params: Params, x: np.ndarray) -> np.ndarray:
        """That side's y (N, K) of x (N, I).   Raises NotDrawn where its code fails."""
        y = _guarded(side, lambda: self.network(side, params).predict(_copy_for(side, x)))
        # the last bias: one number an output
        outputs = list(self.start.values())[-1].size
        if y.shape != (len(x), outputs):
            raise NotDrawn(
                message(
                    "{name} makes {shape} of it, not {value}",
                    name=side.name,
                    shape=y.shape,
                    value=(len(x), outputs),
                )
            )
        return y

    def losses(
        self, side: Implementation, rows: Iterable[Params], x: np.ndarray, d: np.ndarray
    ) -> np.ndarray:
        """That side's loss on (x, d) for each set of parameters.   → (R,)."""
        x, d = _copy_for(side, x), _copy_for(side, d)

        def losses() -> list[float]:
            network = self.network(side, self.start)  # one: to make it takes longer than a pass
            return [loss(network, params) for params in rows]

        def loss(network: Any, params: Params) -> float:
            for name, p in params.items():
                set_parameter(side, network, name, _copy_for(side, p))
            network.predict(x)
            return float(side.to_numpy(network.loss(d)))

        return _guarded(side, losses)

    def network(self, side: Implementation, params: Params) -> Any:
        """That side's network with these parameters, made as the run made it."""
        return self.recipe.network(side, {n: _copy_for(side, p) for n, p in params.items()})


def scene(result: CaseResult) -> TrainingCase:
    """The scene of a training run, its arrays built again.   Raises NotDrawn where they cannot."""
    try:
        problem = build(result.case, result.dtype, result.seed)
    except Exception as error:  # as in ``run_case``: scratch draws the weights
        raise NotDrawn(
            message("the arrays cannot be built: {error}", error=line_of(error))
        ) from error
    return TrainingCase(result, {name: _wide(values) for name, values in problem.arrays.items()})


def of(snapshot: Snapshot, run: str) -> Mapping[str, np.ndarray]:
    """What the side of that run computed."""
    return snapshot.reference if run == "torch" else snapshot.mine


def params(trace: Mapping[str, Any]) -> Params:
    """W1 b1 W2 ... of a trace, in float64."""
    return {n.removeprefix("param/"): _wide(a) for n, a in trace.items() if n.startswith("param/")}


def few(n: int, at_most: int) -> np.ndarray:
    """At most so many of n indices, evenly spaced."""
    # unique: rounding may hit an index twice; evenly spaced, since data is often sorted by class
    return np.unique(np.linspace(0, n - 1, min(n, at_most)).round().astype(int))


def _wide(values: Any) -> Any:
    # index arrays of batches and classes stay whole numbers
    if isinstance(values, tuple) or not is_float(np.asarray(values).dtype):
        return values
    return np.asarray(values).astype(np.float64)


def _has_all(values: Params, start: Params) -> bool:
    return all(
        n in values and values[n].shape == p.shape and np.isfinite(values[n]).all()
        for n, p in start.items()
    )


def _copy_for(side: Implementation, array: np.ndarray) -> Any:
    return side.from_numpy(np.array(array))  # a copy: torch warns of what is read-only


def _guarded(side: Implementation, compute: Any) -> np.ndarray:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a judged run; the verdict has them
            output = compute()
            return np.array(output) if isinstance(output, list) else side.to_numpy(output)
    except Exception as error:  # it is the learner's code
        raise NotDrawn(
            message("{name} raises on it: {error}", name=side.name, error=line_of(error))
        ) from error
