"""§4: update rules as people write them: SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adadelta, Adam.

Epsilon under the root is a convention where the method is published both ways (AdaGrad, where torch
has an equal setting, and RMSprop). For Adam it is a mistake: algorithm 1 of Kingma and Ba adds it
to sqrt v̂, no setting of torch is equal, and at gradients of 1e-5 the step is off by 98%.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.cases.section4_descent import FORMULAS
from compare.check.calling.optimizers.call_styles import is_taken
from compare.check.calling.optimizers.closures import returned
from compare.check.calling.optimizers.outcome import arrangements, begins_at
from compare.check.calling.optimizers.parameters import split
from compare.check.calling.optimizers.signature import settings_of, signature
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.fitting import adam, momentum, scaled_updates
from compare.check.fitting.update_steps import Rules, Shown, at_rest
from compare.check.fitting.weight_decay import decaying, decays_by_nothing
from compare.check.naming.bind import plain
from compare.check.naming.grammar import meaning, words
from compare.check.naming.network_parts import Part, part_of
from compare.check.naming.update_parameters import SETTINGS, has_to_decay, roles
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


def _meanings(of: Rules, known: Sequence[str], trial: Tried, style: CallStyle) -> tuple[Form, ...]:
    """The formulas that an update may follow, and the mistakes that begin as it does."""
    name, source = trial.subject.found.name, trial.subject.found.source
    given = settings_of(trial.subject, known)
    if "decay" in given or has_to_decay(name) and not decays_by_nothing(source):
        of = decaying(of, name)
    rule = signature(trial.subject, known)
    of = of.asked() if rule and rule.asks else of
    still = rule is not None and rule.minimizes
    probe = trial.concept.probes[0]
    narrow = "float32" in source or "np.single" in source
    numbers = at_rest(trial.numbers(probe)) if still else trial.numbers(probe)
    shown = Shown(numbers, given, trial.first(style).values, narrow)
    # two forms of calling it often give the same
    key = (trial.concept.name, trial.right_alone, given, shown.steps.tobytes())
    if key not in trial.subject.made:
        forms = of.meanings(shown, trial.right_alone)
        if still:
            forms = tuple(replace(f, formula=partial(_at_rest, f.formula)) for f in forms)
        trial.subject.made[key] = forms
    possible: tuple[Form, ...] = trial.subject.made[key]
    # where 0 is handed in as the first step, 0 is not what is wrong
    return tuple(m for m in possible if begins_at(style) or m.cause != "step_count")


def _at_rest(formula: Callable[[Arrays], Arrays], arrays: Arrays) -> Arrays:
    return formula(at_rest(arrays))


def update_rule(
    name: str, of: Rules, names: tuple[str, ...],
    extra: Mapping[str, Any] | None = None, general: tuple[str, ...] = (), needs: str = "",
    built_like: Callable[[Definition], bool] = lambda definition: False,
    formula: str = "", page: str = "SGD",
) -> Concept:  # fmt: skip
    """What people write of a rule.

    ``extra``: settings of other rules, which are turned off · ``general``: what is called so is
    this rule only if it has the parameter that ``needs`` names · ``formula``: of a rule of no
    course, which is told no mistake that nothing explains · ``page``: its class in torch.optim.
    """
    wanted = tuple(of.wanted)
    known = (*wanted, "decay", *(role for role in extra or {} if role in SETTINGS))
    called = is_taken(known)
    plainly = {meaning(n) for n in general}

    return Concept(
        f"optimizer.{name.lower()}",
        "§4",
        formula or FORMULAS[name],
        (*names, *general),
        probes_of(name.lower()),
        arrangements(known, extra or {}),
        (of.course(),),
        None if formula else _torch(name, wanted),
        takes=lambda s: called(s)
        and (meaning(s.found.name, of_class=True) not in plainly or _has(s, needs)),
        meanings_of=partial(_meanings, of, known),
        built_like=lambda d: built_like(d) or _is_made_by(d, name.lower()),
        never_right=_goes_uphill if len(wanted) > 1 and not formula else None,
        told_by_edits=bool(formula),
        rules=of,
        page=page and f"torch.optim.{page}",
    )  # fmt: skip


def _goes_uphill(trial: Tried, style: CallStyle) -> bool:
    """Whether its first step increases everything along its gradient.

    Of what has a state: p + lr g alone is also what adds two arrays.
    """
    numbers, steps = trial.numbers(trial.concept.probes[0]), trial.first(style).values
    before = split(np.asarray(numbers["p"].value), numbers["shapes"])
    gradients = split(np.asarray(numbers["g"][0].value), numbers["shapes"])
    moved = {n: steps[f"step/1/{n}"] - p for n, p in before.items() if f"step/1/{n}" in steps}
    return bool(moved) and all((moved[n] * gradients[n] > 0).all() for n in moved)


def _is_plain_update(definition: Definition) -> bool:
    """Whether a function is called after what moves weights, and takes them and their gradients."""
    required = [p for p in definition.parameters if p.needed]
    both = len(roles(required, ("params", "grads"))) == 2
    return definition.kind == "function" and both and part_of(definition.name) is Part.MOVES


def _is_made_by(definition: Definition, name: str) -> bool:
    """Whether it returns the function that takes a step, and is called after making it."""
    makes = definition.kind == "function" and returned(definition.source) is not None
    return makes and words(definition.name)[1:] == (name,)


def _has(subject: Subject, role: str) -> bool:
    """Whether it has a setting of that role; what is called decay is a rate's as often as mu."""
    there = [p for p in subject.found.parameters if plain(p.name) != "decay"]
    return role in roles(there, ("lr", role))


_MU = ("lr", "momentum")
_MEAN = ("lr", "rho", "eps")
_PLAIN = ("sgd", "sgdw", "vanilla_update", "update_parameters", "update_params", "update_weights")


CONCEPTS = (
    update_rule(
        "SGD", Rules(("lr",), momentum.SGD, momentum.WRONG_SGD), _PLAIN,
        {"momentum": 0.0, "nesterov": False}, built_like=_is_plain_update,
    ),
    update_rule(
        "Momentum", Rules(_MU, momentum.MOMENTUM, momentum.WRONG_MOMENTUM),
        ("momentum", "polyak"), {"nesterov": False}, general=("sgd", "sgdw"), needs="momentum",
    ),
    update_rule(
        "Nesterov",
        Rules(_MU, momentum.NESTEROV, momentum.WRONG_NESTEROV,
              ahead=Rules(_MU, momentum.AHEAD, momentum.WRONG_AHEAD)),
        ("nesterov",), {"nesterov": True}, general=("sgd", "momentum"), needs="nesterov",
    ),
    update_rule(
        "AdaGrad",
        Rules(("lr", "eps"), scaled_updates.ADAGRAD, scaled_updates.WRONG_ADAGRAD),
        ("adagrad",), page="Adagrad",
    ),
    update_rule(
        "RMSprop", Rules(_MEAN, scaled_updates.RMSPROP, scaled_updates.WRONG_RMSPROP),
        ("rmsprop",), page="RMSprop",
    ),
    update_rule(
        "Adadelta",
        Rules(_MEAN, scaled_updates.ADADELTA, scaled_updates.WRONG_ADADELTA, needless=("lr",)),
        ("adadelta",), page="Adadelta",
    ),
    update_rule(
        "Adam", Rules(("lr", "beta1", "beta2", "eps"), adam.ADAM, adam.WRONG_ADAM),
        ("adam", "adamw"), {"correction": True}, page="Adam",
    ),
)  # fmt: skip
