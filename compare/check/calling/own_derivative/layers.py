"""A layer of any kind: its forward pass, and what its way back gives for a gradient from above."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.any_network.made import networks_made, of_object
from compare.check.calling.any_network.network import Network, State, same
from compare.check.calling.own_derivative import in_script, loss_classes
from compare.check.calling.own_derivative.claim import Claim, real
from compare.check.calling.own_derivative.passes import Passes
from compare.check.naming.network_parameters import needed, role_of
from compare.check.naming.network_parts import (
    Part,
    loss_and_gradient,
    part_of,
    unnamed_passes,
    value_and_slope,
)
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

OF_LAYER = "layer.other"  # of the concept
PASSES = "passes"  # what was made: the methods that are taken for its two passes
_MOST_LAYOUTS = 12
_SMALL = 1e-7


def claims(subject: Subject, pool: np.ndarray) -> Iterator[Claim]:
    """Everything that its way back claims to be the derivative of, on samples that it takes."""
    if (passes := subject.made.get(PASSES)) is not None:
        yield from _of_passes(subject, passes, pool)
        return
    if (methods := value_and_slope(subject.found)) is not None:
        asked = needed(subject.found.parameters)
        plainly = of_object(subject, partial(subject.of, subject.found.name))
        for made in itertools.islice(networks_made(subject), 1) if asked else (plainly,):
            yield from _of_values(made, methods, pool)
        return
    if (methods := loss_and_gradient(subject.found)) is not None:
        asked = needed(subject.found.parameters)
        if not asked:
            plainly = of_object(subject, partial(subject.of, subject.found.name))
            yield from loss_classes.claims(plainly, methods, pool)
        return
    passes = unnamed_passes(subject.found) or _named_passes(subject)
    if not all(passes):
        return
    yield from _of_passes(subject, passes, pool)


def _of_passes(subject: Subject, passes: tuple[str, str], pool: np.ndarray) -> Iterator[Claim]:
    """Of these two methods, as the script makes and calls them, then of other sizes."""
    forward, backward = passes
    there = in_script.layer(subject, forward, pool)
    # what calls the forward pass may keep what backward reads
    if there is not None and "__call__" in subject.found.methods and not _keeps(forward, *there):
        forward = "__call__"
        there = in_script.layer(subject, forward, pool)
    if there is not None:
        network, inputs, others = there
        for seed in (1, 2):
            own = replace(network, seed=seed)
            passes_of = Passes(own, own.numbers(), inputs, forward, backward, others)
            yield from (replace(claim, as_called=True) for claim in passes_of.claims())
    of_sizes = list(_of_sizes(subject))
    # an object that sizes make without an array may be one that is meant to be made of arrays
    with_arrays = [m for m in of_sizes if any(np.ndim(v) for v in m.numbers().values())]
    plain = [m for m in of_sizes if m not in with_arrays]
    known = itertools.islice(networks_made(subject), 3)
    for made in itertools.chain(known, with_arrays, _of_arrays(subject), plain):
        before = made.numbers()
        for x in itertools.islice(_samples(before, pool), _MOST_LAYOUTS):
            names = _inputs(made, forward)
            inputs = {n: x if not k else np.sin(k + 2.0 * x) for k, n in enumerate(names)}
            # handed over with x, weights come with a bias of one number for each output
            inputs |= {n: inputs[n][0] for n in names[2:] if n[:1] in "bB" and np.ndim(x) == 2}
            for given, seed in itertools.product(_with_targets(inputs), (1, 2)):
                own = replace(made, seed=seed)
                yield from Passes(own, before, given, forward, backward).claims()


def _with_targets(inputs: Mapping[str, np.ndarray]) -> Iterator[Mapping[str, np.ndarray]]:
    """With one-hot rows as what is called a target, which some take alone; then as they are."""
    rows, columns = (*np.shape(next(iter(inputs.values()), 0)), 0, 0)[:2]
    one_hot = np.eye(columns)[np.arange(rows) % max(columns, 1)] if columns else np.zeros(0)
    targets = [n for n, v in inputs.items() if role_of(n) == "d" and v.shape == one_hot.shape]
    if targets:
        yield {**inputs, **dict.fromkeys(targets, one_hot)}
    yield inputs


def _keeps(
    forward: str, network: Network, inputs: Mapping[str, Any], others: Mapping[str, Any]
) -> bool:
    """Whether a pass leaves other numbers in the object."""
    before = network.numbers()
    try:
        Passes(network, before, inputs, forward, "", others).outputs(inputs)
    except (Failed, TypeError):
        return True
    after = network.numbers()
    return before.keys() != after.keys() or any(not same(v, after[n]) for n, v in before.items())


def _of_values(network: Network, methods: tuple[str, str], pool: np.ndarray) -> Iterator[Claim]:
    """What f'(z) claims of f(z), for a class that has both as methods; and what of the output."""
    value, slope = methods
    name = needed(network.parts[value])[0].name
    before = network.numbers()
    held = {n: v for n, v in before.items() if isinstance(v, (int, float))}

    def made(of_output: bool, values: Mapping[str, Any]) -> Claim:
        x = {name: values[name]}

        def outputs(moved: Mapping[str, Any]) -> Any:
            network.begin(before)
            return network.called(value, **{name: np.copy(moved[name])})

        def given(up: Any) -> dict[str, np.ndarray]:
            at = real(outputs(x)) if of_output else x[name]
            network.begin(before)
            found = real(network.called(slope, **{name: np.array(at)}))
            return {} if found is None else {name: found}

        remade = partial(made, of_output)
        return Claim(
            outputs, x, given, False, not of_output, values=x, beside=held,
            meant=(name, of_output), remade=remade,
        )  # fmt: skip

    for shape, of_output in itertools.product(((4, 3), (12,)), (False, True)):
        yield made(of_output, {name: 1.5 * np.resize(pool, shape)})


