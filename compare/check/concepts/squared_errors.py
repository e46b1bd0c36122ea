"""§3: the squared error and its gradient, in every reduction, as people write it."""

from __future__ import annotations

from compare.check.calling.functions import (
    WITH_GRADIENT,
    arrangements,
    column_beside_flat,
    function_of,
    function_with_gradient,
    is_function,
)
from compare.check.concept import CallStyle, Concept, Form, Tried
from compare.check.fitting.factors import Factor
from compare.check.fitting.squared_error_forms import (
    D_MSE_NAMES,
    D_SOLVED,
    FAMILY,
    HALF_MEAN,
    HALF_MEAN_OF_ALL,
    HALF_SUM,
    SOLVED,
    gradient_meanings,
    meanings,
    probes,
)


def _rare(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """What goes wrong where the loss and its gradient are returned together."""
    return FAMILY.forms(trial, arrangement) if "grad" in trial.first(arrangement).values else ()


_ARRANGEMENTS = (
    *arrangements("y", function_of("loss")),
    *arrangements("y", function_with_gradient("loss", "grad"), said=WITH_GRADIENT),
    *column_beside_flat("y", function_of("loss")),
)


def _squared_error(name: str, silent: Factor, formula: str) -> Concept:
    return Concept(
        name,
        "§3",
        formula,
        (name,),
        probes(name),
        _ARRANGEMENTS,
        meanings(silent),
        lambda side, a: {"loss": side.get(f"losses.{name}")(a["d"], a["y"])},
        is_function,
        rare=_rare,
        free=lambda trial: (SOLVED,),
    )


CONCEPTS = (
    _squared_error("mean_squared_error", HALF_MEAN_OF_ALL, "E = 1/2 mean (y - d)^2"),
    _squared_error("half_squared_error", HALF_MEAN, "E = 1/(2N) sum_n |y_n - d_n|^2"),
    Concept(
        "sum_squared_error",
        "§3",
        "E = 1/2 sum (y - d)^2",
        ("sum_squared_error",),
        probes("sum_squared_error"),
        _ARRANGEMENTS,
        meanings(HALF_SUM),
        takes=is_function,
        rare=_rare,
        free=lambda trial: (SOLVED,),
    ),
    Concept(
        "d_mean_squared_error",
        "§3",
        "dE/dy = (y - d)/N",
        D_MSE_NAMES,
        probes("d_mean_squared_error"),
        (
            *arrangements("y", function_of("grad")),
            *column_beside_flat("y", function_of("grad")),
        ),
        gradient_meanings(),
        lambda side, a: {"grad": side.get("losses.d_half_squared_error")(a["d"], a["y"])},
        is_function,
        free=lambda trial: (D_SOLVED,),
    ),
)
