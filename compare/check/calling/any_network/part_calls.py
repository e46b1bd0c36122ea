"""How a part of a network is called with what is known: by names, or as anything that fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import RATE, RESULT, Call, Network
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.sandbox.interface import Parameter

_MOST_WAYS = 12  # in which a part is called whose names say nothing


def calls_of(
    network: Network, name: str, known: Mapping[str, Any], told: str = "d"
) -> Iterator[Call]:
    """How a part may be called: names that say nothing stand for anything that is known."""
    call = call_of(network, name, known, told)
    if not network.first or RESULT not in known:
        yield from [call] if call is not None else []
        return
    roles = calls.roles_of(network.parts[name])
    if network.y_given:
        roles |= {n: "y" for n in roles if calls.plain(n) == "y"}
    unnamed = {n: p for n in roles if not calls.role_of(n) and (p := calls.plain(n)) != "y"}
    roles |= {n: plain for n, plain in unnamed.items() if plain in known}
    roles |= dict.fromkeys(_rates(network, roles, known), RATE)
    # what the forward pass is handed under a name that says nothing is that elsewhere
    of_forward = network.usage.forward.arguments.items() if network.usage.forward else ()
    said = {n: r for n, r in of_forward if r == "x" or calls.plain(n) != "y"}  # y: a target
    roles |= {n: r for n, r in said.items() if n in roles and not calls.role_of(n)}
    needed = [p.name for p in calls.needed(network.parts[name])]
    left = [n for n in needed if roles[n] not in known]
    # what is returned has no name of its own, or none that is asked for
    pick = network.usage.forward.pick if network.usage.forward else None
    parts = [r for r in known if r.startswith(RESULT) and r != RESULT]
    inside = ["y" if r == f"{RESULT}{pick}" else r for r in parts]
    free = [r for r in (*inside, RESULT, "x", told, "dout", "lr") if r in known]
    free = [r for r in free if r not in roles.values()]
    given = {n: roles[n] for n in (call.arguments if call else needed)}
    for chosen in itertools.islice(itertools.permutations(free, len(left)), _MOST_WAYS):
        arguments = given | dict(zip(left, chosen, strict=True))
        # a function sees the targets, or what was made of them
        if told in arguments.values():
            yield Call(name, arguments, _returns(network, name))


def of_outputs(call: Call, known: Mapping[str, Any]) -> Call | None:
    """The same with outputs in the place of samples; None where it is handed no samples alone."""
    roles = {*call.arguments.values()}
    if "y" not in known or "y" in roles or "x" not in roles:
        return None
    return replace(call, arguments={n: "y" if r == "x" else r for n, r in call.arguments.items()})


def _returns(network: Network, name: str) -> tuple[str, ...]:
    source, bare = network.sources[name], name.rpartition(".")[2]
    returns = calls.returned_names(source, bare) or calls.returned_whole(source, bare)
    return tuple(_role(n) for n in returns)


def call_of(network: Network, name: str, known: Mapping[str, Any], told: str = "d") -> Call | None:
    """How a part is called with what is known; None where that is not enough."""
    parameters = network.parts[name]
    needed = [p.name for p in calls.needed(parameters)]
    roles = _roles(parameters, known, told)
    roles |= dict.fromkeys(_rates(network, roles, known), RATE)
    if network.usage.forward:  # what the forward pass calls x is that elsewhere
        roles |= {n: r for n, r in network.usage.forward.arguments.items() if n in roles}
    if part_of(name) is Part.MOVES and len(needed) == 1 and not calls.role_of(needed[0]):
        roles[needed[0]] = "pairs"  # a set of samples, each beside its target
    if not all(roles[n] in known for n in needed):
        return None
    optional = (*calls.OPTIONAL, *calls.SWITCHES, RATE)
    given = [p.name for p in parameters if not p.variadic and roles[p.name] in known
             and (p.required or roles[p.name] in optional)]  # fmt: skip
    return Call(name, {n: roles[n] for n in given}, _returns(network, name))


def _rates(network: Network, names: Iterable[str], known: Mapping[str, Any]) -> list[str]:
    """The rates of penalties: where one part has to be told it, the others are as well."""
    asked = {p.name for ps in network.parts.values() for p in calls.needed(ps)}
    return [n for n in names if n in asked and calls.is_decay(n) and calls.plain(n) not in known]


def _roles(parameters: Sequence[Parameter], known: Mapping[str, Any], told: str) -> dict[str, str]:
    """What each parameter stands for; names that say nothing are in order: x, what is ``told``."""
    roles = calls.roles_of(parameters)
    # what was returned under a name of its own
    unnamed = {n: p for n in roles if not calls.role_of(n) and (p := calls.plain(n)) != "y"}
    roles |= {n: plain for n, plain in unnamed.items() if plain in known}
    # a switch whose name says nothing, of what has two ways to pass forward
    switches = [p.name for p in parameters if type(p.default) is bool and p.name in unnamed]
    roles |= dict.fromkeys(switches if known.get("drops") else (), "training")
    left = [p.name for p in calls.needed(parameters) if roles[p.name] not in known]
    free = [role for role in ("x", told) if role in known and role not in roles.values()]
    # behind the forward pass the target is what is missing
    free = free[-len(left) :] if "y" in known else free
    rate = ["lr"] if "lr" not in roles.values() else []
    return roles | dict(zip(left, [*free, *rate], strict=False))


def _role(name: str) -> str:
    return calls.role_of(name) or name


def ways_to_call(network: Network, call: Call) -> tuple[Call, ...]:
    """With one sample alone also with a set of one."""
    return (call, replace(call, whole=True)) if np.ndim(network.x) == 1 else (call,)
