"""By what a network's loss and gradients are multiplied, to be those of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compare.check.fitting.networks.explanation import Structure
from compare.check.naming.network_parameters import LR

# what the course's losses multiply the sum over a batch of N rows of K outputs by
SCALES: Mapping[str, Callable[[int, int], float]] = {
    "softmax_with_loss": lambda N, K: 1 / N,
    "cross_entropy_error": lambda N, K: 1 / N,
    "sigmoid_with_loss": lambda N, K: 1 / (N * K),
    "binary_cross_entropy": lambda N, K: 1 / (N * K),
    "binary_cross_entropy_error": lambda N, K: 1 / (N * K),
    "half_squared_error": lambda N, K: 1 / N,
    "identity_with_loss": lambda N, K: 1 / N,
    "mean_squared_error": lambda N, K: 1 / (N * K),
}


@dataclass(frozen=True)
class Scaling:
    """By what their loss and their gradients are multiplied, to be those of a case."""

    structure: Structure
    loss: str

    def of_loss(self, N: int, K: int, features: int) -> float:
        """Of the loss that they report."""
        reported = self.structure.loss
        return self._wanted(N, K) / reported.scale.of(N, K, features) if reported else 1.0

    def of_gradients(self, N: int, K: int, features: int) -> float:
        """Of the gradients that they give."""
        plan = self.structure.plan
        at_our_rate = LR / plan.rate if plan.read_off else 1.0
        return at_our_rate * self._wanted(N, K) / plan.scale.of(N, K, features)

    def _wanted(self, N: int, K: int) -> float:
        return SCALES[self.loss](N, K) if self.loss else 1.0
