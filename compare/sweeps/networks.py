"""The networks that a sweep trains: exercise 1-3 and the digits, one knob turned at a time.

Cases of one name draw the same arrays: settings that differ in the learning rate begin at the same
weights and see the same batches. So batches are drawn before the weights, whose kinds differ in how
much they draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.cases import datasets, inputs
from compare.cases.programs import training
from compare.core.case import Case, Program
from compare.core.outcome import ExpectedOutcome

SAMPLES, TESTED = 1000, 200
TEST_POINTS = 30


def _test_interval(steps: int) -> int:
    """How often to test, so that the last step is tested too."""
    return next(k for k in range(max(1, steps // TEST_POINTS), 0, -1) if steps % k == 0)


def _plane(rng: np.random.Generator, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Exercise 1-3: the target 3 x0 + 2 x1 of inputs uniform on (0, 1)^2."""
    x = rng.random((SAMPLES + TESTED, 2))
    # (N, 1), the shape of the output: (N,) would be broadcast to (N, N) against it
    d = (3 * x[:, 0] + 2 * x[:, 1])[:, np.newaxis]
    return {"x": x[:SAMPLES], "d": d[:SAMPLES], "x_test": x[SAMPLES:], "d_test": d[SAMPLES:]}


def _trained(name: str, about: str, program: Program, **drawn: Any) -> Case:
    """A case of a sweep; ``drawn`` are its sizes, its arrays, how it is loaded, what is known."""
    sources = ("training.train", "network.Network", "optimizers.SGD")
    return Case(f"sweep.{name}", "sweep", about, program, sources=sources, training=True, **drawn)


def regression(
    steps: int,
    hidden: str = "relu",
    lr: float = 0.07,
    batch_size: int = 16,
    sampling: str = "with_replacement",
) -> Case:
    """Exercise 1-3, 2-10-1, trained on the plane 3 x0 + 2 x1, and tested on 200 other samples."""
    return _trained(
        "1-3",
        f"exercise 1-3: 2-10-1 {hidden}, lr {lr:g}, batches of {batch_size}",
        training(
            hidden, "identity", "identity_with_loss", lr=lr, evaluate_every=_test_interval(steps)
        ),
        sizes={"N": batch_size, "I": 2, "H": 10, "K": 1},
        arrays={
            # before the weights: how much these draw depends on their kind
            "batches": inputs.batches(SAMPLES, batch_size, steps, sampling),
            **inputs.weights((2, 10, 1), "normal"),
        },
        load=_plane,
    )


def digits(
    steps: int,
    hidden: str = "relu",
    kind: str = "he",
    units: int = 40,
    lr: float = 0.1,
    known: Mapping[str, ExpectedOutcome] | None = None,
) -> Case:
    """Exercise 1-4 on scikit-learn's digits: 64-units-10, batches of 100, biases 0."""

    # a function, so that the data set is read when the arrays are drawn, and not for a list of
    # sweeps
    def batches(rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
        samples = len(datasets.bundled("digits")["x"])
        return inputs.batches(samples, 100, steps, "with_replacement")(rng, sizes)

    return _trained(
        "digits",
        f"digits: 64-{units}-10 {hidden}, weights {kind}, lr {lr:g}",
        training(
            hidden, "softmax", "softmax_with_loss", lr=lr, evaluate_every=_test_interval(steps)
        ),
        sizes={"N": 100, "I": 64, "H": units, "K": 10},
        arrays={"batches": batches, **inputs.weights((64, units, 10), kind, "zeros")},
        load=lambda rng, sizes: dict(datasets.bundled("digits")),
        known=known or {},
    )
