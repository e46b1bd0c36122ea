"""Adam for one step: right, right in another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable

from compare.check.fitting.scaled_updates import bracketed_wrongly, misplaced
from compare.check.fitting.update_mistakes import common, exchanged, over_tensor, per_tensor
from compare.check.fitting.update_steps import Number, Right, Rule, Step, Wrong
from compare.check.i18n.text import Text
from compare.oracle import formulas

_RATE_OF_STEP = Text(
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t), with epsilon on the raw sqrt v: "
    "no constant eps of torch.optim.Adam is equal (eps_t = eps/sqrt(1-b2^t))",
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t) で ε は補正前の sqrt v に加える: "
    "torch.optim.Adam の一定の eps とは等しくない（eps_t = eps/sqrt(1-b2^t)）",
)


Part = Callable[[Step], Number]
Root = Callable[[Number, float], Number]  # (v, ε) → what the step is divided by


def _remains(s: Step, beta: float) -> Number:
    """1 - β^t for a t, or for one of each element."""
    power = beta**s.t
    return ((s.p * 0.0).exactly() + (1.0 - power)).widened((s.t + 1) * power * 2.0**-53)


def _first(s: Step) -> Number:
    return formulas.average(s.last("m"), s.g, s["beta1"])


def _second(s: Step) -> Number:
    return formulas.average_of_squares(s.last("h"), s.g, s["beta2"])


def _rest(part: Part, name: str) -> Part:
    """1 - β in place of β in one average."""
    return lambda s: part(s.but(settings={**s.settings, name: 1.0 - s[name]}))


def _second_of_g(s: Step) -> Number:
    """g where g² is meant."""
    return formulas.average(s.last("h"), s.g, s["beta2"])


def _b1(s: Step) -> Number:
    return _remains(s, s["beta1"])


def _b2(s: Step) -> Number:
    return _remains(s, s["beta2"])


def _product(name: str) -> Part:
    """1 - β t."""
    return lambda s: (s.p * 0.0).exactly() + (1.0 - s[name] * s.t)


def _inverse(of: Part) -> Part:
    return lambda s: 1.0 / of(s)


_OUTSIDE: Root = lambda v, eps: v.sqrt() + eps  # noqa: E731
_INSIDE: Root = lambda v, eps: (v + eps).sqrt()  # noqa: E731
_NO_ROOT: Root = lambda v, eps: v + eps  # noqa: E731
_OF_MAGNITUDE: Root = lambda v, eps: v.abs().sqrt() + eps  # noqa: E731  # which hides the NaN


def _adam_of(
    first: Part = _first, second: Part = _second, under_m: Part | None = _b1,
    under_v: Part | None = _b2, root: Root = _OUTSIDE,
) -> Rule:  # fmt: skip
    """Adam of two moments, each divided by what corrects it, if anything does."""

    def rule(s: Step) -> Number:
        m, v = s.keep("m", first(s)), s.keep("h", second(s))
        m = m / under_m(s) if under_m else m
        v = v / under_v(s) if under_v else v
        return s.p - m * s.lr / root(v, s["eps"])

    return rule


def _rate_of_step_of(root: Root = _OUTSIDE) -> Rule:
    """p ← p - lr_t m / (√v + ε), lr_t = lr √(1-β2^t) / (1-β1^t)."""
    return _adam_of(under_m=lambda s: _b1(s) / _b2(s).sqrt(), under_v=None, root=root)


def _corrected_and_kept(s: Step) -> Number:
    """The corrected moments are what is remembered."""
    m, v = s.keep("m", _first(s)), s.keep("h", _second(s))
    m, v = s.keep("m", m / _b1(s)), s.keep("h", v / _b2(s))
    return s.p - m * s.lr / (v.sqrt() + s["eps"])


def _one_memory(s: Step) -> Number:
    """m and v are one object: each is updated from the other."""
    s.keep("m", _first(s))
    both = s.keep("m", formulas.average_of_squares(s.last("m"), s.g, s["beta2"]))
    return s.p - both / _b1(s) * s.lr / ((both / _b2(s)).sqrt() + s["eps"])


def _of_tensor(mean: bool) -> Part:
    return lambda s: formulas.average(s.last("h"), over_tensor(s, mean), s["beta2"])


def _first_corrected(s: Step) -> Number:
    return s.keep("m", _first(s)) / _b1(s)


def _second_corrected(s: Step) -> Number:
    return s.keep("h", _second(s)) / _b2(s)


def decay_divided(s: Step) -> Number:
    """λ p is divided by √v̂ + ε together with m̂."""
    m, v = _first_corrected(s) + s.p * s["decay"], _second_corrected(s)
    return s.p - m * s.lr / (v.sqrt() + s["eps"])


_adam, _rate_of_step = _adam_of(), _rate_of_step_of()
_BOTH = Text("m and v", "m と v")
_CORRECTIONS: tuple[tuple[str, Part, Part, Root, dict[str, str]], ...] = (
    ("correction_product", _product("beta1"), _product("beta2"), _OUTSIDE, {}),
    ("correction_product", _product("beta1"), _product("beta2"), _OF_MAGNITUDE, {}),
    ("correction_product", _product("beta1"), _b2, _OUTSIDE, {}),
    ("correction_product", _b1, _product("beta2"), _OUTSIDE, {}),
    ("correction_product", _b1, _product("beta2"), _OF_MAGNITUDE, {}),
    ("correction_multiplied", _inverse(_b1), _inverse(_b2), _OUTSIDE, {}),
    ("correction_beta", _b2, _b1, _OUTSIDE, {"of": "m", "beta": "b2"}),
    ("correction_beta", _b2, _b2, _OUTSIDE, {"of": "m", "beta": "b2"}),
    ("correction_beta", _b1, _b1, _OUTSIDE, {"of": "v", "beta": "b1"}),
)


_EXCHANGED = (_rest(_first, "beta1"), _rest(_second, "beta2"))
_AVERAGES = ({"right": "m = b1 m + (1-b1) g"}, {"right": "v = b2 v + (1-b2) g^2"},
             {"right": "m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2"})  # fmt: skip


def _shared_step(s: Step) -> Number:
    """One memory and one count of steps for all tensors."""
    t = s.memory["t"] = s.memory.get("t", 0) + 1
    return _adam(s.but(t=t))


ADAM = [Right(_adam), Right(_rate_of_step, _RATE_OF_STEP)]
WRONG_ADAM = [
    Wrong("epsilon_inside_root", _adam_of(root=_INSIDE)),
    Wrong("epsilon_inside_root", _rate_of_step_of(_INSIDE)),
    Wrong("no_bias_correction", _adam_of(under_m=None, under_v=None), {"which": _BOTH}),
    Wrong("no_bias_correction", _adam_of(under_v=None), {"which": "v"}),
    Wrong("no_bias_correction", _adam_of(under_m=None), {"which": "m"}),
    *(
        Wrong("no_bias_correction", exchanged(_adam_of(under_m=None, under_v=None), **{of: by}),
              {"which": _BOTH}, further=(("one_beta", {"which": said}),))
        for of, by, said in (("beta2", "beta1", "b1"), ("beta1", "beta2", "b2"))
    ),
    Wrong("no_bias_correction", _adam_of(under_m=None, under_v=None, root=_INSIDE),
          {"which": _BOTH}),
    Wrong("no_bias_correction", _adam_of(under_v=None, root=_INSIDE), {"which": "v"}),
    *misplaced(lambda average: _adam_of(second=average), "v", "beta2"),
    *misplaced(lambda average: _adam_of(first=average), "m", "beta1", squared=False),
    Wrong("corrected_and_kept", _corrected_and_kept),
    *(Wrong(cause, _adam_of(under_m=m, under_v=v, root=root), said)
      for cause, m, v, root, said in _CORRECTIONS),
    *(
        Wrong("beta_exchanged", _adam_of(first, second, root=root), said)
        for root in (_OUTSIDE, _INSIDE)
        for first, second, said in zip(
            (_EXCHANGED[0], _first, _EXCHANGED[0]), (_second, _EXCHANGED[1], _EXCHANGED[1]),
            _AVERAGES, strict=True,
        )
    ),
    Wrong("one_memory", _one_memory),
    Wrong("rate_without_root", _adam_of(under_m=lambda s: _b1(s) / _b2(s), under_v=None)),
    # what was remembered last is the m of this step
    Wrong("squares_of_m", _adam_of(
        second=lambda s: formulas.average_of_squares(s.last("h"), s.last("m"), s["beta2"]))),
    Wrong("without_m", _adam_of(first=lambda s: s.g, under_m=None)),
    Wrong("state_lost", lambda s: _adam(s.but(t=1, memory={}))),
    *bracketed_wrongly(_second_corrected, _first_corrected),
    Wrong("one_number_a_tensor", _adam_of(second=_of_tensor(False))),
    Wrong("one_number_a_tensor", _adam_of(second=_of_tensor(True))),
    Wrong("not_squared", _adam_of(second=_second_of_g, root=_OF_MAGNITUDE)),
    Wrong("not_squared", _adam_of(second=_second_of_g)),
    Wrong("leaky_sum", _adam_of(first=lambda s: s.last("m") * s["beta1"] + s.g),
          {"name": "m", "beta": "b1", "g": "g"}),
    Wrong("leaky_sum", _adam_of(second=lambda s: s.last("h") * s["beta2"] + s.g * s.g),
          {"name": "v", "beta": "b2", "g": "g^2"}),
    Wrong("no_root", _adam_of(root=_NO_ROOT)),
    Wrong("accumulates", _adam_of(second=lambda s: s.last("h") + s.g * s.g)),
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
    Wrong("shared_state", _shared_step, shared=True),
    *common([r.rule for r in ADAM]),
]  # fmt: skip
