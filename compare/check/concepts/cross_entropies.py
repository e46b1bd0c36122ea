"""§3: the cross-entropies, of several classes and of outputs that are each yes or no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from compare.check.calling.functions import (
    SCORES,
    WITH_GRADIENT,
    arrangements,
    function_of,
    function_with_gradient,
    is_function,
    may_take_scores,
    two_arrays,
)
from compare.check.concept import CallStyle, Concept, Form, Free, Probe, Tried
from compare.check.fitting.cross_entropy_forms import (
    BCE_NAMES,
    BITS,
    CE_NAMES,
    CLASSES,
    OF_OUTPUTS,
    OF_SCORES,
    SIGMOID_NAMES,
    SOFTMAX_NAMES,
    Entropy,
    each_by_itself,
    given_otherwise,
)
from compare.check.fitting.entropy_families import of_outputs, of_scores
from compare.check.fitting.guards import LOGS, NONE, PLUS, Log, epsilons
from compare.check.i18n.text import Text, joined
from compare.check.naming.bind import plain
from compare.check.probes import classes
from compare.check.subject import Subject


@dataclass(frozen=True, eq=False)
class _Given:
    """A cross-entropy whose name says what it is given; ``scores``: the scores, and no outputs."""

    entropy: Entropy
    scores: bool

    @property
    def otherwise(self) -> str:
        """What a result is called where it is given the other."""
        return OF_OUTPUTS if self.scores else OF_SCORES

    def right(self, log: Log) -> list[Form]:
        """With this log, of what its name says, or else of the other."""
        of_other = self.entropy.right(log, not self.scores)
        each = each_by_itself(log) if self.entropy is CLASSES and not self.scores else []
        return [
            *self.entropy.right(log, self.scores),
            *given_otherwise(of_other, self.otherwise),
            *each,
        ]

    def wrong(self, log: Log) -> list[Form]:
        """What goes wrong beside this log."""
        of_other = self.entropy.mistakes(log, not self.scores)
        return [
            *self.entropy.mistakes(log, self.scores),
            *given_otherwise(of_other, self.otherwise),
        ]

    def table(self) -> tuple[Form, ...]:
        """The forms of what its name says, and the right ones of the other."""
        entropy, scores = self.entropy, self.scores
        of_other = given_otherwise(entropy.right_of_all(not scores), self.otherwise)
        each = entropy is CLASSES and not scores
        return (
            *entropy.right_of_all(scores),
            *of_other,
            *(form for log in LOGS if each for form in each_by_itself(log)),
            *(entropy.mistakes_of_scores() if scores else ()),
            *(form for log in LOGS for form in entropy.mistakes(log, scores)),
            *entropy.outside(scores),
            *entropy.further(scores),
        )

    def rare(self, trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        """The mistakes of what is given the other, or returns a gradient beside the loss."""
        names = trial.first(arrangement).values
        if any(name.startswith("grad") for name in names):
            said = "" if self.scores else OF_SCORES
            given_outputs = any(OF_OUTPUTS in name for name in names)
            family = of_outputs(self.entropy) if given_outputs else of_scores(self.entropy, said)
            return family.forms(trial, arrangement)
        return _of(self) if any(self.otherwise in name for name in names) else ()


@cache
def _of(given: _Given) -> tuple[Form, ...]:
    entropy, scores = given.entropy, not given.scores
    forms = [form for log in (PLUS[0], NONE) for form in entropy.mistakes(log, scores)]
    forms += [*(entropy.mistakes_of_scores() if scores else ()), *entropy.further(scores)]
    return tuple(given_otherwise(forms, given.otherwise))


def _takes_scores(output: str, s: Subject) -> bool:
    course = plain(s.found.name) == "crossentropyerror" and "y" in map(plain, s.required)
    return may_take_scores(s, output) and not course


def _styles(given: _Given) -> tuple[CallStyle, ...]:
    """Called with what its name says, or with the other; with a gradient beside the loss, too."""
    many, scores = given.entropy is CLASSES, given.scores
    function = "softmax" if many else "sigmoid"
    output = Text(
        f"it takes the output y = {function}(u)", f"{_FUNCTIONS[function]} の出力 y を受け取る"
    )
    both = (OF_SCORES, SCORES, "u"), (OF_OUTPUTS, output, "y")
    usual, other = both if scores else both[::-1]

    def styles(name: str, said: Text | None, array: str, fits: Any = two_arrays) -> Any:
        return arrangements(array, function_of("loss" + name), fits=fits, classes=many, said=said)

    def graded(name: str, said: Text, array: str) -> Any:
        call = function_with_gradient("loss" + name, "grad" + name)
        said_of_both = WITH_GRADIENT if array == usual[2] else joined(said, WITH_GRADIENT)
        return arrangements(array, call, classes=many, said=said_of_both)

    may_be_other = two_arrays if scores else partial(_takes_scores, function)
    with_gradient = graded("" if scores else OF_SCORES, SCORES, "u"), graded(*both[1])
    return (
        *styles("", None, usual[2]),
        *styles(*other, may_be_other),
        *chain(*(with_gradient if scores else with_gradient[::-1])),
    )


_FUNCTIONS = {"softmax": "softmax", "sigmoid": "シグモイド"}
_Probes = Callable[..., tuple[Probe, ...]]


def _concept(
    entropy: Entropy, scores: bool, names: tuple[str, ...], formula: str, probes: _Probes
) -> Concept:
    given, of = _Given(entropy, scores), "u" if scores else "y"
    name = names[0]
    solved: tuple[Free, ...] = epsilons(given.right, given.wrong)
    return Concept(
        name,
        "§3",
        formula,
        names,
        probes(name, scores=scores),
        _styles(given),
        given.table(),
        lambda side, a: {"loss": side.get(f"losses.{name}")(a["d"], a[of])},
        is_function,
        rare=given.rare,
        free=lambda trial: solved,
    )


_OF_OUTPUTS = "E = -mean [d log(y + 1e-7) + (1-d) log(1-y + 1e-7)]"
CONCEPTS = (
    _concept(CLASSES, False, CE_NAMES, "E = -1/N sum_n log(y[n, d_n] + 1e-7)", classes.of_classes),
    _concept(CLASSES, True, SOFTMAX_NAMES, "E = 1/N sum_n (log sum_j e^u_nj - u[n, d_n])",
             classes.of_classes),
    _concept(BITS, False, BCE_NAMES, _OF_OUTPUTS, classes.of_bits),
    _concept(BITS, True, SIGMOID_NAMES, "E = mean [max(u, 0) - d u + log(1 + e^-|u|)]",
             classes.of_bits),
)  # fmt: skip
