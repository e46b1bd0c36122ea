"""Weights of 0 are shown as such; what counts the outputs is held against what stands beside it."""

import pytest

import compare
from compare.bench.diagnosis import judgement_of
from compare.core.outcome import Outcome

WEIGHTS = """
import numpy as np

def init_weights(n_in, n_hidden, n_out):
    return {
        "W1": np.zeros((n_in, n_hidden)), "b1": np.zeros(n_hidden),
        "W2": np.zeros((n_hidden, n_out)), "b2": np.zeros(n_out),
    }
"""


def test_a_deviation_of_0_is_shown_and_units_that_are_alike_are_told():
    found = judgement_of(WEIGHTS, "weights_of_layers")
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == ["init_equal"]
    assert "deviation/W1 is 0, should be" in found.diagnoses[0].seen.en


BESIDE = """
import numpy as np

def kaiming_weights(sizes, rng):
    \"\"\"{said}\"\"\"
    return [rng.standard_normal((m, n)) * np.sqrt(2 / {of}) for n, m in zip(sizes, sizes[1:])]

def lecun_weights(sizes, rng):
    return [rng.standard_normal((m, n)) / np.sqrt({by}) for n, m in zip(sizes, sizes[1:])]
"""


@pytest.mark.parametrize(
    ("of", "by", "said", "causes"),
    [
        ("n", "n", "For ReLU.", []),
        ("m", "n", "For ReLU.", ["init_variance_of"]),
        ("m", "n", "For ReLU, by fan-out.", []),  # which is what it says
        ("m", "m", "For ReLU.", []),  # all of the file count the outputs
    ],
)
def test_outputs_are_counted_by_all_of_a_file_or_by_none(tmp_path, of, by, said, causes):
    file = tmp_path / "weights.py"
    file.write_text(BESIDE.format(of=of, by=by, said=said), encoding="utf-8")
    found = {j.found: [d.cause for d in j.diagnoses] for j in compare.check(file).judgements}
    assert sorted(found) == ["kaiming_weights", "lecun_weights"]
    assert (found["kaiming_weights"], found["lecun_weights"]) == (causes, [])


@pytest.mark.parametrize(
    "name, found", [("initialize_parameters_zeros", 0), ("zero_init", 0), ("begin_with", 1)]
)
def test_zeros_that_are_called_so_are_no_mistake(tmp_path, name, found):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\n\n"
        f"def {name}(sizes):\n"
        "    return [np.zeros((m, n)) for m, n in zip(sizes[:-1], sizes[1:])]\n"
    )
    causes = [d.cause for j in compare.check(path).judgements for d in j.diagnoses]
    assert causes == ["init_equal"] * found
