"""What the judge keeps of a comparison besides its figures: inputs and results of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Format
from compare.judge.verdict import Comparison
from compare.language.message import message
from compare.oracle.rules import Rule

MINE, REFERENCE, BOTH = message("yours"), "torch", message("both")


@dataclass(frozen=True)
class Evidence:
    """What a comparison rests on: the rule, both sides' inputs to it, and both results."""

    rule: Rule
    comparison: Comparison
    parents: tuple[Mapping[str, Any], Mapping[str, Any]]
    values: tuple[np.ndarray, np.ndarray]
    formats: tuple[Format, Format]

    def state(self) -> dict[str, Any]:
        """All but the rule and the formats, which the judge finds again."""
        return {
            "comparison": self.comparison.plain(),
            "parents": [dict(parents) for parents in self.parents],
            "values": list(self.values),
        }


@dataclass(frozen=True)
class Apart:
    """What both sides have of one name, for which there is no rule."""

    name: str
    mine: np.ndarray
    reference: np.ndarray
