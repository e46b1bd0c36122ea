"""How a submission's own script calls a function or a layer: with which arguments, and of whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.any_network.made import of_object
from compare.check.calling.any_network.network import Network
from compare.check.naming.network_parameters import role_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

_COPY = "__import__('copy').deepcopy"
_AGAIN, _APART = 5, 0.01  # no array is another one, and no number in it another


def handed(subject: Subject, place: str, pool: np.ndarray) -> dict[str, Any]:
    """Arguments like those of its first call there, of other numbers; empty where there is none."""
    try:
        first = subject.box.script_values()[0].get(place, {})
    except Failed:
        return {}
    return {n: _drawn(v, i, pool) for i, (n, v) in enumerate(first.items())}


def origins(subject: Subject, place: str) -> Mapping[str, str]:
    """Which arguments of its first call another function gave, and which one."""
    return all_origins(subject).get(place, {})


def all_origins(subject: Subject) -> Mapping[str, Mapping[str, str]]:
    """The same of each function and method."""
    try:
        found: Mapping[str, Mapping[str, str]] = subject.box.script_values()[1]
    except Failed:
        return {}
    return found


def takes_of(subject: Subject, function: str) -> list[str]:
    """The parameters that its script gives what that function returns beside its value."""
    found = origins(subject, subject.found.name)
    return [n for n, of in found.items() if of.partition("#")[0] == function and of[-2:] != "#0"
            and "#" in of]  # fmt: skip


def goes_back_from(subject: Subject) -> str:
    """The function of which its script hands it what it returned beside its value, or ""."""
    found = origins(subject, subject.found.name).values()
    others = [of.partition("#") for of in found]
    return next((name for name, _, k in others if k and k != "0" and "." not in name), "")


def layer(
    subject: Subject, forward: str, pool: np.ndarray
) -> tuple[Network, dict[str, np.ndarray], dict[str, Any]] | None:
    """The object of which the script calls that method first; its arrays, and what else it takes.

    None where it calls none of this class, or hands it no array of numbers.
    """
    arguments = handed(subject, f"{subject.found.name}.{forward}", pool)
    holder, *_ = (*arguments.values(), None)
    if not isinstance(holder, Handle) or holder.type_name != subject.found.name:
        return None
    rest = dict(list(arguments.items())[1:])
    for p in subject.found.methods.get(forward, ()):
        if p.variadic and isinstance(several := rest.get(p.name), tuple):
            rest.pop(p.name)
            rest = {**{f"{p.name}{i}": v for i, v in enumerate(several)}, **rest}
        elif p.variadic and not rest.get(p.name):
            rest.pop(p.name, None)
    arrays = {n: v for n, v in rest.items() if isinstance(v, np.ndarray)}
    others = {n: role_of(n) == "training" or v for n, v in rest.items() if n not in arrays}
    if not any(v.dtype.kind == "f" for v in arrays.values()):
        return None
    try:
        return of_object(subject, partial(_copy, subject, holder)), arrays, others
    except Failed:
        return None


def _copy(subject: Subject, holder: Handle) -> Any:
    return subject.box.method(subject.box.define(_COPY), "__call__", holder).value


def _drawn(value: Any, i: int, pool: np.ndarray) -> Any:
    if type(value) is tuple:
        return tuple(_redrawn(v, i + k, pool) for k, v in enumerate(value))
    return _redrawn(value, i, pool)


def _redrawn(value: Any, i: int, pool: np.ndarray) -> Any:
    """Other numbers of any sign in their place; targets, and what is positive, as they are."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.ndim:
        return value
    of_kinds = np.ptp(value) > 0 and np.array_equal(value, np.round(value)) if value.size else True
    if of_kinds or value.size and value.min() >= 0 and np.ptp(value) > 0:
        return np.float64(value)
    numbers = np.resize(np.roll(pool, _AGAIN * i), value.shape)
    return 1.5 * numbers + _APART * np.sin(np.arange(value.size)).reshape(value.shape)
