"""What is right as a network is not wrong as another that uses it."""

from dataclasses import dataclass, field

import pytest

from compare.check.consequences.of_networks import is_of_wrong_parts, of_what_they_use
from compare.check.mistakes import CAUSES
from compare.check.result import Diagnosis, Judgement
from compare.core.outcome import Outcome
from compare.sandbox.interface import Definition, Inventory


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


@pytest.mark.parametrize("wrong", [True, False])
def test_a_factor_of_all_gradients_is_not_told_of_what_a_wrong_function_makes(wrong):
    texts = {"forward": "def forward(x): return x", "back": "def back(d): return linear_back(d)",
             "linear_back": "def linear_back(d): return d"}  # fmt: skip
    inventory = Inventory(tuple(Definition(n, "function", source=t) for n, t in texts.items()))
    scaled = Diagnosis.of(CAUSES["own_loss_scaled"], {"factor": "50"})
    network = Judgement("network.other", "forward", "name", Outcome.SAME, diagnoses=(scaled,),
                        parts=("back",))  # fmt: skip
    outcome = Outcome.DIFFERENT if wrong else Outcome.SAME
    told = of_what_they_use(
        [network, Judgement("d_affine", "linear_back", "name", outcome)], inventory
    )
    assert told[0].warned is not wrong
