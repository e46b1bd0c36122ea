"""The ways in which update rules are called: each form as an Arrangement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from compare.submission.concept import Arrangement, Arrays
from compare.submission.concepts.tensors import ARRAY, split
from compare.submission.concepts.update_forms import FORMS, Form, signature, takes
from compare.submission.concepts.update_layers import ByLayers
from compare.submission.concepts.update_names import SETTINGS
from compare.submission.concepts.update_stepping import ByFunction, ByObject
from compare.submission.subject import Subject


def arrangements(wanted: Sequence[str], extra: Mapping[str, Any]) -> tuple[Arrangement, ...]:
    """Every form; ``extra`` are further settings of the constructor, where it has them."""
    return tuple(
        Arrangement(partial(_run, form, wanted, extra), form.convention, takes(form, wanted))
        for form in FORMS
    )


def begins_at(arrangement: Arrangement) -> int:
    """The number of the first step in that form, where it is handed in."""
    form: Form = arrangement.call.args[0]  # type: ignore[attr-defined]
    return form.first


_BY = {"function": ByFunction, "config": ByFunction, "layers": ByLayers}


def _run(
    form: Form, wanted: Sequence[str], extra: Mapping[str, Any], s: Subject, a: Arrays
) -> dict[str, Any]:
    """step/t/name for all steps of the probe."""
    found = signature(s, wanted)
    assert found is not None
    tensors = split(a["p"], a["shapes"])
    groups = [{n: w} for n, w in tensors.items()] if form.layout == ARRAY else [tensors]
    given = {name: float(a[name][0]) for name in SETTINGS if name in a} | dict(extra)
    stepping: Any = _BY.get(form.kind, ByObject)
    rules = [stepping(form, found, s, group, given) for group in groups]
    results: dict[str, Any] = {}
    for t, lr in enumerate(a["lr"]):
        gradients = split(a["g"][t], a["shapes"])
        for rule, group in zip(rules, groups, strict=True):
            now = rule.step(t, float(lr), {name: gradients[name] for name in group})
            results |= {f"step/{t + 1}/{name}": value for name, value in now.items()}
    return results
