"""The gradients that a network gives: returned, stored, or read off the change of its weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.networks import functions, weights
from compare.check.calling.networks.forward_pass import forward, source_of
from compare.check.calling.networks.net import MOVES, UNSAID, WAY_BACK, Net, unsaid_alone
from compare.check.calling.networks.paths import is_gradient, lists_of, name_of, split
from compare.check.calling.networks.source_names import zeroing
from compare.check.calling.networks.training.learning_rates import at_our_rate
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parts import Part, part_of
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed, Handle


def gradients_of(net: Net, arrays: Mapping[str, Any], back: str) -> dict[str, Any]:
    """What the way back gives, in the course's layout.   Raises Failed."""
    if name := unsaid_alone(net.parts[back]):
        net.subject.made[UNSAID] = message(
            "what {part} takes as {name} is not known: targets (y_true) and a gradient (grad) were "
            "tried",
            part=back,
            name=name,
        )
    net.subject.made[WAY_BACK] = net.real.get(back, back)
    both = [net.known[role] for role in ("x", "d") if net.form.back]
    kept = {n: v for n, v in net.known.items() if any(v is each for each in both)}
    net.known |= {n: np.transpose(v) for n, v in kept.items()}
    try:
        return _gradients_of(net, arrays, back)
    finally:
        net.known |= kept


def _gradients_of(net: Net, arrays: Mapping[str, Any], back: str) -> dict[str, Any]:
    _post_activations(net, back)
    changed = dict(net.subject.changed)
    result = net.call(back)
    moves = calls.plain(back) in {calls.plain(n) for n in MOVES} or part_of(back) is Part.MOVES
    gradients: dict[str, Any] = {}
    if moves:  # to change the weights is its task
        samples = [n for n, role in calls.roles_of(net.parts[back]).items() if role in ("x", "d")]
        now = net.subject.changed
        net.subject.changed = changed | {n: None for n in samples if n in now}
    # what moves the weights may return anything: its gradients are the change of the weights
    if not moves:
        gradients = returned(net, result, arrays)
        if not gradients:
            gradients = _gradients_stored(net, arrays)
            _find_reset(net, arrays, gradients)
        _watch_update(net, arrays, gradients, result)
    elif result is not None and not any(map(np.any, weight_changes(net, arrays, result).values())):
        gradients = returned(net, result, arrays)  # it learns them, and others move the weights
    gradients = gradients or _changes_of_update(net, arrays, back, result)
    return in_course_layout(net, arrays, gradients)


def _changes_of_update(
    net: Net, arrays: Mapping[str, Any], back: str, result: Any
) -> dict[str, Any]:
    """How the weights changed: in the backward pass itself, or in the update after it.

    Raises Failed where nothing moved of which nothing says that it should.
    """
    # which explanations are possible depends on it: fitting/networks/explanation.py
    if net.rated or "lr" in calls.roles_of(net.parts[back]).values():
        net.subject.traits["rated"] = None
    net.subject.traits[calls.READ_OFF] = None
    changes = weight_changes(net, arrays, result)
    if any(np.any(v) for v in changes.values()):
        if net.rated or "lr" in calls.roles_of(net.parts[back]).values():
            return changes

        def step() -> dict[str, Any]:
            # a forward pass of its own: many forget in the way back what they kept for it
            if "x" not in calls.roles_beside(net.parts[back], net.known).values():
                forward(net, arrays)
            return weight_changes(net, arrays, net.call(back))

        return dict(at_our_rate(net, arrays, changes, step))
    if result is not None:
        net.known["grads"] = result
    update = net.first(MOVES)
    if update and update != back:
        if "lr" in calls.roles_of(net.parts[update]).values():
            net.subject.traits["rated"] = None
        changes = weight_changes(net, arrays, net.call(update))
    elif (
        _moves_by_nothing(net, back)
        or not update
        and not ("lr" in calls.roles_of(net.parts[back]).values() or net.rated)
    ):
        line = message(
            "{name} gives no gradients that are found; looked for {names}",
            name=back,
            names=message("a dict or tuple of W1, b1, ..., or grads, dW1, dW"),
        )
        raise Failed(Ending.REFUSED, line)
    return changes


def _moves_by_nothing(net: Net, back: str) -> bool:
    """Whether it takes a step by what another part, which was not called, has to add up before."""
    roles = set(calls.roles_of(net.parts[back]).values())
    return part_of(back) is Part.MOVES and not net.data and roles <= {"lr"}


def _watch_update(
    net: Net, arrays: Mapping[str, Any], gradients: Mapping[str, Any], result: Any
) -> None:
    """Which weights the update after it leaves alone, where it moves the others."""
    update = _update_by(net, result) if gradients else ""
    if not update:
        return
    subject = net.subject
    kept, net.known = net.known, net.known | dict.fromkeys(("grads", "dout"), result)
    changed, parts = dict(subject.changed), dict(subject.parts)
    try:
        changes = weight_changes(net, arrays, net.call(update))
    except Failed:
        return  # it takes something else
    finally:
        # to change the weights is its task
        net.known, subject.changed = kept, changed
    left = [n for n, v in changes.items() if not np.any(v) and np.any(gradients.get(n, 0.0))]
    if left and len(left) < len(changes):
        subject.shown["never_updated"] = {"name": ", ".join(left)}
    else:
        subject.parts = parts


