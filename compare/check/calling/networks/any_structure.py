"""A network of any structure: how it is made, run and taught, found by trying what its parts do.

Nothing is asked of how it is built. Its weights are the numbers inside it on which its outputs or
its loss depend, and its ways back are the parts that give arrays of their shapes, or change them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from compare.check.calling.settings import settings_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Ending, Failed, Handle, Parameter
from compare.sandbox.worker.numbers_inside import numbers
from compare.sandbox.worker.script_objects import name_of

NAME = "network.other"  # of the concept
# of constructors; in three layers shows what layers share
SIZES = ((3, 4, 5, 2), (3, 4, 2), (3, 4, 5, 6, 2), (3, 2))
_SAMPLES, _TURNS = 7, 6  # unlike all of them
_GOES_ON = (Ending.RAISED, Ending.REFUSED)  # any other ending takes the process with it
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
    x: Any = None
    d: Any = None
    usage: Usage = field(default_factory=lambda: Usage(None, None))
    spent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.handle = self.make()

    def begin(self, state: State) -> None:
        """Another one with these numbers: what a part has added to the one before is gone."""
        self.handle = self.make()
        self.put(state)

    def numbers(self) -> State:
        """The numbers inside it."""
        return self.subject.box.numbers(self.handle)

    def put(self, values: State) -> None:
        """Sets numbers inside it."""
        self.subject.box.put(self.handle, values)

    def known(self) -> dict[str, Any]:
        """What its parts can be given before any of them was called."""
        given = {"x": self.x, "lr": calls.LR, "epochs": 1, "training": True, "pass": False}
        if self.d is None:
            return given
        return {**given, "d": self.d, "pairs": [(self.x, self.d)]}

    def ran(self, call: Call, known: dict[str, Any]) -> Any:
        """The result of a part; what it returned is known by its names from then on."""
        given = {role: _copied(known[role]) for role in call.arguments.values()}
        if call.whole:
            given |= {role: np.asarray(given[role])[None] for role in ("x", "d") if role in given}
        result = self.do(
            self.handle, call.name, **{n: given[role] for n, role in call.arguments.items()}
        )
        if isinstance(result, tuple):
            names = [n or "cache" for n in call.returns or ("y", "")]
            known |= dict(zip(names, result, strict=False))
        if call is self.usage.forward:
            known["y"] = outputs_in(result, call.pick)
        return result

    def outputs(self) -> tuple[Any, float | None]:
        """Its outputs of x, and its own loss, with the numbers that it has now."""
        known = self.known()
        forward, loss = self.usage.forward, self.usage.loss
        y = outputs_in(self.ran(forward, known), forward.pick) if forward else None
        return y, number_in(self.ran(loss, known)) if loss else None

    def went_back(self, way: Sequence[Call]) -> tuple[Any, State]:
        """What a way back returned, and the numbers inside after it."""
        known = self.passed()
        result = None
        for call in way:
            result = self.ran(call, known)
            known.setdefault("grads", result)
        after = self.numbers()
        returned = numbers(result, _no_class) if not isinstance(result, Handle) else {}
        # new weights, in place of the old
        if way and part_of(way[-1].name) is Part.MOVES and set(after) <= set(returned):
            return result, returned
        return result, after

    def passed(self) -> dict[str, Any]:
        """What is known after its forward pass and its loss."""
        known = self.known()
        for call in (self.usage.forward, self.usage.loss):
            if call:
                self.ran(call, known)
        return known


def _no_class(kind: type) -> bool:
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
        except ValueError:  # rows of several lengths
            return None
    real = (
        isinstance(first, (float, np.floating, np.ndarray)) and np.asarray(first).dtype.kind == "f"
    )
    return np.asarray(first, dtype=np.float64) if real and np.asarray(first).size else None


def number_in(result: Any) -> float | None:
    """The number that a loss returns, first of several or alone."""
    first: Any = result[0] if isinstance(result, tuple) and result else result
    one = isinstance(first, (float, np.floating, np.ndarray)) and np.size(first) == 1
    return float(np.asarray(first).reshape(())) if one else None


def networks(subject: Subject) -> Iterator[Network]:
    """Every network that can be made of it, each way in which it can be used and taught."""
    spent: Counter[str] = Counter()
    for made in _made(subject):
        made.spent = spent
        try:
            yield from _used(made)
        except Failed as failed:
            if failed.ending not in _GOES_ON:
                return  # the next one would end so as well
        if spent["calls"] > MOST_CALLS:
            return


def _made(subject: Subject) -> Iterator[Network]:
    if subject.found.kind == "class":
        yield from _as_the_script_does(subject)
    makers = [subject.found] if subject.found.kind == "class" else _makers(subject)
    for maker, sizes in product(makers, SIZES):
        several = [p for p in maker.parameters if p.variadic and not p.keyword_only]
        every = sizes if several and not calls.needed(maker.parameters) else ()
        try:
            named = {} if every else _arguments(subject.beside(maker), sizes)
            result = subject.of(maker.name, *every, **named)
        except (Failed, TypeError):
            continue
        if isinstance(result, Handle) and subject.found.kind == "class":
            yield _of_object(subject, partial(subject.of, maker.name, *every, **named))
        elif subject.found.kind == "function" and isinstance(result, (dict, list, tuple)):
            yield from _of_functions(subject, result)
        if not (named or every):
            return  # it is made in one size


def _as_the_script_does(subject: Subject) -> Iterator[Network]:
    """The object that the script makes of the class, with the layers that it adds to it."""

    def make() -> Handle:
        made: Handle = subject.box.call(name_of(subject.found.name)).value
        return made

    try:
        if isinstance(make(), Handle):
            yield _of_object(subject, make)
    except Failed:
        return


def _of_object(subject: Subject, make: Callable[[], Handle]) -> Network:
    parts = subject.found.methods
    return Network(subject, parts, make, subject.method, dict.fromkeys(parts, subject.found.source))


def _makers(subject: Subject) -> list[Definition]:
    functions = [f for f in subject.inventory.found if f.kind == "function"]
    return [f for f in functions if part_of(f.name) is Part.INIT and f.file == subject.found.file]


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
    here = [
        f for f in subject.inventory.found if f.kind == "function" and f.file == subject.found.file
    ]
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
        yield Network(subject, parts, make, do, sources)


def _called_with(
    subject: Subject, takes: Mapping[str, str], handle: Handle, part: str, /, **named: Any
) -> Any:
    """A function with what holds the weights, under the name by which it takes that."""
    return subject.of(part, **({takes[part]: handle} if part in takes else {}), **named)


def _used(network: Network) -> Iterator[Network]:
    """The same with samples that it takes, and the parts that do something with them."""
    before = network.numbers()
    for x in _samples(before):
        if network.spent["calls"] > MOST_CALLS:
            return
        network.begin(before)
        network.x, network.d, network.usage = x, None, Usage(None, None)
        forwards: list[Call | None] = [*_forward(network, before)]
        for forward in forwards or [None]:
            used = False
            for d in _targets(network, forward):
                if d is None and used:
                    break  # it has targets of its own
                network.begin(before)
                network.d, network.usage = d, Usage(forward, None)
                loss = _loss(network, before)
                if forward is None and loss is None:
                    continue
                network.usage = Usage(forward, loss)
                backward, step = _ways_back(network, before)
                if backward or step:
                    network.begin(before)
                    usage = Usage(forward, loss, backward, step)
                    used = used or bool({"d", "pairs"} & usage.given)
                    yield replace(network, usage=usage)


def _samples(state: State) -> Iterator[Any]:
    """x in every layout, of as many features as one of its arrays has rows or columns."""
    widths = {3: None, 2: None}
    for value in state.values():
        widths |= dict.fromkeys(np.shape(value)[:2])
    rng = np.random.default_rng(0)
    for layout in ("N I", "I", "1 I", "I 1", "N T I", "N 1 I", "1 1 I"):
        # one more: in a row of a table the target stands behind the features
        for width in list(dict.fromkeys([*list(widths)[:4], 4 if layout == "I" else 3])):
            sizes = {"N": _SAMPLES, "T": _TURNS, "I": width}
            yield rng.standard_normal([int(s) if s.isdigit() else sizes[s] for s in layout.split()])
    yield rng.integers(2, size=(_SAMPLES, 2))  # numbers of words


def _call(network: Network, name: str, known: Mapping[str, Any]) -> Call | None:
    """How a part is called with what is known; None where that is not enough."""
    parameters = network.parts[name]
    needed = [p.name for p in calls.needed(parameters)]
    roles = _roles(parameters, known)
    if network.usage.forward:  # what the forward pass calls x is that elsewhere
        roles |= {n: r for n, r in network.usage.forward.arguments.items() if n in roles}
    if part_of(name) is Part.MOVES and len(needed) == 1 and not calls.role_of(needed[0]):
        roles[needed[0]] = "pairs"  # a set of samples, each beside its target
    if not all(roles[n] in known for n in needed):
        return None
    given = [p.name for p in parameters if not p.variadic and roles[p.name] in known
             and (p.required or roles[p.name] in calls.OPTIONAL)]  # fmt: skip
    returns = calls.returned_names(network.sources[name], name.rpartition(".")[2])
    return Call(name, {n: roles[n] for n in given}, tuple(_role(n) for n in returns))


def _roles(parameters: Sequence[Parameter], known: Mapping[str, Any]) -> dict[str, str]:
    """What each parameter stands for; of names that say nothing the order does."""
    roles = calls.roles_of(parameters)
    # what was returned under a name of its own
    unnamed = {n: calls.plain(n) for n in roles if not calls.role_of(n) and n != "y"}
    roles |= {n: plain for n, plain in unnamed.items() if plain in known}
    left = [p.name for p in calls.needed(parameters) if roles[p.name] not in known]
    free = [role for role in ("x", "d") if role in known and role not in roles.values()]
    # behind the forward pass the target is what is missing
    free = free[-len(left) :] if "y" in known else free
    rate = ["lr"] if "lr" not in roles.values() else []
    return roles | dict(zip(left, [*free, *rate], strict=False))


def _role(name: str) -> str:
    return calls.role_of(name) or name


def _tried(network: Network, call: Call, known: dict[str, Any]) -> Any:
    network.spent["calls"] += 1
    try:
        return network.ran(call, known)
    except (Failed, TypeError) as failed:
        if isinstance(failed, Failed) and failed.ending not in _GOES_ON:
            raise
        return None


def _forward(network: Network, before: State) -> Iterator[Call]:
    """The first part that makes outputs of x and of the numbers inside, each of its results."""
    first = (Part.FORWARD, Part.PREDICT)
    names = sorted(network.parts, key=lambda n: first.index(p) if (p := part_of(n)) in first else 2)
    known = {k: v for k, v in network.known().items() if k != "d"}
    for name in names:
        call = _call(network, name, known)
        if call is None or "x" not in call.arguments.values() or speaks_of_loss(name):
            continue
        result = _tried(network, call, dict(known))
        network.put({p: _elsewhere(v) for p, v in before.items() if isinstance(v, _NUMBERS)})
        again = _tried(network, call, dict(known))
        network.begin(before)
        picks = [p for p in _picks(result) if _differ(outputs_in(result, p), outputs_in(again, p))]
        yield from (replace(call, pick=pick) for pick in picks)
        if picks:
            return


def _picks(result: Any) -> list[int | None]:
    """Which of several results may be the outputs, the last one first; None: all of it."""
    of_numbers = isinstance(result, list) and all(isinstance(v, float) for v in result)
    several = isinstance(result, (tuple, list)) and len(result) < 10 and not of_numbers
    return [*range(len(result))][::-1] if several else [None]


def _differ(y: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether both are finite numbers, and not the same."""
    if y is None or other is None or y.shape != other.shape:
        return False
    return bool(np.isfinite(y).all()) and not _same(y, other)


