"""What a case runs: one program for every side, written in the names that the sides share.

A program gets an Implementation and the problem's arrays in that side's own type, and yields a
Trace for each pass or training step. Beside it stands what it computes: the rules by which the
judge recomputes every name from what that side computed before.
"""

from compare.cases.programs.functions import (
    activation,
    batches,
    combined_loss,
    function,
    linearity,
    loss,
    optimizer,
    refusals,
    schedule,
    split,
    surface,
    value_range,
)
from compare.cases.programs.networks import (
    forward,
    network,
    numerical,
    params_of,
    resumed,
    training,
    work,
)
from compare.cases.programs.parallel import (
    data_parallel_training,
    means,
    refused_in_parallel,
    shares,
)

__all__ = [
    "activation",
    "batches",
    "combined_loss",
    "data_parallel_training",
    "forward",
    "function",
    "linearity",
    "loss",
    "means",
    "network",
    "numerical",
    "optimizer",
    "params_of",
    "refusals",
    "refused_in_parallel",
    "resumed",
    "schedule",
    "shares",
    "split",
    "surface",
    "training",
    "value_range",
    "work",
]
