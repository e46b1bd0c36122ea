"""Which cases are meant by a name, a group, an id, a pattern, a dtype and a number of steps."""

import pytest

from compare.cases import CASES
from compare.engine.selection import check_seed, select, with_steps
from compare.system.errors import UsageError


def ids(pairs):
    return [case.id(dtype) for case, dtype in pairs]


def test_without_a_name_every_case_is_meant_in_each_of_its_dtypes():
    assert len(select()) == sum(case.runs_in(t) for case in CASES for t in ("float64", "float32"))


def test_a_name_is_one_case_and_a_star_a_group():
    assert ids(select(["affine"])) == [i for i in ids(select()) if i.startswith("affine[")]
    group = ids(select(["affine.*"], dtype="float64"))
    assert group[0].startswith("affine[float64")
    assert all(i.startswith(("affine[float64", "affine.")) for i in group)
    assert len(group) > 1


def test_an_id_is_one_case_in_one_dtype_and_the_order_is_the_tables():
    first, second = (case.id("float64") for case in (CASES[0], CASES[3]))
    assert ids(select([second, first])) == [first, second]
    assert ids(select([second])) == [second]


def test_a_pattern_is_looked_for_in_the_id():
    assert ids(select(pattern=r"^affine\[float32")) == ids(select(["affine"], dtype="float32"))


@pytest.mark.parametrize("asked, says", [
    ({"names": ["afine"]}, "did you mean affine"), ({"dtype": "float63"}, "unknown dtype"),
    ({"pattern": "("}, "no regular expression"),
])  # fmt: skip
def test_what_is_not_there_is_told_with_what_is_near(asked, says):
    with pytest.raises(UsageError, match=says):
        select(**asked)


def test_steps_are_those_of_training_runs_alone():
    pairs = select(["affine", "mlp.iris"], dtype="float64")
    affine, iris = with_steps(pairs, 7)
    assert affine == pairs[0] and iris[0].sizes["T"] == 7
    assert ids(select([iris[0].id("float64")])) == [iris[0].id("float64")]
    assert with_steps(pairs, None) == pairs
    with pytest.raises(UsageError, match="1 or more"):
        with_steps(pairs, 0)
    with pytest.raises(UsageError, match="none of these cases is a training run"):
        with_steps(pairs[:1], 7)


def test_a_seed_is_not_negative():
    check_seed(0)
    with pytest.raises(UsageError, match="0 or more"):
        check_seed(-1)
