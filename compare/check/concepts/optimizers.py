"""§4: update rules as people write them: SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adadelta, Adam.

Epsilon under the root is a convention where the method is published both ways (AdaGrad, where torch
has an equal setting, and RMSprop). For Adam it is a mistake: algorithm 1 of Kingma and Ba adds it
to sqrt v̂, no setting of torch is equal, and at gradients of 1e-5 the step is off by 98%.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from compare.cases.section4_descent import FORMULAS
from compare.check.calling.optimizers.call_styles import is_taken
from compare.check.calling.optimizers.outcome import arrangements, begins_at
from compare.check.calling.optimizers.parameters import split
from compare.check.calling.optimizers.signature import settings_of
from compare.check.concept import CallStyle, Concept, Form, Free, Results, Tried
from compare.check.fitting import adam, momentum, scaled_updates
from compare.check.fitting.update_steps import Rules
from compare.check.fitting.weight_decay import decaying, is_decoupled
from compare.check.matching import evaluated, follows
from compare.check.naming.bind import plain
from compare.check.naming.grammar import meaning
from compare.check.naming.network_parts import Part, part_of
from compare.check.naming.update_parameters import SETTINGS, roles
from compare.check.probes.updates import probes_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition


def _torch(name: str, wanted: Sequence[str]) -> Any:
    """The steps of torch_ref's class of that name."""
    called = {"rho": "alpha"} if name == "RMSprop" else {}

    def run(side: Any, a: Any) -> dict[str, Any]:
        settings = {called.get(n, n): float(a[n][0]) for n in wanted if n != "lr"}
        made = side.get(f"optimizers.{name}")(float(a["lr"][0]), **settings)
        params = {n: p.clone() for n, p in split(a["p"], a["shapes"]).items()}
        results: dict[str, Any] = {}
        for t, lr in enumerate(a["lr"]):
            made.lr = float(lr)
            made.update(params, {n: g.clone() for n, g in split(a["g"][t], a["shapes"]).items()})
            results |= {f"step/{t + 1}/{n}": p.clone() for n, p in params.items()}
        return results

    return run


