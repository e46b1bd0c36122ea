"""A training run that was cut off goes on from its checkpoint, and ends with the same bits."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MethodType

import numpy as np
import pytest
from click.testing import CliRunner

from compare import checkpoints, recorded
from compare.bench.late_bugs import LATE_BUGS, late
from compare.bench.mutations import Mutation, mutated
from compare.case import Outcome
from compare.checkpoints import Checkpoints
from compare.cli import main
from compare.difference import difference
from compare.divergence import Divergence
from compare.observation import Observation
from compare.packed import packed, unpacked
from compare.problem import build
from compare.programs import training
from compare.report.json_record import case_object
from compare.runner import run_case
from compare.sides import numpy_side, torch_side
from compare.suite import select
from compare.trace import Trace
from compare.verdict import Comparison

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
    exhibit = result.exhibit
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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", RULES)
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
        done = self.state["W1"]["step"] if self.state else 0
        own = MethodType(right, self)
        if done + 1 >= at:
            BUGS[what].update(own, params, grads)
        else:
            own(params, grads)

    adam.update = update
    return side


def with_warnings():
    warns = (
        "optimizer.lr = lr",
        "optimizer.lr = lr\n        import warnings; warnings.warn('odd')",
    )
    return mutated("checkpoint_warns", Mutation("none", "training.py", (warns,), "network"))


def without_a_rule():
    """Iris, and no rule says what grad/x is computed from."""

    def specify(arrays):
        known = IRIS.program.specify(arrays)
        return replace(known, rules={k: v for k, v in known.rules.items() if k != "grad/x"})

    return replace(IRIS, program=replace(IRIS.program, specify=specify))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "case, side",
    [
        (BY_NAME["mlp.digits.adam"].with_steps(STEPS), numpy_side),
        (ADAM, partial(with_bug, "weight decay", 3)),
        (IRIS, with_warnings),
        (without_a_rule(), numpy_side),
    ],
    ids=["digits", "a bug", "warnings", "no rule"],
)
def test_from_a_checkpoint_every_state_to_come_is_the_same_bit_for_bit(case, side, dtype):
    problem, sides = build(case, dtype, 0), (side(), torch_side())
    whole, again = (Observation(case, problem, *sides) for _ in "ab")
    for _ in range(5):
        whole.advance()
    again.restore(unpacked(packed(whole.state())[0])[0], whole.parts())
    for _ in range(4):
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


@pytest.mark.parametrize("lost", ["11", "01 11", "10 11", "10 10 11", "00 01 00 11"])
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
    assert whole.exhibit is not None and whole.nature is not None
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


# --- what is not used ---


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The folder of a run that was cut off after step 9, at a failure, to be copied."""
    directory = tmp_path_factory.mktemp("begun")
    cut_off(IRIS, "float64", directory, 9)
    return directory


def state_in(directory):
    (path,) = directory.rglob("state.npz")
    return path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-700])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def another_seed(path):
    with pytest.raises(KeyboardInterrupt):
        run_case(IRIS, "float64", 1, on_step=ctrl_c(3), checkpoints=kept(path.parents[2], []))


def another_snapshot(path):
    shutil.copy(path.parent / "snapshot-2.npz", path.parent / "snapshot-1.npz")


def pickled(path):
    np.savez(path, tree=np.array([object()]))


def edit(change, path):
    tree, _ = unpacked(path.read_bytes())
    change(tree)
    path.write_bytes(packed(tree)[0])


def other_sources(tree):
    tree["about"]["sources"]["scratch/network.py"] = "0" * 16


def other_parameters(tree):
    tree["state"]["sides"][0]["left"]["param/W1"][0, 0] += 1e-9


def other_shapes(tree):
    tree["state"]["trajectory"]["cone"]["params"]["W1"] = np.zeros((2, 2))


def lacks_a_key(tree):
    del tree["state"]["judge"]


