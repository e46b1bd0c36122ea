"""How the probes of a concept are written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.concept import Probe, Role
from compare.check.i18n.text import Text
from compare.check.matching import F64
from compare.core.case import Case, Program

ORDINARY = Text("ordinary numbers", "ふつうの値")


def _nothing(side: Any, a: Any) -> Any:
    return iter(())


def probe(
    name: str,
    sizes: Mapping[str, int],
    arrays: Mapping[str, Any],
    about: Text = ORDINARY,
    role: Role = Role.ORDINARY,
) -> Probe:
    """A probe whose arrays are drawn as those of a Case: shapes, Draws or values by name."""
    case = Case(name, "", about.en, Program(_nothing), sizes=sizes, arrays=arrays)  # drawn only
    return Probe(case, about, role)


def drawn(
    name: str,
    sizes: Mapping[str, int],
    load: Callable[[np.random.Generator, Any], dict[str, Any]],
    about: Text = ORDINARY,
    role: Role = Role.ORDINARY,
) -> Probe:
    """A probe whose arrays a function draws."""
    return Probe(Case(name, "", about.en, Program(_nothing), sizes=sizes, load=load), about, role)


def of_size(probe: Probe, name: str, n: int) -> Probe:
    """The same with so many of what it has several of."""
    sizes = probe.case.sizes
    several = sizes.get(name, 1) > 1
    return replace(probe, case=replace(probe.case, sizes={**sizes, name: n})) if several else probe


def constant(array: np.ndarray, error: Any = 0.0) -> Bounded:
    """What a formula has without rounding, or may miss by an error that is no rounding."""
    return Bounded(np.asarray(array, dtype=np.float64), np.full(np.shape(array), error), F64)
