"""The course's code as distributed: the pairs differ where they say, and training shows it."""

import ast

import pytest

from compare.check.course import course_defects
from compare.check.course.course_defects import DEFECTS, HOME, effect, find, sources
from compare.check.report import course_defects as shown

pytestmark = pytest.mark.slow

TRAINED = [d for d in DEFECTS if d.measured]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: d.name)
def test_the_function_that_has_the_defect_is_another_in_the_corrected_file(defect):
    _, given, corrected = sources(defect)
    assert given and corrected and given != corrected


def test_the_corrected_files_can_all_be_read():
    for path in (HOME / "corrected").rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("defect", TRAINED, ids=lambda d: d.name)
def test_a_defect_shows_in_training(defect, monkeypatch):
    monkeypatch.setattr(course_defects, "SEEDS", range(5))
    given, corrected = effect(defect)
    assert given > 1.5 * corrected >= 0


def test_the_gradient_of_exercise_1_3_is_right_only_in_the_corrected_file():
    import numpy as np
    import torch

    from compare.sandbox.sandbox import Sandbox
    from compare.sandbox.submission_files import Source

    rng = np.random.default_rng(5)
    x, d = rng.standard_normal((4, 2)), rng.standard_normal((4, 1))
    errors = {}
    for folder in ("as_distributed", "corrected"):
        with Sandbox(Source.of(HOME / folder / "exercise_1_3.py")) as box:
            params = box.call("init_network", 3).value
            z1, y = box.call("forward", params, x).value
            mine = box.call("backward", params, x, d, z1, y).value
        given = {k: torch.tensor(p, requires_grad=True) for k, p in params.items()}
        hidden = torch.relu(torch.tensor(x) @ given["W1"] + given["b1"])
        out = hidden @ given["W2"] + given["b2"]
        (((out - torch.tensor(d)) ** 2).mean() / 2).backward()
        errors[folder] = max(np.abs(mine[k] - given[k].grad.numpy()).max() for k in params)
    assert errors["corrected"] < 1e-14 < 1e-2 < errors["as_distributed"]


def _show(name):
    from click.testing import CliRunner

    from compare.cli import main

    return CliRunner().invoke(main, ["show", name], env={"COLUMNS": "80"})


def test_show_names_the_defects_that_there_are():
    result = _show("as-distributed.nothing")
    assert result.exit_code == 2 and "exercise_1_3" in result.stderr


def test_show_puts_both_beside_each_other_with_the_effect(monkeypatch):
    # what it is over all seeds, the page of experiments shows
    monkeypatch.setattr(shown, "effect", lambda defect: (0.0054321, 0.00032))
    result = _show("as-distributed.exercise_1_3")
    assert result.exit_code == 0
    assert "functions.d_sigmoid(z1)" in result.stdout and "functions.d_relu(z1)" in result.stdout
    assert "as distributed 0.005432, corrected 0.00032\n" in result.stdout


def test_without_a_checkout_the_lack_of_examples_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(course_defects, "HOME", tmp_path / "none")
    with pytest.raises(course_defects.NoExamples, match="checkout"):
        sources(find("exercise_1_3")[0])
