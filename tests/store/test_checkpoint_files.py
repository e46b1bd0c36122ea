"""A checkpoint is written in time and as a whole, and one that does not fit is not used."""

import errno
import json
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.engine.run_case import run_case
from compare.engine.selection import select
from compare.store import checkpoints, reader
from compare.store.checkpoints import Checkpoints
from compare.store.diff import difference
from compare.store.json_lines import case_object
from compare.system.npz_tree import packed, unpacked

pytestmark = pytest.mark.slow

STEPS = 14
(IRIS,) = (case.with_steps(STEPS) for case, t in select(["mlp.iris"], "", "float64"))


def ctrl_c(at):
    def on_step(id, step, steps):
        if step == at:
            raise KeyboardInterrupt

    return on_step


def kept(directory, said, clock=lambda: 0.0):
    return Checkpoints(directory, said.append, clock)


def is_same(a, b):
    a, b = ({**case_object(result), "seconds": 0} for result in (a, b))
    return json.dumps(a) == json.dumps(b)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The folder of a run that was cut off after step 9, to be copied."""
    directory = tmp_path_factory.mktemp("begun")
    with pytest.raises(KeyboardInterrupt):
        run_case(IRIS, "float64", on_step=ctrl_c(9), checkpoints=kept(directory, []))
    return directory


@pytest.fixture(scope="module")
def whole():
    return run_case(IRIS, "float64")


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


def test_what_cannot_be_kept_is_one_line_and_does_not_stop_the_run(whole, tmp_path):
    from compare.bench.mutants import Mutation, mutated

    odd = ("        return values", '        return {**values, "odd": np.array([object()])}')
    texts = (odd, ("from typing", "import numpy as np\nfrom typing"))
    mine = mutated("checkpoint_objects", Mutation("none", "network.py", texts, "network"))
    said = []
    with pytest.raises(KeyboardInterrupt):
        run_case(IRIS, "float64", 0, mine, on_step=ctrl_c(3), checkpoints=kept(tmp_path, said))
    (told,) = said
    assert "it cannot be kept: ValueError: ndarray of object is no plain array" in told
    assert not any(tmp_path.rglob("state.npz"))


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
    assert told.endswith("goes on without a checkpoint")
    (directory,) = tmp_path.glob("2*")
    assert len(reader.load(directory).results) == 1
    assert reader.load(directory).manifest["state"] == "finished"


# --- the command ---

LONG = ["mlp.iris", "affine", "--steps", "16", "--dtype", "float64"]

KILLED = """
import os, signal
from compare.cli import main
from compare.store import checkpoints
from compare.system import atomic_files

checkpoints.EVERY, checkpoints.COST = 0.0, 0
move, count = os.replace, []

def replace(a, b):
    if b.name == "state.npz":
        count.append(b)
        if len(count) == 12:  # half of it is written, under another name
            os.kill(os.getpid(), signal.SIGKILL)
    move(a, b)

atomic_files.os.replace = replace
main()
"""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    logdir = tmp_path_factory.mktemp("uninterrupted")
    assert CliRunner().invoke(main, ["run", *LONG, "--logdir", str(logdir)]).exit_code == 0
    (directory,) = logdir.glob("2*")
    return directory


@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_a_run_that_was_killed_while_it_wrote_goes_on_within_its_case(
    uninterrupted, tmp_path, forked
):
    killed = forked(KILLED, "run", *LONG, "--logdir", str(tmp_path))
    _, said = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, said
    (directory,) = tmp_path.glob("2*")
    assert state_in(directory).is_file()
    result = CliRunner().invoke(main, ["run", "--resume", str(directory)])
    assert result.exit_code == 0, result.output
    assert "goes on after step 11 of 16" in result.stdout
    assert not (directory / "checkpoints").exists()
    found = difference(reader.load(uninterrupted), reader.load(directory))
    assert not found.changed
    assert found.shared == 2
    compared = CliRunner().invoke(main, ["diff", str(uninterrupted), str(directory)])
    assert compared.exit_code == 0, compared.output


@pytest.mark.parametrize("call, step", [(9, 9), (17, 16)], ids=["run", "shadow"])
def test_ctrl_c_in_the_middle_of_a_step_loses_nothing(
    uninterrupted, tmp_path, monkeypatch, call, step
):
    from scratch import training

    right, calls = training.train_step, []

    def train_step(*arguments):
        calls.append(1)
        if len(calls) == call:  # the shadow makes its steps when all of the run's are judged
            signal.raise_signal(signal.SIGINT)
        return right(*arguments)

    monkeypatch.setattr(training, "train_step", train_step)
    result = CliRunner().invoke(main, ["run", *LONG, "--logdir", str(tmp_path)])
    monkeypatch.undo()
    assert result.exit_code == 130
    (directory,) = tmp_path.glob("2*")
    assert reader.load(directory).manifest["state"] == "interrupted"
    result = CliRunner().invoke(main, ["run", "--resume", str(directory)])
    assert f"goes on after step {step} of 16" in result.stdout
    assert not difference(reader.load(uninterrupted), reader.load(directory)).changed
