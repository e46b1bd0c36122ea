"""The one edit of a network's own functions with which its gradients are its derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from compare.check.calling.any_network.at_drawn_weights import measured_at
from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.measured import Known, fits_of
from compare.check.calling.any_network.network import Network, State, classes_inside
from compare.check.calling.any_network.ways import GRAD
from compare.check.fitting.networks.own_gradient import ROUGHLY
from compare.check.repairs.reach import methods_of, reached
from compare.check.repairs.repair import Repair
from compare.check.repairs.search import first_repair
from compare.check.repairs.suspects import suspects
from compare.sandbox.interface import Definition
from compare.sandbox.worker.edits.one_place import FEW

_MOST = 600  # edits
_STEP = 1e-4  # of a difference quotient
Draws = Sequence[Mapping[str, np.ndarray]]


def repair_of(known: Known, draws: Draws) -> Repair | None:
    """None where no single edit makes all that its ways back give right."""
    network = known.network
    if network is None or not known.fits:
        return None
    if known.of_nothing:
        ways = [m.ways[GRAD] for m in known.measured]
        paths = dict.fromkeys(path for way in ways for path, _ in way.names)
        now = partial(_is_derivative_now, network, draws, network.numbers(), [*paths])
        return first_repair(network.subject, _every_function(network), now, _MOST, FEW)
    right = partial(_is_right_now, known, network, draws)
    back, ahead = _functions(network)
    first = suspects(
        network.subject,
        back,
        partial(_given_now, known, network, draws[0]),
        np.concatenate([fit.right[known.part(p, 0)] for p, fit in known.fits.items()]),
    )
    found = first_repair(network.subject, back, right, _MOST, first=first)
    return found or first_repair(network.subject, ahead, right, _MOST)


def _functions(network: Network) -> tuple[list[str], list[str]]:
    """Those of its ways back, with what they call; and what its forward pass runs as well.

    Its forward pass itself and its loss are taken as they are.
    """
    inventory, usage = network.subject.inventory, network.usage
    back = [call.name for call in (*usage.backward, *usage.step)]
    ahead = [c.name for c in (usage.forward, usage.loss) if c and c.name not in back]
    but = (*ahead, "__init__")
    used = [network.subject.found.name, *network.subject.parts, *classes_inside(network)]
    classes: dict[str, Definition] = {
        d.name: d for d in inventory.found if d.kind == "class" and d.name in used
    }
    methods = [m for d in classes.values() for m in methods_of(inventory, d, but)]
    methods.sort(key=lambda m: _word(m) not in back)
    mine = reached(inventory, [*back, *(m for m in methods if _word(m) in back)], ahead)
    forward = [m for d in classes.values() for m in methods_of(inventory, d) if _word(m) in ahead]
    both = reached(inventory, [*ahead, *forward], back)
    names = [n for n in dict.fromkeys([*mine, *methods]) if _word(n) not in but]
    return [n for n in names if n not in both], [n for n in names if n in both]


def _every_function(network: Network) -> list[str]:
    """Those that go back first, and those of the forward pass and of the loss."""
    inventory, usage = network.subject.inventory, network.usage
    called = [c.name for c in (*usage.backward, usage.forward, usage.loss) if c]
    if network.subject.found.kind == "class":
        own = {_word(m): m for m in methods_of(inventory, network.subject.found)}
        called = [own[name] for name in called if name in own]
    return [n for n in reached(inventory, called) if _word(n) != "__init__"]


def _is_derivative_now(network: Network, draws: Draws, before: State, paths: Sequence[str]) -> bool:
    """Whether what its way back gives is the derivative of its own loss: first in one direction."""
    if not _follows_its_loss(network, before, paths):
        return False
    fits = fits_of([
        measured_at(replace(network, seed=draw + 1), arrays) for draw, arrays in enumerate(draws)
    ])  # fmt: skip
    fit = fits.get(GRAD)
    return fit is not None and not fit.numerical and bool(fit.right.all())


def _follows_its_loss(network: Network, before: State, paths: Sequence[str]) -> bool:
    """Whether its loss rises in a direction as what its way back gives says."""
    rng = np.random.default_rng(0)
    start, along = ({p: rng.standard_normal(np.shape(before[p])) for p in paths} for _ in range(2))
    start = {p: 0.5 * v for p, v in start.items()}
    network.put({**before, **start})
    given = gradients_in(*network.went_back(network.usage.backward), start)
    if {*given} != {*start}:
        return False
    losses = []
    for step in (_STEP, -_STEP):
        network.put({**before, **{p: v + step * along[p] for p, v in start.items()}})
        losses.append(network.outputs()[1] or 0.0)
    slope = (losses[0] - losses[1]) / (2 * _STEP)
    told = sum(float(np.sum(given[p] * along[p])) for p in paths)
    return slope != 0 and abs(slope - told) <= ROUGHLY * abs(slope)


def _given_now(known: Known, network: Network, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """What its ways back give on the first draw, in a row."""
    seeded = replace(network, seed=1)
    again = measured_at(seeded, arrays, known.measured[0].derivative)
    return np.concatenate([again.ways[prefix].given for prefix in known.fits])


def _word(name: str) -> str:
    """The method of ``Class.method``."""
    return name.rpartition(".")[2]


def _is_right_now(known: Known, network: Network, draws: Draws) -> bool:
    """First beside the derivatives that are known, then with all of it measured again."""
    for draw, arrays in enumerate(draws):
        seeded = replace(network, seed=draw + 1)
        again = measured_at(seeded, arrays, known.measured[draw].derivative)
        for prefix, fit in known.fits.items():
            part = known.part(prefix, draw)
            given = again.ways[prefix].given
            expected, error = fit.expected[part], fit.error[part]
            if given.shape != expected.shape or (np.abs(given - expected) > 2 * error).any():
                return False
    fits = fits_of([
        measured_at(replace(network, seed=draw + 1), arrays) for draw, arrays in enumerate(draws)
    ])  # fmt: skip
    return bool(fits) and all(fit.right.all() for fit in fits.values())
