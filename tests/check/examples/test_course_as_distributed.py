"""The course's own code: each defect that is known of it gets its cause, its correction passes."""

import shutil

import pytest

from compare.check.check_submission import check_file
from compare.check.course.course_defects import HOME
from compare.sandbox.interface import Unreadable
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source

pytestmark = pytest.mark.slow

# file, concept → the cause, and what its title or advice says; all of them measured elsewhere
DEFECTS = {
    ("exercise_1_2", "network"): ("loss_reduced_otherwise", "those of the sum over the batch"),
    ("exercise_1_3", "network"): ("another_derivative", "relu"),
    ("sigmoid_network", "network"): ("network_derivative_at_z", "z1 instead of u1"),
    ("binary", "cross_entropy_error"): ("collapses_targets", "with K = 1 the target is ignored"),
    ("regression", "pair.mean_squared_error"): ("not_the_loss_differentiated", "K times as much"),
    ("numerical", "numerical_gradient"): ("halved_by_aliasing", "exactly half"),
    ("common/functions", "d_softmax_with_loss"): ("one_sample_averaged", "number of outputs K"),
    ("common/functions", "d_mean_squared_error"): ("one_sample_averaged", "number of outputs K"),
}
FILES = sorted({file for file, _ in DEFECTS})


@pytest.fixture(scope="module")
def checked():
    """(folder, file) → what came of it, each once."""
    known: dict = {}

    def of(folder, file):
        if (folder, file) not in known:
            known[folder, file] = check_file(HOME / folder / f"{file}.py")
        return known[folder, file]

    return of


@pytest.mark.parametrize(("file", "concept"), DEFECTS, ids=str)
def test_a_defect_of_the_course_gets_its_cause(checked, file, concept):
    cause, says = DEFECTS[file, concept]
    found = [d for d in checked("as_distributed", file)[concept].diagnoses if d.cause == cause]
    assert len(found) == 1 and says in found[0].title.en


@pytest.mark.parametrize(("file", "concept"), DEFECTS, ids=str)
def test_its_correction_has_that_cause_no_more(checked, file, concept):
    causes = {d.cause for j in checked("corrected", file).judgements for d in j.diagnoses}
    assert DEFECTS[file, concept][0] not in causes


@pytest.mark.parametrize("file", FILES)
def test_a_corrected_file_passes_without_a_warning(checked, file):
    assert checked("corrected", file).passed(strict=True)


def test_the_softmax_as_printed_is_no_python_and_the_line_is_named():
    with pytest.raises(Unreadable, match=r"softmax_as_printed\.py:11: unexpected indent"):
        check_file(HOME / "as_distributed" / "softmax_as_printed.py")


def test_the_functions_of_a_network_are_its_parts_and_not_left_alone(checked):
    found = checked("as_distributed", "exercise_1_2")
    assert found["network"].parts == ("loss", "backward")
    # its weights are ours
    assert [left.name for left in found.left_alone] == ["init_network", "train"]


def test_of_a_module_beside_a_file_what_the_file_uses_is_judged_and_nothing_else(tmp_path):
    shutil.copytree(HOME / "corrected" / "common", tmp_path / "common")
    file = tmp_path / "mine.py"
    file.write_text("from common import functions as F\nprint(F.relu(1.0))\n", encoding="utf-8")
    with Sandbox(Source.of(file)) as box:
        found = {f.name: f.file for f in box.inventory.found}
    assert found == {"relu": "common/functions.py"}
