"""Constants that stand in no table: solved where the code is right, hiding no bug."""

import pytest

from compare.bench.diagnosis import judgement_of
from compare.check.fitting.free_constant import written
from compare.core.outcome import Outcome

CE, BCE = "cross_entropy_error", "binary_cross_entropy_error"
CLIPPED = "np.clip(y, {e}, 1 - {e})"
LOSSES = {
    "ce plus": (CE, "-np.sum(d * np.log(y + {e})) / len(d)"),
    "ce clipped": (CE, f"-np.sum(d * np.log({CLIPPED})) / len(d)"),
    "ce floored": (CE, "-np.sum(d * np.log(np.maximum(y, {e}))) / len(d)"),
    "bce plus": (BCE, "-np.mean(d * np.log(y + {e}) + (1 - d) * np.log(1 - y + {e}))"),
    "bce clipped": (
        BCE,
        f"-np.mean(d * np.log({CLIPPED}) + (1 - d) * np.log(1 - {CLIPPED}))",
    ),
    "d_ce plus": (f"d_{CE}", "-d / (y + {e}) / len(d)"),
    "d_ce clipped": (f"d_{CE}", f"-d / {CLIPPED} / len(d)"),
    "d_bce plus": (f"d_{BCE}", "((1 - d) / (1 - y + {e}) - d / (y + {e})) / d.size"),
    "d_bce clipped": (f"d_{BCE}", f"((1 - d) / (1 - {CLIPPED}) - d / {CLIPPED}) / d.size"),
}
WRONG = {
    "sign": ("ce plus", "-np.sum", "np.sum", "loss_sign"),
    "no mean": ("ce clipped", "/ len(d)", "* len(d)", "loss_factor"),
    "twice": ("ce floored", "-np.sum", "-2 * np.sum", "loss_factor"),
    "other samples": ("ce plus", "np.log(y", "np.log(y[::-1]", "unknown"),
    "sign of a term": ("bce plus", "+ (1 - d)", "- (1 - d)", "binary_term_sign"),
    "one term": ("bce clipped", "+ (1 - d)", "+ 0 * (1 - d)", "binary_lacks_term"),
    "sign of a gradient": ("d_ce plus", "-d", "d", "gradient_sign"),
    "half a gradient": ("d_ce clipped", "-d", "-0.5 * d", "gradient_factor"),
    "terms of a gradient": ("d_bce plus", "- d /", "+ d /", "binary_gradient_terms"),
}


def judged(name: str, value: str):
    return judgement_of(f"import numpy as np\ndef {name}(d, y):\n    return {value}\n", name)


@pytest.mark.parametrize("epsilon", ["5e-9", pytest.param("2e-4", marks=pytest.mark.slow)])
@pytest.mark.parametrize("which", LOSSES)
def test_any_epsilon_is_right_and_is_named(which, epsilon):
    name, value = LOSSES[which]
    found = judged(name, value.replace("{e}", epsilon))
    assert found.outcome is Outcome.SAME
    assert any(f"{float(epsilon):g}" in said.en for said in found.conventions)
    assert any(f"{float(epsilon):g}" in said.ja for said in found.conventions)


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", ["2e-7"])
@pytest.mark.parametrize("bug", WRONG)
def test_no_epsilon_hides_a_bug_beside_it(bug, epsilon):
    which, old, new, cause = WRONG[bug]
    name, value = LOSSES[which]
    assert old in value
    found = judged(name, value.replace(old, new, 1).replace("{e}", epsilon))
    assert found.outcome is Outcome.DIFFERENT
    assert [d.cause for d in found.diagnoses] == [cause]


@pytest.mark.slow
@pytest.mark.parametrize("which", LOSSES)
def test_a_large_epsilon_is_a_warning_and_a_larger_one_a_mistake(which):
    name, value = LOSSES[which]
    large = judged(name, value.replace("{e}", "0.005"))
    assert large.outcome is Outcome.SAME
    assert "epsilon_large" in [d.cause for d in large.diagnoses]
    larger = judged(name, value.replace("{e}", "0.05"))
    assert larger.outcome is Outcome.DIFFERENT
    assert [d.cause for d in larger.diagnoses] == ["epsilon_too_large"]


def test_a_constant_that_nobody_writes_is_not_taken():
    found = judged(CE, "-np.sum(d * np.log(y + 2.718281828e-7)) / len(d)")
    assert found.outcome is Outcome.DIFFERENT


@pytest.mark.parametrize(
    ("value", "first"), [(2.00003e-7, 2e-7), (1.4999e-8, 1.5e-8), (2.0**-52, 2.0**-52)]
)
def test_a_constant_is_read_with_few_digits(value, first):
    assert first in written(value)
    assert min(abs(w - value) for w in written(value)) < 1e-3 * value


QUOTIENT = """
import numpy as np
def numerical_gradient(f, x):
    g, h = np.zeros_like(x), {h}
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        g[i] = (above - f(x)) / ({by} * h)
        x[i] = kept
    return g
"""


@pytest.mark.parametrize(
    ("by", "told"), [("2", Outcome.SAME), ("1", Outcome.DIFFERENT), ("2.001", Outcome.DIFFERENT)]
)
@pytest.mark.parametrize("h", ["4e-6", "3e-5", "3e-4"])
def test_a_step_that_rounding_hides_in_part_is_none_of_a_few(h, by, told):
    for seed in (0, 3):  # of few numbers near 0 what the step leaves shows most
        source = QUOTIENT.format(h=h, by=by)
        assert judgement_of(source, "numerical_gradient", seed).outcome is told
