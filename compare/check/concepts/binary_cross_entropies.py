"""§3: the cross-entropy of outputs that are each yes or no, from outputs y or from scores u."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from compare.check.calling.functions import (
    SCORES,
    arrangements,
    function_of,
    is_function,
    may_take_scores,
)
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.fitting.cross_entropy_forms import OF_OUTPUTS, OF_SCORES, renamed
from compare.check.fitting.factors import (
    MEAN_OF_ALL,
    Formula,
    mistaken,
    of_sum,
    right,
    wrong_factors,
)
from compare.check.fitting.guards import (
    BASES,
    LOGS,
    NONE,
    OUTSIDE,
    PLUS,
    Log,
    epsilons,
    moved,
    scaled,
)
from compare.check.i18n.text import Text
from compare.check.probes import classes
from compare.check.subject import Subject

REDUCED = of_sum(MEAN_OF_ALL)
Output = Callable[[Arrays], Any]
Change = Callable[[Any], Any]


def unchanged(v: Any) -> Any:
    """v."""
    return v


def output(a: Arrays) -> Any:
    """y, as it is given."""
    return a["y"]


def sigmoid_of_scores(a: Arrays) -> Any:
    """y = 1/(1 + e^-u)."""
    return a["u"].sigmoid()


def _terms(log: Log, y: Output, signs: tuple[float, float], then: Change = unchanged) -> Formula:
    """first Σ d log y + second Σ (1 - d) log(1 - y)."""

    def formula(a: Arrays) -> Arrays:
        yes = then(log.of(y(a))) * (a["d"] * signs[0])
        no = then(log.of_rest(y(a))) * ((1.0 - a["d"]) * signs[1])
        return {"loss": (yes + no).sum()}

    return formula


def entropy(log: Log, y: Output = output, then: Change = unchanged) -> Formula:
    """-Σ d log y + (1 - d) log(1 - y); ``then`` is what is done to each log."""
    return _terms(log, y, (-1.0, -1.0), then)


def fused(a: Arrays) -> Arrays:
    """Σ max(u, 0) - d u + log(1 + e^-|u|)."""
    u = a["u"]
    return {"loss": (u.relu() - u * a["d"] + (-u.abs()).exp().log1p()).sum()}


def minus(formula: Formula) -> Formula:
    """The formula with the other sign."""
    return lambda a: {name: -value for name, value in formula(a).items()}


def _one_sided(log: Log, y: Output, both: bool) -> Formula:
    """The second term takes log y, or d, where the other is meant."""

    def formula(a: Arrays) -> Arrays:
        first, second = log.of(y(a)), (log.of if both else log.of_rest)(y(a))
        return {"loss": -(first * a["d"] + second * ((1.0 - a["d"]) if both else a["d"])).sum()}

    return formula


def _swapped(log: Log) -> Formula:
    def formula(a: Arrays) -> Arrays:
        d = (a["y"] * 0.0 + a["d"]).exactly()
        return {"loss": -(log.of(d) * a["y"] + log.of_rest(d) * (1.0 - a["y"])).sum()}

    return formula


def _of_each(log: Log, y: Output, axis: int, mean: bool) -> Formula:
    def formula(a: Arrays) -> Arrays:
        of = y(a)
        yes, no = log.of(of) * a["d"], log.of_rest(of) * (1.0 - a["d"])
        return {"loss": -(yes + no).sum(axis=axis) * (1.0 / of.shape[axis] if mean else 1.0)}

    return formula


def _reversed_targets(log: Log, y: Output) -> Formula:
    """-Σ (1 - d) log y + d log(1 - y)."""

    def formula(a: Arrays) -> Arrays:
        return {"loss": -(log.of(y(a)) * (1.0 - a["d"]) + log.of_rest(y(a)) * a["d"]).sum()}

    return formula


def elements(log: Log, y: Output = output) -> Formula:
    """-(d log y + (1 - d) log(1 - y))."""

    def formula(a: Arrays) -> Arrays:
        return {"loss": -(log.of(y(a)) * a["d"] + log.of_rest(y(a)) * (1.0 - a["d"]))}

    return formula


def _fused_mistakes() -> Iterator[Form]:
    """What goes wrong in max(u, 0) - d u + log(1 + e^-|u|), of scores."""
    yield from mistaken(minus(fused), REDUCED, "loss_sign")
    blanks = {"of": "-sum d log sigmoid(u) + ..."}
    yield from wrong_factors(fused, REDUCED, "loss_factor", blanks)


@cache
def _rare_of(y: Output, usual: bool) -> tuple[Form, ...]:
    """With each epsilon; ``usual``: the table has the common mistakes."""
    found: list[Form] = []
    for log in (PLUS[0], NONE):
        if not usual:
            found += [*_mistakes(log, y), *mistaken(_swapped(log), REDUCED, "loss_swapped")]
    return tuple(found) if y is output else (*found, *_fused_mistakes())


@cache
def _in_place_of(y: Output) -> tuple[Form, ...]:
    """The same of scores where outputs are usual, and the other way round."""
    name = OF_OUTPUTS if y is output else OF_SCORES
    return tuple(_named(name, _rare_of(y, False)))


def _named(name: str, found: Iterable[Form]) -> list[Form]:
    """The same forms, where the result has this name."""
    return [replace(m, formula=renamed(m.formula, "loss", name)) for m in found]


def rare_of_outputs(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """With each epsilon, of outputs or of scores."""
    names = trial.first(arrangement).values
    return _in_place_of(sigmoid_of_scores) if OF_SCORES in names else _rare_of(output, True)


def rare_of_scores(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    """The same for what is called a loss of scores."""
    names = trial.first(arrangement).values
    return _in_place_of(output) if OF_OUTPUTS in names else _rare_of(sigmoid_of_scores, True)


def _mistakes(log: Log, y: Output) -> Iterator[Form]:
    yield from mistaken(_reversed_targets(log, y), REDUCED, "binary_targets_reversed")
    yield Form(elements(log, y), "not_one_number", blanks={"shape": "(N, K)"})
    yield from mistaken(minus(entropy(log, y)), REDUCED, "loss_sign")
    yield from mistaken(_terms(log, y, (-1.0, 0.0)), REDUCED, "binary_lacks_term")
    yield from mistaken(_terms(log, y, (0.0, -1.0)), REDUCED, "binary_lacks_term")
    yield from mistaken(_terms(log, y, (-1.0, 1.0)), REDUCED, "binary_term_sign")
    yield from mistaken(_terms(log, y, (1.0, -1.0)), REDUCED, "binary_term_sign")
    yield from mistaken(
        _one_sided(log, y, True), REDUCED, "binary_wrong_term", {"is": "(1-d) log y"}
    )
    yield from mistaken(
        _one_sided(log, y, False), REDUCED, "binary_wrong_term", {"is": "d log(1-y)"}
    )
    for name, c in BASES.items():
        yield from mistaken(entropy(log, y, scaled(c)), REDUCED, "log_base", {"is": name})
    for axis, shape in ((-1, "(N,)"), (0, "(K,)")):
        for mean in (True, False):
            yield Form(_of_each(log, y, axis, mean), "not_one_number", blanks={"shape": shape})
    blanks = {"of": "-sum [d log y + (1-d) log(1-y)]"}
    yield from wrong_factors(entropy(log, y), REDUCED, "loss_factor", blanks)  # fmt: skip


def _of_outputs() -> Iterator[Form]:
    for log in LOGS:
        yield from right(entropy(log), REDUCED, log.convention)
    yield from right(renamed(fused, "loss", OF_SCORES), REDUCED)
    for log in LOGS:
        at = renamed(entropy(log, sigmoid_of_scores), "loss", OF_SCORES)
        yield from right(at, REDUCED, log.convention)
    for log in LOGS:
        yield from _mistakes(log, output) if log.common else ()
        yield from mistaken(_swapped(log), REDUCED, "loss_swapped") if log.common else ()
    for e in (*OUTSIDE, *(-e for e in OUTSIDE)):
        at = entropy(NONE, output, moved(e))
        yield from mistaken(at, REDUCED, "epsilon_outside", {"epsilon": f"{abs(e):g}"})


def _of_scores() -> Iterator[Form]:
    yield from right(fused, REDUCED)
    for log in LOGS:
        yield from right(entropy(log, sigmoid_of_scores), REDUCED, log.convention)
    for log in LOGS:
        yield from right(renamed(entropy(log), "loss", OF_OUTPUTS), REDUCED, log.convention)
    yield from mistaken(minus(fused), REDUCED, "loss_sign")
    yield from wrong_factors(fused, REDUCED, "loss_factor", {"of": "-sum d log sigmoid(u) + ..."})
    for log in LOGS:
        yield from _mistakes(log, sigmoid_of_scores) if log.common else ()


def _right_of_outputs(log: Log) -> list[Form]:
    of_scores = renamed(entropy(log, sigmoid_of_scores), "loss", OF_SCORES)
    return [
        *right(entropy(log), REDUCED, log.convention),
        *right(of_scores, REDUCED, log.convention),
    ]


def _right_of_scores(log: Log) -> list[Form]:
    of_outputs = renamed(entropy(log), "loss", OF_OUTPUTS)
    return [
        *right(entropy(log, sigmoid_of_scores), REDUCED, log.convention),
        *right(of_outputs, REDUCED, log.convention),
    ]


def _wrong_of_outputs(log: Log) -> list[Form]:
    of_scores = _named(OF_SCORES, _mistakes(log, sigmoid_of_scores))
    swapped = mistaken(_swapped(log), REDUCED, "loss_swapped")
    return [*_mistakes(log, output), *swapped, *of_scores]


def _wrong_of_scores(log: Log) -> list[Form]:
    return [*_mistakes(log, sigmoid_of_scores), *_named(OF_OUTPUTS, _mistakes(log, output))]


_OUTPUTS_SOLVED = epsilons(_right_of_outputs, _wrong_of_outputs)
_SCORES_SOLVED = epsilons(_right_of_scores, _wrong_of_scores)


def _takes_scores(s: Subject) -> bool:
    return may_take_scores(s, "sigmoid")


BCE_NAMES, SIGMOID_NAMES = ("binary_cross_entropy_error",), ("sigmoid_with_loss",)
_YOUR_OUTPUT = Text("it takes the output y = sigmoid(u)", "シグモイドの出力 y を受け取る")

CONCEPTS = (
    Concept(
        "binary_cross_entropy_error",
        "§3",
        "E = -mean [d log(y + 1e-7) + (1-d) log(1-y + 1e-7)]",
        BCE_NAMES,
        classes.of_bits("binary_cross_entropy_error"),
        (
            *arrangements("y", function_of("loss")),
            *arrangements("u", function_of(OF_SCORES), fits=_takes_scores, said=SCORES),
        ),
        tuple(_of_outputs()),
        lambda side, a: {"loss": side.get("losses.binary_cross_entropy_error")(a["d"], a["y"])},
        is_function,
        rare=rare_of_outputs,
        free=lambda trial: _OUTPUTS_SOLVED,
    ),
    Concept(
        "sigmoid_with_loss",
        "§3",
        "E = mean [max(u, 0) - d u + log(1 + e^-|u|)]",
        SIGMOID_NAMES,
        classes.of_bits("sigmoid_with_loss", scores=True),
        (
            *arrangements("u", function_of("loss")),
            *arrangements("y", function_of(OF_OUTPUTS), said=_YOUR_OUTPUT),
        ),
        tuple(_of_scores()),
        lambda side, a: {"loss": side.get("losses.sigmoid_with_loss")(a["d"], a["u"])},
        is_function,
        rare=rare_of_scores,
        free=lambda trial: _SCORES_SOLVED,
    ),
)
