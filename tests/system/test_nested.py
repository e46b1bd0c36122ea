"""Arrays in tuples, lists and mappings get names, and come back in the same structure."""

from types import SimpleNamespace

import numpy as np
import pytest

from compare.system.nested import leaves, rebuilt


@pytest.mark.parametrize("value, names", [
    (1.0, {"output": 1.0}),
    ("text", {"output": "text"}),
    (None, {}),
    ((), {}),
    ([1, 2], {"output/0": 1, "output/1": 2}),
    ((1, None, 3), {"output/0": 1, "output/2": 3}),
    ({"hidden": 1, "c": (2, [3])}, {"output/hidden": 1, "output/c/0": 2, "output/c/1/0": 3}),
    ({0: 1, "1": 2}, {"output/0": 1, "output/1": 2}),
])  # fmt: skip
def test_every_leaf_has_the_name_of_its_place(value, names):
    assert leaves("output", value) == names


@pytest.mark.parametrize("value, wanted", [
    (1, ("x", 1)),
    (None, None),
    ((), ()),
    ((1, None), (("x/0", 1), None)),
    ([1, [2]], (("x/0", 1), (("x/1/0", 2),))),
    ({"a": 1, "b": {"c": 2}}, {"a": ("x/a", 1), "b": {"c": ("x/b/c", 2)}}),
])  # fmt: skip
def test_a_structure_comes_back_with_each_leaf_replaced(value, wanted):
    assert rebuilt(lambda name, leaf: (name, leaf), "x", value) == wanted


def test_both_walk_over_the_same_names_in_the_same_order():
    value = {"a": (1, {"b": None, "c": [2, 3]}), "d": 4}
    seen = []
    rebuilt(lambda name, leaf: seen.append((name, leaf)), "y", value)
    assert seen == list(leaves("y", value).items())


def test_of_an_object_the_attributes_that_hold_arrays_have_names():
    keys, values = np.ones(2), np.zeros(3)
    layer = SimpleNamespace(keys=keys, values=values, ready=True, device="cpu")
    cache = SimpleNamespace(layers=[layer], offloading=False, kind=dict)
    named = leaves("output", {"cache": cache})
    assert list(named) == ["output/cache/layers/0/keys", "output/cache/layers/0/values"]
    assert named["output/cache/layers/0/keys"] is keys
    again = rebuilt(lambda name, leaf: leaf.size, "output", {"cache": cache})
    assert again == {"cache": {"layers": ({"keys": 2, "values": 3},)}}


def test_an_object_without_arrays_is_one_leaf_and_one_that_holds_itself_ends():
    plain, owner = SimpleNamespace(rate=0.1), SimpleNamespace(weights=np.ones(2))
    assert leaves("output", plain) == {"output": plain}
    owner.part = SimpleNamespace(bias=np.ones(1), owner=owner)
    assert list(leaves("output", owner)) == ["output/weights", "output/part/bias"]
    assert list(leaves("output", owner.part)) == ["output/bias", "output/owner/weights"]
