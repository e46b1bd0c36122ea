"""Adam for one step: right, right in another convention, and with mistakes."""

from __future__ import annotations

from typing import Any

from compare import formulas
from compare.submission.concepts.update_chains import Number, Right, Rule, Step, Wrong
from compare.submission.concepts.update_mistakes import common, exchanged, per_tensor
from compare.submission.texts import Text

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
