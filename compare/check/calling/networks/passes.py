"""One pass of a network: its weights are replaced, it runs forward and back, and is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.any_network.functions import put_back
from compare.check.calling.flat_targets import TABLE, makes_a_table
from compare.check.calling.networks.by_behaviour import of_told, told_of
from compare.check.calling.networks.construct import of_class, sizes_of
from compare.check.calling.networks.fed import fill
from compare.check.calling.networks.forward_pass import forward, forward_passes, source_of
from compare.check.calling.networks.functions import hand_over, of_functions
from compare.check.calling.networks.gradients import (
    begin_again,
    gradients_of,
    in_course_layout,
    returned,
)
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
from compare.check.calling.networks.training.mini_batches import by_mini_batch, steps_of
from compare.check.fitting.networks import passes as chains
from compare.check.i18n.text import Text
from compare.check.naming import network_parameters as calls
from compare.check.naming.network_parameters import LOSS_OF_EACH, NO_BIASES
from compare.check.naming.network_parts import Part, part_of
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed

ONE_OUTPUT = "single"  # a trait: as its own assertions say, it has one output
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
        if _takes_own_weights_alone(depth, form, subject, arrays, failed):
            line = message(
                "it does not take our weights, whose sizes are others: {why}", why=failed.line
            )
            raise Failed(Ending.REFUSED, line) from None
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


def _takes_own_weights_alone(
    depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any], failed: Failed
) -> bool:
    """Whether its forward pass takes the weights it was made with, and none of ours."""
    if subject.found.kind != "class" or not failed.line.startswith("ValueError"):
        return False

    def passes_forward(keeps: bool) -> bool:
        net = of_class(subject, arrays, depth, form)
        net.keeps = keeps
        try:
            _hand_over(net, arrays, "")
            forward(net, arrays)
        except (Failed, ValueError) as why:
            return not str(why).startswith("ValueError")  # what it gave is of its own sizes
        return True

    return not form.apart and passes_forward(True) and not passes_forward(False)


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
            forward(net, arrays)
        except (Failed, ValueError, TypeError, IndexError, KeyError, AttributeError):
            continue
        finally:
            put_back(subject)
        return True
    return False


def _called(
    depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]
) -> dict[str, Any]:
    arrays = chains.single(arrays) if form.one else arrays
    net = made(depth, form, subject, arrays)
    # two networks that are one: no other result could be trusted
    if net.shared:
        return {"networks": np.array(1.0)}
    arrays = chains.single(arrays) if net.single else arrays
    arrays = chains.with_outputs(arrays, net.outputs) if net.outputs else arrays
    results = _sample_by_sample(net, arrays) if form.apart else _batch_results(net, arrays)
    only_ones = net.single and (np.asarray(results.get("y", 0.0)) == 1.0).all()
    # log 0 and 0/0: nothing else says anything
    return {"y": results["y"]} if only_ones else results


def made(depth: int, form: NetworkForm, subject: Subject, arrays: Mapping[str, Any]) -> Net:
    """The network, in the sizes of these weights.   Raises Failed."""
    if subject.found.kind == "class":
        net = of_class(subject, arrays, depth, form)
    elif told_of(subject, depth):
        net = of_told(subject, sizes_of(arrays, depth), form)
    else:
        net = of_functions(subject, depth, form)
    if not net.biases:
        subject.traits[NO_BIASES] = None
    net.single = net.single or ONE_OUTPUT in subject.traits
    return net


def of_batch(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What a network that was made shows of x and d with the weights W1 b1 ...   Raises Failed."""
    if net.form.apart:
        return _each_sample(net, arrays)
    _hand_over(net, arrays, "")
    return _one_pass(net, arrays, False)


def outputs_of(net: Net, arrays: Mapping[str, Any]) -> Any:
    """Its outputs alone.   Raises Failed."""
    if net.form.apart or net.handle is None and is_whole_loss(net.subject):
        return of_batch(net, arrays).get("y")
    if net.handle is not None and not forward_passes(net):
        return of_batch(net, arrays).get("y")
    _hand_over(net, arrays, "")
    return forward(net, arrays)["y"]


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
    samples = []
    for i in range(len(arrays["x"])):
        sample = {**arrays, **{n: arrays[n][i : i + 1] for n in ("x", "d", "x0", "d0")}}
        results = _added(results, _batch_results(net, sample))
        samples.append((net.known["x"], net.known["d"]))
    net.known["N"] = len(samples)
    _renew(net, arrays)
    if moved := by_mini_batch(net, arrays, samples, results):
        # a step takes the mean where the losses of single samples are added up
        return {n: v for n, v in results.items() if n != "loss"} | moved
    return results | _whole_batch(net, arrays)


def _added(results: Mapping[str, Any], sample: Mapping[str, Any]) -> dict[str, Any]:
    """And of one more sample: its outputs below the others, losses and gradients added up."""
    found = dict(results)
    for name, value in sample.items():
        value = np.asarray(value).reshape(1, -1) if name == "y" else np.asarray(value)
        if name in found:
            value = np.concatenate([found[name], value]) if name == "y" else found[name] + value
        found[name] = value
    return found


