"""A function that is the loss of one layer, and its gradient: softmax_loss(W, X, y, reg)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks.gradients import in_course_layout, returned
from compare.check.calling.networks.holding import numbered
from compare.check.calling.networks.net import Net, NetworkForm
from compare.check.calling.networks.source_names import is_multiplied
from compare.check.calling.networks.weights import Layout
from compare.check.fitting.networks import passes as chains
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

DECAY = 0.25  # what is handed over where it is asked for: exact, and no usual rate


def weights_of(subject: Subject) -> dict[str, str]:
    """W1 and b1 → what they are called; {} where it is no loss of a layer's weights."""
    if subject.found.kind != "function":
        return {}
    needed = calls.needed(subject.found.parameters)
    roles = calls.roles_of(needed)
    if not {"x", "d"} <= set(roles.values()):
        return {}
    rates = _penalties(subject)
    others = [n for n, role in roles.items() if role not in ("x", "d") and n not in rates]
    names = numbered(others, 1)
    passes = part_of(subject.found.name) in (Part.FORWARD, Part.BACKWARD)
    # propagate(w, b, X, Y) gives both as well: what it multiplies are the weights
    if speaks_of_loss(subject.found.name) or names and passes and _multiplies(subject, names["W1"]):
        return names
    return {}


_SQUARE = re.compile(r"\*\* *2|square\(|norm\(")


def _penalties(subject: Subject) -> list[str]:
    """The parameters that are the rate of a penalty: by their names, or they stand by a square."""
    source = subject.found.source
    squares = " ".join(line for line in source.splitlines() if _SQUARE.search(line))
    return [
        p.name
        for p in subject.found.parameters
        if calls.is_decay(p.name)
        or (
            calls.role_of(p.name) not in ("x", "d")
            and re.search(rf"\b{p.name} *\*(?!\*)", squares)
            and not _multiplies(subject, p.name)
        )
    ]


def _multiplies(subject: Subject, name: str) -> bool:
    source = subject.found.source
    return is_multiplied(source, name) or is_multiplied(source.replace(f"{name}.T", name), name)


def of_one_unit(form: NetworkForm, vectors: bool, subject: Subject, arrays: Any) -> dict[str, Any]:
    """The same of one unit, whose bias is a number; its weights a column, or with ``vectors`` that.

    Raises Failed.
    """
    arrays = chains.single(arrays)
    shape = (-1,) if vectors else (-1, 1)
    d = chains.targets(arrays["d"], 1)
    x, d = (arrays["x"].T, d.T) if form.columns else (arrays["x"], d.reshape(shape))
    W, b = arrays["W1"].reshape(shape), float(arrays["b1"][0])
    results = _called(form, subject, arrays, x, d, {"W1": W, "b1": b})
    W_there, bias = results.get("grad/W1"), results.get("grad/b1")
    if W_there is not None and np.shape(W_there) == W.shape:
        results["grad/W1"] = np.reshape(W_there, (-1, 1))
    if bias is not None and np.size(bias) == 1:
        results["grad/b1"] = np.reshape(bias, (1,))
    return results


def called(form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The loss, and the gradients that come with it.   Raises Failed."""
    layout = _layout(form)
    x, d = arrays["x"], arrays["d"]
    d = d if form.index else chains.targets(d, arrays["W1"].shape[1])
    x, d = (x.T, d.T) if form.columns else (x, d)
    theirs = {n: layout.theirs(n, arrays[n]) for n in ("W1", "b1")}
    return _called(form, subject, arrays, x, d, theirs)


def _layout(form: NetworkForm) -> Layout:
    return Layout(form.columns, "H1" if form.columns else "H")


def _called(
    form: NetworkForm, subject: Subject, arrays: Mapping[str, Any], x: Any, d: Any,
    theirs: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    names = weights_of(subject)
    layout = _layout(form) if np.ndim(theirs["b1"]) else Layout()
    parameters = subject.found.parameters
    decays = _penalties(subject)
    parts = {subject.found.name: tuple(p for p in parameters if p.name not in decays)}
    net = Net(subject, parts, subject.of, 1, form, layout, "b1" in names)
    if not net.biases:
        subject.traits[calls.NO_BIASES] = None
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d)}
    net.known |= {calls.plain(names[n]): theirs[n] for n in net.names}
    result = subject.call(
        **(net.arguments(subject.found.name) or {}), **dict.fromkeys(decays, DECAY)
    )
    if isinstance(result, (int, float, np.generic)):
        return {"loss": result}
    if not isinstance(result, (tuple, list)) or len(result) < 2:
        kind = type(result).__name__
        raise Failed(Ending.REFUSED, message("it gives {kind} in place of a loss", kind=kind))
    if isinstance(result[0], dict) and isinstance(result[-1], (int, float, np.generic)):
        result = result[::-1]  # (grads, cost)
    loss, *rest = result
    gradients = returned(net, rest[0] if len(rest) == 1 else tuple(rest), arrays)
    return {"loss": loss} | in_course_layout(net, arrays, gradients)
