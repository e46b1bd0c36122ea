"""AdaGrad, RMSprop and Adadelta for one step: right, in another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from compare.check.fitting.update_mistakes import common, whole
from compare.check.fitting.update_steps import Number, Right, Rule, Step, Wrong
from compare.check.i18n.text import Text
from compare.oracle import formulas

_ADAGRAD_INSIDE = Text(
    "epsilon inside the root: torch.optim.Adagrad(initial_accumulator_value=eps, eps=0)",
    "ε が平方根の中: torch.optim.Adagrad(initial_accumulator_value=eps, eps=0) と同じ",
)
_RMSPROP_INSIDE = Text(
    "epsilon inside the root, as in TensorFlow: no setting of torch.optim.RMSprop is equal",
    "ε が平方根の中（TensorFlow と同じ）: torch.optim.RMSprop に等しい設定はない",
)


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


def _of_averaged(average: Callable[[Step], Number]) -> Rule:
    """Adadelta with another average of g²."""

    def rule(s: Step) -> Number:
        h = average(s)
        delta = _delta(s, s.last("s"), h)
        s.keep("s", formulas.average_of_squares(s.last("s"), delta, s["rho"]))
        return formulas.sgd(s.p, delta, s.lr)

    return rule


def _delta(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return formulas.adadelta_step(s.g, of_steps, of_gradients, s["eps"])


def _eps_outside(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return (of_steps.sqrt() + s["eps"]) / (of_gradients.sqrt() + s["eps"]) * s.g


def _without_eps(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return of_steps.sqrt() / (of_gradients + s["eps"]).sqrt() * s.g


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


def _steps_not_squared(s: Step) -> Number:
    """The second state averages Δ itself."""
    h, old = _mean_of_squares(s), s.last("s")
    delta = formulas.adadelta_step(s.g, old, h, s["eps"])
    s.keep("s", formulas.average(old, delta, s["rho"]))
    return formulas.sgd(s.p, delta, s.lr)


def _without_gradient(squares: Callable[[Step], Number]) -> Rule:
    """p ← p - lr / (√h + ε)."""
    return lambda s: s.p - ((s.p * 0.0).exactly() + s.lr) / (squares(s).sqrt() + s["eps"])


ADAGRAD = [Right(_outside(_sum_of_squares)), Right(_inside(_sum_of_squares), _ADAGRAD_INSIDE)]


def _no_sum(s: Step) -> Number:
    return s.g * s.g


def _sum_of_sizes(s: Step) -> Number:
    return s.keep("h", s.last("h") + s.g)


def _sum_of_magnitudes(s: Step) -> Number:
    return s.keep("h", s.last("h") + s.g.abs())


def _sum_over_tensor(s: Step) -> Number:
    return s.keep("h", s.last("h") + whole(s.g * s.g, s))


def _mean_over_tensor(s: Step) -> Number:
    return s.keep("h", s.last("h") + whole(s.g * s.g, s) / whole((s.p * 0.0).exactly() + 1.0, s))


def bracketed_wrongly(
    squares: Callable[[Step], Number], moment: Callable[[Step], Number]
) -> list[Wrong]:
    """Without brackets around sqrt h + eps: eps is added to the quotient."""

    def quotient(s: Step) -> Number:
        return moment(s) * s.lr / squares(s).sqrt()

    return [
        Wrong("no_brackets", lambda s: s.p - (quotient(s) + s["eps"])),
        Wrong("no_brackets", lambda s: s.p - quotient(s) + s["eps"]),
        Wrong("no_brackets", lambda s: s.p - (quotient(s) + moment(s) * s["eps"])),
    ]


# What a bracket in the wrong place makes of beta h + (1 - beta) x.
MISPLACED: Mapping[str, Callable[[Number, Number, float], Number]] = {
    "{b} ({h} + (1 - {b})) {x}": lambda h, x, b: (h + (1.0 - b)) * b * x,
    "({b} {h} + (1 - {b})) {x}": lambda h, x, b: (h * b + (1.0 - b)) * x,
    "{b} ({h} + (1 - {b}) {x})": lambda h, x, b: (h + x * (1.0 - b)) * b,
}


def misplaced(
    rule: Callable[[Callable[[Step], Number]], Rule], name: str, beta: str, squared: bool = True
) -> list[Wrong]:
    """A rule whose average of that name has a bracket in the wrong place."""
    symbol = {"beta1": "b1", "beta2": "b2"}.get(beta, beta)
    kept = "h" if squared else name
    blanks = {"h": name, "b": symbol, "x": "g^2" if squared else "g"}

    def average(of: Callable[[Number, Number, float], Number]) -> Callable[[Step], Number]:
        def averaged(s: Step) -> Number:
            return s.keep(kept, of(s.last(kept), s.g * s.g if squared else s.g, s[beta]))

        return averaged

    return [
        Wrong("bracket_in_average", rule(average(of)), {**blanks, "wrong": wrong.format(**blanks)})
        for wrong, of in MISPLACED.items()
    ]


def _gradient(s: Step) -> Number:
    return s.g


def absolute(
    place: Callable[[Callable[[Step], Number]], Rule], sizes: Callable[[Step], Number]
) -> Rule:
    """The rule whose root is of the magnitude of what was not squared."""
    return place(lambda s: sizes(s).abs())


WRONG_ADAGRAD = [
    Wrong("no_root", _without_root(_sum_of_squares)),
    Wrong("no_accumulation", _outside(_no_sum)),
    Wrong("no_accumulation", _inside(_no_sum)),
    Wrong("not_squared", _outside(_sum_of_sizes)),
    Wrong("not_squared", absolute(_outside, _sum_of_sizes)),
    Wrong("not_squared", _outside(_sum_of_magnitudes)),
    *bracketed_wrongly(_sum_of_squares, _gradient),
    Wrong("without_gradient", _without_gradient(_sum_of_squares)),
    Wrong("one_number_a_tensor", _outside(_sum_over_tensor)),
    Wrong("one_number_a_tensor", _outside(_mean_over_tensor)),
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


def _average_over_tensor(s: Step, mean: bool) -> Number:
    total = whole(s.g * s.g, s)
    total = total / whole((s.p * 0.0).exactly() + 1.0, s) if mean else total
    return s.keep("h", formulas.average(s.last("h"), total, s["rho"]))


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
    Wrong("not_squared", absolute(_outside, _mean_of_sizes)),
    *bracketed_wrongly(_mean_of_squares, _gradient),
    Wrong("without_gradient", _without_gradient(_mean_of_squares)),
    Wrong("one_number_a_tensor", _outside(lambda s: _average_over_tensor(s, False))),
    Wrong("one_number_a_tensor", _outside(lambda s: _average_over_tensor(s, True))),
    Wrong("state_late", lambda s: _late(s, _mean_of_squares)),
    *misplaced(_outside, "h", "rho"),
    *common([r.rule for r in RMSPROP]),
]

ADADELTA = [Right(_both_roots(_delta))]
WRONG_ADADELTA = [
    Wrong("epsilon_outside_root", _both_roots(_eps_outside)),
    Wrong("adadelta_never_starts", _both_roots(_without_eps)),
    Wrong("adadelta_order", _gradients_after),
    Wrong("adadelta_squares", _squares_of_gradient_twice),
    Wrong("steps_not_squared", _steps_not_squared),
    Wrong("adadelta_inverted", _both_roots(lambda s, a, b: _delta(s, b, a))),
    *misplaced(_of_averaged, "h", "rho"),
    Wrong("adadelta_is_rmsprop", _inside(_mean_of_squares)),
    Wrong("adadelta_is_rmsprop", _outside(_mean_of_squares)),
    *common([r.rule for r in ADADELTA], moves=False),
]
