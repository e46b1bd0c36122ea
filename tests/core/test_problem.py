"""The arrays of a case are the same for the same seed, and a fingerprint is of every bit."""

import numpy as np
import pytest

from compare.core.arrays import fingerprint
from compare.core.case import Case, Program
from compare.core.problem import build

NOTHING = Program(lambda side, arrays: iter(()))
CASE = Case("planted", "§0", "for tests", NOTHING, sizes={"N": 4, "I": 3}, arrays={"x": "N I"})


def test_a_problem_is_the_same_for_the_same_seed_and_read_only():
    first, again, other = (build(CASE, "float32", seed) for seed in (3, 3, 4))
    assert first.fingerprints == again.fingerprints != other.fingerprints
    assert first.arrays["x"].dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        first.arrays["x"][0] = 1


def test_a_fingerprint_depends_on_every_bit_on_dtype_and_on_shape():
    a = np.random.default_rng(1).standard_normal((4, 3))
    b = a.copy()
    b[0, 0] = np.nextafter(b[0, 0], np.inf)
    variants = [a, b, a.reshape(3, 4), a.view(np.int64), np.array(-0.0), np.array(0.0)]
    assert len({fingerprint(v) for v in variants}) == len(variants)
    assert fingerprint(np.asfortranarray(a)) == fingerprint(a)
