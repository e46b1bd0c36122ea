"""Networks of functions: what holds their weights is made as their text reads it.

Nobody says what shapes the weights have, or under which names they are handed over: a factor of a
matrix product is a matrix, in the order of the text; what is added is a bias; and the layout is the
one in which the forward pass gives outputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial, reduce
from itertools import pairwise
from operator import or_
from typing import Any

import numpy as np

from compare.check.calling.any_network.arrays_in_text import EACH, KEY, Path, places, read_in
from compare.check.calling.any_network.network import Network, elsewhere
from compare.check.calling.networks.source_names import global_names
from compare.check.calling.networks.weights import Layout, module_values
from compare.check.calling.settings import settings_of
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import speaks_of_loss
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition, Ending, Failed, Handle, Inventory

_COUNT = 3  # of anything that a class is made with, whose arrays are replaced
HELD = "held"  # what was made: what holds the weights, by name
SAMPLES = "samples"  # what was made: those that the forward pass was handed
RATES = "rates"  # what was made: global name → a learning rate in its place
OWN_SAMPLES = "own_samples"  # what was made: that what is read of the module is those as well
# columns before vectors, whose biases any sample by itself takes as well
LAYOUTS = (Layout(), Layout(bias="1H"), Layout(True, "H1"), Layout(True), Layout(vectors=True))
_KEPT = ("d", "y", "grads", "dout", "cache", "lr", "N", "epochs", *calls.SWITCHES)


@dataclass(frozen=True)
class Holders:
    """The names under which functions hold their weights, and where in them W1 b1 ... are.

    ``matrices``, ``biases``: of each layer its own place, or one with EACH for all of them.
    """

    names: tuple[str, ...]
    matrices: tuple[Path, ...]
    biases: tuple[Path, ...]

    @property
    def depth(self) -> int:
        """How many layers there are; 0: any number."""
        return 0 if EACH in self.matrices[0] else len(self.matrices)

    def place(self, name: str) -> Path:
        """Where W1, b1, ... is."""
        every, k = self.matrices if name[0] == "W" else self.biases, int(name[1:]) - 1
        return tuple(k if step == EACH else step for step in every[k if self.depth else 0])

    def key(self, name: str) -> Any:
        """What it is called inside a holder of all: a key, a place, or a place in a layer of it."""
        keys = [s[2:-2] if isinstance(s, str) and s[0] == "[" else s for s in self.place(name)[1:]]
        return keys[0] if len(keys) == 1 else tuple(keys)

    def path(self, name: str) -> str:
        """The same as a path inside what holds all of them."""
        holder, *steps = self.place(name)
        return f"['{holder}']" + "".join(f"[{s}]" if isinstance(s, int) else s for s in steps)

    def filled(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Name → what holds these arrays, W1 b1 ..., as nested dicts by step."""
        tree: dict[str, Any] = {}
        for name, array in arrays.items():
            if name[0] == "W" or self.biases:
                *steps, last = self.place(name)
                inner: dict[Any, Any] = tree
                for step in steps:
                    inner = inner.setdefault(step, {})
                inner[last] = array
        return tree


def holders_of(inventory: Inventory, found: Definition) -> Holders | None:
    """Where a forward pass and those beside it find their weights; None where it has none."""
    if found.kind != "function":
        return None
    names = _names(found)
    values = {d.name for d in inventory.found if d.kind == "value"}
    here = [d for d in inventory.functions if d.file == found.file]
    called = _called(found, {d.name: d for d in here})
    if not names:  # what is called by it comes first
        every = [n for d in called for n in global_names(d.source) if n in values]
        names = tuple(dict.fromkeys(every))
    if not names:
        return None
    read = reduce(or_, (read_in(d.source, names) for d in called))
    of_all = reduce(or_, (read_in(d.source, names) for d in here), read)
    # what the forward pass takes apart is as it takes it: another one goes through all of it
    kept = places(list(read.paths))
    matrices = [p for p in kept if _is_among(p, of_all.matrices)]
    biases = [p for p in kept if _is_among(p, of_all.added) and p not in matrices]
    used = tuple(dict.fromkeys(str(p[0]) for p in (*matrices, *biases)))
    if not matrices or len(biases) not in (0, len(matrices)):
        return None
    of_any = [EACH in p for p in (*matrices, *biases)]
    if any(of_any) and (len(matrices) > 1 or not all(of_any)):
        return None
    if any(KEY in p for p in read.paths):
        return None  # how many there are its text does not say
    return Holders(used, tuple(matrices), tuple(biases))


def _called(found: Definition, here: Mapping[str, Definition]) -> list[Definition]:
    """A function behind those that it calls, and that read what is global."""
    names = [n for n in global_names(found.source) if n in here and n != found.name]
    below = [
        d
        for n in names
        for d in _called(here[n], {k: v for k, v in here.items() if k != found.name})
    ]
    return [*{d.name: d for d in below}.values(), found]


