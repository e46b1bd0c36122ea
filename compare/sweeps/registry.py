"""The table of sweeps, and how one is found by name."""

from __future__ import annotations

import difflib

from compare.language.message import message
from compare.sweeps.initialization import INITIALIZATION
from compare.sweeps.learning_rate import LEARNING_RATE
from compare.sweeps.numerical_gradient import NUMERICAL_GRADIENT
from compare.sweeps.one_setting import ACTIVATION, BATCH_SIZE, HIDDEN_SIZE
from compare.sweeps.optimizers import OPTIMIZERS
from compare.sweeps.squared_error import SQUARED_ERROR
from compare.sweeps.sweep import Sweep
from compare.system.command_line import typed
from compare.system.errors import UsageError

SWEEPS: tuple[Sweep, ...] = (
    SQUARED_ERROR,
    LEARNING_RATE,
    INITIALIZATION,
    OPTIMIZERS,
    ACTIVATION,
    HIDDEN_SIZE,
    BATCH_SIZE,
    NUMERICAL_GRADIENT,
)


def find(name: str) -> Sweep:
    """The sweep of that name.   Raises UsageError, with the nearest names, where there is none."""
    by_name = {sweep.name: sweep for sweep in SWEEPS}
    if name in by_name:
        return by_name[name]
    # 0.4, below difflib's 0.6, so that "rate" finds "learning-rate"
    nearest = difflib.get_close_matches(name, by_name, n=3, cutoff=0.4)
    advice = message("see `{command}`", command=typed("sweep"))
    if nearest:
        advice = message("did you mean {names}?", names=", ".join(nearest))
    raise UsageError(message("unknown sweep {name}: {advice}", name=repr(name), advice=advice))
