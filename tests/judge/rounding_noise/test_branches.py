"""Decisions of a run: recorded, forced, and known as rounding's or as not."""

from itertools import combinations

import numpy as np
import pytest
import torch

from compare.judge.rounding_noise.branches import (
    KEPT,
    TRIES,
    Branches,
    Decisions,
    Unit,
    all_of,
    at_the_kink,
    flipped,
    nearest,
    undecided,
)
from compare.judge.rounding_noise.noise_floor import Spread


def relu_run(*sites, forced=None, tied=None):
    """The decisions of a run that asks at each site whether its numbers are above 0."""
    decisions = Decisions(forced or {}, tied or {})
    for z in map(torch.tensor, sites):
        decisions.decide(z, z > 0)
    return decisions.run


def spread(sigma):
    """A Spread of one run that deviates so far."""
    made = Spread(np.zeros_like(np.array(sigma)))
    made.add(np.array(sigma))
    return made


def taken(branches):
    return [site.tolist() for site in branches.taken]


def test_every_decision_is_recorded_in_order():
    run = relu_run([1.0, -2.0, 0.0], [[3.0], [-4.0]])
    assert [z.tolist() for z in run.z] == [[1.0, -2.0, 0.0], [[3.0], [-4.0]]]
    assert taken(run) == [[True, False, False], [[True], [False]]]


def test_what_is_recorded_does_not_change_with_the_tensor():
    z = torch.tensor([1.0, -1.0])
    decisions = Decisions({}, {})
    decisions.decide(z, z > 0)
    z.neg_()
    assert decisions.run.z[0].tolist() == [1.0, -1.0]


def test_a_run_that_is_forced_takes_the_branches_of_another():
    first = relu_run([1.0, -1.0], [2.0])
    assert taken(relu_run([-1.0, -1.0], [-2.0], forced=all_of(first))) == taken(first)
    assert taken(relu_run([-1.0, -1.0], [-2.0])) == [[False, False], [False]]


def test_a_flipped_unit_takes_its_other_branch_and_the_others_stay_free():
    first = relu_run([1.0, -1.0, 5.0], [2.0])
    forced = flipped(first, [Unit(0, 0, 1.0, 0.5), Unit(0, 1, -1.0, 0.5)])
    assert taken(relu_run([1.0, -1.0, 5.0], [2.0], forced=forced)) == [[False, True, True], [True]]
    assert taken(relu_run([1.0, -1.0, -5.0], [-2.0], forced=forced)) == [
        [False, True, False],
        [False],
    ]
    assert taken(first) == [[True, False, True], [True]]


def test_a_run_of_other_shapes_cannot_be_forced():
    forced = all_of(relu_run([1.0, -1.0]))
    with pytest.raises(ValueError, match="rounding decides which operations it runs"):
        relu_run([1.0, -1.0, 2.0], forced=forced)


def chosen(rows, tied=None, dim=1):
    decisions = Decisions({}, tied or {})
    of = torch.tensor(rows)
    choice = decisions.choose(of.argmax(dim), of, dim)
    return choice.tolist(), decisions.run


def test_an_argmax_is_forced_where_it_is_tied_and_nowhere_else():
    rows = [[1.0, 3.0, 3.0], [5.0, 2.0, 1.0]]
    _, run = chosen(rows)
    assert run.ties[0].tolist() == [True, False]
    other = {0: (run.ties[0], np.array([2, 2]))}
    assert chosen(rows, other)[0] == [2, 0]


def test_an_argmax_of_everything_at_once_has_one_choice():
    for values, tie in (([[1.0, 2.0], [2.0, 0.0]], True), ([[1.0, 2.0], [3.0, 0.0]], False)):
        of = torch.tensor(values)
        decisions = Decisions({}, {})
        decisions.choose(of.argmax(), of)
        assert decisions.run.ties[0].tolist() is tie


def test_a_backward_pass_finds_the_branches_of_its_own_relu():
    decisions = Decisions({}, {})
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0])
    above = torch.tensor([True, False])
    decisions.remember(one, above)
    assert decisions.branches_of_relu(one) is above
    assert decisions.branches_of_relu(other) is None
    assert decisions.branches_of_relu(one[:1]) is None  # at the same place, and another result


def test_results_that_wait_for_their_backward_pass_are_not_kept_forever():
    decisions = Decisions({}, {})
    results = [torch.tensor([float(k)]) for k in range(KEPT + 1)]
    for result in results:
        decisions.remember(result, result > 0)
    assert decisions.branches_of_relu(results[0]) is None
    assert (
        decisions.branches_of_relu(results[1]) is not None
        and decisions.branches_of_relu(results[-1]) is not None
    )


def test_a_unit_is_undecided_within_eight_sigma_nearest_first():
    sigma = 0.25
    run = relu_run([8 * sigma, -8 * sigma, np.nextafter(8 * sigma, 9), 100.0], [[0.5]])
    found = undecided(run, [spread([sigma] * 4), spread([[sigma]])])
    assert found == [Unit(1, 0, 0.5, 2.0), Unit(0, 0, 2.0, 8.0), Unit(0, 1, -2.0, 8.0)]
    assert undecided(run, [spread([sigma] * 4), spread([[sigma]])], within=1.0) == []


def test_a_unit_that_no_noise_moves_is_decided_and_at_0_it_is_at_the_kink():
    run = relu_run([0.0, 0.0, 1e-30, 0.0])
    still = [spread([0.0, 1e-9, 0.0, 0.0])]
    assert [unit.index for unit in undecided(run, still)] == [1]
    assert at_the_kink(run, still) == 2


UNITS = [Unit(0, k, 0.1 * (k + 1), 1.0) for k in range(5)]


def apart(wanted):
    """How many units are on another branch than in that set, as a distance to be made small."""
    calls = []

    def distance(units):
        calls.append(units)
        return float(len(set(units) ^ set(wanted)))

    distance.calls = calls
    return distance


@pytest.mark.parametrize("n", range(6))
def test_the_units_that_explain_a_difference_are_found(n):
    for wanted in combinations(UNITS, n):
        assert set(nearest(UNITS, apart(wanted), 0.0)) == set(wanted)


def test_it_stops_where_it_is_near_enough():
    distance = apart(UNITS[:3])
    assert len(nearest(UNITS, distance, 1.0)) == 2
    assert len(distance.calls) == 3


def test_duplicated_samples_are_flipped_together():
    """One of both alone is as far off as none."""
    pair = [Unit(0, 0, 0.5, 1.0), Unit(0, 7, -0.5, 1.0)]
    other = Unit(1, 3, 0.25, 1.0)

    def distance(units):
        return 0.0 if set(units) == set(pair) else 1.0

    assert set(nearest([*pair, other], distance, 0.0)) == set(pair)


def test_units_that_explain_nothing_are_given_up_after_one_round():
    distance = apart([])
    assert nearest(UNITS, lambda units: distance(units) + 1, 0.0) == ()
    assert len(distance.calls) == 1 + len(UNITS)


def test_the_search_ends_where_each_run_is_a_little_nearer_for_ever():
    left = iter(range(10 * TRIES, 0, -1))
    nearest(UNITS, lambda units: float(next(left)), 0.0)
    assert next(left) == 10 * TRIES - (TRIES + 1)


def test_branches_of_a_run_without_any_are_none():
    assert undecided(Branches(), []) == []
    assert at_the_kink(Branches(), []) == 0
