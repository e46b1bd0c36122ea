"""Which network somebody wrote, in words: right, or with the mistake that explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.check.concept import CallStyle, Form, Role, Tried
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.alterations import Decay
from compare.check.fitting.networks.forward_and_loss import (
    forward_of,
    forward_of_loss,
    loss_of,
)
from compare.check.fitting.networks.other_activation import OTHER, has_other_activation
from compare.check.fitting.networks.passes import Forward
from compare.check.fitting.networks.plans import SCALES, Plan, Reported
from compare.check.fitting.networks.search import matching_plan, way_back
from compare.check.fitting.networks.shown import Shown, fits
from compare.check.i18n.text import NOTHING, Text, joined
from compare.check.matching import F64, numbers
from compare.check.naming.network_parameters import LOSS_OF_EACH, LR, NO_BIASES, READ_OFF

Arrays = Mapping[str, Any]
F32 = FORMATS["float32"]
SLOPES = {"relu": "1 if u > 0 else 0", "sigmoid": "z (1 - z)", "tanh": "1 - z^2"}
PLAIN = Text("without biases", "バイアスなし")
REDUCED = "loss_reduced_otherwise"
FAMILIES = {
    "cross-entropy": Text("cross-entropy", "交差エントロピー"),
    "binary cross-entropy": Text("binary cross-entropy", "2 値交差エントロピー"),
    "squared error": Text("squared error", "二乗誤差"),
    "absolute error": Text("absolute error", "絶対誤差"),
}


@dataclass(frozen=True)
class Structure:
    """What a network is made of: its forward pass, the loss that it reports, its way back."""

    forward: Forward
    loss: Reported | None
    plan: Plan
    depth: int


def meanings_of(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """The meanings that what it gave on ordinary numbers leaves open, most likely first."""
    moved = READ_OFF in trial.subject.traits
    shown = [
        Shown(numbers(trial.problems[p.case.name].arrays), trial.ran(arrangement, p).values, moved)
        for role in (Role.ORDINARY, Role.EDGE)
        for p in trial.concept.probes
        if p.role is role and trial.ran(arrangement, p).failed is None
    ]
    if any("networks" in s.values for s in shown):
        return _shared()
    with_outputs = [s for s in shown if "y" in s.values]
    shown = (with_outputs or shown)[:3]
    rated = "rated" in trial.subject.traits
    plain = NO_BIASES in trial.subject.traits
    if plain:
        shown = [replace(s, a=chains.without_biases(s.a)) for s in shown]
    single = all(_is_single(s) for s in shown)
    with np.errstate(all="ignore"):
        turned = chains.single if single else _of_own_outputs(with_outputs)
        if turned:
            shown = [replace(s, a=turned(s.a)) for s in shown]
        found = _found(shown, rated, single)
        if len(found) == 1 and with_outputs and _of_float32(shown):
            found = (*found, *_in_float32(shown, rated))
    if OTHER not in trial.subject.made and not plain and _is_unknown(found, shown):
        trial.subject.made[OTHER] = _has_other_activation(trial, arrangement)
    if LOSS_OF_EACH in trial.subject.traits:
        # how its losses are reduced only the gradients say
        found = tuple(replace(m, cause="") if m.cause == REDUCED else m for m in found)
    for turn in (turned, chains.without_biases if plain else None):
        if turn is not None:
            found = tuple(replace(m, formula=_turned(m.formula, turn)) for m in found)
    return tuple(_said_plain(m) for m in found) if plain else found


def _is_single(s: Shown) -> bool:
    """Whether it has one output: by what it gives, or by the gradient of the last weights."""
    last = f"grad/W{chains.depth_of(s.a)}"
    return np.shape(s.values.get("y", s.values.get(last)))[-1:] == (1,)


def _is_unknown(found: Sequence[Form], shown: Sequence[Shown]) -> bool:
    """Whether the outputs are those of none."""
    s = shown[0]
    with np.errstate(all="ignore"):
        return "y" in s.values and not any(fits(s.values["y"], m.formula(s.a)["y"]) for m in found)


def _has_other_activation(trial: Tried, arrangement: CallStyle) -> bool:
    probe = trial.concept.probes[0]
    arrays, values = trial.problems[probe.case.name].arrays, trial.first(arrangement).values
    if "y" not in values:
        return False
    return has_other_activation(partial(arrangement.call, trial.subject), arrays, values["y"])


def _said_plain(form: Form) -> Form:
    """The same, and that it has no biases."""
    said = joined(form.convention, PLAIN) if form.convention else None
    return replace(form, convention=said)


def _of_own_outputs(shown: Sequence[Shown]) -> Callable[[Arrays], Arrays] | None:
    """The network with the outputs that it has, whichever are asked for: ten digits."""
    counts = {np.shape(s.values["y"])[-1] for s in shown if np.ndim(s.values["y"]) == 2}
    asked = {np.shape(s.a[f"W{chains.depth_of(s.a)}"].value)[-1] for s in shown}
    if len(counts) != 1 or len(asked) < 2:
        return None
    return partial(chains.with_outputs, K=counts.pop())


def _narrow(a: Arrays) -> dict[str, Any]:
    """The same arrays in a network that computes in float32."""
    return {n: Bounded.given(v.value, F32) if isinstance(v, Bounded) else v for n, v in a.items()}


def _in_float32(shown: Sequence[Shown], rated: bool) -> tuple[Form, ...]:
    """What it is where a part of it is computed in float32."""
    found = _found([replace(s, a=_narrow(s.a)) for s in shown], rated)
    right = [m for m in found[:1] if m.right and len(found) > 1]

    def of(formula: Callable[[Arrays], Arrays]) -> Callable[[Arrays], Arrays]:
        return lambda a: formula(_narrow(a))

    return tuple(Form(of(m.formula), "float32_inside") for m in right)


def _of_float32(shown: Sequence[Shown]) -> bool:
    """Whether the outputs are some right network's to the digits of float32, now above, now below.

    An epsilon inside moves all outputs to one side; numbers rounded to decimals show that.
    """
    forward = forward_of(chains.depth_of(shown[0].a), [replace(s, a=_narrow(s.a)) for s in shown])
    if forward is None or forward.cause:
        return False
    pairs = [(s.values["y"], chains.passed(forward, s.a, s.a["x"]).y.value) for s in shown]
    errors = np.concatenate(
        [np.ravel(y / right - 1) for y, right in pairs if y.shape == right.shape]
    )
    decimal = all((y == np.round(y, 9)).all() for y, _ in pairs)
    return not decimal and errors.min() < -1e-9 and errors.max() > 1e-9


def _shared() -> tuple[Form, ...]:
    """Of two networks that were made each has its own weights, or the two share theirs."""
    count = partial(Bounded.given, format=F64)
    return (
        Form(lambda a: {"networks": count(np.array(2.0))}),
        Form(lambda a: {"networks": count(np.array(1.0))}, "shared_between_networks"),
    )


def _turned(
    formula: Callable[[Arrays], Arrays], of: Callable[[Arrays], Arrays]
) -> Callable[[Arrays], Arrays]:
    """The formula of a network that has other outputs than those asked for."""
    return lambda a: formula(of(a))


def _found(shown: Sequence[Shown], rated: bool, single: bool = False) -> tuple[Form, ...]:
    depth = chains.depth_of(shown[0].a)
    shows_outputs = "y" in shown[0].values
    forward = (forward_of if shows_outputs else forward_of_loss)(depth, shown)
    if forward is None:
        course = Plan(chains.DELTAS[0], SCALES[0])
        likest = _likest(depth, shown) if shows_outputs else Forward("relu", "softmax")
        return (_meaning(likest, None, course, depth, right=True),)
    if single and forward.output == "softmax":
        forward = replace(forward, cause="softmax_of_one_output")
    loss = loss_of(forward, shown)
    plan = way_back(forward, loss, shown, rated)
    nearest = _nearest(forward, loss, plan, depth)
    weights = [n for n in shown[0].values if n.startswith("grad/W")]
    bare = tuple(n for n in weights if plan and n not in plan.altered)
    found = _meaning(forward, loss, plan, depth, bare=bare) if plan else None
    return (nearest,) if found is None else (found, nearest) if found.right else (nearest, found)


def _likest(depth: int, shown: Sequence[Shown]) -> Forward:
    """The right forward pass whose outputs are nearest."""

    def distance(forward: Forward) -> float:
        wanted = [chains.passed(forward, s.a, s.a["x"]).y.value for s in shown]
        pairs = [(s.values["y"], y) for s, y in zip(shown, wanted, strict=True)]
        alike = [np.abs(mine - y).sum() for mine, y in pairs if np.shape(mine) == y.shape]
        return float(np.nan_to_num(np.sum(alike), nan=np.inf)) if alike else np.inf

    return min(chains.right_forwards(depth), key=distance)


def _nearest(forward: Forward, loss: Reported | None, plan: Plan | None, depth: int) -> Form:
    """The right network that is nearest to what was found."""
    output = "sigmoid" if forward.cause == "softmax_of_one_output" else forward.output
    forward = replace(forward, output=output)
    right = replace(forward, cause="", without=(), over="", before="")
    right = (
        replace(right, hidden="relu") if right.hidden in ("identity", "step_function") else right
    )
    plan = plan or matching_plan(forward, loss)
    delta = plan.delta
    if delta.cause or (loss is not None and delta.family != loss.loss.family):
        delta = matching_plan(forward, loss).delta
    scale = plan.scale if not plan.scale.cause else SCALES[0]
    if loss is not None and [cause for cause, _ in _causes(forward, loss, plan)] == [REDUCED]:
        scale = loss.scale
    rate = loss.decay if loss is not None else 0.0
    decay = {f"grad/W{k}": Decay(rate) for k in range(1, 1 + depth)} if rate else {}
    mended = Plan(delta, scale, altered=decay, read_off=plan.read_off, rate=plan.rate)
    if loss is not None and loss.cause:
        family = next(
            x for x in chains.LOSSES if x.output == delta.output and x.family == delta.family
        )
        loss = Reported(family, scale)
    return _meaning(right, loss, mended, depth, right=True)


def _meaning(
    forward: Forward, loss: Reported | None, plan: Plan, depth: int, right: bool = False,
    bare: Sequence[str] = (),
) -> Form:  # fmt: skip
    """What was found, as a formula of a probe's arrays; ``bare``: gradients without any change."""

    def formula(a: Arrays) -> dict[str, Bounded]:
        p = chains.passed(forward, a, a["x"])
        found = {"y": p.y}
        if loss is not None:
            found["loss"] = loss.of(a, p, forward)
        return found | plan.grads(a, forward)

    causes = [] if right else _causes(forward, loss, plan, bare)
    cause, blanks = causes[0] if causes else ("", {})
    said = None if cause and cause != REDUCED else _said(forward, loss, plan, depth)
    network = Structure(forward, loss, plan, depth)
    return Form(formula, cause, said, blanks, further=tuple(causes[1:]), network=network)


