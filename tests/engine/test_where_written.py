"""Where the source has what computes a name: of every rule, and of bugs that are planted there."""

import shutil
from pathlib import Path

import pytest

from compare.cases import CASES
from compare.core.case import Unavailable
from compare.core.implementation import numpy_side
from compare.core.problem import build
from compare.engine.run_case import run_case
from compare.engine.where_written import places

SCRATCH = Path(__file__).resolve().parents[2] / "scratch"
BY_NAME = {case.name: case for case in CASES}


def rules():
    for case in CASES:
        try:
            problem = build(case, case.dtypes[0], 0)
        except Unavailable:
            continue
        for name, rule in case.program.specify(problem.arrays).rules.items():
            yield case.name, name, rule


def test_of_every_rule_it_is_known_where_scratch_has_it(monkeypatch):
    monkeypatch.chdir(SCRATCH.parent)
    unknown = [
        f"{case}: {name}"
        for case, name, rule in rules()
        # softmax's derivative is a matrix, which no side returns
        if not rule.written and (case.partition(".")[0], name) != ("softmax", "derivative")
    ]
    assert unknown == []
    written = {path for _, _, rule in rules() for path in rule.written}
    assert len(written) > 50
    assert [path for path in sorted(written) if not places([f"scratch.{path}"])] == []


@pytest.mark.parametrize(
    ("case", "file", "right", "wrong", "name"),
    [
        ("affine", "affine.py", "np.atleast_2d(delta).sum(axis=0", "(2 * delta).sum(axis=0",
         "affine_backward"),
        ("mlp.iris", "affine.py", "np.atleast_2d(delta).sum(axis=0", "(2 * delta).sum(axis=0",
         "bias_gradient"),
        ("mlp.iris", "layers.py", "return (self.z - self.d) / samples(self.z)",
         "return self.z - self.d", "SoftmaxWithLoss.backward"),
        ("mlp.digits", "layers.py", '"relu": lambda z: z > 0', '"relu": lambda z: z * (1 - z)',
         "SLOPES"),
        ("optimizer.momentum", "optimizers.py", "self.momentum * m + g", "self.momentum * m - g",
         "Momentum.step"),
        ("cross_entropy_error", "losses.py", "return -one_hot(d, y) / (y + EPSILON) / samples(y)",
         "return -one_hot(d, y) / y / samples(y)", "d_cross_entropy_error"),
    ],
)  # fmt: skip
def test_a_planted_bug_is_where_the_report_sends_its_reader(
    tmp_path, monkeypatch, case, file, right, wrong, name
):
    package = f"planted_{tmp_path.name}"
    shutil.copytree(SCRATCH, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / package / file
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    short = BY_NAME[case].with_steps(2) if BY_NAME[case].training else BY_NAME[case]
    result = run_case(short, "float64", mine=numpy_side(package))
    assert result.fails and result.formula
    (place,) = [place for place in places(result.written) if place.endswith(f", {name}")]
    where, line = place.split(", ")[:2]
    assert where == str(Path(package) / file)
    definition = path.read_text("utf-8").splitlines()[int(line.removeprefix("line ")) - 1]
    assert name.rpartition(".")[2] in definition


def test_what_is_right_has_no_place_and_what_is_not_there_is_left_out():
    assert run_case(BY_NAME["affine"], "float64").written == ()
    absent = ("affine.nothing", "nothing.affine", "layers.Affine.nothing")
    assert places(f"scratch.{path}" for path in absent) == []
