"""One pass of a network: its weights are replaced, it runs forward and back, and is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.construct import (  # fmt: skip
    ALONE,
    BACKWARD,
    FORWARD,
    LOSS,
    MOVES,
    Net,
    NetworkForm,
    of_class,
    of_functions,
)
from compare.check.calling.networks.weights import Layout, names_of
from compare.check.fitting import network_passes as chains
from compare.check.naming import network_parameters as calls
from compare.check.subject import Subject
from compare.sandbox.interface import Ending, Failed


def called(depth: int, form: NetworkForm, s: Subject, a: Mapping[str, Any]) -> dict[str, Any]:
    """y, the loss and the gradients that it shows, in the course's layout.   Raises Failed."""
    net = of_class(s, a, depth, form) if s.found.kind == "class" else of_functions(s, depth, form)
    if net.shared:
        return {"networks": np.array(1.0)}
    a = chains.single(a) if net.single else a
    a = chains.with_outputs(a, net.outputs) if net.outputs else a
    found = _apart(net, a) if form.apart else _passed(net, a)
    only_ones = net.single and (np.asarray(found["y"]) == 1.0).all()
    return {"y": found["y"]} if only_ones else found  # log 0 and 0/0: nothing else says anything


def _passed(net: Net, a: Mapping[str, Any]) -> dict[str, Any]:
    """What it shows of a batch, after another one."""
    _given(net, a, "0")
    _once(net, a, False)
    _given(net, a, "")
    return _once(net, a, True)


def _apart(net: Net, a: Mapping[str, Any]) -> dict[str, Any]:
    """Each sample by itself: the outputs one below the other, losses and gradients added up."""
    found: dict[str, Any] = {}
    for i in range(len(a["x"])):
        one = {**a, **{n: a[n][i : i + 1] for n in ("x", "d", "x0", "d0")}}
        for name, value in _passed(net, one).items():
            value = np.asarray(value).reshape(1, -1) if name == "y" else np.asarray(value)
            if name in found:
                value = np.concatenate([found[name], value]) if name == "y" else found[name] + value
            found[name] = value
    return found


def _given(net: Net, a: Mapping[str, Any], which: str) -> None:
    """New weights, and everything that a call may ask for."""
    arrays = {n: net.layout.theirs(n, a[n]) for n in names_of(net.depth)}
    x, d = a[f"x{which}"], a[f"d{which}"]
    if not net.form.index:
        d = chains.targets(d, a[f"W{net.depth}"].shape[1])
    if net.form.columns:
        x, d = x.T, d.T
    if net.form.apart == "vector":
        x, d = x.reshape(-1), d if net.form.columns else d.reshape(-1)
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d), "lr": calls.LR,
                 "N": len(a["x"]), "epochs": 1}  # fmt: skip
    net.known |= _alone(net, net.known["x"])
    if net.handle is not None:
        weights.write(net.subject, net.everywhere, arrays)
        return
    shared = {n: net.subject.box.keep(array) for n, array in arrays.items()}
    network = {net.keys[n]: shared[n] for n in shared}
    net.network = net.subject.box.keep(network)
    net.known |= {"network": net.network} | {calls.plain(n): h for n, h in shared.items()}


def _alone(net: Net, x: np.ndarray) -> dict[str, Any]:
    """The only parameter of a forward pass is x, whatever it is called."""
    parts = [calls.needed(net.of[n]) for name in FORWARD if (n := net.part(name))]
    only = [calls.plain(p[0].name) for p in parts if len(p) == 1]
    return {name: x for name in only if name not in ("d", "y", "t")}


def _once(net: Net, a: Mapping[str, Any], alone: bool) -> dict[str, Any]:
    """One pass: forward, loss and back, in the order in which its parts need one another.

    ``alone``: what runs the forward pass by itself is called first, so that it has to.
    """
    back = net.first(ALONE)
    alone = alone and bool(back) and net.handle is not None and not _wants_more(net, back)
    grads = _gradients(net, a, back) if alone else {}
    found = _forward(net, a)
    if loss := _loss(net):
        found["loss"] = net.call(loss)
    if isinstance(found.get("loss"), tuple):
        found["loss"], *rest = found["loss"]
        together = _returned(rest[-1] if rest else None, net.depth, net.layout, a)
        if together:
            return found | _ours(net, a, together)
    back = net.first(BACKWARD) or net.first(MOVES)
    if not alone and back:
        grads = _gradients(net, a, back)
    return found | grads


