"""How an object of a network's class is made, and where it keeps its weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.by_behaviour import Behaviour, behaviour_of, told_of
from compare.check.calling.networks.constructor import (
    BEYOND,
    GUESSED_SETTINGS,
    contradicts,
    guesses,
    others,
)
from compare.check.calling.networks.fed import Slot, slots_of
from compare.check.calling.networks.holding import functions_of, numbered
from compare.check.calling.networks.net import (
    BACKWARD,
    FORWARD,
    GUESSED,
    LOSS,
    MOVES,
    Net,
    NetworkForm,
    unsaid_alone,
)
from compare.check.calling.networks.paths import name_of
from compare.check.calling.networks.source_names import handed_each, looped_in_pairs, zipped
from compare.check.calling.networks.training.learning_rates import RATE
from compare.check.calling.networks.weights import Layout
from compare.check.calling.settings import settings_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition, Ending, Failed, Handle, Parameter
from compare.sandbox.worker import script_objects

_ONE_BY_ONE = re.compile(
    r"for \(?\w+, ?\w+\)? in (?:\w*(?:data|set|samples|mini_batch|minibatch|examples)\b)"
    r"|np\.array\(\[\w+\]\)|ndmin ?= ?2|np\.outer\(|np\.atleast_2d\("
)
SOUGHT = "params['W1'], W1, w1, weights[0], layers[0].W"


def is_network(subject: Subject) -> bool:
    """Whether it is a class with a forward pass and a loss, a backward pass or a training step."""
    return subject.found.kind == "class" and has_passes(subject.found)


def has_passes(definition: Definition) -> bool:
    """Whether it has a forward pass and a loss, a backward pass or a training step."""
    methods = {calls.plain(n) for n in definition.methods}
    parts = {part_of(n) for n in definition.methods}
    forward = any(calls.plain(n) in methods for n in FORWARD) or any(
        calls.plain(n) in {calls.plain(name) for name in LOSS}
        and len(calls.needed(parameters)) == 1
        for n, parameters in definition.methods.items()
    )
    learns = any(calls.plain(n) in methods for n in (*LOSS[:-1], *BACKWARD, *MOVES))
    forward = forward or bool({Part.FORWARD, Part.PREDICT} & parts)
    return forward and (learns or bool({Part.LOSS, Part.BACKWARD, Part.MOVES} & parts))


def may_be_network(definition: Definition) -> bool:
    """Whether it is a class that is made with something, and has a method that takes something."""
    takes_something = any(calls.needed(p) for p in definition.methods.values())
    return definition.kind == "class" and bool(definition.parameters) and takes_something


def learns(subject: Subject, depth: int) -> bool:
    """Whether names or what its methods do tell a forward pass, and more than that."""
    return has_passes(subject.found) or len(_behaviour(subject, depth).methods) > 1


def _behaviour(subject: Subject, depth: int) -> Behaviour:
    """What its methods do, where their names do not say it; tried once."""
    known = f"behaviour/{depth}"
    if known not in subject.made:
        sizes = tuple(range(2, depth + 3))

        told = has_passes(subject.found) or subject.found.kind != "class"
        subject.made[known] = (
            Behaviour() if told
            else behaviour_of(subject, lambda: _made(subject, sizes), sizes)
        )  # fmt: skip
    found: Behaviour = subject.made[known]
    return found


def _parts(
    subject: Subject, handle: Handle, depth: int
) -> tuple[dict[str, tuple[Parameter, ...]], Callable[..., Any], frozenset[str]]:
    """Its parts with their parameters, how they are called, and which alone take a batch."""
    told = _behaviour(subject, depth).methods
    real = {usual: method.name for usual, method in told.items()}

    def do(name: str, /, *args: Any, **named: Any) -> Any:
        return subject.method(handle, real.get(name, name), *args, **named)

    parts = {**subject.found.methods, **{n: m.parameters for n, m in told.items()}}
    return parts, do, frozenset(n for n, method in told.items() if method.whole)


def is_model(subject: Subject) -> bool:
    """Whether it is a network by itself and no layer of one: it has a loss, or is fitted."""
    told = _behaviour(subject, 1).methods
    if told:
        return bool({"loss", "train_step"} & set(told))
    methods = {calls.plain(n) for n in subject.found.methods}
    fitted = any(calls.plain(n) in methods for n in (*LOSS[:-1], *MOVES[:2], "fit", "train_step"))
    return is_network(subject) and fitted


def may_be_handed(subject: Subject) -> bool:
    """Whether a way back takes one thing, under a name that says nothing."""
    methods = subject.found.methods.items()
    return any(part_of(n) is Part.BACKWARD and unsaid_alone(p) for n, p in methods)


def one_by_one(subject: Subject, depth: int) -> bool:
    """Whether its own text hands it the samples one at a time, or makes a batch of one of each."""
    told = told_of(subject, depth)
    if told is not None:
        return told.behaviour.apart
    if _behaviour(subject, depth).apart:
        return True
    texts = [subject.found.source]
    if subject.found.kind == "function":
        parts = functions_of(subject).items()
        texts += [f.source for n, f in parts if part_of(n) in (Part.BACKWARD, Part.MOVES)]
    if subject.found.kind == "class" and any(
        map(partial(_takes_pairs, subject), subject.found.methods)
    ):
        return True
    if any(calls.role_of(over) == "x" and part_of(method) in (Part.FORWARD, Part.PREDICT)
           for text in texts for over, method in handed_each(text)):  # fmt: skip
        return True
    return any(_ONE_BY_ONE.search(text) or any(map(_is_sample, zipped(text))) for text in texts)


def _takes_pairs(subject: Subject, name: str) -> bool:
    """Whether a method moves the weights by samples with their targets."""
    needed = [p.name for p in calls.needed(subject.found.methods[name])]
    pairs = looped_in_pairs(subject.found.source, name, needed)
    return bool(pairs) and part_of(name) is Part.MOVES


def _is_sample(names: tuple[str, str]) -> bool:
    """Whether two names that go together are a sample and its target, and no layer's weights."""
    first, second = map(calls.role_of, names)
    return first == "x" and (second == "d" or names[1].lower().startswith(("y", "t")))


