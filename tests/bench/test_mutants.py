"""Every fault and variant is a change of scratch as it stands."""

import pytest

from compare.bench.mutants import FAULTS, VARIANTS, Mutation, mutated


def test_every_fault_and_variant_still_fits_scratch():
    assert len(FAULTS) >= 60
    assert len({m.what for m in (*FAULTS, *VARIANTS)}) == len(FAULTS) + len(VARIANTS)
    for mutation in (*FAULTS, *VARIANTS):
        mutated("bench_fits", mutation)


def test_a_text_that_scratch_no_longer_has_is_named():
    gone = Mutation("gone", "affine.py", (("no such text", ""),), "affine")
    with pytest.raises(ValueError, match="no such text"):
        mutated("bench_fits", gone)
