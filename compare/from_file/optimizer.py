"""The course's optimizers, carried out by an update rule of somebody's file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.optimizers.outcome import Step, stepping
from compare.core.case import NotTaken, Stopped
from compare.from_file.found_parts import Part
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

CALLED_HERE = {"alpha": "rho"}  # RMSprop's, as torch calls it


def settings_of(scratch: Any, lr: float | None = None, **settings: float) -> dict[str, float]:
    """The settings of a rule of the course, its defaults included, by the names of the check."""
    given = {} if lr is None else {"lr": lr}
    bound = inspect.signature(scratch).bind(**given, **settings)
    bound.apply_defaults()
    # a decay of theirs is turned off: no rule of the course has one
    named = {CALLED_HERE.get(n, n): float(v) for n, v in bound.arguments.items()}
    return {**named, "decay": 0.0}


class OwnOptimizer:
    """A rule of theirs with the course's settings, called as the course's Optimizer is.

    What it remembers stays in the file's own objects: ``state`` is empty.
    """

    def __init__(self, part: Part, scratch: Any, lr: float | None = None, **settings: float):
        self._settings = settings_of(scratch, lr, **settings)
        self.lr = self._settings["lr"]
        self.t = 0
        self.state: dict[str, Any] = {}
        self._part = part
        self._step: Step | None = None
        self._after: dict[str, np.ndarray] = {}

    def update(self, params: Mapping[str, np.ndarray], grads: Mapping[str, np.ndarray]) -> None:
        """One step, in place.   Raises Stopped."""
        names = self._names(params)
        tensors = {names[n]: np.copy(p) for n, p in params.items()}
        try:
            if self._step is None or not _alike(tensors, self._after):
                settings = {**self._settings, "lr": self.lr}
                self._step = stepping(self._part.style, self._part.subject, tensors, settings)
            gradients = {names[n]: np.copy(grads[n]) for n in params}
            after = self._step(self.t, self.lr, gradients)
        except Failed as failed:
            raise (NotTaken if failed.ending is Ending.REFUSED else Stopped)(failed.line) from None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            line = message("its results cannot be read so: {why}", why=str(error))
            raise NotTaken(line) from None
        self.t += 1
        for name, p in params.items():
            p[...] = after[names[name]]
        self._after = {names[n]: p.copy() for n, p in params.items()}

    def _names(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Their names in the file's terms: of one layer W and b are W1 and b1."""
        return {n: n if n[-1:].isdigit() else f"{n}1" for n in params}


def _alike(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[n], other[n], equal_nan=True) for n in one
    )
