"""Update rules over all steps of a probe: what a Meaning of an optimizer computes.

A Rule takes one Step to the new parameters. What it remembers is in the Step's memory, which one
chain of steps has to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from compare.arithmetic.plain import Plain
from compare.check.calling.optimizers.gradients import CURVED, REUSE
from compare.check.calling.optimizers.parameters import NAMES, places, split
from compare.check.concept import Arrays, Form
from compare.check.fitting.guards import LEAST_EPSILON, SMALL, too_large
from compare.check.fitting.rule_constants import (
    SAID,
    STARTS,
    WEIGHT,
    Fit,
    Weight,
    fitted,
    weights,
)
from compare.check.i18n.text import Text, joined
from compare.check.naming.update_parameters import SETTINGS

Number = Any  # Bounded or Exact


@dataclass(frozen=True)
class Step:
    """One step: parameters, gradients, rate and settings; t is 1 at the first.

    ``place`` has the number of the tensor of each element, ``rows`` the length of that tensor's
    first axis, ``axes`` how many it has. ``start``: what is remembered before the first step, if
    not 0. ``narrow``: what is remembered is rounded to float32 · ``asked``: the gradient at 0, of a
    rule that asks for it.
    """

    p: Number
    g: Number
    lr: float
    settings: Mapping[str, float]
    t: Any
    place: np.ndarray
    rows: np.ndarray
    axes: np.ndarray
    memory: dict[str, Number]
    start: Callable[[Step], Number] = lambda s: (s.p * 0.0).exactly()
    narrow: bool = False
    asked: Number = None

    def __getitem__(self, name: str) -> float:
        """A setting such as beta1."""
        return self.settings[name]

    @property
    def reused(self) -> bool:
        """Whether this step's gradient was written over the one of before."""
        return REUSE in self.settings and self.t > 1

    def last(self, name: str) -> Number:
        """What is remembered under that name."""
        return self.memory[name] if name in self.memory else self.start(self)

    def keep(self, name: str, value: Number) -> Number:
        """The value, which is remembered from now on."""
        self.memory[name] = value = _rounded(value, value) if self.narrow else value
        return value

    def gradient_at(self, x: Number) -> Number:
        """The gradient at a point, of a rule that asks for it there."""
        return self.asked + x * CURVED

    def but(self, **changes: Any) -> Step:
        """The same step with something else in it."""
        return replace(self, **changes)


Rule = Callable[[Step], Number]


def _rounded(value: Number, of: Number) -> Number:
    """The value after up to eight operations in float32 on something of that size."""
    return value.widened(np.abs(np.asarray(of.value, dtype=np.float64)) * 2.0**-21)


def in_float32(rule: Rule) -> Rule:
    """The rule whose state is kept in float32, and whose step is computed in it."""

    def narrow(s: Step) -> Number:
        p = rule(s.but(narrow=True))
        return _rounded(p, p - s.p)

    return narrow


def asking(rule: Rule) -> Rule:
    """The rule with the gradient at its parameters."""
    return lambda s: rule(s.but(g=s.g + s.p * CURVED, asked=s.g))


def at_rest(arrays: Arrays) -> dict[str, Any]:
    """The same gradient at 0 and the same rate in all steps, as a loop of its own takes them."""
    steps = len(arrays["lr"])
    return {**arrays, "g": [arrays["g"][0]] * steps, "lr": (arrays["lr"][0],) * steps}


