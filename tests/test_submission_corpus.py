"""Every planted bug is found and gets its cause; every correct variant passes, and is named."""

import pytest

from compare.bench.corpus import BUGS, VARIANTS
from compare.case import Outcome
from compare.sandbox import Local
from compare.submission.causes import CAUSES
from compare.submission.check import checked

pytestmark = pytest.mark.filterwarnings("ignore")  # of the submissions: they are findings


def _checked(source: str, seed: int):
    names: dict = {"__name__": "submission"}
    exec(source, names)
    return checked("submission", Local(names), {}, seed)


@pytest.mark.parametrize("bug", BUGS, ids=lambda b: b.name)
def test_a_planted_bug_is_found_and_explained(bug):
    for seed in (0, 1):
        judged = _checked(bug.source, seed)[bug.concept]
        assert judged.outcome is not Outcome.SAME or judged.warned
        assert [d.cause for d in judged.diagnoses][0] in bug.causes


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_a_correct_variant_passes_and_its_convention_is_named(variant):
    for seed in (0, 1):
        judged = _checked(variant.source, seed)[variant.concept]
        assert judged.outcome is Outcome.SAME and not judged.warned, judged
        said = "; ".join(text.en for text in judged.conventions)
        assert variant.says in said if variant.says else not said


@pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda c: c.key)
def test_a_cause_is_told_in_both_languages_with_the_same_blanks(cause):
    import re

    for text in (cause.title, cause.advice):
        assert text.en and text.ja
        assert set(re.findall(r"{\w+}", text.en)) == set(re.findall(r"{\w+}", text.ja))
