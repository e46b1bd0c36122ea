"""What is stated beforehand: a difference with its size, and nothing else with one."""

import pytest

from compare.core.outcome import ExpectedOutcome, Outcome


def test_a_difference_states_its_size():
    with pytest.raises(ValueError, match="says how large it is"):
        ExpectedOutcome(Outcome.DIFFERENT, "another epsilon")
    stated = ExpectedOutcome(Outcome.DIFFERENT, "another epsilon", size=4e-9)
    assert stated.what == "DIFFERENT by 4e-09"


@pytest.mark.parametrize("size", [0, -1.0, float("nan"), ""])
def test_a_size_is_above_zero(size):
    with pytest.raises(ValueError, match="size="):
        ExpectedOutcome(Outcome.DIFFERENT, "another epsilon", size=size)


def test_what_is_no_difference_has_no_size():
    with pytest.raises(ValueError, match="nothing else has a size"):
        ExpectedOutcome(Outcome.VACUOUS, "flat", size=1.0)
    assert ExpectedOutcome(Outcome.VACUOUS, "flat").what == "VACUOUS"


def test_it_holds_in_the_dtypes_that_it_names_or_in_all():
    everywhere = ExpectedOutcome(Outcome.VACUOUS, "flat")
    assert everywhere.holds_in("float64") and everywhere.holds_in("bfloat16")
    in_one = ExpectedOutcome(Outcome.VACUOUS, "flat", dtypes=("float32",))
    assert in_one.holds_in("float32") and not in_one.holds_in("float64")