def _wants_more(net: Net, back: str) -> bool:
    return bool(set(calls.roles_of(calls.needed(net.of[back])).values()) - {"x", "d"})


def _loss(net: Net) -> str:
    """What gives the loss: of x and d, or of y and d."""
    for name in LOSS:
        there = net.first([name])
        if there and "d" in calls.roles_of(net.of[there]).values():
            return there
    return ""


def _forward(net: Net, a: Mapping[str, Any]) -> dict[str, Any]:
    """y; what else the forward pass returns becomes known by its usual names."""
    name = net.subject.found.name if net.handle is None else ""
    for each in (*FORWARD, *LOSS[:-1]):  # a loss whose target may be left out gives the scores
        there = net.first([each])
        if there and "d" not in calls.roles_of(calls.needed(net.of[there])).values():
            name = name or (there if calls.needed(net.of[there]) else "")
    if not name:
        looked = ", ".join(FORWARD[:5])
        raise Failed(Ending.REFUSED, f"no forward pass that takes x alone; looked for {looked}")
    result = net.call(name, [r for r in calls.OPTIONAL if r != "d"])
    shape = (len(a["x"]), a[f"W{net.depth}"].shape[1])
    names = calls.returned_names(_source(net, name), name)
    y = _output(net, result, shape, names)
    net.known |= {"y": y}
    ours = y.T if net.form.columns and not net.form.apart == "vector" else y
    net.known["dout"] = _upstream(net, ours)
    return {"y": ours}


def _source(net: Net, name: str) -> str:
    """The text of the class, or of the function of that name."""
    s = net.subject
    return s.found.source if net.handle is not None else s.inventory[name].source


def _upstream(net: Net, y: Any) -> Any:
    """(y - d) / N, for a backward pass that is handed the gradient of the output."""
    d = net.known["d"]
    if net.form.apart == "vector":
        return np.reshape(y, np.shape(d)) - d
    if net.form.index:
        d = chains.targets(d, y.shape[-1])
    elif net.form.columns:
        d = d.T
    dout = (y - d) / len(y)
    return dout.T if net.form.columns else dout


def _output(net: Net, result: Any, shape: tuple[int, ...], names: Sequence[str]) -> np.ndarray:
    """The network's output among what the forward pass returned under these names."""
    shape = shape[::-1] if net.form.columns else shape
    if isinstance(result, np.ndarray):
        return result
    if isinstance(result, dict):
        net.known |= {"cache": result} | {
            calls.plain(k): v for k, v in result.items() if isinstance(k, str)
        }
        arrays = list(result.values())
    else:
        arrays = list(result) if isinstance(result, (tuple, list)) else []
        arrays, named = _output_last(arrays, names, shape)
        net.known |= _named(arrays, net.depth) | named
    vector = net.form.apart == "vector"  # (K,), or a column or row that it made of that
    inner = [each[-1] for each in arrays if isinstance(each, (tuple, list)) and each]
    fitting = [v for v in arrays if _fits(v, shape, vector)]
    fitting = fitting or [v for v in inner if _fits(v, shape, vector)]  # of each layer, in a list
    if not fitting:
        raise Failed(Ending.REFUSED, f"its forward pass returns no array of shape {shape}")
    first = isinstance(arrays[0], np.ndarray) and not isinstance(arrays[-1], np.ndarray)
    return fitting[0] if first else fitting[-1]


def _fits(value: Any, shape: tuple[int, ...], vector: bool) -> bool:
    fits = isinstance(value, np.ndarray) and value.shape == shape
    return fits or vector and isinstance(value, np.ndarray) and value.size == shape[-1]


def _output_last(
    arrays: list[Any], names: Sequence[str], shape: tuple[int, ...]
) -> tuple[list[Any], dict[str, Any]]:
    """(y, z1) as (z1, y), and each by the name that the return statement has for it."""
    named = dict(zip(names, arrays, strict=True)) if len(names) == len(arrays) else {}
    if len(arrays) < 2 or not all(isinstance(v, np.ndarray) for v in arrays):
        return arrays, {}
    first = calls.is_output(names[0]) if named else arrays[-1].shape != shape
    if first and arrays[0].shape == shape:
        arrays = [*arrays[1:], arrays[0]]
    return arrays, {n: v for n, v in named.items() if n[:1] not in "wb"}


