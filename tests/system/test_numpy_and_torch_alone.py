"""assert_equivalent needs NumPy, torch and what that brings: with all else hidden it works."""

import io
import os
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path

import pytest

from compare.cli import main

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def named(requirement):
    """The normalised name of a distribution in a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def with_requirements(name, known=()):
    """A distribution and all that it requires, without extras."""
    if name in known:
        return set(known)
    every = {*known, name}
    try:
        required = metadata.requires(name) or ()
    except metadata.PackageNotFoundError:  # of another system
        return every
    for requirement in required:
        if "extra ==" not in requirement:
            every = with_requirements(named(requirement), every)
    return every


ALONE = with_requirements("torch") | {"numpy"}
COMPARED = """
import numpy as np, torch, compare
x = np.random.default_rng(0).standard_normal((3, 4))
compare.assert_equivalent(np.tanh, torch.tanh, [x])
module = torch.nn.LayerNorm(4)
params = {name: p for name, p in module.state_dict().items()}
result = compare.equivalent(torch.nn.LayerNorm(4, 1e-3), module, [x], params=params)
print(result)
print(repr(result))
print(compare.equivalent(np.tanh, torch.tanh, [x], dtypes=["float16"]).passed)
"""
NEEDS_MORE = "compare.equivalent(np.tanh, torch.tanh, [np.ones(3)], dtypes=['bfloat16'])"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The interpreter with these packages, and no others."""
    packages = tmp_path_factory.mktemp("packages")
    for name in ALONE:
        try:
            files = metadata.distribution(name).files or ()
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (packages / top).exists():
                (packages / top).symlink_to(Path(file.locate()).parents[len(file.parts) - 1] / top)
    path = {**os.environ, "PYTHONPATH": str(packages)}
    return lambda *arguments: run("-S", *arguments, env=path)


@pytest.fixture(scope="module")
def compared(alone):
    """A comparison with all else hidden, and then one that needs more."""
    return alone("-c", COMPARED + NEEDS_MORE)


def run(*arguments, env=None):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, cwd=ROOT, env=env
    )


def without_time(text):
    return re.sub(r"\(\d+\.\d s", "(s", text)


@pytest.mark.slow
def test_a_comparison_says_the_same_with_all_else_hidden(compared):
    whole = io.StringIO()
    with redirect_stdout(whole):
        exec(COMPARED, {"__name__": "__main__"})
    assert "DIFFERENT" in compared.stdout and compared.stdout.endswith("True\n"), compared.stderr
    assert without_time(compared.stdout) == without_time(whole.getvalue())


@pytest.mark.parametrize("package", ["rich", "click", "scipy", "pytest"])
def test_what_is_hidden_is_hidden(alone, package):
    done = alone("-c", f"import {package}")
    assert f"No module named '{package}'" in done.stderr


@pytest.mark.slow
def test_what_needs_more_says_how_to_get_it(compared):
    last = compared.stderr.splitlines()[-1]
    assert last.endswith("bfloat16 needs ml-dtypes: pip install 'scratch-compare[check]'")


@pytest.mark.parametrize(
    "command", [("-m", "compare", "list"), ("-c", "from compare.__main__ import main; main()")]
)
def test_a_command_says_in_one_line_how_to_get_what_it_needs(alone, command):
    done = alone(*command)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "pip install 'scratch-compare[all]'" in done.stderr


@pytest.mark.parametrize(
    ("lacking", "raised"), [("rich", ModuleNotFoundError), ("compare.x", SystemExit)]
)
def test_so_does_one_whose_package_is_asked_for_later(monkeypatch, lacking, raised):
    def missing(module):
        raise ModuleNotFoundError(f"No module named {lacking!r}", name=lacking)

    monkeypatch.setattr("compare.cli.shared.import_module", missing)
    # handed to compare.__main__, but for a module of ours, whose lack is our own error
    with pytest.raises(raised):
        main(["list"])


def test_what_is_required_is_no_more_than_that():
    assert {named(r) for r in PROJECT["dependencies"]} <= ALONE


def test_the_extras_are_every_package_that_is_imported():
    extras = PROJECT["optional-dependencies"]
    asked = (PROJECT["dependencies"], extras["check"], extras["board"], extras["cluster"])
    everything = {named(r) for several in asked for r in several}
    imported = set()
    for path in (*ROOT.glob("compare/**/*.py"), *ROOT.glob("scratch/**/*.py")):
        if "worker/course" not in path.as_posix():
            imported |= set(re.findall(r"^\s*(?:import|from) (\w+)", path.read_text("utf-8"), re.M))
    distributions = metadata.packages_distributions()
    third = {named(d) for name in imported for d in distributions.get(name, ())}
    # the tests' own, and what TensorBoard and matplotlib bring along
    apart = {"scratch-compare", "pytest", "hypothesis", "babel", "werkzeug", "protobuf"} | {
        "contourpy",
        "pillow",
    }
    assert third - apart <= everything
