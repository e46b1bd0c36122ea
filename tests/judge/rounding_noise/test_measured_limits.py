"""The noise floor: what is hidden from the rules is judged by how torch's own roundings move it."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch

import compare
from compare.bench.mutants import FAULTS, VARIANTS, mutated
from compare.bench.problems import numbers
from compare.cases import programs
from compare.core.arrays import fingerprint
from compare.core.case import Case, Program
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.core.trace import Trace, quantity
from compare.engine.run_case import run_case
from compare.judge.rounding_noise import measured_limits, measurement
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.torch_perturbation import perturbed

pytestmark = [pytest.mark.numbers, pytest.mark.slow]

BY_WHAT = {m.what: m for m in (*VARIANTS, *FAULTS)}
SUMS = ("as it stands", "einsum", "Fortran order", "sums of outer products", "sum by a product")


def hidden(case, *shown):
    """The same case as a black box: without rules, and with some names only."""

    def run(side, a):
        for trace in case.program.run(side, a):
            names = [n for n in trace.values if not shown or quantity(n) in shown]
            yield replace(trace, values={n: trace.values[n] for n in names})

    return replace(case, program=Program(run))


def network(hidden_by="relu", nodes=(13, 17, 5), N=19, how="normal", seed=0, **settings):
    rng = np.random.default_rng(seed)
    arrays = {"x": numbers(rng, (N, nodes[0]), how), "d": rng.integers(nodes[-1], size=N)}
    for k, (i, o) in enumerate(zip(nodes[:-1], nodes[1:], strict=True), start=1):
        arrays[f"W{k}"] = rng.standard_normal((i, o)) / np.sqrt(i)
        arrays[f"b{k}"] = 0.1 * rng.standard_normal(o)
    program = programs.network(hidden_by, lr=0.1, **settings)
    return Case(f"hidden.{hidden_by}", "§0", "for tests", program, arrays=arrays)


def verdict(case, what="as it stands", dtype="float64"):
    return run_case(case, dtype, mine=mutated("noise_mutant", BY_WHAT[what])).verdict


def of_torch(f, **arrays):
    """A black box that runs f on arrays: NumPy's beside torch's."""

    def run(side, a):
        yield Trace({"y": f[side.name == "torch"](**a)})

    return Case("function", "§0", "for tests", Program(run), arrays=arrays)


DEEP = (13, 17, 11, 7, 5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("what", SUMS)
@pytest.mark.parametrize("settings", [{}, {"nodes": DEEP}, {"hidden_by": "sigmoid"}])
def test_another_order_of_summation_is_the_same(settings, what, dtype):
    found = verdict(hidden(network(**settings)), what, dtype)
    assert found.outcome is Outcome.SAME


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", ["duplicates", "whole", "saturated", "tiny", "zeros"])
def test_nasty_inputs_in_another_order_are_the_same(how, dtype):
    found = verdict(hidden(network(how=how), "y", "loss", "grad/W1", "param/W1"), "einsum", dtype)
    assert [c for c in found.comparisons if c.outcome is Outcome.DIFFERENT] == []


def test_the_reason_says_that_the_limit_was_measured():
    compared = verdict(hidden(network())).comparisons[0]
    assert compared.reason == (
        "limit measured: 32 times the noise of 3 runs of torch in which every operation rounds "
        "differently"
    )
    assert 0 < compared.limit < 1e-12


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "what", ["sigmoid' under relu", "db is averaged", "dW is averaged", "labels off by one"]
)
def test_a_fault_behind_the_shown_names_is_caught(what, dtype):
    case = hidden(network(), "y", "grad/W1", "grad/b1")
    assert verdict(case, dtype=dtype).outcome is Outcome.SAME
    assert verdict(case, what, dtype).outcome is Outcome.DIFFERENT


def changed(change):
    """scratch, with what a program yields of it changed on the way out."""
    side = numpy_side()
    return replace(side, to_numpy=lambda value: change(side.to_numpy(value)))


def one_wrong(a):
    if a.ndim == 2:
        a[a.shape[0] // 2, 0] += 1e-3 * np.abs(a).max()
    return a


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("change", [lambda a: (a * 1.001).astype(a.dtype), one_wrong])
def test_a_small_factor_and_one_wrong_element_are_caught(change, dtype):
    case = hidden(network(), "grad/W1")
    assert run_case(case, dtype).outcome is Outcome.SAME
    result = run_case(case, dtype, mine=changed(change))
    assert result.verdict.first.name == "grad/W1"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adams_epsilon_inside_the_root_is_caught_with_small_gradients(dtype):
    rng = np.random.default_rng(0)
    arrays = {
        "W": rng.standard_normal((4, 3)), "b": rng.standard_normal(3),
        "g_W": 1e-5 * rng.standard_normal((5, 4, 3)), "g_b": 1e-5 * rng.standard_normal((5, 3)),
    }  # fmt: skip
    case = hidden(Case("adam", "§0", "for tests", programs.optimizer("Adam"), arrays=arrays))
    assert verdict(case, dtype=dtype).outcome is Outcome.SAME
    found = verdict(case, "Adam's epsilon inside the root", dtype)
    assert found.first.name == "step/1/param/W"


def at_a_kink(x, dtype="float64"):
    """One ReLU unit whose z is a sum of x by weights of 1: its derivative says which branch."""
    W1 = np.ones((len(x), 1))
    arrays = {
        "x": np.array([x]), "d": np.array([[1.0]]), "W1": W1, "b1": np.zeros(1),
        "W2": np.array([[3.0]]), "b2": np.array([0.5]),
    }  # fmt: skip
    program = programs.network("relu", "identity", "identity_with_loss")
    return hidden(Case("kink", "§0", "for tests", program, arrays=arrays), "y", "grad/W1", "grad/x")


AT_ZERO_ONE = [("lambda z: z > 0", "lambda z: z >= 0")]
SHIFTED = [("return x @ W + b", "return (x * W.T + 1).cumsum(axis=1)[:, -1:] - len(W) + b")]


def planted(file, texts):
    return mutated("noise_kink", replace(BY_WHAT["as it stands"], file=file, texts=tuple(texts)))


@pytest.mark.parametrize("x", [[0.5, 0.25, -0.75], [3.0, -5.0, 2.0], [0.0, 0.0, 0.0]])
def test_a_convention_at_an_exact_kink_is_reported(x):
    case = at_a_kink(x)
    assert [c for c in run_case(case, "float64").verdict.comparisons if c.mismatched] == []
    found = run_case(case, "float64", mine=planted("layers.py", AT_ZERO_ONE)).verdict
    (at,) = [c for c in found.comparisons if c.name == "grad/x"]
    assert at.outcome is Outcome.DIFFERENT
    assert "1 unit at 0 exactly, where a derivative is a convention" in at.reason


def below_zero_in_any_order(dtype):
    """Three numbers that sum to 0 but for rounding: below 0 in every order, fused or not.

    So torch is below 0 whatever its kernel does; the sum of each plus 1, less 3, is above.
    """
    for i, j in np.ndindex(40, 40):
        x = np.array([0.1 * i, 0.1 * j, 0], dtype=dtype)
        x[2] = np.nextafter(-(x[0] + x[1]), -np.inf)
        sums = [x[a] + x[b] + x[c] for a, b, c in permutations(range(3))]
        if max(*sums, math.fsum(x)) < 0 < (x + 1).cumsum()[-1] - 3 <= -min(sums):
            return x
    raise AssertionError("none")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_branch_that_rounding_decides_is_excused_by_conditioning_alone(dtype, monkeypatch):
    case = at_a_kink(below_zero_in_any_order(dtype))
    shifted = planted("affine.py", SHIFTED)
    found = run_case(case, dtype, mine=shifted).verdict
    assert {c.outcome for c in found.comparisons if c.name.startswith("grad")} == {Outcome.SAME}
    assert "on the other branch of 1 of 1 undecided unit" in found.comparisons[1].reason
    monkeypatch.setattr(measured_limits, "undecided", lambda *given: [])
    assert run_case(case, dtype, mine=shifted).outcome is Outcome.DIFFERENT


def test_a_fault_behind_an_undecided_branch_is_still_caught():
    case = at_a_kink(below_zero_in_any_order("float64"))
    wrong = planted("affine.py", [*SHIFTED, ("delta @ W.T", "delta @ W.T * 1.001")])
    assert run_case(case, "float64", mine=wrong).verdict.first.name == "grad/W1"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_step_at_a_sum_that_rounding_decides_may_be_taken_or_not(dtype):
    x = below_zero_in_any_order(dtype)
    f = (
        lambda x: np.heaviside((x + 1).cumsum()[-1:] - 3, x.dtype.type(0)),
        lambda x: torch.relu(torch.sign(x[None] @ torch.ones(3, 1, dtype=x.dtype)))[0],
    )
    (compared,) = [c for c in run_case(of_torch(f, x=x), dtype).verdict.comparisons if c.index]
    assert (compared.mine, compared.reference) == (1, 1)  # torch's, on the branch of yours
    assert compared.outcome is not Outcome.DIFFERENT


def test_equal_float32_numbers_may_be_summed_one_after_the_other():
    f = (lambda x: x.cumsum(dtype=x.dtype)[-1], lambda x: x.sum())
    x = np.full(60_000, 0.1)
    compared = run_case(of_torch(f, x=x), "float32").verdict.comparisons[0]
    apart = abs(compared.mine - compared.reference)
    assert apart > 32 * 0.6 * 60_000**0.5 * 2.0**-23 * 6_000  # more than sqrt(n) explains
    assert not compared.mismatched
    short = (lambda x: x[1:].cumsum(dtype=x.dtype)[-1], f[1])
    assert run_case(of_torch(short, x=x), "float64").verdict.comparisons[0].mismatched


@pytest.mark.parametrize("dtype, scale", [("float32", 1e-40), ("float64", 1e-310)])
def test_subnormal_numbers_are_the_same_in_another_order_and_zeros_are_not(dtype, scale):
    rng = np.random.default_rng(0)
    x, W = scale * rng.standard_normal((7, 30)), rng.standard_normal((30, 5))
    f = (lambda x, W: np.einsum("ni,io->no", x, W), lambda x, W: x @ W)
    assert run_case(of_torch(f, x=x, W=W), dtype).outcome is Outcome.SAME
    zero = (lambda x, W: 0 * (x @ W), f[1])
    assert run_case(of_torch(zero, x=x, W=W), dtype).outcome is Outcome.DIFFERENT


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_saturated_unit_has_noise_and_its_derivative_may_be_written_otherwise(dtype):
    arrays = {"u": np.array([[-120.0, -95.0, -40.0, -1.0, 1.0, 20.0, 40.0, 95.0]])}
    arrays["delta"] = np.ones((1, 8))
    case = hidden(Case("s", "§0", "for tests", programs.activation("sigmoid"), arrays=arrays))
    assert verdict(case, "sigmoid' of e", dtype).outcome is Outcome.SAME


def accuracy(last):
    def numpy_side(d, x, W):
        y = x @ W
        chosen = y.shape[1] - 1 - y[:, ::-1].argmax(axis=1) if last else y.argmax(axis=1)
        return np.mean(chosen == d)

    return numpy_side, lambda d, x, W: ((x @ W).argmax(dim=-1) == d).double().mean()


def test_an_exact_tie_is_not_excused():
    W = np.repeat(np.random.default_rng(0).standard_normal((6, 2)), 2, axis=1)
    x = np.random.default_rng(1).standard_normal((9, 6))
    arrays = {"d": (x @ W).argmax(axis=1), "x": x, "W": W}
    assert run_case(of_torch(accuracy(last=False), **arrays), "float64").outcome is Outcome.SAME
    found = run_case(of_torch(accuracy(last=True), **arrays), "float64")
    assert found.outcome is Outcome.DIFFERENT


def test_the_same_seed_gives_the_same_floors_and_another_gives_others():
    case = hidden(network())
    problem = build(case, "float32", 0)
    first, again, other = (
        measurement.measure(case, problem, torch_side(), runs=4, seed=seed) for seed in (3, 3, 4)
    )
    digests = [{k: fingerprint(v) for k, v in f.floor.items()} for f in (first, again, other)]
    assert digests[0] == digests[1] != digests[2]
    assert first.runs == 4 and all(np.isfinite(f).all() for f in first.floor.values())


ONES = {"W": (2, 3), "b": (3,), "g_W": (4, 2, 3), "g_b": (4, 3)}
ADAM = Case(
    "adam", "§0", "for tests", programs.optimizer("Adam"),
    arrays={name: np.ones(shape) for name, shape in ONES.items()},
)  # fmt: skip
RELU = network(nodes=DEEP, how="kinks")


@pytest.mark.parametrize("case", [RELU, network("step_function"), network("tanh"), ADAM])
def test_a_run_without_noise_has_the_bits_of_a_plain_one(case):
    problem = build(case, "float32", 0)
    plain = list(measurement.traces(case, problem, torch_side()))
    found, mode = perturbed(lambda: measurement.traces(case, problem, torch_side()))
    assert mode.results > 10
    for a, b in zip(found, plain, strict=True):
        assert {k: fingerprint(v) for k, v in a.values.items()} == {
            k: fingerprint(v) for k, v in b.values.items()
        }


@pytest.mark.parametrize("kind", range(3))
def test_noise_moves_every_result_but_counts_steps_exactly(kind):
    problem = build(ADAM, "float64", 0)
    plain = list(measurement.traces(ADAM, problem, torch_side()))
    found, _ = perturbed(lambda: measurement.traces(ADAM, problem, torch_side()), Draws(0, kind))
    last, right = found[-1].values, plain[-1].values
    assert last["state/W/step"] == right["state/W/step"] == 4
    assert not np.array_equal(last["param/W"], right["param/W"])
    assert np.allclose(last["param/W"], right["param/W"], rtol=1e-12)
    equal = len(np.unique(last["param/W"])) == 1
    assert equal == (kind != 0)  # equal results get equal noise, but where it is independent


def test_whole_numbers_that_are_exact_in_any_order_get_no_noise():
    case = of_torch((None, lambda x, W: x @ W), x=np.arange(12.0).reshape(3, 4), W=np.eye(4)[:, :2])
    spread = measurement.measure(case, build(case, "float32", 0), torch_side())
    assert np.all(spread.floor["y"] <= 2.0**-23 * np.abs(spread.reference["y"]) + 1e-44)


def test_a_reference_without_torch_or_that_never_repeats_is_not_compared_and_says_why():
    case = of_torch((lambda x: x + 1, lambda x: x.numpy() + 1), x=np.ones(3))
    first = run_case(case, "float64").verdict.first
    assert first.outcome is Outcome.NOT_COMPARED
    assert "the reference computes it without torch" in first.reason
    calls = iter(range(1, 100))
    case = of_torch((lambda x: x + 1, lambda x: x + next(calls)), x=np.ones(3))
    first = run_case(case, "float64").verdict.first
    assert first.outcome is Outcome.NOT_COMPARED
    assert "two runs of the reference differ at y" in first.reason


def shifted_softmax(x, b):
    e = np.exp(x + b - (x + b).max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@pytest.mark.parametrize("gradient_of_shift", ["its sum", "zeros", "a millionth", "that of x"])
def test_a_gradient_that_is_0_by_mathematics_is_the_same_where_it_is_rounding(gradient_of_shift):
    def gradient(d, x, b):
        y = shifted_softmax(x, b)
        of_x = y * (d - (d * y).sum(-1, keepdims=True))
        of_b = {
            "its sum": of_x.sum(-1, keepdims=True),
            "zeros": 0 * b,
            "a millionth": 0 * b + x.dtype.type(1e-6),
            "that of x": of_x[:, :1],
        }
        return {"x": of_x, "b": of_b[gradient_of_shift]}

    x, b = (np.random.default_rng([8, n]).standard_normal((4, n)) for n in (5, 1))
    found = compare.equivalent(
        shifted_softmax,
        lambda x, b: torch.softmax(x + b, -1),
        {"x": x, "b": b},
        gradient=gradient,
    )
    (compared,) = [c for c in found[0].verdict.comparisons if c.name == "grad/b"]
    if gradient_of_shift in ("its sum", "zeros"):
        assert found.passed and compared.reason.startswith("0 but for rounding on both sides")
    else:
        assert compared.outcome is Outcome.DIFFERENT


def test_a_gradient_that_is_0_because_a_unit_is_dead_is_vacuous_still():
    found = compare.equivalent(
        lambda x: x.clamp_min(0) * 2, lambda x: torch.relu(x) * 2, [-np.ones(5)], mine_takes="torch"
    )
    assert {r.outcome for r in found} == {Outcome.VACUOUS}


def two_outputs(factor=1.0, relu=False):
    """A product summed in another order, and one that is off by a factor."""

    def mine(a, b):
        products = np.einsum("ij,jk->ikj", a, b)
        right = np.cumsum(products, -1)[..., -1]
        return {"right": np.maximum(right, 0) if relu else right, "off": factor * (a @ b)}

    def reference(a, b):
        right = a @ b
        return {"right": torch.relu(right) if relu else right, "off": a @ b}

    return mine, reference


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("factor, differing", [(1.0, []), (1 + 1e-9, ["output/off"])])
def test_one_noisy_run_is_no_word_on_what_is_within_the_noise_of_three(factor, differing, relu):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        arrays = [rng.standard_normal((20, 30)), rng.standard_normal((30, 25))]
        found = compare.equivalent(*two_outputs(factor, relu), arrays, gradient=False, seed=seed)
        compared = found[0].verdict.comparisons
        assert [c.name for c in compared if c.outcome is not Outcome.SAME] == differing


@pytest.mark.parametrize("relu, runs", [(False, 1), (True, 3)])
def test_far_beyond_any_noise_one_run_is_enough_but_where_it_decides_a_branch(relu, runs):
    def mine(a):
        z = np.maximum(a, 0) if relu else a
        return 1.001 * np.tanh(z)

    def reference(a):
        return torch.tanh(torch.relu(a) if relu else a)

    a = np.random.default_rng(1).standard_normal((9, 8))
    found = compare.equivalent(mine, reference, [a], gradient=False)[0].verdict.first
    assert found.outcome is Outcome.DIFFERENT and f"the noise of {runs} run" in found.reason
