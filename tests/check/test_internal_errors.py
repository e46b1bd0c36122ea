"""An error of this program ends one judgement and not the report, and is no mistake of anybody."""

import pytest

from compare.check import check_submission, judge_concept
from compare.check.check_submission import check_file
from compare.check.internal_errors import collected, guarded
from compare.check.unlike_the_course import Unlisted
from compare.core.outcome import Outcome
from compare.system.errors import UserError
from compare.system.exit_codes import DIFFERENT, INTERNAL

FUNCTIONS = """
import numpy as np

def sigmoid(u):
    return 1 / (1 + np.exp(-u))

def relu(u):
    return np.minimum(0, u)
"""


@pytest.fixture
def submission(tmp_path, monkeypatch):
    monkeypatch.delenv("SCRATCH_COMPARE_DEBUG", raising=False)
    path = tmp_path / "functions.py"
    path.write_text(FUNCTIONS, encoding="utf-8")
    return path


def test_others_are_judged_beside_one_that_failed(submission, monkeypatch):
    right = judge_concept._judged

    def planted(concept, *rest):
        if concept.name == "sigmoid":
            raise IndexError("planted")
        return right(concept, *rest)

    monkeypatch.setattr(judge_concept, "_judged", planted)
    checked = check_file(submission)
    assert checked["sigmoid"].outcome is Outcome.NOT_COMPARED
    assert checked["relu"].outcome is Outcome.DIFFERENT
    assert checked.internal == ("sigmoid=sigmoid: IndexError: planted",)
    assert checked.exit_code() == INTERNAL
    report = str(checked)
    assert "an error of this program, not yours: IndexError: planted" in report
    assert "Traceback" not in report


def test_a_step_that_failed_leaves_the_judgements_as_they_were(submission, monkeypatch):
    def planted(self, concept, judged):
        raise ValueError("planted")

    monkeypatch.setattr(Unlisted, "layers", planted)
    checked = check_file(submission)
    assert checked["sigmoid"].outcome is Outcome.SAME
    assert not checked.passed()
    assert checked.internal and "ValueError: planted" in str(checked)


def test_nothing_is_said_where_nothing_failed(submission):
    checked = check_file(submission)
    assert checked.internal == ()
    assert checked.exit_code() == DIFFERENT


def test_who_mends_it_sees_where_it_was(submission, monkeypatch):
    monkeypatch.setenv("SCRATCH_COMPARE_DEBUG", "1")
    monkeypatch.setattr(check_submission, "bind", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check_file(submission)


def test_an_error_is_raised_where_nobody_collects_it():
    with pytest.raises(KeyError):
        guarded("what", lambda: {}["x"], lambda line: line)
    with collected() as lines:
        assert guarded("what", lambda: {}["x"], lambda line: line) == "KeyError: 'x'"
    assert lines == ["what: KeyError: 'x'"]


def test_a_mistake_of_the_user_is_no_error_of_ours():
    def of_the_user():
        raise UserError("no such concept")

    with collected() as lines, pytest.raises(UserError):
        guarded("what", of_the_user, str)
    assert lines == []
