"""What a way back of a network gave on one probe, number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.network import Network, State
from compare.check.fitting.networks.own_gradient import Derivative, Fit, rate_of_penalty
from compare.check.naming import network_parameters as calls

GRAD, UPDATE = "grad", "update"
_EPS = float(np.finfo(np.float64).eps)

Place = tuple[str, tuple[int, ...]]  # a weight's path, and a place in it


@dataclass(frozen=True)
class Way:
    """A way back on one probe: what it gave for the numbers that were looked at, and these."""

    given: np.ndarray
    rounding: np.ndarray
    names: tuple[Place, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Measured:
    """The derivative on one probe, and what each way back gave there."""

    derivative: Derivative
    ways: Mapping[str, Way]


def way_of(
    prefix: str, result: Any, after: State, start: State, weights: State, names: Sequence[Place]
) -> Way | None:
    """What was given for each number that was looked at; of an update, what was taken off it."""
    gradients = gradients_in(result, after, weights) if prefix == GRAD else {}
    kept, given, rounding = [], [], []
    for path, place in names:
        if path in gradients:
            given.append(float(gradients[path][place]))
            rounding.append(0.0)
        elif prefix == UPDATE and path in after:
            old, new = (float(np.asarray(v[path])[place]) for v in (start, after))
            given.append(old - new)
            rounding.append(2 * _EPS * max(abs(old), abs(new)))
        else:
            continue
        kept.append((path, place))
    if not kept or (prefix == GRAD and len(kept) < len(names)):
        return None
    values = np.array([float(np.asarray(start[path])[place]) for path, place in kept])
    return Way(np.array(given), np.array(rounding), tuple(kept), values)


def told_a_rate(
    network: Network, measured: Sequence[Measured], fits: dict[str, Fit]
) -> dict[str, Fit]:
    """Without a step that has a penalty on all matrices, where the loss takes a rate for one.

    The loss is told none; the gradient of it is right.
    """
    loss, fit = network.usage.loss, fits.get(UPDATE)
    taken = {*calls.decays(network.parts[loss.name])} - {*loss.arguments} if loss else set()
    if not taken or fit is None or not (GRAD in fits and fits[GRAD].right.all()):
        return fits
    ways = [m.ways[UPDATE] for m in measured]
    off = np.concatenate([w.given for w in ways]) - fit.expected
    of = np.array([len(at) > 1 for w in ways for _, at in w.names])
    values = np.concatenate([w.values for w in ways])
    rate = rate_of_penalty(off[of], values[of], fit.error[of])
    return {GRAD: fits[GRAD]} if rate and fit.right[~of].all() else fits


def penalised(
    network: Network, measured: Sequence[Measured], fits: dict[str, Fit]
) -> dict[str, Fit]:
    """With one penalty on all matrices where no loss of its own says that there is none.

    What is off in all of them by one multiple of the weights is right of the loss that is meant.
    """
    if network.usage.loss is not None:
        return fits
    found = dict(fits)
    for prefix, fit in fits.items():
        ways = [m.ways[prefix] for m in measured]
        values = np.concatenate([w.values for w in ways])
        paths = np.array([path for w in ways for path, _ in w.names])
        of = np.isin(paths, list(dict.fromkeys(paths[~fit.right])))
        matrices = np.array([len(at) > 1 for w in ways for _, at in w.names])
        off = np.concatenate([w.given for w in ways]) - fit.expected
        rate = rate_of_penalty(off[of], values[of], fit.error[of])
        if rate * fit.factor > 0 and (of >= matrices).all():
            expected = fit.expected + np.where(of, rate * values, 0.0)
            found[prefix] = replace(fit, right=np.ones_like(fit.right), expected=expected)
    return found
