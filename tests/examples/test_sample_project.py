"""The sample project, with the wheel as it would be published, and pytest as its author runs it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ("compare", "pytest_scratch_compare", "scratch", "torch_ref")
CAN_BUILD = (
    importlib.util.find_spec("pip")
    and importlib.util.find_spec("setuptools")
    and int(version("setuptools").split(".")[0]) >= 77
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_BUILD, reason="needs pip and setuptools>=77, else a network"),
]

# beside the project's own tests: that it is the wheel, and that a mistake is seen with it
OF_THE_WHEEL = """
import os
from pathlib import Path

import compare
import sample_model
from test_port import test_functions as functions


def test_it_is_the_wheel_with_all_its_files():
    folder = Path(compare.__file__).parent
    assert folder.parent == Path(os.environ["PYTHONPATH"])
    assert (folder / "py.typed").is_file()
    assert (folder / "locale/ja/LC_MESSAGES/compare.mo").is_file()


def test_planted(compare_equivalent, monkeypatch):
    monkeypatch.setattr(sample_model.layer_norm, "__defaults__", (1e-6,))
    functions(compare_equivalent)
"""


def pip(*arguments):
    """What pip says, without a network."""
    command = [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-index", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def wheel(tmp_path):
    """A folder with nothing but what the wheel installs."""
    # of a copy: setuptools builds in the folder of the sources
    sources = tmp_path / "sources"
    for package in PACKAGED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, sources / package, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, sources)
    pip("wheel", str(sources), "--no-build-isolation", "--wheel-dir", str(tmp_path))
    (built,) = tmp_path.glob("scratch_compare-*.whl")
    pip("install", str(built), "--target", str(tmp_path / "installed"), "--no-compile")
    return tmp_path / "installed"


def test_the_sample_project_passes_with_the_wheel_and_a_mistake_in_it_does_not(wheel, tmp_path):
    project = shutil.copytree(ROOT / "examples/sample_project", tmp_path / "project")
    (project / "tests/test_wheel.py").write_text(OF_THE_WHEEL, encoding="utf-8")
    outer = ("CI", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-pno:hypothesispytest"],
        capture_output=True, text=True, timeout=300, cwd=project,
        env={**environment, "PYTHONPATH": str(wheel), "COLUMNS": "100"},
    )  # fmt: skip
    assert "1 failed, 5 passed" in done.stdout, done.stdout + done.stderr
    failed = "FAILED tests/test_wheel.py::test_planted - layer_norm[float64] DIFFERENT at output: "
    assert failed in done.stdout, done.stdout
