"""The logarithm of an output, kept away from log 0 in the ways that people do it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from compare.check.concept import Form, Free
from compare.check.i18n.text import Text
from compare.check.naming.grammar import words
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

OF_LOGARITHMS = Text("it takes the logarithms of the outputs", "出力の対数 log y を受け取る")
_LEAST = 1e-300  # 0 log 0 is 0: any finite log does for what is multiplied by 0


@dataclass(frozen=True, eq=False)
class Log:
    """log y in one of its forms, and log(1 - y) beside it.

    ``guard``: what y becomes before its log is taken, and ``rest`` what 1 - y becomes ·
    ``epsilon``: what keeps y from 0.
    """

    of: Callable[[Any], Any]
    of_rest: Callable[[Any], Any]
    convention: Text | None
    guard: Callable[[Any], Any]
    rest: Callable[[Any], Any]
    epsilon: float = 0.0


def _log(guard: Callable[[Any], Any], text: Text | None, e: float, first: bool = False) -> Log:
    """``first``: y is guarded before it is taken from 1, and not the difference."""

    def rest(y: Any) -> Any:
        return 1.0 - guard(y) if first else guard(1.0 - y)

    return Log(lambda y: guard(y).log(), lambda y: rest(y).log(), text, guard, rest, e)


@cache
def _plus(e: float) -> Log:
    text = Text(f"epsilon {e:g} inside the log", f"log の中の微小値は {e:g}")
    return _log(lambda y: y + e, None if e == 1e-7 else text, e)


@cache
def _clipped(e: float) -> Log:
    text = Text(f"y clipped to [{e:g}, 1 - {e:g}]", f"y を [{e:g}, 1 - {e:g}] に制限")
    return _log(lambda y: -(-y.at_least(e)).at_least(-(1 - e)), text, e, True)


@cache
def _floored(e: float) -> Log:
    return _log(lambda y: y.at_least(e), Text(f"y at least {e:g}", f"y の下限は {e:g}"), e)


GUARDS = (_plus, _clipped, _floored)
EPSILONS = (1e-7, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-15, 1e-16)
NONE = _log(lambda y: y.at_least(_LEAST), Text("no epsilon in the log", "log に微小値なし"), 0.0)
PLUS = tuple(_plus(e) for e in EPSILONS)
_COMMON = (1e-8, 1e-10, 1e-12, 1e-15)  # any other is solved
LOGS = (
    PLUS[0],
    NONE,
    *map(_plus, _COMMON),
    *map(_clipped, (1e-7, *_COMMON)),
    *map(_floored, (1e-7, *_COMMON)),
)
BASES = {"log10": 1 / math.log(10), "log2": 1 / math.log(2)}
OUTSIDE = tuple(e for e in EPSILONS if e > 1e-14)  # less is lost in rounding


def then(log: Log, change: Callable[[Any], Any]) -> Log:
    """The log with something done to what it gives."""
    return replace(log, of=lambda y: change(log.of(y)), of_rest=lambda y: change(log.of_rest(y)))


LEAST_EPSILON, SMALL, LARGE, LARGEST = 1e-18, 1e-3, 1e-2, 0.1


def large_epsilon(e: float) -> str:
    """What an epsilon from ``SMALL`` on is: a warning, or a mistake."""
    return "epsilon_large" if e <= LARGE else "epsilon_too_large"


def too_large(form: Form, e: float, where: str = "") -> Form:
    """The form with an epsilon that moves the results visibly: a warning, or a mistake.

    ``where``: "root_", where it stands beside a root.
    """
    return replace(form, cause=where + large_epsilon(e), blanks={"epsilon": f"{e:g}"})


def epsilons(
    right: Callable[[Log], list[Form]], wrong: Callable[[Log], list[Form]]
) -> tuple[Free, ...]:
    """Each guard with whichever epsilon: right, too large, and small beside a mistake."""

    def free(guard: Callable[[float], Log]) -> tuple[Free, ...]:
        return (
            Free(lambda e: right(guard(e)), LEAST_EPSILON, SMALL),
            Free(lambda e: [too_large(f, e) for f in right(guard(e))], SMALL, LARGEST),
            Free(lambda e: wrong(guard(e)), LEAST_EPSILON, SMALL),
        )

    return tuple(each for guard in GUARDS for each in free(guard))


def takes_logarithms(s: Subject) -> bool:
    """Whether log y may be meant: its name says a likelihood, an argument that it is a logarithm,
    or its own script hands it numbers whose powers of e sum to 1.
    """
    if {"nll", "likelihood"} & set(words(s.found.name)):
        return True
    said = [w for name in s.required for w in words(name)]
    if any(re.match(r"log(?!i)", word) for word in said):
        return True
    try:
        handed = s.box.script_values()[0].get(s.found.name, {}).values()
    except Failed:
        return False
    return any(map(_are_logarithms, handed))


def _are_logarithms(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or value.ndim != 2:
        return False
    return bool((value <= 0).all() and np.allclose(np.exp(value).sum(axis=1), 1.0))
