"""Every command that is printed runs as printed, in a shell in which nothing was activated."""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import compare
from compare.cli import main

ROOT = Path(compare.__file__).resolve().parent.parent
COMMAND = re.compile(r"(?:'[^'\n]*'|[^\s'`]+) -m compare\b[^`\n]*")
HELP = re.compile(r"Try '(.*)' for help\.")
SYNOPSIS = re.compile(r"^Usage: .*", re.MULTILINE)
SERVES = ("http://", "already in use", "is taken")  # another test may be at its port


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a name to be quoted, on whose PATH this interpreter is not."""
    here = tmp_path / "my work"
    here.mkdir()
    monkeypatch.chdir(here)
    others = [
        part
        for part in os.environ["PATH"].split(os.pathsep)
        if Path(part).resolve() != Path(sys.executable).parent.resolve()
    ]
    monkeypatch.setenv("PATH", os.pathsep.join(others))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return here


def printed(*arguments):
    """The commands in what a command prints."""
    output = CliRunner().invoke(main, [str(a) for a in arguments]).output
    rest = SYNOPSIS.sub("", HELP.sub("", output))
    return [*HELP.findall(output), *COMMAND.findall(rest)]


def assert_runs(command, codes=(0, 1)):
    """It ends as it should: here, with the arguments that a shell makes of it."""
    shown = subprocess.check_output(["bash", "-c", rf"printf '%s\0' {command}"], text=True)
    python, *words = shown.split("\0")[:-1]
    assert [python, *words[:2]] == [sys.executable, "-m", "compare"]
    result = CliRunner().invoke(main, words[2:])
    assert result.exit_code in codes, f"{command}\n{result.output}"
    return result.output


def assert_runs_in_a_shell(command, codes=(0, 1)):
    """It ends as it should; or it serves, and is ended."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    output = ""
    with subprocess.Popen(["bash", "-c", command], start_new_session=True, **both) as process:
        for line in process.stdout:
            output += line
            if "board" in command and any(word in line for word in SERVES):
                os.killpg(process.pid, signal.SIGINT)
                return output
    assert process.returncode in codes, f"{command}\n{output}"
    return output


@pytest.fixture
def printed_when_broken():
    """The commands that a command prints while relu is wrong; when they run, it is right."""
    from scratch import activations, layers

    def printed_then(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            for module, name in ((activations, "relu"), (layers, "input_gradient")):
                right = getattr(module, name)
                patch.setattr(module, name, lambda *a, right=right: right(*a) * 1.001)
            return printed(*arguments)

    return printed_then


@pytest.mark.slow
def test_of_a_run_that_fails(folder, printed_when_broken):
    reproduce, board = printed_when_broken(
        "run", "relu", "--dtype", "float64", "--logdir", "my runs"
    )
    assert "Cases: 1 same" in assert_runs(reproduce)
    assert not (folder / "runs").exists(), "the logs go where they went"
    assert "my runs" in board


@pytest.mark.slow
def test_of_a_run_in_the_default_place(folder):
    (board,) = printed("run", "affine", "--dtype", "float64")
    assert "--logdir" not in board
    assert_runs_in_a_shell(board)


def test_of_a_run_that_leaves_nothing(folder, printed_when_broken):
    (reproduce,) = printed_when_broken("run", "relu", "--dtype", "float64", "--no-tensorboard")
    assert_runs(reproduce)
    assert not (folder / "runs").exists()


@pytest.mark.slow
def test_of_a_run_with_settings_that_its_id_does_not_say(folder, printed_when_broken):
    asked = ["--force-every", "1", "--data-dir", ".", "--dtype", "float64", "--no-tensorboard"]
    reproduce, *_ = printed_when_broken("run", "mlp.iris", "--steps", "2", *asked)
    assert "T=2" in reproduce and "--force-every 1" in reproduce and "--data-dir" in reproduce
    assert "Cases: 1 same" in assert_runs(reproduce)


@pytest.mark.slow
def test_of_a_run_that_was_cut_off(folder, whole_run):
    run = Path(shutil.copytree(whole_run, folder / "kept here" / whole_run.name))
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "state": "interrupted"}))
    lines = (run / "results.jsonl").read_text().splitlines(keepends=True)
    (run / "results.jsonl").write_text("".join(lines[:2]))
    resume, *_ = printed("board", "--check", "--logdir", "kept here")
    assert "ALL SAME" in assert_runs(resume)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "zzzzzzzzz"),
        ("run", "-k", "no such case"),
        ("run", "--no-such-option"),
        ("diff", "LATEST", "LATEST", "--logdir", "nothing here"),
        ("board",),
        ("sweep", "zzzzzzzzz"),
        *(
            pytest.param(words, marks=pytest.mark.slow)
            for words in (
                ("new-impl", "my net.py"),
                ("new-impl", "my_net.py", "--lang", "ja"),
                ("show", "as-distributed.exercise_1_2"),
            )
        ),
    ],
    ids=" ".join,
)
def test_of_a_mistake_and_of_a_beginning(folder, arguments):
    found = printed(*arguments)
    assert found
    for command in found:
        if re.search(r" run( --logdir '.*')?$", command):
            command += " affine"  # the whole table takes minutes
        assert_runs(command)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_of_a_check(folder, lang):
    (folder / "it's mine.py").write_text(
        "import numpy as np\n\ndef my_step(u):\n    return np.where(u >= 0, 1.0, 0.5)\n"
    )
    command = ["check", "it's mine.py", "--lang", lang, "--map", "step_function=my_step"]
    (again,) = printed(*command)
    assert "step_function" in assert_runs(again, codes=(1,))


@pytest.mark.slow
def test_of_a_sweep(folder, printed_when_broken):
    asked = ["--steps", "1", "--no-tensorboard"]
    reproduce, *_ = printed_when_broken("sweep", "hidden-size", *asked)
    assert_runs(reproduce)


@pytest.mark.slow
def test_of_a_sweep_that_is_shown_in_tensorboard(folder):
    (board,) = printed("sweep", "hidden-size", "--steps", "1", "--logdir", "my sweeps")
    assert_runs_in_a_shell(board)


def test_no_other_place_writes_a_command_by_hand():
    """Only what goes into files names no interpreter: the starter file is read by others."""
    allowed = {Path("system/command_line.py"), Path("check/course/starter_file.py")}
    offenders = []
    texts = {p: p.read_text(encoding="utf-8") for p in (ROOT / "compare").rglob("*.py")}
    for path, source in texts.items():
        if "python" not in source or "-m" not in source:
            continue
        nodes = list(ast.walk(ast.parse(source)))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = [n for n in nodes if isinstance(n, ast.Constant) and id(n) not in docstrings]
        offenders += [
            f"{path}:{n.lineno}" for n in texts
            if "python -m" in str(n.value) and path.relative_to(ROOT / "compare") not in allowed
        ]  # fmt: skip
    assert not offenders
