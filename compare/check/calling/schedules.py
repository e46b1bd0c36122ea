"""Learning-rate schedules as classes: of an optimizer whose rate they change, or called with t."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.optimizers.holders import EMPTY
from compare.check.i18n.text import Text
from compare.check.naming.bind import plain
from compare.check.naming.schedule_parameters import found_in
from compare.check.subject import Subject
from compare.sandbox.interface import Handle, Parameter

OF_OPTIMIZER = Text(
    "an object that changes the optimizer's rate", "オプティマイザの学習率を変えるオブジェクト"
)
CALLED = Text("an object that is called with t", "t を渡して呼ぶオブジェクト")
_OPTIMIZERS = ("optimizer", "optim", "opt")
_RATES = ("__call__", "get_lr", "lr", "get_rate", "learning_rate", "get_learning_rate", "rate")


def _optimizer(parameters: Sequence[Parameter]) -> str:
    """The parameter that is the optimizer, or ""."""
    return next((p.name for p in parameters if plain(p.name) in _OPTIMIZERS), "")


def _rate_of(source: str, name: str) -> str:
    """What it calls the rate of the optimizer of that name."""
    found = re.findall(rf"\b{re.escape(name)}\.(\w+)", source)
    return next((n for n in found if "lr" in n.lower() or "rate" in n.lower() or n == "eta"), "")


def changes_an_optimizer(s: Subject) -> bool:
    """Whether it is a class of an optimizer whose step() takes nothing else."""
    name = _optimizer(s.found.parameters)
    steps = s.found.methods.get("step")
    alone = steps is not None and not any(p.required for p in steps)
    return bool(s.found.kind == "class" and name and alone and _rate_of(s.found.source, name))


def _method(s: Subject) -> str:
    methods = s.found.methods
    return next(
        (n for n in _RATES if n in methods and len([p for p in methods[n] if p.required]) == 1), ""
    )


def is_called(s: Subject) -> bool:
    """Whether it is a class whose objects give the rate of a step."""
    return s.found.kind == "class" and not _optimizer(s.found.parameters) and bool(_method(s))


def settings(s: Subject) -> Mapping[str, str]:
    """Parameter of the constructor → its role."""
    return found_in(p for p in s.found.parameters if p.name != _optimizer(s.found.parameters))


def others(s: Subject) -> set[str]:
    """What the constructor takes beside settings."""
    return {_optimizer(s.found.parameters)} - {""}


def _named(s: Subject, given: Mapping[str, float]) -> dict[str, Any]:
    return {name: given[role] for name, role in settings(s).items() if role in given}


def by_steps(s: Subject, given: Mapping[str, float]) -> dict[str, Any]:
    """The optimizer's rate before every step; it is an object with a rate and nothing else."""
    name = _optimizer(s.found.parameters)
    rate = _rate_of(s.found.source, name)
    optimizer = s.box.define(EMPTY)
    s.box.set(optimizer, rate, given["lr"])
    made = _object(s.call(**{name: optimizer}, **_named(s, given)))
    rates = []
    for _ in range(int(given["steps"])):
        rates.append(s.box.get(optimizer, rate))
        s.method(made, "step")
    return {"lr": np.array(rates, dtype=np.float64)}


def by_calls(s: Subject, given: Mapping[str, float]) -> dict[str, Any]:
    """What the object gives for t = 0, 1, ..."""
    made = _object(s.call(**_named(s, given)))
    rates = [s.method(made, _method(s), t) for t in range(int(given["steps"]))]
    return {"lr": np.array(rates, dtype=np.float64)}


def _object(value: Any) -> Handle:
    if not isinstance(value, Handle):
        raise TypeError(f"{type(value).__name__} where an object was expected")
    return value
