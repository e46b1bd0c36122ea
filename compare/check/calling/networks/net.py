"""A network of a submission that holds given weights: its parts, and how each is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.check.calling.networks.fed import Slot
from compare.check.calling.networks.paths import name_of
from compare.check.calling.networks.weights import Layout, names_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.grammar import is_difference
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.sandbox.interface import Handle, Parameter

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
ALONE = ("gradient", "gradients", "compute_gradient", "compute_gradients", "grad", "grads",
         "numerical_gradient")  # fmt: skip  # these run the forward pass themselves
# names that mean one of these, and are called after them
_LIKE = {
    FORWARD: (Part.FORWARD, Part.PREDICT),
    LOSS: (Part.LOSS,),
    BACKWARD: (Part.BACKWARD,),
    MOVES: (Part.MOVES,),
}


UNSAID = "unsaid"  # what was made: why it is not known what a part was to be handed
WAY_BACK = "way_back"  # what was made: the name of the part that gave the gradients
GUESSED = "guessed"  # what was made: whether no name says which they are


@dataclass(frozen=True)
class NetworkForm:
    """How samples lie, and what targets are.

    ``columns``: outside, in what is handed over · ``inside``: of the outputs and the weights ·
    ``apart``: every sample is handed over by itself, as a batch of one, or as a vector ·
    ``decay``: the rate of a penalty on the weights, where one is asked for · ``vectors``: of one
    unit, whose weights and targets are vectors, and whose bias is a number · ``one``: it is made
    with one output · ``goals``: how targets lie, beside samples: ``turned`` the other way, or
    ``flat``, a vector of numbers · ``back``: the way back takes both the other way ·
    ``outside``: of samples in columns, outputs are rows · ``handed``: what the way back takes under
    a name that says nothing is the gradient of the outputs.
    """

    columns: bool = False
    index: bool = False
    apart: str = ""
    inside: bool = False
    decay: float = 0.0
    vectors: bool = False
    one: bool = False
    goals: str = ""
    back: bool = False
    outside: bool = False
    handed: bool = False

    @property
    def columns_inside(self) -> bool:
        """Whether outputs are columns."""
        return (self.columns or self.inside) and not self.outside


def unsaid_alone(parameters: Sequence[Parameter]) -> str:
    """The only thing that a part has to be given, where its name does not say what it is; or "".

    d is the targets, and a derivative.
    """
    names = [p.name for p in calls.needed(parameters)]
    unsaid = len(names) == 1 and (calls.is_unknown(names[0]) or calls.plain(names[0]) == "d")
    return names[0] if unsaid else ""


@dataclass
class Net:
    """A network of the submission that holds given weights, and how its parts are called.

    ``places``: the paths of each weight of an object · ``parts``: all of them by name, with their
    parameters · ``do`` calls one with named arguments · ``biases``: whether it has any ·
    ``rated``: whether it keeps a learning rate of its own ·
    ``single``: whether it has one output, however many are asked for ·
    ``shared``: whether another network of its class has the same weights ·
    ``outputs``: how many its own function gives it, whatever is asked for, or 0 ·
    ``weights``: of functions, what every array is kept as, and how it is ``called`` ·
    ``whole``: the parts that go through a batch themselves, where its forward pass takes single
    samples; they are called ``by_batch`` alone · ``keeps``: whether its own weights stay in it ·
    ``real``: of parts that were told by what they do, their own names, and which
    result is the output (``pick``) ·
    ``data``: x and d → where it keeps them, if its constructor takes them or its passes nothing.
    """

    subject: Subject
    parts: Mapping[str, tuple[Parameter, ...]]
    do: Callable[..., Any]
    depth: int
    form: NetworkForm
    layout: Layout
    biases: bool = True
    handle: Handle | None = None
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    rated: bool = False
    single: bool = False
    shared: bool = False
    outputs: int = 0
    weights: Mapping[str, Handle] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    by_batch: bool = False
    keeps: bool = False
    data: Mapping[str, Slot] = field(default_factory=dict)
    real: Mapping[str, str] = field(default_factory=dict)
    pick: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """W1 b1 W2 b2 ..., or W1 W2 ... where it has no biases."""
        return tuple(n for n in names_of(self.depth) if self.biases or n[0] == "W")

    @property
    def own_names(self) -> dict[str, str]:
        """What each of its weights is called, where it has a name of its own."""
        if self.handle is None:
            return dict(self.called)
        return {n: name_of(paths[0]) for n, paths in self.places.items()}

    def held(self) -> dict[str, Any]:
        """Its weights as an object holds them now."""
        assert self.handle is not None
        numbers = self.subject.box.numbers(self.handle)
        return {n: numbers.get(paths[0]) for n, paths in self.places.items()}

    def put(self, arrays: Mapping[str, Any]) -> None:
        """Sets the weights of an object, wherever it keeps them."""
        assert self.handle is not None
        values = {path: arrays[n] for n, paths in self.places.items() for path in paths}
        self.subject.box.put(self.handle, values)

    def theirs(self, arrays: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Its weights in its own layout."""
        return {n: self.layout.theirs(n, arrays[n]) for n in self.names}

    def part(self, name: str) -> str:
        """The part of this name, or ""."""
        spelled = name if name == "__call__" else calls.plain(name)
        alike = (n for n in self.parts if (n if n == "__call__" else calls.plain(n)) == spelled)
        return next(alike, "")

    def named(self, names: Sequence[str]) -> list[str]:
        """The parts of these names in their order, and then those whose names mean the same."""
        exact = [part for name in names if (part := self.part(name))]
        meant = _LIKE.get(tuple(names), ())
        like = [n for kind in meant for n in self.parts if part_of(n) is kind]
        if Part.BACKWARD in meant:
            like += [n for n in self.parts if is_difference(n)]
        return [n for n in dict.fromkeys([*exact, *like]) if self.by_batch or n not in self.whole]

    def first(self, names: Sequence[str]) -> str:
        """The first part of these names that can be called with what is known, or ""."""
        can_be_called = (n for n in self.named(names) if self.arguments(n) is not None)
        return next(can_be_called, "")

    def call(self, name: str, optional: Sequence[str] = calls.OPTIONAL) -> Any:
        """The result of a part, called with what is known.   Raises Failed."""
        if self.form.decay or self._rate_is_asked:
            optional = (*optional, *(calls.plain(n) for n in calls.decays(self.parts[name])))
        by_name = calls.arguments(self.parts[name], self.known, optional) or {}
        in_order = []
        for p in self.parts[name]:
            if p.name not in by_name or p.keyword_only:
                break  # by place as far as all before it are known; the rest by name
            in_order.append(by_name.pop(p.name))
        return self.do(name, *in_order, **by_name)

    @property
    def _rate_is_asked(self) -> bool:
        """Whether some part has to be told the rate of a penalty: all of them are told the same."""
        return any(calls.is_decay(p.name) for ps in self.parts.values() for p in calls.needed(ps))

    def arguments(self, name: str) -> dict[str, Any] | None:
        """What a part is called with, or None where something is not known."""
        return calls.arguments(self.parts[name], self.known)
