"""How a training run is made: the network, its loss, and the rule that updates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compare.core.implementation import Implementation


@dataclass(frozen=True)
class Recipe:
    """How a training run is made: the network, its loss, and the rule that updates it."""

    hidden: str
    output: str
    loss: str
    rule: str
    lr: float
    schedule: tuple[Any, ...] = ("constant",)
    settings: Mapping[str, float] = field(default_factory=dict)

    def network(self, side: Implementation, params: Mapping[str, Any]) -> Any:
        """A side's network with these parameters."""
        return side.network(params, hidden=self.hidden, output=self.output, loss=self.loss)

    def optimizer(self, side: Implementation) -> Any:
        """A side's update rule with these settings."""
        return side.get(f"optimizers.{self.rule}")(self.lr, **self.settings)

    def learning_rates(self, side: Implementation, steps: int) -> list[float]:
        """A side's rate of each step."""
        kind, *settings = self.schedule
        return side.get(f"schedules.{kind}")(self.lr, steps, *settings)

    def loop(
        self, side: Implementation, params: Mapping[str, Any], a: Mapping[str, Any], done: int = 0,
        left: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Any, Iterator[Mapping[str, Any]]]:  # fmt: skip
        """A side's network, optimizer and training steps on the problem's batches.

        After ``done`` of them, from the trace that the last one left.
        """
        network, optimizer = self.network(side, params), self.optimizer(side)
        batches, lrs = a["batches"], self.learning_rates(side, len(a["batches"]))
        if done:
            side.get("training.resume")(network, optimizer, left)
            batches, lrs = batches[done:], lrs[done:]
        train = side.get("training.train")
        return network, optimizer, train(network, optimizer, a["x"], a["d"], batches, lrs)
