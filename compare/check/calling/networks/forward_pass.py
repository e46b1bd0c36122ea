"""The forward pass of a network: which part it is, and its outputs among what that returns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import GIVEN, RESULT
from compare.check.calling.networks import weights
from compare.check.calling.networks.net import BACKWARD, FORWARD, LOSS, Net, unsaid_alone
from compare.check.fitting.networks import passes as chains
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed


def forward(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """y; what else the forward pass returns becomes known by its usual names."""
    names = [net.subject.found.name] if net.handle is None else forward_passes(net)
    if not names:
        sought = ", ".join(FORWARD[:5])
        line = message("no forward pass that takes x alone; looked for {names}", names=sought)
        raise Failed(Ending.REFUSED, line)
    failures: list[Failed] = []
    for name in names:
        # no target: with one, some return the loss
        try:
            result = net.call(name, [r for r in calls.OPTIONAL if r != "d"])
        except Failed as failed:
            # predict may take samples otherwise, or one by one
            if part_of(name) is not Part.PREDICT or not failed.goes_on:
                raise
            failures.append(failed)
            continue
        # the names in its own return statement: by these its backward pass asks for them
        source, own = source_of(net, name), net.real.get(name, name)
        returns = calls.returned_names(source, own)
        if result is None:
            result = _kept_output(net, _shape(net, arrays))
        try:
            picked = net.pick is not None and isinstance(result, (tuple, list))
            of = result[net.pick] if picked else result  # two may be of one shape
            y = _output(net, of, _shape(net, arrays), () if picked else returns)
            net.known |= _as_a_dictionary(net, result, source)
            net.known |= _as_told(net, result, returns or calls.returned_whole(source, own))
        except Failed as failed:
            failures.append(failed)  # predict gives classes, where another gives the outputs
            continue
        net.known |= {"y": y}
        flat = y.ndim == 1 and (net.form.vectors or net.form.goals == "flat")
        turned = net.form.columns_inside and net.form.apart != "vector"
        ours = y.reshape(-1, 1) if flat else y.T if turned else y
        net.known["dout"] = _upstream(net, ours)
        if net.form.handed:
            named = (unsaid_alone(net.parts[n]) for n in net.named(BACKWARD))
            net.known |= {calls.plain(n): net.known["dout"] for n in named if n}
        return {"y": ours}
    raise failures[0]


def _as_a_dictionary(net: Net, result: Any, source: str) -> dict[str, Any]:
    """All that it returned, for what takes it apart by names: ``outputs["O_o"]``."""
    if not isinstance(result, dict) or net.subject.found.kind != "class":
        return {}
    names = {p.name for parameters in net.parts.values() for p in parameters}
    keyed = [n for n in names if re.search(rf"\b{n}\[f?['\"]", source)]
    return {calls.plain(n): result for n in keyed if calls.role_of(n) in ("y", "")}


def _as_told(net: Net, result: Any, returns: Sequence[str]) -> dict[str, Any]:
    """The results by the names under which functions are handed them that no name tells apart."""
    if not net.real or net.subject.found.kind == "class":
        return {}
    parts = dict(enumerate(result)) if isinstance(result, tuple) else {}
    known = {RESULT: result} | {f"{RESULT}{i}": part for i, part in parts.items()}
    named = [result] if len(returns) == 1 else parts.values()
    by_role = ((calls.role_of(n) or n, v) for n, v in zip(returns, named, strict=False) if n)
    return known | {role: v for role, v in by_role if role not in GIVEN}


def forward_passes(net: Net) -> list[str]:
    """The methods that may be the forward pass, which needs no target."""
    named = sorted(net.named(FORWARD), key=lambda n: part_of(n) is Part.PREDICT)
    # a loss whose target may be left out gives the scores
    named += [part for name in LOSS[:-1] if (part := net.part(name))]
    needed = {n: calls.needed(net.parts[n]) for n in named}
    # of the samples that it holds already it takes none
    able = [n for n, p in needed.items() if p or net.data and n not in LOSS[:-1]]
    return [n for n in able if "d" not in calls.roles_of(needed[n]).values()]


def _shape(net: Net, arrays: Mapping[str, Any]) -> tuple[int, ...]:
    shape = (len(arrays["x"]), arrays[f"W{net.depth}"].shape[1])
    return shape[::-1] if net.form.columns_inside else shape


def source_of(net: Net, name: str) -> str:
    """The text of the class, or of the function of that name."""
    subject = net.subject
    if subject.found.kind == "function":
        return subject.inventory[net.real.get(name, name)].source
    return subject.found.source


def _upstream(net: Net, y: Any) -> Any:
    """(y - d) / N, for a backward pass that is handed the gradient of the output."""
    d = net.known["d"]
    if net.form.vectors or net.form.goals == "flat":
        return (np.reshape(y, -1) - d) / len(d)
    if net.form.apart == "vector":
        return np.reshape(y, np.shape(d)) - d
    if net.form.index:
        d = chains.targets(np.asarray(d, dtype=int), y.shape[-1])
    elif net.form.columns != (net.form.goals == "turned"):
        d = d.T
    dout = (y - d) / len(y)
    return dout.T if net.form.columns_inside else dout


def _kept_output(net: Net, shape: tuple[int, ...]) -> Any:
    """The output that an object keeps where its forward pass returns nothing, or None."""
    held = weights.attribute(net.subject, net.handle, "__dict__") if net.handle else None
    own = held.items() if isinstance(held, dict) else ()
    fitting = {
        n: v for n, v in own if (n, None) not in net.data.values() and _fits(v, shape, False)
    }
    called_so = [n for n in fitting if calls.role_of(n) == "y"]
    names = called_so or list(fitting)[-1:]
    return fitting[names[0]] if names else None


def _output(net: Net, result: Any, shape: tuple[int, ...], names: Sequence[str]) -> np.ndarray:
    """The network's output among what the forward pass returned under these names."""
    if isinstance(result, np.ndarray) and result.dtype.kind == "f":
        # of another shape it is wrong, unless that says that it is something else
        if result.ndim == len(shape) or net.single or net.form.apart == "vector":
            return result
    if isinstance(result, dict):
        net.known |= {"cache": result} | {
            calls.plain(k): v for k, v in result.items() if isinstance(k, str)
        }
        arrays = list(result.values())
    else:
        arrays = list(result) if isinstance(result, (tuple, list)) else [result]
        place = _place_of_output(net, arrays, shape)
        arrays, named = _output_last(arrays, names, shape, place)
        net.known |= _named(arrays, net.depth) | named
    vector = net.form.apart == "vector"  # (K,), or a column or row that it made of that
    inner = [each[-1] for each in arrays if isinstance(each, (tuple, list)) and each]
    fitting = [v for v in arrays if _fits(v, shape, vector)]
    fitting = fitting or [v for v in inner if _fits(v, shape, vector)]  # of each layer, in a list
    if not fitting:
        line = message("its forward pass returns no array of shape {shape}", shape=str(shape))
        raise Failed(Ending.REFUSED, line)
    first = isinstance(arrays[0], np.ndarray) and not isinstance(arrays[-1], np.ndarray)
    return fitting[0] if first else fitting[-1]


