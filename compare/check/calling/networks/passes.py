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
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed


def called(
    depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    """y, the loss and the gradients that it shows, in the course's layout.   Raises Failed."""
    if subject.found.kind == "class":
        net = of_class(subject, arrays, depth, form)
    else:
        net = of_functions(subject, depth, form)
    # two networks that are one: no other result could be trusted
    if net.shared:
        return {"networks": np.array(1.0)}
    arrays = chains.single(arrays) if net.single else arrays
    arrays = chains.with_outputs(arrays, net.outputs) if net.outputs else arrays
    results = _sample_by_sample(net, arrays) if form.apart else _batch_results(net, arrays)
    only_ones = net.single and (np.asarray(results["y"]) == 1.0).all()
    # log 0 and 0/0: nothing else says anything
    return {"y": results["y"]} if only_ones else results


def _batch_results(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What it shows of a batch, after another one."""
    # on another batch first, so that what it keeps from one to the next shows
    _hand_over(net, arrays, "0")
    _one_pass(net, arrays, False)
    _hand_over(net, arrays, "")
    return _one_pass(net, arrays, True)


def _sample_by_sample(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Each sample by itself: the outputs one below the other, losses and gradients added up."""
    results: dict[str, Any] = {}
    for i in range(len(arrays["x"])):
        sample = {**arrays, **{n: arrays[n][i : i + 1] for n in ("x", "d", "x0", "d0")}}
        for name, value in _batch_results(net, sample).items():
            value = np.asarray(value).reshape(1, -1) if name == "y" else np.asarray(value)
            if name in results:
                value = (
                    np.concatenate([results[name], value]) if name == "y" else results[name] + value
                )
            results[name] = value
    return results


def _hand_over(net: Net, arrays: Mapping[str, Any], which: str) -> None:
    """New weights, and everything that a call may ask for."""
    theirs = {n: net.layout.theirs(n, arrays[n]) for n in names_of(net.depth)}
    x, d = arrays[f"x{which}"], arrays[f"d{which}"]
    if not net.form.index:
        d = chains.targets(d, arrays[f"W{net.depth}"].shape[1])
    if net.form.columns:
        x, d = x.T, d.T
    if net.form.apart == "vector":
        x, d = x.reshape(-1), d if net.form.columns else d.reshape(-1)
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d), "lr": calls.LR,
                 "N": len(arrays["x"]), "epochs": 1}  # fmt: skip
    net.known |= _x_by_any_name(net, net.known["x"])
    if net.handle is not None:
        weights.write(net.subject, net.everywhere, theirs)
        return
    # kept beside the code: an update in place is read back from there
    shared = {n: net.subject.box.keep(array) for n, array in theirs.items()}
    network = {net.keys[n]: shared[n] for n in shared}
    net.network = net.subject.box.keep(network)
    net.known |= {"network": net.network} | {calls.plain(n): h for n, h in shared.items()}


def _x_by_any_name(net: Net, x: np.ndarray) -> dict[str, Any]:
    """The only parameter of a forward pass is x, whatever it is called."""
    parts = [calls.needed(net.parts[n]) for name in FORWARD if (n := net.part(name))]
    only = [calls.plain(p[0].name) for p in parts if len(p) == 1]
    return {name: x for name in only if name not in ("d", "y", "t")}


def _one_pass(net: Net, arrays: Mapping[str, Any], gradients_first: bool) -> dict[str, Any]:
    """One pass: forward, loss and back, in the order in which its parts need one another.

    ``gradients_first``: what runs the forward pass by itself is called first, so that it has to.
    """
    back = net.first(ALONE)
    # a function is handed what the forward pass gave; only an object can run it by itself
    gradients_first = (
        gradients_first and bool(back) and net.handle is not None and not _wants_more(net, back)
    )
    grads = _gradients(net, arrays, back) if gradients_first else {}
    results = _forward(net, arrays)
    if loss := _loss(net):
        results["loss"] = net.call(loss)
    if isinstance(results.get("loss"), tuple):
        results["loss"], *rest = results["loss"]
        together = _gradients_returned(rest[-1] if rest else None, net.depth, net.layout, arrays)
        if together:
            return results | _in_course_layout(net, arrays, together)
    back = net.first(BACKWARD) or net.first(MOVES)
    if not gradients_first and back:
        grads = _gradients(net, arrays, back)
    return results | grads


