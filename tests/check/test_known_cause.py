"""The known mistake of a function that a run found wrong; none where it is right or not known."""

import importlib
import sys

import pytest

from compare.check.known_cause import known_cause


@pytest.fixture
def package(tmp_path, monkeypatch):
    """``package(text)``: the name of a package whose module activations.py has this text."""

    def made(text):
        name = f"hand_{tmp_path.name}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "activations.py").write_text(f"import numpy as np\n{text}")
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return made


def test_a_known_mistake_is_named(package):
    name = package("def relu(u):\n    return np.abs(u)\n")
    cause = known_cause([f"{name}.activations.relu"])
    assert "abs" in cause.en and cause.ja != cause.en


@pytest.mark.parametrize(
    "text",
    [
        "def relu(u):\n    return np.maximum(u, 0)\n",
        "def relu(u):\n    return np.sin(3 * u) + 0.123\n",
        "def another(u):\n    return np.abs(u)\n",
        "def softmax(u):\n    e = np.exp(u)\n    return e / e.sum(axis=1, keepdims=True)\n",
    ],
    ids=["right", "not known", "nothing of the course", "right, with a warning"],
)
def test_there_is_none_where_it_is_right_or_not_known(package, text):
    name = package(text)
    assert known_cause([f"{name}.activations.{text.split()[1].partition('(')[0]}"]) is None


def test_what_is_no_function_is_passed_over():
    assert known_cause(["scratch.layers.SLOPES", "scratch.activations.relu"]) is None
    assert known_cause([]) is None
