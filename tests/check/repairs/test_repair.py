"""An edit is told with its line, where it stands or where it should, in both languages."""

from compare.check.mistakes import CAUSES
from compare.check.repairs.repair import Place, Repair
from compare.sandbox.worker.edits.statements import OUT_OF

ONE = Place("f", 3, "a = b", "a = c")
MOVED = Place("g", 9, "return a", "return a", OUT_OF, 7)


def told(*places):
    repair = Repair(places)
    return CAUSES[repair.cause].title.filled(repair.blanks)


def test_one_place_a_place_elsewhere_and_one_of_two():
    assert told(ONE).en == "line 3 of f is wrong: it has a = b; with a = c all of it is right"
    assert "after all of the block of line 7" in told(MOVED).en and "7 行目" in told(MOVED).ja
    either = told(ONE, MOVED)
    assert "line 3 of f as a = c, or line 9 of g" in either.en
    assert "{" not in either.en + either.ja + told(MOVED).ja