def _of_sizes(subject: Subject) -> Iterator[Network]:
    """The object that some sizes make, whatever they are called: all unlike, then all alike."""
    names = [p.name for p in needed(subject.found.parameters)]
    for sizes in ((3, 4, 2, 5), (3, 3, 3, 3)):
        arguments = dict(zip(names, sizes, strict=False))
        try:
            if names and isinstance(subject.of(subject.found.name, **arguments), Handle):
                yield of_object(subject, partial(subject.of, subject.found.name, **arguments))
        except (Failed, TypeError):
            continue


def _of_arrays(subject: Subject) -> Iterator[Network]:
    """The object that its weights make, of two axes or of three; what is called b has one less."""
    names = [p.name for p in needed(subject.found.parameters)]
    for shape in ((3, 2), (3, 3), (2, 3, 2)):
        shapes = {n: (*shape[:-2], shape[-1]) if n[:1] in "bB" else shape for n in names}
        weights = {n: np.cos(np.arange(np.prod(s))).reshape(s) for n, s in shapes.items()}
        try:
            if names and isinstance(subject.of(subject.found.name, **weights), Handle):
                yield of_object(subject, partial(subject.of, subject.found.name, **weights))
        except (Failed, TypeError):
            continue


def _named_passes(subject: Subject) -> tuple[str, str]:
    """The methods that are called forward and backward, "" where there is none."""
    methods = subject.found.methods
    forward, backward = ([n for n in methods if part_of(n) is part]
                         for part in (Part.FORWARD, Part.BACKWARD))  # fmt: skip
    called = [n for n in methods if n == "__call__"]
    return next(iter(forward + called), ""), next(iter(backward), "")


def _inputs(network: Network, forward: str) -> list[str]:
    parameters = needed(network.parts[forward])
    return [p.name for p in parameters if role_of(p.name) not in ("training", "pass")]


def _samples(state: State, pool: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of as many features as one of its arrays has rows or columns; pictures; numbers of rows.

    Their entries are few: of every one a derivative is taken.
    """
    widths: dict[int, None] = {}
    for value in state.values():
        widths |= dict.fromkeys(np.shape(value)[:3])
    each = list(dict.fromkeys([*list(widths)[:3], 3]))
    for shape in [(4, w) for w in each] + [(2, w, 4, 4) for w in each] + [(2, 4, each[0]), (4, 4)]:
        yield 1.5 * np.resize(pool, shape)
    yield np.array([1, 0, 2, 1])
