"""SGD, Momentum and Nesterov for one step: right, of another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable

from compare.check.fitting.update_mistakes import common, opposed, with_anothers_gradient
from compare.check.fitting.update_steps import Number, Right, Rule, Step, Wrong
from compare.check.i18n.text import Text
from compare.oracle import formulas

_INSIDE_LR = Text(
    "v = mu v - lr g, p = p + v, with lr inside v: "
    "torch.optim.SGD(momentum=mu) at a constant lr only",
    "v = mu v - lr g, p = p + v（lr が v の中）: "
    "lr が一定のときだけ torch.optim.SGD(momentum=mu) と同じ",
)
_AVERAGE = Text(
    "v = b v + (1-b) g, p = p - lr v: torch.optim.SGD(lr * (1-b), momentum=b)",
    "v = b v + (1-b) g, p = p - lr v: torch.optim.SGD(lr * (1-b), momentum=b) と同じ",
)
_AVERAGE_INSIDE_LR = Text(
    "v = b v + (1-b) lr g, p = p - v: "
    "torch.optim.SGD(lr * (1-b), momentum=b) at a constant lr only",
    "v = b v + (1-b) lr g, p = p - v: "
    "lr が一定のときだけ torch.optim.SGD(lr * (1-b), momentum=b) と同じ",
)
_DAMPENED = Text(
    "v = b v + (1-b) g from v = g on: torch.optim.SGD(momentum=b, dampening=b)",
    "最初は v = g、以後 v = b v + (1-b) g: torch.optim.SGD(momentum=b, dampening=b) と同じ",
)
_NESTEROV_AHEAD = Text(
    "it asks for the gradient at p + mu v, as Nesterov does; torch's p is what that is here",
    "Nesterov と同じく p + mu v での勾配を使う形（torch の p はその先読みした点にあたる）",
)
_NESTEROV_INSIDE_LR = Text(
    "lr inside v: torch.optim.SGD(momentum=mu, nesterov=True) at a constant lr only",
    "lr が v の中: lr が一定のときだけ torch.optim.SGD(momentum=mu, nesterov=True) と同じ",
)


def _sgd(s: Step) -> Number:
    return formulas.sgd(s.p, s.g, s.lr)


def _buffer(s: Step) -> Number:
    return s.keep("m", formulas.momentum_buffer(s.last("m"), s.g, s["momentum"]))


def _momentum(s: Step) -> Number:
    return formulas.sgd(s.p, _buffer(s), s.lr)


def _velocity(s: Step) -> Number:
    """v ← μ v - lr g."""
    return s.keep("m", s.last("m") * s["momentum"] - s.g * s.lr)


def _averaged(s: Step) -> Number:
    return formulas.sgd(s.p, s.keep("m", formulas.average(s.last("m"), s.g, s["momentum"])), s.lr)


def _averaged_inside(s: Step) -> Number:
    return s.p - s.keep("m", formulas.average(s.last("m"), s.g * s.lr, s["momentum"]))


def _dampened(s: Step) -> Number:
    return _averaged(s) if "m" in s.memory else formulas.sgd(s.p, s.keep("m", s.g), s.lr)


def _nesterov(s: Step) -> Number:
    return formulas.nesterov(s.p, s.g, s.lr, _buffer(s), s["momentum"])


def _nesterov_inside(s: Step) -> Number:
    return s.p + _velocity(s) * s["momentum"] - s.g * s.lr


def _velocity_first(s: Step) -> Number:
    """p ← p + μ² v - (1+μ) lr g with the v of this step in place of the one before."""
    v, mu = _velocity(s), s["momentum"]
    return s.p + v * (mu * mu) - s.g * s.lr * (1 + mu)


SGD = [Right(_sgd)]
WRONG_SGD = [*common([_sgd], remembers=False), *with_anothers_gradient(_sgd)]

MOMENTUM = [
    Right(_momentum),
    Right(lambda s: s.p + _velocity(s), _INSIDE_LR),
    Right(_averaged, _AVERAGE),
    Right(_averaged_inside, _AVERAGE_INSIDE_LR),
    Right(_dampened, _DAMPENED),
]


def _weights_exchanged(s: Step) -> Number:
    m = s.keep("m", formulas.average(s.last("m"), s.g, 1 - s["momentum"]))
    return formulas.sgd(s.p, m, s.lr)


def _late(s: Step) -> Number:
    """p ← p + v with the v of before this step."""
    v = (s.p * 0.0).exactly() + s.last("m")
    _velocity(s)
    return s.p + v


def _buffer_late(s: Step) -> Number:
    m = (s.p * 0.0).exactly() + s.last("m")
    _buffer(s)
    return s.p - m * s.lr


def _averaged_twice(s: Step) -> Number:
    m = s.keep("m", formulas.average(s.last("m"), s.g, s["momentum"]))
    return s.p - m * (1 - s["momentum"]) * s.lr


def _kept_gradient(rule: Rule) -> Rule:
    """The first state is the gradient's own array: the second gradient is written into it."""

    def kept(s: Step) -> Number:
        if s.reused and s.t == 2:
            s.keep("m", s.g)
        return rule(s)

    return kept


def _changed_gradient(s: Step) -> Number:
    """The same, where the state is changed in place: v *= mu; v += g, both of one array."""
    if s.reused:
        return formulas.sgd(s.p, s.g * s["momentum"] * 2.0, s.lr)
    return _momentum(s)


