"""Curves are kept in float64, each in a file of its own."""

import numpy as np
import pytest

import compare
from compare.store import curve_files


@pytest.mark.slow
def test_the_trajectories_are_the_curves_in_float64(whole_run):
    result = compare.run("mlp.iris", dtype="float64", steps=40)["mlp.iris"]
    found = curve_files.read(whole_run, "mlp.iris", "float64")
    assert found == {"curves": result.curves, "errors": result.errors}
    assert {"loss", "test/loss", "test/accuracy", "lr"} == set(found["curves"])
    with np.load(whole_run / "trajectories" / "mlp.iris.float64.npz") as file:
        assert file["curves/loss/yours"].dtype == np.float64
        assert file["curves/loss/step"].tolist() == list(range(1, 41))


@pytest.mark.parametrize(
    "case, name",
    [
        ("mlp.iris", "mlp.iris.float64.npz"),
        ("a/b:c", "a_b_c.float64-"),
        ("con", "_con.float64-"),
        ("MLP", "___.float64-"),
    ],
)
def test_the_name_of_a_file_is_one_that_every_system_takes(case, name):
    assert curve_files.file_name(case, "float64").startswith(name)


def test_names_that_would_fall_together_stay_apart():
    assert len({curve_files.file_name(c, "float64") for c in ("a/b", "a:b", "a_b", "A_B")}) == 4
