"""The command: exit codes, what it prints, and one clear line for each mistake."""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner

import compare
from compare import __main__
from compare.cli import main
from compare.system.command_line import typed

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "from compare.__main__ import main; main()"


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def run_process(*arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "compare", *arguments],
        capture_output=True,
        env=environment,
        timeout=60,
        **more,
    )


@pytest.fixture
def broken_sigmoid(monkeypatch):
    """scratch's sigmoid is off by a factor of 1.001."""
    from scratch import activations

    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)


def assert_one_clear_line(result, code, *words):
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    errors = [line for line in result.stderr.splitlines() if line]
    assert len(errors) == 1, errors
    for word in words:
        assert word in errors[0]


def test_all_same_is_exit_code_0(tmp_path):
    result = invoke("run", "affine", "--logdir", str(tmp_path))
    assert result.exit_code == 0
    assert "ALL SAME" in result.stdout


def test_a_difference_is_exit_code_1_and_is_explained(broken_sigmoid):
    result = invoke("run", "sigmoid", "--no-tensorboard", "--dtype", "float64")
    assert result.exit_code == 1
    assert "first at z" in result.stdout
    assert "20 of 20 elements differ" in result.stdout
    assert "python -m compare run 'sigmoid[float64 N=5 K=4]' --seed 0" in result.stdout


def test_the_reproduce_line_runs_that_case_again():
    result = invoke("run", "sigmoid[float64 N=5 K=4]", "--seed", "0", "--no-tensorboard")
    assert result.exit_code == 0
    assert "Cases: 1 same" in result.stdout


def test_fail_fast_stops_at_the_first_failure(broken_sigmoid):
    result = invoke("run", "sigmoid", "tanh", "--fail-fast", "--no-tensorboard")
    assert "1 of 1 cases" in result.stdout


def test_an_unknown_case_suggests_the_nearest():
    assert_one_clear_line(invoke("run", "afine", "--no-tensorboard"), 2, "'afine'", "affine")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--dtype", "float23"], ["float23", "float64, float32, float16"]),
        (["--seed", "-1"], ["-1", "0 or more"]),
        (["-k", "("], ["regular expression"]),
        (["--json", "/nowhere/at/all.json"], ["/nowhere/at/all.json"]),
        (["--data-dir", "/nowhere"], ["/nowhere"]),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, words):
    assert_one_clear_line(invoke("run", "affine", "--no-tensorboard", *arguments), 2, *words)


def test_a_logdir_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    result = invoke("run", "affine", "--logdir", str(tmp_path / "file" / "runs"))
    assert_one_clear_line(result, 2, "--logdir", "give another one, or --no-tensorboard")


