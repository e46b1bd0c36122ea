"""What a constructor has to be given beside sizes and weights: a name, a seed, a generator."""

from __future__ import annotations

import re
from typing import Any

from compare.check.naming.network_parameters import is_generator, needed, settings

# by what is asked of it: the old one has randn, the new one integers
_OLD_METHODS = re.compile(r"\.(randn|rand|randint|random_sample)\(")
_OLD = "__import__('numpy').random.RandomState(0)"
_NEW = "__import__('numpy').random.default_rng(0)"


def is_setting(subject: Any, name: str) -> bool:
    """Whether a parameter of the constructor changes nothing of what is computed."""
    return is_generator(name) or name in settings(subject.found.parameters)


def settings_of(subject: Any) -> dict[str, Any]:
    """Those that have to be given, by name."""
    parameters = needed(subject.found.parameters)
    generators = [p.name for p in parameters if is_generator(p.name)]
    source = _OLD if _OLD_METHODS.search(subject.found.source) else _NEW
    made = {name: subject.box.define(source) for name in generators}
    return settings(subject.found.parameters) | made
