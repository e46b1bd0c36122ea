"""The index of a class, whatever its size, begins with what a teacher looks for."""

import pytest

from compare.check.grading.class_points import class_points
from compare.check.grading.entry import Entry, MistakeEntry
from compare.check.grading.pages import FEW, index_page, page_name
from compare.check.grading.rubric import Grade, Mark, default_rubric

RUBRIC = default_rubric(["relu"])
MISTAKE = MistakeEntry("mutates", "relu", "it changes its argument u in place", False)


def entry(name):
    grade = Grade((Mark("relu", 0.0, 1.0),))
    return Entry(name, "", grade, "0 of 1 are the same", "bad", "", (), (), (MISTAKE,), {})


@pytest.mark.parametrize("number", [FEW, FEW + 1, 40])
def test_of_those_with_one_mistake_a_few_are_named_at_once(number):
    entries = [entry(f"s{k:02}.py") for k in range(number)]
    page = index_page(entries, class_points(entries, RUBRIC), (), "en")
    common = page.partition("Commonest mistakes")[2].partition("</table>")[0]
    at_once, folded, others = common.partition("<details>")
    names = [page_name(e.name) for e in entries]
    assert [n for n in names if n in at_once] == names[:FEW]
    assert bool(folded) == (number > FEW)
    assert [n for n in names if n in others] == names[FEW:]
