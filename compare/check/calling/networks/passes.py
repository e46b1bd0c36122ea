"""One pass of a network: its weights are replaced, it runs forward and back, and is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.networks import weights
from compare.check.calling.networks.construct import of_class
from compare.check.calling.networks.functions import hand_over, of_functions
from compare.check.calling.networks.gradients import gradients_of, in_course_layout, returned
from compare.check.calling.networks.holding import is_whole_loss
from compare.check.calling.networks.net import (  # fmt: skip
    ALONE,
    BACKWARD,
    FORWARD,
    LOSS,
    MOVES,
    Net,
    NetworkForm,
)
from compare.check.fitting.networks import passes as chains
from compare.check.i18n.text import Text
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parameters import LOSS_OF_EACH, NO_BIASES
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

ONE_OUTPUT = "it has one output"  # as its own assertions say
OF_EACH = Text(
    "it gives a loss for each sample, of which the sum was taken",
    "サンプルごとの損失を返す（和をとって判定）",
)


def called(
    depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    """y, the loss and the gradients that it shows, in the course's layout.   Raises Failed."""
    try:
        return _called(depth, form, subject, arrays)
    except Failed as failed:
        # it says itself that it is made for other shapes: for one output, perhaps
        if not failed.line.startswith("AssertionError") or ONE_OUTPUT in subject.traits:
            raise
        subject.traits[ONE_OUTPUT] = None
        try:
            return _called(depth, form, subject, arrays)
        except Failed:
            del subject.traits[ONE_OUTPUT]
            raise failed from None
    finally:
        put_back(subject)


def gives_outputs(subject: Subject, depth: int) -> bool:
    """Whether a function gives outputs of some small network, in any layout."""
    rng = np.random.default_rng(0)
    sizes = range(2, depth + 3)
    arrays: dict[str, Any] = {"x0": rng.standard_normal((7, 2)), "d0": np.arange(7) % sizes[-1]}
    for k in range(1, depth + 1):
        arrays[f"W{k}"] = rng.standard_normal((sizes[k - 1], sizes[k]))
        arrays[f"b{k}"] = rng.standard_normal(sizes[k])
    arrays |= {"x": arrays["x0"], "d": arrays["d0"]}
    for form in (NetworkForm(), NetworkForm(columns=True), NetworkForm(inside=True)):
        try:
            net = of_functions(subject, depth, form)
            _hand_over(net, arrays, "0")
            _forward(net, arrays)
        except (Failed, ValueError, TypeError, IndexError, KeyError, AttributeError):
            continue
        finally:
            put_back(subject)
        return True
    return False


def put_back(subject: Subject) -> None:
    """The submission's own global names, where some of them were ours."""
    if subject.rebound is not None:
        module, subject.rebound = subject.rebound, None
        try:
            subject.box.method(module, "__call__")
        except Failed:
            pass  # its process ended, and a new one has its own


