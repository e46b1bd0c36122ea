"""Which method of a class is which part of a network, by what it does, where no name says it.

An object whose sizes all differ is used as a training loop would: what gives outputs of x is the
forward pass, what gives a number the loss, what gives or keeps arrays of the weights' shapes the
way back, and what changes the weights moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from typing import Any

import numpy as np

from compare.check.calling.layers import everything, renewed
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle, Parameter

_SAMPLES = 7  # more than any of the sizes: no shape of samples is one of weights
_ROLES = ("x", "d", "y", "lr")


@dataclass(frozen=True)
class Method:
    """A method, its parameters by what they stand for, and whether it goes through a batch itself."""

    name: str
    parameters: tuple[Parameter, ...]
    whole: bool = False


@dataclass(frozen=True)
class Behaviour:
    """Usual name → the method that does that; ``apart``: the forward pass takes single vectors."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    apart: bool = False


@dataclass(frozen=True)
class Trial:
    """How objects are made, how their weights are read, and the samples that they are given."""

    subject: Subject
    make: Callable[[], Handle]
    weights: Callable[[Handle], Mapping[str, np.ndarray]]
    samples: tuple[np.ndarray, np.ndarray]
    batch: tuple[np.ndarray, np.ndarray]

    def outputs(self, net: Handle, method: str) -> Any:
        """What a method gives of x, or None where that are no outputs."""
        try:
            result = self.subject.method(net, method, np.copy(self.samples[0]))
        except Failed as failed:
            _end_with(failed)
            return None
        results = result if isinstance(result, (tuple, list)) else [result]
        return next((y for y in results if self._is_output(y)), None)

    def _is_output(self, y: Any) -> bool:
        sizes = self.samples[1].size, self.samples[1].size // self.batch[1].shape[1]
        # of one unit: a number for each sample, whatever is asked for
        return isinstance(y, np.ndarray) and y.dtype.kind == "f" and y.size in sizes


def behaviour_of(
    subject: Subject, make: Callable[[], Handle], weights: Any, sizes: Sequence[int]
) -> Behaviour:
    """What the methods do; no methods where none gives outputs, or one does not come to an end."""
    try:
        return _tried(subject, make, weights, sizes)
    except Failed:
        return Behaviour()


def _tried(
    subject: Subject, make: Callable[[], Handle], weights: Any, sizes: Sequence[int]
) -> Behaviour:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((_SAMPLES, sizes[0]))
    d = np.eye(sizes[-1])[np.arange(_SAMPLES) % sizes[-1]]
    for samples in ((x, d), (x.T, d.T), (x[0], d[0])):
        trial = Trial(subject, make, weights, samples, (x, d))
        for name in _of_count(subject, 1):
            if trial.outputs(make(), name) is not None:
                forward = Method(name, _called_after(subject, name, ("x",)))
                return Behaviour({"forward": forward, **_others(trial, name)}, samples[0].ndim == 1)
    return Behaviour()


def _end_with(failed: Failed) -> None:
    """Raises what took its process with it: nothing more is tried."""
    if not failed.goes_on:
        raise failed


def _of_count(subject: Subject, count: int) -> list[str]:
    """The methods that have to be given so many things."""
    methods = subject.found.methods.items()
    return [n for n, parameters in methods if len(calls.needed(parameters)) == count]


def _called_after(subject: Subject, name: str, roles: Sequence[str]) -> tuple[Parameter, ...]:
    """The parameters that have to be given, by what they are."""
    parameters = calls.needed(subject.found.methods[name])
    return tuple(replace(p, name=role) for p, role in zip(parameters, roles, strict=True))


def _orders(subject: Subject, name: str) -> Iterator[tuple[str, ...]]:
    """What a method may be handed, in which order: as far as names say it, as they say."""
    parameters = calls.needed(subject.found.methods[name])
    said = [role if role in _ROLES else "" for role in calls.roles_of(parameters).values()]
    for roles in permutations(_ROLES, len(parameters)):
        fits = all(s in ("", role) for s, role in zip(said, roles, strict=True))
        if fits and ("d" in roles or not roles):
            yield roles


def _others(trial: Trial, forward: str) -> dict[str, Method]:
    """Loss, way back and what moves the weights: the first method that does each."""
    found: dict[str, Method] = {}
    for count in (1, 2, 3, 0):
        for name in _of_count(trial.subject, count):
            for whole in (False, True) if trial.samples[0].ndim == 1 else (False,):
                part, roles = _part(trial, forward, found, name, whole)
                if part and name != forward and part not in found:
                    parameters = _called_after(trial.subject, name, roles)
                    found[part] = Method(name, parameters, whole)
                if part:
                    break
    return found


def _part(
    trial: Trial, forward: str, found: Mapping[str, Method], name: str, whole: bool
) -> tuple[str, tuple[str, ...]]:
    """What a method does, and what it is handed for that."""
    x, one_hot = trial.batch if whole else trial.samples
    orders = list(_orders(trial.subject, name))
    # targets may be the numbers of the classes
    for d, roles in product((one_hot, _classes(trial, one_hot)), orders):
        net = trial.make()
        values = {"x": x, "d": d, "y": trial.outputs(net, forward), "lr": calls.LR}
        if not roles and "backward" in found:
            back = found["backward"]
            _done(trial, net, back.name, [values[p.name] for p in back.parameters])
        part = _done(trial, net, name, [values[role] for role in roles])
        if part == "loss" and not _is_smooth(trial, net, name, [values[role] for role in roles], d):
            return "", ()
        if part:
            return part if part != "train_step" or "x" in roles else "update", roles
    return "", ()


def _classes(trial: Trial, one_hot: np.ndarray) -> np.ndarray:
    """The classes of one-hot targets in any layout."""
    axis = one_hot.shape.index(trial.batch[1].shape[1])
    return np.atleast_1d(one_hot.argmax(axis=axis))


def _is_smooth(
    trial: Trial, net: Handle, name: str, arguments: Sequence[Any], d: np.ndarray
) -> bool:
    """Whether its number is another for other targets of the same classes: no accuracy's is.

    Of the classes themselves: whether it is no share of the samples.
    """
    given = [0.9 * a if a is d else a for a in arguments]
    of_classes = d.dtype.kind == "i"
    calls_made = (arguments,) if of_classes else (arguments, given)
    numbers = [trial.subject.method(net, name, *map(np.copy, a)) for a in calls_made]
    first = [n[0] if isinstance(n, (tuple, list)) else n for n in numbers]
    if of_classes:
        shares = [first[0] * _SAMPLES, first[0] * _SAMPLES / 100]
        return not any(abs(share - round(share)) < 1e-9 for share in shares)
    return bool(first[0] != first[1])


def _done(trial: Trial, net: Handle, name: str, arguments: Sequence[Any]) -> str:
    """What one call does."""
    before, held = trial.weights(net), everything(trial.subject, net)
    try:
        result = trial.subject.method(net, name, *map(np.copy, arguments))
    except Failed as failed:
        _end_with(failed)
        return ""
    after = trial.weights(net)
    if any(not np.array_equal(before[n], after[n]) for n in before):
        return "train_step"
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    if results and isinstance(results[0], (float, np.floating)):
        return "loss"
    given = list(result.values()) if isinstance(result, dict) else results
    given += [v for each in given if isinstance(each, (tuple, list)) for v in each]
    given += renewed(held, everything(trial.subject, net)).values()
    shapes = {a.shape for a in given if isinstance(a, np.ndarray)}
    return "backward" if {w.shape for w in before.values()} <= shapes else ""
