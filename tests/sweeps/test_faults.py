"""A sweep's settings turn red where a bug affects them, and are the same for a correct twin."""

import numpy as np
import pytest

from compare.bench.mutants import Mutation, mutated
from compare.core.outcome import Outcome
from compare.sweeps import output_files, running, tensorboard
from compare.sweeps.drawing import figure
from compare.sweeps.text import conclusion

pytestmark = pytest.mark.slow


def few(setting):
    """Leaves out the many steps h."""
    return setting.part != "h"


NET, OPT, SURFACE = "network.py", "optimizers.py", "surfaces.py"
SLOPE = "delta *= self.slope(self.z)"
LAY = "layers.py"
PLANTED = [
    ("learning-rate", LAY, SLOPE, "delta *= 1.001", "1-", 14),
    ("initialization", LAY, SLOPE, "delta *= self.slope(self.f(self.z))", "sigmoid.", 7),
    ("optimizers", OPT, "m_hat = m / (1 - self.beta1**self.t)", "m_hat = m", "Adam", 2),
    ("optimizers", SURFACE, "w[0] / 10, 2 * w[1]", "w[0] / 20, 2 * w[1]", "bowl.", 7),
    ("activation", LAY, "1 - z**2", "1 - z", "tanh", 2),
    ("hidden-size", "affine.py", "delta @ W.T", "delta @ abs(W.T)", "units", 4),
    ("batch-size", "affine.py", "(delta).sum(", "(delta).mean(", "batch1", 3),
    ("squared-error", "losses.py", "/ (2 * samples(y))", "/ samples(y)", "", 14),
    ("squared-error", "losses.py", "return (y - d) / samples(y)", "return 2 * (y - d)", "", 14),
    ("numerical-gradient", "numerical.py", "/ (2 * h)", "/ h", "params", 2),
]  # fmt: skip


@pytest.mark.parametrize("name, file, old, new, red, count", PLANTED)
def test_a_planted_bug_turns_the_settings_red_that_it_affects(
    short_sweep, name, file, old, new, red, count
):
    side = mutated("sweep_planted", Mutation("planted", file, ((old, new),), ""))
    result = running.run(short_sweep(name, few), mine=side)
    failed = [p.setting.name for p in result.failures]
    assert len(failed) == count
    assert all(red in setting for setting in failed)


def test_an_unchanged_copy_is_the_same(short_sweep):
    side = mutated("sweep_twin", Mutation("twin", OPT, (("m_hat = m", "m_hat = m"),), ""))
    assert running.run(short_sweep("optimizers"), mine=side).failures == ()


@pytest.mark.parametrize("name", ["learning-rate", "optimizers", "numerical-gradient"])
def test_a_side_that_raises_is_an_error_of_its_settings_and_all_is_still_written(
    short_sweep, name, tmp_path
):
    raising = (
        (NET, "return self.output.loss(d)", 'raise ValueError("boom")')
        if name != "optimizers"
        else (SURFACE, "return w[0] ** 2 / 20 + w[1] ** 2", 'raise ValueError("boom")')
    )
    file, old, new = raising
    side = mutated("sweep_raising", Mutation("raises", file, ((old, new),), ""))
    result = running.run(short_sweep(name, few), mine=side)
    assert {p.outcome for p in result.failures} == {Outcome.ERROR}
    output_files.write(result, tmp_path)
    tensorboard.write(result, tmp_path)
    text = "\n".join(conclusion(result))
    assert "ValueError: boom" in text and "NOT THE SAME" in text and "(inf)" not in text


def test_a_gradient_of_zeros_is_a_difference_and_its_gap_no_number(short_sweep):
    old, new = "return input_gradient(delta, self.W)", "return 0 * input_gradient(delta, self.W)"
    texts = (("self.delta = delta\n", "delta = self.delta = 0 * delta\n"), (old, new))
    bug = Mutation("zeros", "layers.py", texts, "")
    result = running.run(short_sweep("numerical-gradient", few), mine=mutated("sweep_zeros", bug))
    assert len(result.failures) == result.total
    assert np.isinf(result.points[0].end("gap/W1")[0])
    assert figure(result.sweep, result.points).axes
