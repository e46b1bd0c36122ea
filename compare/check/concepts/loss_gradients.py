"""§3 and §5: gradients of the cross-entropies, by the output y or by the scores u."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from compare.check.calling.functions import (
    BY_SCORES,
    SCORES,
    arrangements,
    beside_target,
    function_of,
    is_function,
    may_take_scores,
)
from compare.check.concept import Arrays, Concept, Form, Free
from compare.check.fitting.cross_entropy_forms import (
    CLASSES,
    EACH_BY_ITSELF,
    OF_SCORES,
    collapsed,
    for_targets,
    given_otherwise,
    moved_labels,
    softmax_of_scores,
)
from compare.check.fitting.entropy_gradients import (
    delta,
    of_binary,
    of_entropy,
    of_terms,
    over_product,
    sigmoid_delta,
    softmax_delta,
)
from compare.check.fitting.factors import (
    MEAN,
    SUM,
    Conventions,
    Formula,
    minus,
    mistaken,
    of_sum,
    one_sample_averaged,
    right,
    solved_factors,
    wrong_factors,
)
from compare.check.fitting.guards import (
    EPSILONS,
    NONE,
    OF_LOGARITHMS,
    PLUS,
    Log,
    epsilons,
    takes_logarithms,
)
from compare.check.i18n.text import joined
from compare.check.naming.bind import plain
from compare.check.naming.grammar import Meaning, meaning
from compare.check.probes import classes as class_probes
from compare.check.subject import Subject

_SUMMED = {"axis=None": None, "axis=0": 0, "axis=1": -1}
_OF_CLASSES, _OF_BITS, _SUMS = CLASSES.conventions, of_sum(MEAN), of_sum(SUM)
_TERMS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("d/y + (1-d)/(1-y)", lambda yes, no: yes + no),
    ("-d/y - (1-d)/(1-y)", lambda yes, no: -yes - no),
    ("(1-d)/(1-y)", lambda yes, no: no),
    ("(y - d)/y", lambda yes, no: 1.0 - yes),
    ("(y - d)/(1 - y)", lambda yes, no: no - 1.0),
)


def _sloped(a: Arrays) -> Arrays:
    """(y - d) y (1 - y)."""
    y = a["y"]
    return {n: v * y * (1.0 - y) for n, v in delta(a).items()}


def _common(formula: Formula, conventions: Conventions, of: str) -> Iterator[Form]:
    """Sign, factor, and sums over what has to stay apart."""
    yield from mistaken(minus(formula), conventions, "gradient_sign")
    yield from wrong_factors(formula, conventions, "gradient_factor", {"of": of})
    yield from one_sample_averaged(formula, conventions)
    for over, axis in _SUMMED.items():

        def summed(a: Arrays, axis: int | None = axis) -> Arrays:
            return {n: v.sum(axis=axis) for n, v in formula(a).items()}

        yield from mistaken(summed, conventions, "gradient_summed", {"over": over})


def _by_scores(of_scores: Formula, conventions: Conventions, of: str) -> list[Form]:
    """y - d: right, and with the common mistakes; the same of the scores."""
    own = [*right(delta, conventions), *_common(delta, conventions, "y - d")]
    scores = [*right(of_scores, conventions), *_common(of_scores, conventions, of)]
    twice = mistaken(_sloped, conventions, "derivative_twice", {"is": "(y - d) y (1 - y)"})
    return [*own, *given_otherwise(scores, OF_SCORES), *twice]


def _of_softmax() -> Iterator[Form]:
    """dE/du = (y - d)/N."""
    yield from _by_scores(softmax_delta, _OF_CLASSES, "softmax(u) - d")
    for by in (-1, 1):
        yield from mistaken(moved_labels(delta, by), _OF_CLASSES, "labels_off_by_one")
    again = for_targets("grad", lambda d, a: softmax_of_scores({"u": a["y"]}) - d)
    one_class = for_targets("grad", lambda d, a: a["y"] * d - d)
    alone = for_targets("grad", lambda d, a: a["y"])
    added = for_targets("grad", lambda d, a: a["y"] + d)
    wrong = ((again, "softmax_twice"), (collapsed(delta), "collapses_targets"),
             (one_class, "only_the_class"), (alone, "target_not_subtracted"),
             (added, "target_added"))  # fmt: skip
    for formula, cause in wrong:
        yield from mistaken(formula, _OF_CLASSES, cause)


def _right_entropy(log: Log) -> list[Form]:
    each = joined(EACH_BY_ITSELF, log.convention)
    return [
        *right(of_entropy(log), _OF_CLASSES, log.convention),
        *right(of_binary(log), of_sum(), each),
    ]


def _wrong_entropy(log: Log) -> list[Form]:
    return list(_common(of_entropy(log), _OF_CLASSES, "-d/y"))


def _of_cross_entropy() -> Iterator[Form]:
    for log in _USUAL:
        yield from _right_entropy(log)
    yield from right(delta, _OF_CLASSES, BY_SCORES)
    yield from given_otherwise(right(softmax_delta, _OF_CLASSES, BY_SCORES), OF_SCORES)
    for e in (0.0, *EPSILONS):
        yield from right(over_product(e), of_sum(), EACH_BY_ITSELF)
    of_logarithms = right(
        for_targets("grad", lambda d, a: a["y"] * 0.0 - d), _OF_CLASSES, OF_LOGARITHMS
    )
    yield from (replace(form, takes=takes_logarithms) for form in of_logarithms)
    for log in _USUAL:
        yield from _wrong_entropy(log)
    yield from _common(delta, _OF_CLASSES, "y - d")


def _right_binary(log: Log) -> list[Form]:
    return right(of_binary(log), _OF_BITS, log.convention)


def _wrong_binary(log: Log) -> list[Form]:
    exchanged = of_terms(log, lambda yes, no: no - yes, exchanged=True)
    wrong = list(_common(of_binary(log), _OF_BITS, "(1-d)/(1-y) - d/y"))
    wrong += mistaken(of_entropy(log), _OF_BITS, "binary_lacks_term")
    wrong += mistaken(exchanged, _OF_BITS, "binary_denominators_exchanged")
    for is_, terms in _TERMS:
        of = of_terms(log, terms)
        wrong += mistaken(of, _OF_BITS, "binary_gradient_terms", {"is": is_})
    return wrong


def _of_binary() -> Iterator[Form]:
    for log in _USUAL:
        yield from _right_binary(log)
        yield from right(over_product(log.epsilon), _OF_BITS, log.convention)
    yield from right(delta, _OF_BITS, BY_SCORES)
    for log in _USUAL:
        yield from _wrong_binary(log)
    yield from _common(delta, _OF_BITS, "y - d")


_USUAL = (*PLUS[:1], NONE, *PLUS[1:])


def _with_factor(formula: Formula, conventions: Conventions, of: str) -> Free:
    return solved_factors(formula, conventions, "gradient_factor", {"of": of})


def _takes_scores(output: str, s: Subject) -> bool:
    """Unless it is called what the course calls the output: y beside the target d or t."""
    course = {plain(name) for name in s.required} in ({"d", "y"}, {"t", "y"})
    return may_take_scores(s, output) and not course


def _concept(
    name: str,
    formula: str,
    meanings: Any,
    free: tuple[Free, ...],
    scores: bool,
    bits: bool,
    torch: Any = None,
) -> Concept:
    probes = class_probes.of_bits(name) if bits else class_probes.of_classes(name)
    kept = tuple(p for p in probes if not p.case.name.endswith(("/extreme", "/one output")))
    of_y = arrangements("y", function_of("grad"), classes=not bits)
    fits = partial(_takes_scores, "sigmoid" if bits else "softmax")
    of_u = arrangements("u", function_of("grad" + OF_SCORES), classes=not bits, fits=fits,
                        said=SCORES)  # fmt: skip
    both = (*of_y, *of_u) if scores else of_y
    # what is called softmax_backward is both together where it is given the target
    of_both = ("d_softmax",) if name == "d_softmax_with_loss" else ()
    names = (name, *of_both)

    def takes(s: Subject) -> bool:
        of_softmax = meaning(s.found.name) == Meaning("softmax", derivative=True)
        return is_function(s) and (not of_softmax or beside_target(s.required))

    return Concept(
        name, "§5", formula, names, kept, both, tuple(meanings), torch, takes,
        free=lambda trial: free,
    )  # fmt: skip


CONCEPTS = (
    _concept("d_cross_entropy_error", "dE/dy = -d/(y + 1e-7)/N", _of_cross_entropy(),
             (*epsilons(_right_entropy, _wrong_entropy),
              *(_with_factor(of_entropy(g), _OF_CLASSES, "-d/y") for g in (PLUS[0], NONE))),
             True, False,
             lambda side, a: {"grad": side.get("losses.d_cross_entropy_error")(a["d"], a["y"])}),
    _concept("d_softmax_with_loss", "dE/du = (y - d)/N", _of_softmax(),
             (_with_factor(delta, _OF_CLASSES, "y - d"),), True, False),
    _concept("d_binary_cross_entropy_error", "dE/dy = ((1-d)/(1-y) - d/y)/N", _of_binary(),
             (*epsilons(_right_binary, _wrong_binary),
              *(_with_factor(of_binary(g), _OF_BITS, "(1-d)/(1-y) - d/y") for g in (PLUS[0],
                                                                                    NONE))),
             False, True),
    _concept("d_sigmoid_with_loss", "dE/du = y - d",
             _by_scores(sigmoid_delta, _SUMS, "sigmoid(u) - d"),
             (_with_factor(delta, _SUMS, "y - d"),), True, True),
)  # fmt: skip