def _named(arrays: Sequence[Any], depth: int) -> dict[str, Any]:
    """(z1, y) or (u1, z1, u2, y), or (y, cache), by the names under which they are asked for."""
    n = len(arrays)
    if n == 2 and not isinstance(arrays[1], np.ndarray):
        inner = arrays[1]
        more = _named(inner, depth) if isinstance(inner, (tuple, list)) else {}
        if isinstance(inner, dict):
            more = {calls.plain(k): v for k, v in inner.items() if isinstance(k, str)}
        return {"cache": inner} | {k: v for k, v in more.items() if k not in ("w1", "w2")}
    if n == depth:
        return {f"{p}{k}": v for k, v in enumerate(arrays, 1) for p in ("z", "a", "h")} | {
            "h": arrays[0], "hidden": arrays[0], "z": arrays[0]}  # fmt: skip
    if n == 2 * depth:
        pairs = {f"{p}{k + 1}": arrays[2 * k] for k in range(depth) for p in ("u", "z")}
        after = {f"{p}{k + 1}": arrays[2 * k + 1] for k in range(depth) for p in ("a", "h")}
        return pairs | after | {"pairs": arrays}
    return {}


def _gradients(net: Net, a: Mapping[str, Any], back: str) -> dict[str, Any]:
    _post_activations(net, back)
    depth = net.depth
    result = net.call(back)
    moves = calls.plain(back) in {calls.plain(n) for n in MOVES}
    found = {} if moves else _returned(result, depth, net.layout, a) or _stored(net, a)
    return _ours(net, a, found or _updated(net, a, back, result))


def _updated(net: Net, a: Mapping[str, Any], back: str, result: Any) -> dict[str, Any]:
    """How the weights moved: in the way back itself, or in the update after it.

    Raises Failed where nothing moved of which nothing says that it should.
    """
    if net.rated or "lr" in calls.roles_of(net.of[back]).values():
        net.subject.traits["rated"] = None
    found = _moved(net, a)
    if any(np.any(v) for v in found.values()):
        return found
    if isinstance(result, dict):
        net.known["grads"] = result
    update = net.first(MOVES)
    if update and update != back:
        if "lr" in calls.roles_of(net.of[update]).values():
            net.subject.traits["rated"] = None
        net.call(update)
        found = _moved(net, a)
    elif not update and "lr" not in calls.roles_of(net.of[back]).values() and not net.rated:
        looked = "a dict or tuple of W1, b1, ..., or grads, dW1, dW"
        raise Failed(
            Ending.REFUSED, f"{back} gives no gradients that are found; looked for {looked}"
        )
    return found


