"""Update rules of no course for one step: as they are published, and with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from compare.check.fitting.scaled_updates import misplaced
from compare.check.fitting.update_mistakes import common, exchanged
from compare.check.fitting.update_steps import Number, Right, Rule, Step, Wrong
from compare.check.i18n.text import Text
from compare.oracle import formulas

_WITHOUT_EPS = Text(
    "without an epsilon, as in its paper: 0/0 where a gradient is 0 from the start",
    "論文どおり ε なし: 最初から勾配が 0 の要素では 0/0",
)
_EPS_BESIDE = Text(
    "epsilon beside the maximum; torch adds it to |g|",
    "ε は最大値の外（torch は |g| に加える）",
)
_INSIDE = Text("epsilon inside the root", "ε が平方根の中")
_CORRECTED_FIRST = Text(
    "the maximum of the corrected second moments; torch corrects the maximum",
    "補正後の二次モーメントの最大値（torch は最大値を補正する）",
)
_UNCORRECTED = Text(
    "without a bias correction, as in its paper; torch corrects both moments",
    "論文どおりバイアス補正なし（torch は両モーメントを補正する）",
)
_CONSTANT = Text(
    "with a constant beta1; torch's rises slowly (momentum_decay)",
    "beta1 は一定（torch では momentum_decay で少しずつ増える）",
)


Part = Callable[[Step], Number]
Of = Callable[[Number, Number], Number]


def _larger(a: Number, b: Number) -> Number:
    return a + (b - a).at_least(0.0)


def _smaller(a: Number, b: Number) -> Number:
    return -_larger(-a, -b)


def _sign(a: Number) -> Number:
    return a.step() - (-a).step()


def _first(s: Step) -> Number:
    return formulas.average(s.last("m"), s.g, s["beta1"])


def _second(s: Step) -> Number:
    return formulas.average_of_squares(s.last("h"), s.g, s["beta2"])


def _remains(s: Step, beta: float, ahead: int = 0) -> Number:
    """1 - β^(t + ahead)."""
    t = s.t + ahead
    power = beta**t
    return ((s.p * 0.0).exactly() + (1.0 - power)).widened((t + 1) * power * 2.0**-53)


def _b1(s: Step) -> Number:
    return _remains(s, s["beta1"])


def _b2(s: Step) -> Number:
    return _remains(s, s["beta2"])


def _one(s: Step) -> Number:
    return (s.p * 0.0).exactly() + 1.0


def _root(v: Number, eps: float) -> Number:
    return v.sqrt() + eps


def _adamax(
    first: Part = _first, under_m: Part = _b1, of: Of = _larger,
    size: Part = lambda s: s.g.abs(), kept: float | None = None, eps_of: str = "",
) -> Rule:  # fmt: skip
    """m ← β1 m + (1-β1) g,  u ← max(β2 u, |g|),  p ← p - lr m / (1-β1^t) / u.

    ``eps_of``: what epsilon is added to · ``kept``: in place of β2.
    """

    def rule(s: Step) -> Number:
        beta = s["beta2"] if kept is None else kept
        g = size(s) + s["eps"] if eps_of == "g" else size(s)
        u = s.keep("u", of(s.last("u") * beta, g))
        m = s.keep("m", first(s)) / under_m(s)
        return s.p - m * s.lr / (u + s["eps"] if eps_of == "u" else u)

    return rule


def _amsgrad(
    first: Part = _first, second: Part = _second, under_m: Part = _b1, under_v: Part = _b2,
    root: Callable[[Number, float], Number] = _root, of: Of = _larger, late: bool = True,
) -> Rule:  # fmt: skip
    """w ← max(w, v),  p ← p - lr m̂ / (√ŵ + ε); the maximum is corrected, where ``late``."""

    def rule(s: Step) -> Number:
        v = s.keep("h", second(s))
        top = s.keep("top", of(s.last("top"), v if late else v / under_v(s)))
        m = s.keep("m", first(s)) / under_m(s)
        return s.p - m * s.lr / root(top / under_v(s) if late else top, s["eps"])

    return rule


def _nadam(
    first: Part = _first, second: Part = _second, under_m: Part | None = None,
    under_v: Part = _b2, root: Callable[[Number, float], Number] = _root, ahead: int = 0,
    of_g: Callable[[float], float] = lambda b: 1.0 - b, of_m: Callable[[float], float] = float,
) -> Rule:  # fmt: skip
    """p ← p - lr (β1 m / (1-β1^(t+ahead)) + (1-β1) g / (1-β1^t)) / (√v̂ + ε)."""

    def rule(s: Step) -> Number:
        m, v, b = s.keep("m", first(s)), s.keep("h", second(s)), s["beta1"]
        m = m / (under_m(s) if under_m else _remains(s, b, ahead))
        g = s.g / (under_m(s) if under_m else _b1(s))
        return s.p - (m * of_m(b) + g * of_g(b)) * s.lr / root(v / under_v(s), s["eps"])

    return rule


def _nadam_of_torch(s: Step) -> Number:
    def beta(t: int) -> float:
        return s["beta1"] * (1.0 - 0.5 * 0.96 ** (t * 0.004))

    product = s.memory["product"] = s.memory.get("product", 1.0) * beta(s.t)
    g = s.g * ((1.0 - beta(s.t)) / (1.0 - product))
    m = s.keep("m", _first(s)) * (beta(s.t + 1) / (1.0 - product * beta(s.t + 1)))
    v = s.keep("h", _second(s)) / _b2(s)
    # its factors are products of up to t numbers
    off = s.t * 2.0**-50 * (abs(g.value) + abs(m.value))
    return s.p - (g + m).widened(off) * s.lr / _root(v, s["eps"])


def _mean_of_squares(s: Step) -> Number:
    return formulas.average_of_squares(s.last("h"), s.g, s["rho"])


def _centered(
    squares: Part = _mean_of_squares, of_mean: Callable[[Number], Number] = lambda n: -(n * n),
    root: Callable[[Number, float], Number] = _root,
) -> Rule:  # fmt: skip
    """p ← p - lr g / (√(E[g²] - E[g]²) + ε)."""

    def rule(s: Step) -> Number:
        h = s.keep("h", squares(s))
        n = s.keep("n", formulas.average(s.last("n"), s.g, s["rho"]))
        return s.p - s.g * s.lr / root(h + of_mean(n), s["eps"])

    return rule


def _lion(of: Callable[[Number], Number] = _sign, of_new: bool = False) -> Rule:
    """p ← p - lr sign(β1 m + (1-β1) g),  m ← β2 m + (1-β2) g."""

    def rule(s: Step) -> Number:
        m = s.last("m")
        new = s.keep("m", formulas.average(m, s.g, s["beta2"]))
        return s.p - of(new if of_new else formulas.average(m, s.g, s["beta1"])) * s.lr

    return rule


def _sign_sgd(s: Step) -> Number:
    return s.p - _sign(s.g) * s.lr


def _inside(v: Number, eps: float) -> Number:
    return (v + eps).sqrt()


def _no_root(v: Number, eps: float) -> Number:
    return v + eps


_BOTH = Text("m and v", "m と v")


def _of_moments(of: Callable[..., Rule], squares: bool = True) -> Iterator[Wrong]:
    """What goes wrong with the moments of any rule that has them."""
    yield Wrong("no_bias_correction", of(under_m=_one), {"which": "m"})
    yield Wrong("leaky_sum", of(first=lambda s: s.last("m") * s["beta1"] + s.g),
                {"name": "m", "beta": "b1", "g": "g"})  # fmt: skip
    yield Wrong("betas_swapped", exchanged(of(), beta1="beta2", beta2="beta1"))
    yield Wrong("one_beta", exchanged(of(), beta2="beta1"), {"which": "b1"})
    yield Wrong("one_beta", exchanged(of(), beta1="beta2"), {"which": "b2"})
    yield Wrong("step_count", lambda s: of()(s.but(t=s.t - 1)), {"first": "0"})
    yield Wrong("step_fixed", lambda s: of()(s.but(t=1)))
    yield from misplaced(lambda average: of(first=average), "m", "beta1", squared=False)
    if not squares:
        return
    yield Wrong("no_bias_correction", of(under_v=_one), {"which": "v"})
    yield Wrong("no_bias_correction", of(under_m=_one, under_v=_one), {"which": _BOTH})
    yield Wrong("correction_beta", of(under_v=_b1), {"of": "v", "beta": "b1"})
    yield Wrong("leaky_sum", of(second=lambda s: s.last("h") * s["beta2"] + s.g * s.g),
                {"name": "v", "beta": "b2", "g": "g^2"})  # fmt: skip
    yield Wrong("not_squared",
                of(second=lambda s: formulas.average(s.last("h"), s.g, s["beta2"])))  # fmt: skip
    yield Wrong("accumulates", of(second=lambda s: s.last("h") + s.g * s.g))
    yield Wrong("no_root", of(root=_no_root))
    yield Wrong("epsilon_inside_root", of(root=_inside))
    yield from misplaced(lambda average: of(second=average), "v", "beta2")


def _opposed(rule: Rule) -> Rule:
    """1 - ρ in place of ρ."""
    return lambda s: rule(s.but(settings={**s.settings, "rho": 1 - s["rho"]}))


def _any(rule: Rule, remembers: bool = True) -> list[Wrong]:
    """What may be wrong with any rule; many of these are published with a decay as well."""
    return [w for w in common([rule], remembers) if w.cause != "decays_weights"]


ADAMAX = [
    Right(_adamax(eps_of="g")),
    Right(_adamax(eps_of="u"), _EPS_BESIDE),
    Right(_adamax(), _WITHOUT_EPS),
]
WRONG_ADAMAX = [
    wrong
    for eps_of in ("", "u", "g")
    for wrong in (
        Wrong("smaller_of_both", _adamax(of=_smaller, eps_of=eps_of), {"of": "b2 u, |g|"}),
        Wrong("signed_maximum", _adamax(size=lambda s: s.g, eps_of=eps_of)),
        Wrong("maximum_of_squares", _adamax(size=lambda s: s.g * s.g, eps_of=eps_of)),
        Wrong("maximum_never_falls", _adamax(kept=1.0, eps_of=eps_of)),
        Wrong("without_m", _adamax(first=lambda s: s.g, eps_of=eps_of)),
        *_of_moments(partial(_adamax, eps_of=eps_of), False),
        *_any(_adamax(eps_of=eps_of)),
    )
]
AMSGRAD = [
    Right(_amsgrad()),
    Right(_amsgrad(late=False), _CORRECTED_FIRST),
    Right(_amsgrad(under_m=_one, under_v=_one), _UNCORRECTED),
]
WRONG_AMSGRAD = [
    Wrong("smaller_of_both", _amsgrad(of=_smaller), {"of": "w, v"}),
    Wrong("not_the_largest", _amsgrad(of=lambda top, v: v)),
    Wrong("without_m", _amsgrad(first=lambda s: s.g, under_m=_one)),
    *(
        w for late in (True, False)
        for w in _of_moments(partial(_amsgrad, late=late))
        if w.blanks is None or w.blanks.get("which") is not _BOTH
    ),
    *_any(_amsgrad()),
]  # fmt: skip
NADAM = [
    Right(_nadam_of_torch),
    Right(_nadam(ahead=1), _CONSTANT),
    Right(_nadam(), _CONSTANT),
]
WRONG_NADAM = [
    Wrong("nadam_is_adam", _nadam(of_g=lambda b: 0.0, of_m=lambda b: 1.0)),
    Wrong("nadam_weights", _nadam(of_g=lambda b: b, of_m=lambda b: 1.0 - b)),
    Wrong("nadam_weights", _nadam(of_g=lambda b: 1.0)),
    Wrong("nadam_weights", _nadam(of_m=lambda b: 1.0)),
    *(
        w for ahead in (0, 1)
        for w in _of_moments(partial(_nadam, ahead=ahead))
    ),
    *_any(_nadam()),
]  # fmt: skip
CENTERED = [Right(_centered()), Right(_centered(root=_inside), _INSIDE)]
WRONG_CENTERED = [
    wrong
    for root in (_root, _inside)
    for wrong in (
        Wrong("variance_terms", _centered(of_mean=lambda n: n * n, root=root), {"is": "h + n^2"}),
        Wrong("variance_terms", _centered(of_mean=lambda n: -n, root=root), {"is": "h - n"}),
        Wrong("variance_terms", _centered(of_mean=lambda n: n * 0.0, root=root), {"is": "h"}),
        Wrong("no_root", _centered(root=_no_root)),
        Wrong("beta_exchanged", _opposed(_centered(root=root)),
              {"right": "h = rho h + (1-rho) g^2"}),
        Wrong("not_squared", _centered(
            lambda s: formulas.average(s.last("h"), s.g, s["rho"]), root=root)),
        *misplaced(partial(_centered, root=root), "h", "rho"),
        *_any(_centered(root=root)),
    )
]  # fmt: skip
LION = [Right(_lion())]
WRONG_LION = [
    Wrong("without_sign", _lion(lambda m: m)),
    Wrong("sign_of_new_momentum", _lion(of_new=True)),
    Wrong("betas_swapped", exchanged(_lion(), beta1="beta2", beta2="beta1")),
    Wrong("one_beta", exchanged(_lion(), beta2="beta1"), {"which": "b1"}),
    Wrong("one_beta", exchanged(_lion(), beta1="beta2"), {"which": "b2"}),
    *_any(_lion()),
]
SIGN_SGD = [Right(_sign_sgd)]
WRONG_SIGN_SGD = [
    Wrong("without_sign", lambda s: formulas.sgd(s.p, s.g, s.lr)),
    *_any(_sign_sgd, remembers=False),
]
