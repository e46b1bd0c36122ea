"""The ways in which update rules are called: each form as a CallStyle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from compare.check.calling.optimizers.call_styles import FORMS, CallForm, takes
from compare.check.calling.optimizers.gradients import REUSE
from compare.check.calling.optimizers.layers import ByLayers
from compare.check.calling.optimizers.objects import ByKey, ByModel, ByNetwork, ByParameters
from compare.check.calling.optimizers.parameters import ARRAY, SPREAD, split
from compare.check.calling.optimizers.signature import Signature, signature
from compare.check.calling.optimizers.spread import BySpread
from compare.check.calling.optimizers.step import ByFunction, ByObject
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


_BY = {"function": ByFunction, "config": ByFunction, "layers": ByLayers, "spread": BySpread,
       "network": ByNetwork, "parameters": ByParameters, "key": ByKey, "model": ByModel,
       "state": WithState}  # fmt: skip


def _groups(form: CallForm, rule: Signature, tensors: dict[str, Any]) -> list[dict[str, Any]]:
    """What one call takes: all tensors, those of a layer, or one."""
    if form.layout == ARRAY:
        return [{name: tensor} for name, tensor in tensors.items()]
    if form.layout == SPREAD and len(rule.pairs) < len(tensors):
        names = list(tensors)
        # W1 b1, then W2 b2: a function of one layer is called for each
        return [{n: tensors[n] for n in names[at : at + 2]} for at in (0, 2)]
    return [tensors]


def _run(
    form: CallForm,
    wanted: Sequence[str],
    extra: Mapping[str, Any],
    subject: Subject,
    arrays: Arrays,
) -> dict[str, Any]:
    """step/t/name for all steps of the probe."""
    # there is one: `takes` was asked before
    rule = signature(subject, wanted)
    assert rule is not None
    tensors = split(arrays["p"], arrays["shapes"])
    groups = _groups(form, rule, tensors)
    settings = {
        name: float(arrays[name][0]) for name in (*SETTINGS, REUSE) if name in arrays
    } | dict(extra)
    stepping: Any = _BY.get(form.kind, ByObject)
    steppers = [stepping(form, rule, subject, group, settings) for group in groups]
    results: dict[str, Any] = {}
    for t, lr in enumerate(arrays["lr"]):
        gradients = split(arrays["g"][t], arrays["shapes"])
        # one call for each group in every step, as a training loop would make them
        for stepper, group in zip(steppers, groups, strict=True):
            tensors_now = stepper.step(t, float(lr), {name: gradients[name] for name in group})
            results |= {f"step/{t + 1}/{name}": value for name, value in tensors_now.items()}
    return results
