"""§5: the gradient by differences, of a function of ours: Σ x³ + (0.2 + Σ x)²."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.as_in_script import has_vectors
from compare.check.concept import CallStyle, Concept, Form, Free, Role, Tried
from compare.check.concepts.activations import INTEGERS, number
from compare.check.fitting.difference_quotients import (
    BACKWARD,
    FORWARD,
    Quotient,
    all_at_once,
    backward,
    central,
    cut_off,
    forward,
    halved,
    of_each,
    of_integers,
    over,
)
from compare.check.i18n.text import Text, joined
from compare.check.naming.bind import named
from compare.check.naming.grammar import words
from compare.check.naming.network_parameters import plain
from compare.check.probes.probe import probe
from compare.oracle import formulas

# of whole numbers its slopes are none: what cuts them off shows
SOURCE = "lambda x: (x * x * x).sum() + (x.sum() + 0.2) * (x.sum() + 0.2)"
WRITTEN = "(f(x + h e_i) - f(x - h e_i)) / 2h"
OF_NUMBER = "lambda x: x * x * x + (x + 0.2) * (x + 0.2)"
NUMBERS = ("numerical_diff", "numerical_differential")
ONE_BY_ONE = Text("takes one number, not an array", "配列ではなく 1 つの数を受け取る")
X_FIRST = Text("the array comes before the function", "配列が関数より先の引数")
OF_DICTIONARY = Text("of a dictionary of parameters", "パラメータの辞書を受け取る")
READ = Text("calls f() with nothing: f reads the array", "f は引数なしで、配列を読む")
OF_VECTORS = Text("for arrays of one axis, as its own script hands it",
                  "1 次元配列用（スクリプトでの呼び出しどおり）")  # fmt: skip
AS_COLUMN = Text("an array of one column (n, 1)", "列ベクトル (n, 1)")
AS_MATRIX = Text("an array of two axes", "2 次元配列")
AS_NUMBER = Text("one element", "要素が 1 つ")
STEPS = (1e-4, 1e-2, 1e-3, 1e-5, 1e-6, 1e-7)  # the course's own first
SMALL = Text("h is 1e-4 or smaller", "h は 1e-4 以下")
SMALLEST = 1e-8  # rounding, u f / h, may hide which step it is below 1e-4
_FUNCTIONS = frozenset("f func function fn loss lossfunc lossfunction fun objective".split())
_ARRAYS = frozenset("x w params theta p a arr array X".split())


def f(x: Any) -> Any:
    """Σ x³ + (0.2 + Σ x)²."""
    total = x.sum() + 0.2
    return (x * x * x).sum() + total * total


def _step(h: float) -> Text | None:
    return None if h == STEPS[0] else Text(f"h = {h:g}", f"h = {h:g}")


def _each(quotient: Quotient, h: float, left: int = 0) -> Callable[[Any], Any]:
    """An element at a time."""
    return lambda a: {"gradient": of_each(quotient, f, number(a["x"]), h, left)}


def _central(h: float) -> Callable[[Any], Any]:
    return lambda a: {"gradient": formulas.central_difference(f, number(a["x"]), h)}


def _small(a: Any) -> Any:
    """Any h up to 1e-4, and the formula's own error, h² times f's third derivative / 6 = 1."""
    return {"gradient": _central(SMALLEST)(a)["gradient"].widened(1e-4**2)}


_SIDES = ((forward, FORWARD), (backward, BACKWARD))
_WRONG: tuple[tuple[str, Quotient], ...] = (
    ("factor", lambda f, x, step, h: over(f(x + step) - f(x - step), h)),
    ("half_a_difference", halved),
    ("points_added", lambda f, x, step, h: over(f(x + step) + f(x - step), 2 * h)),
    ("difference_not_divided", lambda f, x, step, h: f(x + step) - f(x - step)),
    ("divided_without_brackets",
     lambda f, x, step, h: (f(x + step) - f(x - step)) / 2.0 * x.constant(h)),
)  # fmt: skip


def _only(at: int, h: float) -> Callable[[Any], Any]:
    """Right in the first or the last element, 0 in all others."""

    def formula(a: Any) -> Any:
        found = _central(h)(a)["gradient"]
        alone = np.zeros(found.value.shape)
        alone.flat[at] = 1.0
        return {"gradient": found * alone}

    return formula


def _of_columns(h: float) -> Callable[[Any], Any]:
    """Right for one axis; half the forward difference for (n, 1), where what is kept is a view."""
    right, half = _central(h), _each(halved, h)
    return lambda a: half(a) if a["x"].ndim == 2 and a["x"].shape[1] == 1 else right(a)


def _of_integers(h: float) -> Callable[[Any], Any]:
    """Right for floats; in an array of integers x + h and x - h are cut off towards 0."""
    right = _central(h)

    def formula(a: Any) -> Any:
        x = a["x"]
        return right(a) if not isinstance(x, np.ndarray) else {"gradient": of_integers(f, x, h)}

    return formula


def _into_integers(h: float) -> Callable[[Any], Any]:
    """Right for floats; of an array of integers also the result is cut off."""
    inner = _of_integers(h)

    def formula(a: Any) -> Any:
        found = inner(a)["gradient"]
        return {"gradient": cut_off(found) if isinstance(a["x"], np.ndarray) else found}

    return formula


def _in_whole_numbers(h: float) -> Callable[[Any], Any]:
    """Cut off towards 0, whatever x is made of."""
    return lambda a: {"gradient": cut_off(_central(h)(a)["gradient"])}


def _is_called(word: str, s: Any) -> bool:
    return word in words(s.found.name)


def _one_sided(of: Callable[[Quotient, float], Any], h: float) -> list[Form]:
    """Right where the name says so: forward_difference."""
    return [
        Form(of(side, h), convention=joined(said, _step(h)), takes=partial(_is_called, word))
        for word, side, said in (("forward", forward, FORWARD), ("backward", backward, BACKWARD))
    ]


def _quotients(of: Callable[[Quotient, float], Any], h: float, what: Text) -> list[Form]:
    """Mistakes in the quotient of an array or of a number."""
    factor: dict[str, str | Text] = {"what": what, "formula": WRITTEN, "factor": "2"}
    return [
        *(
            Form(of(side, h), "one_sided_difference", blanks={"side": said})
            for side, said in _SIDES
        ),
        *(Form(of(quotient, h), cause, blanks=factor) for cause, quotient in _WRONG),
    ]


def _mistakes(h: float) -> tuple[Form, ...]:
    what = Text("the gradient", "勾配")
    sign: dict[str, str | Text] = {"what": what, "formula": WRITTEN}
    return (
        *_quotients(_each, h, what),
        Form(lambda a: {"gradient": -_central(h)(a)["gradient"]}, "sign", blanks=sign),
        Form(_each(central, h, -1), "not_restored"),
        Form(_each(forward, h, 1), "not_restored"),
        Form(_each(all_at_once, h), "all_at_once"),
        Form(lambda a: {"gradient": number(a["x"]) * 0.0}, "differences_of_zero"),
        Form(_only(0, h), "returned_in_the_loop"),
        Form(_only(-1, h), "reset_in_the_loop"),
        Form(_of_columns(h), "halved_by_aliasing"),
        Form(_of_integers(h), "integers_truncated"),
        Form(_into_integers(h), "integers_truncated"),
        Form(_in_whole_numbers(h), "gradient_in_integers"),
    )


def _of_number(quotient: Quotient, h: float) -> Callable[[Any], Any]:
    """The derivative of x³ + (0.2 + x)² at each element by itself."""

    def formula(a: Any) -> Any:
        x = number(a["x"])
        flat = x.reshape(-1)
        each = (flat[i : i + 1] for i in range(flat.shape[0]))
        found = [quotient(f, one, one.constant(h) * np.ones(1), h) for one in each]
        return {"derivative": x.stacked(found, x.shape)}

    return formula


def _small_of_number(a: Any) -> Any:
    return {"derivative": _of_number(central, SMALLEST)(a)["derivative"].widened(1e-4**2)}


def _mistakes_of_number(h: float) -> list[Form]:
    return _quotients(_of_number, h, Text("the derivative", "微分"))


def _of_vectors(h: float) -> Form:
    """Right for one axis, where its own script hands it no other: a column says nothing."""
    right, said = _central(h), joined(OF_VECTORS, _step(h))

    def formula(a: Any) -> Any:
        found = right(a)["gradient"]
        return {"gradient": found.widened(np.inf) if a["x"].ndim > 1 else found}

    return Form(formula, convention=said, takes=has_vectors)


def _right_with(h: float) -> list[Form]:
    formulas_ = (_central(h), _of_number(central, h))
    right = [Form(formula, convention=_step(h)) for formula in formulas_]
    return [*right, _of_vectors(h), *_one_sided(_each, h), *_one_sided(_of_number, h)]


_SMALL_STEPS = tuple(Form(f, convention=SMALL) for f in (_small, _small_of_number))
_ONE_SIDED, _LEAST, _MOST = (
    1e-2,
    0.01,
    100.0,
)  # times the gradient: beyond that it is 2 h times as much


def _scaled_by(factor: float) -> list[Form]:
    """So many times the gradient, of a step up to 1e-4: another h in it than in the differences."""

    def formula(a: Any) -> Any:
        return {"gradient": _central(SMALLEST)(a)["gradient"].widened(1e-4**2) * factor}

    blanks: dict[str, str | Text] = {"what": Text("the gradient", "勾配"), "formula": WRITTEN,
                                     "factor": f"{factor:g}"}  # fmt: skip
    return [Form(formula, "factor", blanks=blanks)]


_SOLVED = (
    Free(_right_with, 1e-5, 1e-2),
    Free(lambda h: [*_mistakes_of_number(h), *_mistakes(h)], 1e-7, 1e-2),
    Free(_scaled_by, _LEAST, _MOST),
)


def _is_never_right(trial: Tried, style: CallStyle) -> bool:
    """Whether what calls the function gives nothing or a multiple of the gradient, or moves x."""
    ran, x = trial.first(style), trial.problems["numerical_gradient/1"].arrays["x"]
    found, source = ran.values.get("gradient"), trial.subject.found.source
    if found is None or not any(re.search(rf"\b{n}\(", source) for n in trial.subject.required):
        return False
    gradient = 3 * x**2 + 2 * (x.sum() + 0.2)
    factor = float((found * gradient).sum() / (gradient**2).sum())
    scaled = np.allclose(found, factor * gradient, rtol=_ONE_SIDED, atol=0)
    other = _LEAST < factor < _MOST and abs(factor - 1) > _ONE_SIDED
    whole = np.array_equal(found, np.trunc(gradient)) and not np.array_equal(found, gradient)
    moved = bool(ran.changed) and np.ptp(found - gradient) < _ONE_SIDED * np.ptp(gradient)
    return bool(not np.any(found) or scaled and other or whole or moved)


def _numbers(first: bool) -> Callable[[Any, Any], Any]:
    """Each element handed over as a number."""

    def call(s: Any, a: Any) -> Any:
        handed = s.box.define(OF_NUMBER)
        each = [float(v) for v in a["x"].reshape(-1)]
        found = [s.call(*((handed, v) if first else (v, handed))) for v in each]
        return {"derivative": np.array(found, dtype=float).reshape(a["x"].shape)}

    return call


def _of_numbers(s: Any) -> bool:
    """Whether it is called what the derivative at one number is called."""
    return any(named(name, [s.found]) for name in NUMBERS)


def _function_first(s: Any, a: Any) -> Any:
    return {"gradient": s.call(s.box.define(SOURCE), a["x"], *_given_step(s))}


def _function_last(s: Any, a: Any) -> Any:
    return {"gradient": s.call(a["x"], s.box.define(SOURCE), *_given_step(s))}


def _given_step(s: Any) -> tuple[float, ...]:
    return STEPS[: len(s.required) - 2]


_OF_DICTIONARY = f"lambda params: ({SOURCE})(params['W'])"
_THAT_READS = f"lambda params: (lambda: ({SOURCE})(params['W']))"  # a loss without arguments


def _in_dictionary(first: bool, reads: bool) -> Callable[[Any, Any], Any]:
    """The array as the only one of a dictionary of parameters."""

    def call(s: Any, a: Any) -> Any:
        params = s.box.keep({"W": a["x"]})
        loss = s.box.define(_THAT_READS if reads else _OF_DICTIONARY)
        loss = s.box.method(loss, "__call__", params).value if reads else loss
        found = s.call(*((loss, params) if first else (params, loss)), *_given_step(s))
        s.changed.pop(s.required[int(first)], None)
        return {"gradient": found["W"]}

    return call


def _in_place(first: bool) -> Callable[[Any, Any], Any]:
    """An array that it changes in place, which the function reads: it is called with nothing."""
    read = f"lambda x: lambda: ({SOURCE})(x)"

    def call(s: Any, a: Any) -> Any:
        x = s.box.keep(a["x"])
        f = s.box.method(s.box.define(read), "__call__", x).value
        return {"gradient": s.call(*((f, x) if first else (x, f)), *_given_step(s))}

    return call


def _calls_with_nothing(position: int) -> Callable[[Any], bool]:
    """Whether the function at that place is called without arguments."""

    def takes(s: Any) -> bool:
        called = rf"(?<![\w.]){re.escape(s.required[position])}\(\s*\)" if _at(position)(s) else ""
        return bool(called and re.search(called, s.found.source))

    return takes


def _takes_dictionary(position: int, reads: bool) -> Callable[[Any], bool]:
    """Whether it goes through the keys of its parameters, and calls the loss with nothing."""

    def takes(s: Any) -> bool:
        if not _at(position, named_array=False)(s):
            return False
        loss, params = (re.escape(s.required[i]) for i in (position, 1 - position))
        keys = rf"\bin (?:list\()?{params}(?:\b(?!\.)|\.(?:keys|items)\(\))"
        called = re.search(rf"\b{loss}\(\s*\)", s.found.source) is not None
        return called is reads and re.search(keys, s.found.source) is not None

    return takes


def _at(position: int, named_array: bool = True) -> Callable[[Any], bool]:
    """Whether the function may be the argument there."""

    def takes(s: Any) -> bool:
        if s.found.kind != "function" or len(s.required) < 2:
            return False
        if [plain(name) for name in s.required[2:]] not in ([], ["h"], ["eps"], ["epsilon"]):
            return False
        other = s.required[1 - position]
        return plain(other) not in _FUNCTIONS and (
            not named_array or plain(s.required[position]) not in _ARRAYS
        )

    return takes


_WHOLE: Any = lambda rng, sizes: rng.integers(1, 6, 4)  # noqa: E731
CONCEPTS = (
    Concept(
        "numerical_gradient",
        "§5",
        f"(df/dx)_i = {WRITTEN}",
        ("numerical_gradient", "finite_difference", "finite_difference_gradient", "approx_gradient",
         "numerical_diff_gradient", *NUMBERS),
        (
            probe("numerical_gradient/1", {"N": 5}, {"x": "N"}),
            probe("numerical_gradient/2", {"N": 3}, {"x": "N"}),
            probe("numerical_gradient/3", {"N": 8}, {"x": "N"}),
            probe("numerical_gradient/single", {"N": 1}, {"x": "N"}, AS_NUMBER, Role.EDGE),
            probe("numerical_gradient/column", {"N": 4, "K": 1}, {"x": "N K"}, AS_COLUMN,
                  Role.EDGE),
            probe("numerical_gradient/matrix", {"N": 3, "K": 4}, {"x": "N K"}, AS_MATRIX,
                  Role.OPTIONAL),
            probe("numerical_gradient/integers", {}, {"x": _WHOLE}, INTEGERS, Role.OPTIONAL),
        ),
        (
            CallStyle(_function_first, takes=_at(0)),
            CallStyle(_function_last, X_FIRST, _at(1)),
            *(CallStyle(_in_dictionary(first, reads), OF_DICTIONARY,
                        _takes_dictionary(int(not first), reads))
              for first in (True, False) for reads in (True, False)),
            *(CallStyle(_in_place(first), READ, _calls_with_nothing(int(not first)))
              for first in (True, False)),
            CallStyle(_numbers(True), ONE_BY_ONE, lambda s: _at(0)(s) and _of_numbers(s)),
            CallStyle(_numbers(False), ONE_BY_ONE, lambda s: _at(1)(s) and _of_numbers(s)),
        ),
        (
            *(Form(_central(h), convention=_step(h)) for h in STEPS if h > 1e-5),
            *(Form(_of_number(central, h), convention=_step(h)) for h in STEPS if h > 1e-5),
            *(_of_vectors(h) for h in STEPS if h > 1e-5),
            *(m for h in STEPS for of in (_each, _of_number) for m in _one_sided(of, h)),
            *(m for h in STEPS for m in _mistakes_of_number(h)),
            *(m for h in STEPS for m in _mistakes(h)),
        ),
        free=lambda trial: _SOLVED,
        never_right=_is_never_right,
        rare=lambda trial, arrangement: _SMALL_STEPS,
    ),
)  # fmt: skip
