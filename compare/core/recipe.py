"""How a training run is made: the network, its loss, and the rule that updates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compare.core.implementation import Implementation
from compare.core.training_record import resume, step_record


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
        # ("step_decay", 7, 0.5): its function's name, and what follows the steps
        kind, *settings = self.schedule
        return side.get(f"schedules.{kind}")(self.lr, steps, *settings)

    def loop(
        self, side: Implementation, params: Mapping[str, Any], arrays: Mapping[str, Any],
        steps_done: int = 0, last_trace: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Any, Iterator[Mapping[str, Any]]]:  # fmt: skip
        """A side's network, optimizer and training steps on the problem's batches.

        After ``steps_done`` of them, from the trace of the last of these.
        """
        network, optimizer = self.network(side, params), self.optimizer(side)
        batches, lrs = arrays["batches"], self.learning_rates(side, len(arrays["batches"]))
        if steps_done:
            resume(side, network, optimizer, last_trace or {}, steps_done)
            # rates are made for the whole run and then
            # cut: a cosine's depend on the number of steps
            batches, lrs = batches[steps_done:], lrs[steps_done:]
        train = side.get("training.train")
        losses = train(network, optimizer, arrays["x"], arrays["d"], batches, lrs)
        # a record is read between two steps: the next one writes into the same memory
        steps = (step_record(side, network, optimizer, loss) for loss in losses)
        return network, optimizer, steps
