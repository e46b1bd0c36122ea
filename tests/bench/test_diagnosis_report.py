"""The table of diagnosis counts what went wrong, and names it."""

from compare.bench.diagnosis_report import summary, table


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