def test_a_corrupt_data_file_is_one_line_and_names_it(tmp_path):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte").write_bytes(b"nonsense")
    result = invoke("run", "mlp.mnist", "--no-tensorboard", "--data-dir", str(tmp_path))
    assert_one_clear_line(result, 2, "train-images-idx3-ubyte", "not an IDX file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    result = invoke("run", "affine", "--no-tensorboard", "--json", "/dev/full")
    assert_one_clear_line(result, 2, "No space left")


def test_a_disk_that_fills_up_costs_the_logs_and_not_the_verdicts(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compare.store.writer.Record.add", full)
    report = tmp_path / "results.json"
    result = invoke("run", "affine", "--logdir", str(tmp_path), "--json", str(report))
    assert_one_clear_line(result, 2, "No space left", "verdicts above are complete")
    assert "ALL SAME" in result.stdout
    assert json.loads(report.read_text())["passed"] is True


def test_a_difference_is_exit_code_1_even_where_the_report_cannot_be_written(
    tmp_path, broken_sigmoid, monkeypatch
):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compare.cli.run_session.write_atomically", full)
    result = invoke("run", "sigmoid", "--no-tensorboard", "--json", str(tmp_path / "r.json"))
    assert_one_clear_line(result, 1, "No space left")


@pytest.mark.slow
def test_durations_say_where_the_time_went_and_add_up_to_all_of_it(tmp_path):
    more = ("--dtype", "float64", "--logdir", str(tmp_path), "--durations", "1")
    result = invoke("run", "affine", "mlp.iris", "--steps", "50", *more)
    assert result.exit_code == 0, result.output
    _, table = result.stdout.split("Where the time went\n")
    *lines, parts = table.split("\n\n")[0].splitlines()
    assert max(map(len, (*lines, parts))) <= 80
    assert parts.strip().startswith("run scratch ")
    seconds = {stage: float(s) for s, stage in (line.split(" s  ") for line in lines)}
    *stages, rest, whole, longest = seconds
    assert stages == ["run scratch", "run torch", "judge", "figures", "write"]
    # two digits are shown, and a fast disk writes in less
    assert min(seconds.values()) >= 0 and min(seconds["judge"], seconds["figures"]) > 0
    assert sum(seconds[stage] for stage in (*stages, rest)) == pytest.approx(
        seconds[whole], abs=0.05
    )
    assert longest.startswith("mlp.iris[float64")


def test_nothing_selected_is_exit_code_5():
    result = invoke("run", "-k", "no such case", "--no-tensorboard")
    assert_one_clear_line(result, 5, "list")


@pytest.mark.parametrize("more", [[], ["--json", "-"], ["--junit", "-"]], ids=" ".join)
def test_what_compared_nothing_is_no_pass(more):
    result = invoke("run", "-k", "mnist", "--no-tensorboard", *more)
    assert result.exit_code == 5
    assert "NOTHING COMPARED: every case is skipped" in result.output
    assert "ALL SAME" not in result.output
    assert not more or '"passed": false' in result.stdout or 'skipped="4"' in result.stdout


def test_one_case_that_is_compared_is_enough_to_pass():
    result = invoke("run", "affine", "mlp.mnist", "--no-tensorboard")
    assert result.exit_code == 0
    assert "ALL SAME" in result.stdout


@pytest.mark.slow
def test_a_run_that_is_resumed_counts_what_was_compared_before(whole_run, tmp_path):
    directory = tmp_path / whole_run.name
    shutil.copytree(whole_run, directory)
    manifest = json.loads((directory / "manifest.json").read_text())
    (directory / "manifest.json").write_text(json.dumps({**manifest, "state": "interrupted"}))
    result = invoke("run", "--resume", str(directory))
    assert result.exit_code == 0, result.output
    assert "ALL SAME" in result.stdout


def test_a_fault_of_our_own_is_exit_code_3_and_says_so(monkeypatch):
    def fault(*arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr(compare.engine.suite, "select", fault)
    result = invoke("run", "--no-tensorboard")
    assert result.exit_code == 3
    assert "Internal error, not your mistake: RuntimeError: planted" in result.stderr
    assert "Traceback" not in result.output


def test_json_to_standard_output_is_nothing_but_json():
    result = invoke("run", "affine", "--json", "-", "--no-tensorboard")
    document = json.loads(result.stdout)
    assert document["passed"] is True
    assert [r["case"] for r in document["results"]] == ["affine", "affine"]


def test_junit_to_standard_output_is_nothing_but_xml():
    result = invoke("run", "affine", "--junit", "-", "--no-tensorboard")
    assert result.exit_code == 0
    assert len(ElementTree.fromstring(result.stdout).findall(".//testcase")) == 2
    assert "ALL SAME" in result.stderr


def test_standard_output_takes_one_report():
    result = invoke("run", "affine", "--json", "-", "--junit", "-", "--no-tensorboard")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "standard output takes one of them" in result.stderr


def test_one_report_to_standard_output_and_one_to_a_file(tmp_path):
    path = tmp_path / "junit.xml"
    result = invoke("run", "affine", "--json", "-", "--junit", str(path), "--no-tensorboard")
    assert json.loads(result.stdout)["passed"] is True
    assert len(ElementTree.parse(path).getroot().findall(".//testcase")) == 2


@pytest.mark.slow
def test_a_page_is_written_and_standard_output_takes_one_report(tmp_path):
    path = tmp_path / "run.html"
    quiet = ("affine", "--dtype", "float64", "--no-tensorboard")
    shown = invoke("run", *quiet, "--html", str(path))
    assert shown.exit_code == 0 and f"Written to {path}" in shown.stdout
    assert "ALL SAME" in path.read_text("utf-8")
    on_stdout = invoke("run", *quiet, "--html", "-")
    assert on_stdout.exit_code == 0
    assert on_stdout.stdout.startswith("<!doctype html>") and "ALL SAME" in on_stdout.stderr
    both = invoke("run", *quiet, "--html", "-", "--json", "-")
    assert both.exit_code == 2 and "takes one of them" in both.stderr


def test_json_accounts_for_every_name(tmp_path):
    path = tmp_path / "results.json"
    asked = ("mlp.iris", "--dtype", "float64", "--steps", "20", "--no-tensorboard")
    invoke("run", *asked, "--json", str(path))
    (result,) = json.loads(path.read_text())["results"]
    assert sum(q["compared"] for q in result["quantities"]) == sum(result["ledger"].values())


def test_junit_has_one_test_case_a_case_and_dtype(tmp_path, broken_sigmoid):
    path = tmp_path / "junit.xml"
    result = invoke("run", "sigmoid", "tanh", "mlp.mnist", "--no-tensorboard", "--junit", str(path))
    assert result.exit_code == 1
    cases = ElementTree.parse(path).getroot().findall(".//testcase")
    kinds = [c[0].tag if len(c) else "passed" for c in cases]
    assert kinds == ["failure"] * 2 + ["passed"] * 2 + ["skipped"] * 2


def test_a_failing_run_leaves_an_older_report_whole(tmp_path, broken_sigmoid, monkeypatch):
    path = tmp_path / "results.json"
    path.write_text("{}")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compare.system.atomic_files.os.replace", full)
    result = invoke("run", "affine", "--no-tensorboard", "--json", str(path))
    assert result.exit_code == 2
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]


def test_lines_fit_80_columns_and_have_no_colour_in_a_pipe(broken_sigmoid):
    result = invoke("run", "sigmoid", "exercise.1-2.lr0.01", "step_function", "--no-tensorboard")
    long = [line for line in result.stdout.splitlines() if len(line) > 80]
    assert not [line for line in long if " -m compare " not in line], "a command stays in one piece"
    assert "\x1b" not in result.stdout


def test_help_and_list_import_neither_torch_nor_matplotlib_nor_sklearn():
    for argument in ("--help", "list"):
        code = (
            "import sys; sys.argv[1:] = [sys.argv[1]]\n"
            "from compare.cli import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "sys.exit(bool({'torch', 'matplotlib', 'sklearn', 'tensorboard'} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, argument], cwd=ROOT, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr


def test_a_run_makes_no_formula_of_a_mistake_before_it_has_found_one():
    code = "import sys, compare.cli.run; sys.exit('compare.check.concepts' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_cp1252_terminal_gets_ascii_for_what_it_lacks():
    done = CliRunner(charset="cp1252").invoke(main, ["show", "affine"], env={"NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    assert "dE/du" in done.stdout_bytes.decode("cp1252")


def test_a_closed_pipe_is_no_error():
    done = subprocess.run(
        f"'{sys.executable}' -m compare list | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.stderr == b""


def test_a_command_that_ends_does_not_look_for_garbage(monkeypatch):
    monkeypatch.setattr(__main__.cli, "main", lambda: sys.exit(5))
    before, made = gc.get_freeze_count(), [[] for _ in range(100)]
    with pytest.raises(SystemExit):
        __main__.main()
    assert gc.get_freeze_count() >= before + len(made)


def test_ctrl_c_before_a_first_result_points_at_none(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("compare.engine.suite.run_case", interrupted)
    result = invoke("run", "affine", "--no-tensorboard", "-j", "1")
    assert result.exit_code == 130
    assert "before a first case" in result.stdout and "above" not in result.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_ctrl_c_keeps_the_results_so_far_and_says_so(tmp_path, forked):
    cases = ("affine", "relu", "sigmoid", "mlp.digits", "--steps", "3000")
    process = forked(COMMAND, "run", *cases, "--logdir", str(tmp_path))
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        found = list(tmp_path.glob("*/results.jsonl"))
        if found and found[0].read_text().count("\n") >= 5:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "INTERRUPTED after" in out
    assert f"Go on with: {typed('run', '--resume', str(found[0].parent))}" in out
    manifest = json.loads((found[0].parent / "manifest.json").read_text())
    assert (manifest["state"], manifest["exit_code"]) == ("interrupted", 130)
    lines = found[0].read_text().splitlines()
    assert all(json.loads(line)["outcome"] for line in lines)


def test_a_package_of_that_name_in_the_way_is_named(tmp_path):
    (tmp_path / "scratch.py").write_text("x = 1\n")
    first = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = run_process("list", cwd=tmp_path, env={"PYTHONPATH": first})
    assert done.returncode == 2
    assert b"scratch.py" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_nothing_in_the_working_directory_is_in_the_way(tmp_path):
    for name in ("scratch", "torch", "numpy", "click"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('of the learner')\n")
    more = ("--dtype", "float64", "-j", "2", "--no-tensorboard")
    done = run_process("run", "affine", "sigmoid", *more, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"ALL SAME" in done.stdout and not done.stderr
