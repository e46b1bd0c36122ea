"""A training run that was cut off goes on from its checkpoint, and ends with the same bits."""

import json
from dataclasses import replace
from functools import partial
from types import MethodType

import numpy as np
import pytest

from compare.arithmetic.formats import DTYPES
from compare.bench.late_bugs import LATE_BUGS, late
from compare.bench.mutants import Mutation, mutated
from compare.cases.programs import training
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.core.trace import Trace
from compare.engine.lockstep import LockstepRun
from compare.engine.run_case import run_case
from compare.engine.selection import select
from compare.judge.training.divergence import Divergence
from compare.judge.verdict import Comparison
from compare.store.checkpoints import Checkpoints
from compare.store.json_lines import case_object
from compare.system.npz_tree import packed, unpacked

pytestmark = pytest.mark.slow

BY_NAME = {case.name: case for case, _ in select()}
STEPS = 14
IRIS = BY_NAME["mlp.iris"].with_steps(STEPS)
RULES = ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")


def by_rule(rule):
    """Iris with a rule, a rate that torch computes from the one before, and many evaluations."""
    network, schedule = ("relu", "softmax", "softmax_with_loss"), ("exponential_decay", 0.97)
    return replace(IRIS, program=training(*network, rule, 0.02, schedule, evaluate_every=5))


ADAM = by_rule("Adam")
BUGS = {bug.what: bug for bug in LATE_BUGS}


def ctrl_c(at):
    def on_step(id, step, steps):
        if step == at:
            raise KeyboardInterrupt

    return on_step


def cut_off(case, dtype, directory, *at, **sides):
    """Where a run is left by Ctrl-C after each of these steps, and what was said."""
    said = []
    for step in at:
        with pytest.raises(KeyboardInterrupt):
            run_case(case, dtype, on_step=ctrl_c(step), checkpoints=kept(directory, said), **sides)
    return said


def kept(directory, said, clock=lambda: 0.0):
    return Checkpoints(directory, said.append, clock)


def plain(result):
    """Everything that a result holds, but how long it took."""
    exhibit = result.evidence
    snapshots = {f"{s.step}": [s.mine, s.reference] for s in result.snapshots}
    shown = [exhibit.parents, exhibit.values, repr(exhibit.formats)] if exhibit else []
    curves = {name: np.array(c) for name, c in (result.curves | result.errors).items()}
    return {
        "record": json.dumps({**case_object(result), "seconds": 0}),
        "text": str(result).replace(f"{result.seconds:.1f} s", ""),
        "comparisons": repr(result.verdict.comparisons),
        "bits": result.bits,
        "ledger": result.verdict.ledger,
        "diverges": result.diverges_at,
        **{"curves": curves, "snapshots": snapshots, "exhibit": shown},
    }


def is_same(a, b):
    a, b = plain(a), plain(b)
    return {key: packed(a[key])[1] == packed(b[key])[1] for key in a} == dict.fromkeys(a, True)


@pytest.fixture(scope="module")
def whole():
    return run_case(IRIS, "float64")


@pytest.mark.parametrize(
    "rule, dtype", [*((rule, DTYPES[i % 2]) for i, rule in enumerate(RULES)), ("Adam", "float32")]
)
def test_a_run_that_was_cut_off_twice_ends_as_one_that_was_not(rule, dtype, tmp_path):
    case = by_rule(rule)
    first, second = sorted(np.random.default_rng(7).choice(range(1, STEPS), 2, replace=False))
    said = cut_off(case, dtype, tmp_path, first, second)
    again = run_case(case, dtype, checkpoints=kept(tmp_path, said))
    assert [line.split(" goes on ")[1] for line in said] == [
        f"after step {first} of {STEPS}",
        f"after step {second} of {STEPS}",
    ]
    whole = run_case(case, dtype)
    assert whole.outcome is Outcome.SAME
    assert is_same(whole, again)


def with_bug(what, at):
    """Scratch with a bug of Adam from that update on; when, it tells from Adam's own counter."""
    side = mutated("checkpoint_late", Mutation("none", "optimizers.py", (), "network"))
    adam = side.get("optimizers.Adam")
    right = adam.update

    def update(self, params, grads):
        done = self.t
        own = MethodType(right, self)
        if done + 1 >= at:
            BUGS[what].update(own, params, grads)
        else:
            own(params, grads)

    adam.update = update
    return side