_NUMBERS = (float, np.ndarray)


def _elsewhere(value: Any) -> Any:
    """Another number near it; of an array not all by the same, which a softmax would not show."""
    if not np.ndim(value):
        return value * 1.25 + 0.125
    return value * 1.25 + 0.125 * np.cos(np.arange(np.size(value))).reshape(np.shape(value))


def _targets(network: Network, forward: Call | None) -> Iterator[Any]:
    """Targets for these outputs: one-hot, or the numbers of the classes; or none but x itself."""
    if forward is None:
        yield None
        samples = len(network.x)
        yield np.arange(samples) % 2
        yield np.eye(2)[np.arange(samples) % 2]
        return
    y = outputs_in(_tried(network, forward, network.known()), forward.pick)
    if y is None:
        return
    d = np.zeros(y.shape)
    if y.ndim == 0:
        yield 1.0
    elif (
        y.shape[-1] == 1
        and y.ndim == 2
        and y.shape[0] != 1
        and np.ndim(network.x) == 2
        and network.x.shape[-1] == 1
    ):
        d[0] = 1.0  # one column
        yield d
    elif y.shape[-1] == 1 or (y.ndim == 1 and np.ndim(network.x) > 1):
        d.reshape(-1)[::2] = 1.0
        yield d
    else:
        rows = d.reshape(-1, y.shape[-1])
        rows[np.arange(len(rows)), np.arange(len(rows)) % y.shape[-1]] = 1.0
        yield d
        if y.ndim == 2:
            yield d.argmax(axis=-1)
    yield None