def _is_among(place: Path, some: Mapping[Path, None]) -> bool:
    """Whether a place is one of those that are read."""
    return any(len(p) == len(place) and all(map(_alike, place, p)) for p in some)


def _alike(place: str | int, step: str | int) -> bool:
    return place == step or place == EACH and (step == EACH or isinstance(step, int))


def _names(found: Definition) -> tuple[str, ...]:
    """The parameters of a forward pass that may hold weights: all but x, and what is no array."""
    roles = calls.roles_of(found.parameters)
    needed = [p.name for p in calls.needed(found.parameters)]
    x = next((n for n in needed if roles[n] == "x"), "")
    # of a container the text reads members, of x none
    inside = {n for n in needed if any(len(p) > 1 for p in read_in(found.source, (n,)).paths)}
    rest = [n for n in needed if n != x and (roles[n] not in _KEPT or n in inside)]
    first = x or next((n for n in rest if n not in inside), "")
    return tuple(n for n in rest if n != first)


def of_functions(subject: Subject, layout: Layout, sizes: Sequence[int]) -> Network:
    """The functions with weights of these sizes in what holds them.   Raises Failed."""
    holders = holders_of(subject.inventory, subject.found)
    assert holders is not None  # it was asked before whether it has any
    made = partial(_built_all, subject, holders, _drawn(layout, sizes))
    return replace(_beside(subject, holders.names, made), ends=(sizes[0], sizes[-1]))


def of_module(subject: Subject) -> Network | None:
    """The functions with the module's own weights, where a forward pass is handed none.

    A number is one where a function sets it.
    """
    here = subject.inventory.functions
    called = _called(subject.found, {d.name: d for d in here if d.file == subject.found.file})
    held = {} if _names(subject.found) else module_values(subject, subject.found, called)
    kept = {
        n: v for n, v in held.items()
        if isinstance(v, (list, np.ndarray)) and np.size(v)
        or isinstance(v, float) and any(_is_rebound(n, d.source) for d in here)
    }  # fmt: skip
    return _beside(subject, tuple(kept), lambda: kept) if kept else None


def of_script(subject: Subject, made: Callable[[], Mapping[str, Any]]) -> Network | None:
    """The functions with the weights that the script hands to the forward pass, under its names.

    ``made``: what it is handed, anew at each call: of objects there is no copy.
    """
    roles, handed = calls.roles_of(subject.found.parameters), made()
    flat = [n for n, v in handed.items() if _is_array(v) or _is_row(v)]
    x = next((n for n in handed if roles[n] == "x"), flat[0] if len(flat) == 1 else "")
    holds = partial(_holds_arrays, subject)
    arrays = {n: v for n, v in handed.items() if n != x and holds(v)}
    kept = [n for n, v in arrays.items() if roles[n] not in _KEPT or not _is_array(v)]
    if not kept:
        return None
    network = _beside(subject, tuple(kept), lambda: {n: made()[n] for n in kept})
    return replace(network, like=np.shape(handed[x])) if x else network


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _is_row(value: Any) -> bool:
    """Whether it is numbers in a list."""
    return bool(value) and isinstance(value, (list, tuple)) and all(map(np.isscalar, value))


