"""§3 and §5: gradients of the cross-entropies, by the output y or by the scores u."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.functions import (
    BY_SCORES,
    SCORES,
    arrangements,
    beside_target,
    function_of,
    is_function,
    may_take_scores,
)
from compare.check.concept import Arrays, Concept, Form
from compare.check.concepts.binary_cross_entropies import minus
from compare.check.fitting.cross_entropy_forms import (
    EACH_BY_ITSELF,
    GRAD_OF_SCORES,
    REDUCED,
    for_targets,
    renamed,
    softmax_of_scores,
)
from compare.check.fitting.factors import (
    MEAN,
    SUM,
    Conventions,
    Formula,
    joined,
    mistaken,
    of_sum,
    one_sample_averaged,
    right,
    solved_factors,
    wrong_factors,
)
from compare.check.fitting.guards import EPSILONS, NONE, PLUS, Log, epsilons
from compare.check.naming.bind import plain
from compare.check.naming.grammar import Meaning, meaning
from compare.check.probes import classes as class_probes
from compare.check.subject import Subject

_BINARY_TERMS = (
    (1.0, 1.0, "d/y + (1-d)/(1-y)"),
    (-1.0, -1.0, "-d/y - (1-d)/(1-y)"),
    (0.0, 1.0, "(1-d)/(1-y)"),
)
_SUMMED = {"axis=None": None, "axis=0": 0, "axis=1": -1}  # fmt: skip


def delta(a: Arrays) -> Arrays:
    """y - d, for one-hot targets and class indices."""
    return for_targets("grad", lambda d, a: a["y"] - d)(a)


def softmax_delta(a: Arrays) -> Arrays:
    """softmax(u) - d."""
    return for_targets("grad", lambda d, a: softmax_of_scores(a) - d)(a)


def sigmoid_delta(a: Arrays) -> Arrays:
    """sigmoid(u) - d."""
    return {"grad": a["u"].sigmoid() - a["d"]}


def of_entropy(log: Log) -> Formula:
    """-d / (y + e)."""

    def one(d: Any, a: Arrays) -> Any:
        return -((a["y"] * 0.0 + 1.0).exactly() * d) / log.guard(a["y"])

    return for_targets("grad", one)


def of_binary(log: Log) -> Formula:
    """(1-d)/(1-y+e) - d/(y+e)."""

    def formula(a: Arrays) -> Arrays:
        y, one = a["y"], (a["y"] * 0.0 + 1.0).exactly()
        no = one * (1.0 - a["d"]) / log.rest(y)
        return {"grad": no - one * a["d"] / log.guard(y)}

    return formula


def _terms(log: Log, first: float, second: float) -> Formula:
    """first d/(y+e) + second (1-d)/(1-y+e)."""

    def formula(a: Arrays) -> Arrays:
        y, one = a["y"], (a["y"] * 0.0 + 1.0).exactly()
        no = one * (1.0 - a["d"]) / log.rest(y)
        return {"grad": no * second + one * a["d"] / log.guard(y) * first}

    return formula


def _over_one(log: Log, rest: bool) -> Formula:
    """(y - d)/y = 1 - d/y, or (y - d)/(1 - y) = (1-d)/(1-y) - 1."""

    def formula(a: Arrays) -> Arrays:
        y, one = a["y"], (a["y"] * 0.0 + 1.0).exactly()
        if rest:
            return {"grad": one * (1.0 - a["d"]) / log.rest(y) - 1.0}
        return {"grad": 1.0 - one * a["d"] / log.guard(y)}

    return formula


def _exchanged(log: Log) -> Formula:
    """(1-d)/(y+e) - d/(1-y+e)."""

    def formula(a: Arrays) -> Arrays:
        y, one = a["y"], (a["y"] * 0.0 + 1.0).exactly()
        return {"grad": one * (1.0 - a["d"]) / log.guard(y) - one * a["d"] / log.rest(y)}

    return formula


def over_product(e: float) -> Formula:
    """(y - d) / (y (1-y) + e)."""
    return lambda a: {"grad": (a["y"] - a["d"]) / (a["y"] * (1.0 - a["y"]) + e)}


def _summed(formula: Formula, axis: int | None) -> Formula:
    return lambda a: {n: v.sum(axis=axis) for n, v in formula(a).items()}


def _sloped(a: Arrays) -> Arrays:
    """(y - d) y (1 - y)."""
    y = a["y"]
    return {n: v * y * (1.0 - y) for n, v in delta(a).items()}


def _one_class(a: Arrays) -> Arrays:
    """y - 1 at the class and 0 elsewhere."""
    return for_targets("grad", lambda d, a: a["y"] * d - d)(a)


def _collapsed(a: Arrays) -> Arrays:
    """y - d as if the target were its largest class."""
    of_largest = for_targets("grad", lambda d, a: a["y"] - np.eye(d.shape[-1])[d.argmax(axis=-1)])
    return of_largest(a)


def _moved(by: int) -> Formula:
    """Right for one-hot targets; class indices are taken as if they began elsewhere."""

    def formula(a: Arrays) -> Arrays:
        classes = {"classes": (a["classes"] + by) % a["y"].shape[-1]} if "classes" in a else {}
        return delta({**a, **classes})

    return formula


def common_mistakes(formula: Formula, conventions: Conventions, of: str) -> Iterator[Form]:
    """Sign, factor, and sums over what has to stay apart."""
    yield from mistaken(minus(formula), conventions, "gradient_sign")
    yield from wrong_factors(formula, conventions, "gradient_factor", {"of": of})
    yield from one_sample_averaged(formula, conventions)
    for over, axis in _SUMMED.items():
        summed = _summed(formula, axis)
        yield from mistaken(summed, conventions, "gradient_summed", {"over": over})


def _of_softmax() -> Iterator[Form]:
    """dE/du = (y - d)/N."""
    yield from right(delta, REDUCED)
    yield from right(renamed(softmax_delta, "grad", GRAD_OF_SCORES), REDUCED)
    yield from common_mistakes(delta, REDUCED, "y - d")
    again = for_targets("grad", lambda d, a: softmax_of_scores({"u": a["y"]}) - d)
    yield from mistaken(again, REDUCED, "softmax_twice")
    yield from mistaken(_collapsed, REDUCED, "collapses_targets")
    for by in (-1, 1):
        yield from mistaken(_moved(by), REDUCED, "labels_off_by_one")
    yield from mistaken(_sloped, REDUCED, "derivative_twice", {"is": "(y - d) y (1 - y)"})
    yield from mistaken(_one_class, REDUCED, "only_the_class")
    alone = for_targets("grad", lambda d, a: a["y"])
    yield from mistaken(alone, REDUCED, "target_not_subtracted")
    at = renamed(softmax_delta, "grad", GRAD_OF_SCORES)
    yield from common_mistakes(at, REDUCED, "softmax(u) - d")


def _of_sigmoid() -> Iterator[Form]:
    """dE/du = y - d: the course's own sums."""
    reduced = of_sum(SUM)
    yield from right(delta, reduced)
    at = renamed(sigmoid_delta, "grad", GRAD_OF_SCORES)
    yield from right(at, reduced)
    yield from common_mistakes(delta, reduced, "y - d")
    yield from common_mistakes(at, reduced, "sigmoid(u) - d")
    yield from mistaken(_sloped, reduced, "derivative_twice", {"is": "(y - d) y (1 - y)"})