def _causes(
    forward: Forward, loss: Reported | None, plan: Plan, bare: Sequence[str] = ()
) -> list[tuple[str, dict[str, str | Text]]]:
    """The mistakes in order of computation."""
    found: list[tuple[str, dict[str, str | Text]]] = []
    if forward.cause:
        layers = ", ".join(map(str, forward.without))
        found.append(
            (forward.cause, {"layers": layers, "axis": chains.OVER.get(forward.over, NOTHING)})
        )
    # of a softmax over another axis the scores do not say what the loss makes of it
    if loss is not None and loss.cause and not forward.over:
        epsilon = f"{loss.loss.epsilon:g}"
        found.append((loss.cause, {"constant": loss.scale.said.en, "epsilon": epsilon}))
    if loss is not None and not found and loss.loss.family != plan.delta.family:
        found.append(
            (
                "loss_not_differentiated",
                {"loss": FAMILIES[loss.loss.family], "gradient": FAMILIES[plan.delta.family]},
            )
        )
    found += _of_way_back(forward, loss, plan, bare)
    if loss is not None and plan.shown and not found and loss.scale is not plan.scale:
        found.append((REDUCED, {"loss": loss.scale.said, "gradient": plan.scale.said}))
    return found


def _of_way_back(
    forward: Forward, loss: Reported | None, plan: Plan, bare: Sequence[str]
) -> list[tuple[str, dict[str, str | Text]]]:
    decays = [alter for alter in plan.altered.values() if isinstance(alter, Decay)]
    agreed = loss is None or (decays and all(abs(d.rate - loss.decay) < 1e-12 for d in decays))
    found: list[tuple[str, dict[str, str | Text]]] = []
    for cause, blanks in plan.causes:
        if cause == "decay_not_in_loss" and agreed:
            # a penalty that is reported is one of the weights
            biases = [n for n in str(blanks["name"]).split(", ") if n[0] == "b"]
            if not biases or loss is None or not loss.decay:
                continue
            cause, blanks = "decay_of_biases", {**blanks, "name": ", ".join(biases)}
        if cause == "decay_not_in_loss" and loss is not None and loss.decay:
            cause, blanks = (
                "decay_differs",
                {"loss": f"{loss.decay:g}", "gradient": blanks["factor"]},
            )
        slope = {"forward": forward.hidden, "right": SLOPES.get(forward.hidden, "f'(u)")}
        found.append((cause, {**slope, **blanks}))
    if loss is not None and loss.decay and not decays:
        found.append(("decay_not_in_gradient", {"rate": f"{loss.decay:g}"}))
    if loss is not None and loss.decay and decays and bare:
        names = ", ".join(n.removeprefix("grad/") for n in bare)
        found.append(("decay_not_in_some", {"rate": f"{loss.decay:g}", "name": names}))
    return found


