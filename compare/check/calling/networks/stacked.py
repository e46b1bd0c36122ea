"""Losses of weights that have the bias as a first column, in matrices or one long vector.

``cost(theta1, theta2, X, y, lam)`` and its gradient; ``cost(params, n_in, n_hid, n_out, X, y)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.networks.holding import functions_of
from compare.check.fitting.networks import passes as chains
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

ONE_HOT, FROM_ONE, CLASSES = "one-hot", "from 1", "classes"  # what targets are
_LAYERS = 2
_ONES = re.compile(r"\bones(_like)?\(|\binsert\(|\bpad\(")
_NUMBERED = re.compile(r"[a-z_]*?\d", re.IGNORECASE)


@dataclass(frozen=True)
class Stack:
    """Which parameters are what: the matrices, or the vector beside the sizes of the layers."""

    weights: tuple[str, ...]
    sizes: tuple[str, ...]
    x: str
    d: str
    decays: tuple[str, ...]


def stack_of(subject: Subject) -> Stack | None:
    """What the parameters of a loss of such weights are; None where it is none."""
    if subject.found.kind != "function" or not speaks_of_loss(subject.found.name):
        return None
    parameters = subject.found.parameters
    if not any(_ONES.search(f.source) for f in functions_of(subject).values()):
        return None
    decays = tuple(calls.decays(parameters))
    needed = [p for p in calls.needed(parameters) if p.name not in decays]
    roles = {role: name for name, role in calls.roles_of(needed).items()}
    sizes = calls.sizes_among([p.name for p in needed])
    taken = {roles.get("x"), roles.get("d"), *sizes}
    others = tuple(p.name for p in needed if p.name not in taken)
    if len(sizes) == _LAYERS and len(others) == 2:
        # the vector comes first, and what is left is a size: num_labels
        sizes = tuple(p.name for p in needed if p.name in (*sizes, others[1]))
        others = others[:1]
    by_layer = len(others) == _LAYERS and all(map(_NUMBERED.fullmatch, others)) and not sizes
    as_vector = len(others) == 1 and len(sizes) == _LAYERS + 1
    if not {"x", "d"} <= set(roles) or not (by_layer or as_vector):
        return None
    return Stack(others, sizes, roles["x"], roles["d"], decays)


def called(
    targets: str, decay: float, subject: Subject, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    """The loss, and the gradients that come with it or of a function beside it.   Raises Failed.

    ``decay``: the rate of the penalty, which such a loss divides by the number of samples.
    """
    stack = stack_of(subject)
    assert stack is not None  # it was asked before whether it takes the subject
    layers = [np.c_[arrays[f"b{k}"], arrays[f"W{k}"].T] for k in range(1, _LAYERS + 1)]
    sizes = (layers[0].shape[1] - 1, *(each.shape[0] for each in layers))
    arguments: dict[str, Any] = dict(zip(stack.sizes, sizes, strict=False))
    arguments |= {stack.x: arrays["x"], stack.d: _targets(targets, arrays["d"], sizes[-1])}
    vector = len(stack.weights) == 1
    handed = [np.concatenate([each.ravel() for each in layers])] if vector else layers
    arguments |= dict(zip(stack.weights, handed, strict=True))
    arguments |= dict.fromkeys(stack.decays, decay * len(arrays["x"]))
    result = subject.call(**arguments)
    if isinstance(result, (tuple, list)) and len(result) > 1:
        loss, *gradients = result
    else:
        loss, gradients = result, _beside(subject, arguments)
    return {"loss": loss} | _gradients(gradients, layers)


def _targets(targets: str, d: np.ndarray, K: int) -> np.ndarray:
    return {ONE_HOT: chains.targets(d, K), FROM_ONE: d + 1, CLASSES: d}[targets]


def _beside(subject: Subject, arguments: Mapping[str, Any]) -> list[Any]:
    """What the function that takes the same and is called after gradients gives."""
    for name, function in functions_of(subject).items():
        same = {p.name for p in calls.needed(function.parameters)} <= set(arguments)
        if part_of(name) is Part.BACKWARD and same:
            asked = {p.name for p in function.parameters}
            given = {n: v for n, v in arguments.items() if n in asked}
            result = subject.of(name, **given)
            return list(result) if isinstance(result, (tuple, list)) else [result]
    return []


def _gradients(given: Sequence[Any], layers: Sequence[np.ndarray]) -> dict[str, Any]:
    """The gradients of W and b, each out of a matrix, or all of them out of one vector."""
    shapes = [each.shape for each in layers]
    total = sum(each.size for each in layers)
    given = list(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    if len(given) == 1 and np.size(given[0]) == total:
        flat, at = np.ravel(given[0]), 0
        given = []
        for shape in shapes:
            given.append(flat[at : at + shape[0] * shape[1]].reshape(shape))
            at += shape[0] * shape[1]
    if not given:
        return {}
    if len(given) != len(shapes) or any(
        np.shape(g) != s for g, s in zip(given, shapes, strict=True)
    ):
        raise Failed(Ending.REFUSED, message("its gradients are not of the shapes of its weights"))
    found: dict[str, Any] = {}
    for k in range(len(given), 0, -1):
        matrix = np.asarray(given[k - 1])
        found |= {f"grad/W{k}": matrix[:, 1:].T, f"grad/b{k}": matrix[:, 0]}
    return found
