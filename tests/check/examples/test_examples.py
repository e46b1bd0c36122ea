"""Every planted bug is found and gets its cause; every correct variant passes, and is named."""

from pathlib import Path

import pytest

from compare.bench.diagnosis import RIGHT, of_bug, of_variant
from compare.check import examples, mistakes
from compare.check.examples import BUGS, VARIANTS
from compare.check.mistakes import ALL

SEEDS = (0,)
# one of each concept, and one of each cause or convention: `bench diagnosis` tries all of them, on
# twenty problems


def one_of_each(entries, key):
    """The first of each key; and of each concept that none of these is of, in their order."""
    by_key = {key(entry): entry for entry in reversed(entries)}
    concepts = {entry.concept for entry in by_key.values()}
    others = (entry for entry in reversed(entries) if entry.concept not in concepts)
    by_concept = {entry.concept: entry for entry in others}
    chosen = [*by_concept.values(), *by_key.values()]
    return [entry for entry in entries if entry in chosen]


PLANTED = one_of_each(BUGS, lambda bug: bug.causes[0])
CORRECT = one_of_each(VARIANTS, lambda variant: variant.says)


def parameters(entries):
    """One a concept, and the others as what can wait."""
    first = {entry.concept: entry for entry in reversed(entries)}.values()
    return [
        pytest.param(entry, id=entry.name, marks=[] if entry in first else [pytest.mark.slow])
        for entry in entries
    ]


@pytest.mark.parametrize("bug", parameters(PLANTED))
def test_a_planted_bug_is_found_and_explained(bug):
    for seed in SEEDS:
        found = of_bug(bug, seed)
        assert found["detected"] and found["cause"] == RIGHT, found


@pytest.mark.slow
@pytest.mark.parametrize("variant", CORRECT, ids=lambda v: v.name)
def test_a_correct_variant_passes_and_its_convention_is_named(variant):
    for seed in SEEDS:
        found = of_variant(variant, seed)
        assert not found["alarm"] and found["named"], found


def test_what_a_change_leaves_is_python():
    for example in (*BUGS, *VARIANTS):
        compile(example.source, example.name, "exec")


def test_every_name_of_the_corpus_is_used_once():
    names = [entry.name for entry in (*BUGS, *VARIANTS)]
    assert len(names) == len(set(names))


def test_no_two_causes_share_a_key():
    keys = [cause.key for cause in ALL]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize(
    ("folder", "modules"),
    [(examples, {"example", "table"}), (mistakes, {"behaviour", "table"})],
    ids=["examples", "mistakes"],
)
def test_no_module_holds_what_is_read_from_the_texts_alone(folder, modules):
    files = Path(folder.__file__).parent.rglob("*.py")
    assert {file.stem for file in files} == {"__init__", *modules}