WRONG_MOMENTUM = [
    Wrong("velocity_late", _late),
    Wrong("velocity_late", _buffer_late),
    Wrong("weighted_twice", _averaged_twice),
    Wrong("momentum_on_gradient", lambda s: s.p + _velocity(s.but(lr=s.lr * s["momentum"]))),
    Wrong("momentum_on_gradient", lambda s: _momentum(s.but(g=s.g * s["momentum"]))),
    Wrong("gradient_twice", lambda s: s.p - (_buffer(s) + s.g) * s.lr),
    Wrong("gradient_twice", lambda s: s.p + _velocity(s) - s.g * s.lr),
    Wrong("momentum_sign", opposed(_momentum)),
    Wrong("state_lost", _sgd),
    Wrong("climbs", lambda s: s.p - _velocity(s)),
    Wrong("lr_twice", lambda s: s.p + _velocity(s) * s.lr),
    Wrong("climbs", lambda s: s.p - _velocity(s) * s.lr),
    Wrong("beta_exchanged", _weights_exchanged, {"right": "v = b v + (1-b) g"}),
    *common([r.rule for r in MOMENTUM]),
    *(Wrong("keeps_gradient", _kept_gradient(rule)) for rule in (_momentum, _dampened)),
    Wrong("keeps_gradient", _changed_gradient),
]


def _look_ahead(reach: Callable[[float], float], inside: bool = True) -> Rule:
    """v ← μ v - lr g(p + reach(μ) v),  p ← p + v; or with lr beside v."""

    def rule(s: Step) -> Number:
        old, mu, lr = s.last("m"), s["momentum"], s.lr
        if inside:
            return s.p + s.keep("m", old * mu - s.gradient_at(s.p + old * reach(mu)) * lr)
        return s.p - s.keep("m", old * mu + s.gradient_at(s.p - old * (reach(mu) * lr))) * lr

    return rule


AHEAD = [
    Right(_look_ahead(lambda mu: mu), _NESTEROV_AHEAD),
    Right(_look_ahead(lambda mu: mu, inside=False), _NESTEROV_AHEAD),
]
WRONG_AHEAD = [
    *(
        Wrong(cause, _look_ahead(reach, inside))
        for inside in (True, False)
        for cause, reach in (
            ("look_ahead_back", lambda mu: -mu),
            ("no_look_ahead", lambda mu: 0.0),
            ("look_ahead_too_far", lambda mu: 1.0),
        )
    ),
    *common([r.rule for r in AHEAD]),
]
NESTEROV = [Right(_nesterov), Right(_nesterov_inside, _NESTEROV_INSIDE_LR)]


def _terms(before: Callable[[float], float], now: Callable[[float], float]) -> Rule:
    """p ← p + before(μ) v - now(μ) lr g with the v of before this step."""

    def rule(s: Step) -> Number:
        v, mu = s.last("m"), s["momentum"]
        p = s.p + v * before(mu) - s.g * s.lr * now(mu)
        _velocity(s)
        return p

    return rule


def _both_velocities(before: Callable[[float], float], now: Callable[[float], float]) -> Rule:
    """p ← p + before(μ) v_before + now(μ) v."""

    def rule(s: Step) -> Number:
        old, mu = (s.p * 0.0).exactly() + s.last("m"), s["momentum"]
        return s.p + old * before(mu) + _velocity(s) * now(mu)

    return rule


WRONG_NESTEROV = [
    *(
        Wrong("nesterov_terms", rule, {"what": what})
        for what, rule in (
            ("mu v -> mu^2 v", _terms(lambda mu: mu, lambda mu: 1 + mu)),
            ("- mu^2 v -> + mu^2 v", _terms(lambda mu: -mu * mu, lambda mu: 1 + mu)),
            ("1 - mu -> 1 + mu", _terms(lambda mu: mu * mu, lambda mu: 1 - mu)),
            ("lr g -> (1+mu) lr g", _terms(lambda mu: mu * mu, lambda mu: 1.0)),
            ("+ mu v_before -> - mu v_before", _both_velocities(lambda mu: mu, lambda mu: 1 + mu)),
            ("1 - mu -> 1 + mu", _both_velocities(lambda mu: -mu, lambda mu: 1 - mu)),
            (
                "(1+mu) v -> g + mu m, or - mu v_before + (1+mu) v",
                _both_velocities(lambda mu: 0.0, lambda mu: 1 + mu),
            ),
            ("g - mu m -> g + mu m", lambda s: s.p - (s.g - _buffer(s) * s["momentum"]) * s.lr),
            ("+ lr g -> - lr g", lambda s: s.p + _velocity(s) * s["momentum"] + s.g * s.lr),
        )
    ),
    Wrong("no_look_ahead", _momentum),
    Wrong("no_look_ahead", lambda s: s.p + _velocity(s)),
    Wrong("nesterov_order", _velocity_first),
    Wrong("nesterov_without_gradient", lambda s: s.p + _velocity(s) * s["momentum"]),
    Wrong("momentum_sign", opposed(_nesterov)),
    Wrong("state_lost", _sgd),
    *common([r.rule for r in NESTEROV]),
    Wrong("keeps_gradient", _kept_gradient(_nesterov)),
]
