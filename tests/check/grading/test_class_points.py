"""What is asked of a class is the same of everybody, and what is undecided is nobody's loss."""

import pytest

from compare.check.grading.class_points import class_points
from compare.check.grading.csv_table import grades_csv
from compare.check.grading.entry import entry
from compare.check.grading.handed_in import Handed, Submission
from compare.check.grading.pages import index_page, submission_page
from compare.check.grading.rubric import Rubric, default_rubric
from compare.check.result import CheckResult, Judgement
from compare.core.outcome import Outcome

SAME, DIFFERENT, NOT_COMPARED = Outcome.SAME, Outcome.DIFFERENT, Outcome.NOT_COMPARED
RUBRIC = default_rubric(["relu", "softmax", "network"])


def handed_in(name, tmp_path, breaches=(), unjudged=(), **outcomes):
    judged = tuple(
        Judgement(concept, concept, "name", outcome, code=f"def {concept}(u): ...")
        for concept, outcome in outcomes.items()
    )
    result = CheckResult(name, judged, breaches=breaches, unjudged=unjudged)
    return entry(Handed(Submission(name, tmp_path / name), result), RUBRIC)


@pytest.fixture
def room(tmp_path):
    """Three hand in relu, two of them softmax, one a network; a fourth is not from scratch."""
    return [
        handed_in("a.py", tmp_path, relu=SAME, softmax=DIFFERENT, network=SAME),
        handed_in("b.py", tmp_path, relu=SAME, softmax=NOT_COMPARED, unjudged=("backward",)),
        handed_in("c.py", tmp_path, relu=DIFFERENT),
        handed_in("d.py", tmp_path, relu=SAME, breaches=("it imports torch",)),
    ]


def test_what_at_least_half_have_is_asked_of_all(room):
    points = class_points(room, RUBRIC)
    assert points.asked == {"relu": 1, "softmax": 1} and points.beyond == {"network": 1}
    assert [points.shown(each) for each in room] == ["1 / 2", "1 / 2", "0 / 2", "0 / 2"]


def test_exactly_half_is_enough_and_less_is_not(tmp_path):
    halves = [
        handed_in("a.py", tmp_path, relu=SAME, softmax=SAME),
        handed_in("b.py", tmp_path, relu=SAME, network=SAME),
        handed_in("c.py", tmp_path, relu=SAME, softmax=SAME),
        handed_in("d.py", tmp_path, relu=SAME),
    ]
    assert list(class_points(halves, RUBRIC).asked) == ["relu", "softmax"]


def test_a_rubric_that_requires_all_asks_all_of_everybody(room):
    points = class_points(room, Rubric(RUBRIC.points, required=True))
    assert [points.shown(each) for each in room] == ["2 / 3", "1 / 3", "0 / 3", "0 / 3"]
    assert points.beyond == {}


def test_the_mean_counts_everybody_and_what_was_not_handed_in_as_nothing(room):
    points = class_points(room, RUBRIC)
    assert points.means == {"relu": 0.5, "softmax": 0}
    assert points.handed_in == {"relu": 3, "softmax": 2}


def test_a_class_in_which_nothing_could_be_judged_is_asked_for_nothing(room):
    points = class_points(room[3:], RUBRIC)
    assert points.asked == {} and points.shown(room[3]) == "0 / 0"
    begun = class_points([], Rubric(RUBRIC.points, required=True))
    assert set(begun.means.values()) == {0} and begun.most == 3


def test_what_could_not_be_compared_is_for_the_teacher_and_no_mistake(room):
    undecided = room[1]
    assert [line.split(":")[0] for line in undecided.undecided] == ["softmax", "backward"]
    assert undecided.brief == ()
    table = grades_csv(room, class_points(room, RUBRIC), "en").splitlines()
    assert table[0].endswith("to be looked at,relu,softmax,feedback")
    assert ",1,," in table[2]  # relu, and nothing yet for softmax
    index = index_page(room, class_points(room, RUBRIC), (), "en")
    assert "To be looked at" in index and "backward: it could not be called" in index


def test_pages_have_the_means_what_is_missing_and_the_code(room):
    points = class_points(room, RUBRIC)
    index = index_page(room, points, (), "en")
    assert "Not counted, as fewer than half have it: network (1)" in index
    page = submission_page(room[2], points, "en")
    assert "not handed in" in page and "class 0.5" in page and "0 / 1" in page
    assert "def relu(u): ..." in page and "def softmax" not in page


def test_the_index_says_why_where_no_cause_is_known(room):
    index = index_page(room, class_points(room, RUBRIC), (), "en")
    assert "relu: DIFFERENT" in index
