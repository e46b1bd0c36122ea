"""§2: activation functions, as people write them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from compare.arithmetic.running_error import FORMATS, Bounded
from compare.cases import inputs
from compare.check.concept import CallStyle, Concept, Form, Probe, Role
from compare.check.fitting.moved_functions import of_activation
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.naming.schedule_parameters import ROLES
from compare.check.probes.classes import ONE as ONE_SAMPLE
from compare.check.probes.probe import probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.oracle import formulas

Formula = Callable[[Any], Any]  # number → number

WITH_CACHE = Text("returns a cache beside the output", "出力と一緒にキャッシュを返す")
_SLIDES = Text("step(0) = 1, as in the slides", "スライドと同じく step(0) = 1")
FROM_EXP = Text(
    "written with e^u and e^-u, which loses digits near 0",
    "e^u と e^-u による式（0 の近くで桁落ちします）",
)
FROM_TANH = Text(
    "written with tanh(u/2), which loses digits for u far below 0",
    "tanh(u/2) による式（大きな負の値で桁落ちします）",
)
WRITTEN = {
    "identity": "u",
    "relu": "max(0, u)",
    "sigmoid": "1 / (1 + e^-u)",
    "tanh": "(e^u - e^-u) / (e^u + e^-u)",
    "step_function": "1 if u > 0 else 0",
    "softmax": "e^(u_k) / sum_j e^(u_j)",
}
LEAKS = (0.01, 0.1, 0.2, 0.001, 0.02, 0.05, 0.3, 0.25)


def number(a: Any) -> Any:
    """Whole numbers, which stay plain, as numbers that carry their error."""
    if isinstance(a, np.ndarray):
        return Bounded.given(a.astype(np.float64), FORMATS["float64"])
    return a


def leaky(u: Any, slope: float) -> Any:
    """u where u > 0, else slope u."""
    return u.relu() - (-u).relu() * slope


def at_most(u: Any, bound: float) -> Any:
    """min(bound, u)."""
    return -((-u).at_least(-bound))


def tanh_from_exp(u: Any) -> Any:
    """(e^u - e^-u) / (e^u + e^-u)."""
    above, below = u.exp(), (-u).exp()
    return (above - below) / (above + below)


def tanh_that_cancels(u: Any) -> Any:
    """tanh(u), with the error of (e^u - e^-u) / (e^u + e^-u) where that does not overflow."""
    near = at_most(u.at_least(-300.0), 300.0)
    return u.tanh().widened(tanh_from_exp(near).error)


def sigmoid_from_tanh(u: Any) -> Any:
    """(tanh(u/2) + 1) / 2."""
    return ((u * 0.5).tanh() + 1.0) * 0.5


def step_from_zero(u: Any) -> Any:
    """1 where u >= 0, else 0."""
    return 1.0 - (-u).step()


def ones(u: Any) -> Any:
    """1 everywhere, exactly."""
    return (u * 0.0 + 1.0).exactly()


def _clipped(bound: float) -> Formula:
    return lambda u: at_most(u.at_least(-bound), bound).sigmoid()


_BASES = (2.0, 10.0, 2.7, 2.71, 2.718, 2.7182, 2.7183, 2.71828, 2.718281, 2.718282, 2.7182818,
          2.71828182, 2.71828183)  # fmt: skip


def _of_base(base: float) -> Formula:
    return lambda u: (u * math.log(base)).sigmoid()


def _tanh_without_brackets(u: Any) -> Any:
    above, below = u.exp(), (-u).exp()
    return above - below / above + below


def _coth(u: Any) -> Any:
    above, below = u.exp(), (-u).exp()
    return (above + below) / (above - below)


def _hard(scale: float, shift: float) -> Formula:
    return lambda u: at_most((u * scale + shift).at_least(0.0), 1.0)


OTHERS: dict[str, Formula] = {
    **formulas.ACTIVATIONS,
    "softplus": lambda u: (u.exp() + 1.0).log(),
    "swish": lambda u: u * u.sigmoid(),
    "elu": lambda u: u.relu() + (-((-u).relu())).exp() - 1.0,
    "abs": lambda u: u.abs(),
    "exp": lambda u: u.exp(),
    "min(0, u)": lambda u: -((-u).relu()),
    "max(0, -u)": lambda u: (-u).relu(),
    "sign": lambda u: u.step() - (-u).step(),
    "u²": lambda u: u * u,
    "log sigmoid": lambda u: u.sigmoid().log(),
}


_STEPS: dict[str, Formula] = {
    "1 if u > 0 else -1": lambda u: u.step() * 2.0 - 1.0,
    "1 if u >= 0 else -1": lambda u: step_from_zero(u) * 2.0 - 1.0,
    "1 if u <= 0 else 0": lambda u: 1.0 - u.step(),
    "1 if u < 0 else 0": lambda u: (-u).step(),
    "1 if u > 1 else 0": lambda u: (u - 1.0).step(),
    "1 if u > 0.5 else 0": lambda u: (u - 0.5).step(),
}


def mistakes_of(name: str) -> list[tuple[Formula, str, dict[str, str]]]:
    """What people compute in its place: the formula, the cause and its blanks."""
    own: dict[str, list[tuple[Formula, str, dict[str, str]]]] = {
        "relu": [
            *((lambda u, a=a: leaky(u, a), "relu_leaks", {"slope": f"{a:g}"}) for a in LEAKS),
            *((lambda u, c=c: at_most(u.relu(), c), "relu_capped", {"cap": f"{c:g}"})
              for c in (6.0, 1.0, 5.0)),
        ],
        "sigmoid": [
            (lambda u: (-u).sigmoid(), "exponent_sign", {}),
            (lambda u: (-u).exp() + 1.0, "brackets_missing", {"is": "1 / 1 + e^-u = 1 + e^-u"}),
            (lambda u: u.exp() * 2.0, "brackets_missing", {"is": "e^u / 1 + e^u = 2 e^u"}),
            (lambda u: u.sigmoid() * (1.0 - u.sigmoid()), "derivative_for_function",
             {"is": "z (1 - z)"}),
            *((_clipped(c), "clipped_too_narrow", {"bound": f"{c:g}"})
              for c in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)),
            *((_of_base(b), "other_function", {"other": f"1 / (1 + {b:.10g}^-u)"}) for b in _BASES),
            (_hard(0.2, 0.5), "hard_sigmoid", {"formula": "0.2 u + 0.5"}),
            (_hard(1 / 6, 0.5), "hard_sigmoid", {"formula": "u / 6 + 0.5"}),
            (_hard(0.5, 0.5), "hard_sigmoid", {"formula": "(u + 1) / 2"}),
            (_hard(0.25, 0.5), "hard_sigmoid", {"formula": "u / 4 + 0.5"}),
        ],
        "tanh": [
            (lambda u: tanh_from_exp(u * 0.5), "exponent_halved", {}),
            (_tanh_without_brackets, "brackets_missing", {"is": "e^u - (e^-u / e^u) + e^-u"}),
            (_coth, "quotient_inverted", {}),
            (lambda u: (u * 2.0).sigmoid() * 2.0, "other_function", {"other": "2 / (1 + e^-2u)"}),
            (lambda u: 1.0 - u.tanh() * u.tanh(), "derivative_for_function", {"is": "1 - z^2"}),
            (lambda u: -u.tanh(), "sign", {"what": "tanh", "formula": WRITTEN["tanh"]}),
            (lambda u: -tanh_from_exp(u), "sign", {"what": "tanh", "formula": WRITTEN["tanh"]}),
        ],
        "step_function": [
            (lambda u: (u.step() + step_from_zero(u)) * 0.5, "step_half_at_zero", {}),
            *((f, "other_function", {"other": o}) for o, f in _STEPS.items()),
        ],
        "identity": [
            (ones, "derivative_for_function", {"is": "1"}),
            (lambda u: -u, "sign", {"what": "u", "formula": "z = u"}),
        ],
    }  # fmt: skip
    blanks = {"formula": WRITTEN[name]}
    others = ((f, o) for o, f in OTHERS.items() if o != name)
    mine = [(f, cause, {**blanks, **said}) for f, cause, said in own.get(name, [])]
    return mine + [(f, "other_function", {**blanks, "other": o}) for f, o in others]


def one_array(s: Any) -> bool:
    """A function that has to be given one thing."""
    return s.found.kind == "function" and len(s.required) == 1


def rows(s: Any, a: Any) -> Any:
    """z of the samples as rows."""
    return {"z": s.call(a["u"])}


def with_cache(s: Any, a: Any) -> Any:
    """z, of a function that returns something for the way back beside it."""
    z, *cache = s.call(a["u"])
    if len(cache) != 1:
        raise ValueError(message("no pair of output and cache"))
    return {"z": z}


ARRANGEMENTS = (
    CallStyle(rows, takes=one_array),
    CallStyle(with_cache, WITH_CACHE, one_array),
)
KINKS = Text("u exactly 0", "u がちょうど 0")
SQUARE = Text("as many samples as features", "サンプル数と次元が同じ")
ONE_ROW = Text("a batch of one sample", "1 サンプルのバッチ")
ONE_COLUMN = Text("one feature", "次元が 1")
INTEGERS = Text("an array of integers", "整数の配列")
SATURATED = Text("values of ±1000", "±1000 の値")


def kinked(name: str, role: Role = Role.EDGE) -> Probe:
    """A probe with exact zeros of both signs."""
    return probe(f"{name}/kinks", {"N": 6, "K": 5}, {"u": inputs.with_kinks}, KINKS, role)


def shapes(name: str) -> tuple[Probe, ...]:
    """Probes of every shape that an activation takes."""
    integers: Any = lambda rng, sizes: rng.integers(1, 5, (3, 4))  # noqa: E731
    return (
        probe(f"{name}/square", {"N": 4, "K": 4}, {"u": "N K"}, SQUARE, Role.EDGE),
        probe(f"{name}/row", {"N": 1, "K": 4}, {"u": "N K"}, ONE_ROW, Role.EDGE),
        probe(f"{name}/column", {"N": 4, "K": 1}, {"u": "N K"}, ONE_COLUMN, Role.EDGE),
        probe(f"{name}/one", {"K": 4}, {"u": "K"}, ONE_SAMPLE, Role.OPTIONAL),
        probe(f"{name}/integers", {}, {"u": integers}, INTEGERS, Role.OPTIONAL),
        probe(f"{name}/saturated", {"N": 5, "K": 4}, {"u": inputs.saturated}, SATURATED,
              Role.EXTREME),
    )  # fmt: skip


def generic(name: str) -> tuple[Probe, ...]:
    """Ordinary numbers in three sizes, one of them reaching to ±9."""
    wide: Any = lambda rng, sizes: np.append(rng.uniform(-9, 9, 20), [8.5, -8.5]).reshape(2, 11)  # noqa: E731
    return (
        probe(f"{name}/1", {"N": 5, "K": 3}, {"u": "N K"}),
        probe(f"{name}/2", {"N": 7, "K": 4}, {"u": "N K"}),
        probe(f"{name}/wide", {}, {"u": wide}),
    )


def meaning(formula: Formula, cause: str = "", blanks: Any = None, said: Text | None = None) -> Any:
    """z = formula(u)."""
    return Form(lambda a: {"z": formula(number(a["u"]))}, cause, said, blanks or {})


_VAGUE = ("identity", "step_function")  # linear(x, w, b), step(net, x): other things are called so


def _may_be(name: str, s: Subject) -> bool:
    """Whether it takes one array alone, where other things are called so as well.

    linear(epoch, total=40, high=0.3) counts epochs, or has settings that change what it is given.
    """
    if name not in _VAGUE:
        return True
    settings = [p.default for p in s.found.parameters if not p.required and not p.variadic]
    changing = any(type(d) in (int, float) and d not in (0, 1) for d in settings)
    counts = any(plain(n) in ROLES["t"] for n in s.required)
    return len(s.required) < 2 and (name != "identity" or not (changing or counts))


def _elementwise(name: str, section: str, *names: str, flat: Any = None) -> Concept:
    right = [meaning(formulas.ACTIVATIONS[name])]
    kinks = kinked(name)
    if name == "sigmoid":
        right.append(meaning(sigmoid_from_tanh, said=FROM_TANH))
    if name == "tanh":
        right.append(meaning(tanh_that_cancels, said=FROM_EXP))
        kinks = kinked(name, Role.ORDINARY)
    if name == "step_function":
        right.append(meaning(step_from_zero, said=_SLIDES))
        kinks = kinked(name, Role.ORDINARY)
    wrong = [meaning(f, cause, blanks) for f, cause, blanks in mistakes_of(name)]
    return Concept(
        name,
        section,
        f"z = {WRITTEN[name]}",
        (name, *names),
        (*generic(name), kinks, *shapes(name)),
        ARRANGEMENTS,
        (*right, *wrong),
        lambda side, a: {"z": side.get(f"activations.{name}")(a["u"])},
        lambda s: s.found.kind == "function" and _may_be(name, s),
        free=(lambda trial: ())
        if name in _VAGUE
        else of_activation(formulas.ACTIVATIONS[name], meaning, WRITTEN[name], name),
    )


CONCEPTS = (
    _elementwise("identity", "§2", "linear"),
    _elementwise("relu", "§2", "ramp"),
    _elementwise("sigmoid", "§2", "sigma", "nonlin"),
    _elementwise("tanh", "§2"),
    _elementwise("step_function", "§2", "step", "step_forward", "threshold"),
)
