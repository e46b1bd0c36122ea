"""§2 Activation functions; and softmax, which is of the output layer, §3."""

import math

from compare.cases.inputs import FAR, integers, saturated, to_both_ends, with_kinks
from compare.cases.programs import activation, linearity, value_range
from compare.core.case import Case
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.language.message import message

FORMULAS = {
    "identity": "f(u) = u",
    "relu": "f(u) = max(0, u)",
    "sigmoid": "f(u) = 1 / (1 + e^-u)",
    "tanh": "f(u) = (e^u - e^-u) / (e^u + e^-u)",
    "step_function": "f(u) = 1 where u > 0, else 0",  # the report's; the slides have u >= 0
    "softmax": "f(u)_k = e^(u_k) / sum_j e^(u_j)",
}

# The report's table, and tanh.
RANGES = {
    "identity": (-math.inf, math.inf),
    "relu": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "step_function": (0.0, 1.0),
    "softmax": (0.0, 1.0),
}

_FLAT = ExpectedOutcome(
    Outcome.VACUOUS, message("a step is flat: its derivative is 0 everywhere, on both sides")
)
_LINEAR = ExpectedOutcome(
    Outcome.VACUOUS, message("the identity is linear: both gaps are exactly 0")
)


def _section(name: str) -> str:
    return "§3" if name == "softmax" else "§2"  # of the output layer, in the report


def _case(name: str, variant: str, about: str, u: object, sizes: dict[str, int]) -> Case:
    shape = " ".join(sizes)
    return Case(
        f"{name}{variant}",
        _section(name),
        about,
        activation(name),
        formula=FORMULAS[name],
        sources=(
            f"activations.{name}",
            "layers.activation_backward" if name == "softmax" else f"activations.d_{name}",
        ),
        sizes=sizes,
        arrays={"u": u, "delta": shape},
        # torch.heaviside's backward raises; torch_ref goes through torch.sign, whose slope is 0
        known={"derivative": _FLAT, "grad/u": _FLAT} if name == "step_function" else {},
    )


def _range_case(name: str) -> Case:
    low, high = RANGES[name]
    # where there is no end, a value is as far as its u
    reached = max(low, -FAR), min(high, FAR)
    return Case(
        f"range.{name}",
        _section(name),
        message("{name} reaches both ends of its range, and nothing is outside", name=name),
        value_range(name, low, high),
        formula=f"{low:g} <= f(u) <= {high:g}",
        sources=(f"activations.{name}",),
        sizes={"N": 5, "K": 4},
        arrays={"u": to_both_ends},
        # digits up to the rounding of 1: to within that the ends are reached
        golden={"ends": " ".join(f"{end:.15f}" for end in reached)},
    )


_CASES = (
    *(
        _case(
            name,
            "",
            message("{name} and its derivative, with exact and near zeros", name=name),
            with_kinks,
            {"N": 5, "K": 4},
        )
        for name in FORMULAS
    ),
    *(
        _case(
            name,
            ".saturated",
            message("{name} at ±1000, ±88 and ±40, without a warning", name=name),
            saturated,
            {"N": 5, "K": 4},
        )
        for name in FORMULAS
    ),
    # one row is a shape of its own for softmax alone: the others work element by element
    _case("softmax", ".one_sample", message("softmax of one sample, a 1-D array"), "K", {"K": 4}),
    *(_range_case(name) for name in RANGES),
    *(
        Case(
            f"linearity.{name}",
            _section(name),
            message("is {name} linear? additivity and homogeneity on whole numbers", name=name),
            linearity(name),
            formula="f(a + b) = f(a) + f(b),  f(c a) = c f(a)",
            sources=(f"activations.{name}",),
            sizes={"N": 5, "K": 4},
            # small whole numbers, so that sums are exact and a gap is not rounding
            arrays={"a": integers("N K", -4, 4), "b": integers("N K", -4, 4)},
            known={"*": _LINEAR} if name == "identity" else {},
        )
        for name in FORMULAS
    ),
)
CASES = tuple(sorted(_CASES, key=lambda case: case.section))  # softmax beside its loss