def _ours(net: Net, a: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients in the course's layout, from the last layer down."""
    names = [n for n in _backward(net.depth) if n in found]
    return {f"grad/{n}": net.layout.ours(n, found[n], a[n].shape) for n in names}


def _post_activations(net: Net, back: str) -> None:
    """(u1, z1, u2, y) or (z1, a1, z2, a2): z1 is what the parameters of the way back say."""
    pairs = net.known.get("pairs")
    roles = set(calls.roles_of(net.of[back]).values())
    if pairs and not roles & {"a1", "a2"}:
        net.known |= {f"z{k + 1}": pairs[2 * k + 1] for k in range(net.depth)}


def _backward(depth: int) -> list[str]:
    return [f"{p}{k}" for k in range(depth, 0, -1) for p in "Wb"]


def _returned(result: Any, depth: int, layout: Layout, a: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients by name, or in the order W1 b1 W2 b2; or in another that the shapes tell."""
    if isinstance(result, (tuple, list)) and result and isinstance(result[-1], dict):
        result = result[-1]  # (loss, grads)
    if isinstance(result, dict):
        return _by_name(result, depth)
    if not isinstance(result, (tuple, list)):
        return {}
    if len(result) != 2 * depth:
        return _of_lists(result, depth, layout, a)
    sizes = {n: layout.theirs(n, a[n]).shape for n in names_of(depth)}
    left, found = list(result), {}
    for name, shape in sizes.items():
        for i, each in enumerate(left):
            if np.shape(each) == shape:
                found[name] = left.pop(i)
                break
    for name in sizes:
        if name not in found:
            found[name] = left.pop(0)
    return found


def _of_lists(
    result: Sequence[Any], depth: int, layout: Layout, a: Mapping[str, Any]
) -> dict[str, Any]:
    """(dWs, dbs), or (dW, db) layer by layer, from the first layer on or from the last."""
    lists = [each for each in result if isinstance(each, (tuple, list))]
    if len(lists) == 2 and all(len(each) == depth for each in lists) and len(result) == 2:
        pairs = list(zip(*lists, strict=True))
    elif len(lists) == len(result) == depth and all(len(each) == 2 for each in lists):
        pairs = [(each[0], each[1]) for each in lists]
    else:
        return {}
    if np.shape(pairs[0][0]) != layout.theirs("W1", a["W1"]).shape:
        turned = [(b, W) for W, b in pairs]
        straight = (
            np.ndim(pairs[0][1]) < 2 or np.shape(turned[0][0]) != layout.theirs("W1", a["W1"]).shape
        )
        backwards = np.shape(pairs[-1][0]) == layout.theirs("W1", a["W1"]).shape
        if backwards:
            pairs = pairs[::-1]
        elif not straight or np.ndim(pairs[0][0]) < np.ndim(pairs[0][1]):
            pairs = turned
    return {
        f"{p}{k}": v for k, both in enumerate(pairs, 1) for p, v in zip("Wb", both, strict=True)
    }


def _by_name(result: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    found = {}
    for name in names_of(depth):
        for before in ("", "d", "grad", "g", "dE", "dL"):
            key = weights.entry(result, weights.keys_for(name, depth, before))
            if key is not None:
                found[name] = result[key]
                break
    return found if len(found) == 2 * depth else {}


_LISTS = tuple(
    tuple(f"{before}{name}{after}" for name in names)
    for names in (("W", "b"), ("Ws", "bs"), ("w", "b"), ("weights", "biases"))
    for before, after in (("d", ""), ("grad_", ""), ("grads_", ""), ("d_", ""), ("nabla_", ""), ("", "_grad"), ("", "_grads"), ("g", ""))
)  # fmt: skip


def _stored(net: Net, a: Mapping[str, Any]) -> dict[str, Any]:
    """What the way back left in grads, in dW1, or in the layers' dW."""
    if net.handle is None:
        return {}
    s, depth = net.subject, net.depth
    for where in ("grads", "gradients", "grad", "dparams"):
        kept = weights.attribute(s, net.handle, where)
        if isinstance(kept, dict) and (found := _by_name(kept, depth)):
            return found
        if isinstance(kept, list) and len(kept) == 2 * depth:
            return dict(zip(names_of(depth), kept, strict=True))
    for lists in _LISTS:
        kept = [weights.attribute(s, net.handle, where) for where in lists]
        if all(isinstance(each, list) for each in kept):
            if found := _of_lists(kept, depth, net.layout, a):
                return found
    for before in ("d", "grad_", "g", "d_", "grad"):
        for case in (str, str.lower):
            found = {n: weights.attribute(s, net.handle, before + case(n)) for n in names_of(depth)}
            if all(v is not None for v in found.values()):
                return found
    return _in_layers(net)


_OF_LAYER = {
    "W": ("dW", "dw", "grad_W", "grad_w", "W_grad", "weight_grad", "weights_grad", "grad_weight",
          "grad_weights", "dweights", "dweight"),
    "b": ("db", "grad_b", "dB", "b_grad", "bias_grad", "biases_grad", "grad_bias", "grad_biases",
          "dbiases", "dbias"),
}  # fmt: skip


def _in_layers(net: Net) -> dict[str, Any]:
    found = {}
    of = weights.layers(net.subject, net.handle) if net.handle else []
    if len(of) != net.depth:
        return {}
    for k, layer in enumerate(of, 1):
        for p, names in _OF_LAYER.items():
            held = (weights.attribute(net.subject, layer, n) for n in names)
            found[f"{p}{k}"] = next((v for v in held if v is not None), None)
    return found if all(v is not None for v in found.values()) else {}


def _moved(net: Net, a: Mapping[str, Any]) -> dict[str, Any]:
    """(before - after) / lr of every weight."""
    s = net.subject
    if net.handle is not None:
        after = {n: weights.read(s, p) for n, p in net.everywhere[0].items()}
    elif net.network is not None:
        kept = s.box.fetch(net.network)
        after = {n: kept[k] for n, k in net.keys.items()}
    before = {n: net.layout.theirs(n, a[n]) for n in names_of(net.depth)}
    return {n: (before[n] - np.asarray(after[n])) / calls.LR for n in before}
