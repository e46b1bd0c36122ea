"""Adam for one step: right, right in another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compare.check.fitting.scaled_updates import bracketed_wrongly, misplaced
from compare.check.fitting.update_mistakes import common, exchanged, per_tensor, whole
from compare.check.fitting.update_steps import Number, Right, Rule, Step, Wrong
from compare.check.i18n.text import Text
from compare.oracle import formulas

_RATE_OF_STEP = Text(
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t), with epsilon on the raw sqrt v: "
    "no constant eps of torch.optim.Adam is equal (eps_t = eps/sqrt(1-b2^t))",
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t) で ε は補正前の sqrt v に加える: "
    "torch.optim.Adam の一定の eps とは等しくない（eps_t = eps/sqrt(1-b2^t)）",
)


def _moments(s: Step) -> tuple[Number, Number]:
    m = s.keep("m", _first(s))
    return m, s.keep("h", _second(s))


def _remains(s: Step, beta: float) -> Number:
    """1 - β^t for a t, or for one of each element."""
    power = beta**s.t
    return ((s.p * 0.0).exactly() + (1.0 - power)).widened((s.t + 1) * power * 2.0**-53)


def _adam_of(first: bool = True, second: bool = True, inside: bool = False) -> Rule:
    """Adam that corrects the first moment, the second, both or none."""

    def rule(s: Step) -> Number:
        m, v = _moments(s)
        m = m / _remains(s, s["beta1"]) if first else m
        v = v / _remains(s, s["beta2"]) if second else v
        root = (v + s["eps"]).sqrt() if inside else v.sqrt() + s["eps"]
        return s.p - m * s.lr / root

    return rule


def _rate_of_step_of(inside: bool = False) -> Rule:
    """p ← p - lr_t m / (√v + ε), lr_t = lr √(1-β2^t) / (1-β1^t)."""

    def rule(s: Step) -> Number:
        m, v = _moments(s)
        rate = _remains(s, s["beta2"]).sqrt() / _remains(s, s["beta1"]) * s.lr
        root = (v + s["eps"]).sqrt() if inside else v.sqrt() + s["eps"]
        return s.p - m * rate / root

    return rule


def _of_moments(first: Any = None, second: Any = None, root: bool = True) -> Rule:
    """Adam whose moments are updated otherwise."""

    def rule(s: Step) -> Number:
        m = s.keep("m", (first or _first)(s))
        v = s.keep("h", (second or _second)(s))
        v = v / _remains(s, s["beta2"])
        return s.p - m / _remains(s, s["beta1"]) * s.lr / ((v.sqrt() if root else v) + s["eps"])

    return rule


def _first(s: Step) -> Number:
    return formulas.average(s.last("m"), s.g, s["beta1"])


def _second(s: Step) -> Number:
    return formulas.average_of_squares(s.last("h"), s.g, s["beta2"])


def _corrected_and_kept(s: Step) -> Number:
    """The corrected moments are what is remembered."""
    m, v = _moments(s)
    m = s.keep("m", m / _remains(s, s["beta1"]))
    v = s.keep("h", v / _remains(s, s["beta2"]))
    return s.p - m * s.lr / (v.sqrt() + s["eps"])


def _corrected_by(first: Callable[[Step], Number], second: Callable[[Step], Number]) -> Rule:
    """Adam whose moments are multiplied by these in place of 1 / (1 - β^t)."""

    def rule(s: Step) -> Number:
        m, v = _moments(s)
        return s.p - m * first(s) * s.lr / ((v * second(s)).sqrt() + s["eps"])

    return rule


def _abs_root(first: Callable[[Step], Number], second: Callable[[Step], Number]) -> Rule:
    """The same divided, with the root of a magnitude, which is what hides the NaN."""

    def rule(s: Step) -> Number:
        m, v = _moments(s)
        return s.p - m / first(s) * s.lr / ((v / second(s)).abs().sqrt() + s["eps"])

    return rule


def _inverse(of: Callable[[Step], Number]) -> Callable[[Step], Number]:
    return lambda s: 1.0 / of(s)


def _remains_of(name: str) -> Callable[[Step], Number]:
    return lambda s: _remains(s, s[name])


def _product(name: str) -> Callable[[Step], Number]:
    """1 - β t."""
    return lambda s: (s.p * 0.0).exactly() + (1.0 - s[name] * s.t)


def _one_memory(s: Step) -> Number:
    """m and v are one object: each is updated from the other."""
    s.keep("m", formulas.average(s.last("m"), s.g, s["beta1"]))
    both = s.keep("m", formulas.average_of_squares(s.last("m"), s.g, s["beta2"]))
    m, v = both / _remains(s, s["beta1"]), both / _remains(s, s["beta2"])
    return s.p - m * s.lr / (v.sqrt() + s["eps"])


def _rate_without_root(s: Step) -> Number:
    m, v = _moments(s)
    rate = _remains(s, s["beta2"]) / _remains(s, s["beta1"]) * s.lr
    return s.p - m * rate / (v.sqrt() + s["eps"])


def _squares_of_m(s: Step) -> Number:
    m = s.keep("m", _first(s))
    v = s.keep("h", formulas.average_of_squares(s.last("h"), m, s["beta2"]))
    v = v / _remains(s, s["beta2"])
    return s.p - m / _remains(s, s["beta1"]) * s.lr / (v.sqrt() + s["eps"])


def _without_m(s: Step) -> Number:
    _, v = _moments(s)
    return s.p - s.g * s.lr / ((v / _remains(s, s["beta2"])).sqrt() + s["eps"])


def _second_corrected(s: Step) -> Number:
    return s.keep("h", _second(s)) / _remains(s, s["beta2"])


def _first_corrected(s: Step) -> Number:
    return s.keep("m", _first(s)) / _remains(s, s["beta1"])


def _of_tensor(mean: bool) -> Callable[[Step], Number]:
    def second(s: Step) -> Number:
        total = whole(s.g * s.g, s)
        total = total / whole((s.p * 0.0).exactly() + 1.0, s) if mean else total
        return formulas.average(s.last("h"), total, s["beta2"])

    return second


def _abs_of_average(s: Step) -> Number:
    """|v| where g was not squared: its root is taken of the magnitude."""
    m, v = s.keep("m", _first(s)), s.keep("h", formulas.average(s.last("h"), s.g, s["beta2"]))
    v = (v / _remains(s, s["beta2"])).abs()
    return s.p - m / _remains(s, s["beta1"]) * s.lr / (v.sqrt() + s["eps"])


def decay_divided(s: Step) -> Number:
    """λ p is divided by √v̂ + ε together with m̂."""
    m, v = _first_corrected(s) + s.p * s["decay"], _second_corrected(s)
    return s.p - m * s.lr / (v.sqrt() + s["eps"])


_adam, _rate_of_step = _adam_of(), _rate_of_step_of()
_B1, _B2 = _remains_of("beta1"), _remains_of("beta2")
_CORRECTIONS: tuple[tuple[str, Any, Any, dict[str, str]], ...] = (
    ("correction_product", _inverse(_product("beta1")), _inverse(_product("beta2")), {}),
    ("correction_multiplied", _B1, _B2, {}),
    ("correction_beta", _inverse(_B2), _inverse(_B1), {"of": "m", "beta": "b2"}),
    ("correction_beta", _inverse(_B2), _inverse(_B2), {"of": "m", "beta": "b2"}),
    ("correction_beta", _inverse(_B1), _inverse(_B1), {"of": "v", "beta": "b1"}),
)
ADAM = [Right(_adam), Right(_rate_of_step, _RATE_OF_STEP)]
WRONG_ADAM = [
    Wrong("epsilon_inside_root", _adam_of(inside=True)),
    Wrong("epsilon_inside_root", _rate_of_step_of(inside=True)),
    Wrong("no_bias_correction", _adam_of(False, False), {"which": Text("m and v", "m と v")}),
    Wrong("no_bias_correction", _adam_of(True, False), {"which": "v"}),
    Wrong("no_bias_correction", _adam_of(False, True), {"which": "m"}),
    Wrong("no_bias_correction", _adam_of(False, False, True), {"which": Text("m and v", "m と v")}),
    Wrong("no_bias_correction", _adam_of(True, False, True), {"which": "v"}),
    *misplaced(lambda average: _of_moments(second=average), "v", "beta2"),
    *misplaced(lambda average: _of_moments(first=average), "m", "beta1", squared=False),
    Wrong("corrected_and_kept", _corrected_and_kept),
    *(Wrong(cause, _corrected_by(a, b), blanks) for cause, a, b, blanks in _CORRECTIONS),
    Wrong("correction_product", _abs_root(_product("beta1"), _product("beta2"))),
    Wrong("one_memory", _one_memory),
    Wrong("rate_without_root", _rate_without_root),
    Wrong("squares_of_m", _squares_of_m),
    Wrong("without_m", _without_m),
    Wrong("state_lost", lambda s: _adam(s.but(t=1, memory={}))),
    *bracketed_wrongly(_second_corrected, _first_corrected),
    Wrong("one_number_a_tensor", _of_moments(second=_of_tensor(False))),
    Wrong("one_number_a_tensor", _of_moments(second=_of_tensor(True))),
    Wrong("not_squared", _abs_of_average),
    Wrong("not_squared", _of_moments(second=lambda s: formulas.average(s.last("h"), s.g, s["beta2"]))),
    Wrong("leaky_sum", _of_moments(first=lambda s: s.last("m") * s["beta1"] + s.g), {"name": "m", "beta": "b1", "g": "g"}),
    Wrong("leaky_sum", _of_moments(second=lambda s: s.last("h") * s["beta2"] + s.g * s.g), {"name": "v", "beta": "b2", "g": "g^2"}),
    Wrong("no_root", _of_moments(root=False)),
    Wrong("accumulates", _of_moments(second=lambda s: s.last("h") + s.g * s.g)),
    *(
        Wrong(cause, change(rule), blanks)
        for rule in (_adam, _rate_of_step)
        for cause, change, blanks in (
            ("betas_swapped", lambda r: exchanged(r, beta1="beta2", beta2="beta1"), None),
            ("one_beta", lambda r: exchanged(r, beta2="beta1"), {"which": "b1"}),
            ("one_beta", lambda r: exchanged(r, beta1="beta2"), {"which": "b2"}),
            ("step_count", lambda r: lambda s: r(s.but(t=s.t - 1)), {"first": "0"}),
            ("step_count", lambda r: lambda s: r(s.but(t=s.t + 1)), {"first": "2"}),
            ("step_fixed", lambda r: lambda s: r(s.but(t=1)), None),
            ("step_per_tensor", per_tensor, None),
        )
    ),
    Wrong("shared_state", lambda s: _shared_step(s), shared=True),
    *common([r.rule for r in ADAM]),
]  # fmt: skip


def _shared_step(s: Step) -> Number:
    """One memory and one count of steps for all tensors."""
    t = s.memory["t"] = s.memory.get("t", 0) + 1
    return _adam(s.but(t=t))
