"""A package that is not here can be imported and not used; what needs none of it is judged."""

import numpy as np
import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome
from compare.sandbox.interface import Failed
from compare.sandbox.worker.course import special

ABSENT = """
    import pandas as pd
    import away.deep.down
    from away import Base, Mixin, decorated, with_options
    from away.of_types import Float

    def mean(x: pd.DataFrame, y: "Float" = None) -> Float[int, "n"]:
        return sum(x) / len(x)

    def described(x):
        return pd.DataFrame(x).describe()

    def constant(x):
        return x * away.deep.rate

    @decorated
    def twice(x):
        return 2 * x

    class Derived(Base, Mixin):
        def own(self, x):
            return x + 1

        def inherited(self, x):
            return self.forward(x)

    class Handing(Base):
        def __init__(self, n):
            super().__init__(n)
    """


def test_what_needs_nothing_of_a_package_that_is_not_here_works(boxed):
    box = boxed(ABSENT)
    assert box.inventory.failures == ()
    assert box.call("mean", [1.0, 3.0]).value == 2.0
    assert box.call("twice", 4.0).value == 8.0
    assert box.method(box.call("Derived").value, "own", 1.0).value == 2.0
    assert "pandas is not here: what uses it cannot be judged" in box.inventory.notes


@pytest.mark.parametrize(
    ("use", "package"),
    [
        (lambda box: box.call("described", 1.0), "pandas"),
        (lambda box: box.call("constant", 1.0), "away.deep"),
        (lambda box: box.method(box.call("Derived").value, "inherited", 1.0), "away"),
        (lambda box: box.call("Handing", 3), "away"),
    ],
    ids=["called", "multiplied", "inherited", "handed to the base"],
)
def test_what_uses_a_package_that_is_not_here_says_so(boxed, use, package):
    with pytest.raises(Failed) as caught:
        use(boxed(ABSENT))
    assert caught.value.line.startswith(f"ModuleNotFoundError: No module named '{package}'")


def test_a_package_that_is_imported_and_left_alone_is_no_word_worth(boxed):
    assert boxed("import pandas as pd\ndef f(x):\n    return x\n").inventory.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp\n",
        "from contextlib import suppress\nimport numpy as xp\n"
        "with suppress(ImportError):\n    import cupy as xp\n",
        "import importlib.util\nname = 'cupy' if importlib.util.find_spec('cupy') else 'numpy'\n"
        "xp = importlib.import_module(name)\n",
        "def choose():\n    import cupy\n    return cupy\ntry:\n    xp = choose()\n"
        "except ModuleNotFoundError:\n    import numpy as xp\n",
    ],
    ids=["try", "with", "find_spec", "further out"],
)
def test_who_reckons_with_an_absence_is_told_of_it(boxed, text):
    box = boxed(text + "def f(x):\n    return float(xp.maximum(x, 0))\n")
    assert box.call("f", -1.0).value == 0.0


def test_of_a_star_it_is_not_known_which_names_it_would_bring(boxed):
    box = boxed("from away import *\ndef f(x):\n    return x\n")
    (failure,) = box.inventory.failures
    assert "'away'" in failure and "(net.py:1)" in failure


SIGMOID = """
    import numpy as np
    import scipy.special

    class Net:
        def __init__(self):
            self.f = lambda x: scipy.special.expit(x)

    def sigmoid(x):
        return scipy.special.expit(x)

    def softmax(u):
        return {softmax}

    def relu(x):
        return scipy.signal.relu(x)
    """


@pytest.mark.parametrize(
    ("softmax", "outcome"),
    [
        ("scipy.special.softmax(u, axis=1)", Outcome.SAME),
        ("scipy.special.softmax(u)", Outcome.DIFFERENT),  # of the whole batch, as scipy's is
    ],
)
def test_the_functions_of_scipy_with_which_networks_are_written_are_here(
    tmp_path, softmax, outcome
):
    file = tmp_path / "net.py"
    file.write_text("\n".join(x[4:] for x in SIGMOID.replace("{softmax}", softmax).splitlines()))
    result = check_file(file)
    assert result["sigmoid"].outcome is Outcome.SAME
    assert result["softmax"].outcome is outcome
    assert result["relu"].outcome is Outcome.NOT_COMPARED
    assert result["relu"].diagnoses[0].cause == "package_not_here"
    assert [note for note in result.notes if "scipy.special" in note and "ours" in note]


def test_they_compute_what_scipy_does():
    scipy_special = pytest.importorskip("scipy.special")
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal((4, 3)) * 5, [[800.0, -800.0, 0.0]]])
    p = rng.uniform(0.1, 0.9, x.shape)
    calls = {
        "expit": (x,),
        "logit": (p,),
        "erf": (x,),
        "xlogy": (np.where(x > 0, x, 0), np.where(x > 0, p, 0)),
    }
    for name, arguments in calls.items():
        ours, theirs = getattr(special, name), getattr(scipy_special, name)
        np.testing.assert_allclose(ours(*arguments), theirs(*arguments), rtol=1e-14)
    for name in ("softmax", "log_softmax", "logsumexp"):
        for axis in (None, 0, 1):
            expected = getattr(scipy_special, name)(x, axis=axis)
            result = getattr(special, name)(x, axis=axis)
            np.testing.assert_allclose(result, expected, rtol=1e-14)
            assert np.shape(result) == np.shape(expected)