@pytest.mark.parametrize(
    "spoil, words",
    [
        (truncate, "cut off or damaged"),
        (flip, "damaged"),
        (lambda path: path.write_bytes(b""), "cut off or damaged"),
        (lambda path: path.write_bytes(b"no archive"), "cut off or damaged"),
        (pickled, "cut off or damaged"),
        (lambda path: path.write_bytes(packed([1, 2])[0]), "it is no checkpoint"),
        (lambda path: (path.parent / "snapshot-1.npz").unlink(), "snapshot-1.npz cannot be read"),
        (lambda path: truncate(path.parent / "snapshot-1.npz"), "cut off or damaged"),
        (another_snapshot, "snapshot-1.npz beside it is another"),
        (another_seed, "it was written with another seed"),
        (partial(edit, other_sources), "it was written with another scratch/network.py"),
        (partial(edit, other_parameters), "scratch does not come back to the bits of step 9"),
        (partial(edit, other_shapes), "it does not fit"),
        (partial(edit, lacks_a_key), "it does not fit"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_of_another_run_is_one_line_and_the_case_starts_again(
    spoil, words, begun, whole, tmp_path
):
    directory = Path(shutil.copytree(begun, tmp_path / "run"))
    spoil(state_in(directory))
    said = []
    again = run_case(IRIS, "float64", checkpoints=kept(directory, said))
    assert len(said) == 1 and "\n" not in said[0]
    assert f"is not used: {words}" in said[0] or words in said[0]
    assert said[0].endswith(f"{again.id} starts again")
    assert is_same(whole, again)


def test_the_checkpoint_that_was_spoiled_there_is_used_as_it_stands(begun, whole, tmp_path):
    directory = Path(shutil.copytree(begun, tmp_path / "run"))
    said = []
    again = run_case(IRIS, "float64", checkpoints=kept(directory, said))
    assert said == [f"{again.id} goes on after step 9 of {STEPS}"]
    assert is_same(whole, again)


# --- when, and at what cost ---


class Clock:
    """Goes on by as much as each step and each file is said to take."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(
    "a_write, expected", [(0.001, [4, 8, 12]), (0.25, [4])], ids=["cheap", "dear"]
)
def test_one_is_written_once_a_second_and_less_often_where_that_took_over_two_per_cent(
    a_write, expected, tmp_path, monkeypatch
):
    clock, seen, written = Clock(), [0], []

    def write(path, content):
        if path.name == "state.npz":
            clock.spend(a_write)
            written.append(seen[-1])

    def on_step(id, step, steps):
        seen.append(step)
        clock.spend(0.26)

    monkeypatch.setattr(checkpoints, "write_atomically", write)
    run_case(IRIS, "float64", on_step=on_step, checkpoints=kept(tmp_path, [], clock))
    assert written == expected


def test_a_full_disk_is_one_line_and_costs_nothing_else(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints, "write_atomically", full)
    monkeypatch.setattr(checkpoints, "EVERY", 0.0)
    monkeypatch.setattr(checkpoints, "COST", 0)
    arguments = ["run", "mlp.iris", "--steps", "9", "--dtype", "float64", "--logdir", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    (told,) = [line for line in result.stdout.splitlines() if "cannot write" in line]
    assert "No space left on device" in told
    assert told.endswith("goes on without")
    (directory,) = tmp_path.glob("2*")
    assert len(recorded.load(directory).results) == 1
    assert recorded.load(directory).manifest["state"] == "finished"


# --- the command ---

LONG = ["mlp.iris", "affine", "--steps", "60", "--dtype", "float64"]

KILLED = """
import os, signal, sys
from compare import checkpoints, files
from compare.cli import main

checkpoints.EVERY, checkpoints.COST = 0.0, 0
move, count = os.replace, []

def replace(a, b):
    if b.name == "state.npz":
        count.append(b)
        if len(count) == 40:  # half of it is written, under another name
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    move(a, b)

files.os.replace = replace
main()
"""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    logdir = tmp_path_factory.mktemp("uninterrupted")
    assert CliRunner().invoke(main, ["run", *LONG, "--logdir", str(logdir)]).exit_code == 0
    (directory,) = logdir.glob("2*")
    return directory


def test_a_run_that_was_killed_while_it_wrote_goes_on_within_its_case(uninterrupted, tmp_path):
    command = [sys.executable, "-c", KILLED, "run", *LONG, "--logdir", str(tmp_path)]
    root = Path(checkpoints.__file__).resolve().parents[1]
    killed = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert killed.returncode not in (0, 1, 2, 3), killed.stderr
    (directory,) = tmp_path.glob("2*")
    assert state_in(directory).is_file()
    result = CliRunner().invoke(main, ["run", "--resume", str(directory)])
    assert result.exit_code == 0, result.output
    assert "goes on after step 39 of 60" in result.stdout
    assert not (directory / "checkpoints").exists()
    found = difference(recorded.load(uninterrupted), recorded.load(directory))
    assert not found.changed
    assert found.shared == 2
    compared = CliRunner().invoke(main, ["diff", str(uninterrupted), str(directory)])
    assert compared.exit_code == 0, compared.output


def test_ctrl_c_in_the_middle_of_a_step_loses_nothing(uninterrupted, tmp_path, monkeypatch):
    from scratch import training

    right, calls = training.train_step, []

    def train_step(*arguments):
        calls.append(1)
        if len(calls) == 41:  # the run and its shadow take turns: within the run's step 21
            signal.raise_signal(signal.SIGINT)
        return right(*arguments)

    monkeypatch.setattr(training, "train_step", train_step)
    result = CliRunner().invoke(main, ["run", *LONG, "--logdir", str(tmp_path)])
    monkeypatch.undo()
    assert result.exit_code == 130
    (directory,) = tmp_path.glob("2*")
    assert recorded.load(directory).manifest["state"] == "interrupted"
    result = CliRunner().invoke(main, ["run", "--resume", str(directory)])
    assert "goes on after step 21 of 60" in result.stdout
    assert not difference(recorded.load(uninterrupted), recorded.load(directory)).changed


def test_a_second_ctrl_c_does_not_wait_and_the_old_handler_is_back_afterwards():
    from compare.interrupts import held_back

    before, reached = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), held_back() as let_through:
        let_through()
        signal.raise_signal(signal.SIGINT)
        reached.append("first")
        signal.raise_signal(signal.SIGINT)
        reached.append("second")
    assert reached == ["first"]
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), held_back():
        signal.raise_signal(signal.SIGINT)
        reached.append("to the end")
    assert reached == ["first", "to the end"]


# --- the file ---


def test_a_packed_tree_comes_back_bit_for_bit():
    arrays = {
        "nan": np.array([np.nan, -np.nan, -0.0, np.inf]),
        "0-d": np.array(3),
        "empty": np.zeros((0, 3), np.float32),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    tree = {"plain": [1, None, True, "\ud800 µ", 0.1, float("inf")], "arrays": arrays}
    found, checksum = unpacked(packed(tree)[0])
    assert found["plain"] == tree["plain"]
    assert checksum == packed(found)[1]
    for name, array in arrays.items():
        assert found["arrays"][name].tobytes() == array.tobytes()
        assert found["arrays"][name].dtype == array.dtype
        assert found["arrays"][name].shape == array.shape
        assert found["arrays"][name].flags.f_contiguous == array.flags.f_contiguous


@pytest.mark.parametrize(
    "value",
    [np.array([object()]), np.ma.masked_array([1.0], [True]), {1: 2}, {"array": 1}, object()],
    ids=["objects", "masked", "a number for a key", "its own key", "an object"],
)
def test_what_would_not_come_back_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        packed({"value": value})