def _loss(network: Network, before: State) -> Call | None:
    """The first part that gives a number of the targets, or of x alone, and is called a loss."""
    network.begin(before)
    known = network.passed()
    for name in network.parts:
        call = _call(network, name, known)
        if call is None or not speaks_of_loss(name) and network.usage.forward is not None:
            continue
        of = {*(("x",) if not network.usage.forward or network.d is None else ()),
              *(("d",) if network.d is not None else ())}  # fmt: skip
        if of <= set(call.arguments.values()):
            number = number_in(_tried(network, call, dict(known)))
            if number is not None and np.isfinite(number):
                return call
    return None


def _ways_back(network: Network, before: State) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
    """Calls that give gradients, and calls that change the weights; each () where there are none."""
    backward: tuple[Call, ...] = ()
    step: tuple[Call, ...] = ()
    open_: list[Call] = []
    network.begin(before)
    known = network.passed()
    forward = network.usage.forward.name if network.usage.forward else ""
    for name in network.parts:
        if name == forward or part_of(name) is Part.INIT or (backward and step):
            continue
        call = _call(network, name, known)
        if call is None:
            continue
        for each in (call, replace(call, whole=True)) if np.ndim(network.x) == 1 else (call,):
            gives, moves = _effect(network, (each,), before)
            backward = backward or ((each,) if gives else ())
            step = step or ((each,) if moves else ())
            open_ += [] if moves else [each]
    for first in open_ if not step else ():
        for name in network.parts:
            if name in (forward, first.name) or step:
                continue
            known = _after(network, first, before)
            call = _call(network, name, known)
            if call and _effect(network, (first, call), before)[1]:
                step = (first, call)
    return backward, step


