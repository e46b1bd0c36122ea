"""§4 Mini-batches in parallel: parts of a batch, their means, and a training on several ranks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from compare.cases import inputs
from compare.cases.programs import (
    data_parallel_training,
    means,
    refused_in_parallel,
    shares,
)
from compare.core.case import Case, Program
from compare.core.recipe import Recipe
from compare.language.message import message

_FORMULA = "p <- p - lr sum_r (N_r / N) dE_r/dp, at every rank"
_SOURCES = ("parallel.train", "parallel.Replica")


def _training(
    name: str,
    about: str,
    ranks: int,
    recipe: Recipe,
    n: int,
    batch_size: int,
    nodes: tuple[int, int, int],
    d: Any,
    program: Callable[[int, Recipe], Program] = data_parallel_training,
) -> Case:
    steps = 2 * -(-n // batch_size)  # two epochs, each with its short last batch
    return Case(
        f"parallel.{name}",
        "§4",
        about,
        program(ranks, recipe),
        formula=_FORMULA,
        sources=_SOURCES,
        sizes={"N": n, "I": nodes[0], "H": nodes[1], "K": nodes[2], "R": ranks},
        arrays={
            "x": "N I",
            "d": d,
            **inputs.weights(nodes, "xavier"),
            "batches": inputs.batches(n, batch_size, steps, "without_replacement"),
        },
    )


CASES = (
    Case(
        "parallel.share",
        "§4",
        message("a batch dealt out to four ranks, in parts that differ by one"),
        shares(4),
        sources=("parallel.share",),
        sizes={"N": 11},  # 3 + 3 + 3 + 2
        arrays={"batch": lambda rng, sizes: rng.permutation(sizes["N"])},
    ),
    Case(
        "parallel.share.few",
        "§4",
        message("fewer samples than ranks: some have none"),
        shares(4),
        sources=("parallel.share",),
        sizes={"N": 3},
        arrays={"batch": lambda rng, sizes: rng.permutation(sizes["N"])},
    ),
    Case(
        "parallel.means",
        "§4",
        message("the mean of all samples and the mean of the parts' means, which are two numbers"),
        means(),
        formula="sum_r (N_r / N) m_r;  1/R sum_r m_r",
        sources=("parallel.mean_of_all", "parallel.mean_of_means"),
        sizes={"R": 3, "K": 4},
        arrays={"means": "R K", "sizes": np.array([5, 5, 1])},
    ),
    _training(
        "ranks.2",
        message("two ranks, the last batch of an epoch uneven, SGD with momentum"),
        2,
        Recipe("tanh", "identity", "identity_with_loss", "Momentum", lr=0.05),
        n=17,
        batch_size=6,  # 3 + 3, and of the last one 3 + 2
        nodes=(3, 5, 4),
        d="N K",
    ),
    _training(
        "ranks.4",
        message("four ranks with equal parts, Adam under a decaying rate"),
        4,
        Recipe(
            *("relu", "softmax", "softmax_with_loss", "Adam"),
            lr=0.01,
            schedule=("exponential_decay", 0.9),
        ),
        n=24,
        batch_size=8,
        nodes=(6, 5, 3),
        d=inputs.classes,
    ),
    _training(
        "ranks.4.uneven",
        message("four ranks with uneven parts, of the last batch one without a sample, SGD"),
        4,
        Recipe("sigmoid", "softmax", "softmax_with_loss", "SGD", lr=0.5),
        n=23,
        batch_size=10,  # 3 + 3 + 2 + 2, and of the last one 1 + 1 + 1 + 0
        nodes=(6, 5, 3),
        d=inputs.classes,
    ),
    _training(
        "refused",
        message("fewer sizes than means, and fewer learning rates than batches"),
        2,
        Recipe("tanh", "identity", "identity_with_loss", "SGD", lr=0.05),
        n=8,
        batch_size=5,
        nodes=(3, 4, 1),
        d="N K",
        program=refused_in_parallel,
    ),
)
