"""What is right as a network is not wrong as another that uses it."""

from dataclasses import dataclass, field

import pytest

from compare.check.consequences.of_networks import is_of_wrong_parts
from compare.core.outcome import Outcome


@dataclass
class Cause:
    cause: str = "right_with_one_edit"
    blanks: dict = field(default_factory=dict)


@dataclass
class Judged:
    concept: str
    found: str
    outcome: Outcome
    parts: tuple = ()
    diagnoses: tuple = ()


@pytest.mark.parametrize(
    ("place", "outcome", "is_other"),
    [
        ("forward", Outcome.SAME, True),
        ("gradients", Outcome.SAME, True),
        ("train", Outcome.SAME, False),
        ("forward", Outcome.NOT_COMPARED, False),
    ],
)
def test_an_edit_of_what_is_right_in_a_network_says_nothing_of_another(place, outcome, is_other):
    network = Judged("network", "forward", outcome, ("gradients",))
    diagnosis = Cause(blanks={"place": place})
    whole = Judged("network.other", "train", Outcome.DIFFERENT, ("forward",), (diagnosis,))
    assert is_of_wrong_parts(whole, [network]) is is_other
