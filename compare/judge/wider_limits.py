"""How much wider than computed a case states a limit to be, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from compare.core.outcome import WiderLimit
from compare.judge.verdict import Comparison
from compare.language.message import constant, message


def matching(table: Mapping[str, WiderLimit], name: str) -> WiderLimit | None:
    """The entry of a table keyed by patterns that fits a quantity, or None."""
    return next((entry for pattern, entry in table.items() if fnmatchcase(name, pattern)), None)


def with_reason(compared: Comparison, wider: WiderLimit | None) -> Comparison:
    """The same, saying how much wider its limit is, and why."""
    if wider is None or compared.reason:
        return compared
    reason = message("limit x{factor:g}: {why}", factor=wider.factor, why=constant(wider.reason))
    return replace(compared, reason=reason)
