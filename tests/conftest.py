"""One thread: the arrays are small, and one order of summation repeats its bits."""

import textwrap

import numpy as np
import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def central_difference():
    """∂f/∂x by differences in float64, written out here: no test rests on the project's own."""

    def gradient(f, x, h=1e-6):
        found = np.empty_like(x)
        for i in np.ndindex(x.shape):
            e = np.zeros_like(x)
            e[i] = h
            found[i] = (f(x + e) - f(x - e)) / (2 * h)
        return found

    return gradient


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """The directory of a run of three cases, one of them a training case; to be copied."""
    from click.testing import CliRunner

    from compare.cli import main

    logdir = tmp_path_factory.mktemp("whole")
    arguments = ["run", "affine", "sigmoid", "mlp.iris", "--dtype", "float64"]
    result = CliRunner().invoke(main, [*arguments, "--logdir", str(logdir)])
    assert result.exit_code == 0, result.output
    (directory,) = logdir.glob("2*")
    return directory


@pytest.fixture
def boxed(tmp_path):
    """``boxed(text)``: a Sandbox around a submission of that text; ended with the test."""
    from compare.sandbox import Limits, Sandbox

    boxes = []

    def box(text, name="net.py", layers=None, **limits):
        path = tmp_path / "handed_in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        within = Limits(**{"memory_bytes": 256 << 20, "seconds_a_call": 20.0, **limits})
        boxes.append(Sandbox(path, within, layers))
        return boxes[-1]

    yield box
    for each in boxes:
        each.close()