def with_warnings(when):
    """Scratch that warns at the steps whose first sample is so."""
    odd = f"optimizer.lr = lr\n        if batch[0] % 3 {when} 2: warnings.warn('odd')"
    texts = (("optimizer.lr = lr", odd), ("from ._types", "import warnings\n\nfrom ._types"))
    return mutated("checkpoint_warns", Mutation("none", "training.py", texts, "network"))


def without_a_rule():
    """Iris, and no rule says what grad/x is computed from."""

    def specify(arrays):
        known = IRIS.program.specify(arrays)
        return replace(known, rules={k: v for k, v in known.rules.items() if k != "grad/x"})

    return replace(IRIS, program=replace(IRIS.program, specify=specify))


@pytest.mark.parametrize(
    "case, side, dtype",
    [
        (BY_NAME["mlp.digits.adam"].with_steps(STEPS), numpy_side, "float32"),
        (ADAM, partial(with_bug, "weight decay", 3), "float64"),
        (IRIS, partial(with_warnings, "=="), "float32"),
        (IRIS, partial(with_warnings, "!="), "float64"),
        (without_a_rule(), numpy_side, "float64"),
    ],
    ids=["digits", "a bug", "warnings from 5 on", "warnings until 4", "no rule"],
)
def test_from_a_checkpoint_every_state_to_come_is_the_same_bit_for_bit(case, side, dtype):
    problem, sides = build(case, dtype, 0), (side(), torch_side())
    whole, again = (LockstepRun(case, problem, *sides) for _ in "ab")
    for _ in range(5):
        whole.advance()
    again.restore(unpacked(packed(whole.state())[0])[0], whole.parts())
    for _ in range(7):
        assert packed(whole.state())[1] == packed(again.state())[1]
        assert packed(whole.parts())[1] == packed(again.parts())[1]
        whole.advance()
        again.advance()


def test_a_name_without_a_rule_is_measured_as_if_nothing_had_been_cut_off(tmp_path):
    case = without_a_rule()
    said = cut_off(case, "float64", tmp_path, 9)
    again = run_case(case, "float64", checkpoints=kept(tmp_path, said))
    assert len(said) == 1
    assert is_same(run_case(case, "float64"), again)


def test_a_run_that_was_cut_off_after_its_last_step_has_only_its_end_left(tmp_path):
    case = replace(IRIS, golden={"loss": "0.5"})
    said = cut_off(case, "float64", tmp_path, STEPS)
    again = run_case(case, "float64", checkpoints=kept(tmp_path, said))
    assert f"goes on after step {STEPS} of {STEPS}" in said[0]
    assert "golden/loss/scratch" in [c.name for c in again.verdict.comparisons]
    assert is_same(run_case(case, "float64"), again)


def test_two_runs_that_are_not_the_same_are_told_apart(whole):
    assert is_same(whole, whole)
    assert not is_same(whole, run_case(IRIS, "float64", 1))


@pytest.mark.parametrize("lost", ["11", "01 11", "10 11", "10 10 11", "00 01 00 11", "10 01"])
def test_a_divergence_that_waits_for_the_other_side_goes_on_waiting(lost):
    ends = []
    for cut in range(len(lost.split()) + 1):
        again, out = Divergence(), []
        for step, sides in enumerate(lost.split(), start=1):
            if step == cut + 1:
                kept = json.loads(json.dumps(again.state()))
                again = Divergence()
                again.restore(kept)
            values = [{"loss": np.array(np.inf if s == "1" else 1.0)} for s in sides]
            traces = [Trace(v, step) for v in values]
            out += again.settle(traces, [Comparison(f"step/{step}/loss", Outcome.SAME)])
        ends.append(repr([out, again.step, again.over, again.rest()]))
    assert len(set(ends)) == 1


@pytest.mark.parametrize(
    "at, what, dtype",
    [
        (4, "weight decay", "float64"),
        (9, "the learning rate is halved", "float32"),
        (10, "weight decay", "float64"),
        (13, "the learning rate is halved", "float32"),
    ],
)
def test_a_late_bug_is_found_at_its_step_whether_the_cut_was_before_or_after(
    at, what, dtype, tmp_path
):
    mine = with_bug(what, at)
    said = cut_off(ADAM, dtype, tmp_path, 9, mine=mine)
    again = run_case(ADAM, dtype, mine=mine, checkpoints=kept(tmp_path, said))
    whole = run_case(ADAM, dtype, mine=mine)
    assert whole.verdict.first.name.startswith(f"step/{at}/")
    assert whole.evidence is not None and whole.error_kind is not None
    assert is_same(whole, again)
    assert len(said) == 1 and "goes on after step 9" in said[0]