def _fits(value: Any, shape: tuple[int, ...], vector: bool) -> bool:
    fits = isinstance(value, np.ndarray) and value.shape == shape
    return fits or vector and isinstance(value, np.ndarray) and value.size == shape[-1]


def _place_of_output(net: Net, arrays: Sequence[Any], shape: tuple[int, ...]) -> int | None:
    """At which place it stands where sizes tell it from the others; of equal ones, where it stood.

    None where neither is known.
    """
    fitting = [i for i, v in enumerate(arrays) if _fits(v, shape, False)]
    key = f"place_of_output/{len(arrays)}"
    if len(arrays) > 1 and len(fitting) == 1:
        net.subject.made[key] = fitting[0]
    return net.subject.made.get(key)


def _output_last(
    arrays: list[Any], names: Sequence[str], shape: tuple[int, ...], place: int | None
) -> tuple[list[Any], dict[str, Any]]:
    """(y, z1) as (z1, y), and each by the name that the return statement has for it."""
    named = dict(zip(names, arrays, strict=True)) if len(names) == len(arrays) else {}
    known = {n: v for n, v in named.items() if n and n[0] not in "wb" and n not in _HANDED_OVER}
    if len(arrays) < 2 or not all(isinstance(v, np.ndarray) for v in arrays):
        return arrays, known
    first = calls.is_output(names[0]) if named else arrays[-1].shape != shape
    first = first if place is None else place == 0
    if first and arrays[0].shape == shape:
        arrays = [*arrays[1:], arrays[0]]
    return arrays, known


_HANDED_OVER = ("x", "d", "t", "y", "lr", "n", "network", "params")  # no result takes their place


def _named(arrays: Sequence[Any], depth: int) -> dict[str, Any]:
    """(z1, y) or (u1, z1, u2, y), or (y, cache), by the names under which they are asked for."""
    n = len(arrays)
    if n == 2 and not isinstance(arrays[1], np.ndarray):
        inner = arrays[1]
        inner_names = _named(inner, depth) if isinstance(inner, (tuple, list)) else {}
        if isinstance(inner, dict):
            inner_names = {calls.plain(k): v for k, v in inner.items() if isinstance(k, str)}
        # its W1 would take the place of the handle by which an update in place is seen
        others = {k: v for k, v in inner_names.items() if k not in ("w1", "w2")}
        return others | {"cache": inner}
    if n == depth:
        return {f"{p}{k}": v for k, v in enumerate(arrays, 1) for p in ("z", "a", "h")} | {
            "h": arrays[0], "hidden": arrays[0], "z": arrays[0]}  # fmt: skip
    if n == 2 * depth:
        pairs = {f"{p}{k + 1}": arrays[2 * k] for k in range(depth) for p in ("u", "z")}
        after = {f"{p}{k + 1}": arrays[2 * k + 1] for k in range(depth) for p in ("a", "h")}
        return pairs | after | {"pairs": arrays}
    return {}