class _Forms:
    """The formulas that an update may follow, by the settings that it was given of those known."""

    def __init__(self, of: Rules, known: Sequence[str]) -> None:
        self.of, self.known, self.course = of, known, of.course()
        # what they compute is remembered by the form, for all submissions
        self._common = cache(lambda given: (*of.meanings(given, self.course), self.course))
        self._common_free = cache(lambda given: tuple(of.free(given)))

    def free(self, trial: Tried) -> tuple[Free, ...]:
        """Those with constants that are solved for."""
        given = settings_of(trial.subject, self.known)
        decays = "decay" in given or is_decoupled(trial.subject.found.name)
        return () if decays else self._common_free(given)

    def meanings(self, trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
        """Those that may be meant, and the mistakes that begin as it does."""
        beginning: Mapping[str, Any] = trial.beginning()
        given = settings_of(trial.subject, self.known)
        name = trial.subject.found.name
        if "decay" in given or is_decoupled(name):
            shown = decaying(self.of, name).meanings(given, None)
            beginning = dict(beginning)  # these forms are of this submission alone
        else:
            shown = self._common(given)
        # where 0 is handed in as the first step, 0 is not what is wrong
        possible = [m for m in shown if begins_at(arrangement) or m.cause != "step_count"]
        ran = trial.first(arrangement)
        if trial.right_alone:
            return tuple(m for m in possible if m.right and _begins_so(ran, m, beginning))
        if any(m.right and _begins_so(ran, m, beginning) for m in possible):
            return tuple(possible)  # the mistakes are hardly needed
        return tuple(m for m in possible if m.right or _begins_so(ran, m, beginning))


def _concept(
    name: str, wanted: tuple[str, ...], names: tuple[str, ...], right: Any, wrong: Any,
    extra: Mapping[str, Any] | None = None, needless: tuple[str, ...] = (),
    general: tuple[str, ...] = (), needs: str = "",
    built_like: Callable[[Definition], bool] = lambda definition: False,
) -> Concept:  # fmt: skip
    """``extra``: settings of other rules, which are turned off · ``general``: what is called so is
    this rule only if it has the parameter that ``needs`` names.
    """
    of = Rules(wanted, right, wrong, needless)
    known = (*wanted, "decay", *(role for role in extra or {} if role in SETTINGS))
    called = is_taken(known)
    plainly = {meaning(n) for n in general}

    forms = _Forms(of, known)

    return Concept(
        f"optimizer.{name.lower()}",
        "§4",
        FORMULAS[name],
        (*names, *general),
        probes_of(name.lower()),
        arrangements(known, extra or {}),
        (forms.course,),
        _torch(name, wanted),
        takes=lambda s: called(s)
        and (meaning(s.found.name, of_class=True) not in plainly or _has(s, needs)),
        meanings_of=forms.meanings,
        free=forms.free,
        built_like=built_like,
    )  # fmt: skip


def _begins_so(ran: Results, meaning: Form, beginning: Mapping[str, Any]) -> bool:
    """Whether its first two steps are those of a mistake: most are ruled out by them, which is a
    sixth of the work.
    """
    if ran.failed is not None:
        return True
    try:
        with np.errstate(all="ignore"):
            wanted = evaluated(meaning.formula, beginning)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return False  # a mistake may have no result on some shapes
    return follows({name: v for name, v in ran.values.items() if name in wanted}, wanted)


def _is_plain_update(definition: Definition) -> bool:
    """Whether a function is called after what moves weights, and takes them and their gradients."""
    required = [p for p in definition.parameters if p.required and not p.variadic]
    both = len(roles(required, ("params", "grads"))) == 2
    return definition.kind == "function" and both and part_of(definition.name) is Part.MOVES


def _has(subject: Subject, role: str) -> bool:
    """Whether it has a setting of that role; what is called decay is a rate's as often as mu."""
    there = [p for p in subject.found.parameters if plain(p.name) != "decay"]
    return role in roles(there, ("lr", role))


CONCEPTS = (
    _concept(
        "SGD",
        ("lr",),
        ("sgd", "vanilla_update", "update_parameters", "update_params", "update_weights"),
        momentum.SGD,
        momentum.WRONG_SGD,
        {"momentum": 0.0, "nesterov": False},
        built_like=_is_plain_update,
    ),
    _concept(
        "Momentum",
        ("lr", "momentum"),
        ("momentum", "polyak"),
        momentum.MOMENTUM,
        momentum.WRONG_MOMENTUM,
        {"nesterov": False},
        general=("sgd",),
        needs="momentum",
    ),
    _concept(
        "Nesterov",
        ("lr", "momentum"),
        ("nesterov",),
        momentum.NESTEROV,
        momentum.WRONG_NESTEROV,
        {"nesterov": True},
        general=("sgd", "momentum"),
        needs="nesterov",
    ),
    _concept(
        "AdaGrad",
        ("lr", "eps"),
        ("adagrad",),
        scaled_updates.ADAGRAD,
        scaled_updates.WRONG_ADAGRAD,
    ),
    _concept(
        "RMSprop",
        ("lr", "rho", "eps"),
        ("rmsprop",),
        scaled_updates.RMSPROP,
        scaled_updates.WRONG_RMSPROP,
    ),
    _concept(
        "Adadelta",
        ("lr", "rho", "eps"),
        ("adadelta",),
        scaled_updates.ADADELTA,
        scaled_updates.WRONG_ADADELTA,
        needless=("lr",),
    ),
    _concept(
        "Adam",
        ("lr", "beta1", "beta2", "eps"),
        ("adam", "adamw"),
        adam.ADAM,
        adam.WRONG_ADAM,
        {"correction": True},
    ),
)  # fmt: skip
