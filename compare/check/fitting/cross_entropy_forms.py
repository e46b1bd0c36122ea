"""§3: the cross-entropy of several classes, from outputs y or from scores u."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from compare.check.concept import Arrays, Form
from compare.check.fitting.factors import (
    MEAN,
    MEAN_OF_ALL,
    SUM,
    Factor,
    Formula,
    joined,
    mistaken,
    of_sum,
    right,
    sizes,
    wrong_factors,
)
from compare.check.fitting.gradient_of_loss import joint
from compare.check.fitting.guards import (
    BASES,
    LOGS,
    NONE,
    OUTSIDE,
    PLUS,
    Log,
    after,
    epsilons,
    moved,
    scaled,
)
from compare.check.i18n.text import Text
from compare.oracle import formulas

REDUCED = of_sum(MEAN, without=(MEAN_OF_ALL,))
OF_SCORES, OF_OUTPUTS = "loss of scores", "loss of outputs"
GRAD_OF_SCORES = "grad of scores"
Output = Callable[[Arrays], Any]
EACH_BY_ITSELF = Text("binary cross-entropy of every output", "出力ごとの 2 値交差エントロピー")


def output(a: Arrays) -> Any:
    """y, as it is given."""
    return a["y"]


def softmax_of_scores(a: Arrays) -> Any:
    """y = softmax(u)."""
    return a["u"].once(formulas.softmax)


def softmax_twice(a: Arrays) -> Any:
    """softmax(y) of what is an output already."""
    return a["y"].once(formulas.softmax)


def for_targets(name: str, f: Callable[[np.ndarray, Arrays], Any]) -> Formula:
    """The results of f for one-hot targets and for class indices."""

    def formula(a: Arrays) -> Arrays:
        of = a.get("y", a.get("u"))
        found = {name: f(a["d"], a)}
        if "classes" in a:
            found[f"{name} by class"] = f(formulas.one_hot(a["classes"], of), a)
        return found

    return formula


def entropy(log: Callable[[Any], Any], y: Output = output) -> Formula:
    """-Σ d log y."""
    return for_targets("loss", lambda d, a: -(log(y(a)) * d).sum())


def fused(a: Arrays) -> Arrays:
    """-Σ d log softmax(u), whose log is never of 0."""
    return for_targets("loss", lambda d, a: -(a["u"].once(formulas.log_softmax) * d).sum())(a)


def _fused_twice(a: Arrays) -> Arrays:
    return for_targets("loss", lambda d, a: -(a["y"].once(formulas.log_softmax) * d).sum())(a)


def renamed(formula: Formula, result: str, name: str) -> Formula:
    """The same under another name, where an arrangement calls with something else."""
    return lambda a: {n.replace(result, name, 1): value for n, value in formula(a).items()}


def _of_given_scores(formula: Formula) -> Formula:
    return renamed(formula, "loss", OF_SCORES)


def _given_scores_with_delta(loss: Formula) -> Formula:
    return renamed(_of_given_scores(_with_delta(loss)), "grad", GRAD_OF_SCORES)


def _of_given_outputs(formula: Formula) -> Formula:
    return renamed(formula, "loss", OF_OUTPUTS)


def _minus(formula: Formula) -> Formula:
    return lambda a: {name: -value for name, value in formula(a).items()}


def _swapped(log: Log) -> Formula:
    return for_targets("loss", lambda d, a: -(log.of((a["y"] * 0.0 + d).exactly()) * a["y"]).sum())


def collapsed(log: Log, y: Output) -> Formula:
    """As if the target were its largest class."""

    def one(d: np.ndarray, a: Arrays) -> Any:
        return -(log.of(y(a)) * np.eye(d.shape[-1])[d.argmax(axis=-1)]).sum()

    return for_targets("loss", one)


def _moved(log: Log, y: Output, by: int) -> Formula:
    """Right for one-hot targets; class indices are taken as if they began elsewhere."""

    def formula(a: Arrays) -> Arrays:
        found = dict(entropy(log.of, y)(a))
        if "classes" in a:
            of = y(a)
            d = formulas.one_hot((a["classes"] + by) % of.shape[-1], of)
            found["loss by class"] = -(log.of(of) * d).sum()
        return found

    return formula


def _of_each(log: Log, y: Output, axis: int, factor: float) -> Formula:
    return for_targets("loss", lambda d, a: -(log.of(y(a)) * d).sum(axis=axis) * factor)


def _binary(log: Log) -> Formula:
    def one(d: np.ndarray, a: Arrays) -> Any:
        return -(log.of(a["y"]) * d + log.of(1.0 - a["y"]) * (1.0 - d)).sum()

    return for_targets("loss", one)


def _log_of_sum(sign: float, shifted: bool) -> Formula:
    """-Σ d (u + sign log Σ e^u), which is right where the sign is -1; 0: the log is left out."""

    def one(d: Any, a: Arrays) -> Any:
        u = a["u"] - a["u"].max(axis=-1, keepdims=True) if shifted else a["u"]
        return -((u + u.exp().sum(axis=-1, keepdims=True).log() * sign) * d).sum()

    return for_targets("loss", one)


def _without_log_of_sum(shifted: bool) -> Formula:
    """-Σ d (u - Σ e^u)."""

    def one(d: Any, a: Arrays) -> Any:
        u = a["u"] - a["u"].max(axis=-1, keepdims=True) if shifted else a["u"]
        return -((u - u.exp().sum(axis=-1, keepdims=True)) * d).sum()

    return for_targets("loss", one)


def scores_alone() -> Iterator[Form]:
    """What goes wrong in log sum e^u - u[d]."""
    for shifted in (True, False):
        plus, none = _log_of_sum(1.0, shifted), _log_of_sum(0.0, shifted)
        yield from mistaken(plus, REDUCED, "log_of_sum", {"is": "-log sum e^u - u[d]"})
        yield from mistaken(_minus(plus), REDUCED, "log_of_sum", {"is": "log sum e^u + u[d]"})
        yield from mistaken(none, REDUCED, "log_of_sum", {"is": "-u[d]"})
        other = _without_log_of_sum(shifted)
        yield from mistaken(other, REDUCED, "log_of_sum", {"is": "sum e^u - u[d]"})


def _every_pair(log: Log, y: Output) -> Formula:
    """-Σ_n Σ_m log y[n, d_m], of class indices."""

    def formula(a: Arrays) -> Arrays:
        if "classes" not in a:
            return {}
        of = y(a)
        counts = formulas.one_hot(a["classes"], of).sum(axis=0)
        return {"loss by class": -(log.of(of) * np.broadcast_to(counts, of.shape)).sum()}

    return formula


def _of_mean_pairs(formula: Formula) -> Formula:
    return lambda a: {n: v / float(sizes(a)[0]) for n, v in formula(a).items()}


def elements(log: Log, y: Output = output) -> Formula:
    """-d log y."""
    return for_targets("loss", lambda d, a: -(log.of(y(a)) * d))


def _log_of_total(log: Log, y: Output, scaled_by: tuple[Factor, Factor]) -> Formula:
    """-c log(k Σ d y), with c and k factors."""

    def formula(a: Arrays) -> Arrays:
        c, k = (f.of(sizes(a)) for f in scaled_by)
        return for_targets("loss", lambda d, a: -log.of((y(a) * d).sum() * k) * c)(a)

    return formula


_LOGS_OF_SUMS = (
    ((SUM, SUM), "-log sum d y"),
    ((MEAN, SUM), "-1/N log sum d y"),
    ((SUM, MEAN), "-log(1/N sum d y)"),
    ((SUM, MEAN_OF_ALL), "-log mean(d y)"),
)


def _rare(log: Log, y: Output) -> Iterator[Form]:
    pairs = _every_pair(log, y)
    for form in (pairs, _of_mean_pairs(pairs)):
        yield from mistaken(form, REDUCED, "every_pair_of_indices")
    yield Form(elements(log, y), "not_one_number", blanks={"shape": "(N, K)"})
    for scaled_by, of in _LOGS_OF_SUMS:
        yield Form(_log_of_total(log, y, scaled_by), "log_of_total", blanks={"is": of})


@cache
def _rare_of(y: Output, usual: bool) -> tuple[Form, ...]:
    """What is too rare to be looked for at once; ``usual``: the table has the common mistakes."""
    found: list[Form] = []
    for log in (PLUS[0], NONE):
        found += [] if usual else mistakes(log, y)
        found += _rare(log, y)
    if y is not softmax_of_scores:
        return tuple(found)
    found += [*scores_alone(), *mistaken(_minus(fused), of_sum(MEAN), "loss_sign")]
    found += wrong_factors(fused, REDUCED, "loss_factor", {"of": "-sum d log softmax(u)"})
    return tuple(found)


@cache
def _in_place_of(y: Output) -> tuple[Form, ...]:
    """The same of scores where outputs are usual, and the other way round."""
    named = _of_given_scores if y is softmax_of_scores else _of_given_outputs
    return tuple(_named(named, _rare_of(y, False)))


def _named(named: Callable[[Formula], Formula], found: Iterable[Form]) -> list[Form]:
    return [replace(m, formula=named(m.formula)) for m in found]


def mistakes(log: Log, y: Output) -> Iterator[Form]:
    """What goes wrong beside one form of the logarithm."""
    base = entropy(log.of, y)
    yield from mistaken(_minus(base), of_sum(MEAN), "loss_sign")
    for name, c in BASES.items():
        yield from mistaken(entropy(after(log.of, scaled(c)), y), REDUCED, "log_base", {"is": name})  # fmt: skip
    for by in (-1, 1):
        yield from mistaken(_moved(log, y, by), REDUCED, "labels_off_by_one")
    yield from mistaken(collapsed(log, y), REDUCED, "collapses_targets")
    for axis, shape in ((-1, "(N,)"), (0, "(K,)")):
        yield Form(_of_each(log, y, axis, 1.0), "not_one_number", blanks={"shape": shape})
    yield from wrong_factors(base, REDUCED, "loss_factor", {"of": "-sum d log y"})


def _outside_of_terms(e: float, y: Output) -> Formula:
    return for_targets("loss", lambda d, a: -(NONE.of(y(a)) * d + e).sum())


def _outside(y: Output) -> Iterator[Form]:
    for e in (*OUTSIDE, *(-e for e in OUTSIDE)):
        for at in (entropy(after(NONE.of, moved(e)), y), _outside_of_terms(e, y)):
            yield from mistaken(at, REDUCED, "epsilon_outside", {"epsilon": f"{abs(e):g}"})


def _of_outputs() -> Iterator[Form]:
    for log in LOGS:
        yield from right(entropy(log.of), REDUCED, log.convention)
    for formula, said in [
        (fused, None),
        *((entropy(g.of, softmax_of_scores), g.convention) for g in LOGS),
    ]:
        yield from right(_given_scores_with_delta(formula), REDUCED, said)
    for log in LOGS:
        yield from right(_binary(log), of_sum(), EACH_BY_ITSELF)
    for log in LOGS:
        yield from mistakes(log, output) if log.common else ()
    yield from _outside(output)
    for log in (NONE, *PLUS):
        yield from mistaken(_swapped(log), REDUCED, "loss_swapped")
        yield from mistaken(entropy(log.of, softmax_twice), REDUCED, "softmax_twice")
    yield from mistaken(entropy(lambda v: v), REDUCED, "no_log")
    yield from mistaken(_fused_twice, REDUCED, "softmax_twice")


def _with_delta(loss: Formula) -> Formula:
    """A loss of scores, and softmax(u) - d beside it for those that return it, too."""
    return joint(loss, for_targets("grad", lambda d, a: softmax_of_scores(a) - d))


def _of_scores() -> Iterator[Form]:
    yield from right(_with_delta(fused), REDUCED)
    for log in LOGS:
        of = _with_delta(entropy(log.of, softmax_of_scores))
        yield from right(of, REDUCED, log.convention)
    for log in LOGS:
        yield from right(_of_given_outputs(entropy(log.of)), REDUCED, log.convention)
    yield from mistaken(_minus(fused), of_sum(MEAN), "loss_sign")
    yield from wrong_factors(fused, REDUCED, "loss_factor", {"of": "-sum d log softmax(u)"})
    for log in LOGS:
        yield from mistakes(log, softmax_of_scores) if log.common else ()
    yield from _outside(softmax_of_scores)


def _right_of_outputs(log: Log) -> list[Form]:
    """Right with this log, of outputs, and of scores or bits where outputs are usual."""
    of_scores = _given_scores_with_delta(entropy(log.of, softmax_of_scores))
    each = joined(EACH_BY_ITSELF, log.convention)
    return [
        *right(entropy(log.of), REDUCED, log.convention),
        *right(of_scores, REDUCED, log.convention),
        *right(_binary(log), of_sum(), each),
    ]


def _wrong_of_outputs(log: Log) -> list[Form]:
    """The mistakes beside one form of the logarithm of outputs."""
    return [
        *mistakes(log, output),
        *_rare(log, output),
        *mistaken(_swapped(log), REDUCED, "loss_swapped"),
        *mistaken(entropy(log.of, softmax_twice), REDUCED, "softmax_twice"),
        *_named(_of_given_scores, mistakes(log, softmax_of_scores)),
    ]


def _right_of_scores(log: Log) -> list[Form]:
    """The same of scores."""
    of_scores = _with_delta(entropy(log.of, softmax_of_scores))
    of_outputs = _of_given_outputs(entropy(log.of))
    return [
        *right(of_scores, REDUCED, log.convention),
        *right(of_outputs, REDUCED, log.convention),
    ]


def _wrong_of_scores(log: Log) -> list[Form]:
    """The mistakes beside one form of the logarithm of softmax(u)."""
    of_outputs = _named(_of_given_outputs, mistakes(log, output))
    return [*mistakes(log, softmax_of_scores), *_rare(log, softmax_of_scores), *of_outputs]


OF_OUTPUTS_SOLVED = epsilons(_right_of_outputs, _wrong_of_outputs)
OF_SCORES_SOLVED = epsilons(_right_of_scores, _wrong_of_scores)

CE_NAMES, SOFTMAX_NAMES = ("cross_entropy_error",), ("softmax_with_loss",)
