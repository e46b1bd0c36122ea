"""What is said of one turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Finding:
    """A mistake, by its key, with the blanks of its texts; right, where there is no key.

    ``expected``: along every entry, of what ``given`` is · ``place``: the function that does it, or
    "" where that is the loop itself.
    """

    cause: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)
    given: np.ndarray = field(default_factory=lambda: np.zeros(0))
    expected: np.ndarray = field(default_factory=lambda: np.zeros(0))
    place: str = ""


@dataclass(frozen=True)
class Beside:
    """A mistake in what a loop does beside its steps, shown by one number.

    ``place``: the function that does it, at ``line``, or "" where that is the loop itself.
    """

    cause: str
    blanks: Mapping[str, str]
    name: str
    given: float
    expected: float
    place: str = ""
    line: int = 0