def _after(network: Network, call: Call, before: State) -> dict[str, Any]:
    network.begin(before)
    known = network.passed()
    result = _tried(network, call, known)
    known.setdefault("grads", result)
    return known


def _effect(network: Network, way: Sequence[Call], before: State) -> tuple[bool, bool]:
    """Whether calls give arrays of the weights' shapes, and whether they change the weights."""
    network.spent["calls"] += len(way)
    network.begin(before)
    network.passed()
    fresh = network.numbers()
    network.begin(before)
    try:
        result, after = network.went_back(way)
    except (Failed, TypeError, KeyError) as failed:
        if isinstance(failed, Failed) and failed.ending not in _GOES_ON:
            raise
        return False, False
    changed = [
        p
        for p, v in before.items()
        if isinstance(v, _NUMBERS) and p in after and p in fresh
        and _same(v, fresh[p]) and np.shape(v) == np.shape(after[p]) and not _same(v, after[p])
    ]  # fmt: skip
    moved = any(True for _ in weights_of(network, before, changed))
    return not moved and len(gradients_in(result, after, before)) > 1, moved


def _same(one: Any, other: Any) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def weights_of(network: Network, state: State, paths: Iterable[str]) -> Iterator[str]:
    """Those of the paths on whose numbers its outputs or its loss depend."""
    network.begin(state)
    first = network.outputs()
    for path in paths:
        network.put({path: _elsewhere(state[path])})
        try:
            now = network.outputs()
        except Failed as failed:
            if failed.ending not in _GOES_ON:
                raise
            continue
        finally:
            network.put({path: state[path]})
        if not all(map(_same_or_none, first, now)):
            yield path


def _same_or_none(one: Any, other: Any) -> bool:
    return one is None or other is None or _same(one, other)


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


def gradients_in(result: Any, after: State, weights: State) -> dict[str, np.ndarray]:
    """Weight → its gradient in what a way back returned, or kept under a name that says so."""
    returned = numbers(result, _no_class) if not isinstance(result, Handle) else {}
    found: dict[str, np.ndarray] = {}
    arrays = {p: w for p, w in weights.items() if np.ndim(w)}
    for path, weight in arrays.items():
        holder, name = _split(path)
        kept = [p for p in after if _split(p)[0] == holder and _is_gradient_of(_split(p)[1], name)]
        given = [p for p in returned if _is_gradient_of(_split(p)[1], name, bare=True)]
        for value in [*(returned[p] for p in given), *(after[p] for p in kept)]:
            if np.shape(value) == np.shape(weight):
                found.setdefault(path, np.asarray(value, dtype=np.float64))
    if not found:
        in_order = [np.asarray(v, dtype=np.float64) for v in returned.values() if np.ndim(v)]
        if [v.shape for v in in_order] == [np.shape(w) for w in arrays.values()]:
            return dict(zip(arrays, in_order, strict=True))
    return found


def _split(path: str) -> tuple[str, str]:
    """Where a number is kept, and its own name there."""
    if path.endswith("']"):
        holder, _, name = path[:-2].rpartition("['")
        return holder, name
    holder, _, name = path.rpartition(".")
    return holder, name


def _is_gradient_of(name: str, weight: str, bare: bool = False) -> bool:
    spelled, meant = calls.plain(name), calls.plain(weight)
    said = (
        f"d{meant}",
        f"grad{meant}",
        f"{meant}grad",
        f"g{meant}",
        f"{meant}gradient",
        f"gradient{meant}",
        f"delta{meant}",
        f"nabla{meant}",
    )
    return spelled in said or (bare and spelled == meant)
