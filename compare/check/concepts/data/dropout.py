"""Dropout as a layer: the same output on average in training and after it, and its mask back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compare.check.calling import layers
from compare.check.calling import switched_functions as switched
from compare.check.calling.own_derivative.claim import real
from compare.check.concept import Arrays, CallStyle, Concept, Form
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message

_SHARE = 0.4  # that is dropped, or kept, where it has to be given
_LEAST = 0.05  # of a share; what is smaller is an epsilon
_LARGE = 7.0  # deviations of a mean of so many numbers


def _numbers(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    shape = sizes["N"], sizes["K"]
    return {"x": 1.0 + rng.random(shape), "delta": 1.0 + rng.random(shape)}


def _takes(s: Subject) -> bool:
    return layers.is_switched(s) and len(layers.needed(s)) < 2


def _called(s: Subject, a: Arrays) -> Any:
    """Which outputs it drops, what it multiplies those by that are left, and what it hands back.

    Raises ValueError.
    """
    # of a half that is dropped p and 1 - p are one number
    others = {p.name: _SHARE for p in s.found.parameters
              if type(p.default) is float and _LEAST < p.default < 1 - _LEAST}  # fmt: skip
    layer = layers.made(s, *[_SHARE for _ in layers.needed(s)], **others)
    times = np.asarray(layers.passed(s, layer, a["x"], True)) / a["x"]
    back = np.asarray(layers.backward(s, layer, a["delta"])) / a["delta"]
    after = np.asarray(layers.passed(s, layer, a["x"], False)) / a["x"]
    kept, factor, alike = _averaged(times, after)
    return {"alike": alike, "masked back": float(not back[~kept].any()),
            "scaled back": float(np.allclose(back[kept], factor))}  # fmt: skip


def _function_called(s: Subject, a: Arrays) -> Any:
    """The same of a function in its two modes; what it hands back is another function's.

    Raises ValueError.
    """
    x = a["x"]
    times, after = (
        np.asarray(real(s.call(**switched.arguments_in(s, mode, x)))) / x for mode in (True, False)
    )
    return {"alike": _averaged(times, after)[2], "masked back": 1.0, "scaled back": 1.0}


def _averaged(times: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, float, float]:
    """What is kept, its one factor, and whether outputs after training are those on average.

    That is 1/2 where they are those of the other share, which is dropped.   Raises ValueError.
    """
    kept = times != 0
    one_factor = np.ptp(times[kept]) < 1e-9 and np.ptp(after) < 1e-9 if kept.any() else False
    if not one_factor or kept.all():
        raise ValueError(
            message("outputs that are dropped, and others that are left, were expected")
        )
    share, factor = float(kept.mean()), float(times[kept][0])
    off = _LARGE * np.sqrt(share * (1 - share) / kept.size)
    so, other = (
        abs(float(after.flat[0]) - of * factor) <= off * factor for of in (share, 1 - share)
    )
    return kept, factor, 1.0 if so else other / 2


def _form(alike: float, masked: float, scaled: float, *causes: str) -> Form:
    def formula(a: Any) -> Any:
        numbers = {"alike": alike, "masked back": masked, "scaled back": scaled}
        return {name: constant(np.array(v)) for name, v in numbers.items()}

    first, *others = causes or ("",)
    return Form(formula, first, further=tuple((cause, {}) for cause in others))


def _forms() -> Iterator[Form]:
    yield _form(1.0, 1.0, 1.0)
    for alike in (1.0, 0.5, 0.0):
        for masked, scaled in ((1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)):
            shown = {
                "dropout_not_alike": alike != 0.0,
                "dropout_other_share": alike != 0.5,
                "dropout_mask_ignored": masked,
                "dropout_scaled_one_way": scaled,
            }
            causes = [cause for cause, right in shown.items() if not right]
            if causes:
                yield _form(alike, masked, scaled, *causes)


NAME = "dropout_layer"
CONCEPT = Concept(
    NAME,
    "§5",
    "z = x mask / keep in training, z = x after it (or x mask, and keep x)",
    ("dropout",),
    (drawn(f"{NAME}/0", {"N": 200, "K": 90}, _numbers),),
    (
        CallStyle(_called, takes=_takes),
        CallStyle(_function_called, takes=lambda s: bool(switched.arguments_in(s, True))),
    ),
    tuple(_forms()),
    takes=lambda s: s.found.kind == "class" or bool(switched.arguments_in(s, True)),
    like=switched.draws,
    only_explained=True,
)
