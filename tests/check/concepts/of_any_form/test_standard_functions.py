"""What the file around a function says of it: the unit of its logarithms, what it is handed."""

import pytest

import compare
from compare.check.naming.bind import BY_NAME, BY_VALUES
from compare.core.outcome import Outcome

ENTROPY = "import numpy as np\n\ndef entropy(p):\n    return -np.sum(p * np.log(p), axis=-1)\n"
PERPLEXITY = """
import numpy as np

def perplexity(given, classes):
    return np.exp(-np.mean(given[np.arange(len(classes)), classes]))

perplexity(np.log(np.array([[0.2, 0.8], [0.5, 0.5]])), np.array([0, 1]))
"""


@pytest.mark.parametrize(
    ("head", "log", "outcome"),
    [
        ("# all of this is in nats\n", "log", Outcome.SAME),
        ("# all of this is in nats\n", "log2", Outcome.DIFFERENT),
        ('"""Entropies in bits."""\n', "log2", Outcome.SAME),
        ('"""Entropies in bits."""\n', "log", Outcome.DIFFERENT),
        ("# XOR of two bits\n", "log", Outcome.SAME),
        ("", "log2", Outcome.SAME),
    ],
)
def test_an_entropy_is_in_the_unit_that_its_file_says(judged, head, log, outcome):
    found, _ = judged(head + ENTROPY.replace("log", log), (BY_NAME,))
    assert found["entropy"].outcome is outcome


@pytest.mark.parametrize(
    ("handed", "outcome"), [("np.log(np", Outcome.SAME), ("(np", Outcome.DIFFERENT)]
)
def test_what_a_script_takes_the_logarithm_of_needs_no_other(judged, handed, outcome):
    found, _ = judged(PERPLEXITY.replace("np.log(np", handed), (BY_NAME,))
    assert found["perplexity"].outcome is outcome


@pytest.mark.parametrize(("log", "cause"), [("log", []), ("log2", ["log_base"])])
def test_a_loss_may_name_the_unit_that_it_says_it_is_in(judged, log, cause):
    source = (
        'import numpy as np\n\ndef cross_entropy_nats(y, t):\n    """in nats"""\n'
        f"    return -np.mean(np.sum(t * np.{log}(y), axis=1))\n"
    )
    loss = judged(source, (BY_VALUES,))[0]["cross_entropy_nats"]
    assert [d.cause for d in loss.diagnoses if not d.warning] == cause


@pytest.mark.parametrize(("mean", "cause"), [("-np", []), ("np", ["standard_otherwise"])])
def test_what_is_called_a_logarithm_is_no_loss(judged, mean, cause):
    body = f"    return np.exp({mean}.mean(log_probs))\n"
    source = "import numpy as np\n\ndef perplexity(log_probs):\n" + body
    found = judged(source, (BY_NAME,))[0]["perplexity"]
    assert [d.cause for d in found.diagnoses] == cause


EXACT_MATCH = """
import numpy as np

def exact_match(pred, tags):
    return np.mean(np.all(pred == tags, axis=1))

print(exact_match(np.array([[0, 1], [1, 1]]), np.array([[0, 1], [0, 1]])))
"""


@pytest.mark.parametrize(
    ("meant", "cause"),
    [("np.all(pred == tags, axis=1)", []), ("pred == tags", ["standard_otherwise"])],
)
def test_what_its_script_hands_it_has_the_axes_of_that(judged, meant, cause):
    source = EXACT_MATCH.replace("np.all(pred == tags, axis=1)", meant)
    match = judged(source, (BY_NAME,))[0]["exact_match"]
    assert [d.cause for d in match.diagnoses] == cause


FROM_VECTOR = """
def from_vector(vec, like):
    out, start = {}, 0
    for k in sorted(like):
        n = like[k].size
        out[k] = vec[start:start + n].reshape(like[k].shape)
        start += n
    return out
"""


@pytest.mark.parametrize(
    ("source", "causes"),
    [
        (FROM_VECTOR, []),
        (FROM_VECTOR.replace("start += n", "start = n"), ["right_with_one_edit"]),
    ],
)
def test_what_no_known_slip_explains_may_be_right_with_one_edit(tmp_path, source, causes):
    file = tmp_path / "one.py"
    file.write_text(source, encoding="utf-8")
    assert [d.cause for d in compare.check(file)["function.standard"].diagnoses] == causes


@pytest.mark.parametrize(("epsilon", "told"), [("1e-10", False), ("0.3", True)])
def test_an_epsilon_in_another_place_is_no_mistake(tmp_path, epsilon, told):
    file = tmp_path / "rows.py"
    file.write_text(
        "import numpy as np\n\ndef l2_normalize(rows):\n"
        f"    return rows / np.sqrt((rows ** 2).sum(axis=1, keepdims=True) + {epsilon})\n",
        encoding="utf-8",
    )
    wrong = [j.found for j in compare.check(file).judgements if j.outcome is Outcome.DIFFERENT]
    assert wrong == (["l2_normalize"] if told else [])


RATES = """
import numpy as np

def outcomes(true, pred):
    hit = np.sum((true == 1) & (pred == 1))
    miss = np.sum((true == 1) & (pred == 0))
    alarm = np.sum((true == 0) & (pred == 1))
    calm = np.sum((true == 0) & (pred == 0))
    return hit, miss, alarm, calm

def sensitivity(true, pred):
    hit, miss, alarm, calm = outcomes(true, pred)
    return hit / (hit + miss)

def precision(true, pred):
    hit, miss, alarm, calm = outcomes(true, pred)
    return hit / (hit + alarm)

def false_positive_rate(true, pred):
    hit, miss, alarm, calm = outcomes(true, pred)
    return alarm / (alarm + calm)
"""


@pytest.mark.parametrize(
    ("slip", "wrong"),
    [
        (("", ""), {}),
        (("hit / (hit + miss)", "hit / (hit + calm)"), {"sensitivity": "sensitivity"}),
        (("alarm / (alarm", "alarm / (hit"), {"false_positive_rate": "false_positive_rate"}),
        # of what several call: the function that is right beside it says that the rest of it is
        (("(pred == 0))\n    return", "(true == 0))\n    return"),
         {"false_positive_rate": "outcomes"}),
    ],
)  # fmt: skip
def test_what_calls_another_function_may_be_right_with_one_edit_of_either(judged, slip, wrong):
    found, result = judged(RATES.replace(*slip), (BY_NAME,))
    told = {n: j.diagnoses[0] for n, j in found.items() if j.outcome is Outcome.DIFFERENT}
    assert told.keys() == wrong.keys()
    assert len(found) == 3
    assert not result.unjudged
    for name, place in wrong.items():
        assert told[name].cause == "right_with_one_edit"
        assert f"of {place} is wrong" in told[name].title.en


@pytest.mark.parametrize(
    ("body", "not_judged"),
    [("np.sum(pred * true) / np.sum(true)", []), ("np.median(pred) + len(true)", ["recall"])],
)
def test_what_has_a_definition_by_its_name_is_never_dropped(judged, body, not_judged):
    source = f"import numpy as np\n\ndef recall(true, pred):\n    return {body}\n"
    found, result = judged(source, (BY_NAME,))
    assert [*result.unjudged] == not_judged
    assert ("recall" in found) is not not_judged
