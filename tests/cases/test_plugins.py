"""Cases of other distributions: listed, run, and whatever is wrong with them told in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import compare
from compare.cli import main
from compare.engine.selection import table

HOME = Path(__file__).resolve().parents[2]
GOOD = """
import numpy as np
import torch
from compare import pair_case

def d_tanh(delta, x):
    return delta * (1 - np.tanh(x) ** 2)

X = np.array([[0.3, -1.0, 2.0]])

def case(name, mine=np.tanh):
    return pair_case(lambda x: mine(x), torch.tanh, [X], gradient=d_tanh, name=name,
                     section="A pack", about="tanh of a pack")

CASES = [case("packed.tanh"), case("packed.again")]
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a little distribution, which has these entry points, for the time of a test."""

    def install(entries, source=GOOD, name="packed"):
        info = tmp_path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text("[scratch_compare.cases]\n" + "\n".join(entries))
        (tmp_path / f"{name}_cases.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, f"{name}_cases", raising=False)
        return tmp_path

    return install


def command(*arguments):
    return CliRunner().invoke(main, arguments)


def run(*names):
    return command("run", *names, "--no-tensorboard")


def test_without_a_pack_nothing_is_wrong():
    assert table().problems == ()


def test_a_packs_cases_are_listed_shown_selected_and_run(installed):
    installed(["mine = packed_cases"])
    listed = command("list")
    assert listed.exit_code == 0
    assert listed.output.index("A pack") > listed.output.index("affine")
    assert "packed.tanh" in listed.output and "tanh of a pack" in listed.output
    result = run("packed.*")
    assert result.exit_code == 0, result.output
    assert "ALL SAME" in result.output and "Cases: 4 same" in result.output
    assert command("show", "packed.tanh").exit_code == 0
    assert compare.run("packed.again", dtype="float32").passed
    assert command("run", "packed.*", "--dtype", "float16", "--no-tensorboard").exit_code == 5
    assert [case.name for case, _ in compare.select(pattern="packed")][::2] == [
        "packed.tanh", "packed.again",
    ]  # fmt: skip


def test_a_function_and_a_plain_list_are_packs_too(installed):
    source = GOOD + "\ndef offered():\n    yield from CASES[:1]\nREST = tuple(CASES[1:])\n"
    installed(["a = packed_cases:offered", "b = packed_cases:REST"], source)
    assert run("packed.*").exit_code == 0


def test_a_difference_in_a_pack_fails_and_says_how_to_run_it_again(installed):
    source = GOOD + "\nCASES = [case('packed.wrong', lambda x: np.tanh(x) * x.dtype.type(1.01))]\n"
    installed(["mine = packed_cases"], source)
    result = run("packed.wrong")
    assert result.exit_code == 1
    assert "-m compare run 'packed.wrong[float64]' --seed 0" in result.output
    assert run("packed.wrong[float64]").exit_code == 1


def test_a_record_of_a_pack_can_be_replayed(installed, tmp_path):
    installed(["mine = packed_cases"])
    logdir = str(tmp_path / "runs")
    assert command("run", "packed.tanh", "--logdir", logdir).exit_code == 0
    replayed = command("replay", "LATEST", "packed.tanh[float64]", "--logdir", logdir)
    assert replayed.exit_code == 0, replayed.output


BROKEN = {
    "it raises": ("raise KeyError('lost')", "packed_cases", "is broken: KeyError: 'lost'"),
    "it exits": ("raise SystemExit(3)", "packed_cases", "is broken: SystemExit: 3"),
    "no such module": (GOOD, "packed_case", "is broken: ModuleNotFoundError: No module named"),
    "no such name": (GOOD, "packed_cases:CASE", "is broken: AttributeError"),
    "a syntax error": ("def f(:", "packed_cases", "is broken: SyntaxError"),
    "no CASES": ("", "packed_cases", "the module packed_cases has no CASES"),
    "an empty one": ("CASES = []", "packed_cases", "has no cases"),
    "no iterable": ("CASES = 3", "packed_cases", "what it offers is of type int, no iterable"),
    "one case alone": (GOOD, "packed_cases:case_of_its_own", "is broken: AttributeError"),
    "its function raises": (
        "def f():\n    yield 1 / 0", "packed_cases:f", "is broken: ZeroDivisionError",
    ),
    "what is no case": (GOOD + "\nCASES += ['affine']", "packed_cases", "entry 2 is of type str"),
    "a name of the course's": (
        GOOD + "\nCASES += [case('affine')]", "packed_cases",
        "the name 'affine' is already taken by the course's own table",
    ),
    "a name twice": (
        GOOD + "\nCASES += [case('packed.tanh')]", "packed_cases",
        "the name 'packed.tanh' is already taken by the pack itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_pack_is_one_line_and_never_goes_unnoticed(installed, what):
    source, entry, line = BROKEN[what]
    installed([f"mine = {entry}"], source)
    for result in (command("list"), run("affine")):
        assert result.exit_code == 2, result.output
        (told,) = [x for x in result.stderr.splitlines() if "case pack" in x]
        assert told.startswith("Error: case pack 'mine' of packed 1.2") and line in told
        assert "Traceback" not in result.output
    assert "2 same" in result.output and "ALL SAME, but 1 problem with case packs" in result.output
    unknown = run("packed.nothing")
    assert unknown.exit_code == 2 and "case pack 'mine' of packed 1.2" in unknown.stderr
    found = compare.run("affine", dtype="float64")
    assert not found.passed and not found.failures and line in found.problems[0]


def test_two_packs_with_one_name_name_each_other_and_the_first_is_kept(installed):
    installed(["a = packed_cases"])
    installed(["b = other_cases"], GOOD, "other")
    (first, second) = table().problems
    assert "'b' of other 1.2: the name 'packed.tanh' is already taken by a of packed 1.2" in first
    assert "'packed.again'" in second
    assert len(compare.select(["packed.*"])) == 4


@pytest.mark.slow
def test_packs_are_found_by_a_fresh_interpreter_and_only_when_cases_are_asked_for(installed):
    folder = installed(["mine = packed_cases"], "print('loaded')\n" + GOOD)
    code = "import compare; print('imported'); compare.select(['packed.tanh'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HOME,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME), str(folder)])},
    )  # fmt: skip
    assert done.stdout.split() == ["imported", "loaded"]
