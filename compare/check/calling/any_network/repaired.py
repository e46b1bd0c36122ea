"""The one edit of a network's own functions with which its gradients are its derivative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from compare.check.calling.any_network.at_drawn_weights import measured_at
from compare.check.calling.any_network.measured import Known, fits_of
from compare.check.calling.any_network.network import Network, classes_inside
from compare.check.repairs.reach import methods_of, reached
from compare.check.repairs.repair import Repair
from compare.check.repairs.search import first_repair
from compare.sandbox.interface import Definition

_MOST = 600  # edits
Draws = Sequence[Mapping[str, np.ndarray]]


def repair_of(known: Known, draws: Draws) -> Repair | None:
    """None where no single edit makes all that its ways back give right."""
    network = known.network
    if network is None or not known.fits:
        return None
    right = partial(_is_right_now, known, network, draws)
    tried = (first_repair(network.subject, names, right, _MOST) for names in _functions(network))
    return next((repair for repair in tried if repair), None)


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
