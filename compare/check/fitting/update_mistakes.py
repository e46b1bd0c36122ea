"""Mistakes that any update rule may have, as changes of a rule that is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, permutations

import numpy as np

from compare.check.calling.optimizers.parameters import NAMES
from compare.check.fitting.update_steps import Number, Rule, Step, Wrong

_BATCHES = (8.0, 10.0, 16.0, 20.0, 32.0, 50.0, 64.0, 100.0, 128.0, 256.0)
_DECAYS = (1e-4, 5e-4, 1e-3, 1e-2, 0.1)


def _on(rule: Rule, change: Callable[[Step], Step]) -> Rule:
    """The rule, after something of its step was changed."""
    return lambda s: rule(change(s))


def _only(rule: Rule, *places: int) -> Rule:
    """The rule for the tensors of these numbers alone."""
    chosen = np.isin(np.arange(len(NAMES)), places).astype(np.float64)

    def masked(s: Step) -> Number:
        mask = chosen[s.place]
        return rule(s) * mask + s.p * (1.0 - mask)

    return masked


def _kept() -> Iterator[tuple[int, ...]]:
    """The tensors of which some are forgotten: one alone, the weights, the biases, a layer, ..."""
    for count in range(1, len(NAMES)):
        yield from combinations(range(len(NAMES)), count)


def _scaled(rule: Rule, factor: float) -> Rule:
    """The whole step times a factor, which does not enter what is remembered."""
    return lambda s: s.p + (rule(s) - s.p) * factor


def whole(square: Number, s: Step) -> Number:
    """For every element the sum over all elements of its tensor."""
    total = (s.g * 0.0).exactly()
    for place in np.unique(s.place):
        of = s.place == place
        total = total + square[of].sum(axis=0) * of.astype(np.float64)
    return total


def over_tensor(s: Step, mean: bool = False) -> Number:
    """For every element the sum, or the mean, of g² over its tensor."""
    total = whole(s.g * s.g, s)
    return total / whole((s.g * 0.0).exactly() + 1.0, s) if mean else total


def with_anothers_gradient(rule: Rule) -> Iterator[Wrong]:
    """One tensor is updated with the gradient of another one of its shape."""
    for mine, other in permutations(range(len(NAMES)), 2):
        blanks = {"of": NAMES[mine], "other": f"d{NAMES[other]}"}
        yield Wrong("anothers_gradient", _on(rule, partial(_taken, mine, other)), blanks)


def _taken(mine: int, other: int, s: Step) -> Step:
    at = np.arange(len(s.place))
    at[s.place == mine] = at[s.place == other]  # raises ValueError where their sizes differ
    return s.but(g=s.g[at])


def _clipped(rule: Rule, bound: float) -> Rule:
    return _on(rule, lambda s: s.but(g=-((-s.g.at_least(-bound)).at_least(-bound))))


def _divided(rule: Rule, by: float) -> Rule:
    return _on(rule, lambda s: s.but(g=s.g / by))


def _decayed(rule: Rule, decay: float) -> Rule:
    """g + lambda p in place of g."""
    return _on(rule, lambda s: s.but(g=s.g + s.p * decay))


def _shrunk(rule: Rule, decay: float) -> Rule:
    """p is multiplied by 1 - lr lambda beside the step."""
    return lambda s: rule(s) - s.p * (s.lr * decay)


def _ones(s: Step) -> Number:
    return (s.p * 0.0).exactly() + 1.0


_STARTS: dict[str, Callable[[Step], Number]] = {"1": _ones, "g": lambda s: s.g, "p": lambda s: s.p}


def _started(rule: Rule, start: Callable[[Step], Number]) -> Rule:
    return _on(rule, lambda s: s.but(start=start))


def per_tensor(rule: Rule) -> Rule:
    """t goes on with every tensor, not with every step."""
    return _on(rule, lambda s: s.but(t=(s.t - 1) * float(len(NAMES)) + s.place + 1.0))


def exchanged(rule: Rule, **of: str) -> Rule:
    """Settings by the names of others: beta1="beta2"."""
    return _on(rule, lambda s: s.but(settings={**s.settings, **{n: s[o] for n, o in of.items()}}))


def opposed(rule: Rule) -> Rule:
    """-mu in place of mu."""
    return _on(rule, lambda s: s.but(settings={**s.settings, "momentum": -s["momentum"]}))


def _of_any(rule: Rule) -> Iterator[Wrong]:
    yield Wrong("climbs", _on(rule, lambda s: s.but(lr=-s.lr)))
    yield Wrong("lr_missing", _on(rule, lambda s: s.but(lr=1.0)))
    yield Wrong("lr_twice", _on(rule, lambda s: s.but(lr=s.lr * s.lr)))
    yield Wrong("replaces_parameters", lambda s: rule(s) - s.p)
    for factor in (2.0, 0.5):
        yield Wrong("step_scaled", _scaled(rule, factor), {"factor": f"{factor:g}"})
    for kept in _kept():
        left = ", ".join(name for i, name in enumerate(NAMES) if i not in kept)
        cause = "only_one_tensor" if len(kept) == 1 else "tensors_left_out"
        yield Wrong(cause, _only(rule, *kept), {"which": NAMES[kept[0]], "left": left})
    yield Wrong("divides_by_rows", _on(rule, lambda s: s.but(g=s.g / s.rows)))
    for n in _BATCHES:
        yield Wrong("divides_by_batch", _divided(rule, n), {"n": f"{n:g}"})
    for bound in (1.0, 0.5):
        yield Wrong("clips", _clipped(rule, bound), {"bound": f"{bound:g}"})
    for decay in _DECAYS:
        yield Wrong("decays_weights", _decayed(rule, decay), {"decay": f"{decay:g}"})
        yield Wrong("decays_weights", _shrunk(rule, decay), {"decay": f"{decay:g}"})


def _of_state(rule: Rule) -> Iterator[Wrong]:
    yield Wrong("shared_state", rule, shared=True)
    yield Wrong("state_lost", _on(rule, lambda s: s.but(memory={})))
    for name, start in _STARTS.items():
        yield Wrong("state_not_zero", _started(rule, start), {"start": name})


def common(rules: Sequence[Rule], remembers: bool = True, moves: bool = True) -> list[Wrong]:
    """What may be wrong with any of the rules; with its state, where it ``remembers``.

    ``moves``: that it never moves is a mistake of its own.
    """
    return [
        *([Wrong("never_moves", lambda s: s.p)] if moves else []),
        *(wrong for rule in rules for wrong in _of_any(rule)),
        *(wrong for rule in rules if remembers for wrong in _of_state(rule)),
    ]