def _wants_more(net: Net, back: str) -> bool:
    return bool(set(calls.roles_of(calls.needed(net.parts[back])).values()) - {"x", "d"})


def _loss(net: Net) -> str:
    """What gives the loss: of x and d, or of y and d."""
    for name in LOSS:
        part = net.first([name])
        if part and "d" in calls.roles_of(net.parts[part]).values():
            return part
    return ""


def _forward(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """y; what else the forward pass returns becomes known by its usual names."""
    name = net.subject.found.name if net.handle is None else ""
    for each in (*FORWARD, *LOSS[:-1]):  # a loss whose target may be left out gives the scores
        part = net.first([each])
        if part and "d" not in calls.roles_of(calls.needed(net.parts[part])).values():
            name = name or (part if calls.needed(net.parts[part]) else "")
    if not name:
        sought = ", ".join(FORWARD[:5])
        line = message("no forward pass that takes x alone; looked for {names}", names=sought)
        raise Failed(Ending.REFUSED, line)
    # no target: with one, some return the loss
    result = net.call(name, [r for r in calls.OPTIONAL if r != "d"])
    shape = (len(arrays["x"]), arrays[f"W{net.depth}"].shape[1])
    names = calls.returned_names(_source(net, name), name)
    # the names in its own return statement: by these its backward pass asks for them
    y = _output(net, result, shape, names)
    net.known |= {"y": y}
    ours = y.T if net.form.columns and not net.form.apart == "vector" else y
    net.known["dout"] = _upstream(net, ours)
    return {"y": ours}


def _source(net: Net, name: str) -> str:
    """The text of the class, or of the function of that name."""
    subject = net.subject
    return subject.found.source if net.handle is not None else subject.inventory[name].source


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
        line = message("its forward pass returns no array of shape {shape}", shape=str(shape))
        raise Failed(Ending.REFUSED, line)
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
        inner_names = _named(inner, depth) if isinstance(inner, (tuple, list)) else {}
        if isinstance(inner, dict):
            inner_names = {calls.plain(k): v for k, v in inner.items() if isinstance(k, str)}
        # its W1 would take the place of the handle by which an update in place is seen
        return {"cache": inner} | {k: v for k, v in inner_names.items() if k not in ("w1", "w2")}
    if n == depth:
        return {f"{p}{k}": v for k, v in enumerate(arrays, 1) for p in ("z", "a", "h")} | {
            "h": arrays[0], "hidden": arrays[0], "z": arrays[0]}  # fmt: skip
    if n == 2 * depth:
        pairs = {f"{p}{k + 1}": arrays[2 * k] for k in range(depth) for p in ("u", "z")}
        after = {f"{p}{k + 1}": arrays[2 * k + 1] for k in range(depth) for p in ("a", "h")}
        return pairs | after | {"pairs": arrays}
    return {}


def _gradients(net: Net, arrays: Mapping[str, Any], back: str) -> dict[str, Any]:
    _post_activations(net, back)
    depth = net.depth
    result = net.call(back)
    moves = calls.plain(back) in {calls.plain(n) for n in MOVES}
    gradients: dict[str, Any] = {}
    # what moves the weights may return anything: its gradients are the change of the weights
    if not moves:
        gradients = _gradients_returned(result, depth, net.layout, arrays)
        gradients = gradients or _gradients_stored(net, arrays)
    gradients = gradients or _changes_of_update(net, arrays, back, result)
    return _in_course_layout(net, arrays, gradients)


def _changes_of_update(
    net: Net, arrays: Mapping[str, Any], back: str, result: Any
) -> dict[str, Any]:
    """How the weights changed: in the backward pass itself, or in the update after it.

    Raises Failed where nothing moved of which nothing says that it should.
    """
    # which explanations are possible depends on it: fitting/network_explanation.py
    if net.rated or "lr" in calls.roles_of(net.parts[back]).values():
        net.subject.traits["rated"] = None
    changes = _weight_changes(net, arrays)
    if any(np.any(v) for v in changes.values()):
        return changes
    if isinstance(result, dict):
        net.known["grads"] = result
    update = net.first(MOVES)
    if update and update != back:
        if "lr" in calls.roles_of(net.parts[update]).values():
            net.subject.traits["rated"] = None
        net.call(update)
        changes = _weight_changes(net, arrays)
    elif not update and "lr" not in calls.roles_of(net.parts[back]).values() and not net.rated:
        line = message(
            "{name} gives no gradients that are found; looked for {names}",
            name=back,
            names=message("a dict or tuple of W1, b1, ..., or grads, dW1, dW"),
        )
        raise Failed(Ending.REFUSED, line)
    return changes


def _in_course_layout(
    net: Net, arrays: Mapping[str, Any], gradients: Mapping[str, Any]
) -> dict[str, Any]:
    """Gradients in the course's layout, from the last layer down."""
    names = [n for n in _names_from_last(net.depth) if n in gradients]
    return {f"grad/{n}": net.layout.ours(n, gradients[n], arrays[n].shape) for n in names}


def _post_activations(net: Net, back: str) -> None:
    """(u1, z1, u2, y) or (z1, a1, z2, a2): z1 is what the parameters of the backward pass say."""
    pairs = net.known.get("pairs")
    roles = set(calls.roles_of(net.parts[back]).values())
    if pairs and not roles & {"a1", "a2"}:
        net.known |= {f"z{k + 1}": pairs[2 * k + 1] for k in range(net.depth)}


def _names_from_last(depth: int) -> list[str]:
    return [f"{p}{k}" for k in range(depth, 0, -1) for p in "Wb"]


def _gradients_returned(
    result: Any, depth: int, layout: Layout, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    """Gradients by name, or in the order W1 b1 W2 b2; or in another that the shapes tell."""
    if isinstance(result, (tuple, list)) and result and isinstance(result[-1], dict):
        result = result[-1]  # (loss, grads)
    if isinstance(result, dict):
        return _by_name(result, depth)
    if not isinstance(result, (tuple, list)):
        return {}
    if len(result) != 2 * depth:
        return _of_lists(result, depth, layout, arrays)
    sizes = {n: layout.theirs(n, arrays[n]).shape for n in names_of(depth)}
    unnamed, gradients = list(result), {}
    # by shape, for some return dW1 dW2 db1 db2; what no shape tells is left in its order
    for name, shape in sizes.items():
        for i, each in enumerate(unnamed):
            if np.shape(each) == shape:
                gradients[name] = unnamed.pop(i)
                break
    for name in sizes:
        if name not in gradients:
            gradients[name] = unnamed.pop(0)
    return gradients


def _of_lists(
    result: Sequence[Any], depth: int, layout: Layout, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    """(dWs, dbs), or (dW, db) layer by layer, from the first layer on or from the last."""
    lists = [each for each in result if isinstance(each, (tuple, list))]
    if len(lists) == 2 and all(len(each) == depth for each in lists) and len(result) == 2:
        pairs = list(zip(*lists, strict=True))
    elif len(lists) == len(result) == depth and all(len(each) == 2 for each in lists):
        pairs = [(each[0], each[1]) for each in lists]
    else:
        return {}
    if np.shape(pairs[0][0]) != layout.theirs("W1", arrays["W1"]).shape:
        turned = [(b, W) for W, b in pairs]
        straight = (
            np.ndim(pairs[0][1]) < 2
            or np.shape(turned[0][0]) != layout.theirs("W1", arrays["W1"]).shape
        )
        backwards = np.shape(pairs[-1][0]) == layout.theirs("W1", arrays["W1"]).shape
        if backwards:
            pairs = pairs[::-1]
        elif not straight or np.ndim(pairs[0][0]) < np.ndim(pairs[0][1]):
            pairs = turned
    return {
        f"{p}{k}": v for k, both in enumerate(pairs, 1) for p, v in zip("Wb", both, strict=True)
    }


def _by_name(result: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    gradients = {}
    for name in names_of(depth):
        for before in ("", "d", "grad", "g", "dE", "dL"):
            key = weights.entry(result, weights.keys_for(name, depth, before))
            if key is not None:
                gradients[name] = result[key]
                break
    return gradients if len(gradients) == 2 * depth else {}


_LISTS = tuple(
    tuple(f"{before}{name}{after}" for name in names)
    for names in (("W", "b"), ("Ws", "bs"), ("w", "b"), ("weights", "biases"))
    for before, after in (("d", ""), ("grad_", ""), ("grads_", ""), ("d_", ""), ("nabla_", ""), ("", "_grad"), ("", "_grads"), ("g", ""))
)  # fmt: skip


def _gradients_stored(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients that the backward pass stored in grads, in dW1, or in the layers' dW."""
    if net.handle is None:
        return {}
    subject, depth = net.subject, net.depth
    for where in ("grads", "gradients", "grad", "dparams"):
        stored = weights.attribute(subject, net.handle, where)
        if isinstance(stored, dict) and (gradients := _by_name(stored, depth)):
            return gradients
        if isinstance(stored, list) and len(stored) == 2 * depth:
            return dict(zip(names_of(depth), stored, strict=True))
    for lists in _LISTS:
        stored = [weights.attribute(subject, net.handle, where) for where in lists]
        if all(isinstance(each, list) for each in stored):
            if gradients := _of_lists(stored, depth, net.layout, arrays):
                return gradients
    for before in ("d", "grad_", "g", "d_", "grad"):
        # dW1 and dw1
        for case in (str, str.lower):
            gradients = {
                n: weights.attribute(subject, net.handle, before + case(n)) for n in names_of(depth)
            }
            if all(v is not None for v in gradients.values()):
                return gradients
    return _gradients_in_layers(net)


_OF_LAYER = {
    "W": ("dW", "dw", "grad_W", "grad_w", "W_grad", "weight_grad", "weights_grad", "grad_weight",
          "grad_weights", "dweights", "dweight"),
    "b": ("db", "grad_b", "dB", "b_grad", "bias_grad", "biases_grad", "grad_bias", "grad_biases",
          "dbiases", "dbias"),
}  # fmt: skip


def _gradients_in_layers(net: Net) -> dict[str, Any]:
    gradients = {}
    layers = weights.layers(net.subject, net.handle) if net.handle else []
    if len(layers) != net.depth:
        return {}
    for k, layer in enumerate(layers, 1):
        for p, names in _OF_LAYER.items():
            held = (weights.attribute(net.subject, layer, n) for n in names)
            gradients[f"{p}{k}"] = next((v for v in held if v is not None), None)
    return gradients if all(v is not None for v in gradients.values()) else {}


def _weight_changes(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """(before - after) / lr of every weight."""
    subject = net.subject
    if net.handle is not None:
        after = {n: weights.read(subject, p) for n, p in net.everywhere[0].items()}
    elif net.network is not None:
        network = subject.box.fetch(net.network)
        after = {n: network[k] for n, k in net.keys.items()}
    before = {n: net.layout.theirs(n, arrays[n]) for n in names_of(net.depth)}
    # exact: the rate is a power of two
    return {n: (before[n] - np.asarray(after[n])) / calls.LR for n in before}