def takes_class(subject: Subject, depth: int) -> bool:
    """Whether it can be made with so many layers; one that raises is called, to say so."""
    known = f"takes/{depth}"  # every call style asks for it
    return bool(subject.once(known, lambda: _takes_class(subject, depth)))


def _takes_class(subject: Subject, depth: int) -> bool:
    sizes = tuple(range(2, depth + 3))
    if subject.found.kind != "class":
        return False
    ways, layers = _ways(subject, sizes), list[bool | None]()
    guessed = len(ways) - (_arguments(subject, sizes) is not None)  # what names say comes last
    for way in range(subject.made.get(BEYOND, 0), len(ways)):
        subject.made[f"{WAY}/{depth}"] = way
        layers.append(_has_layers(subject, depth))
        if layers[-1]:
            if way < guessed and guesses(subject, ways[way]):
                subject.made[GUESSED_SETTINGS] = way + 1
            return True
    subject.made[f"{WAY}/{depth}"] = 0
    if not any(layers) and _as_the_script_does(subject, depth):
        return True
    # what cannot be made is told once, as the network of two layers
    return depth == 2 and _said_arguments(subject, sizes) is not None and layers[-1:] == [None]


def _as_the_script_does(subject: Subject, depth: int) -> bool:
    """Whether the object that the script puts together has so many layers; it is made so then."""
    subject.made[f"{SCRIPT}/{depth}"] = True
    if may_be_handed(subject) and _has_layers(subject, depth):
        return True
    del subject.made[f"{SCRIPT}/{depth}"]
    return False


def _has_layers(subject: Subject, depth: int) -> bool | None:
    """Whether it has so many layers; None where it cannot be made."""
    sizes = tuple(range(2, depth + 3))
    try:
        handle = _made(subject, sizes)
    except Failed:
        return None
    # the first layers of a deeper network are no network of fewer
    held = subject.box.numbers(handle)
    chain = _depth(_chain(subject, held))
    return chain <= depth and bool(_weights_in(subject, held, sizes))


def _weights_in(subject: Subject, held: weights.Held, sizes: Sequence[int]) -> dict[str, str]:
    """W1 b1 ... → path, where it has as many layers as it was made with, or of its own sizes."""
    chain = _chain(subject, held)
    of_own = _depth(chain) == len(sizes) - 1 and (len(sizes) > 2 or weights.are_said(chain))
    found = weights.by_sizes(held, sizes) or (chain if of_own else {})
    of_state = weights.multiply_a_state(subject.found.source, found)
    return {} if of_state or weights.are_biased_in_part(held, found) else found