def _tensors(shapes: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each element the number of its tensor, the length of its first axis, and its axes."""
    place = places(shapes)
    rows = np.array([float(shape[0]) for shape in shapes])[place]
    return place, rows, np.array([len(shape) for shape in shapes])[place]


def chain(rule: Rule, fixed: Mapping[str, float], shared: bool = False) -> Any:
    """The formula of a rule: step/t/name of a probe's p, g, lr and settings.

    ``fixed``: settings that are not handed in. ``shared``: all tensors have one memory.
    """

    def formula(a: Arrays) -> dict[str, Number]:
        settings = {n: float(a[n][0]) for n in (*SETTINGS, REUSE) if n in a} | dict(fixed)
        elements = _tensors(a["shapes"])
        memory: dict[str, Number] = {}
        results: dict[str, Number] = {}
        p = a["p"]
        tensors = split(p, a["shapes"])
        for t, lr in enumerate(a["lr"]):
            step = Step(p, a["g"][t], fixed.get("lr", float(lr)), settings, t + 1, *elements,
                        memory)  # fmt: skip
            if shared:
                tensors = _one_by_one(rule, step, tensors, split(a["g"][t], a["shapes"]))
            else:
                p = rule(step)
                tensors = split(p, a["shapes"])
            results |= {f"step/{t + 1}/{name}": value for name, value in tensors.items()}
        return results

    return formula


def _one_by_one(
    rule: Rule, step: Step, tensors: Mapping[str, Number], gradients: Mapping[str, Number]
) -> dict[str, Number]:
    return {name: rule(step.but(p=tensors[name], g=gradients[name])) for name in tensors}


@dataclass(frozen=True)
class Right:
    """A rule that is right; in another convention than the course's, if one is named."""

    rule: Rule
    convention: Text | None = None


@dataclass(frozen=True)
class Wrong:
    """A rule with a mistake, and ``further`` ones with their blanks.

    ``weighted``: in which the weight of what is new may be any.
    """

    cause: str
    rule: Rule
    blanks: Mapping[str, str | Text] | None = None
    shared: bool = False
    weighted: bool = False
    further: tuple[tuple[str, Mapping[str, str | Text]], ...] = ()


_STEPS = 4  # of which constants are solved: of the others they are verified


_MOST_FITS = 2000
_fits: dict[tuple[Any, ...], Fit | None] = {}  # of rules to what was given; the same for everybody


@dataclass(frozen=True)
class Shown:
    """The numbers of a probe, the settings that were handed in, and what came of them.

    ``narrow``: whether float32 stands in the code.
    """

    numbers: Arrays
    given: frozenset[str]
    values: Arrays
    narrow: bool = False

    @cached_property
    def drawn(self) -> tuple[Any, ...]:
        """All that a rule is evaluated on: the same of whatever is called so."""
        a = self.numbers
        arrays = (a["p"].value, *(g.value for g in a["g"]))
        settings = tuple((n, float(a[n][0])) for n in (*SETTINGS, REUSE) if n in a)
        shapes = tuple(tuple(int(n) for n in shape) for shape in a["shapes"])
        return (
            *(np.asarray(v).tobytes() for v in arrays),
            tuple(map(float, a["lr"])),
            settings,
            shapes,
        )

    @cached_property
    def steps(self) -> np.ndarray:
        """What came of the first steps, in one row; NaN where a tensor is not shown."""
        shapes = [tuple(int(n) for n in shape) for shape in self.numbers["shapes"]]
        rows = [
            np.broadcast_to(
                np.asarray(self.values.get(f"step/{t + 1}/{name}", np.nan), np.float64), shape
            )
            for t in range(min(_STEPS, len(self.numbers["lr"])))
            for name, shape in zip(NAMES, shapes, strict=True)
        ]
        return np.concatenate([row.reshape(-1) for row in rows])

    def fit(self, rule: Rule, absent: Sequence[str], shared: bool = False) -> Fit | None:
        """The rule with the constants by which it comes nearest to that."""
        # a class, and the same rule in the loop beside it, give the same
        key = (rule, tuple(absent), shared, self.drawn, self.steps.tobytes())
        if key not in _fits:
            if len(_fits) >= _MOST_FITS:
                _fits.clear()
            _fits[key] = self._fit(rule, absent, shared)
        return _fits[key]

    def _fit(self, rule: Rule, absent: Sequence[str], shared: bool) -> Fit | None:
        try:
            return fitted(partial(self._plainly, rule, shared), self.steps, absent)
        except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
            return None  # a mistake may have no result on some shapes

    def _plainly(self, rule: Rule, shared: bool, constants: Mapping[str, Any]) -> np.ndarray:
        """What the rule gives at those steps, in plain numbers: a row for each of the constants."""
        a = self.numbers
        settings: dict[str, Any] = {n: float(a[n][0]) for n in (*SETTINGS, REUSE) if n in a}
        tensors = _tensors(a["shapes"])
        memory: dict[str, Any] = {}
        rows = max((np.size(v) for v in constants.values()), default=1)
        p: Any = np.tile(np.asarray(a["p"].value), (rows, 1)).view(Plain)
        found = []
        for t, lr in enumerate(a["lr"][:_STEPS]):
            g: Any = np.asarray(a["g"][t].value).view(Plain)
            step = Step(p, g, constants.get("lr", float(lr)), settings | dict(constants), t + 1,
                        *tensors, memory)  # fmt: skip
            p = _apart(rule, step) if shared else rule(step)
            found.append(np.broadcast_to(p, (rows, p.shape[1])))
        return np.asarray(np.concatenate(found, axis=1))


def _apart(rule: Rule, step: Step) -> Any:
    """Tensor by tensor, with one memory."""
    each = [np.flatnonzero(step.place == k) for k in np.unique(step.place)]
    made: Any = [rule(step.but(p=step.p[:, at], g=step.g[at])) for at in each]
    return np.concatenate(made, axis=1).view(Plain)


@dataclass(frozen=True)
class Rules:
    """All meanings of a method.

    ``needless``: settings that may be absent without a word · ``ahead``: those that ask for the
    gradient where they will be.
    """

    wanted: Sequence[str]
    right: Sequence[Right]
    wrong: Sequence[Wrong]
    needless: Sequence[str] = ()
    ahead: Rules | None = None

    def asked(self) -> Rules:
        """The same of what asks for its gradient at a point."""
        right = [replace(r, rule=asking(r.rule)) for r in (self.ahead or self).right]
        wrong = [replace(w, rule=asking(w.rule)) for w in (self.ahead or self).wrong]
        return replace(self, right=right, wrong=wrong)

    def course(self) -> Form:
        """The course's own, with every setting handed in."""
        return Form(chain(self.right[0].rule, {}))

    def meanings(self, shown: Shown, right_alone: bool) -> tuple[Form, ...]:
        """What is followed as far as it was shown, and the right rule that is nearest to that.

        Constants that nobody hands in are solved, and of those that are, which is not used.
        """
        absent = self._absent(shown)
        forms = [self._right(*each) for each in self.followed(shown)]
        if not (right_alone or forms and absent):
            forms += self.mistaken(shown)
            if not forms and shown.narrow:
                forms += [f for r in self.right for f in self._narrow(shown, r, absent)]
        if not (right_alone or any(f.right and not f.cause for f in forms)):
            forms += [f for r in self.right for f in self._ignored(shown, r)]
        if not any(f.right for f in forms):
            forms.append(self._nearest(shown, absent))
        return tuple(forms)

    def followed(self, shown: Shown) -> Iterator[tuple[Right, dict[str, float]]]:
        """The right ones that are followed, each with the constants that nobody hands in."""
        for each in self.right:
            if (fixed := _followed(shown.fit(each.rule, self._absent(shown)))) is not None:
                yield each, fixed

    def mistaken(self, shown: Shown) -> list[Form]:
        """The mistakes that are followed, each before what is right with its constants."""
        return [f for w in self.wrong for f in self._wrong(shown, w, self._absent(shown))]

    def _absent(self, shown: Shown) -> list[str]:
        return [n for n in self.wanted if n not in shown.given]

    def _nearest(self, shown: Shown, absent: Sequence[str]) -> Form:
        """The right rule with the constants by which it comes nearest; an epsilon is small."""
        usual = {name: STARTS[name][0] for name in absent}
        fit = shown.fit(self.right[0].rule, absent)
        constants = {**usual, **(fit.constants if fit else {})}
        if "eps" in constants and not LEAST_EPSILON < constants["eps"] < SMALL:
            constants["eps"] = usual["eps"]
        # two digits: it is to be beside what was given, and not to follow it
        return self._form(self.right[0], {n: float(f"{v:.1e}") for n, v in constants.items()})

    def _right(self, of: Right, fixed: Mapping[str, float]) -> Form:
        form, eps = self._form(of, fixed), fixed.get("eps", 0.0)
        return too_large(form, eps, "root_") if eps > SMALL else form

    def _wrong(self, shown: Shown, w: Wrong, absent: Sequence[str]) -> Iterator[Form]:
        """The mistake, and the right rule with its constants."""
        if w.weighted:
            if "lr" in shown.given:  # else another rate does the same
                yield from self._weighted(shown, w, absent)
            return
        if (fixed := _followed(shown.fit(w.rule, absent, w.shared))) is not None:
            formula = chain(w.rule, fixed, w.shared)
            yield Form(formula, w.cause, None, w.blanks or {}, further=w.further)
            if absent:
                yield self._form(self.right[0], fixed)

    def _weighted(self, shown: Shown, w: Wrong, absent: Sequence[str]) -> Iterator[Form]:
        """The mistake with a weight that is solved, in terms of the settings."""
        fit = shown.fit(w.rule, [*absent, WEIGHT])
        if fit is None or not fit.followed():
            return
        there = {n: fit.constants.get(n) or float(shown.numbers[n][0]) for n in self.wanted}
        solved, near = fit.constants[WEIGHT], fit.spread[WEIGHT] + fit.constants[WEIGHT] * 1e-9
        for said, of in weights(there):
            fixed = fit.but(WEIGHT).written()
            if fixed is not None and abs(of(there) - solved) <= near:
                rule = _with_weight(w.rule, of)
                yield Form(chain(rule, fixed), w.cause, None, {**(w.blanks or {}), "wrong": said})
                yield self._form(self.right[0], fixed)

    def _ignored(self, shown: Shown, of: Right) -> Iterator[Form]:
        """A setting is handed in, and another value is used all the same."""
        for name in (n for n in self.wanted if n in shown.given):
            absent = [n for n in self.wanted if n == name or n not in shown.given]
            if (fixed := _followed(shown.fit(of.rule, absent))) is not None:
                blanks = {"name": SAID[name], "value": f"{fixed[name]:g}"}
                yield Form(chain(of.rule, fixed), "setting_ignored", blanks=blanks)

    def _narrow(self, shown: Shown, of: Right, absent: Sequence[str]) -> Iterator[Form]:
        fit = shown.fit(of.rule, absent)
        fixed = fit.written(True) if fit and fit.followed(True) else None
        if fixed is not None:
            yield Form(chain(in_float32(of.rule), fixed), "float32_inside")

    def _form(self, of: Right, fixed: Mapping[str, float]) -> Form:
        said = {name: v for name, v in fixed.items() if name not in self.needless}
        cause = "no_epsilon" if fixed.get("eps") == 0.0 else ""
        return Form(chain(of.rule, fixed), cause, _joined(of.convention, said))


def _with_weight(rule: Rule, of: Weight) -> Rule:
    return lambda s: rule(s.but(settings={**s.settings, WEIGHT: of(s.settings)}))


def _followed(fit: Fit | None) -> dict[str, float] | None:
    """The constants of a rule that is followed, as they are written."""
    return fit.written() if fit is not None and fit.followed() else None


def _joined(convention: Text | None, fixed: Mapping[str, float]) -> Text | None:
    values = ", ".join(f"{SAID[name]} = {v:g}" for name, v in fixed.items())
    said = Text(f"fixed in the code: {values}", f"コード内で固定: {values}") if values else None
    return joined(convention, said)
