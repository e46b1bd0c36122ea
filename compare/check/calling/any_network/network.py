"""A network of any structure: its numbers, its parts, and what they give.

Nothing is asked of how it is built. Its weights are the numbers inside it on which its outputs or
its loss depend.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from compare.check.calling.networks.paths import split
from compare.check.calling.networks.source_names import is_weight, without_constructor
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle, Parameter
from compare.sandbox.worker.numbers_inside import numbers

NAME = "network.other"  # of the concept
NUMBERS = (float, np.ndarray)
GIVEN = ("x", "d", "lr")  # no result takes their place
RATE = "penalty_rate"  # of the weights, the same in all parts
_RATE = 0.5
TRAINING = "training"  # what was made: that it is used as in training alone
ANY_LOSS = "any_loss"  # what was made: that a loss may be called anything
RESULT = "result"  # all that the forward pass returns

SAMPLES = 7  # unlike all sizes
MOST_CALLS = 600  # of the search, so that what is no network costs a second or two

State = Mapping[str, Any]  # path → number or array


@dataclass(frozen=True)
class Call:
    """A part and what each of its parameters is given.

    ``returns``: what it calls its results · ``whole``: it goes through a set of samples itself ·
    ``pick``: which of its results are the outputs, where there are several.
    """

    name: str
    arguments: Mapping[str, str]
    returns: tuple[str, ...] = ()
    whole: bool = False
    pick: int | None = None


@dataclass(frozen=True)
class Usage:
    """How a network is used: outputs of x, its own loss, and ways back of one or two calls."""

    forward: Call | None
    loss: Call | None
    backward: tuple[Call, ...] = ()
    step: tuple[Call, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that are used."""
        return tuple(dict.fromkeys(call.name for call in self._calls))

    @property
    def given(self) -> set[str]:
        """What they are given."""
        return {role for call in self._calls for role in call.arguments.values()}

    @property
    def _calls(self) -> list[Call]:
        return [*(c for c in (self.forward, self.loss) if c), *self.backward, *self.step]


