"""The ways in which update rules are called: each form as a CallStyle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from compare.check.calling.optimizers.call_styles import FORMS, CallForm, takes
from compare.check.calling.optimizers.closures import MADE, as_object
from compare.check.calling.optimizers.gradients import REUSE
from compare.check.calling.optimizers.layers import ByLayerList, ByLayers
from compare.check.calling.optimizers.module_level import ByGlobals, ByModule
from compare.check.calling.optimizers.objects import ByCouples, ByKey, ByNetwork, ByParameters
from compare.check.calling.optimizers.parameters import ARRAY, SPREAD, split
from compare.check.calling.optimizers.remembered import forgotten
from compare.check.calling.optimizers.signature import Signature, signature
from compare.check.calling.optimizers.spread import ByDirections, BySpread
from compare.check.calling.optimizers.step import ByFunction, ByMinimizer, ByObject, Moves, Use
from compare.check.calling.optimizers.with_state import WithState
from compare.check.concept import Arrays, CallStyle
from compare.check.naming.update_parameters import SETTINGS
from compare.check.subject import Subject


def arrangements(wanted: Sequence[str], extra: Mapping[str, Any]) -> tuple[CallStyle, ...]:
    """Every form; ``extra`` are further settings of the constructor, where it has them."""
    return tuple(
        CallStyle(partial(_run, form, wanted, extra), form.convention, takes(form, wanted))
        for form in FORMS
    )


def begins_at(arrangement: CallStyle) -> int:
    """The number of the first step in that form, where it is handed in."""
    form: CallForm = arrangement.call.args[0]  # type: ignore[attr-defined]
    return form.first


Step = Callable[[int, float, Mapping[str, Any]], dict[str, Any]]  # (t, lr, gradients) → tensors
_BY = {"function": ByFunction, "config": ByFunction, "layers": ByLayers, "spread": BySpread,
       "network": ByNetwork, "parameters": ByParameters, "key": ByKey, "model": ByNetwork,
       "state": WithState, "couples": ByCouples, "layer_list": ByLayerList,
       "minimizer": ByMinimizer, "directions": ByDirections, "moves": Moves, "module": ByModule,
       "globals": ByGlobals}  # fmt: skip


def _groups(form: CallForm, rule: Signature, tensors: dict[str, Any]) -> list[dict[str, Any]]:
    """What one call takes: all tensors, those of a layer, or one."""
    if form.layout == ARRAY:
        return [{name: tensor} for name, tensor in tensors.items()]
    at_once = len(rule.pairs or rule.order)
    if form.layout == SPREAD and at_once < len(tensors):
        names, size = list(tensors), min(at_once, 2)
        # W1 b1, then W2 b2: a function of one layer is called for each
        return [{n: tensors[n] for n in names[i : i + size]} for i in range(0, len(names), size)]
    return [tensors]


def _run(
    form: CallForm,
    wanted: Sequence[str],
    extra: Mapping[str, Any],
    subject: Subject,
    arrays: Arrays,
) -> dict[str, Any]:
    """step/t/name for all steps of the probe."""
    tensors = split(arrays["p"], arrays["shapes"])
    settings = {name: float(arrays[name][0]) for name in (*SETTINGS, REUSE) if name in arrays}
    step = _stepping(form, wanted, extra, subject, tensors, settings)
    results: dict[str, Any] = {}
    for t, lr in enumerate(arrays["lr"]):
        now = step(t, float(lr), split(arrays["g"][t], arrays["shapes"]))
        results |= {f"step/{t + 1}/{name}": value for name, value in now.items()}
    return results


def stepping(
    arrangement: CallStyle, subject: Subject, tensors: dict[str, Any], settings: Mapping[str, float]
) -> Step:
    """Its steps on any tensors, one call after the other, in that form."""
    form, wanted, extra = arrangement.call.args  # type: ignore[attr-defined]
    return _stepping(form, wanted, extra, subject, tensors, settings)


def _stepping(
    form: CallForm,
    wanted: Sequence[str],
    extra: Mapping[str, Any],
    subject: Subject,
    tensors: dict[str, Any],
    settings: Mapping[str, float],
) -> Step:
    # there is one: `takes` was asked before
    rule, given = signature(subject, wanted), subject
    assert rule is not None
    subject = as_object(given)
    if subject is not given:
        subject.conventions[MADE] = None
    groups = _groups(form, rule, tensors)
    if forgotten(subject) and form.kind != "globals":
        groups = groups[:1]  # what it remembers in its module is of one caller
    by: Any = _BY.get(form.kind, ByObject)
    steppers = [by(Use(form, rule, subject, group, {**settings, **extra})) for group in groups]

    def step(t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        now: dict[str, Any] = {}
        # one call for each group in every step, as a training loop would make them
        for stepper, group in zip(steppers, groups, strict=True):
            now |= stepper.step(t, lr, {name: gradients[name] for name in group})
        return now

    return step