def _of_cross_entropy() -> Iterator[Form]:
    for log in (*PLUS[:1], NONE, *PLUS[1:]):
        yield from right(of_entropy(log), REDUCED, log.convention)
    yield from right(delta, REDUCED, BY_SCORES)
    yield from right(renamed(softmax_delta, "grad", GRAD_OF_SCORES), REDUCED, BY_SCORES)
    for log, e in zip((NONE, *PLUS), (0.0, *EPSILONS), strict=True):
        for formula in (of_binary(log), over_product(e)):
            yield from right(formula, of_sum(), EACH_BY_ITSELF)
    for log in (NONE, *PLUS):
        yield from common_mistakes(of_entropy(log), REDUCED, "-d/y")
    yield from common_mistakes(delta, REDUCED, "y - d")


def _of_binary() -> Iterator[Form]:
    reduced = of_sum(MEAN)
    for log in (*PLUS[:1], NONE, *PLUS[1:]):
        yield from right(of_binary(log), reduced, log.convention)
    for log, e in zip((NONE, *PLUS), (0.0, *EPSILONS), strict=True):
        yield from right(over_product(e), reduced, log.convention)
    yield from right(delta, reduced, BY_SCORES)
    for log in (NONE, *PLUS):
        yield from common_mistakes(of_binary(log), reduced, "(1-d)/(1-y) - d/y")
        lacking = of_entropy(log)
        yield from mistaken(lacking, reduced, "binary_lacks_term")
        yield from mistaken(_exchanged(log), reduced, "binary_denominators_exchanged")
        for first, second, is_ in _BINARY_TERMS:
            terms = _terms(log, first, second)
            yield from mistaken(terms, reduced, "binary_gradient_terms", {"is": is_})
    yield from common_mistakes(delta, reduced, "y - d")


