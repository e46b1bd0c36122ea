"""How a whole network is made, and by which names its parts are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.weights import Layout, Place, names_of
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition, Ending, Failed, Handle, Parameter

FORWARD = ("forward", "predict", "__call__", "forward_pass", "feedforward", "feed_forward",
           "forward_propagation", "forward_prop", "propagate", "predict_proba", "inference",
           "call", "run")  # fmt: skip
LOSS = ("loss", "compute_loss", "calc_loss", "cost", "compute_cost", "calculate_loss", "get_loss",
        "loss_function", "error", "forward")  # fmt: skip
BACKWARD = ("gradient", "gradients", "compute_gradient", "compute_gradients", "grad", "grads",
            "backward", "backprop", "back_prop", "backward_pass", "backpropagation",
            "back_propagation", "backpropagate", "backward_propagation", "backward_prop",
            "numerical_gradient")  # fmt: skip
MOVES = ("train_step", "train", "fit", "update", "step", "partial_fit", "learn", "train_on_batch",
         "train_one_step", "train_batch", "update_mini_batch", "train_mini_batch", "update_params",
         "update_parameters", "update_weights", "optimize", "apply_gradients", "apply_grads",
         "gradient_descent", "sgd_step", "optimizer_step", "train_epoch")  # fmt: skip
INIT = ("init_network", "initialize_parameters", "init_params", "initialize_params",
        "init_parameters", "initialize_network", "initialize", "init_weights", "make_network",
        "create_network", "get_network")  # fmt: skip
ALONE = ("gradient", "gradients", "compute_gradient", "compute_gradients", "grad", "grads",
         "numerical_gradient")  # fmt: skip  # these run the forward pass themselves

MOST_ASKED = 5  # outputs of a probe: a network of fewer takes the weights of any
_ONE_BY_ONE = re.compile(
    r"for \(?\w+, ?\w+\)? in (?:zip\(|\w*(?:data|set|samples|mini_batch|minibatch|examples)\b)"
    r"|np\.array\(\[\w+\]\)|ndmin ?= ?2|np\.outer\(|np\.atleast_2d\("
)


@dataclass(frozen=True)
class NetworkForm:
    """How samples lie, and what targets are.

    ``apart``: every sample is handed over by itself, as a batch of one, or as a vector.
    """

    columns: bool = False
    index: bool = False
    apart: str = ""


@dataclass
class Net:
    """A network of the submission that holds given weights, and how its parts are called.

    ``parts``: all of them by name, with their parameters · ``do`` calls one with named arguments ·
    ``rated``: whether it keeps a learning rate of its own · ``single``: whether it has one output,
    however many are asked for ·
    ``shared``: whether another network of its class has the same weights ·
    ``outputs``: how many its own function gives it, whatever is asked for, or 0.
    """

    subject: Subject
    parts: Mapping[str, tuple[Parameter, ...]]
    do: Callable[..., Any]
    depth: int
    form: NetworkForm
    layout: Layout
    handle: Handle | None = None
    everywhere: Sequence[Mapping[str, Place]] = ()
    network: Handle | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    rated: bool = False
    single: bool = False
    shared: bool = False
    outputs: int = 0

    def part(self, name: str) -> str:
        """The part of this name, or ""."""
        spelled = name if name == "__call__" else calls.plain(name)
        alike = (n for n in self.parts if (n if n == "__call__" else calls.plain(n)) == spelled)
        return next(alike, "")

    def first(self, names: Sequence[str]) -> str:
        """The first part of these names that can be called with what is known, or ""."""
        for name in names:
            part = self.part(name)
            if part and self._arguments(part) is not None:
                return part
        return ""

    def call(self, name: str, optional: Sequence[str] = calls.OPTIONAL) -> Any:
        """The result of a part, called with what is known.   Raises Failed."""
        by_name = calls.arguments(self.parts[name], self.known, optional) or {}
        in_order = []
        for p in self.parts[name]:
            if p.name not in by_name or p.keyword_only:
                break  # by place as far as all before it are known; the rest by name
            in_order.append(by_name.pop(p.name))
        return self.do(name, *in_order, **by_name)

    def _arguments(self, name: str) -> dict[str, Any] | None:
        return calls.arguments(self.parts[name], self.known)


def sizes_of(arrays: Mapping[str, Any], depth: int) -> tuple[int, ...]:
    """I, H, ..., K from the weights."""
    return (arrays["W1"].shape[0], *(arrays[f"W{k}"].shape[1] for k in range(1, depth + 1)))


def is_network(subject: Subject) -> bool:
    """Whether it is a class with a forward pass and a loss, a backward pass or a training step."""
    methods = {calls.plain(n) for n in subject.found.methods}
    forward = any(calls.plain(n) in methods for n in FORWARD) or any(
        calls.plain(n) in {calls.plain(name) for name in LOSS}
        and len(calls.needed(parameters)) == 1
        for n, parameters in subject.found.methods.items()
    )
    learns = any(calls.plain(n) in methods for n in (*LOSS[:-1], *BACKWARD, *MOVES))
    return subject.found.kind == "class" and forward and learns


def is_model(subject: Subject) -> bool:
    """Whether it is a network by itself and no layer of one: it has a loss, or is fitted."""
    methods = {calls.plain(n) for n in subject.found.methods}
    fitted = any(calls.plain(n) in methods for n in (*LOSS[:-1], *MOVES[:2], "fit", "train_step"))
    return is_network(subject) and fitted


def one_by_one(subject: Subject) -> bool:
    """Whether its own text hands it the samples one at a time, or makes a batch of one of each."""
    return bool(_ONE_BY_ONE.search(subject.found.source))


def takes_class(subject: Subject, depth: int) -> bool:
    """Whether it can be made with so many layers; one that raises is called, to say so."""
    sizes = tuple(range(2, depth + 3))
    if (
        subject.found.kind != "class"
        or calls.size_arguments(subject.found.parameters, sizes) is None
    ):
        return False
    try:
        handle = _made(subject, sizes)
    except Failed:
        # what cannot be made is told once, as the network of two layers
        return depth == 2
    # the first layers of a deeper network are no network of fewer
    return bool(weights.places(subject, handle, depth)) and not weights.places(
        subject, handle, depth + 1
    )


def takes_functions(subject: Subject, depth: int) -> bool:
    """Whether it is a forward pass that is given its weights, of so many layers."""
    roles = calls.roles_of(subject.found.parameters).values()
    if subject.found.kind != "function" or "x" not in roles:
        return False
    # a target that may be left out is none of the forward pass
    if "d" in calls.roles_of(calls.needed(subject.found.parameters)).values():
        return False  # it tells how good the predictions are, or trains
    if all(calls.plain(n) in roles for n in names_of(depth)):
        return f"w{depth + 1}" not in roles
    # a loop over layer objects: such a network cannot be handed a dictionary of arrays
    of_layers = re.search(
        r"for \w+ in (?:reversed\()?(?:network|net|model)\b", subject.found.source
    )
    return "network" in roles and not of_layers and _depth_of_functions(subject) == depth


def _depth_of_functions(subject: Subject) -> int:
    """How many layers the network has that its own function makes; 2 where nothing says it."""
    functions = {f.name: f for f in subject.inventory.found if f.kind == "function"}
    # the deepest first: W1 b1 W2 b2 are in all of them
    for depth in (4, 3, 2):
        if _initial(subject, functions, depth):
            return depth
    return next((k for k in (4, 3) if f"W{k}" in subject.found.source), 2)


SOUGHT = "params['W1'], W1, w1, weights[0], layers[0].W"


def of_class(subject: Subject, arrays: Mapping[str, Any], depth: int, form: NetworkForm) -> Net:
    """An object of the class, of the sizes of the arrays.   Raises Failed."""
    handle = _made(subject, sizes_of(arrays, depth))
    everywhere = weights.places(subject, handle, depth)
    if not everywhere:
        line = message("its weights are not found; looked for {names}, and so on", names=SOUGHT)
        raise Failed(Ending.REFUSED, line)
    shapes = [np.shape(weights.read(subject, p)) for p in everywhere[0].values()]
    # of sizes that all differ, so that its shapes show the layout
    second = _made(subject, tuple(range(2, depth + 3)))
    shared = shapes != [np.shape(weights.read(subject, p)) for p in everywhere[0].values()]
    other_places = weights.places(subject, second, depth)[0]
    other_arrays = {n: weights.read(subject, p) for n, p in other_places.items()}
    layout = weights.layout_of(other_arrays)
    net = Net(
        subject, subject.found.methods, partial(subject.method, handle), depth, form, layout,
        handle, everywhere, single=is_single(other_arrays, depth), shared=shared,
    )  # fmt: skip
    for name in ("lr", "learning_rate", "eta", "alpha"):
        # a float: a scheduler under that name is none
        if isinstance(weights.attribute(subject, handle, name), float):
            subject.box.set(handle, name, calls.LR)
            net.rated = True
    return net


def _made(subject: Subject, sizes: Sequence[int]) -> Handle:
    made = subject.call(**(calls.size_arguments(subject.found.parameters, sizes) or {}))
    if not isinstance(made, Handle):
        raise Failed(Ending.REFUSED, message("it gives no object"))
    return made


def of_functions(subject: Subject, depth: int, form: NetworkForm) -> Net:
    """The functions of a notebook, which are handed their weights."""
    functions = {f.name: f for f in subject.inventory.found if f.kind == "function"}
    parts = {n: f.parameters for n, f in functions.items()}
    initial = _initial(subject, functions, depth)
    layout = Layout(form.columns, "H1" if form.columns else "H")
    if initial:
        layout = weights.layout_of(initial[0])
    keys = initial[1] if initial else {n: n for n in names_of(depth)}
    single = bool(initial) and is_single(initial[0], depth)
    own_outputs = 0 if single else _own_outputs(functions, initial[0], depth) if initial else 0
    return Net(
        subject, parts, subject.of, depth, form, layout, keys=keys, single=single,
        outputs=own_outputs,
    )  # fmt: skip


def _own_outputs(
    functions: Mapping[str, Definition], arrays: Mapping[str, np.ndarray], depth: int
) -> int:
    """How many outputs a function that is given no sizes makes; 0 where it is given some."""
    made_by = [f for n, f in functions.items() if calls.plain(n) in map(calls.plain, INIT)]
    if any(calls.needed(f.parameters) for f in made_by):
        return 0
    count = int(np.size(arrays[f"b{depth}"]))
    return count if count > MOST_ASKED else 0


def is_single(arrays: Mapping[str, np.ndarray], depth: int) -> bool:
    """Whether the last layer has one unit."""
    return np.size(arrays[f"b{depth}"]) == 1


def _initial(subject: Subject, functions: Mapping[str, Definition], depth: int) -> Any:
    """(arrays, keys) of the network that its own function makes, or None."""
    for name in functions:
        if calls.plain(name) not in {calls.plain(n) for n in INIT}:
            continue
        parameters = functions[name].parameters
        sizes = calls.size_arguments(parameters, tuple(range(2, depth + 3)))
        try:
            made = subject.of(name, **sizes) if sizes is not None else None
        except Failed:
            made = None
        # return W1, b1, W2, b2
        if isinstance(made, (tuple, list)) and len(made) == 2 * depth:
            if all(isinstance(each, np.ndarray) for each in made):
                arrays = dict(zip(names_of(depth), made, strict=True))
                return arrays, {n: n for n in arrays}
        # (params, layer sizes): the parameters come first
        made = made[0] if isinstance(made, (tuple, list)) and made else made
        if isinstance(made, dict):
            keys = {n: weights.entry(made, weights.keys_for(n, depth)) for n in names_of(depth)}
            if None not in keys.values():
                return {n: np.asarray(made[k]) for n, k in keys.items()}, keys
    return None
