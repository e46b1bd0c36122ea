"""A function is what its docstring begins with, where its name says nothing."""

import pytest

SAID = '''
import numpy as np

def objective(out, goal):
    """{says}, of outputs between 0 and 1."""
    return {minus}np.mean(goal * np.log(out) + (1 - goal) * np.log(1 - out))
'''


@pytest.mark.parametrize(
    ("says", "minus", "causes"),
    [
        ("Binary cross-entropy", "-", []),
        ("Binary cross-entropy", "", ["loss_sign"]),
        ("Log-likelihood", "", None),  # which has no minus
    ],
)
def test_what_its_docstring_begins_with_is_what_it_is_meant_to_be(judged, says, minus, causes):
    found, result = judged(SAID.format(says=says, minus=minus))
    told = found.get("objective")
    assert (told and [d.cause for d in told.diagnoses if not d.warning]) == causes


def test_what_its_docstring_says_to_be_known_is_never_dropped(judged):
    source = SAID.format(says="Binary cross-entropy", minus="3.7 + ")
    found, result = judged(source)
    assert "objective" in (*found, *result.unjudged)
