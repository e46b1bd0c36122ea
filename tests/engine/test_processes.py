"""Cases in processes of their own: the same results in the same order, whatever becomes of one."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import compare
from compare.cli import main
from compare.engine import processes
from compare.engine.suite import Suite
from compare.store import reader
from compare.system import worker_processes

ROOT = Path(__file__).resolve().parents[2]
CASES = ("affine", "sigmoid", "step_function", "softmax_with_loss")


def command(*arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-m", "compare", "run", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **more,
    )


def without_times(text):
    return re.sub(r"[\d.]+ s,|\d{8}-\d{6}|Logs in .*", "", text)


@pytest.mark.slow
def test_two_processes_have_the_bits_the_order_and_the_output_of_one(tmp_path):
    lines, printed = [], []
    for jobs in ("1", "2"):
        asked = ["run", *CASES, "-j", jobs, "--logdir", str(tmp_path / jobs)]
        result = CliRunner().invoke(main, asked)
        assert result.exit_code == 0, result.output
        printed.append(without_times(result.output))
        (directory,) = (tmp_path / jobs).glob("2*")
        results = [
            json.loads(line) for line in (directory / "results.jsonl").read_text().splitlines()
        ]
        varying = ("seconds", "checksum")
        lines.append([{k: v for k, v in r.items() if k not in varying} for r in results])
    assert printed[0] == printed[1]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 2 * len(CASES)


@pytest.mark.slow
def test_what_a_case_prints_and_how_it_fails_comes_from_its_process(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'multiprocessing' in ' '.join(sys.orig_argv):\n"
        "    from scratch import activations\n"
        "    right = activations.sigmoid\n"
        "    def sigmoid(u):\n"
        "        print('here is u')\n"
        "        return right(u) * 1.001\n"
        "    activations.sigmoid = sigmoid\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    more = ("--dtype", "float64", "-j", "2", "--no-tensorboard")
    process = command("affine", "sigmoid", *more, env=environment)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert "yours is wrong: your error is" in out  # by fifty digits, which only its process has
    before, after = out.index("  affine "), out.index("  sigmoid ")
    assert "here is u" in out[:after] and before < after


def test_a_process_that_is_killed_is_an_error_of_its_case_and_the_others_go_on(monkeypatch):
    take = worker_processes._Lane.take

    def take_and_kill(lane, task):
        if task.key == 2:  # before it has the case, or it might be done with it
            lane.process.kill()
            lane.process.join()
        take(lane, task)

    monkeypatch.setattr(worker_processes._Lane, "take", take_and_kill)
    result = compare.run("affine", "affine.square", "affine.column", dtype="float64", jobs=2)
    assert [r.case.name for r in result] == ["affine", "affine.square", "affine.column"]
    assert [r.fails for r in result] == [False, False, True]
    assert "was ended by signal 9: was it killed" in result[2].verdict.first.reason


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_after_ctrl_c_the_run_goes_on_within_the_step_with_the_same_bits(tmp_path, forked):
    asked = ("affine", "mlp.digits", "--steps", "3000", "-j", "2", "--dtype", "float64")
    program = "from compare.__main__ import main; main()"
    process = forked(program, "run", *asked, "--logdir", str(tmp_path))
    for _ in range(1000):
        time.sleep(0.1)
        if [*tmp_path.glob("2*/checkpoints/*/state.npz")] and [*tmp_path.glob("2*/results.jsonl")]:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    (directory,) = tmp_path.glob("2*")
    found = reader.load(directory)
    assert [r["case"] for r in found.results.values()] == ["affine"]
    assert found.manifest["state"] == "interrupted"
    assert [*directory.glob("checkpoints/*/state.npz")]
    assert "Go on with:" in out


def test_of_every_few_cases_the_longest_begins_first_and_none_is_left_out():
    suite = Suite((), "", None, None, 0)
    order = list(processes._long_ones_first(suite, 5))
    assert sorted(order) == list(range(5, len(suite.pairs)))
    # what is shown in order waits for a few at most
    assert all(abs(k - 5 - place) < processes._FEW for place, k in enumerate(order))
    lengths = [processes._length(suite.pairs[k][0]) for k in order]
    few = [lengths[i : i + processes._FEW] for i in range(0, len(lengths), processes._FEW)]
    assert any(len(set(each)) > 1 for each in few)
    assert all(each == sorted(each, reverse=True) for each in few)