@dataclass
class Network:
    """One network of a submission, its parts with their parameters, and how they are called."""

    subject: Subject
    parts: Mapping[str, tuple[Parameter, ...]]
    make: Callable[[], Handle]
    do: Callable[..., Any]
    sources: Mapping[str, str]
    holder: str = ""  # what functions call what holds the weights
    x: Any = None
    d: Any = None
    usage: Usage = field(default_factory=lambda: Usage(None, None))
    spent: Counter[str] = field(default_factory=Counter)
    most: int = MOST_CALLS
    seed: int = 1  # of what it draws in a pass
    picture: tuple[int, ...] = ()  # the shape of a sample, where it was made for one
    has_layers: bool = False  # objects of the submission inside it
    ends: tuple[int, ...] = ()  # features and outputs, where both are known and no name is trusted
    first: str = ""  # the part that has to be its forward pass
    y_given: bool = False  # whether what functions call y is the output, and not the target
    partial: bool = False  # whether gradients of some of its weights are enough
    held: tuple[str, ...] = ()  # what functions call what holds the weights
    training: bool = False  # whether it is used as in training also where outputs are left out
    rate: float = calls.LR  # of a step
    settings: State = field(default_factory=dict)  # numbers inside it that are others than they are
    moved: State = field(default_factory=dict)  # what a forward pass moves, as it is before one
    like: tuple[int, ...] = ()  # the shape of the samples that its script hands it

    def __post_init__(self) -> None:
        self.handle = self.make()

    @cached_property
    def draws(self) -> bool:
        """Whether anything beside it may draw numbers; of what was typed there is no text."""
        code = [d.source for d in self.subject.inventory.found if d.kind != "value"]
        return any(not source or "random" in source for source in code)

    @cached_property
    def drops(self) -> bool:
        """Whether outputs are left out by chance, where a switch says so."""
        if any("ropout" in source for source in self.sources.values()):
            return True
        every = [p for parameters in self.parts.values() for p in parameters]
        switched = any(calls.role_of(p.name) == "training" for p in every)
        return switched and any("rand" in without_constructor(s) for s in self.sources.values())

    @property
    def ahead(self) -> Callable[..., None] | None:
        """What has calls made before they are due; None where a part asks for more than its call.

        What it reads after that would be of the last of them.
        """
        return self.subject.box.ahead if self.do == self.subject.method else None

    def begin(self, state: State) -> None:
        """Another one with these numbers: what a part has added to the one before is gone."""
        self.handle = self.make()
        self.put(state)

    def is_over(self) -> bool:
        """Whether the search has cost what it may."""
        return self.spent["calls"] > self.most

    def numbers(self) -> State:
        """The numbers inside it, in double precision: a difference of float32 has no digits."""
        held = self.subject.box.numbers(self.handle)
        return {p: np.float64(v) if isinstance(v, np.ndarray) else v for p, v in held.items()}

    def put(self, values: State) -> None:
        """Sets numbers inside it."""
        self.subject.box.put(self.handle, values)

    def known(self) -> dict[str, Any]:
        """What its parts can be given before any of them was called."""
        given = {"x": self.x, "lr": self.rate, "epochs": 1, "pass": False, RATE: _RATE,
                 "training": self.training or not self.drops, "drops": self.drops}  # fmt: skip
        if self.d is None:
            return given
        return {**given, "d": self.d, "pairs": [(self.x, self.d)]}

    def ran(self, call: Call, known: dict[str, Any]) -> Any:
        """The result of a part; what it returned is known by its names from then on."""
        given = {role: _copied(known[role]) for role in call.arguments.values()}
        if call.whole:
            given |= {role: np.asarray(given[role])[None] for role in ("x", "d") if role in given}
        arguments = {n: given[role] for n, role in call.arguments.items()}
        result = self.called(call.name, **arguments)
        if len(call.returns) == 1:
            told = self.first or isinstance(result, (list, dict))
            known |= {n: result for n in call.returns if told and n not in GIVEN}
        elif isinstance(result, tuple):
            names = [n or "cache" for n in call.returns or ("y", "")]
            known |= dict(zip(names, result, strict=False))
        if call is self.usage.forward:
            known[RESULT] = result
            parts = result if isinstance(result, tuple) else ()
            known |= {f"{RESULT}{i}": part for i, part in enumerate(parts)}
            known["y"] = outputs_in(result, call.pick)
            known |= self._gradient_above(known["y"])
        return result

    def _gradient_above(self, y: np.ndarray | None) -> dict[str, Any]:
        """y - d, which is that of half the squared error, for the way back of what has layers."""
        if y is None or self.d is None or not self.has_layers:
            return {}
        d = targets_as(self.d, y)
        return {"dout": y - d} if d.shape == y.shape else {}

    def called(self, name: str, /, *args: Any, **arguments: Any) -> Any:
        """The result of a part, which draws the same numbers at each call: as in every pass."""
        if self.draws:
            self.subject.box.reseed(self.handle, self.seed)
        return self.do(self.handle, name, *args, **arguments)

    def outputs(self) -> tuple[Any, float | None]:
        """Its outputs of x, and its own loss, with the numbers that it has now."""
        if self.moved:
            self.put(self.moved)
        known = self.known()
        forward, loss = self.usage.forward, self.usage.loss
        y = outputs_in(self.ran(forward, known), forward.pick) if forward else None
        return y, number_in(self.ran(loss, known)) if loss else None

    def again(self, state: State) -> tuple[Any, float | None]:
        """The same of another one with these numbers."""
        self.begin(state)
        return self.outputs()

    def went_back(self, way: Sequence[Call]) -> tuple[Any, State]:
        """What a way back returned, and the numbers inside after it."""
        known = self.passed()
        result = None
        for call in way:
            result = self.ran(call, known)
            known.setdefault("grads", result)
        after = self.numbers()
        result = self._inside(result)
        if self.first and way:
            result = self._by_name(result, way[-1])
        returned = numbers(result, no_class) if not isinstance(result, Handle) else {}
        # new weights, in place of the old
        if way and part_of(way[-1].name) is Part.MOVES and set(after) <= set(returned):
            return result, returned
        return result, after

    def _inside(self, result: Any) -> Any:
        """With what objects hold by name, of a list of objects."""
        if not isinstance(result, list) or not any(isinstance(v, Handle) for v in result):
            return result
        return [
            {split(p)[1]: n for p, n in self.subject.box.numbers(v).items()}
            if isinstance(v, Handle) else v for v in result
        ]  # fmt: skip

    def _by_name(self, result: Any, call: Call) -> Any:
        """Results by what the return statement or the object calls them, where each has a name."""
        if isinstance(result, Handle):  # an object of what the weights are in
            held = self.subject.box.numbers(result)
            return {split(path)[1]: value for path, value in held.items()}
        if isinstance(result, tuple) and len({*call.returns}) == len(result) and all(call.returns):
            return dict(zip(call.returns, result, strict=True))
        return result

    def passed(self) -> dict[str, Any]:
        """What is known after its forward pass and its loss."""
        known = self.known()
        for call in (self.usage.forward, self.usage.loss):
            if call:
                self.ran(call, known)
        return known


