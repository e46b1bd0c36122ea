"""A row a case: its settings, and what came of it."""

import dataclasses

import numpy as np

from compare.report.tensorboard import hparams


def test_the_settings_of_a_row_are_those_of_the_run(iris):
    found = hparams.settings(iris)
    assert found["descent rule"] == "SGD" and found["learning rate"] == 0.1
    assert found["nodes"] == "4-8-3" and found["batch size"] == 16 and found["hidden"] == "tanh"


def test_the_metrics_of_a_row_tell_the_outcome_and_leave_out_what_is_not_finite(drawn_run):
    result = drawn_run["mlp.iris"]
    found = hparams.metrics([result])
    assert found["hparams/same float64"] == 1
    assert found["hparams/loss float64"] == result.curves["loss"][-1][1]
    lost = dataclasses.replace(result, curves={"loss": ((1, np.inf, np.inf),)})
    assert "hparams/loss float64" not in hparams.metrics([lost])
