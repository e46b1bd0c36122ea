"""§3: the squared error and its gradient, in every reduction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compare.check.concept import Arrays, Form, Role
from compare.check.fitting.factors import (
    MEAN,
    Conventions,
    Factor,
    minus,
    mistaken,
    of_differences,
    of_squares,
    one_sample_averaged,
    right,
    solved_factors,
    times,
    wrong_factors,
)
from compare.check.fitting.loss_and_gradient import Family, Together, twice
from compare.check.i18n.text import Text
from compare.check.probes.classes import ONE, ONE_OUTPUT
from compare.check.probes.probe import probe

WHOLE_NUMBERS = Text("targets of whole numbers (int)", "整数の目標値")
SIZES = ({"N": 5, "K": 3}, {"N": 3, "K": 7}, {"N": 7, "K": 2})
HALF_MEAN, HALF_MEAN_OF_ALL, HALF_SUM = Factor(0.5, -1), Factor(0.5, -1, -1), Factor(0.5)


ALL_AXES = Text("all axes", "全要素")


def probes(name: str) -> Any:
    """Batches of three sizes, one output, d equal to y, one sample, whole numbers."""
    return (
        *(probe(f"{name}/{i}", s, {"d": "N K", "y": "N K"}) for i, s in enumerate(SIZES)),
        probe(f"{name}/one output", {"N": 4, "K": 1}, {"d": "N K", "y": "N K"},
              ONE_OUTPUT, Role.EDGE),
        probe(f"{name}/one sample", {"K": 4}, {"d": "K", "y": "K"}, ONE, Role.OPTIONAL),
        probe(f"{name}/ints", {},
              {"d": [[1, 0, 2], [3, -1, 0]], "y": [[0.7, 0.1, 1.5], [2.5, -0.8, 0.3]]},
              WHOLE_NUMBERS, Role.OPTIONAL),
    )  # fmt: skip


def difference(a: Arrays) -> Any:
    """y - d."""
    return a["y"] - a["d"]


def squares(a: Arrays) -> Arrays:
    """Σ (y - d)²."""
    e = difference(a)
    return {"loss": (e * e).sum()}


def _with_gradient(a: Arrays) -> Arrays:
    """The same, and 2 (y - d) beside it for those that return it, too."""
    return {**squares(a), "grad": difference(a) * 2.0}


def _absolute(a: Arrays) -> Arrays:
    return {"loss": difference(a).abs().sum()}


def _not_squared(a: Arrays) -> Arrays:
    return {"loss": difference(a).sum()}


def _not_squared_reversed(a: Arrays) -> Arrays:
    return {"loss": -difference(a).sum()}


def _square_of_sum(a: Arrays) -> Arrays:
    total = difference(a).sum()
    return {"loss": total * total}


def _only_output_squared(a: Arrays) -> Arrays:
    return {"loss": (a["y"] * a["y"] - a["d"]).sum()}


def _only_target_squared(a: Arrays) -> Arrays:
    return {"loss": (a["y"] - a["d"] * a["d"]).sum()}


def _added(a: Arrays) -> Arrays:
    s = a["y"] + a["d"]
    return {"loss": (s * s).sum()}


def _table(a: Arrays) -> Arrays:
    """Σ (y_i - d_j)² over all pairs, divided by their number for each y: the mean with one 1/N."""
    y, d = a["y"].reshape(-1, 1), a["d"].reshape(1, -1)
    e = y - d
    return {"loss": (e * e).sum() / float(d.shape[-1])}


def _sum_of_table(a: Arrays) -> Arrays:
    return {"loss": _table(a)["loss"] * float(a["d"].reshape(-1).shape[0])}


def _of_each(axis: int, factor: float, mean: bool) -> Any:
    def formula(a: Arrays) -> Arrays:
        e = difference(a)
        count = e.shape[axis] if mean else 1
        return {"loss": (e * e).sum(axis=axis) * (factor / count)}

    return formula


def _of_elements(factor: float) -> Any:
    def formula(a: Arrays) -> Arrays:
        e = difference(a)
        return {"loss": e * e * factor}

    return formula


def _root(inner: Any, outer: float) -> Any:
    return lambda a: {"loss": inner(a)["loss"].sqrt() * outer}


def meanings(silent: Factor) -> tuple[Form, ...]:
    """The forms of a squared error, k sum (y - d)^2; nothing is said of the factor ``silent``."""
    conventions = of_squares(silent)
    blanks = {"of": "sum (y - d)^2"}
    each = [("(N,)", -1), ("(K,)", 0)]
    return (
        *right(_with_gradient, conventions),
        *mistaken(minus(squares), conventions, "loss_sign"),
        *mistaken(_absolute, conventions, "error_not_squared", {"is": "|y - d|"}),
        *mistaken(_not_squared, conventions, "error_not_squared", {"is": "y - d"}),
        *mistaken(_not_squared_reversed, conventions, "error_not_squared", {"is": "d - y"}),
        *mistaken(_square_of_sum, conventions, "square_of_sum"),
        *mistaken(_square_of_sum,
                  {Factor(c, n, k): None for c in (0.5, 1.0) for n, k in ((-2, 0), (-2, -2))},
                  "square_of_sum"),
        *mistaken(_added, conventions, "added"),
        *mistaken(_table, conventions, "broadcast_to_table"),
        *mistaken(_sum_of_table, conventions, "broadcast_to_table"),
        *mistaken(_only_output_squared, conventions, "square_of_one", {"is": "y^2 - d"}),
        *mistaken(minus(_only_target_squared), conventions, "square_of_one", {"is": "d^2 - y"}),
        *mistaken(_only_target_squared, conventions, "square_of_one", {"is": "y - d^2"}),
        *mistaken(minus(_only_output_squared), conventions, "square_of_one", {"is": "d - y^2"}),
        *(Form(_root(times(squares, f), c), "root") for f in conventions for c in (1.0, 0.5)),
        *(
            Form(_of_each(axis, factor, mean), "not_one_number", blanks={"shape": shape})
            for shape, axis in each for factor in (0.5, 1.0) for mean in (True, False)
        ),
        *(Form(_of_elements(c), "not_one_number", blanks={"shape": "(N, K)"}) for c in (0.5, 1.0)),
        *wrong_factors(squares, conventions, "loss_factor", blanks),
    )  # fmt: skip


def _gradient(a: Arrays) -> Arrays:
    return {"grad": difference(a)}


def gradient_meanings() -> tuple[Form, ...]:
    """The forms of its gradient by the output, k (y - d)."""
    conventions = of_differences(MEAN)
    return (
        *right(_gradient, conventions),
        *mistaken(minus(_gradient), conventions, "gradient_sign"),
        *mistaken(lambda a: {"grad": difference(a) * difference(a)}, conventions,
                  "loss_for_gradient"),
        *mistaken(lambda a: {"grad": difference(a).sum()}, conventions, "gradient_summed",
                  {"over": ALL_AXES}),
        *mistaken(lambda a: {"grad": difference(a).sum(axis=0)}, conventions, "gradient_summed",
                  {"over": "axis=0"}),
        *mistaken(lambda a: {"grad": difference(a).sum(axis=-1)}, conventions, "gradient_summed",
                  {"over": "axis=1"}),
        *wrong_factors(_gradient, conventions, "gradient_factor", {"of": "y - d"}),
        *one_sample_averaged(_gradient, conventions),
    )  # fmt: skip


def _family(conventions: Conventions, losses: Sequence[Form] = ()) -> Family:
    """The squares beside their gradient 2 (y - d)."""
    pair = Together(squares, twice(_gradient), conventions, "sum (y - d)^2", slope=2.0)
    return Family(lambda log: (pair,), losses=lambda log: iter(losses))


_HALF = of_squares(HALF_MEAN)
FAMILY = _family(_HALF, [form for form in meanings(HALF_MEAN) if not form.right])
PAIR = _family(dict.fromkeys(_HALF))  # of whose conventions each has told already
SOLVED = solved_factors(
    squares, of_squares(HALF_MEAN_OF_ALL), "loss_factor", {"of": "sum (y - d)^2"}
)
D_SOLVED = solved_factors(_gradient, of_differences(MEAN), "gradient_factor", {"of": "y - d"})
MSE_NAMES = ("mean_squared_error",)
D_MSE_NAMES = ("d_mean_squared_error", "d_half_squared_error", "d_sum_squared_error")
