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

    ``of``: the parts by name, with their parameters · ``do`` calls one with named arguments ·
    ``rated``: whether it keeps a learning rate of its own · ``single``: whether it has one output,
    however many are asked for ·
    ``shared``: whether another network of its class has the same weights ·
    ``outputs``: how many its own function gives it, whatever is asked for, or 0.
    """

    subject: Subject
    of: Mapping[str, tuple[Parameter, ...]]
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
        alike = (n for n in self.of if (n if n == "__call__" else calls.plain(n)) == spelled)
        return next(alike, "")

    def first(self, names: Sequence[str]) -> str:
        """The first part of these names that can be called with what is known, or ""."""
        for name in names:
            there = self.part(name)
            if there and self._arguments(there) is not None:
                return there
        return ""

    def call(self, name: str, optional: Sequence[str] = calls.OPTIONAL) -> Any:
        """The result of a part, called with what is known.   Raises Failed."""
        by_name = calls.arguments(self.of[name], self.known, optional) or {}
        in_order = []
        for p in self.of[name]:
            if p.name not in by_name or p.keyword_only:
                break
            in_order.append(by_name.pop(p.name))
        return self.do(name, *in_order, **by_name)

    def _arguments(self, name: str) -> dict[str, Any] | None:
        return calls.arguments(self.of[name], self.known)


def sizes_of(a: Mapping[str, Any], depth: int) -> tuple[int, ...]:
    """I, H, ..., K from the weights."""
    return (a["W1"].shape[0], *(a[f"W{k}"].shape[1] for k in range(1, depth + 1)))


def is_network(s: Subject) -> bool:
    """Whether it is a class with a forward pass and a loss, a way back or a step of training."""
    methods = {calls.plain(n) for n in s.found.methods}
    forward = any(calls.plain(n) in methods for n in FORWARD) or any(
        calls.plain(n) in {calls.plain(name) for name in LOSS} and len(calls.needed(of)) == 1
        for n, of in s.found.methods.items()
    )
    more = any(calls.plain(n) in methods for n in (*LOSS[:-1], *BACKWARD, *MOVES))
    return s.found.kind == "class" and forward and more


def is_model(s: Subject) -> bool:
    """Whether it is a network by itself and no layer of one: it has a loss, or is fitted."""
    methods = {calls.plain(n) for n in s.found.methods}
    fitted = any(calls.plain(n) in methods for n in (*LOSS[:-1], *MOVES[:2], "fit", "train_step"))
    return is_network(s) and fitted


def one_by_one(s: Subject) -> bool:
    """Whether its own text hands it the samples one at a time, or makes a batch of one of each."""
    return bool(_ONE_BY_ONE.search(s.found.source))


def takes_class(s: Subject, depth: int) -> bool:
    """Whether it can be made with so many layers; one that raises is called, to say so."""
    sizes = tuple(range(2, depth + 3))
    if s.found.kind != "class" or calls.size_arguments(s.found.parameters, sizes) is None:
        return False
    try:
        handle = _made(s, sizes)
    except Failed:
        return depth == 2
    return bool(weights.places(s, handle, depth)) and not weights.places(s, handle, depth + 1)


def takes_functions(s: Subject, depth: int) -> bool:
    """Whether it is a forward pass that is given its weights, of so many layers."""
    roles = calls.roles_of(s.found.parameters).values()
    if s.found.kind != "function" or "x" not in roles:
        return False
    if "d" in calls.roles_of(calls.needed(s.found.parameters)).values():
        return False  # it tells how good the predictions are, or trains
    if all(calls.plain(n) in roles for n in names_of(depth)):
        return f"w{depth + 1}" not in roles
    of_layers = re.search(r"for \w+ in (?:reversed\()?(?:network|net|model)\b", s.found.source)
    return "network" in roles and not of_layers and _depth_of_functions(s) == depth


def _depth_of_functions(s: Subject) -> int:
    """How many layers the network has that its own function makes; 2 where nothing says it."""
    functions = {f.name: f for f in s.inventory.found if f.kind == "function"}
    for depth in (4, 3, 2):
        if _initial(s, functions, depth):
            return depth
    return next((k for k in (4, 3) if f"W{k}" in s.found.source), 2)


def of_class(s: Subject, a: Mapping[str, Any], depth: int, form: NetworkForm) -> Net:
    """An object of the class, of the sizes of the arrays.   Raises Failed."""
    handle = _made(s, sizes_of(a, depth))
    everywhere = weights.places(s, handle, depth)
    if not everywhere:
        looked = "params['W1'], W1, w1, weights[0], layers[0].W"
        raise Failed(Ending.REFUSED, f"its weights are not found; looked for {looked}, and so on")
    own = [np.shape(weights.read(s, p)) for p in everywhere[0].values()]
    other = _made(s, tuple(range(2, depth + 3)))
    shared = own != [np.shape(weights.read(s, p)) for p in everywhere[0].values()]
    there = weights.places(s, other, depth)[0]
    held = {n: weights.read(s, p) for n, p in there.items()}
    layout = weights.layout_of(held)
    net = Net(
        s, s.found.methods, partial(s.method, handle), depth, form, layout, handle, everywhere,
        single=is_single(held, depth), shared=shared,
    )  # fmt: skip
    for name in ("lr", "learning_rate", "eta", "alpha"):
        if isinstance(weights.attribute(s, handle, name), float):
            s.box.set(handle, name, calls.LR)
            net.rated = True
    return net


def _made(s: Subject, sizes: Sequence[int]) -> Handle:
    made = s.call(**(calls.size_arguments(s.found.parameters, sizes) or {}))
    if not isinstance(made, Handle):
        raise Failed(Ending.REFUSED, "it gives no object")
    return made


def of_functions(s: Subject, depth: int, form: NetworkForm) -> Net:
    """The functions of a notebook, which are handed their weights."""
    functions = {f.name: f for f in s.inventory.found if f.kind == "function"}
    of = {n: f.parameters for n, f in functions.items()}
    made = _initial(s, functions, depth)
    layout = (
        weights.layout_of(made[0]) if made else Layout(form.columns, "H1" if form.columns else "H")
    )
    keys = made[1] if made else {n: n for n in names_of(depth)}
    single = bool(made) and is_single(made[0], depth)
    own = 0 if single else _own_outputs(functions, made[0], depth) if made else 0
    return Net(s, of, s.of, depth, form, layout, keys=keys, single=single, outputs=own)


def _own_outputs(
    functions: Mapping[str, Definition], arrays: Mapping[str, np.ndarray], depth: int
) -> int:
    """How many outputs a function that is given no sizes makes; 0 where it is given some."""
    made_by = [f for n, f in functions.items() if calls.plain(n) in map(calls.plain, INIT)]
    if any(calls.needed(f.parameters) for f in made_by):
        return 0
    own = int(np.size(arrays[f"b{depth}"]))
    return own if own > MOST_ASKED else 0


def is_single(arrays: Mapping[str, np.ndarray], depth: int) -> bool:
    """Whether the last layer has one unit."""
    return np.size(arrays[f"b{depth}"]) == 1


def _initial(s: Subject, functions: Mapping[str, Definition], depth: int) -> Any:
    """(arrays, keys) of the network that its own function makes, or None."""
    for name in functions:
        if calls.plain(name) not in {calls.plain(n) for n in INIT}:
            continue
        parameters = functions[name].parameters
        given = calls.size_arguments(parameters, tuple(range(2, depth + 3)))
        try:
            made = s.of(name, **given) if given is not None else None
        except Failed:
            made = None
        if isinstance(made, (tuple, list)) and len(made) == 2 * depth:
            if all(isinstance(each, np.ndarray) for each in made):
                arrays = dict(zip(names_of(depth), made, strict=True))
                return arrays, {n: n for n in arrays}
        made = made[0] if isinstance(made, (tuple, list)) and made else made
        if isinstance(made, dict):
            keys = {n: weights.entry(made, weights.keys_for(n, depth)) for n in names_of(depth)}
            if None not in keys.values():
                return {n: np.asarray(made[k]) for n, k in keys.items()}, keys
    return None
