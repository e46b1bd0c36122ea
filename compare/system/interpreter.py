"""Whether the interpreter that runs is one that can: before what it may lack is imported."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from compare.system.command_line import shown_path

NEWEST_TOO_OLD = (3, 10)
_NEEDED = ("numpy", "torch", "click", "rich")
_ROOT = Path(__file__).resolve().parents[2]


def check() -> None:
    """End the command in one line where it cannot run; raise ImportError with it elsewhere."""
    message = _trouble()
    if not message:
        return
    if sys.argv[0] == "-m":  # so it is while ``python -m compare`` imports what stands above it
        print(f"Error: {message}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(message)


def _trouble() -> str:
    if sys.version_info[:2] <= NEWEST_TOO_OLD:
        version = ".".join(map(str, sys.version_info[:3]))
        return f"Python 3.11 or newer is needed, and {sys.executable} is {version}"
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if not missing:
        return ""
    return f"{sys.executable} has no {', '.join(missing)}: {_advice()}"


def _advice() -> str:
    environment = _ROOT / ".venv"
    for python in (environment / "bin" / "python", environment / "Scripts" / "python.exe"):
        if python.exists() and Path(sys.prefix) != environment:
            return f"start it with {shown_path(str(python))}, or activate that environment"
    return "`make` sets everything up in .venv, or see the README for how to without"
