"""The graph of the torch network, as torch itself traces it."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter

from compare.report.tensorboard.training_case import TrainingCase, sides


class Prediction(torch.nn.Module):
    """y alone of a network whose forward pass returns every intermediate."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The output y.   x (N, I) → (N, K)."""
        return self.network(x)["y"]


def write_graph(writer: SummaryWriter, trained: TrainingCase) -> None:
    """torch_ref's own layers, from x to y, traced on two samples."""
    network = trained.network(sides()["torch"], trained.start)
    x, d = (torch.tensor(trained.arrays[name][:2]) for name in ("x", "d"))
    network.forward(x)  # backward() needs what it keeps
    network.backward(d)  # the tracer asks for every property, and gradients are one of them
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, of trace itself and of constants in it
        writer.add_graph(Prediction(network), x)