def _called(
    depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    if subject.found.kind == "class":
        net = of_class(subject, arrays, depth, form)
    else:
        net = of_functions(subject, depth, form)
    if not net.biases:
        subject.traits[NO_BIASES] = None
    net.single = net.single or ONE_OUTPUT in subject.traits
    # two networks that are one: no other result could be trusted
    if net.shared:
        return {"networks": np.array(1.0)}
    arrays = chains.single(arrays) if net.single else arrays
    arrays = chains.with_outputs(arrays, net.outputs) if net.outputs else arrays
    results = _sample_by_sample(net, arrays) if form.apart else _batch_results(net, arrays)
    only_ones = net.single and (np.asarray(results.get("y", 0.0)) == 1.0).all()
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
    return results | _whole_batch(net, arrays)


def _whole_batch(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What its parts that go through a batch themselves show of it, after another one."""
    results: dict[str, Any] = {}
    net.by_batch = True
    for which in ("0", "") if net.whole else ():
        _hand_over(net, arrays, which)
        results = _loss_and_gradients(net, arrays)
    net.by_batch = False
    return results


def _hand_over(net: Net, arrays: Mapping[str, Any], which: str) -> None:
    """New weights, and everything that a call may ask for."""
    theirs = net.theirs(arrays)
    x, d = arrays[f"x{which}"], arrays[f"d{which}"]
    if not net.form.index:
        d = chains.targets(d, arrays[f"W{net.depth}"].shape[1])
    if net.form.columns and not net.by_batch:
        x, d = x.T, d.T
    if net.form.apart == "vector" and not net.by_batch:
        x, d = x.reshape(-1), d if net.form.columns else d.reshape(-1)
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d), "lr": calls.LR,
                 "N": len(arrays["x"]), "epochs": 1, "pass": False,
                 "training": "ropout" not in _source(net, net.subject.found.name)}  # fmt: skip
    net.known |= _x_by_any_name(net, net.known["x"])
    decays = {calls.plain(n) for parameters in net.parts.values() for n in calls.decays(parameters)}
    net.known |= dict.fromkeys(decays, net.form.decay)
    if net.handle is not None:
        weights.write(net.subject, net.everywhere, theirs)
        return
    hand_over(net, theirs)


def _x_by_any_name(net: Net, x: np.ndarray) -> dict[str, Any]:
    """The only parameter of a forward pass is x, whatever it is called."""
    parts = [calls.needed(net.parts[n]) for n in net.named(FORWARD)]
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
    grads = gradients_of(net, arrays, back) if gradients_first else None
    if net.handle is None:
        alone = is_whole_loss(net.subject)
    else:
        alone = bool(_loss(net)) and not _forward_passes(net)
    results = {} if alone else _forward(net, arrays)
    return results | _loss_and_gradients(net, arrays, grads)


def _loss_and_gradients(
    net: Net, arrays: Mapping[str, Any], grads: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The loss, and the gradients if there are none yet."""
    results: dict[str, Any] = {}
    if loss := _loss(net):
        results["loss"] = net.call(loss)
    if isinstance(results.get("loss"), tuple):
        results["loss"], *rest = results["loss"]
        together = returned(net, rest[-1] if len(rest) == 1 else tuple(rest), arrays)
        if together:
            return results | in_course_layout(net, arrays, together)
    count, traits = len(arrays["x"]), net.subject.traits
    if np.shape(results.get("loss", 0.0)) == (count,) and (count > 1 or LOSS_OF_EACH in traits):
        traits[LOSS_OF_EACH] = None
        net.subject.conventions[OF_EACH] = None
        results["loss"] = np.sum(results["loss"])
    back = net.first(BACKWARD) or net.first(MOVES)
    if grads is None and back:
        grads = gradients_of(net, arrays, back)
    if not back:
        net.subject.unjudged |= dict.fromkeys(net.named(BACKWARD))
    return results | dict(grads or {})


def _wants_more(net: Net, back: str) -> bool:
    return bool(set(calls.roles_of(calls.needed(net.parts[back])).values()) - {"x", "d"})


def _loss(net: Net) -> str:
    """What gives the loss: of x and d, or of y and d."""
    for name in LOSS:
        part = net.first([name])
        if part and "d" in calls.roles_beside(net.parts[part], net.known).values():
            return part
    if net.handle is not None:
        return ""
    if is_whole_loss(net.subject):
        return net.subject.found.name
    others = (n for n in net.named(LOSS) if n not in LOSS and _is_of_network(net, n))
    return next((n for n in others if net.arguments(n) is not None), "")


def _is_of_network(net: Net, name: str) -> bool:
    """Whether a loss runs the network itself: of its outputs there may be several in a file."""
    roles = set(calls.roles_of(calls.needed(net.parts[name])).values())
    return {"x", "d"} <= roles


def _forward(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """y; what else the forward pass returns becomes known by its usual names."""
    names = [net.subject.found.name] if net.handle is None else _forward_passes(net)
    if not names:
        sought = ", ".join(FORWARD[:5])
        line = message("no forward pass that takes x alone; looked for {names}", names=sought)
        raise Failed(Ending.REFUSED, line)
    failures: list[Failed] = []
    for name in names:
        # no target: with one, some return the loss
        result = net.call(name, [r for r in calls.OPTIONAL if r != "d"])
        # the names in its own return statement: by these its backward pass asks for them
        returns = calls.returned_names(_source(net, name), name)
        try:
            y = _output(net, result, _shape(net, arrays), returns)
        except Failed as failed:
            failures.append(failed)  # predict gives classes, where another gives the outputs
            continue
        net.known |= {"y": y}
        ours = y.T if net.form.columns_inside and not net.form.apart == "vector" else y
        net.known["dout"] = _upstream(net, ours)
        return {"y": ours}
    raise failures[0]


def _forward_passes(net: Net) -> list[str]:
    """The methods that may be the forward pass, which needs no target."""
    named = net.named(FORWARD)
    # a loss whose target may be left out gives the scores
    named += [part for name in LOSS[:-1] if (part := net.part(name))]
    needed = {n: calls.needed(net.parts[n]) for n in named}
    return [n for n, p in needed.items() if p and "d" not in calls.roles_of(p).values()]


def _shape(net: Net, arrays: Mapping[str, Any]) -> tuple[int, ...]:
    shape = (len(arrays["x"]), arrays[f"W{net.depth}"].shape[1])
    return shape[::-1] if net.form.columns_inside else shape


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
    return dout.T if net.form.columns_inside else dout


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
    known = {n: v for n, v in named.items() if n and n[0] not in "wb" and n not in _HANDED_OVER}
    if len(arrays) < 2 or not all(isinstance(v, np.ndarray) for v in arrays):
        return arrays, known
    first = calls.is_output(names[0]) if named else arrays[-1].shape != shape
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