def _said(forward: Forward, loss: Reported | None, plan: Plan, depth: int) -> Text:
    """The network in words: activations, loss, and over what is averaged."""
    hidden = Text(f"hidden {forward.hidden}, ", f"隠れ層 {forward.hidden}、")
    hidden = NOTHING if depth == 1 else hidden
    if loss is None and not plan.shown:
        return Text(f"{hidden.en}output {forward.output}; only the forward pass",
                    f"{hidden.ja}出力層 {forward.output}; 順伝播のみ")  # fmt: skip
    output = plan.delta.output if forward.output == "identity" else forward.output
    en, ja = f"{hidden.en}output {output}", f"{hidden.ja}出力層 {output}"
    if forward.output != output:
        en, ja = f"{en} (left to the loss)", f"{ja}（損失の中で計算）"
    of, scale = (loss.loss.family, loss.scale) if loss else (plan.delta.family, plan.scale)
    en, ja = f"{en}; {of}, {scale.said.en}", f"{ja}; {of}、{scale.said.ja}"
    if plan.shown and scale is not plan.scale:
        en = f"{en}; the gradients are those of the {plan.scale.said.en}"
        ja = f"{ja}; 勾配は「{plan.scale.said.ja}」のもの"
    rate = next((d.rate for d in plan.altered.values() if isinstance(d, Decay)), 0.0)
    if rate:
        en, ja = f"{en}; weight decay {rate:g}", f"{ja}; 荷重減衰 {rate:g}"
    if plan.read_off:
        en, ja = f"{en}; gradients read off the update", f"{ja}; 勾配は更新量から読み取り"
    if plan.rate != LR:
        en = f"{en}, whose learning rate is {plan.rate:g}"
        ja = f"{ja}（学習率 {plan.rate:g}）"
    return Text(en, ja)
