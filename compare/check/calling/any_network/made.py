"""How a network of any structure is made: by sizes, as its script makes it, or by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from compare.check.calling.any_network.functions import (
    LAYOUTS,
    holders_of,
    of_functions,
    of_module,
    of_script,
)
from compare.check.calling.any_network.network import NUMBERS, Network
from compare.check.calling.networks.parameter_kinds import Kind, kinds
from compare.check.calling.settings import settings_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.naming.source_tree import private_methods
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Handle, Parameter
from compare.sandbox.worker.script_objects import name_of

# of constructors; in three layers shows what layers share
FEATURES = 3
SIZES = tuple((FEATURES, *others) for others in ((4, 5, 2), (4, 2), (4, 5, 6, 2), (2,)))
# whatever two or three numbers a picture is given by; small, and no two alike where it can be
PICTURES = {3: ((2, 8, 8), (8, 8, 2), (2, 6, 7)), 2: ((8, 8), (6, 7))}

# that make arrays of three features
_SAMPLES = {"x": np.random.default_rng(0).standard_normal((7, 3)), "d": np.arange(7) % 2}


def networks_made(subject: Subject) -> Iterator[Network]:
    """Networks of the usual sizes, and the one that its script puts together, which comes first."""
    if subject.found.kind == "class":
        yield from _as_the_script_does(subject)
        yield from _of_pictures(subject)
    else:
        yield from _by_their_text(subject)
    makers = [subject.found] if subject.found.kind == "class" else _makers(subject)
    begun = False
    bare: list[Network] = []
    for maker, sizes in product(makers, SIZES):
        several = [p for p in maker.parameters if p.variadic and not p.keyword_only]
        every = sizes if several and not calls.needed(maker.parameters) else ()
        try:
            named = {} if every else _arguments(subject.beside(maker), sizes)
            result = subject.of(maker.name, *every, **named)
        except (Failed, TypeError):
            continue
        if isinstance(result, Handle) and subject.found.kind == "class":
            made = _begun(subject, partial(subject.of, maker.name, *every, **named))
            if _has_arrays(made):
                begun = True
                yield made
            else:
                bare.append(made)
        elif subject.found.kind == "function" and isinstance(result, (dict, list, tuple)):
            yield from _of_functions(subject, result)
        if not (named or every):
            break  # it is made in one size
    if not begun:
        yield from _as_a_run_shows(subject)
    yield from bare  # two numbers may be all of it


def _by_their_text(subject: Subject) -> Iterator[Network]:
    """Functions that are handed weights, or read them, in each layout."""
    holders = holders_of(subject.inventory, subject.found)
    of = [sizes for sizes in SIZES if holders and holders.depth in (0, len(sizes) - 1)]
    for sizes, layout in product(of[:1], LAYOUTS):
        ends = (*sizes[:-1], 1) if layout.vectors else sizes
        if layout.vectors and len(sizes) > 2:
            continue
        with suppress(Failed):
            made = of_functions(subject, layout, ends)
            yield made
            if any(calls.plain(p.name) == "y" for ps in made.parts.values() for p in ps):
                yield replace(made, y_given=True)
    if own := of_module(subject):
        yield own
    if holders is None and own is None:
        yield from _as_a_run_shows(subject)


def _as_the_script_does(subject: Subject) -> Iterator[Network]:
    """The object that the script makes of the class, with the layers that it adds to it."""

    def make() -> Handle:
        made: Handle = subject.box.call(name_of(subject.found.name)).value
        return made

    try:
        if isinstance(make(), Handle):
            made = _begun(subject, make)
            # without arrays it is none yet: the script calls more than is seen here
            if any(np.ndim(v) for v in made.numbers().values()):
                yield made
    except Failed:
        return


def _as_a_run_shows(subject: Subject) -> Iterator[Network]:
    """The object that its script works with, or the functions with the weights that it hands."""

    def made() -> Any:
        return subject.box.call(name_of(subject.found.name)).value

    try:
        subject.box.script_calls()
        first = made()
        if isinstance(first, Handle) and subject.found.kind == "class":
            network = _begun(subject, made)
            if _has_arrays(network):
                yield network
        elif isinstance(first, dict) and (shown := of_script(subject, made)):
            yield shown
    except Failed:
        return


def _has_arrays(network: Network) -> bool:
    """Whether it is a network: lists of numbers are arrays as well."""
    held = {p: v for p, v in network.numbers().items() if isinstance(v, NUMBERS)}
    return any(np.ndim(value) or "[" in path for path, value in held.items())


def _of_pictures(subject: Subject) -> Iterator[Network]:
    """What takes the shape of a picture: channels, rows and columns, in either order."""
    done = kinds(subject.found.source)
    shapes = [p for p in subject.found.parameters if done.get(p.name, Kind()).members in (2, 3)]
    if len(shapes) != 1:
        return
    others = [p for p in subject.found.parameters if p is not shapes[0]]
    named = calls.size_arguments(others, SIZES[0]) or {}
    # a count of filters or units, whatever it is called
    named |= {p.name: 3 for p in calls.needed(others) if p.name not in named}
    for picture in PICTURES[done[shapes[0].name].members]:
        arguments = {**named, shapes[0].name: picture}
        try:
            result = subject.call(**arguments)
        except (Failed, TypeError):
            continue
        if isinstance(result, Handle):
            yield of_object(subject, partial(subject.call, **arguments), picture)


def of_object(
    subject: Subject, make: Callable[[], Handle], picture: tuple[int, ...] = ()
) -> Network:
    """What is called by the methods of an object."""
    return _with_parts(subject, make, subject.found.methods, picture)


def _with_parts(
    subject: Subject,
    make: Callable[[], Handle],
    public: Mapping[str, Sequence[Parameter]],
    picture: tuple[int, ...] = (),
) -> Network:
    """The same with some methods, and those that are none of others where these do not learn."""
    parts = {n: tuple(ps) for n, ps in public.items()}
    if not {Part.BACKWARD, Part.MOVES} & {*map(part_of, parts)}:
        parts |= private_methods(subject.found.source)
    sources = dict.fromkeys(parts, subject.found.source)
    return Network(subject, parts, make, subject.method, sources, picture=picture)


def _begun(subject: Subject, make: Callable[[], Handle]) -> Network:
    """The object; where it has no arrays, as fitting it to samples of three features makes them."""
    made = of_object(subject, make)
    if any(np.ndim(v) for v in made.numbers().values()):
        return made
    for name, parameters in made.parts.items():
        roles = calls.roles_of(calls.needed(parameters))
        if part_of(name) is not Part.MOVES or {*roles.values()} != {"x", "d"}:
            continue
        named = {n: _SAMPLES[role] for n, role in roles.items()}

        def fitted(name: str = name, named: Mapping[str, Any] = named) -> Handle:
            handle = make()
            subject.method(handle, name, **{n: np.copy(v) for n, v in named.items()})
            # a way back that is wrong may have led anywhere
            lost = {p: np.cos(np.arange(v.size)).reshape(v.shape)
                    for p, v in subject.box.numbers(handle).items()
                    if isinstance(v, np.ndarray) and not np.isfinite(v).all()}  # fmt: skip
            subject.box.put(handle, lost)
            return handle

        try:
            fitted()
        except Failed:
            continue
        others = {n: p for n, p in made.parts.items() if n != name}
        return _with_parts(subject, fitted, others)
    return made


def _makers(subject: Subject) -> list[Definition]:
    return [
        f
        for f in subject.inventory.functions
        if part_of(f.name) is Part.INIT and f.file == subject.found.file
    ]


def _arguments(maker: Subject, sizes: Sequence[int]) -> dict[str, Any]:
    """What a maker is given for these sizes.   Raises TypeError where that is not known."""
    settings = settings_of(maker)
    parameters = [p for p in maker.found.parameters if p.name not in settings]
    arguments = calls.size_arguments(parameters, sizes)
    if arguments is None:
        raise TypeError
    return arguments | settings


def _of_functions(subject: Subject, state: Any) -> Iterator[Network]:
    """Functions that are handed what holds the weights, under one name."""
    here = [f for f in subject.inventory.functions if f.file == subject.found.file]
    roles = calls.roles_of(subject.found.parameters)
    names = [n for n, role in roles.items() if role == "network"] or [*roles][:1]
    for name in names:
        make = partial(subject.box.keep, list(state) if isinstance(state, tuple) else state)
        holding = {f.name: f for f in here if name in [p.name for p in f.parameters]}
        others = {f.name: f for f in here if f.name not in holding and speaks_of_loss(f.name)}
        parts = {
            n: tuple(p for p in f.parameters if p.name != name)
            for n, f in {**holding, **others}.items()
        }

        sources = {n: f.source for n, f in {**holding, **others}.items()}
        do = partial(_called_with, subject, dict.fromkeys(holding, name))
        yield Network(subject, parts, make, do, sources, name)


def _called_with(
    subject: Subject, takes: Mapping[str, str], handle: Handle, part: str, /, **named: Any
) -> Any:
    """A function with what holds the weights, under the name by which it takes that."""
    return subject.of(part, **({takes[part]: handle} if part in takes else {}), **named)
