"""What is the same passes, whatever it holds; each fault is found, counted and explained."""

import tracemalloc

import ml_dtypes
import numpy as np
import pytest

from compare.arithmetic.pieces import BLOCK
from compare.core.outcome import Outcome
from compare.equivalence.tensors.comparison import LARGE, Allowed, compare_stored, compared
from compare.equivalence.tensors.files import Stored

SAME, DIFFERENT = Outcome.SAME, Outcome.DIFFERENT


def beside(mine, right, **allowed):
    return compared("w", mine, "w", right, Allowed(**allowed))


def numbers(*shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


SPECIAL = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324])
ALIKE = {
    "ordinary": numbers(3, 4),
    "more than a block": numbers(BLOCK + 3),
    "special": SPECIAL,
    "empty": np.zeros((0, 3), np.float32),
    "a number": np.array(2.5),
    "integers": np.arange(5),
    "truth values": np.array([True, False]),
    "complex": np.array([1 + 2j, np.nan]),
    "bfloat16": numbers(8).astype(ml_dtypes.bfloat16),
    "float8": numbers(8).astype(ml_dtypes.float8_e4m3fn),
}


@pytest.mark.parametrize("array", ALIKE.values(), ids=ALIKE)
def test_what_is_the_same_passes(array):
    assert beside(array, array.copy()).outcome is SAME
    assert beside(array, np.array(array, order="F")).outcome is SAME


@pytest.mark.parametrize("name", [n for n in ALIKE if n != "empty"])
def test_one_element_that_differs_is_found_and_counted(name):
    right = ALIKE[name]
    mine = right.copy()
    at = np.unravel_index(right.size - 1, right.shape)
    mine[at] = ~mine[at] if right.dtype == bool else mine[at] + mine.dtype.type(1)
    if name == "complex":
        mine[at] = 3
    found = beside(mine, right)
    assert found.outcome is DIFFERENT and found.count == 1
    assert found.worst[: right.ndim] == tuple(map(int, at))


def test_a_zero_with_another_sign_is_the_same_number():
    assert beside(np.zeros(3), -np.zeros(3)).outcome is SAME


@pytest.mark.parametrize(("ulps", "outcome"), [(0, DIFFERENT), (1, DIFFERENT), (2, SAME)])
def test_ulps_are_counted_in_the_format(ulps, outcome):
    right = numbers(BLOCK + 9) + 3
    mine = right.copy()
    mine[-1] = np.nextafter(np.nextafter(mine[-1], np.float32(9)), np.float32(9))
    found = beside(mine, right, ulps=ulps)
    assert found.outcome is outcome
    if outcome is DIFFERENT:
        assert found.ulps == 2 and found.count == 1


def test_no_number_of_ulps_excuses_nan_or_infinity():
    right = numbers(9)
    for wrong in (np.nan, np.inf):
        mine = right.copy()
        mine[4] = wrong
        assert beside(mine, right, ulps=10**6).outcome is DIFFERENT


def test_transposed_is_said_and_passes_only_where_it_is_allowed():
    right = numbers(4, 3)
    assert "transposed" in beside(right.T, right).cause
    assert beside(right.T, right).outcome is DIFFERENT
    assert beside(right.T, right, transposed=True).outcome is SAME
    wrong = right.T.copy()
    wrong[2, 3] += 1
    assert beside(wrong, right, transposed=True).outcome is DIFFERENT
    square = numbers(4, 4)
    assert "transposed" in beside(square.T, square).cause


@pytest.mark.parametrize("coarse", [np.float16, ml_dtypes.bfloat16])
def test_another_format_is_said_and_passes_only_where_it_is_allowed(coarse):
    fine = numbers(500)
    rounded = fine.astype(coarse)
    for mine, right in ((fine, rounded), (rounded, fine)):
        assert "the same but for rounding" in beside(mine, right).cause
        assert beside(mine, right).outcome is DIFFERENT
        assert beside(mine, right, dtype=True).outcome is SAME
    wrong = rounded.copy()
    wrong[3] = -wrong[3]
    assert beside(wrong, fine, dtype=True).outcome is DIFFERENT
    assert beside(np.arange(3), np.arange(3.0), dtype=True).outcome is DIFFERENT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a[::-1].copy(), "reversed"),
        (lambda a: a * 2, "2 times"),
        (lambda a: -a, "another sign"),
        (lambda a: np.concatenate([a[:3] + 1, a[3:]]), "the first half"),
    ],
)
def test_a_cause_is_named_where_the_numbers_allow_it(change, words):
    right = numbers(6, 5, dtype=np.float64)
    assert words in beside(change(right), right).cause


def files(arrays, **settings):
    return Stored(arrays, settings)


def test_what_only_one_has_fails_and_so_does_another_setting():
    arrays = {"W": numbers(2, 3), "b": numbers(3)}
    assert compare_stored(files(arrays, epoch=3), files(dict(arrays), epoch=3)).passed
    less = {"W": arrays["W"]}
    for first, second in (
        (files(arrays), files(less)),
        (files(less), files(arrays)),
        (files(arrays, epoch=3), files(arrays, epoch=4)),
        (files(arrays, epoch=3), files(arrays)),
        (files(arrays, what=object()), files(arrays, what=object())),
    ):
        assert not compare_stored(first, second).passed


@pytest.mark.parametrize(
    ("mine", "right"),
    [
        (np.float32, ml_dtypes.bfloat16),
        (np.float64, np.float32),
        (np.int16, np.int16),
        (np.float32, np.float32),
    ],
)
def test_a_large_tensor_that_is_wrong_everywhere_takes_no_memory_of_its_size(mine, right):
    values = np.arange(LARGE + 9, dtype=np.int32) % 100
    first, second = (values + 1).astype(mine), values.astype(right)
    tracemalloc.start()
    try:
        found = beside(first, second)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.outcome is DIFFERENT and found.count == first.size
    assert most < 2 * second.nbytes / 3