def test_a_side_that_remembers_what_it_does_not_show_starts_again(tmp_path):
    mine = late(BUGS["weight decay"], 4, "checkpoint_hidden")  # its loop counts for itself
    said = cut_off(ADAM, "float64", tmp_path, 9, mine=mine)
    again = run_case(ADAM, "float64", mine=mine, checkpoints=kept(tmp_path, said))
    assert len(said) == 1
    assert "checkpoint_hidden does not come back to the bits of step 9" in said[0]
    assert said[0].endswith("starts again")
    assert is_same(run_case(ADAM, "float64", mine=mine), again)


@pytest.mark.parametrize(
    "file, texts, where",
    [
        (
            "training.py",
            (("for batch, lr in zip(", "for n, (batch, lr) in enumerate(zip("),
             ("lrs, strict=True):", "lrs, strict=True)):"),
             ("optimizer.lr = lr", "optimizer.lr = lr / 2 if n > 10 else lr")),
            "steps.n",
        ),
        (
            "training.py",
            (("def train(", "DONE = 0\n\n\ndef train("),
             ("optimizer.lr = lr", "global DONE\n        DONE += 1\n        optimizer.lr = lr")),
            "training.DONE",
        ),
        (
            "network.py",
            (("        for layer in self.layers:\n",
              "        self.n = getattr(self, 'n', 0) + 1\n        for layer in self.layers:\n"),),
            "net.n",
        ),
        (
            "layers.py",
            (("        self.x = x\n",
              "        self.x = x\n        self.n = getattr(self, 'n', 0) + 1\n"),),
            "net.layers.0.n",
        ),
    ],
    ids=["loop", "module", "network", "layer"],
)  # fmt: skip
def test_a_side_that_counts_for_itself_starts_again_though_nothing_shows_yet(
    file, texts, where, tmp_path
):
    mine = mutated("checkpoint_counts", Mutation("none", file, texts, "network"))
    said = cut_off(IRIS, "float64", tmp_path, 9, mine=mine)
    run_case(IRIS, "float64", mine=mine, checkpoints=kept(tmp_path, said))
    assert len(said) == 1
    assert "checkpoint_counts counts for itself, in" in said[0]
    assert where in said[0]


def test_a_late_bug_of_a_loop_that_counts_is_found_though_it_comes_after_the_cut(tmp_path):
    mine = late(BUGS["weight decay"], 12, "checkpoint_hidden")
    said = cut_off(ADAM, "float64", tmp_path, 9, mine=mine)
    again = run_case(ADAM, "float64", mine=mine, checkpoints=kept(tmp_path, said))
    assert "checkpoint_hidden counts for itself, in steps.t" in said[0]
    assert again.verdict.first.name.startswith("step/12/")
    assert is_same(run_case(ADAM, "float64", mine=mine), again)


@pytest.mark.parametrize(
    "text, is_kept",
    [("p.copy() for", True), ("p for", False)],
    ids=["as it stands", "not copied"],
)
def test_a_run_that_changes_what_it_was_given_is_not_kept(text, is_kept, tmp_path):
    texts = (("name: p.copy() for name, p in params", f"name: {text} name, p in params"),)
    mine = mutated("checkpoint_alias", Mutation("none", "network.py", texts, "network"))
    cut_off(IRIS, "float64", tmp_path, 5, mine=mine)
    assert any(tmp_path.rglob("state.npz")) is is_kept
    again = run_case(IRIS, "float64", mine=mine, checkpoints=kept(tmp_path, []))
    changed = [c.name for c in again.verdict.failures]
    assert ("input/W1/checkpoint_alias" in changed) is not is_kept
    assert is_same(run_case(IRIS, "float64", mine=mine), again)


def test_a_run_that_diverges_does_so_at_the_same_step(tmp_path):
    program = training("identity", "identity", "half_squared_error", lr=60.0)
    case = replace(BY_NAME["descent.gradient"].with_steps(400), program=program)
    whole = run_case(case, "float32")
    assert whole.diverges_at
    said = cut_off(case, "float32", tmp_path, whole.diverges_at - 1, whole.diverges_at)
    again = run_case(case, "float32", checkpoints=kept(tmp_path, said))
    assert len(said) == 2
    assert is_same(whole, again)


def test_what_is_no_training_run_or_of_a_coarse_format_is_not_kept(tmp_path):
    where = kept(tmp_path, [])
    for name, dtype in (("affine", "float64"), ("mlp.iris", "bfloat16")):
        case = BY_NAME[name]
        assert where.of(case, build(case, dtype, 0), (numpy_side(), torch_side()), None) is None
