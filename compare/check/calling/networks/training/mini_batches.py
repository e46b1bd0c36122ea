"""What moves the weights by a list of samples with their targets: update_mini_batch(pairs, eta)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks.forward_pass import source_of
from compare.check.calling.networks.gradients import in_course_layout, weight_changes
from compare.check.calling.networks.net import Net
from compare.check.calling.networks.source_names import looped_in_pairs
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.sandbox.interface import Failed

_ROUGHLY = 1e-6  # of the largest: only which of the two is shown, and judged exactly


def by_mini_batch(
    net: Net, arrays: Mapping[str, Any], samples: list[Any], added_up: Mapping[str, Any]
) -> dict[str, Any]:
    """The gradients that a step on the whole list shows, where they are not those of its samples.

    ``added_up``: what the samples gave one by one · a step takes their mean or their sum.
    """
    for name, taken in steps_of(net):
        kept, net.known = net.known, net.known | {calls.plain(taken): samples}
        changed = dict(net.subject.changed)
        try:
            moved = in_course_layout(net, arrays, weight_changes(net, arrays, net.call(name)))
        except Failed:
            continue  # it takes something else
        finally:
            net.known, net.subject.changed = kept, changed
        wanted = {n: np.asarray(g) for n, g in added_up.items() if n.startswith("grad/")}
        scales = (1.0, 1.0 / len(samples))
        if wanted and not any(_alike(moved, wanted, scale) for scale in scales):
            if "lr" in calls.roles_of(net.parts[name]).values() or net.rated:
                net.subject.traits["rated"] = None
            net.subject.traits[calls.READ_OFF] = None
            return moved
    return {}


def steps_of(net: Net) -> list[tuple[str, str]]:
    """The parts that move the weights by pairs, and which parameter these are."""
    found = []
    for name, parameters in net.parts.items():
        needed = [p.name for p in calls.needed(parameters)]
        taken = looped_in_pairs(source_of(net, name), name, needed)
        if taken and part_of(name) is Part.MOVES:
            found.append((name, taken))
    return found


def _alike(moved: Mapping[str, Any], wanted: Mapping[str, np.ndarray], scale: float) -> bool:
    pairs = [(np.asarray(moved[n]), scale * g) for n, g in wanted.items() if n in moved]
    largest = max(np.abs(g).max(initial=0.0) for _, g in pairs) if pairs else 0.0
    return all(
        m.shape == g.shape and np.abs(m - g).max(initial=0.0) <= _ROUGHLY * largest
        for m, g in pairs
    )