def _holds_arrays(subject: Subject, value: Any) -> bool:
    """Whether it is an array of numbers, or a container or an object with one."""
    if isinstance(value, Handle):
        return any(map(np.ndim, subject.box.numbers(value).values()))
    if isinstance(value, dict):
        return any(_holds_arrays(subject, v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(type(v) is float or _holds_arrays(subject, v) for v in value)
    return _is_array(value) and value.dtype.kind == "f" and value.size > 0


def _beside(
    subject: Subject, names: tuple[str, ...], made: Callable[[], Mapping[str, Any]]
) -> Network:
    """The functions of a file, with what is made for these names kept beside the code."""
    here = [
        d for d in subject.inventory.functions
        if d.file == subject.found.file and d.parameters
        and (subject.box.confined or d is subject.found or _is_of_network(d, names))
    ]  # fmt: skip
    parts = {d.name: tuple(p for p in d.parameters if p.name not in names) for d in here}
    sources = {d.name: d.source for d in here}

    def make() -> Handle:
        apart = {
            n: value if isinstance(value, float) else subject.box.keep(value)
            for n, value in made().items()
        }
        whole = subject.box.keep(apart)
        subject.made.setdefault(HELD, {})[whole.number] = apart
        return whole

    values = {d.name for d in subject.inventory.found if d.kind == "value"}
    do = partial(_called_with, subject, names, values)
    return Network(subject, parts, make, do, sources, first=subject.found.name, held=names)


def _is_of_network(d: Definition, names: Sequence[str]) -> bool:
    """Whether a function is handed or reads the weights, or is called a loss: any other may do
    anything, and is called by guess only where that harms nobody."""
    taken = {p.name for p in d.parameters} | {*global_names(d.source)}
    return bool(taken & {*names}) or speaks_of_loss(d.name)


def _drawn(layout: Layout, sizes: Sequence[int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for k, (inside, outside) in enumerate(pairwise(sizes), 1):
        arrays[f"W{k}"] = 0.7 * rng.standard_normal((inside, outside))
        arrays[f"b{k}"] = 0.5 * rng.standard_normal(outside)
    return {n: layout.theirs(n, a) for n, a in arrays.items()}


def _built_all(
    subject: Subject, holders: Holders, arrays: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    tree = holders.filled(arrays)
    return {n: _built(subject, tree[n]) for n in holders.names}


def _built(subject: Subject, node: Any) -> Any:
    """A dict, a list, or an object of a class that is made with what is read of it."""
    if not isinstance(node, dict):
        return np.array(node)
    inside = {step: _built(subject, value) for step, value in node.items()}
    if all(isinstance(step, int) for step in inside):
        return [inside[i] for i in sorted(inside)]
    if all(step.startswith("[") for step in inside):
        return {step[2:-2]: value for step, value in inside.items()}
    return _object(subject, {step[1:]: value for step, value in inside.items()})


def _object(subject: Subject, named: Mapping[str, Any]) -> Handle:
    """An object with these attributes, of a class that is made with them or sets them."""
    classes = subject.inventory.classes
    for d in classes:
        if {p.name for p in d.parameters if p.required} == {*named}:
            made: Handle = subject.box.call(d.name, **named).value
            return made
    for d in classes:
        if all(re.search(rf"\.{name}\b", d.source) for name in named):
            counts = dict.fromkeys([p.name for p in calls.needed(d.parameters)], _COUNT)
            made = subject.box.call(d.name, **(counts | settings_of(subject.beside(d)))).value
            for name, value in named.items():
                subject.box.set(made, name, value)
            return made
    raise Failed(Ending.REFUSED, message("what its functions read is not found"))


def _called_with(
    subject: Subject, names: Sequence[str], values: Collection[str], handle: Handle, part: str, /,
    **named: Any,
) -> Any:  # fmt: skip
    """A function with what holds the weights, under the names by which it takes or reads that."""
    held = subject.made[HELD][handle.number]
    found = subject.inventory[part]
    if part == subject.found.name:
        subject.made[SAMPLES] = next((v for v in named.values() if isinstance(v, np.ndarray)), None)
    ours = {n: _now(subject, handle, n, held[n]) for n in names if n in values}
    ours |= _samples_read(subject, found, names) | subject.made.get(RATES, {})
    if ours:
        subject.rebound = subject.rebound or subject.box.globals_of(subject.found.name)
        for name, value in ours.items():
            subject.box.set(subject.rebound, name, value)
    taken = {p.name: held[p.name] for p in found.parameters if p.name in names}
    result = subject.of(part, **taken, **named)
    for name in names:
        if subject.rebound and _is_rebound(name, found.source):
            array = subject.box.get(subject.rebound, name)
            if isinstance(array, (float, np.ndarray)):
                subject.box.put(handle, {f"[{name!r}]": array})
    return result


def _now(subject: Subject, handle: Handle, name: str, held: Any) -> Any:
    """What is held under a name, or the number that it is by now."""
    return subject.box.numbers(handle)[f"[{name!r}]"] if isinstance(held, float) else held


@lru_cache(maxsize=256)
def _is_rebound(name: str, source: str) -> bool:
    return bool(re.search(rf"\bglobal\b.*\b{name}\b", source))


def _samples_read(subject: Subject, found: Definition, held: Sequence[str]) -> dict[str, Any]:
    """Global name → samples, which a function multiplies: those of the forward pass, where it is
    handed none itself; else others, for it has its own."""
    x, read = subject.made.get(SAMPLES), samples_read(subject, found, held)
    if x is None or not read:
        return {}
    handed = "x" in calls.roles_of(found.parameters).values() and OWN_SAMPLES not in subject.made
    return dict.fromkeys(read, elsewhere(x) if handed else x)


def samples_read(subject: Subject, found: Definition, held: Sequence[str]) -> tuple[str, ...]:
    """The tables of the module that a function reads, and that are none of the weights."""
    known = f"{SAMPLES} of {found.name}"
    if known not in subject.made:
        arrays = module_values(subject, found, without=held)
        subject.made[known] = tuple(n for n, v in arrays.items() if _is_table(v))
    tables_read: tuple[str, ...] = subject.made[known]
    return tables_read


def _is_table(value: Any) -> bool:
    """Whether it is rows of real numbers, of one length: what a list holds may be anything."""
    try:
        array = np.asarray(value)
    except ValueError:
        return False
    return array.ndim == 2 and len(array) > 1 and array.dtype.kind == "f"


def put_back(subject: Subject) -> None:
    """The submission's own global names, where some of them were ours."""
    if subject.rebound is not None:
        module, subject.rebound = subject.rebound, None
        try:
            subject.box.method(module, "__call__")
        except Failed:
            pass  # its process ended, and a new one has its own
