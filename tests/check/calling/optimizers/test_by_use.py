"""What becomes of a parameter says what it is, where its name says nothing."""

import pytest

from compare.check.check_submission import check_source
from compare.core.outcome import Outcome
from compare.sandbox.submission_files import Source

SQUARES = """
import numpy as np

class RMSPropHeikin:
    def __init__(self, gakushuuritsu=0.011, wasure=0.94, chiisai=3e-8):
        self.ritsu, self.wasure, self.chiisai = gakushuuritsu, wasure, chiisai
        self.h = None

    def koushin(self, omomi, koubai):
        if self.h is None:
            self.h = [np.zeros_like(w) for w in omomi]
        for i, (w, g) in enumerate(zip(omomi, koubai)):
            self.h[i] = self.wasure * self.h[i] + (1 - self.wasure) * g ** 2
            w -= self.ritsu * g / (np.sqrt(self.h[i]) + self.chiisai)
"""
KEPT = "self.wasure * self.h[i] + (1 - self.wasure)"
EXCHANGED = "(1 - self.wasure) * self.h[i] + self.wasure"
CENTERED = SQUARES.replace("self.h[i]) + self", "self.h[i] - (0.1 * g) ** 2) + self")
SIGNS = "    def koushin(self, omomi, koubai):\n        for w, g in zip(omomi, koubai):\n"
OTHERS = f"""
import numpy as np

class FugouSGD:
    def __init__(self, gakushuuritsu=0.004):
        self.ritsu = gakushuuritsu

{SIGNS}            w -= self.ritsu * np.sign(g)
"""
RIGHT = {
    "HeavyBall: gradients first": """
import numpy as np

class Ball:
    def __init__(self, pace=0.05, drag=0.87):
        self.pace, self.drag, self.speed = pace, drag, 0.0

    def move(self, slope, place):
        self.speed = self.drag * self.speed - self.pace * slope
        return place + self.speed
""",
    "a function on lists": """
import numpy as np

def koushin(omomi, koubai, kioku, ritsu, wasure, chiisai):
    atarashii = []
    for i, w in enumerate(omomi):
        kioku[i] = wasure * kioku[i] + (1 - wasure) * koubai[i] ** 2
        atarashii.append(w - ritsu * koubai[i] / (np.sqrt(kioku[i]) + chiisai))
    return atarashii, kioku
""",
    "no settings": """
class Oriru:
    def shift(self, here, slopes):
        for k, v in here.items():
            v -= 0.07 * slopes[k]
""",
}


@pytest.fixture
def judged(tmp_path):
    def judgements(source):
        path = tmp_path / "submission.py"
        path.write_text(source, encoding="utf-8")
        return check_source(Source.of(path)).judgements

    return judgements


def test_a_rule_by_names_of_no_table_is_the_same_and_with_a_fault_gets_its_cause(judged):
    (found,) = judged(SQUARES)
    assert (found.concept, found.outcome) == ("optimizer.rmsprop", Outcome.SAME)
    assert KEPT in SQUARES
    (found,) = judged(SQUARES.replace(KEPT, EXCHANGED))
    assert [d.cause for d in found.diagnoses] == ["beta_exchanged"]


def test_a_rule_of_another_kind_is_left_alone(judged):
    assert not judged(CENTERED)


def test_a_rule_that_is_another_one_whatever_it_is_called_is_that(judged):
    (found,) = judged(OTHERS)
    assert (found.concept, found.outcome) == ("optimizer.sign_sgd", Outcome.SAME)
    assert not judged(OTHERS.replace("np.sign(g)", "np.tanh(g)"))


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT)
def test_it_is_found_in_every_container(judged, source):
    (found,) = judged(source)
    assert found.concept.startswith("optimizer.") and found.outcome is Outcome.SAME
