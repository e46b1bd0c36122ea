"""Weight decay as a setting of an update rule: in the gradient, or beside the step as in AdamW."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from compare.check.calling.optimizers.parameters import NAMES
from compare.check.fitting.adam import decay_divided
from compare.check.fitting.update_steps import Number, Right, Rule, Rules, Step, Wrong
from compare.check.i18n.text import Text, joined
from compare.check.naming.update_parameters import is_decoupled

_IN_GRADIENT = Text(
    "weight decay in the gradient, g + lambda p: torch's weight_decay=lambda",
    "重み減衰は勾配の中（g + lambda p）: torch の weight_decay=lambda と同じ",
)
_BESIDE = Text(
    "decoupled weight decay, p - lr lambda p beside the step: "
    "torch.optim.AdamW(weight_decay=lambda)",
    "重み減衰は更新量と別（p - lr lambda p）: torch.optim.AdamW(weight_decay=lambda) と同じ",
)
_WITHOUT_LR = Text(
    "decoupled weight decay without lr, p - lambda p: torch.optim.AdamW(weight_decay=lambda/lr) "
    "at a constant lr only",
    "重み減衰は更新量と別で lr を掛けない（p - lambda p）: lr が一定のときだけ "
    "torch.optim.AdamW(weight_decay=lambda/lr) と同じ",
)


Decaying = Callable[[Step], np.ndarray]  # which of the elements decay


def _all(s: Step) -> np.ndarray:
    return np.ones(s.place.shape, dtype=bool)


def _of_weights(s: Step) -> np.ndarray:
    """W1 and W2, and not the biases."""
    return np.isin(s.place, [i for i, name in enumerate(NAMES) if name.startswith("W")])


def _of_matrices(s: Step) -> np.ndarray:
    return s.axes > 1


_OF_SOME: tuple[tuple[Decaying, Text | None], ...] = (
    (_all, None),
    (_of_weights, Text(
        "of the weights alone, the biases do not decay", "重みだけが減衰し、バイアスは減衰しない"
    )),
    (_of_matrices, Text(
        "of arrays of two axes or more alone", "2 次元以上の配列だけが減衰する"
    )),
)  # fmt: skip


def _coupled(rule: Rule, sign: float = 1.0, of: Decaying = _all) -> Rule:
    """g + λ p in place of g."""
    return lambda s: rule(s.but(g=s.g + s.p * (sign * s["decay"] * of(s).astype(np.float64))))


def _beside(rule: Rule, sign: float = 1.0, of: Decaying = _all) -> Rule:
    """p is multiplied by 1 - lr λ beside the step."""
    return lambda s: rule(s) - s.p * (sign * s.lr * s["decay"] * of(s).astype(np.float64))


def _beside_without_lr(rule: Rule) -> Rule:
    def decayed(s: Step) -> Number:
        return rule(s) - s.p * s["decay"]

    return decayed


def decaying(of: Rules, name: str) -> Rules:
    """The rules of a method that takes a weight decay, or is called AdamW and has one."""
    apart = is_decoupled(name)
    right = [
        Right(rule, joined(r.convention, said))
        for r in of.right
        for rule, said in _ways(r.rule, apart)
    ]
    wrong = [*_wrong(of, apart), *_each(of, apart)]
    return replace(of, wanted=(*of.wanted, "decay"), right=right, wrong=wrong)


def decays_by_nothing(source: str) -> bool:
    """Whether an attribute by which something is multiplied is 0, and never set again."""
    zeros = re.findall(
        r"\bself\.(\w+) *(?::[^=\n]*)?= *0(?:\.0*)? *(?:#.*)?$", source, re.MULTILINE
    )
    return any(
        len(re.findall(rf"\bself\.{name} *(?:[-+*/]|:[^=\n]*)?=(?!=)", source)) == 1
        and re.search(rf"\bself\.{name} *\*(?!\*)|(?<!\*)\* *self\.{name}\b", source)
        for name in zeros
    )


def _ways(rule: Rule, apart: bool) -> Iterator[tuple[Rule, Text | None]]:
    for of, some in _OF_SOME if not apart else ():
        yield _coupled(rule, of=of), joined(_IN_GRADIENT, some)
    for of, some in _OF_SOME:
        yield _beside(rule, of=of), joined(_BESIDE, some)
    yield _beside_without_lr(rule), _WITHOUT_LR


def _wrong(of: Rules, apart: bool) -> Iterator[Wrong]:
    if "beta1" in of.wanted:
        yield Wrong("decay_divided", decay_divided)
    for r in of.right:
        yield Wrong("decay_sign", _coupled(r.rule, -1.0))
        yield Wrong("decay_sign", _beside(r.rule, -1.0))
        yield Wrong("decay_missing" if apart else "decay_ignored", r.rule)
        if apart:
            yield Wrong("decay_coupled", _coupled(r.rule))


def _each(of: Rules, apart: bool) -> Iterator[Wrong]:
    """Every other mistake, beside a decay that is right."""
    for wrong in of.wrong:
        if wrong.cause != "decays_weights":
            yield replace(wrong, rule=_beside(wrong.rule) if apart else _coupled(wrong.rule))
