"""The update rules of §4 for one step: right, right in another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compare import formulas
from compare.submission.concepts.update_chains import Number, Right, Rule, Step, Wrong
from compare.submission.texts import Text

_INSIDE_LR = Text(
    "v = mu v - lr g, p = p + v, with lr inside v: torch.optim.SGD(momentum=mu) at a constant lr only",
    "v = mu v - lr g, p = p + v（lr が v の中）: lr が一定のときだけ torch.optim.SGD(momentum=mu) と同じ",
)
_AVERAGE = Text(
    "v = b v + (1-b) g, p = p - lr v: torch.optim.SGD(lr * (1-b), momentum=b)",
    "v = b v + (1-b) g, p = p - lr v: torch.optim.SGD(lr * (1-b), momentum=b) と同じ",
)
_AVERAGE_INSIDE_LR = Text(
    "v = b v + (1-b) lr g, p = p - v: torch.optim.SGD(lr * (1-b), momentum=b) at a constant lr only",
    "v = b v + (1-b) lr g, p = p - v: lr が一定のときだけ torch.optim.SGD(lr * (1-b), momentum=b) と同じ",
)
_DAMPENED = Text(
    "v = b v + (1-b) g from v = g on: torch.optim.SGD(momentum=b, dampening=1-b)",
    "最初は v = g、以後 v = b v + (1-b) g: torch.optim.SGD(momentum=b, dampening=1-b) と同じ",
)
_NESTEROV_INSIDE_LR = Text(
    "lr inside v: torch.optim.SGD(momentum=mu, nesterov=True) at a constant lr only",
    "lr が v の中: lr が一定のときだけ torch.optim.SGD(momentum=mu, nesterov=True) と同じ",
)
_ADAGRAD_INSIDE = Text(
    "epsilon inside the root: torch.optim.Adagrad(initial_accumulator_value=eps, eps=0)",
    "ε が平方根の中: torch.optim.Adagrad(initial_accumulator_value=eps, eps=0) と同じ",
)
_RMSPROP_INSIDE = Text(
    "epsilon inside the root, as in TensorFlow: no setting of torch.optim.RMSprop is equal",
    "ε が平方根の中（TensorFlow と同じ）: torch.optim.RMSprop に等しい設定はない",
)
_RATE_OF_STEP = Text(
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t), with epsilon on the raw sqrt v: "
    "no constant eps of torch.optim.Adam is equal (eps_t = eps/sqrt(1-b2^t))",
    "lr_t = lr sqrt(1-b2^t)/(1-b1^t) で ε は補正前の sqrt v に加える: "
    "torch.optim.Adam の一定の eps とは等しくない（eps_t = eps/sqrt(1-b2^t)）",
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


def _sum_of_squares(s: Step) -> Number:
    return s.keep("h", formulas.sum_of_squares(s.last("h"), s.g))


def _mean_of_squares(s: Step, rho: float | None = None) -> Number:
    rho = s["rho"] if rho is None else rho
    return s.keep("h", formulas.average_of_squares(s.last("h"), s.g, rho))


def _leaky_sum(s: Step) -> Number:
    """h ← ρ h + g², without (1-ρ)."""
    return s.keep("h", s.last("h") * s["rho"] + s.g * s.g)


def _outside(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: formulas.over_root(s.p, s.g, s.lr, squares(s), s["eps"])


def _inside(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: s.p - s.g * s.lr / (squares(s) + s["eps"]).sqrt()


def _without_root(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: s.p - s.g * s.lr / (squares(s) + s["eps"])


def _both_roots(step: Callable[[Step, Number, Number], Number]) -> Rule:
    """Adadelta whose Δ is ``step`` of (step, sum of Δ², sum of g²)."""

    def rule(s: Step) -> Number:
        h = _mean_of_squares(s)
        delta = step(s, s.last("s"), h)
        s.keep("s", formulas.average_of_squares(s.last("s"), delta, s["rho"]))
        return formulas.sgd(s.p, delta, s.lr)

    return rule


def _delta(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return formulas.adadelta_step(s.g, of_steps, of_gradients, s["eps"])


def _eps_outside(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return (of_steps.sqrt() + s["eps"]) / (of_gradients.sqrt() + s["eps"]) * s.g


def _without_eps(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return of_steps.sqrt() / (of_gradients + s["eps"]).sqrt() * s.g


def _steps_first(s: Step) -> Number:
    """The sum of Δ² is updated with the Δ of before it is used, by g²."""
    h, eps = _mean_of_squares(s), s["eps"]
    kept = s.keep("s", formulas.average_of_squares(s.last("s"), s.last("delta"), s["rho"]))
    delta = s.keep("delta", formulas.adadelta_step(s.g, kept, h, eps))
    return formulas.sgd(s.p, delta, s.lr)


def _gradients_after(s: Step) -> Number:
    """Δ from the sum of g² of the step before."""
    h = s.last("h")
    delta = formulas.adadelta_step(s.g, s.last("s"), h, s["eps"])
    s.keep("s", formulas.average_of_squares(s.last("s"), delta, s["rho"]))
    _mean_of_squares(s)
    return formulas.sgd(s.p, delta, s.lr)


def _squares_of_gradient_twice(s: Step) -> Number:
    """The sum of Δ² is fed with g²."""
    h, old = _mean_of_squares(s), s.last("s")
    s.keep("s", formulas.average_of_squares(old, s.g, s["rho"]))
    return formulas.sgd(s.p, formulas.adadelta_step(s.g, old, h, s["eps"]), s.lr)


def _moments(s: Step) -> tuple[Number, Number]:
    m = s.keep("m", formulas.average(s.last("m"), s.g, s["beta1"]))
    return m, _mean_of_squares(s, s["beta2"])


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


def _ones(s: Step) -> Number:
    return (s.p * 0.0).exactly() + 1.0


def _only(rule: Rule, place: int) -> Rule:
    """The rule for the tensor of that number only."""

    def masked(s: Step) -> Number:
        mask = (s.place == place % 4).astype(np.float64)
        return rule(s) * mask + s.p * (1.0 - mask)

    return masked


def _clipped(rule: Rule, bound: float) -> Rule:
    return lambda s: rule(s.but(g=-((-(s.g.at_least(-bound))).at_least(-bound))))


def _per_tensor(rule: Rule) -> Rule:
    """t goes on with every tensor, not with every step."""
    return lambda s: rule(s.but(t=(s.t - 1) * 4.0 + s.place + 1.0))


def _settings(rule: Rule, **of: str) -> Rule:
    """Settings by the names of others: beta1="beta2"."""
    return lambda s: rule(s.but(settings={**s.settings, **{n: s[o] for n, o in of.items()}}))


def common(rules: Sequence[Rule], remembers: bool = True) -> list[Wrong]:
    """Mistakes that any rule may have."""
    found = [Wrong("never_moves", lambda s: s.p)]
    for rule in rules:
        found += [
            Wrong("climbs", lambda s, r=rule: r(s.but(lr=-s.lr))),
            Wrong("lr_missing", lambda s, r=rule: r(s.but(lr=1.0))),
            Wrong("lr_twice", lambda s, r=rule: r(s.but(lr=s.lr * s.lr))),
            Wrong("only_one_tensor", _only(rule, 0), {"which": "first"}),
            Wrong("only_one_tensor", _only(rule, -1), {"which": "last"}),
            Wrong("divides_by_rows", lambda s, r=rule: r(s.but(g=s.g / s.rows))),
            *(Wrong("clips", _clipped(rule, c), {"bound": f"{c:g}"}) for c in (1.0, 0.5, 5.0)),
            *(
                Wrong("decays_weights", lambda s, r=rule, d=d: r(s.but(g=s.g + s.p * d)), {"decay": f"{d:g}"})
                for d in (1e-4, 5e-4, 1e-3, 1e-2, 0.1)
            ),
            *(
                Wrong("decays_weights", lambda s, r=rule, d=d: r(s) - s.p * (s.lr * d), {"decay": f"{d:g}"})
                for d in (1e-4, 1e-3, 1e-2, 0.1)
            ),
        ]  # fmt: skip
        if remembers:
            found += [
                Wrong("shared_state", rule, shared=True),
                Wrong("state_not_zero", lambda s, r=rule: r(s.but(start=_ones)), {"start": "1"}),
                Wrong("state_not_zero", lambda s, r=rule: r(s.but(start=lambda s: s.g)), {"start": "g"}),
                Wrong("state_not_zero", lambda s, r=rule: r(s.but(start=lambda s: s.p)), {"start": "p"}),
                Wrong("state_lost", lambda s, r=rule: r(s.but(memory={}))),
            ]  # fmt: skip
    return found


SGD = [Right(_sgd)]
WRONG_SGD = common([_sgd], remembers=False)

MOMENTUM = [
    Right(_momentum),
    Right(lambda s: s.p + _velocity(s), _INSIDE_LR),
    Right(_averaged, _AVERAGE),
    Right(_averaged_inside, _AVERAGE_INSIDE_LR),
    Right(_dampened, _DAMPENED),
]


def _opposed(rule: Rule) -> Rule:
    return lambda s: rule(s.but(settings={**s.settings, "momentum": -s["momentum"]}))


def _at(rule: Rule, momentum: float) -> Rule:
    return lambda s: rule(s.but(settings={**s.settings, "momentum": momentum}))


def _weights_exchanged(s: Step) -> Number:
    m = s.keep("m", formulas.average(s.last("m"), s.g, 1 - s["momentum"]))
    return formulas.sgd(s.p, m, s.lr)


WRONG_MOMENTUM = [
    Wrong("momentum_sign", _opposed(_momentum)),
    Wrong("state_lost", _sgd),
    Wrong("climbs", lambda s: s.p - _velocity(s)),
    Wrong("lr_twice", lambda s: s.p + _velocity(s) * s.lr),
    Wrong("climbs", lambda s: s.p - _velocity(s) * s.lr),
    Wrong("beta_exchanged", _weights_exchanged, {"right": "v = b v + (1-b) g"}),
    *common([r.rule for r in MOMENTUM]),
]

NESTEROV = [Right(_nesterov), Right(_nesterov_inside, _NESTEROV_INSIDE_LR)]
WRONG_NESTEROV = [
    Wrong("no_look_ahead", _momentum),
    Wrong("no_look_ahead", lambda s: s.p + _velocity(s)),
    Wrong("nesterov_order", _velocity_first),
    Wrong("nesterov_without_gradient", lambda s: s.p + _velocity(s) * s["momentum"]),
    Wrong("momentum_sign", _opposed(_nesterov)),
    Wrong("state_lost", _sgd),
    *common([r.rule for r in NESTEROV]),
]


ADAGRAD = [Right(_outside(_sum_of_squares)), Right(_inside(_sum_of_squares), _ADAGRAD_INSIDE)]


def _no_sum(s: Step) -> Number:
    return s.g * s.g


def _sum_of_sizes(s: Step) -> Number:
    return s.keep("h", s.last("h") + s.g)


WRONG_ADAGRAD = [
    Wrong("no_root", _without_root(_sum_of_squares)),
    Wrong("no_accumulation", _outside(_no_sum)),
    Wrong("no_accumulation", _inside(_no_sum)),
    Wrong("not_squared", _outside(_sum_of_sizes)),
    Wrong("state_late", lambda s: _late(s, _sum_of_squares)),
    *common([r.rule for r in ADAGRAD]),
]


def _late(s: Step, squares: Callable[[Step], Number]) -> Number:
    """The step is taken with the sum of before."""
    h = s.last("h")
    squares(s)
    return formulas.over_root(s.p, s.g, s.lr, h, s["eps"])


RMSPROP = [Right(_outside(_mean_of_squares)), Right(_inside(_mean_of_squares), _RMSPROP_INSIDE)]


def _weights_of_squares_exchanged(s: Step) -> Number:
    return _mean_of_squares(s, 1 - s["rho"])


def _mean_of_sizes(s: Step) -> Number:
    return s.keep("h", formulas.average(s.last("h"), s.g, s["rho"]))


WRONG_RMSPROP = [
    *(
        Wrong(cause, place(squares), blanks)
        for place in (_outside, _inside)
        for cause, squares, blanks in (
            ("accumulates", _sum_of_squares, None),
            ("leaky_sum", _leaky_sum, {"name": "h", "beta": "rho", "g": "g^2"}),
            ("beta_exchanged", _weights_of_squares_exchanged, {"right": "h = rho h + (1-rho) g^2"}),
            ("no_accumulation", _no_sum, None),
        )
    ),
    Wrong("no_root", _without_root(_mean_of_squares)),
    Wrong("not_squared", _outside(_mean_of_sizes)),
    Wrong("state_late", lambda s: _late(s, _mean_of_squares)),
    *common([r.rule for r in RMSPROP]),
]

ADADELTA = [Right(_both_roots(_delta))]
WRONG_ADADELTA = [
    Wrong("epsilon_outside_root", _both_roots(_eps_outside)),
    Wrong("adadelta_never_starts", _both_roots(_without_eps)),
    Wrong("adadelta_order", _gradients_after, {"which": "h"}),
    Wrong("adadelta_order", _steps_first, {"which": "s"}),
    Wrong("adadelta_squares", _squares_of_gradient_twice),
    Wrong("adadelta_inverted", _both_roots(lambda s, a, b: _delta(s, b, a))),
    Wrong("adadelta_is_rmsprop", _inside(_mean_of_squares)),
    Wrong("adadelta_is_rmsprop", _outside(_mean_of_squares)),
    *common([r.rule for r in ADADELTA]),
]

_adam, _rate_of_step = _adam_of(), _rate_of_step_of()
ADAM = [Right(_adam), Right(_rate_of_step, _RATE_OF_STEP)]
WRONG_ADAM = [
    Wrong("epsilon_inside_root", _adam_of(inside=True)),
    Wrong("epsilon_inside_root", _rate_of_step_of(inside=True)),
    Wrong("no_bias_correction", _adam_of(False, False), {"which": "m and v"}),
    Wrong("no_bias_correction", _adam_of(True, False), {"which": "v"}),
    Wrong("no_bias_correction", _adam_of(False, True), {"which": "m"}),
    Wrong("corrected_and_kept", _corrected_and_kept),
    Wrong("not_squared", _of_moments(second=lambda s: formulas.average(s.last("h"), s.g, s["beta2"]))),
    Wrong("leaky_sum", _of_moments(first=lambda s: s.last("m") * s["beta1"] + s.g), {"name": "m", "beta": "b1", "g": "g"}),
    Wrong("leaky_sum", _of_moments(second=lambda s: s.last("h") * s["beta2"] + s.g * s.g), {"name": "v", "beta": "b2", "g": "g^2"}),
    Wrong("no_root", _of_moments(root=False)),
    Wrong("accumulates", _of_moments(second=lambda s: s.last("h") + s.g * s.g)),
    *(
        Wrong(cause, change(rule), blanks)
        for rule in (_adam, _rate_of_step)
        for cause, change, blanks in (
            ("betas_swapped", lambda r: _settings(r, beta1="beta2", beta2="beta1"), None),
            ("one_beta", lambda r: _settings(r, beta2="beta1"), {"which": "b1"}),
            ("one_beta", lambda r: _settings(r, beta1="beta2"), {"which": "b2"}),
            ("step_count", lambda r: lambda s: r(s.but(t=s.t - 1)), {"first": "0"}),
            ("step_count", lambda r: lambda s: r(s.but(t=s.t + 1)), {"first": "2"}),
            ("step_fixed", lambda r: lambda s: r(s.but(t=1)), None),
            ("step_per_tensor", _per_tensor, None),
        )
    ),
    Wrong("shared_state", lambda s: _shared_step(s), shared=True),
    *common([r.rule for r in ADAM]),
]  # fmt: skip


def _shared_step(s: Step) -> Number:
    """One memory and one count of steps for all tensors."""
    t = s.memory["t"] = s.memory.get("t", 0) + 1
    return _adam(s.but(t=t))
