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
from compare.language.message import message
from compare.sandbox.interface import Handle, Parameter

OF_OPTIMIZER = Text(
    "an object that changes the optimizer's rate", "オプティマイザの学習率を変えるオブジェクト"
)
CALLED = Text("an object that is called with t", "t を渡して呼ぶオブジェクト")
COUNTS = Text(
    "an object that counts: get(), then step()", "自分で数えるオブジェクト: get() のあと step()"
)
MADE = Text("it returns a function of t", "t の関数を返す")
_OPTIMIZERS = ("optimizer", "optim", "opt")
_RATES = ("__call__", "get_lr", "lr", "get_rate", "learning_rate", "get_learning_rate", "rate")


def optimizer_of(parameters: Sequence[Parameter]) -> str:
    """The parameter that is the optimizer, or ""."""
    return next((p.name for p in parameters if plain(p.name) in _OPTIMIZERS), "")


def rate_of(source: str, name: str) -> str:
    """What it calls the rate of the optimizer of that name."""
    attributes = re.findall(rf"\b{re.escape(name)}\.(\w+)", source)
    return next(
        (n for n in attributes if "lr" in n.lower() or "rate" in n.lower() or n == "eta"), ""
    )


def changes_an_optimizer(subject: Subject) -> bool:
    """Whether it is a class of an optimizer whose step() takes nothing else."""
    name = optimizer_of(subject.found.parameters)
    steps = subject.found.methods.get("step")
    alone = steps is not None and not any(p.required for p in steps)  # with a metric: another kind
    return bool(
        subject.found.kind == "class" and name and alone and rate_of(subject.found.source, name)
    )


def _method(subject: Subject) -> str:
    methods = subject.found.methods
    return next(
        (n for n in _RATES if n in methods and len([p for p in methods[n] if p.required]) == 1), ""
    )


def is_called(subject: Subject) -> bool:
    """Whether it is a class whose objects give the rate of a step."""
    return (
        subject.found.kind == "class"
        and not optimizer_of(subject.found.parameters)
        and bool(_method(subject))
    )


def _rate_now(subject: Subject) -> str:
    """The one method that takes nothing and gives the rate of now, beside step(); or ""."""
    free = [
        name for name, taken in subject.found.methods.items()
        if name != "__init__" and not any(p.required for p in taken)
    ]  # fmt: skip
    others = [name for name in free if name != "step"]
    return others[0] if "step" in free and len(others) == 1 else ""


def counts(subject: Subject) -> bool:
    """Whether it is a class of no optimizer that counts its steps, and gives the rate of now."""
    alone = subject.found.kind == "class" and not optimizer_of(subject.found.parameters)
    return alone and bool(_rate_now(subject))


def by_counting(subject: Subject, values: Mapping[str, float]) -> dict[str, Any]:
    """What it gives before every step."""
    made, rates = _object(subject.call(**_named(subject, values))), []
    for _ in range(int(values["steps"])):
        rates.append(subject.method(made, _rate_now(subject)))
        subject.method(made, "step")
    return {"lr": np.array(rates, dtype=np.float64)}


def settings(subject: Subject) -> Mapping[str, str]:
    """Parameter of the constructor → its role."""
    # or "opt" could be taken for a setting
    optimizer = optimizer_of(subject.found.parameters)
    given = (p for p in subject.found.parameters if p.name != optimizer)
    return found_in(given, not optimizer, counted=not optimizer)


def others(subject: Subject) -> set[str]:
    """What the constructor takes beside settings."""
    return {optimizer_of(subject.found.parameters)} - {""}


def _named(subject: Subject, values: Mapping[str, float]) -> dict[str, Any]:
    return {name: values[role] for name, role in settings(subject).items() if role in values}


def by_steps(subject: Subject, values: Mapping[str, float]) -> dict[str, Any]:
    """The optimizer's rate before every step; it is an object with a rate and nothing else."""
    name = optimizer_of(subject.found.parameters)
    rate = rate_of(subject.found.source, name)
    optimizer = subject.box.define(EMPTY)
    subject.box.set(optimizer, rate, values["lr"])
    made = _object(subject.call(**{name: optimizer}, **_named(subject, values)))
    rates = []
    for _ in range(int(values["steps"])):
        # before the step: the first rate is that of t = 0
        rates.append(subject.box.get(optimizer, rate))
        subject.method(made, "step")
    return {"lr": np.array(rates, dtype=np.float64)}


def by_calls(subject: Subject, values: Mapping[str, float]) -> dict[str, Any]:
    """What the object gives for t = 0, 1, ..."""
    made = _object(subject.call(**_named(subject, values)))
    rates = [subject.method(made, _method(subject), t) for t in range(int(values["steps"]))]
    return {"lr": np.array(rates, dtype=np.float64)}


def makes_a_function(subject: Subject) -> bool:
    """Whether it is a function of settings that returns another, which gives the rate of a step."""
    source = subject.found.source
    inner = re.findall(r"\n\s+def (\w+)\(", source)
    returned = re.search(r"\breturn\s+lambda\b", source) or any(
        re.search(rf"\breturn\s+{name}\s*$", source, re.MULTILINE) for name in inner
    )
    roles = found_in(subject.found.parameters).values()
    return subject.found.kind == "function" and bool(returned) and "t" not in roles


def by_made(subject: Subject, values: Mapping[str, float]) -> dict[str, Any]:
    """What the function gives that it returns, for t = 0, 1, ..."""
    roles = found_in(subject.found.parameters)
    made = _object(subject.call(**{n: values[role] for n, role in roles.items()}))
    rates = [subject.box.method(made, "__call__", t).value for t in range(int(values["steps"]))]
    return {"lr": np.array(rates, dtype=np.float64)}


def _object(value: Any) -> Handle:
    if not isinstance(value, Handle):
        kind = type(value).__name__
        raise TypeError(message("{kind} where an object was expected", kind=kind))
    return value
