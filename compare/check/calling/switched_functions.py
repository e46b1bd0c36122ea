"""Functions that are told whether they train: by a flag, a word, or one in their settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.in_script import handed
from compare.check.naming.network_parameters import role_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition

_DRAWS = re.compile(r"\b(random|rng|rand|binomial|bernoulli|choice)\b")
_COMPARED = re.compile(r"[=!]=\s*['\"](\w+)['\"]")
_TRAINING = re.compile(r"train|learn|fit|gakushu|kunren", re.IGNORECASE)


def draws(definition: Definition) -> bool:
    """Whether a function draws numbers, and does something else where a switch is set."""
    switches = any(role_of(p.name) == "training" for p in definition.parameters)
    told = switches or bool(_COMPARED.search(definition.source))
    return definition.kind == "function" and told and bool(_DRAWS.search(definition.source))


def arguments_in(subject: Subject, training: bool, x: np.ndarray | None = None) -> dict[str, Any]:
    """What its script hands it, in one of its two modes and with these numbers.

    Empty where it is handed no array of floats or more than one, or has no switch.
    """
    if not draws(subject.found):
        return {}
    values = handed(subject, subject.found.name, np.ones(4))
    values = {p.name: p.default for p in subject.found.parameters if not p.required} | values
    arrays = [n for n, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
    words = _COMPARED.findall(subject.found.source)
    moded = {n: _in_mode(n, v, training, words) for n, v in values.items()}
    moded = {n: v for n, v in moded.items() if v is not None}
    if len(arrays) != 1 or len(moded) != 1:
        return {}
    return {**values, **moded, **({} if x is None else {arrays[0]: np.copy(x)})}


def _in_mode(name: str, value: Any, training: bool, words: list[str]) -> Any:
    """A flag, a word or settings that say so; None of what is no switch."""
    if isinstance(value, bool):
        return training if role_of(name) == "training" else None
    if isinstance(value, str) and value and (value in words or _TRAINING.match(value)):
        of_mode = [w for w in words if bool(_TRAINING.match(w)) == training]
        return next(iter(of_mode), "train" if training else "test")
    if isinstance(value, Mapping):
        inside = {k: _in_mode(k, v, training, words) for k, v in value.items()}
        inside = {k: v for k, v in inside.items() if v is not None}
        return {**value, **inside} if len(inside) == 1 else None
    return None
