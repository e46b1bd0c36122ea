"""Japanese words in romaji say what they say in English, and no word of English is one of them."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.check.naming.grammar import meaning, words
from compare.core.outcome import Outcome

LOSS = """
def kousa_entoropii_gosa(y, t):
    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]
"""
SCALED = """
def hyoujunka(data):
    return (data - np.mean(data, axis=0)) / np.std(data, axis=0)
"""


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("kousa_entropy", "cross_entropy"),
        ("kosa_entoropii_gosa", "cross_entropy_error"),
        ("nichi_kousa_entropy", "binary_cross_entropy"),
        ("heikinnijougosa", "mean_squared_error"),  # written as one word
        ("nijouwagosa", "sum_squared_error"),
        ("sigmoid_no_bibun", "sigmoid_derivative"),
        ("suuchiBibun", "numerical_derivative"),
        ("heNoShokika", "he_init"),
        ("seikairitsu", "accuracy"),  # which sounds like another word
    ],
)
def test_japanese_words_say_what_they_say_in_english(name, meant):
    assert meaning(name) == meaning(meant) is not None


@pytest.mark.parametrize("name", ["gosa", "kousa_kenshou", "adam_no_bias", "noshokika"])
def test_other_words_stay_as_they_are(name):
    assert meaning(name) is None
    assert "".join(words(name)) == name.replace("_", "").lower()


@pytest.mark.parametrize(
    ("text", "slip", "cause"),
    [
        (LOSS, ("y.shape[0]", "y.size"), "loss_factor"),
        (SCALED, ("np.std", "np.var"), "scaled_wrongly"),
    ],
)
def test_what_is_called_so_in_romaji_is_judged(text, slip, cause):
    name = "cross_entropy_error" if text is LOSS else "standardize"
    right = judgement_of("import numpy as np\n" + text, name)
    assert right is not None
    assert right.outcome is Outcome.SAME
    wrong = judgement_of("import numpy as np\n" + text.replace(*slip), name)
    assert wrong is not None
    assert wrong.outcome is Outcome.DIFFERENT
    assert [d.cause for d in wrong.diagnoses] == [cause]
