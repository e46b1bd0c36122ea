"""Update rules over all steps of a probe: what a Meaning of an optimizer computes.

A Rule takes one Step to the new parameters. What it remembers is in the Step's memory, which one
chain of steps has to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from compare.check.calling.optimizers.gradients import REUSE
from compare.check.calling.optimizers.parameters import places, split
from compare.check.concept import Arrays, Form, Free
from compare.check.fitting.guards import LARGEST, LEAST_EPSILON, SMALL, too_large
from compare.check.i18n.text import Text, joined
from compare.check.naming.update_parameters import SETTINGS
from compare.check.subject import Subject

Number = Any  # Bounded or Exact


@dataclass(frozen=True)
class Step:
    """One step: parameters, gradients, rate and settings; t is 1 at the first.

    ``place`` has the number of the tensor of each element, ``rows`` the length of that tensor's
    first axis. ``start``: what is remembered before the first step, if not 0. ``narrow``: what is
    remembered is rounded to float32.
    """

    p: Number
    g: Number
    lr: float
    settings: Mapping[str, float]
    t: Any
    place: np.ndarray
    rows: np.ndarray
    memory: dict[str, Number]
    start: Callable[[Step], Number] = lambda s: (s.p * 0.0).exactly()
    narrow: bool = False

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


def _names_float32(s: Subject) -> bool:
    return "float32" in s.found.source or "np.single" in s.found.source


def chain(rule: Rule, fixed: Mapping[str, float], shared: bool = False) -> Any:
    """The formula of a rule: step/t/name of a probe's p, g, lr and settings.

    ``fixed``: settings that are not handed in. ``shared``: all tensors have one memory.
    """

    def formula(a: Arrays) -> dict[str, Number]:
        settings = {n: float(a[n][0]) for n in (*SETTINGS, REUSE) if n in a} | dict(fixed)
        place = places(a["shapes"])
        rows = np.array([float(shape[0]) for shape in a["shapes"]])[place]
        memory: dict[str, Number] = {}
        results: dict[str, Number] = {}
        p = a["p"]
        tensors = split(p, a["shapes"])
        for t, lr in enumerate(a["lr"]):
            step = Step(p, a["g"][t], fixed.get("lr", float(lr)), settings, t + 1, place, rows,
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
    """A rule with a mistake."""

    cause: str
    rule: Rule
    blanks: Mapping[str, str | Text] | None = None
    shared: bool = False


# What people write into the rule where it is no parameter; the first ones are the commonest.
USUAL: dict[str, tuple[float, ...]] = {
    "lr": (0.01, 0.001, 0.1, 1.0),
    "momentum": (0.9, 0.5, 0.8, 0.95, 0.99),
    "rho": (0.9, 0.99, 0.95, 0.999),
    "beta1": (0.9,),
    "beta2": (0.999,),
    "eps": (1e-7, 1e-8, 1e-10, 1e-6, 1e-5, 1e-12, 0.0),
    "decay": (0.01, 1e-4, 0.001, 0.1, 5e-4),
}
# Where a value is looked for that nobody hands in, and in how many steps the results rise or fall
# with it: from the second on, a larger epsilon is a larger or a smaller step.
_RANGES = {
    "lr": (1e-6, 10.0, 1),
    "momentum": (0.01, 0.9999, 2),
    "rho": (0.01, 0.9999, 1),
    "beta1": (0.01, 0.9999, 2),
    "beta2": (0.01, 0.9999, 2),
    "eps": (LEAST_EPSILON, SMALL, 1),
}
_SAID = {"lr": "lr", "momentum": "mu", "rho": "rho", "beta1": "b1", "beta2": "b2", "eps": "eps",
         "decay": "weight_decay"}  # fmt: skip


_Fixings = Sequence[Mapping[str, float]]


class _Each(Sequence[Form]):
    """The form of every pair, made when it is asked for: of hundreds one is bisected at a time."""

    def __init__(
        self, form: Callable[[Any, Any], Form], outer: Sequence[Any], inner: Sequence[Any]
    ):
        self.form, self.outer, self.inner = form, outer, inner
        self._made: dict[int, Form] = {}  # what a form computes is remembered by the form

    def __len__(self) -> int:
        return len(self.outer) * len(self.inner)

    def __getitem__(self, i: Any) -> Any:
        if not 0 <= i < len(self):
            raise IndexError(i)
        if i not in self._made:
            outer, inner = divmod(i, len(self.inner))
            self._made[i] = self.form(self.outer[outer], self.inner[inner])
        return self._made[i]


@dataclass(frozen=True)
class Rules:
    """All meanings of a method. ``needless``: settings that may be absent without a word."""

    wanted: Sequence[str]
    right: Sequence[Right]
    wrong: Sequence[Wrong]
    needless: Sequence[str] = ()

    def course(self) -> Form:
        """The course's own, with every setting handed in."""
        return Form(chain(self.right[0].rule, {}))

    def meanings(self, given: frozenset[str], course: Form | None) -> tuple[Form, ...]:
        """The right rules and the mistakes, with settings that are not given at usual values."""
        fixings = list(_fixings([n for n in self.wanted if n not in given]))
        return (
            *([course] if course and fixings == [{}] else []),
            *(self._right(r, fixed) for fixed in fixings for r in self.right),
            *(
                Form(chain(w.rule, fixed, w.shared), w.cause, None, w.blanks or {})
                for fixed in fixings
                for w in self.wrong
            ),
            *(m for fixed in fixings for m in self._ignored(given, fixed)),
            *(
                Form(chain(in_float32(r.rule), fixed), "float32_inside", takes=_names_float32)
                for fixed in fixings
                for r in self.right
            ),
        )

    def free(self, given: frozenset[str]) -> Iterator[Free]:
        """The same with one setting solved that is written into the code, whatever its value."""
        for name in (n for n in self.wanted if n in _RANGES):
            others = list(_fixings([n for n in self.wanted if n not in given and n != name]))
            low, high, steps = _RANGES[name]
            if name in given:
                yield Free(partial(self._all_ignored, name, others), low, high, steps)
                continue
            yield Free(partial(self._all_right, name, others), low, high, steps)
            if name == "eps":
                yield Free(partial(self._all_too_large, others), SMALL, LARGEST, steps)
            yield Free(partial(self._all_wrong, name, others), low, high, steps)

    def _all_right(self, name: str, others: _Fixings, value: float) -> Sequence[Form]:
        return _Each(lambda fixed, r: self._right(r, {**fixed, name: value}), others, self.right)

    def _all_too_large(self, others: _Fixings, value: float) -> Sequence[Form]:
        return _Each(
            lambda fixed, r: too_large(self._right(r, {**fixed, "eps": value}), value, "root_"),
            others,
            self.right,
        )

    def _all_wrong(self, name: str, others: _Fixings, value: float) -> Sequence[Form]:
        def form(fixed: Mapping[str, float], w: Wrong) -> Form:
            rule = chain(w.rule, {**fixed, name: value}, w.shared)
            return Form(rule, w.cause, None, w.blanks or {})

        return _Each(form, others, self.wrong)

    def _all_ignored(self, name: str, others: _Fixings, value: float) -> Sequence[Form]:
        blanks = {"name": _SAID[name], "value": f"{value:g}"}

        def form(fixed: Mapping[str, float], r: Right) -> Form:
            return Form(chain(r.rule, {**fixed, name: value}), "setting_ignored", blanks=blanks)

        return _Each(form, others, self.right)

    def _right(self, of: Right, fixed: Mapping[str, float]) -> Form:
        said = {name: v for name, v in fixed.items() if name not in self.needless}
        cause = "no_epsilon" if fixed.get("eps") == 0.0 else ""
        return Form(chain(of.rule, fixed), cause, _joined(of.convention, said))

    def _ignored(self, given: frozenset[str], fixed: Mapping[str, float]) -> tuple[Form, ...]:
        """A setting is handed in, and a fixed value is used all the same."""
        return tuple(
            Form(chain(r.rule, {**fixed, name: value}), "setting_ignored",
                    blanks={"name": _SAID[name], "value": f"{value:g}"})
            for r in self.right
            for name in self.wanted
            for value in USUAL[name]
            if name in given
        )  # fmt: skip


def _fixings(absent: Sequence[str]) -> Iterable[dict[str, float]]:
    for chosen in product(*(USUAL[name] for name in absent)):
        yield dict(zip(absent, chosen, strict=True))


def _joined(convention: Text | None, fixed: Mapping[str, float]) -> Text | None:
    values = ", ".join(f"{_SAID[name]} = {v:g}" for name, v in fixed.items())
    said = Text(f"fixed in the code: {values}", f"コード内で固定: {values}") if values else None
    return joined(convention, said)
