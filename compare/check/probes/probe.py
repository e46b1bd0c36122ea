"""How the probes of a concept are written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compare.check.concept import Probe, Role
from compare.check.i18n.text import Text
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
