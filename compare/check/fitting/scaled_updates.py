"""AdaGrad, RMSprop and Adadelta for one step: right, in another convention, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from compare.check.fitting.rule_constants import WEIGHT
from compare.check.fitting.update_mistakes import common, over_tensor
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


Delta = Callable[[Step, Number, Number], Number]


def _outside(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: formulas.over_root(s.p, s.g, s.lr, squares(s), s["eps"])


def _inside(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: s.p - s.g * s.lr / (squares(s) + s["eps"]).sqrt()


_PLACES = (_outside, _inside)


def _without_root(squares: Callable[[Step], Number]) -> Rule:
    return lambda s: s.p - s.g * s.lr / (squares(s) + s["eps"])


def _adadelta(
    step: Delta | None = None, average: Callable[[Step], Number] = _mean_of_squares,
    of_steps: Callable[[Step, Number, Number], Number] | None = None,
) -> Rule:  # fmt: skip
    """Δ is ``step`` of (step, average of Δ², average of g²), and p ← p - lr Δ.

    ``average``: of g² · ``of_steps``: the next average of Δ², of (step, the one before, Δ).
    """

    def rule(s: Step) -> Number:
        h, old = average(s), s.last("s")
        delta = (step or _delta)(s, old, h)
        s.keep("s", (of_steps or _of_squares)(s, old, delta))
        return formulas.sgd(s.p, delta, s.lr)

    return rule


def _of_squares(s: Step, old: Number, delta: Number) -> Number:
    return formulas.average_of_squares(old, delta, s["rho"])


def _delta(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return formulas.adadelta_step(s.g, of_steps, of_gradients, s["eps"])


def _eps_outside(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return (of_steps.sqrt() + s["eps"]) / (of_gradients.sqrt() + s["eps"]) * s.g


def _root_below_alone(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return (of_steps + s["eps"]) / (of_gradients + s["eps"]).sqrt() * s.g


def _root_above_alone(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return (of_steps + s["eps"]).sqrt() / (of_gradients + s["eps"]) * s.g


def _without_eps(s: Step, of_steps: Number, of_gradients: Number) -> Number:
    return of_steps.sqrt() / (of_gradients + s["eps"]).sqrt() * s.g


def _without_gradient(squares: Callable[[Step], Number]) -> Rule:
    """p ← p - lr / (√h + ε)."""
    return lambda s: s.p - ((s.p * 0.0).exactly() + s.lr) / (squares(s).sqrt() + s["eps"])


ADAGRAD = [Right(_outside(_sum_of_squares)), Right(_inside(_sum_of_squares), _ADAGRAD_INSIDE)]


def _no_sum(s: Step) -> Number:
    return s.g * s.g


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
        Wrong("no_brackets", lambda s: s.p - (quotient(s) + s["eps"] * s.lr)),
    ]


# What a bracket in the wrong place makes of beta h + (1 - beta) x.
MISPLACED: Mapping[str, Callable[[Number, Number, float], Number]] = {
    "{b} ({h} + (1 - {b})) {x}": lambda h, x, b: (h + (1.0 - b)) * b * x,
    "({b} {h} + (1 - {b})) {x}": lambda h, x, b: (h * b + (1.0 - b)) * x,
    "{b} ({h} + (1 - {b}) {x})": lambda h, x, b: (h + x * (1.0 - b)) * b,
    "{b} {h} + (1 - {b} {x})": lambda h, x, b: h * b + (1.0 - x * b),
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

    def weighted(s: Step) -> Number:
        x = s.g * s.g if squared else s.g
        return s.keep(kept, s.last(kept) * s[beta] + x * s[WEIGHT])

    return [
        *(
            Wrong("bracket_in_average", rule(average(of)),
                  {**blanks, "wrong": wrong.format(**blanks)})
            for wrong, of in MISPLACED.items()
        ),
        Wrong("average_weight", rule(weighted), blanks, weighted=True),
    ]  # fmt: skip


def _common(
    squares: Callable[[Step], Number],
    sizes: Callable[[Step], Number],
    over_one: Callable[[Step, bool], Number],
    rights: list[Right],
) -> list[Wrong]:
    """What goes wrong with any average or sum of squares; ``sizes``: the same of g itself."""
    return [
        Wrong("no_root", _without_root(squares)),
        *(Wrong("not_squared", place(sizes)) for place in _PLACES),
        *(Wrong("not_squared", place(lambda s: sizes(s).abs())) for place in _PLACES),
        *bracketed_wrongly(squares, lambda s: s.g),
        Wrong("without_gradient", _without_gradient(squares)),
        *(
            Wrong("one_number_a_tensor", place(partial(_of_tensor, over_one, mean)))
            for place in _PLACES
            for mean in (False, True)
        ),
        *(
            Wrong("state_not_zero", _in_weights(place, squares), {"start": "p"})
            for place in _PLACES
        ),
        *(Wrong("state_late", place(partial(_late, squares))) for place in _PLACES),
        *common([r.rule for r in rights]),
    ]


def _of_tensor(over_one: Callable[[Step, bool], Number], mean: bool, s: Step) -> Number:
    return s.keep("h", over_one(s, mean))


def _in_weights(
    place: Callable[[Callable[[Step], Number]], Rule], squares: Callable[[Step], Number]
) -> Rule:
    """The memory is the array of the weights itself: h[key] = val, and not zeros like it."""

    def rule(s: Step) -> Number:
        h = squares(s.but(memory={}, start=lambda s: s.p))
        return place(lambda s: h)(s.but(p=h))

    return rule


def _late(squares: Callable[[Step], Number], s: Step) -> Number:
    """The sum of before, with which the step is taken."""
    h = s.last("h")
    squares(s)
    return h


WRONG_ADAGRAD = [
    *(Wrong("no_accumulation", place(_no_sum)) for place in _PLACES),
    Wrong("not_squared", _outside(lambda s: s.keep("h", s.last("h") + s.g.abs()))),
    *_common(
        _sum_of_squares,
        lambda s: s.keep("h", s.last("h") + s.g),
        lambda s, mean: s.last("h") + over_tensor(s, mean),
        ADAGRAD,
    ),
]
RMSPROP = [Right(_outside(_mean_of_squares)), Right(_inside(_mean_of_squares), _RMSPROP_INSIDE)]
WRONG_RMSPROP = [
    *(
        Wrong(cause, place(squares), blanks)
        for place in _PLACES
        for cause, squares, blanks in (
            ("accumulates", _sum_of_squares, None),
            ("leaky_sum", _leaky_sum, {"name": "h", "beta": "rho", "g": "g^2"}),
            (
                "beta_exchanged",
                lambda s: _mean_of_squares(s, 1 - s["rho"]),
                {"right": "h = rho h + (1-rho) g^2"},
            ),
            ("no_accumulation", _no_sum, None),
        )
    ),
    *(wrong for place in _PLACES for wrong in misplaced(place, "h", "rho")),
    *_common(
        _mean_of_squares,
        lambda s: s.keep("h", formulas.average(s.last("h"), s.g, s["rho"])),
        lambda s, mean: formulas.average(s.last("h"), over_tensor(s, mean), s["rho"]),
        RMSPROP,
    ),
]
ADADELTA = [Right(_adadelta())]
WRONG_ADADELTA = [
    Wrong("epsilon_outside_root", _adadelta(_eps_outside)),
    Wrong("adadelta_never_starts", _adadelta(_without_eps)),
    Wrong("adadelta_one_root", _adadelta(_root_below_alone),
          {"side": "s + eps"}),
    Wrong("adadelta_one_root", _adadelta(_root_above_alone),
          {"side": "h + eps"}),
    Wrong("adadelta_order", _adadelta(average=partial(_late, _mean_of_squares))),
    Wrong("adadelta_squares", _adadelta(of_steps=lambda s, old, delta: _of_squares(s, old, s.g))),
    Wrong("steps_not_squared",
          _adadelta(of_steps=lambda s, old, delta: formulas.average(old, delta, s["rho"]))),
    Wrong("adadelta_inverted", _adadelta(lambda s, a, b: _delta(s, b, a))),
    *misplaced(lambda average: _adadelta(average=average), "h", "rho"),
    Wrong("adadelta_is_rmsprop", _inside(_mean_of_squares)),
    Wrong("adadelta_is_rmsprop", _outside(_mean_of_squares)),
    *common([r.rule for r in ADADELTA], moves=False),
]  # fmt: skip
