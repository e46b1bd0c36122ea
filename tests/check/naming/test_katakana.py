"""English words in romaji are the words of the vocabulary that they sound like, and no others."""

import pytest

from compare.check.naming.grammar import meaning, words
from compare.check.naming.katakana import english

VOCABULARY = {"softmax", "sigmoid", "cross", "entropy", "dropout", "class", "step", "nesterov"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sofutomakkusu", "softmax"),
        ("shigumoido", "sigmoid"),
        ("kurosu", "cross"),
        ("kurasu", "class"),  # the same consonants
        ("entoropii", "entropy"),
        ("doroppuauto", "dropout"),
        ("nesuterofu", "nesterov"),
    ],
)
def test_what_sounds_like_a_word_is_that_word(word, meant):
    assert english(word, VOCABULARY) == meant


@pytest.mark.parametrize(
    "word",
    ["kasseika", "koubai", "gakushuuritsu", "nyuuryoku", "softplus", "crossing", "sofuto", "step"],
)
def test_words_of_japanese_and_of_english_are_themselves(word):
    assert english(word, VOCABULARY) == word


def test_a_name_is_read_as_its_english_words():
    assert words("kurosu_entoropi_gosa")[:2] == ("cross", "entropy")
    assert meaning("sofutomakkusu") == meaning("softmax") is not None
