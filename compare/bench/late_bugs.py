"""Bugs of a training loop that begin at a step of their own; until then it is right."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.bench.mutants import Mutation, mutated
from compare.core.implementation import Implementation

Arrays = dict[str, np.ndarray]
Update = Callable[[Arrays, Arrays], None]


def _halved_rate(update: Any, params: Arrays, grads: Arrays) -> None:
    optimizer = update.__self__
    optimizer.lr /= 2
    update(params, grads)
    optimizer.lr *= 2


def _weight_decay(update: Update, params: Arrays, grads: Arrays) -> None:
    update(params, {name: g + 0.001 * params[name] for name, g in grads.items()})


def _clipped(update: Update, params: Arrays, grads: Arrays) -> None:
    # at half the largest, so that it changes every step
    half = {name: np.abs(g).max() / 2 for name, g in grads.items()}
    update(params, {name: np.clip(g, -half[name], half[name]) for name, g in grads.items()})


def _frozen_layer(update: Update, params: Arrays, grads: Arrays) -> None:
    last = max(name for name in params if name.startswith("W"))
    update(params, {name: g for name, g in grads.items() if name != last})


def _accumulated(update: Any, params: Arrays, grads: Arrays) -> None:
    optimizer = update.__self__
    before = getattr(optimizer, "accumulated", {name: 0.0 * g for name, g in grads.items()})
    optimizer.accumulated = {name: g + before[name] for name, g in grads.items()}
    update(params, {name: 2 * g + before[name] for name, g in grads.items()})


def _twice(update: Update, params: Arrays, grads: Arrays) -> None:
    update(params, grads)
    update(params, grads)


def _forgotten_state(update: Any, params: Arrays, grads: Arrays) -> None:
    for values in update.__self__.state.values():
        values.update({k: np.zeros_like(v) for k, v in values.items()})
    update(params, grads)


def _without_correction(update: Any, params: Arrays, grads: Arrays) -> None:
    before = {name: p.copy() for name, p in params.items()}
    update(params, grads)  # the state moves as it should; only the step is another
    adam = update.__self__
    for name, state in adam.state.items():
        step = adam.lr * state["m"] / (np.sqrt(state["v"]) + adam.eps)
        params[name][...] = before[name] - step


def _epsilon_inside(update: Any, params: Arrays, grads: Arrays) -> None:
    before = {name: p.copy() for name, p in params.items()}
    update(params, grads)
    rms = update.__self__
    for name, state in rms.state.items():
        params[name][...] = before[name] - rms.lr * grads[name] / np.sqrt(state["h"] + rms.eps)


def _in_float32(update: Update, params: Arrays, grads: Arrays) -> None:
    update(params, {name: g.astype(np.float32).astype(g.dtype) for name, g in grads.items()})


def _one_element(update: Update, params: Arrays, grads: Arrays) -> None:
    update(params, grads)
    # a thousandth of the largest weight: far above rounding, far below what a curve shows
    params["W1"].flat[0] += 0.001 * np.abs(params["W1"]).max()


def _rolled_targets(x: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x, np.roll(d, 1, axis=0)


def _noisy_inputs(x: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x * x.dtype.type(1.001), d


def _short_averaged_over_full(update: Any, params: Arrays, grads: Arrays) -> None:
    short, full = update.__self__.batch_sizes
    update(params, {name: g * (short / full) for name, g in grads.items()})


@dataclass(frozen=True)
class LateBug:
    """What goes wrong from a step on: of an update, or of the data.

    ``rules`` where it shows in some only · ``dtypes`` likewise · ``short``: at short batches only.
    """

    what: str
    update: Callable[..., None] | None = None
    data: Callable[..., tuple[np.ndarray, np.ndarray]] | None = None
    rules: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ("float64", "float32")
    short: bool = False


_WITH_MEMORY = ("Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")

LATE_BUGS = (
    LateBug("the learning rate is halved", _halved_rate),
    LateBug("weight decay", _weight_decay),
    LateBug("gradients are clipped", _clipped),
    LateBug("a layer is frozen", _frozen_layer),
    LateBug("gradients are accumulated", _accumulated),
    LateBug("every update is made twice", _twice),
    LateBug("the state is forgotten", _forgotten_state, rules=_WITH_MEMORY),
    LateBug("no bias correction", _without_correction, rules=("Adam",)),
    LateBug("epsilon inside the root", _epsilon_inside, rules=("RMSprop",), dtypes=("float64",)),
    LateBug("float32 inside", _in_float32, dtypes=("float64",)),
    LateBug("one weight is off", _one_element),
    LateBug("targets of other samples", data=_rolled_targets),
    LateBug("inputs are scaled by 1.001", data=_noisy_inputs),
    LateBug("a short batch is averaged over a full one", _short_averaged_over_full, short=True),
)


def late(bug: LateBug, step: int, package: str = "bench_late") -> Implementation:
    """The scratch side with a bug in its loop from that step on."""
    # a copy of scratch whose loop can be replaced: the loop of the real one stays right
    side = mutated(package, Mutation("a loop of its own", "training.py", (), "network"))
    training: Any = importlib.import_module(f"{package}.training")
    training.train = partial(_train, bug, step, training.train_step)
    return side


def _train(
    bug: LateBug,
    begins: int,
    train_step: Callable[..., Any],
    network: Any,
    optimizer: Any,
    x: np.ndarray,
    d: np.ndarray,
    batches: Any,
    lrs: Iterable[float],
) -> Iterator[Any]:
    update = optimizer.update
    for t, (batch, lr) in enumerate(zip(batches, lrs, strict=True), start=1):
        wrong = t >= begins and (not bug.short or len(batch) < len(batches[0]))
        # both at every step: bugs that begin later must not find those of an earlier one
        optimizer.lr, optimizer.batch_sizes = lr, (len(batch), len(batches[0]))
        optimizer.update = partial(bug.update, update) if wrong and bug.update else update
        data = bug.data(x[batch], d[batch]) if wrong and bug.data else (x[batch], d[batch])
        yield train_step(network, optimizer, *data)
