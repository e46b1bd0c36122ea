"""The one edit of a network's own functions with which its gradients are its derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from compare.check.calling.any_network.at_drawn_weights import measured_at
from compare.check.calling.any_network.measured import Known, fits_of
from compare.check.calling.any_network.network import Network, classes_inside
from compare.check.repairs.search import Repair, called_too, first_repair, methods_of
from compare.sandbox.interface import Definition

_MOST = 300  # edits
Draws = Sequence[Mapping[str, np.ndarray]]


def repair_of(known: Known, draws: Draws) -> Repair | None:
    """None where no single edit makes all that its ways back give right."""
    network = known.network
    if network is None or not known.fits:
        return None
    return first_repair(
        network.subject, _functions(network), lambda: _is_right_now(known, network, draws), _MOST
    )


def _functions(network: Network) -> list[str]:
    """Those of its ways back first, with what they call; its forward pass and its loss not."""
    inventory, usage = network.subject.inventory, network.usage
    back = [call.name for call in (*usage.backward, *usage.step)]
    ahead = [c.name for c in (usage.forward, usage.loss) if c and c.name not in back]
    names = [n for b in back for n in called_too(inventory, b, ahead)]
    used = [network.subject.found.name, *network.subject.parts, *classes_inside(network)]
    classes: dict[str, Definition] = {
        d.name: d for d in inventory.found if d.kind == "class" and d.name in used
    }
    methods = [m for d in classes.values() for m in methods_of(d, ahead)]
    methods.sort(key=lambda m: m.rpartition(".")[2] not in back)
    return [*dict.fromkeys([*names, *methods])]


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
