"""A function that is the loss of one layer, and its gradient: softmax_loss(W, X, y, reg)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks.gradients import in_course_layout, returned
from compare.check.calling.networks.holding import numbered
from compare.check.calling.networks.net import Net, NetworkForm
from compare.check.calling.networks.weights import Layout
from compare.check.fitting.networks import passes as chains
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import speaks_of_loss
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

DECAY = 0.25  # what is handed over where it is asked for: exact, and no usual rate


def weights_of(subject: Subject) -> dict[str, str]:
    """W1 and b1 → what they are called; {} where it is no loss of a layer's weights."""
    if subject.found.kind != "function" or not speaks_of_loss(subject.found.name):
        return {}
    needed = calls.needed(subject.found.parameters)
    roles = calls.roles_of(needed)
    if not {"x", "d"} <= set(roles.values()):
        return {}
    others = [n for n, role in roles.items() if role not in ("x", "d") and not calls.is_decay(n)]
    return numbered(others, 1)


def called(form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The loss, and the gradients that come with it.   Raises Failed."""
    names = weights_of(subject)
    layout = Layout(form.columns, "H1" if form.columns else "H")
    parameters = subject.found.parameters
    parts = {subject.found.name: tuple(p for p in parameters if not calls.is_decay(p.name))}
    net = Net(subject, parts, subject.of, 1, form, layout, "b1" in names)
    if not net.biases:
        subject.traits[calls.NO_BIASES] = None
    x, d = arrays["x"], arrays["d"]
    d = d if form.index else chains.targets(d, arrays["W1"].shape[1])
    x, d = (x.T, d.T) if form.columns else (x, d)
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d)}
    net.known |= {calls.plain(names[n]): a for n, a in net.theirs(arrays).items()}
    decays = [p.name for p in parameters if calls.is_decay(p.name)]
    result = subject.call(
        **(net.arguments(subject.found.name) or {}), **dict.fromkeys(decays, DECAY)
    )
    if isinstance(result, (int, float, np.generic)):
        return {"loss": result}
    if not isinstance(result, (tuple, list)) or len(result) < 2:
        kind = type(result).__name__
        raise Failed(Ending.REFUSED, message("it gives {kind} in place of a loss", kind=kind))
    loss, *rest = result
    gradients = returned(net, rest[0] if len(rest) == 1 else tuple(rest), arrays)
    return {"loss": loss} | in_course_layout(net, arrays, gradients)
