"""``make`` sets everything up: with which interpreter, and from where; tried without a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INDEX = "https://download.pytorch.org/whl/cpu"
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def make(tmp_path):
    """``make(...)`` in a copy of what it reads, in which nothing is set up yet."""
    for read in ("Makefile", "pyproject.toml", *map(str, ROOT.glob("requirements*.lock"))):
        shutil.copy(ROOT / read, tmp_path)

    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON", "TORCH_INDEX")  # of ``make test``
    environment = {name: value for name, value in os.environ.items() if name not in outer}

    def run(*arguments):
        return subprocess.run(
            ["make", *arguments],
            capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment,
        )  # fmt: skip

    return run


@pytest.fixture
def python(tmp_path):
    """A stand-in for an interpreter: it has another version, and notes what it is called with."""

    def made(*version, no_data=0):
        path = tmp_path / f"python{version[0]}.{version[1]}"
        path.write_text(f"""#!{sys.executable}
import sys
with open({str(tmp_path / "called")!r}, "a") as file:
    print(*sys.argv[1:], file=file)
if sys.argv[1] == "-c":
    sys.version_info = {version!r}
    exec(sys.argv[2])
elif "requirements-data.lock" in sys.argv:
    sys.exit({no_data})
elif sys.argv[2] == "venv":
    from pathlib import Path
    Path(".venv/bin").mkdir(parents=True)
    Path(".venv/bin/python").symlink_to(__file__)
""")
        path.chmod(0o755)
        return path

    return made


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13)])
@pytest.mark.parametrize("goal", ["compare", "test", "lint", "docs", "board"])
def test_a_python_that_is_too_old_is_named_in_one_line(make, python, tmp_path, goal, version):
    done = make(goal, f"PYTHON={python(*version)}")
    said, *of_make = done.stderr.splitlines()
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed" in said and ".".join(map(str, version)) in said
    assert len(of_make) == 1 and of_make[0].startswith("make:"), done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1)])
def test_one_that_is_new_enough_sets_everything_up(make, python, tmp_path, version):
    done = make("compare", f"PYTHON={python(*version)}")
    assert done.returncode == 0, done.stderr
    _, *called = (tmp_path / "called").read_text().splitlines()
    assert called == [
        "-m venv .venv",
        "-m pip install --quiet --no-compile -r requirements.lock",
        "-m pip install --quiet --no-deps -r requirements-data.lock",
        "-m pip install --quiet --no-deps --no-build-isolation -e .",
        "-m compileall -qq -j 0 .venv",
        "-m compare run",
    ]


def test_what_builds_the_documentation_is_installed_for_it_alone(make, python, tmp_path):
    done = make("docs", f"PYTHON={python(3, 12, 0)}")
    assert done.returncode == 0, done.stderr
    *_, ready, compiled, installed, built = (tmp_path / "called").read_text().splitlines()
    assert ready.endswith("-e .") and compiled.startswith("-m compileall")
    assert installed == "-m pip install --quiet -c requirements.lock -r requirements-docs.lock"
    assert built == "-m mkdocs build"


def test_data_that_the_index_lacks_are_said_and_everything_else_is_set_up(make, python, tmp_path):
    done = make("compare", f"PYTHON={python(3, 12, 0, no_data=1)}")
    assert done.returncode == 0, done.stderr
    assert "\nanimal-mnist is not installed: the case mlp.animals will be skipped\n" in done.stdout
    assert (tmp_path / "called").read_text().splitlines()[-1] == "-m compare run"


def test_torch_alone_comes_from_another_index(make, python, tmp_path):
    done = make(f"TORCH_INDEX={INDEX}", f"PYTHON={python(3, 12, 0)}")
    assert done.returncode == 0, done.stderr
    locked = (ROOT / "requirements.lock").read_text().split()
    (torch,) = (line for line in locked if line.startswith("torch=="))
    called = (tmp_path / "called").read_text().splitlines()
    assert [line for line in called if INDEX in line] == [
        f"-m pip install --quiet --no-compile --no-deps --index-url {INDEX} {torch}"
    ]
    rest = "-m pip install --quiet --no-compile -r requirements.lock"
    assert rest in called[called.index("-m venv .venv") :]


def test_the_readme_names_the_version_that_is_locked():
    locked = (ROOT / "requirements.lock").read_text().split()
    (torch,) = (line for line in locked if line.startswith("torch=="))
    assert f"pip install --no-deps {torch} --index-url {INDEX}" in (ROOT / "README.md").read_text()
