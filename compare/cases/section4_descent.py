"""§4 Gradient descent: the update rules, learning-rate schedules, and how batches are drawn."""

from dataclasses import replace
from typing import Any

import numpy as np

from compare.cases import inputs
from compare.cases.programs import (
    batches,
    function,
    optimizer,
    params_of,
    refusals,
    resumed,
    schedule,
    split,
    surface,
    training,
)
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.recipe import Recipe
from compare.language.message import message

FORMULAS = {
    "SGD": "p <- p - lr g",
    "Momentum": "m <- mu m + g;  p <- p - lr m",
    "Nesterov": "m <- mu m + g;  p <- p - lr (g + mu m)",
    "AdaGrad": "h <- h + g^2;  p <- p - lr g / (sqrt h + eps)",
    "RMSprop": "h <- a h + (1-a) g^2;  p <- p - lr g / (sqrt h + eps)",
    "Adadelta": (
        "h <- r h + (1-r) g^2;  D = sqrt(s+eps)/sqrt(h+eps) g;  "
        "s <- r s + (1-r) D^2;  p <- p - lr D"
    ),
    "Adam": "m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - lr m^ / (sqrt v^ + eps)",
}
TORCH = {"Momentum": "SGD(momentum)", "Nesterov": "SGD(nesterov)", "AdaGrad": "Adagrad"}


def _gradients(shape: str) -> Any:
    """One gradient a step, of size 1, of size 1e-5, exactly 0, and of a sign that flips."""

    def draw(rng: np.random.Generator, sizes: Any) -> np.ndarray:
        gradients = rng.standard_normal([sizes[letter] for letter in shape.split()])
        columns = gradients.reshape(len(gradients), -1)
        # where epsilon stands, inside or outside the
        # root, is nearly invisible at 1 and plain at 1e-5
        columns[:, 0] *= 1e-5
        # momentum turns round at each step
        columns[:, 1] = np.abs(columns[:, 1]) * (-1.0) ** np.arange(len(gradients))
        columns[::4, 2] = 0  # state decays without a gradient
        return gradients

    return draw


def _rule(name: str, variant: str, about: str, lrs: tuple[Any, ...] = ("constant",)) -> Case:
    return Case(
        f"optimizer.{name.lower()}{variant}",
        "§4",
        message(
            "{name} beside torch.optim.{torch}, {about}",
            name=name,
            torch=TORCH.get(name, name),
            about=about,
        ),
        optimizer(name, lrs),
        formula=FORMULAS[name],
        sources=(f"optimizers.{name}",),
        # thirty steps, as bias correction matters in the first ten and decay later;
        # two tensors, as state that is shared between parameters shows only then
        sizes={"T": 30, "I": 3, "O": 4},
        arrays={"W": "I O", "b": "O", "g_W": _gradients("T I O"), "g_b": _gradients("T O")},
    )


_SCHEDULES = (
    ("constant", ()),
    ("step_decay", (7, 0.5)),
    ("exponential_decay", (0.95,)),
    ("cosine_annealing", (0.001,)),
)


def _own_generators(size: float) -> ExpectedOutcome:
    why = message(
        "NumPy and torch draw other random numbers; so training takes its batches from one sampler"
    )
    return ExpectedOutcome(Outcome.DIFFERENT, why, size=size)


_N = 103  # samples in the descent cases; no multiple of a batch size


_RECIPE = Recipe("tanh", "identity", "identity_with_loss", "Adam", lr=0.01)
_SMALL: dict[str, Any] = {
    "sizes": {"N": 9, "I": 3, "H": 4, "O": 2},
    "arrays": {
        "x": "N I",
        "d": "N O",
        **inputs.weights((3, 4, 2), "xavier"),
        "batches": inputs.batches(9, 5, 6, "with_replacement"),
    },
}


def _a_rate_short(side: Implementation, arrays: Any) -> Any:
    """Training on one learning rate less than there are batches."""
    network, optimizer = _RECIPE.network(side, params_of(arrays)), _RECIPE.optimizer(side)
    rates = _RECIPE.learning_rates(side, len(arrays["batches"]) - 1)
    return list(
        side.get("training.train")(
            network, optimizer, arrays["x"], arrays["d"], arrays["batches"], rates
        )
    )


def _descent(name: str, about: str, batch_size: int, steps: int, order: str, lr: float) -> Case:
    nodes = (5, 7, 2)
    return Case(
        f"descent.{name}",
        "§4",
        about,
        training("tanh", "identity", "identity_with_loss", lr=lr),
        formula=FORMULAS["SGD"],
        sources=("training.train", "training.train_step", "optimizers.SGD"),
        sizes={"N": _N, "I": 5, "H": 7, "O": 2},
        arrays={
            "x": "N I",
            "d": "N O",
            **inputs.weights(nodes, "xavier"),
            "batches": inputs.batches(_N, batch_size, steps, order),
        },
        training=True,
    )


