"""A Trace: what one side computed, name by name, in order of computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trace:
    """One pass (``step`` None) or one training step: name → array, in order of computation."""

    values: Mapping[str, Any]
    step: int | None = None

    def full_name(self, name: str) -> str:
        """``u1`` of step 3 is ``step/3/u1``."""
        return name if self.step is None else f"step/{self.step}/{name}"


STATE = ("param/", "state/")  # with these alone a step can be made again


def state_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a training step leaves to the next: parameters, and what the optimizer remembers."""
    return {name: value for name, value in values.items() if name.startswith(STATE)}


def quantity(full_name: str) -> str:
    """The name without its step: ``step/3/u1`` is ``u1``."""
    # maxsplit: ``step/3/grad/W1`` is ``grad/W1``
    return full_name.split("/", 2)[2] if full_name.startswith("step/") else full_name