def _chain(subject: Subject, held: weights.Held) -> dict[str, str]:
    return weights.in_a_chain(held, _SAMPLES if takes_data(subject) else 0)


def _depth(found: Mapping[str, Any]) -> int:
    return sum(name[0] == "W" for name in found)


def has_decay(subject: Subject) -> bool:
    """Whether a rate of a penalty on weights is asked for, where it is made or in a part of it."""
    if subject.found.kind == "class":
        asking = [subject.found.parameters, *subject.found.methods.values()]
    else:
        learning = (Part.LOSS, Part.BACKWARD)
        parts = functions_of(subject).items()
        asking = [f.parameters for n, f in parts if part_of(n) in learning]
    return any(calls.decays(parameters) for parameters in asking)


def of_any_depth(subject: Subject) -> bool:
    """Whether as many layers are made as sizes are handed in."""
    return all(takes_class(subject, depth) for depth in (2, 3))


def of_class(subject: Subject, arrays: Mapping[str, Any], depth: int, form: NetworkForm) -> Net:
    """An object of the class, of the sizes of the arrays.   Raises Failed."""
    # a penalty of each sample by itself is N times as much of all: without one, if it can be
    rate = form.decay if form.decay or form.apart else None
    handle = _made(subject, sizes_of(arrays, depth), rate)
    # another of sizes that all differ, so that its shapes show the layout
    sizes = tuple(range(2, depth + 3))
    before = subject.box.numbers(handle)
    held = subject.box.numbers(_made(subject, sizes))
    found = _weights_in(subject, held, sizes)
    if not found:
        line = message("its weights are not found; looked for {names}, and so on", names=SOUGHT)
        raise Failed(Ending.REFUSED, line)
    if not weights.are_said(found):
        subject.made[GUESSED] = True
    if weights.go_round(held, found, arrays, depth):
        subject.made[weights.OF_OTHER_SHAPE] = True
    now = subject.box.numbers(handle)
    shared = {p: np.shape(v) for p, v in before.items()} != {p: np.shape(v) for p, v in now.items()}
    other = {n: held[p] for n, p in found.items()}
    layout = weights.layout_of(other) if "b1" in other else _without_biases(other, sizes)
    parts, do, whole = _parts(subject, handle, depth)
    net = Net(
        subject, parts, do, depth, form, layout, "b1" in other, handle, weights.copies(held, found),
        single=_is_single(other, depth, layout), shared=shared, whole=whole,
        data=_data_of(subject, handle, sizes_of(arrays, depth)),
    )  # fmt: skip
    rates = ("lr", "learning_rate", "eta", "alpha", *filter(None, [subject.made.get(RATE)]))
    # a float: a scheduler under that name is none; in an optimizer or a layer inside it as well
    held_rates = [p for p, v in now.items() if isinstance(v, float) and name_of(p) in rates]
    if held_rates:
        subject.box.put(handle, dict.fromkeys(held_rates, calls.LR))
        net.rated = True
    return net


def _without_biases(arrays: Mapping[str, np.ndarray], sizes: Sequence[int]) -> Layout:
    shape = np.shape(arrays["W1"])
    return Layout(out_in=shape == (sizes[1], sizes[0]))


def sizes_of(arrays: Mapping[str, Any], depth: int) -> tuple[int, ...]:
    """I, H, ..., K from the weights."""
    return (arrays["W1"].shape[0], *(arrays[f"W{k}"].shape[1] for k in range(1, depth + 1)))


def _is_single(arrays: Mapping[str, np.ndarray], depth: int, layout: Layout) -> bool:
    """Whether the last layer has one unit."""
    if f"b{depth}" in arrays:
        return np.size(arrays[f"b{depth}"]) == 1
    shape = np.atleast_2d(arrays[f"W{depth}"]).shape
    return (shape[0] if layout.out_in else shape[-1]) == 1


def _made(subject: Subject, sizes: Sequence[int], decay: float | None = None) -> Handle:
    if f"{SCRIPT}/{len(sizes) - 1}" in subject.made:
        handle: Handle = subject.box.call(script_objects.name_of(subject.found.name)).value
        return handle
    rates = {} if decay is None else dict.fromkeys(calls.decays(subject.found.parameters), decay)
    ways = _ways(subject, sizes)
    way = subject.made.get(f"{WAY}/{len(sizes) - 1}", 0)
    arguments = ways[way] if way < len(ways) else {}
    made = subject.call(*_together(subject, sizes), **(arguments | rates))
    if not isinstance(made, Handle):
        raise Failed(Ending.REFUSED, message("it gives no object"))
    return made


