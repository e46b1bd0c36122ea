"""Whether what runs is what should: the interpreter, its packages, and that ours are ours."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from compare.language.message import message
from compare.system.command_line import shown_path

NEWEST_TOO_OLD = (3, 10)
_NEEDED = ("numpy", "torch")
_NEEDED_BY_COMMANDS = ("click", "rich")  # of those that the extra [all] has
_ROOT = Path(__file__).resolve().parents[2]


def check() -> None:
    """End the command in one line where it cannot run; raise ImportError with it elsewhere."""
    message = _trouble()
    if not message:
        return
    if sys.argv[0] == "-m":
        print(f"Error: {message}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(message)


def _trouble() -> str:
    if sys.version_info[:2] <= NEWEST_TOO_OLD:
        version = ".".join(map(str, sys.version_info[:3]))
        return f"Python 3.11 or newer is needed, and {sys.executable} is {version}"
    as_command = sys.argv[0] == "-m"  # so it is while ``python -m compare`` imports what is above
    needed = (*_NEEDED, *(_NEEDED_BY_COMMANDS if as_command else ()))
    missing = [name for name in needed if find_spec(name) is None]
    if not missing:
        return ""
    if not set(missing) & set(_NEEDED):
        whole = "pip install 'scratch-compare[all]'"
        return f"the commands need {', '.join(missing)}, which is not installed: {whole}"
    return f"{sys.executable} has no {', '.join(missing)}: {_advice()}"


def _advice() -> str:
    environment = _ROOT / ".venv"
    for python in (environment / "bin" / "python", environment / "Scripts" / "python.exe"):
        if python.exists() and Path(sys.prefix) != environment:
            return f"start it with {shown_path(str(python))}, or activate that environment"
    return "`make` sets everything up in .venv, or see the README for how to without"


def check_packages_are_ours() -> str | None:
    """None, or one line that says which of our packages somebody else's of that name hides."""
    # "scratch" is a likely name for a learner's file, and comes
    # first on sys.path where it lies in the working directory
    for package in ("scratch", "torch_ref"):
        spec = find_spec(package)
        parent = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if parent != _ROOT:
            origin = spec.origin if spec else "nowhere"
            return message(
                "the package {package} was found at {origin}, not beside {ours}: rename that file, "
                "or run from another folder",
                package=repr(package),
                origin=str(origin),
                ours=_ROOT / "compare",
            )
    return None
