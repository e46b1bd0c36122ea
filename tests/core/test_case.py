"""What a case says of itself: its id, the dtypes it runs in, and what is known in which."""

from compare.core.case import Case, Program
from compare.core.outcome import ExpectedOutcome, Outcome

NOTHING = Program(lambda side, arrays: iter(()))


def case(**stated):
    return Case("planted", "§0", "for tests", NOTHING, **stated)


def test_an_id_has_the_name_the_dtype_and_every_size_in_order():
    assert case(sizes={"N": 4, "I": 3}).id("float32") == "planted[float32 N=4 I=3]"
    assert case().id("float64") == "planted[float64]"


def test_another_number_of_steps_is_another_id_and_leaves_the_case_alone():
    given = case(sizes={"N": 4})
    assert given.with_steps(7).id("float64") == "planted[float64 N=4 T=7]"
    assert given.with_steps(7).with_steps(9).id("float64") == "planted[float64 N=4 T=9]"
    assert given.id("float64") == "planted[float64 N=4]"


def test_a_coarse_format_is_asked_of_cases_of_both_others_that_have_no_sides_of_their_own():
    dtypes = ("float64", "float32", "float16", "bfloat16")
    assert all(case().runs_in(dtype) for dtype in dtypes)
    assert [case(dtypes=("float64",)).runs_in(d) for d in dtypes] == [True, False, False, False]
    own = case(sides=(None, None))
    assert [own.runs_in(d) for d in dtypes] == [True, True, False, False]


def test_what_is_known_holds_in_its_dtypes_and_elsewhere_only_may():
    everywhere = ExpectedOutcome(Outcome.VACUOUS, "flat")
    in_one = ExpectedOutcome(Outcome.DIFFERENT, "an epsilon", dtypes=("float32",), size=1e-7)
    given = case(known={"y": everywhere, "loss": in_one})
    assert given.known_in("float64") == {"y": everywhere}
    assert given.known_in("float32") == {"y": everywhere, "loss": in_one}
    (coarse,) = given.known_in("float16").values()
    assert everywhere.always and not coarse.always