def _each_sample(net: Net, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The same as ``_sample_by_sample`` in few calls: weights that nothing moves are set once."""
    if net.whole or steps_of(net) or net.handle is None:
        again = {"x0": arrays["x"], "d0": arrays["d"]}
        return _sample_by_sample(net, {**arrays, **again})
    results: dict[str, Any] = {}
    for i in range(len(arrays["x"])):
        sample = {**arrays, **{n: arrays[n][i : i + 1] for n in ("x", "d")}}
        _tell(net, sample, "")
        if i == 0 or calls.READ_OFF in net.subject.traits:
            _renew(net, sample)
        results = _added(results, _one_pass(net, sample, False))
    return results


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
    _tell(net, arrays, which)
    _renew(net, arrays)


def _tell(net: Net, arrays: Mapping[str, Any], which: str) -> None:
    """Everything that a call may ask for, but for the weights."""
    x, d = arrays[f"x{which}"], arrays[f"d{which}"]
    if not net.form.index:
        d = chains.targets(d, arrays[f"W{net.depth}"].shape[1])
    if net.form.columns and not net.by_batch:
        x, d = x.T, d.T
    d = d.T if net.form.goals == "turned" else d
    d = d.reshape(-1) if net.form.vectors or net.form.goals == "flat" else d
    if net.form.apart == "vector" and not net.by_batch:
        x, d = x.reshape(-1), d if net.form.columns else d.reshape(-1)
    net.known = {"x": np.ascontiguousarray(x), "d": np.ascontiguousarray(d), "lr": calls.LR,
                 "N": len(arrays["x"]), "epochs": 1, "pass": False,
                 "training": "ropout" not in source_of(net, net.subject.found.name)}  # fmt: skip
    net.known |= _x_by_any_name(net, net.known["x"])
    decays = {calls.plain(n) for parameters in net.parts.values() for n in calls.decays(parameters)}
    net.known |= dict.fromkeys(decays, net.form.decay)
    if net.handle is not None:
        fill(net.subject, net.handle, net.data, net.known)


def _renew(net: Net, arrays: Mapping[str, Any]) -> None:
    """The weights as they were before any step."""
    if net.keeps:
        return
    theirs = net.theirs(arrays)
    if net.handle is not None:
        net.put(theirs)
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
    begin_again(net)
    back = net.first(ALONE)
    # a function is handed what the forward pass gave; only an object can run it by itself
    gradients_first = (
        gradients_first and bool(back) and net.handle is not None and not _wants_more(net, back)
    )
    grads = gradients_of(net, arrays, back) if gradients_first else None
    if net.handle is None:
        alone = is_whole_loss(net.subject)
    else:
        alone = bool(_loss(net)) and not forward_passes(net)
    results = {} if alone else forward(net, arrays)
    return results | _loss_and_gradients(net, arrays, grads)


def _loss_and_gradients(
    net: Net, arrays: Mapping[str, Any], grads: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The loss, and the gradients if there are none yet."""
    results: dict[str, Any] = {}
    if loss := _loss(net):
        results["loss"] = net.call(loss)
        if makes_a_table(net, loss, results["loss"]):
            net.subject.shown[TABLE] = {}
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
    if back and net.handle is None and back in net.named(MOVES) and not _sees_weights(net, back):
        back = ""
    # of the targets nothing has told it: what trains hands them to it
    if back and net.handle is not None and not loss and not _is_told(net, back):
        back = next((n for n in net.named(MOVES) if _takes_both(net, n)), back)
    if grads is None and back:
        grads = gradients_of(net, arrays, back)
    if not back:
        net.subject.unjudged |= dict.fromkeys(net.named(BACKWARD))
    return results | dict(grads or {})


def _sees_weights(net: Net, back: str) -> bool:
    """Whether a function is handed weights of ours or reads them: else it moves its own."""
    ours = [*net.weights.values(), net.known.get("network")]
    handed = (net.arguments(back) or {}).values()
    return net.subject.rebound is not None or any(v is one for v in handed for one in ours)


def _is_told(net: Net, back: str) -> bool:
    """Whether a way back is handed targets, or what was made of them."""
    roles = set(calls.roles_beside(net.parts[back], net.known).values())
    return bool(net.data or roles & {"d", "dout", "grads"})


def _takes_both(net: Net, name: str) -> bool:
    """Whether it can be called, with samples and targets."""
    roles = set(calls.roles_beside(net.parts[name], net.known).values())
    return {"x", "d"} <= roles and net.arguments(name) is not None


def _wants_more(net: Net, back: str) -> bool:
    return bool(set(calls.roles_of(calls.needed(net.parts[back])).values()) - {"x", "d"})


def _loss(net: Net) -> str:
    """What gives the loss: of x and d, or of y and d."""
    for name in LOSS:
        part = net.first([name])
        # of the data that it holds its forward pass gives outputs
        holds = bool(net.data) and part_of(name) is not Part.FORWARD
        if part and (holds or "d" in calls.roles_beside(net.parts[part], net.known).values()):
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
