"""Every planted bug is found and gets its cause; every correct variant passes, and is named."""

import pytest

from compare.bench.diagnosis import RIGHT, of_bug, of_variant
from compare.bench.diagnosis_report import summary, table
from compare.check.examples import BUGS, VARIANTS
from compare.check.mistakes import ALL

SEEDS = (0,)
# one of each concept and cause; `bench diagnosis` tries all of them on twenty problems
PLANTED = {(bug.concept, bug.causes[0]): bug for bug in reversed(BUGS)}.values()


@pytest.mark.parametrize("bug", PLANTED, ids=lambda b: b.name)
def test_a_planted_bug_is_found_and_explained(bug):
    for seed in SEEDS:
        found = of_bug(bug, seed)
        assert found["detected"] and found["cause"] == RIGHT, found


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_a_correct_variant_passes_and_its_convention_is_named(variant):
    for seed in SEEDS:
        found = of_variant(variant, seed)
        assert not found["alarm"] and found["named"], found


def test_every_name_of_the_corpus_is_used_once():
    names = [entry.name for entry in (*BUGS, *VARIANTS)]
    assert len(names) == len(set(names))


def test_no_two_causes_share_a_key():
    keys = [cause.key for cause in ALL]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_the_report_counts_what_went_wrong_and_names_it():
    bug = {"key": "bug/0/a bug", "concept": "softmax", "detected": True, "cause": "wrong"}
    missed = {**bug, "key": "bug/1/another", "detected": False}
    variant = {"key": "variant/0/fine", "concept": "softmax", "alarm": True, "named": False}
    text = table(summary([bug, missed, variant]))
    assert "2 planted bugs, 2 problems: 1 detected" in text
    assert "0 right (0.00%), 0 unknown, 1 wrong" in text
    assert "detected, with a wrong cause: a bug (1)" in text
    assert "bugs not detected: another (1)" in text
    assert "correct variants called different: fine (1)" in text