def no_class(kind: type) -> bool:
    """What to look into where the attributes of no object are of interest."""
    return False


def _copied(value: Any) -> Any:
    return np.copy(value) if isinstance(value, np.ndarray) else value


def outputs_in(result: Any, pick: int | None = None) -> np.ndarray | None:
    """Real numbers: a result, the one of several that is picked, or the first; None without."""
    if isinstance(result, (tuple, list)) and pick is not None:
        first = result[pick] if -len(result) <= pick < len(result) else None
    else:
        first = result[0] if isinstance(result, tuple) and result else result
    if isinstance(first, (list, tuple)):
        try:
            first = np.array(first)
        except ValueError:  # of every layer, or rows of several lengths
            first = first[-1] if all(isinstance(v, np.ndarray) for v in first) else None
    real = (
        isinstance(first, (float, np.floating, np.ndarray))
        and np.asarray(first).dtype == np.float64
    )
    return np.asarray(first, dtype=np.float64) if real and np.asarray(first).size else None


def samples_in(network: Network) -> int:
    """How many samples it is handed in a table, in rows or columns; 0 of one alone."""
    return SAMPLES if SAMPLES in np.shape(network.x)[:2] and np.ndim(network.x) > 1 else 0


def targets_as(d: Any, y: Any) -> np.ndarray:
    """Targets as outputs are, one-hot."""
    d = np.asarray(d)
    if d.dtype.kind == "i" and not d.ndim and y.ndim == 1:
        return np.eye(len(y))[d]
    if d.dtype.kind == "i" and y.ndim == 2:
        return np.eye(y.shape[-1])[d] if len(d) == len(y) else np.eye(len(y))[d].T
    return d.astype(np.float64)


def number_in(result: Any) -> float | None:
    """The number that a loss returns, first of several or alone."""
    first: Any = result[0] if isinstance(result, tuple) and result else result
    one = isinstance(first, (float, np.floating, np.ndarray)) and np.size(first) == 1
    return float(np.asarray(first).reshape(())) if one else None


def elsewhere(value: Any) -> Any:
    """Another number near it; of an array not all by the same, which a softmax would not show."""
    if not np.ndim(value):
        return value * 1.25 + 0.125
    return value * 1.25 + 0.125 * np.cos(np.arange(np.size(value))).reshape(np.shape(value))


def same(one: Any, other: Any) -> bool:
    """Whether two arrays have the same numbers."""
    return np.array_equal(one, other, equal_nan=True)


def weights_of(network: Network, state: State, paths: Iterable[str]) -> Iterator[str]:
    """Those of the paths on whose numbers its outputs or its loss depend."""
    network.begin(state)
    first = network.outputs()
    for path in paths:
        network.put({path: elsewhere(state[path])})
        try:
            now = network.outputs()
        except Failed as failed:
            if not failed.goes_on:
                raise
            continue
        finally:
            network.put({path: state[path]})
        if not all(map(_same_or_none, first, now)):
            yield path


def may_be_weight(path: str, value: Any) -> bool:
    """Whether it is an array, or a number that is called a weight or a bias: no slope, no rate."""
    name = calls.plain(path.rpartition(".")[2])
    return bool(np.ndim(value)) or is_weight(name) or name.startswith(("b", "intercept"))


def is_count_of_epochs(path: str) -> bool:
    """Whether it is called so."""
    return calls.role_of(path.rpartition(".")[2]) == "epochs"


def _same_or_none(one: Any, other: Any) -> bool:
    return one is None or other is None or same(one, other)


def classes_inside(network: Network) -> set[str]:
    """The classes of the objects that it holds, one by one or in lists: its layers."""
    if network.subject.found.kind != "class":
        return set()
    names = {re.split(r"[.\[]", path)[1] for path in network.numbers() if path.startswith(".")}
    held = [network.subject.box.get(network.handle, name) for name in names]
    return {v.type_name for v in _flat(held) if isinstance(v, Handle)}


def _flat(values: Any) -> Iterator[Any]:
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, (list, tuple, dict)):
            yield from _flat(value)
        else:
            yield value
