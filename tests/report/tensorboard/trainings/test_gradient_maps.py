"""A wrong gradient stands out in the map, in units of rounding."""

import dataclasses

import numpy as np

from compare.judge.training.curves import Snapshot
from compare.report.tensorboard.trainings import gradient_maps


def test_a_wrong_gradient_stands_out_in_the_map_and_its_twin_does_not(drawn_run):
    last = drawn_run["mlp.iris"].snapshots[-1]
    bad = last.mine["grad/W1"].copy()
    bad[2, 5] *= 1.01
    wrong = dataclasses.replace(last, mine={**last.mine, "grad/W1": bad})
    good_map, _ = gradient_maps.error_maps(last, "float64")
    bad_map, _ = gradient_maps.error_maps(wrong, "float64")
    assert bad_map.name == "grad/W1" and bad_map.values.shape == (4, 8)
    assert np.unravel_index(bad_map.values.argmax(), (4, 8)) == (2, 5)
    assert bad_map.values[2, 5] > 9 > 4 > good_map.values.max()


def test_the_unit_of_the_map_is_the_rounding_of_the_largest_gradient():
    reference = np.array([[4.0, 1.0], [0.0, 2.0]])
    mine = reference + np.array([[0.0, 4e-3], [4e-1, 0.0]])
    found = gradient_maps.error_map("grad/W1", mine, reference, u=1e-3)
    equal = gradient_maps.EQUAL
    np.testing.assert_allclose(found.values, [[equal, 0.0], [2.0, equal]], atol=1e-12)


def test_what_is_not_finite_on_one_side_is_an_infinite_error():
    mine = np.array([[np.nan, np.inf, np.nan]])
    found = gradient_maps.error_map("grad/W1", mine, np.array([[np.nan, 1.0, 1.0]]), 1e-16)
    assert found.values.tolist() == [[gradient_maps.EQUAL, np.inf, np.inf]]


def test_a_large_matrix_is_drawn_by_the_largest_element_of_each_block():
    values = np.zeros((784, 40))
    values[783, 39] = 7.0
    found = gradient_maps.in_blocks(values, 48)
    assert found.shape == (47, 40)
    assert found[-1, -1] == 7.0 and found.sum() == 7.0


def test_the_map_is_that_of_the_snapshot_nearest_to_the_first_failure():
    snapshots = [Snapshot(step, {}, {}) for step in (1, 10, 100)]
    assert gradient_maps.snapshot_nearest(snapshots, 7).step == 10
    assert gradient_maps.snapshot_nearest(snapshots, None).step == 100
