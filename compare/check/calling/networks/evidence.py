"""Whether what a network gave, or raised, says something of it, or of how it was called."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.any_network.made import FEATURES, networks_made
from compare.check.calling.any_network.network import outputs_in
from compare.check.calling.networks.construct import one_by_one
from compare.check.calling.networks.parameter_kinds import kinds
from compare.check.calling.networks.weights import OF_OTHER_SHAPE
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed
from compare.sandbox.worker.script_objects import name_of

_ROUGHLY = 1e-6  # of the largest: only whether the numbers of the classes are reckoned with

Arrays = Mapping[str, Any]
_OF_OURS = re.compile("ValueError: cannot.reshape.array|AssertionError")


def uses_classes(call: Callable[[Subject, Arrays], Arrays], subject: Subject, a: Arrays) -> bool:
    """Whether class numbers are told apart, and not reckoned with as numbers.

    A vector of them beside outputs of several classes is broadcast, and nothing raises: then the
    gradients move in proportion as the numbers do.
    """
    given = []
    for by in (0.0, 0.25, 0.5):
        moved = {n: np.asarray(v + by) if n in ("d", "d0") else v for n, v in a.items()}
        try:
            results = call(subject, {**a, **moved} if by else a)
        except (Failed, ValueError, TypeError, IndexError, KeyError, AttributeError):
            return True  # as an index it has to be a whole number, and one of a class
        given.append({n: np.asarray(v) for n, v in results.items() if n.startswith("grad/")})
    steps = [_step(one, other) for one, other in zip(given, given[1:], strict=False)]
    largest = max(map(_largest, steps))
    return largest == 0.0 or _largest(_step(*steps)) > _ROUGHLY * largest


def gives_outputs(call: Callable[[Subject, Arrays], Arrays], subject: Subject, a: Arrays) -> bool:
    """Whether there is an output for each sample, one below the other."""
    try:
        y = call(subject, a).get("y")
    except (Failed, ValueError, TypeError, IndexError, KeyError, AttributeError):
        return False
    return y is None or np.ndim(y) == 2 and len(y) == len(a["x"])


def _step(one: Arrays, other: Arrays) -> dict[str, np.ndarray]:
    return {n: other[n] - v for n, v in one.items() if n in other and other[n].shape == v.shape}


def _largest(arrays: Arrays) -> float:
    return max((float(np.abs(v).max(initial=0.0)) for v in arrays.values()), default=0.0)


def is_own(subject: Subject, why: Failed, failures: Sequence[tuple[Failed, int]]) -> bool:
    """Whether an exception does not depend on what a network is called with.

    A name that nothing defines; a place that every call comes to and none goes past; or a part that
    is handed nothing but samples and targets, and raised in every layout of them.
    """
    if why.line.startswith("AttributeError: '") and (name := _ATTRIBUTE.search(why.line)):
        return not _is_set(subject, name[1])
    if why.line.startswith(_OF_THE_CODE):
        return True
    # a fixed number of features is another than ours; an assertion is about what it is given
    if not why.where or _OF_OURS.match(why.line):
        return False
    if OF_OTHER_SHAPE in subject.made and why.line.startswith("ValueError: "):
        return False
    # of what holds the weights we made the keys, and how many there are
    if subject.found.kind == "function" and why.line.startswith(("KeyError", "IndexError")):
        return False
    if subject.found.kind == "class" and not any(answered for _, answered in failures):
        return _cannot_be_made(subject, why)
    if subject.found.kind == "class" and _passes_by_itself(subject, _function(why)):
        return False
    if len({f.where for f, _ in failures}) == 1:
        return True
    function = _function(why)
    parameters = subject.found.methods.get(function)
    if parameters is None or part_of(function) in (Part.INIT, None):
        return False
    if any(_stage(_function(f)) > _stage(function) for f, _ in failures):
        return False  # in some layout it went past
    return set(calls.roles_of(calls.needed(parameters)).values()) <= {"x", "d", "y"}


def _passes_by_itself(subject: Subject, name: str) -> bool:
    """Whether a forward pass takes single samples, as its text hands them, with its own weights."""
    takes = part_of(name) in (Part.FORWARD, Part.PREDICT) and one_by_one(subject, 2)
    for network in networks_made(subject) if takes else ():
        for shape in ((FEATURES,), (1, FEATURES), (FEATURES, 1)):
            try:
                y = outputs_in(subject.method(network.handle, name, np.ones(shape)))
            except (Failed, TypeError):
                continue
            if y is not None and np.isfinite(y).all():
                return True
    return False


def _function(failed: Failed) -> str:
    return failed.where.rpartition(", in ")[2]


def _stage(function: str) -> int:
    """How far a network has come where a function raised: forward, loss or a helper, back."""
    part = part_of(function)
    return 0 if part in (Part.FORWARD, Part.PREDICT) else 2 if part in _BACK else 1


_BACK = (Part.BACKWARD, Part.MOVES)


def _cannot_be_made(subject: Subject, why: Failed) -> bool:
    """Whether its script cannot make it either; or the class says of each parameter what it is."""
    try:
        subject.box.call(name_of(subject.found.name))
        return False
    except Failed as failed:
        if failed.where:
            return failed.where == why.where
    done = kinds(subject.found.source)
    needed = [p.name for p in calls.needed(subject.found.parameters)]
    return all(n in done and (done[n].one or done[n].several or done[n].texts) for n in needed)


_OF_THE_CODE = ("NameError", "UnboundLocalError", "NotImplementedError", "RecursionError")
_ATTRIBUTE = re.compile(r"object has no attribute '(\w+)'")


def _is_set(subject: Subject, attribute: str) -> bool:
    """Whether some line sets an attribute of that name: in a part that was not called before."""
    sets = re.compile(rf"\.{attribute}\b\s*(\[.*\])?\s*(,.*)?=[^=]")
    return any(sets.search(d.source) for d in subject.inventory.classes)
