"""Names are paired by themselves, by content, and by the rule that they follow; never by chance."""

import numpy as np

from compare.equivalence.tensors.pairing import paired

SHAPES = {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (4, 3), "2.bias": (4,)}


def arrays(seed, head="", shapes=SHAPES):
    rng = np.random.default_rng(seed)
    return {head + name: rng.standard_normal(shape) for name, shape in shapes.items()}


def test_equal_names_are_pairs_whatever_they_hold():
    first, second = arrays(0), arrays(1)
    assert paired(first, second).pairs == tuple((n, n) for n in SHAPES)


def test_other_names_are_found_by_what_they_hold_and_the_rule_is_learned():
    first, second = arrays(0), arrays(0, "module.")
    second["module.2.weight"] = second["module.2.weight"] + 1  # and so by the rule alone
    found = paired(first, second)
    assert found.pairs == tuple((n, f"module.{n}") for n in SHAPES)
    assert found.rules == (("", "module."),)


def test_where_every_number_differs_the_rule_is_that_of_the_shapes():
    found = paired(arrays(0, "encoder."), arrays(1, "model.enc."))
    assert found.pairs == tuple((f"encoder.{n}", f"model.enc.{n}") for n in SHAPES)
    assert found.rules == (("encoder.", "model.enc."),)


def test_one_name_alone_is_no_rule():
    first, second = {"a.W": np.zeros(3)}, {"b.W": np.ones(3)}
    found = paired(first, second)
    assert not found.pairs and found.only_first == ("a.W",) and found.only_second == ("b.W",)


def test_two_that_hold_the_same_are_not_told_apart_by_it():
    first = {"a": np.zeros(3), "b": np.zeros(3)}
    second = {"c": np.zeros(3), "d": np.zeros(3)}
    assert not paired(first, second).pairs


def test_a_rule_that_somebody_gives_comes_first():
    first, second = arrays(0, "x."), arrays(1, "y.") | arrays(0, "z.")
    found = paired(first, second, {"x.": "y."})
    assert found.pairs == tuple((f"x.{n}", f"y.{n}") for n in SHAPES)
    assert len(found.only_second) == 4
