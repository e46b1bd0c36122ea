"""A network of functions: how they are given our weights, and how these are read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.holding import INIT, Holding, functions_of, holding_of
from compare.check.calling.networks.net import GUESSED, Net, NetworkForm
from compare.check.calling.networks.source_names import (
    divides_by,
    global_names,
    is_called_on_slices,
)
from compare.check.calling.networks.weights import Layout
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Handle

MOST_ASKED = 5  # outputs of a probe: a network of fewer takes the weights of any


def of_functions(subject: Subject, depth: int, form: NetworkForm) -> Net:
    """The functions of a notebook, which are handed their weights or read them."""
    holding = holding_of(subject, depth)
    assert holding is not None  # it was asked before whether it takes the subject
    subject.made[GUESSED] = holding.guessed
    functions = functions_of(subject)
    inside = form.columns or form.inside
    layout = Layout(inside, "H1" if inside else "H")
    initial = holding.initial
    if initial and holding.biases:
        layout = weights.layout_of(initial)
    elif initial:
        layout = Layout(weights.is_out_in(initial))
    if form.vectors:
        layout = Layout(vectors=True)
    single = form.vectors or bool(initial) and _outputs(initial, depth, layout) == 1
    outputs = 0 if single or not initial else _own_outputs(functions, initial, depth, layout)
    return Net(
        subject, {n: f.parameters for n, f in functions.items()}, subject.of, depth, form, layout,
        holding.biases, single=single, outputs=outputs,
        called=holding.single or {n: k for n, k in holding.keys.items() if isinstance(k, str)},
    )  # fmt: skip


def _outputs(arrays: Mapping[str, np.ndarray], depth: int, layout: Layout) -> int:
    if f"b{depth}" in arrays:
        return int(np.size(arrays[f"b{depth}"]))
    shape = np.atleast_2d(arrays[f"W{depth}"]).shape
    return int(shape[0] if layout.out_in else shape[-1])


def _own_outputs(
    functions: Mapping[str, Definition],
    arrays: Mapping[str, np.ndarray],
    depth: int,
    layout: Layout,
) -> int:
    """How many outputs a function that is given no sizes makes; 0 where it is given some."""
    made_by = [f for n, f in functions.items() if calls.plain(n) in map(calls.plain, INIT)]
    made_by = made_by or [f for n, f in functions.items() if part_of(n) is Part.INIT]
    if any(calls.needed(f.parameters) for f in made_by):
        return 0
    count = _outputs(arrays, depth, layout)
    others = [f.source for f in functions.values() if f not in made_by]
    # its own function for one-hot targets may say how many classes there are
    written = count > 2 and any(re.search(rf"(?<![\w.]){count}(?![\w.])", s) for s in others)
    return count if count > MOST_ASKED or written else 0


def hand_over(net: Net, theirs: Mapping[str, np.ndarray]) -> None:
    """Our arrays as parameters, and in the place of the module's own."""
    subject, box = net.subject, net.subject.box
    holding = holding_of(subject, net.depth)
    assert holding is not None
    # kept beside the code: an update in place is read back from there
    net.weights = {n: box.keep(array) for n, array in theirs.items()}
    net.known |= {calls.plain(holding.single.get(n, n)): h for n, h in net.weights.items()}
    net.known |= {calls.plain(n): h for n, h in net.weights.items() if n not in holding.single}
    keys = holding.keys or {n: n for n in theirs}
    network = box.keep(Holding(keys=keys).contained(net.weights))
    net.known |= {"network": network, calls.plain(holding.x): net.known["x"]}
    if holding.container:
        net.known[calls.plain(holding.container)] = network
    _rebind(net, holding, network)


def _rebind(net: Net, holding: Holding, network: Handle) -> None:
    """What the functions read as global names: the weights, the network, the batch's size."""
    box, subject = net.subject.box, net.subject
    ours = {holding.single[n]: h for n, h in net.weights.items() if n in holding.single}
    if holding.container:
        ours[holding.container] = network
    texts = [f.source for f in functions_of(subject).values()]

    def in_parts(name: str) -> bool:
        return any(is_called_on_slices(text, name) for text in texts)

    wanted: dict[str, Any] = {}
    for function in functions_of(subject).values():
        for name in global_names(function.source):
            role = calls.role_of(name)
            if name in ours or role == "network":
                wanted[name] = ours.get(name, network)
            # the size of all data, where it is called on a part of them, stays what it is
            elif role == "N" and divides_by(function.source, name) and not in_parts(function.name):
                wanted[name] = net.known["N"]
            elif role == "lr":
                wanted[name] = calls.LR
    definitions = functions_of(subject)
    values = {n: v for n, v in wanted.items() if n not in definitions}
    if values:
        # one for all batches: it remembers what stood there before any of ours
        module = subject.rebound or box.globals_of(subject.found.name)
        subject.rebound = module
        for name, value in values.items():
            box.set(module, name, value)


def current(net: Net) -> dict[str, Any]:
    """The weights as they are now: those handed over, changed in place or in their container."""
    subject = net.subject
    holding = holding_of(subject, net.depth)
    assert holding is not None
    if subject.rebound is not None and holding.single:
        read = {
            n: weights.attribute(subject, subject.rebound, v) for n, v in holding.single.items()
        }
        if all(isinstance(v, np.ndarray) for v in read.values()):
            return read
    container = subject.box.fetch(net.known["network"])
    holding = holding if holding.keys else Holding(keys={n: n for n in net.names})
    return {n: holding.held(container, n) for n in net.names}
