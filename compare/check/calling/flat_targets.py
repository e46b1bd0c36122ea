"""Targets as the script of a file hands them over, where its loss makes a table of them."""

from __future__ import annotations

import numpy as np

from compare.check.calling.networks.net import Net
from compare.check.naming import network_parameters as calls
from compare.sandbox.interface import Failed

TABLE = "broadcast_to_table"  # the cause
_VECTOR = "array 1"


def makes_a_table(net: Net, loss: str, told: object) -> bool:
    """Whether the vector of targets that its script hands to a loss meets outputs in a column.

    Of targets that are all one number, each pair has the same error: only the pairs are wrong.
    """
    d = net.known["d"]
    if np.ndim(d) != 2 or d.shape[1] != 1 or len(d) < 2 or not _is_handed_vectors(net, loss):
        return False
    alike = np.full_like(d, d[0, 0])
    try:
        of_vector, of_one, of_one_vector = (
            _loss_of(net, loss, each) for each in (d.reshape(-1), alike, alike.reshape(-1))
        )
    except Failed:
        return False
    return bool(np.isclose(of_one, of_one_vector) and not np.isclose(_number(told), of_vector))


def _loss_of(net: Net, loss: str, d: np.ndarray) -> float:
    kept = net.known
    net.known = {**kept, "d": d}
    try:
        return _number(net.call(loss))
    finally:
        net.known = kept


def _number(told: object) -> float:
    value = told[0] if isinstance(told, tuple) else told
    return float(value) if isinstance(value, (int, float, np.number)) else np.nan


def _is_handed_vectors(net: Net, loss: str) -> bool:
    """Whether each call of it in the script has targets of one axis."""
    roles = calls.roles_beside(net.parts[loss], net.known)
    target = next((name for name, role in roles.items() if role == "d"), "")
    own = net.real.get(loss, loss)
    found = net.subject.found if net.handle is not None else net.subject.inventory[own]
    lines = range(found.line, found.line + found.source.count("\n") + 1)
    try:
        in_script = net.subject.box.script_calls()
    except Failed:
        return False
    name = own.rpartition(".")[2]
    kinds = [
        call.get(target, "")
        for place, each in in_script.items()
        if place.partition(":")[0] == name and int(place.partition(":")[2]) in lines
        for call in each
    ]
    return bool(kinds) and all(kind == _VECTOR for kind in kinds)
