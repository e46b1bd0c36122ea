"""What was to be reached is told from what is not, with what bounds it."""

import pytest

from compare.bench import cost
from compare.bench.speed import commands, measured, targets
from compare.bench.speed.limit import CALLS, PRODUCTS


def row(scratch, torch, products, calls, name="784-512-512-10/256"):
    seconds = {"scratch": scratch, "torch": torch, PRODUCTS: products, CALLS: calls}
    return {"name": name, "dtype": "float32", "threads": 1, "seconds": seconds}


def summary(**kinds):
    return {"step": [], "comparison": [], "judged": [], "command": [], **kinds}


def reached(result):
    return {t.name.split(",")[0]: t.is_reached for t in targets.targets(result)}


def test_a_step_is_held_against_torch_and_against_its_own_products():
    fast, slow = row(1.0, 1.2, 0.9, 0.95), row(1.0, 1.0, 0.5, 0.95)
    assert reached(summary(step=[fast])) == {"torch": True, "products": True}
    assert reached(summary(step=[slow])) == {"torch": False, "products": False}
    small = row(1.0, 4.0, 0.1, 0.6, "2-10-2/20")
    (target,) = targets.targets(summary(step=[small]))
    assert target.is_reached is False
    assert "6.7" in target.bound  # what its calls alone would allow


def run(seconds):
    return {"name": "run", "seconds": seconds, "work": {"judge": 30.0, "figures": 12.0}}


def test_the_work_of_a_run_stands_by_its_stages():
    (target,) = targets.targets(summary(command=[run(1.0)]))
    assert target.bound.endswith("judge 30; figures 12")


def test_seconds_are_those_of_a_machine_whose_products_took_so_long():
    step = row(1.0, 1.0, 3 * targets.PRODUCTS_THERE["784-512-512-10/256"], 1.0)
    assert targets.slower([step]) == pytest.approx(3.0)
    assert targets.slower([]) is None
    for seconds, is_reached in ((59.0, True), (61.0, False)):
        result = summary(step=[step], command=[run(seconds)])
        assert reached(result)["seconds of run"] is is_reached
    unknown = summary(command=[run(1.0)])
    assert reached(unknown) == {"seconds of run": None}


def test_two_arrays_and_a_judged_step_have_what_bounds_them_beside_them():
    compared = {"name": f"{10**7}/everywhere", "seconds": {"ours": 0.01, "a plain pass": 0.005}}
    parts = (cost.TORCH, cost.SCRATCH, cost.COPIES, cost.NAMES, cost.DIGESTS, cost.REST)
    ratios = {cost.BARE: 1.0, cost.WHOLE: 12.0, **dict.fromkeys(parts, 3.0)}
    judged = {"name": "mlp.iris", "dtype": "float64", "ratios": ratios}
    arrays, step = targets.targets(summary(comparison=[compared], judged=[judged]))
    assert (arrays.here, arrays.is_reached) == (pytest.approx(8.0), False)
    assert "16" in arrays.bound
    assert (step.here, step.is_reached) == (12.0, False)
    assert step.bound.count("3") == len(parts)


def test_every_command_has_its_seconds_and_every_network_its_ratio():
    assert targets.SECONDS.keys() == commands.COMMANDS.keys()
    for ratios in targets.STEPS.values():
        assert tuple(ratios) == measured.STEPS
