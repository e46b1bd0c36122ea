"""§3: the cross-entropies, of several classes and of outputs that are each yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from operator import add, mul
from typing import Any

import numpy as np

from compare.check.concept import Arrays, Form
from compare.check.fitting.factors import (
    MEAN,
    MEAN_OF_ALL,
    SUM,
    Conventions,
    Factor,
    Formula,
    minus,
    mistaken,
    of_sum,
    right,
    sizes,
    wrong_factors,
)
from compare.check.fitting.guards import (
    BASES,
    LOGS,
    NONE,
    OF_LOGARITHMS,
    OUTSIDE,
    Log,
    takes_logarithms,
    then,
)
from compare.check.i18n.text import Text, joined
from compare.oracle import formulas

OF_SCORES, OF_OUTPUTS = " of scores", " of outputs"
EACH_BY_ITSELF = Text("binary cross-entropy of every output", "出力ごとの 2 値交差エントロピー")
Output = Callable[[Arrays], Any]


def output(a: Arrays) -> Any:
    """y, as it is given."""
    return a["y"]


def softmax_of_scores(a: Arrays) -> Any:
    """y = softmax(u)."""
    return a["u"].once(formulas.softmax)


def softmax_over(u: Any, epsilon: float, shifted: bool) -> Any:
    """e^u / (sum e^u + epsilon)."""
    e = (u - u.max(axis=-1, keepdims=True)).exp() if shifted else u.exp()
    return e / (e.sum(axis=-1, keepdims=True) + epsilon)


def sigmoid_of_scores(a: Arrays) -> Any:
    """y = 1/(1 + e^-u)."""
    return a["u"].sigmoid()


def for_targets(name: str, f: Callable[[Any, Arrays], Any]) -> Formula:
    """The results of f for one-hot targets and for class indices."""

    def formula(a: Arrays) -> Arrays:
        of = a.get("y", a.get("u"))
        found = {name: f(a["d"], a)}
        if "classes" in a:
            found[f"{name} by class"] = f(formulas.one_hot(a["classes"], of), a)
        return found

    return formula


def named(formula: Formula, of: str) -> Formula:
    """``loss of scores by class`` for ``loss by class``, where something else was handed over."""

    def name(result: str) -> str:
        first, _, rest = result.partition(" ")
        return f"{first}{of} {rest}".strip()

    return lambda a: {name(n): value for n, value in formula(a).items()}


@dataclass(frozen=True, eq=False)
class Entropy:
    """A cross-entropy: -Σ of its terms over all samples and outputs.

    ``terms``: of a log, the outputs and the targets · ``of_scores``: the outputs of scores u ·
    ``fused``: the loss of scores whose log is never of 0 · ``beside``: what those who return it
    beside a loss of scores have as its gradient · ``said``, ``said_of_scores``: in words ·
    ``own``: mistakes of this one alone beside a log, and ``further``: those in other forms.
    """

    terms: Callable[[Log, Any, Any], Any]
    of_scores: Output
    fused: Formula
    conventions: Conventions
    said: str
    said_of_scores: str
    own: Callable[[Log, bool], Iterator[Form]]
    further: Callable[[bool], Iterator[Form]] = lambda scores: iter(())
    beside: Formula | None = None

    def y_of(self, scores: bool) -> Output:
        """y of the scores that are given, or the outputs that are."""
        return self.of_scores if scores else output

    def loss(self, log: Log, y: Output = output) -> Formula:
        """-Σ terms."""
        return for_targets("loss", lambda d, a: -self.terms(log, y(a), d).sum())

    def elements(self, log: Log, y: Output = output) -> Formula:
        """-terms, not summed."""
        return for_targets("loss", lambda d, a: -self.terms(log, y(a), d))

    def right(self, log: Log, scores: bool) -> list[Form]:
        """Right with this log, of scores or of outputs."""
        return self._right_as(self.loss(log, self.y_of(scores)), scores, log.convention)

    def _right_as(self, loss: Formula, scores: bool, said: Text | None) -> list[Form]:
        whole = joint(loss, self.beside) if scores and self.beside else loss
        return right(whole, self.conventions, said)

    def right_of_all(self, scores: bool) -> list[Form]:
        """Right with each log, of scores or of outputs."""
        fused = self._right_as(self.fused, True, None) if scores else []
        return fused + [form for log in LOGS for form in self.right(log, scores)]

    def mistakes(self, log: Log, scores: bool) -> Iterator[Form]:
        """What goes wrong beside one form of the logarithm."""
        y = self.y_of(scores)
        base = self.loss(log, y)
        yield from self.own(log, scores)
        yield from mistaken(minus(base), _ALL_REDUCED, "loss_sign")
        for name, c in BASES.items():
            of_base = self.loss(then(log, partial(mul, c)), y)
            yield from mistaken(of_base, self.conventions, "log_base", {"is": name})
        yield Form(self.elements(log, y), "not_one_number", blanks={"shape": "(N, K)"})
        for axis, shape in ((-1, "(N,)"), (0, "(K,)")):
            for mean in (False, True):
                of_each = self._of_each(log, y, axis, mean)
                yield Form(of_each, "not_one_number", blanks={"shape": shape})
        yield from wrong_factors(base, self.conventions, "loss_factor", {"of": self.said})
        if not scores:
            yield from mistaken(self._swapped(log), self.conventions, "loss_swapped")

    def _of_each(self, log: Log, y: Output, axis: int, mean: bool) -> Formula:
        def one(d: Any, a: Arrays) -> Any:
            terms = self.terms(log, y(a), d)
            return -terms.sum(axis=axis) * (1.0 / terms.shape[axis] if mean else 1.0)

        return for_targets("loss", one)

    def _swapped(self, log: Log) -> Formula:
        def one(d: Any, a: Arrays) -> Any:
            return -self.terms(log, (a["y"] * 0.0 + d).exactly(), a["y"]).sum()

        return for_targets("loss", one)

    def mistakes_of_scores(self) -> Iterator[Form]:
        """What goes wrong in the loss of scores whose log is never of 0."""
        yield from mistaken(minus(self.fused), _ALL_REDUCED, "loss_sign")
        said = {"of": self.said_of_scores}
        yield from wrong_factors(self.fused, self.conventions, "loss_factor", said)

    def outside(self, scores: bool) -> Iterator[Form]:
        """An epsilon beside the log, added to it or to what is summed."""
        y = self.y_of(scores)
        for e in (*OUTSIDE, *(-e for e in OUTSIDE)):

            def beside_terms(d: Any, a: Arrays, e: float = e) -> Any:
                return -(self.terms(NONE, y(a), d) + e).sum()

            beside_log = self.loss(then(NONE, partial(add, e)), y)
            for formula in (beside_log, for_targets("loss", beside_terms)):
                said = {"epsilon": f"{abs(e):g}"}
                yield from mistaken(formula, self.conventions, "epsilon_outside", said)


_ALL_REDUCED = of_sum(MEAN)


def joint(*formulas_: Formula) -> Formula:
    """The results of several formulas."""

    def formula(a: Arrays) -> Arrays:
        return {name: value for f in formulas_ for name, value in f(a).items()}

    return formula


def given_otherwise(forms: Iterator[Form] | list[Form], of: str) -> list[Form]:
    """The same forms, of what is called with something else."""
    return [replace(form, formula=named(form.formula, of)) for form in forms]


# ----- several classes


def _fused(a: Arrays) -> Arrays:
    """-Σ d log softmax(u)."""
    return for_targets("loss", lambda d, a: -(a["u"].once(formulas.log_softmax) * d).sum())(a)


def _softmax_twice(log: Log) -> Formula:
    """With softmax(y) of what is an output already."""
    return CLASSES.loss(log, lambda a: a["y"].once(formulas.softmax))


def _fused_twice(a: Arrays) -> Arrays:
    return _fused({**a, "u": a["y"]})


def collapsed(formula: Formula) -> Formula:
    """As if the target were its largest class."""

    def of_largest(a: Arrays) -> Arrays:
        d = a["d"]
        return formula({**a, "d": np.eye(d.shape[-1])[d.argmax(axis=-1)]})

    return of_largest


def moved_labels(formula: Formula, by: int) -> Formula:
    """Right for one-hot targets; class indices are taken as if they began elsewhere."""

    def moved(a: Arrays) -> Arrays:
        count = a.get("y", a.get("u")).shape[-1]
        classes = {"classes": (a["classes"] + by) % count} if "classes" in a else {}
        return formula({**a, **classes})

    return moved


def _every_pair(log: Log, y: Output, mean: bool) -> Formula:
    """-Σ_n Σ_m log y[n, d_m], of class indices."""

    def formula(a: Arrays) -> Arrays:
        if "classes" not in a:
            return {}
        of = y(a)
        counts = formulas.one_hot(a["classes"], of).sum(axis=0)
        total = -(log.of(of) * np.broadcast_to(counts, of.shape)).sum()
        return {"loss by class": total / float(sizes(a)[0]) if mean else total}

    return formula


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


def _of_classes(log: Log, scores: bool) -> Iterator[Form]:
    y, conventions = CLASSES.y_of(scores), CLASSES.conventions
    loss = CLASSES.loss(log, y)
    for by in (-1, 1):
        yield from mistaken(moved_labels(loss, by), conventions, "labels_off_by_one")
    yield from mistaken(collapsed(loss), conventions, "collapses_targets")
    for mean in (False, True):
        yield from mistaken(_every_pair(log, y, mean), conventions, "every_pair_of_indices")
    for scaled_by, of in _LOGS_OF_SUMS:
        yield Form(_log_of_total(log, y, scaled_by), "log_of_total", blanks={"is": of})
    if not scores:
        yield from mistaken(_softmax_twice(log), conventions, "softmax_twice")


def each_by_itself(log: Log) -> list[Form]:
    """The outputs of several classes as if each were yes or no."""
    return right(BITS.loss(log), of_sum(), joined(EACH_BY_ITSELF, log.convention))


_SUMS_OF_EXP: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("-log sum e^u - u[d]", lambda u, total: -(u + total.log())),
    ("log sum e^u + u[d]", lambda u, total: u + total.log()),
    ("-u[d]", lambda u, total: -u),
    ("sum e^u - u[d]", lambda u, total: total - u),
)


def _log_of_sum() -> Iterator[Form]:
    """What goes wrong in log sum e^u - u[d]."""
    for shifted in (True, False):
        for said, of in _SUMS_OF_EXP:

            def one(d: Any, a: Arrays, of: Any = of, shifted: bool = shifted) -> Any:
                u = a["u"] - a["u"].max(axis=-1, keepdims=True) if shifted else a["u"]
                return (of(u, u.exp().sum(axis=-1, keepdims=True)) * d).sum()

            formula = for_targets("loss", one)
            yield from mistaken(formula, CLASSES.conventions, "log_of_sum", {"is": said})


def _without_softmax_or_log(scores: bool) -> Iterator[Form]:
    """In log sum e^u - u[d]; of outputs: that of them, and no log at all."""
    if scores:
        yield from _log_of_sum()
        return
    without_log = for_targets("loss", lambda d, a: -(a["y"] * d).sum())
    for form in mistaken(without_log, CLASSES.conventions, "no_log"):
        yield replace(form, takes=lambda s: not takes_logarithms(s))
    for form in right(without_log, CLASSES.conventions, OF_LOGARITHMS):
        yield replace(form, takes=takes_logarithms)
    yield from mistaken(_fused_twice, CLASSES.conventions, "softmax_twice")


CLASSES = Entropy(
    lambda log, y, d: log.of(y) * d,
    softmax_of_scores,
    _fused,
    of_sum(MEAN, without=(MEAN_OF_ALL,)),
    "-sum d log y",
    "-sum d log softmax(u)",
    _of_classes,
    _without_softmax_or_log,
    for_targets("grad", lambda d, a: softmax_of_scores(a) - d),
)


# ----- outputs that are each yes or no


def _fused_bits(a: Arrays) -> Arrays:
    """Σ max(u, 0) - d u + log(1 + e^-|u|)."""
    u = a["u"]
    return {"loss": (u.relu() - u * a["d"] + (-u.abs()).exp().log1p()).sum()}


_WRONG_TERMS: tuple[tuple[str, dict[str, str], Callable[[Any, Any, Any], Any]], ...] = (
    ("binary_targets_reversed", {}, lambda yes, no, d: yes * (1.0 - d) + no * d),
    ("binary_lacks_term", {}, lambda yes, no, d: yes * d),
    ("binary_lacks_term", {}, lambda yes, no, d: no * (1.0 - d)),
    ("binary_term_sign", {}, lambda yes, no, d: yes * d - no * (1.0 - d)),
    ("binary_term_sign", {}, lambda yes, no, d: no * (1.0 - d) - yes * d),
    ("binary_wrong_term", {"is": "(1-d) log y"}, lambda yes, no, d: yes * d + yes * (1.0 - d)),
    ("binary_wrong_term", {"is": "d log(1-y)"}, lambda yes, no, d: yes * d + no * d),
)


def _one_based(c: float, first: bool) -> Callable[[Any, Any, Any], Any]:
    """With another base of the logarithm in one of the two terms."""
    yes_c, no_c = (c, 1.0) if first else (1.0, c)
    return lambda yes, no, d: yes * d * yes_c + no * (1.0 - d) * no_c


_IN_ONE_TERM: tuple[tuple[str, dict[str, Any], Callable[[Any, Any, Any], Any]], ...] = tuple(
    (
        "log_base",
        {"is": Text(f"{name} in the term {term}", f"項 {term} で {name} ")},
        _one_based(c, first),
    )
    for name, c in BASES.items()
    for term, first in (("d log y", True), ("(1-d) log(1-y)", False))
)


def _of_bits(log: Log, scores: bool) -> Iterator[Form]:
    y = BITS.y_of(scores)
    for cause, said, terms in (*_WRONG_TERMS, *_IN_ONE_TERM):

        def one(d: Any, a: Arrays, terms: Any = terms) -> Any:
            return -terms(log.of(y(a)), log.of_rest(y(a)), d).sum()

        yield from mistaken(for_targets("loss", one), BITS.conventions, cause, said)


BITS = Entropy(
    lambda log, y, d: log.of(y) * d + log.of_rest(y) * (1.0 - d),
    sigmoid_of_scores,
    _fused_bits,
    of_sum(MEAN_OF_ALL),
    "-sum [d log y + (1-d) log(1-y)]",
    "-sum d log sigmoid(u) + ...",
    _of_bits,
)

CE_NAMES, SOFTMAX_NAMES = ("cross_entropy_error",), ("softmax_with_loss",)
BCE_NAMES, SIGMOID_NAMES = ("binary_cross_entropy_error",), ("sigmoid_with_loss",)
