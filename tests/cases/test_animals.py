"""The animals: read without importing what ships them, and nothing but arrays is unpickled."""

import gzip
import hashlib
import pickle
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from compare.bench.mutants import FAULTS, mutated
from compare.cases import CASES, animals
from compare.cases.datasets import CorruptData
from compare.core.case import Unavailable
from compare.engine.run_case import run_case

(CASE,) = (case for case in CASES if case.name == "mlp.animals")


@pytest.fixture(scope="session")
def data():
    try:
        return animals.animals()
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def packed(tmp_path):
    """``packed(content)``: a gzipped file of it, and its digest."""

    def write(content):
        path = tmp_path / "array.gz"
        path.write_bytes(gzip.compress(content))
        return path, hashlib.sha256(path.read_bytes()).hexdigest()

    return write


class Runs:
    """Unpickled by whoever trusts it, this calls what it names."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_there_are_a_thousand_silhouettes_of_each_animal_and_nothing_is_imported(data):
    d = np.concatenate([data["d"], data["d_test"]])
    assert np.bincount(d).tolist() == [1000] * len(animals.NAMES)
    assert data["x"].shape == (8000, 784) and (data["x"].min(), data["x"].max()) == (0, 1)
    assert not {"animal_mnist", "tensorflow"} & set(sys.modules)


def test_they_are_split_as_the_package_itself_splits_them(data):
    d = animals.read_array(animals._file(animals.LABELS), animals.DIGESTS[animals.LABELS])
    training, test = train_test_split(d, test_size=0.2, random_state=42)
    np.testing.assert_array_equal(data["d"], training)
    np.testing.assert_array_equal(data["d_test"], test)


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_an_array_is_read_wherever_numpy_kept_its_function_when_it_was_written(packed, module):
    array = np.arange(6.0).reshape(2, 3)
    # of protocol 3, in which names end with their line, and have no length to be changed with them
    content = pickle.dumps(array, protocol=3).replace(b"numpy._core.multiarray", module.encode())
    np.testing.assert_array_equal(animals.read_array(*packed(content)), array)


@pytest.mark.parametrize("function", [print, exec, np.load, np.fromfile, getattr])
def test_a_pickle_that_would_call_something_is_refused_and_calls_nothing(packed, capsys, function):
    content = pickle.dumps(Runs(function, "print('called')"))
    with pytest.raises(CorruptData, match=f"{function.__name__}, which no array needs"):
        animals.read_array(*packed(content))
    assert capsys.readouterr().out == ""


def test_nothing_of_a_file_with_another_digest_is_unpickled(packed, monkeypatch):
    monkeypatch.setattr(animals, "_ArrayUnpickler", None)
    path, digest = packed(pickle.dumps(np.arange(3)))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CorruptData, match="not the file of animal-mnist 0.4"):
        animals.read_array(path, digest)


def test_what_is_no_array_is_corrupt(packed):
    with pytest.raises(CorruptData, match="holds a list"):
        animals.read_array(*packed(pickle.dumps([1, 2])))


def test_without_the_package_the_case_is_skipped_and_says_what_to_install(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    animals.animals.cache_clear()
    monkeypatch.setattr(animals, "distribution", missing)
    skipped = run_case(CASE, "float64").skipped
    assert skipped.endswith("pip install --no-deps animal-mnist==0.4")


@pytest.mark.slow
def test_both_sides_learn_to_tell_animals_apart(data):
    result = run_case(CASE.with_steps(20), "float32")
    assert not result.fails, f"\n{result}"
    _, mine, reference = result.curves["test/accuracy"][-1]
    assert min(mine, reference) > 0.25  # by chance one in ten


@pytest.mark.slow
@pytest.mark.parametrize(
    "what, first", [("no bias correction", "step/1/param/W1"), ("relu leaks", "step/1/z1")]
)
def test_a_planted_bug_is_caught(data, what, first):
    (fault,) = (fault for fault in FAULTS if fault.what == what)
    result = run_case(CASE.with_steps(1), "float64", mine=mutated("planted_animals", fault))
    assert result.verdict.first.name == first
