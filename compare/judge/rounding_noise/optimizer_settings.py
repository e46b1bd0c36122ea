"""The numbers of an optimizer, which are Python floats and no results, off by rounding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from compare.judge.rounding_noise.draws import Draws


class OptimizerSettings:
    """Moves the Python floats of every optimizer for the time of a step, and puts them back."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws
        self.saved: list[dict[str, Any]] = []

    @contextmanager
    def moved(self) -> Iterator[None]:
        """In each step of an optimizer inside."""
        hooks = (
            register_optimizer_step_pre_hook(self.before),
            register_optimizer_step_post_hook(self.after),
        )
        try:
            yield
        finally:  # they are global in torch
            for hook in hooks:
                hook.remove()

    def before(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """A hook of torch's: what it keeps is put back by ``after``."""
        self.saved = [dict(group) for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group.update({k: self._moved(v) for k, v in group.items() if k != "params"})

    def after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """The hook behind the step."""
        for group, saved in zip(optimizer.param_groups, self.saved, strict=True):
            group.update(saved)

    def _moved(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._moved(v) for v in value)
        return self.draws.number(value) if isinstance(value, float) else value
