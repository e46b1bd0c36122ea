"""The graph of the torch network, as torch itself traces it."""

from __future__ import annotations

import warnings

import torch
from torch.utils.tensorboard import SummaryWriter

from compare.report.tensorboard.training_case import TrainingCase, sides


def write_graph(writer: SummaryWriter, trained: TrainingCase) -> None:
    """torch_ref's own layers, from x to y, traced on two samples."""
    network = trained.network(sides()["torch"], trained.start)
    x = torch.tensor(trained.arrays["x"][:2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, of trace itself and of constants in it
        writer.add_graph(network.layers, x)
