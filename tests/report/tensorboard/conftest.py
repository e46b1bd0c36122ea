"""A run to be drawn: a classifier, one that diverges, and a regression."""

import pytest

import compare
from compare.report.tensorboard.trainings.training_case import scene


@pytest.fixture(scope="session")
def drawn_run():
    return compare.run("mlp.iris", "exercise.1-3.wide", "descent.minibatch", dtype="float64")


@pytest.fixture(scope="session")
def iris(drawn_run):
    return scene(drawn_run["mlp.iris"])