def _together(subject: Subject, sizes: Sequence[int]) -> Sequence[int]:
    """The sizes where a constructor takes any number of them: ``Net(784, 30, 10)``."""
    parameters = subject.found.parameters
    any_number = any(p.variadic and not p.keyword_only for p in parameters)
    return tuple(sizes) if any_number and not calls.needed(parameters) else ()


def takes_data(subject: Subject) -> dict[str, str]:
    """Which parameters of its constructor are the samples and their targets: x and d → names."""
    roles = calls.roles_of(calls.needed(subject.found.parameters))
    by_role = {role: name for name, role in roles.items()}
    return by_role if subject.found.kind == "class" and {"x", "d"} == set(by_role) else {}


def _data(subject: Subject, sizes: Sequence[int]) -> dict[str, Any]:
    """Samples and targets of these sizes, by the parameters of the constructor."""
    drawn = np.random.default_rng(0).standard_normal((_SAMPLES, sizes[0]))
    targets = np.eye(sizes[-1])[np.arange(_SAMPLES) % sizes[-1]]
    names = takes_data(subject)
    return {names["x"]: drawn, names["d"]: targets}


_SAMPLES = 9  # more than any of the sizes


def _data_of(subject: Subject, handle: Handle, sizes: Sequence[int]) -> dict[str, Slot]:
    """x and d → where an object keeps what it was given of them, or looks for them."""
    if not takes_data(subject):
        return slots_of(subject, handle)
    held = weights.attribute(subject, handle, "__dict__")
    given = _data(subject, sizes)
    return {
        role: (attribute, None)
        for role, name in takes_data(subject).items()
        for attribute, value in (held.items() if isinstance(held, dict) else ())
        if isinstance(value, np.ndarray) and np.array_equal(value, given[name])
    }


SCRIPT = "script"  # what was made: a network of a depth is made as the script makes it
WAY = "way"  # what was made: which of the ways of making an object of a depth


def _ways(subject: Subject, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """What its constructor may be called with, most likely first."""
    said = _arguments(subject, sizes)
    usual = [] if said is None else [said]
    if not takes_data(subject) and (said is None or contradicts(subject, said)):
        return [*others(subject, sizes, settings_of(subject)), *usual]
    return usual


def _arguments(subject: Subject, sizes: Sequence[int]) -> dict[str, Any] | None:
    """What its constructor is called with: sizes, or weights of these sizes; None if unknown."""
    if takes_data(subject):
        return _data(subject, sizes) | settings_of(subject)
    arguments = _said_arguments(subject, sizes)
    # fewer sizes than there are: the last layer has one unit, or all but the inputs are its own
    settings = settings_of(subject)
    parameters = [p for p in subject.found.parameters if p.name not in settings]
    if arguments is None and len(sizes) > 3:
        fewer = calls.size_arguments(parameters, sizes[:-1])
        arguments = None if fewer is None else fewer | settings
    names = [p.name for p in calls.needed(parameters)]
    if arguments is None and len(names) == 1 and calls.is_unknown(names[0]):
        arguments = {names[0]: sizes[0], **settings}
    return arguments


def _said_arguments(subject: Subject, sizes: Sequence[int]) -> dict[str, Any] | None:
    """The same as far as its names say it, or as there are as many as sizes."""
    settings = settings_of(subject)
    parameters = [p for p in subject.found.parameters if p.name not in settings]
    arguments = calls.size_arguments(parameters, sizes)
    if arguments is None:
        arguments = _weight_arguments([p.name for p in calls.needed(parameters)], sizes)
    if arguments is None and len(sizes) == 3 and not has_passes(subject.found):
        arguments = calls.sizes_and_rate(parameters, sizes)
    return None if arguments is None else arguments | settings


def _weight_arguments(names: Sequence[str], sizes: Sequence[int]) -> dict[str, Any] | None:
    """W1, b1, W2, b2 as they are handed to a constructor."""
    by_name = numbered(names, len(sizes) - 1)
    if not by_name or len(by_name) != len(names):
        return None
    rng = np.random.default_rng(0)
    shapes = {f"W{k}": sizes[k - 1 : k + 1] for k in range(1, len(sizes))}
    shapes |= {f"b{k}": sizes[k : k + 1] for k in range(1, len(sizes))}
    return {name: rng.standard_normal(shapes[n]) for n, name in by_name.items()}