def _update_by(net: Net, result: Any) -> str:
    """What moves the weights by the gradients alone, or ""."""
    for name in net.named(MOVES):
        roles = set(calls.roles_of(calls.needed(net.parts[name])).values())
        handed = (
            roles & {"grads", "dout"} if net.handle is None else roles <= {"grads", "dout", "lr"}
        )
        if handed and not roles & {"x", "d"}:
            known = net.known | dict.fromkeys(("grads", "dout"), result)
            if calls.arguments(net.parts[name], known) is not None:
                return name
    return ""


def in_course_layout(
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


def returned(net: Net, result: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients by name, or in the order that shapes tell: W1 b1 W2 b2, or from the last on."""
    if isinstance(result, Handle) and net.subject.found.kind == "function":
        held = net.subject.box.numbers(result)  # an object of what the weights are in
        result = {name_of(path): value for path, value in held.items()}
    if isinstance(result, (tuple, list)) and result and all(isinstance(r, dict) for r in result):
        if values := _of_dicts(net, result):
            return _in_order(net, values, arrays)
    if isinstance(result, (tuple, list)) and result and isinstance(result[-1], dict):
        result = result[-1]  # (loss, grads)
    if isinstance(result, dict):
        return by_name(net, result)
    if isinstance(result, np.ndarray) and len(net.names) == 1:
        return {net.names[0]: result}
    return _in_order(net, result, arrays) if isinstance(result, (tuple, list)) else {}


ORDER = "order"  # what was made: the order of the gradients, once their shapes have told it


def _in_order(net: Net, result: Sequence[Any], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients of a list, or of lists of layers or kinds; {} where there are not as many."""
    values = [v for each in result for v in (each if isinstance(each, (tuple, list)) else [each])]
    shapes = {n: a.shape for n, a in net.theirs(arrays).items()}
    if len(values) != len(shapes):
        return {}

    def fitting(order: Sequence[str]) -> int:
        return sum(np.shape(v) == shapes[n] for n, v in zip(order, values, strict=True))

    made = net.subject.made
    most = max(map(fitting, _orders(net)))
    best = [order for order in _orders(net) if fitting(order) == most]
    if len(best) == 1 and most == len(shapes):
        made.setdefault(ORDER, best[0])
    # square layers tell nothing, where others have told it already
    order = made[ORDER] if made.get(ORDER) in best else best[0]
    return dict(zip(order, values, strict=True))


def _orders(net: Net) -> list[list[str]]:
    """Every order of the names: by layers or by kinds, from the first or the last, W or b first."""
    layers = [[n for n in net.names if n[1:] == str(k)] for k in range(1, net.depth + 1)]
    ways = [ls for each in (layers, layers[::-1]) for ls in (each, [names[::-1] for names in each])]
    by_layer = [[n for names in ls for n in names] for ls in ways]
    by_kind = [[n for names in zip(*ls, strict=True) for n in names] for ls in ways]
    return [by_layer[0], by_kind[0], *by_layer[1:], *by_kind[1:]]


def _of_dicts(net: Net, dicts: Sequence[Mapping[Any, Any]]) -> list[list[Any]]:
    """The gradients of a dict of each layer, or of each kind with one key a layer; or none."""
    if len(dicts) == net.depth > 1:
        layers = [_of_layer(each) for each in dicts]
        if 2 * sum(v is not NOT_THERE for values in layers for v in values) >= len(net.names):
            return layers
    keys = list(dicts[0])
    alike = len(keys) == net.depth and all(each.keys() == dicts[0].keys() for each in dicts)
    return [[each[key] for key in keys] for each in dicts] if alike else []


def _of_layer(gradients: Mapping[Any, Any]) -> list[Any]:
    """The gradients of the weights and of the biases of one layer, by their keys; where only one
    of the two keys says so, the other is that of the other."""
    said = [next((k for k in gradients if _says(k, kind)), None) for kind in "wb"]
    others = [k for k in gradients if k not in said]
    if len(gradients) == 2 and others and said != [None, None]:
        said = [others[0] if key is None else key for key in said]
    return [NOT_THERE if key is None else gradients[key] for key in said]


def _says(key: Any, kind: str) -> bool:
    """Whether a key is that of the weights, or of the biases: dW, grad_b."""
    return isinstance(key, str) and calls.plain(key).removeprefix("grad").lstrip("d")[:1] == kind


NOT_THERE = np.zeros(0)  # an empty array differs from any gradient: one that is forgotten is told
_BEFORE = ("", "d", "grad", "g", "de", "dl", "dj", "delta", "nabla")


def by_name(net: Net, result: Mapping[Any, Any]) -> dict[str, Any]:
    """W1 b1 ... of a dict, by usual names or those of its own weights; {} where none is there."""
    keys = {calls.plain(k): k for k in result if isinstance(k, str)}
    own = net.own_names
    # E and e are two weights where each has a gradient of that very name
    exact = own if set(own.values()) <= set(result) else {}
    gradients = {}
    for name in net.names:
        # its own names first: its bias_1 may be that of the second layer
        spelled = (calls.plain(own.get(name, name)), *weights.keys_for(name, net.depth))
        known = (f"{n}{p}" if after else f"{p}{n}" for n in spelled
                 for p in _BEFORE for after in (False, True))  # fmt: skip
        key = exact.get(name) or next((keys[n] for n in known if n in keys), None)
        gradients[name] = NOT_THERE if key is None else result[key]
    there = [n for n, v in gradients.items() if v is not NOT_THERE]
    # half of them at least, or it is a dictionary of something else
    return gradients if 2 * len(there) >= len(net.names) else {}


RESET = "reset"  # what was made: the method that sets the gradients it keeps to zero, or ""


def begin_again(net: Net) -> None:
    """Sets what a way back adds to to zero, where a method of the network does that."""
    name = net.subject.made.get(RESET) if net.handle is not None else ""
    if name:
        net.do(name)


def _find_reset(net: Net, arrays: Mapping[str, Any], gradients: Mapping[str, Any]) -> None:
    """Which method that takes nothing sets the gradients that are kept to zero, and no weight."""
    subject = net.subject
    if net.handle is None or RESET in subject.made or not gradients:
        return
    subject.made[RESET] = ""
    for name, parameters in net.parts.items():
        if name not in zeroing(source_of(net, name)) or calls.needed(parameters):
            continue
        if part_of(name) is not None or name.startswith("__"):
            continue
        before = net.held()
        try:
            net.do(name)
        except Failed:
            continue
        left = [np.asarray(g) for g in _gradients_stored(net, arrays).values()]
        after = net.held()
        kept = all(np.array_equal(v, after[n]) for n, v in before.items())
        if kept and left and all(g.dtype.kind == "f" and not g.any() for g in left):
            subject.made[RESET] = name
            return


_HOLDERS = re.compile(r"\.(grads|gradients|grad|dparams)\[\d+\]")


def _gradients_stored(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients that the backward pass stored in grads, in dW1, or in the layers' dW."""
    if net.handle is None:
        return {}
    held = net.subject.box.numbers(net.handle)
    weights_at = {n: paths[0] for n, paths in net.places.items()}
    gradients = {
        n: next((v for p, v in held.items() if is_gradient(p, of)), NOT_THERE)
        for n, of in weights_at.items()
    }
    if 2 * sum(v is not NOT_THERE for v in gradients.values()) >= len(net.names):
        return gradients
    in_order = [v for p, v in held.items() if _HOLDERS.fullmatch(p)]
    if len(in_order) == len(net.names):
        return dict(zip(net.names, in_order, strict=True))
    both = [lists_of(held, kind) for kind in "wb"]
    if all(both) and (gradients := _in_order(net, both, arrays)):
        return gradients
    return by_name(net, {split(p)[1]: v for p, v in held.items() if p not in weights_at.values()})


def weight_changes(net: Net, arrays: Mapping[str, Any], result: Any) -> dict[str, Any]:
    """(before - after) / lr of every weight, changed in place or returned.   Raises Failed."""
    before = net.theirs(arrays)
    if net.handle is not None:
        after = net.held()
        if net.real and all(np.array_equal(before[n], after[n]) for n in before):
            after = returned(net, result, arrays) or after
    else:
        after = functions.current(net)
        if all(np.array_equal(before[n], after[n]) for n in before):
            after = returned(net, result, arrays) or after
    if all(np.array_equal(before[n], after[n]) for n in before) and _holds_moved(result, before):
        raise Failed(Ending.REFUSED, message("it returns other weights beside something else"))
    # exact: the rate is a power of two
    return {n: (before[n] - np.asarray(after[n])) / calls.LR for n in before}


def _holds_moved(result: Any, before: Mapping[str, Any]) -> bool:
    """Whether something in it has the shape of an array of weights, each of them, and is another.

    What was returned so has moved them, in however many steps.
    """
    arrays = [v for v in before.values() if np.ndim(v)]
    made = [*_arrays_in(result)] if isinstance(result, (tuple, list)) else []
    return bool(arrays) and all(
        any(m.shape == v.shape and not np.array_equal(m, v) for m in made) for v in arrays
    )


def _arrays_in(result: Any) -> Iterator[np.ndarray]:
    if isinstance(result, np.ndarray) and result.ndim:
        yield result
    elif isinstance(result, (tuple, list, dict)):
        for each in result.values() if isinstance(result, dict) else result:
            yield from _arrays_in(each)