CASES = (
    *(
        _rule(name, "", message("gradients of size 1, 1e-5, 0 and of changing sign"))
        for name in FORMULAS
    ),
    *(
        _rule(
            name,
            # a velocity that has lr inside it equals torch's at a constant rate only
            ".schedule",
            message("under a schedule that multiplies lr by 0.95"),
            ("exponential_decay", 0.95),
        )
        for name in FORMULAS
    ),
    replace(
        _rule("Adam", "", message("a weight that is larger than what is updated at a time")),
        name="optimizer.large",
        sizes={"T": 3, "I": 301, "O": 113},
    ),
    *(
        Case(
            f"schedule.{name}",
            "§4",
            message("the learning rate of 20 steps, {name}", name=name.replace("_", " ")),
            schedule(name, 0.1, 20, *settings),
            sources=(f"schedules.{name}",),
            sizes={"T": 20},
        )
        for name, settings in _SCHEDULES
    ),
    *(
        Case(
            f"initializer.{name}",
            "§4",
            message(
                "initial weights from standard-normal draws: {name}, in the course's sense",
                name=name,
            ),
            function(f"initializers.{name}", "Z", "W", scaled),
            formula=text,
            sources=(f"initializers.{name}",),
            sizes={"I": 5, "O": 4},
            arrays={"Z": "I O"},  # the draws are given: both sides scale the same numbers
        )
        for name, text, scaled in (
            ("normal", "W = 0.01 Z", lambda Z: Z * 0.01),
            # not torch's xavier_normal_, which has n_in + n_out
            ("xavier", "W = Z / sqrt(n_in)", lambda Z: Z / Z.constant(Z.shape[0]).sqrt()),
            ("he", "W = Z sqrt(2 / n_in)", lambda Z: Z * Z.constant(2 / Z.shape[0]).sqrt()),
        )
    ),
    *(
        Case(
            f"surface.{name}",
            "§4",
            message("a surface to descend on, and its gradient: the {name}", name=name),
            surface(name),
            formula=text,
            sources=(f"surfaces.{name}", f"surfaces.d_{name}"),
            sizes={"P": 2},
            arrays={"w": "P"},
        )
        for name, text in (
            ("bowl", "E = w_0^2 / 20 + w_1^2"),
            ("valley", "E = (1 - w_0)^2 + 100 (w_1 - w_0^2)^2"),
        )
    ),
    Case(
        "batches.split",
        "§4",
        message("one epoch's order cut into mini-batches, the last one short"),
        split(4),
        sources=("sampling.split",),
        sizes={"N": 11},  # 4 + 4 + 3
        arrays={"order": lambda rng, sizes: rng.permutation(sizes["N"])},
    ),
    Case(
        "batches.all_data",
        "§4",
        message("gradient descent: all data in every update"),
        batches("all_data", 11, 3),
        sources=("sampling.all_data",),
    ),
    Case(
        "batches.stream",
        "§4",
        message("online learning: each sample once, in order"),
        batches("stream", 11),
        sources=("sampling.stream",),
    ),
    Case(
        "batches.without_replacement",
        "§4",
        message(
            "shuffled epochs: sizes of the batches, and each sample as often as there are epochs"
        ),
        batches("without_replacement", 11, 4, 3, 0),
        sources=("sampling.without_replacement",),
        known={"indices": _own_generators(0.9)},
    ),
    Case(
        "batches.with_replacement",
        "§4",
        message("draws with replacement: sizes of the batches"),
        batches("with_replacement", 11, 4, 30, 0),
        sources=("sampling.with_replacement",),
        known={"indices": _own_generators(1.0), "counts": _own_generators(0.5)},
    ),
    Case(
        "training.resumed",
        "§4",
        message("a training that a new network and a new Adam take up after its first step"),
        resumed(1, "tanh", "identity", "identity_with_loss", "Adam", 0.01),
        formula=FORMULAS["Adam"],
        sources=("training.train", "optimizers.Adam"),
        **_SMALL,
    ),
    Case(
        "training.refused",
        "§4",
        message("fewer learning rates than batches"),
        refusals(a_rate_short=_a_rate_short),
        sources=("training.train",),
        **_SMALL,
    ),
    _descent("gradient", message("gradient descent on all data"), _N, 40, "all_data", 0.1),
    _descent(
        "sgd",
        message("stochastic gradient descent, one sample an update"),
        1,
        100,
        "with_replacement",
        0.02,
    ),
    _descent(
        "minibatch",
        message("mini-batch SGD over epochs, the last batch of each short"),
        10,
        44,
        "without_replacement",
        0.1,
    ),
    _descent("online", message("online learning: one pass over a stream"), 1, _N, "stream", 0.02),
)
