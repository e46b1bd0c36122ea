"""What the bench of diagnosis says of one submission, judged or not."""

from compare.bench.diagnosis import NO_CAUSE, of_bug, of_variant
from compare.check.examples.example import Planted, Variant

NOTHING = "def of_no_concept():\n    return 1\n"


def test_what_is_not_judged_is_neither_found_nor_blamed():
    bug = of_bug(Planted("nothing", "relu", ("sign",), NOTHING), 0)
    assert (bug["detected"], bug["cause"]) == (False, NO_CAUSE)
    right = of_variant(Variant("nothing", "relu", NOTHING), 0)
    assert (right["alarm"], right["named"]) == (False, False)