_FACTOR = "gradient_factor"


def _right_entropy(log: Log) -> list[Form]:
    each = joined(EACH_BY_ITSELF, log.convention)
    return [
        *right(of_entropy(log), REDUCED, log.convention),
        *right(of_binary(log), of_sum(), each),
    ]


def _right_binary(log: Log) -> list[Form]:
    return right(of_binary(log), of_sum(MEAN), log.convention)


def _wrong_entropy(log: Log) -> list[Form]:
    return list(common_mistakes(of_entropy(log), REDUCED, "-d/y"))


def _wrong_binary(log: Log) -> list[Form]:
    reduced = of_sum(MEAN)
    terms = [(_terms(log, first, second), is_) for first, second, is_ in _BINARY_TERMS]
    terms += [(_over_one(log, False), "(y - d)/y"), (_over_one(log, True), "(y - d)/(1 - y)")]
    return [
        *common_mistakes(of_binary(log), reduced, "(1-d)/(1-y) - d/y"),
        *mistaken(of_entropy(log), reduced, "binary_lacks_term"),
        *mistaken(_exchanged(log), reduced, "binary_denominators_exchanged"),
        *(
            wrong
            for formula, is_ in terms
            for wrong in mistaken(formula, reduced, "binary_gradient_terms", {"is": is_})
        ),
    ]


_SOLVED = {
    "d_cross_entropy_error": (
        *epsilons(_right_entropy, _wrong_entropy),
        *(solved_factors(of_entropy(g), REDUCED, _FACTOR, {"of": "-d/y"}) for g in (PLUS[0], NONE)),
    ),
    "d_binary_cross_entropy_error": (
        *epsilons(_right_binary, _wrong_binary),
        *(solved_factors(of_binary(g), of_sum(MEAN), _FACTOR, {"of": "(1-d)/(1-y) - d/y"})
          for g in (PLUS[0], NONE)),
    ),
    "d_softmax_with_loss": (solved_factors(delta, REDUCED, _FACTOR, {"of": "y - d"}),),
    "d_sigmoid_with_loss": (solved_factors(delta, of_sum(SUM), _FACTOR, {"of": "y - d"}),),
}  # fmt: skip


def _takes_scores(output: str, s: Subject) -> bool:
    """Unless it is called what the course calls the output: y beside the target d or t."""
    course = {plain(name) for name in s.required} in ({"d", "y"}, {"t", "y"})
    return may_take_scores(s, output) and not course


def _concept(name: str, formula: str, meanings: Any, scores: bool, bits: bool, torch: Any = None) -> Concept:  # fmt: skip
    probes = class_probes.of_bits(name) if bits else class_probes.of_classes(name)
    kept = tuple(p for p in probes if not p.case.name.endswith(("/extreme", "/one output")))
    of_y = arrangements("y", function_of("grad"), classes=not bits)
    fits = partial(_takes_scores, "sigmoid" if bits else "softmax")
    of_u = arrangements("u", function_of(GRAD_OF_SCORES), classes=not bits, fits=fits, said=SCORES)  # fmt: skip
    both = (*of_y, *of_u) if scores else of_y
    # what is called softmax_backward is both together where it is given the target
    of_both = ("d_softmax",) if name == "d_softmax_with_loss" else ()
    names = (name, *of_both)

    def takes(s: Subject) -> bool:
        of_softmax = meaning(s.found.name) == Meaning("softmax", derivative=True)
        return is_function(s) and (not of_softmax or beside_target(s.required))

    free = _SOLVED.get(name, ())
    return Concept(
        name, "§5", formula, names, kept, both, tuple(meanings), torch, takes,
        free=lambda trial: free,
    )  # fmt: skip


CONCEPTS = (
    _concept("d_cross_entropy_error", "dE/dy = -d/(y + 1e-7)/N", _of_cross_entropy(), True, False,
             lambda side, a: {"grad": side.get("losses.d_cross_entropy_error")(a["d"], a["y"])}),
    _concept("d_softmax_with_loss", "dE/du = (y - d)/N", _of_softmax(), True, False),
    _concept("d_binary_cross_entropy_error", "dE/dy = ((1-d)/(1-y) - d/y)/N", _of_binary(), False, True),
    _concept("d_sigmoid_with_loss", "dE/du = y - d", _of_sigmoid(), True, True),
)  # fmt: skip
