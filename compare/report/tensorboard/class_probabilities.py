"""One picture of the test data, and how probable each side takes each class to be for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard.confusion import labels
from compare.report.tensorboard.training_case import TrainingCase, of, params, sides

SAMPLE = 0  # of the test data


@dataclass(frozen=True)
class ClassProbabilities:
    """A square picture, the name of its class, and y (K,) of it by run."""

    picture: np.ndarray
    name: str
    names: tuple[str, ...]
    y: Mapping[str, np.ndarray]


def class_probabilities(trained: TrainingCase, snapshot: Snapshot) -> ClassProbabilities:
    """The same test picture at every snapshot, by the parameters that each side has there."""
    x, names = trained.arrays["x_test"][[SAMPLE]], trained.result.case.classes
    true = labels(trained.arrays["d_test"][[SAMPLE]])[0]
    width = math.isqrt(x.size)
    y = {
        run: trained.predict(side, params(of(snapshot, run)), x)[0] for run, side in sides().items()
    }
    return ClassProbabilities(x.reshape(width, width), names[true], names, y)
