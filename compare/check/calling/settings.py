"""What a constructor has to be given beside sizes and weights: a name, a seed, a generator."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from compare.check.naming.network_parameters import is_generator, needed, settings

# by what is asked of it: the old one has randn, the new one integers
_OLD_METHODS = re.compile(r"\.(randn|rand|randint|random_sample)\(")
# of one that draws, and of no array
_DRAW = {n for kind in (np.random.Generator, np.random.RandomState) for n in dir(kind)
         if not n.startswith("_")} - {*dir(np.ndarray)}  # fmt: skip
_OLD = "__import__('numpy').random.RandomState(0)"
_NEW = "__import__('numpy').random.default_rng(0)"


def is_setting(subject: Any, name: str) -> bool:
    """Whether a parameter of the constructor changes nothing of what is computed."""
    return _draws(subject, name) or name in settings(subject.found.parameters)


def settings_of(subject: Any) -> dict[str, Any]:
    """Those that have to be given, by name."""
    parameters = needed(subject.found.parameters)
    generators = [p.name for p in parameters if _draws(subject, p.name)]
    source = _OLD if _OLD_METHODS.search(subject.found.source) else _NEW
    made = {name: subject.box.define(source) for name in generators}
    return settings(subject.found.parameters) | made


def _draws(subject: Any, name: str) -> bool:
    """Whether a parameter is a generator of random numbers, by its name or by what it is asked."""
    asked = re.findall(rf"\b{re.escape(name)}\.(\w+)\(", subject.found.source)
    return is_generator(name) or bool(_DRAW & {*asked})
