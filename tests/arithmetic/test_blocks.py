"""What is found block by block is what is found of the whole arrays, to the bit."""

import numpy as np
import pytest

from compare.arithmetic import blocks
from compare.arithmetic.blocks import farthest, largest_finite
from compare.arithmetic.closeness import gap
from compare.arithmetic.running_error import FORMATS

SIZE = 157  # a prime, which no block divides
DTYPES = [f.dtype for f in FORMATS.values()]
WHOLE = [np.dtype(t) for t in ("int64", "uint8", "bool")]
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0)


def special_of(dtype):
    f = FORMATS[dtype.name]
    return np.array([*SPECIAL, f.eta, -f.eta, 3 * f.eta, f.tiny, f.largest, -f.largest], dtype)


def pair(dtype, rng, kind):
    """Two arrays of SIZE: alike, nearly alike, alike but in one place, or anything."""
    if dtype.kind in "iub":
        value = rng.integers(0, 2**60, SIZE) if dtype.kind == "i" else rng.integers(0, 2, SIZE)
        value = value.astype(dtype)
        expected = value.copy()
        where = rng.integers(0, SIZE, {"alike": 0, "one": 1}.get(kind, 60))
        expected[where] = ~expected[where] if dtype.kind == "b" else expected[where] + 1
        return value, expected
    value = (rng.standard_normal(SIZE) * 10.0 ** rng.integers(-3, 3, SIZE)).astype(dtype)
    value[rng.integers(0, SIZE, 30)] = rng.choice(special_of(dtype), 30)
    expected = value.copy()
    if kind == "one":
        expected[rng.integers(0, SIZE)] = dtype.type(7)
    if kind == "near":
        near = value.astype(np.float64) * (1 + rng.integers(-2, 3, SIZE) * FORMATS[dtype.name].u)
        expected = near.astype(dtype)
    if kind == "any":
        expected[rng.integers(0, SIZE, 80)] = rng.choice(special_of(dtype), 80)
        expected[::3] = rng.permutation(expected[::3])
    return value, expected


def limits_of(value, expected, dtype, rng):
    """One for all and one each: 0, inf, and exactly what some element is off by."""
    apart = np.abs(value.astype(np.float64) - expected.astype(np.float64))
    apart = apart[np.isfinite(apart)]
    eta = FORMATS[dtype.name].eta if dtype.name in FORMATS else 1.0
    scalars = [
        0.0,
        2.6 * eta,
        1e-3,
        1e300,
        np.inf,
        *rng.choice(apart, 3),
        *apart.max(keepdims=True),
    ]
    each = rng.choice([0.0, eta, 1e-3, 1.0, np.inf, *rng.choice(apart, 3)], value.shape)
    return [*scalars, np.nextafter(apart.max(), 0), each]


def found(value, expected, limit, block):
    f = farthest(value, expected, limit, block)
    return f.count, f.worst, f.error_there, f.limit_there, f.largest, f.limit


def wanted(value, expected, limit):
    g = gap(value, expected, limit)
    largest = float(np.max(g.error))
    worst = g.worst
    return g.count, worst, float(g.error[worst]), float(g.limit[worst]), largest, g.limit


def assert_alike(mine, whole):
    assert mine[:-1] == whole[:-1]
    assert np.array_equal(mine[-1], whole[-1])


@pytest.mark.parametrize("kind", ["alike", "one", "near", "any"])
@pytest.mark.parametrize("dtype", [*DTYPES, *WHOLE], ids=str)
@np.errstate(all="ignore")
def test_blocks_of_any_size_find_what_the_whole_arrays_show(dtype, kind):
    for seed in range(3):
        rng = np.random.default_rng([seed, 5])
        value, expected = pair(dtype, rng, kind)
        for limit in limits_of(value, expected, dtype, rng):
            for block in (7, 64, 1000):
                assert_alike(found(value, expected, limit, block), wanted(value, expected, limit))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@np.errstate(all="ignore")
def test_in_any_strides_and_shapes_the_worst_place_is_the_arrays_own(dtype):
    rng = np.random.default_rng(3)
    value, expected = (v[:156].reshape(4, 39) for v in pair(dtype, rng, "any"))
    limit = limits_of(value, expected, dtype, rng)[-1]
    stretched = np.repeat(value, 2, axis=1)[:, ::2]
    for mine, right, allowed in [
        (value.T, expected.T, limit.T),
        (value.T, np.ascontiguousarray(expected.T), 0.25),
        (stretched[:, ::-1], expected[:, ::-1], limit[:, ::-1]),
        (value[:1, :1].reshape(()), (expected[:1, :1] + dtype.type(1)).reshape(()), 0.5),
        (value, np.broadcast_to(expected[:1], value.shape), limit),
        (value, expected.astype(np.float64), limit),
    ]:
        for block in (1, 7, 1000):
            assert_alike(found(mine, right, allowed, block), wanted(mine, right, allowed))


def test_the_largest_finite_magnitude_is_of_any_format():
    for f in FORMATS.values():
        assert largest_finite(special_of(f.dtype)) == f.largest
        assert largest_finite(special_of(f.dtype)[:3]) == 0.0


def test_large_arrays_go_in_blocks_and_small_ones_whole():
    large = np.zeros(blocks.BLOCK + 1)
    assert blocks.apart(large, large, 0.0).worst == (0,)
    assert isinstance(blocks.apart(large, large, 0.0), blocks.Farthest)
    assert not isinstance(blocks.apart(large[1:], large[1:], 0.0), blocks.Farthest)


@pytest.mark.parametrize("limit", [0.0, 1 + 2.0**-27, 2.0])
def test_an_error_that_float32_rounds_to_the_largest_so_far_may_be_above_it(limit):
    value, expected = np.ones(8, np.float32), np.zeros(8, np.float32)
    expected[5] = -(2.0**-26)  # 1 + 2^-26 apart, which is 1 in float32
    assert_alike(found(value, expected, limit, 4), wanted(value, expected, limit))
    assert farthest(value, expected, limit, 4).worst == (5,)


@np.errstate(all="ignore")
def test_an_infinity_that_its_limit_reaches_is_right_after_an_infinite_error_too():
    value, expected = np.array([[np.nan, 1], [np.inf, 1]], np.float32), np.ones((2, 2), np.float32)
    expected[1, 0] = FORMATS["float32"].largest
    assert_alike(found(value, expected, 1e38, 2), wanted(value, expected, 1e38))
    assert farthest(value, expected, 1e38, 2).count == 1


def test_a_block_that_begins_alike_may_differ_further_on():
    value, expected = np.ones(300), np.ones(300)
    expected[[280, 290]] = 3.0, 2.0
    assert farthest(value, expected, 0.0, 100).count == 2
