"""Where one side alone has a name, or raises: what stands for what, and what there is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.equivalence.arguments import signature_of
from compare.equivalence.callee import TORCH, Callee, entry
from compare.equivalence.passes import OUTPUT, Pair
from compare.judge.verdict import Comparison, Verdict
from compare.language.message import Message, message

SHOWN = 4  # names
NOT_THERE, NOT_HERE = MISSING = ("is missing in the reference", "is missing in yours")
GRADIENT, ERROR = "grad/", "error/"


def by_names(verdict: Verdict, pair: Pair, arrays: Mapping[str, Any]) -> Message | str:
    """What to do about the first failure, where it is an exception, or a name that one side lacks.

    Or which outputs stand for each other, or which array is of another kind or in another place;
    "" where nothing is told by names. arrays: what is given
    """
    first = verdict.first
    error = next((c for c in verdict.comparisons if c.name.startswith(ERROR)), None)
    if error is not None:  # what is not there behind it is its consequence
        told = _of_indices(error.reason, pair, arrays)
        return told or _of_error(error.reason, error.name == f"{ERROR}yours", pair.reference)
    if first is None or first.reason not in MISSING:
        return _of_kind(first.reason if first else "", pair, arrays)
    if first.name.startswith(GRADIENT):
        return _of_gradient(verdict, first, pair)
    if first.name.split("/")[0] != OUTPUT:
        return _of_watched(first.name, first.reason == NOT_THERE, pair.reference)
    of_outputs = [c for c in verdict.comparisons if c.name.split("/")[0] == OUTPUT]
    mine, reference = ([c.name for c in of_outputs if c.reason == lacks] for lacks in MISSING)
    if not mine and all(c.reason == NOT_HERE for c in of_outputs):
        return message("yours returns no array: is its return missing?")
    if not mine or not reference:
        return ""
    return message(
        "another structure: yours returns {mine} where the reference returns {reference}; wrap one "
        "of both, as names are compared",
        mine=_shown(mine),
        reference=_shown(reference),
    )


def _of_gradient(verdict: Verdict, first: Comparison, pair: Pair) -> Message | str:
    names = [c.name for c in verdict.comparisons if c.reason == first.reason]
    names = [name.removeprefix(GRADIENT) for name in names if name.startswith(GRADIENT)]
    if first.reason == NOT_HERE:
        listed = ", ".join(f'"{name}"' for name in names)
        return message(
            "yours returns no gradient of {names}: no_gradient=[{listed}] says that it has none",
            names=_shown(names),
            listed=listed,
        )
    return message(
        "yours returns a gradient of {names}; those that are compared are of {known}",
        names=_shown(names),
        known=", ".join(pair.arguments.names),
    )


def _of_watched(name: str, in_yours: bool, reference: Callee) -> Message:
    if not in_yours:
        return message(
            'it is watched in the reference alone: compare.watch("{name}", ...) in yours names '
            "what is to be held against it",
            name=name,
        )
    if name in dict(_modules(reference)):
        return message(
            'it is watched in yours alone: with watch=["{name}"] that submodule of the reference '
            'is as well, and with watch="*" every one whose name yours has',
            name=name,
        )
    return message(
        "it is watched in yours alone: name it in the reference, too, by watch=, submodule -> "
        '"{name}", or by compare.watch("{name}", ...) in its code',
        name=name,
    )


def _of_error(reason: str, in_yours: bool, reference: Callee) -> Message | str:
    """What to do about an exception of one side, where that can be seen from it; else ""."""
    lacking = reason.partition("'")[2].partition("'")[0]
    if in_yours and reason.startswith("KeyError") and lacking in _state(reference):
        return message(
            "{name} is none of params, and the reference has it: give it with the others, or its "
            "whole state_dict()",
            name=lacking,
        )
    # NumPy's functions refuse what has a gradient, and its methods are other than torch's
    is_numpys = reason.startswith(("TypeError", "AttributeError")) or "call numpy()" in reason
    if in_yours or reference.modules or reference.takes != TORCH or not is_numpys:
        return ""
    return message(
        'the reference is given tensors: if it is NumPy code, give reference_takes="numpy"; yours '
        "comes first, and the reference second"
    )


def _of_indices(reason: str, pair: Pair, arrays: Mapping[str, Any]) -> Message | str:
    if "indices" not in reason or not reason.startswith(("IndexError", "RuntimeError")):
        return ""
    given = {name: arrays[name] for name in pair.arguments.inputs}
    whole = [n for n, a in given.items() if a.dtype.kind == "f" and (a == np.round(a)).all()]
    if not whole:
        return ""
    return message(
        "{names}: real numbers, of which each is whole; where they are indices give {name}"
        ".astype(int)",
        names=_shown(whole),
        name=whole[0],
    )


def _of_kind(reason: str, pair: Pair, arrays: Mapping[str, Any]) -> Message | str:
    """Whole numbers that are meant as real ones; or arrays that both take in another order."""
    inputs = pair.arguments.inputs
    given = [arrays[name] for name in inputs]
    if reason.startswith("dtype ") and inputs and not pair.arguments.params:
        if all(a.dtype.kind in "iu" for a in given):
            return message(
                "{names}: whole numbers, which both get as they are; give {name}.astype(float) "
                "where real ones are meant",
                names=_shown(inputs),
                name=inputs[0],
            )
    if reason.startswith("shape ") and not pair.arguments.by_name:
        signatures = (signature_of(entry(side.forward)) for side in (pair.mine, pair.reference))
        mine, reference = (list(s.parameters)[: len(inputs)] if s else [] for s in signatures)
        if mine != reference and sorted(mine) == sorted(reference):
            return message(
                "a list of arrays is passed in order, and yours takes {mine} where the reference "
                "takes {reference}: give them by name",
                mine=", ".join(mine),
                reference=", ".join(reference),
            )
    return ""


def _modules(reference: Callee) -> Sequence[tuple[str, object]]:
    module = next(iter(reference.modules.values()), None)
    return [] if module is None else list(module.named_modules())


def _state(reference: Callee) -> Sequence[str]:
    module = next(iter(reference.modules.values()), None)
    return [] if module is None else list(module.state_dict())


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
