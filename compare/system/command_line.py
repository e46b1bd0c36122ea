"""Commands that this program prints: each runs as printed, in the shell that it was printed in.

A command is kept as ``python -m compare ...``, and goes so into files: those are read in other
folders and on other machines. What is printed names the interpreter that is running.
"""

from __future__ import annotations

import os
import shutil
import sys

from compare.system.shell_quoting import quoted

_PYTHON = "python"
_NAMES = ("python", "python3")


def stored(*arguments: str, module: str = "compare") -> str:
    """The command as it goes into a file."""
    return " ".join([_PYTHON, "-m", module, *map(quoted, arguments)])


def printed(command: str, *more: str) -> str:
    """A stored command as it runs from here, with more arguments; what is none stays as it is."""
    start = f"{_PYTHON} -m "
    if not command.startswith(start):
        return command
    return " ".join([interpreter(), "-m", command.removeprefix(start), *map(quoted, more)])


def typed(*arguments: str, module: str = "compare") -> str:
    """The command with these arguments, to be printed."""
    return printed(stored(*arguments, module=module))


def interpreter() -> str:
    """What starts the running interpreter from this folder: a name on PATH, or the shorter path."""
    # `uv run` has put it on PATH for this process alone: the shell does not know it by its name.
    if "UV" not in os.environ:
        for name in _NAMES:
            if _is_running(shutil.which(name)):
                return name
    return shown_path(sys.executable)


def shown_path(program: str) -> str:
    """The shorter path from this folder to a program, as it is typed."""
    try:
        relative = os.path.relpath(program)
    except (OSError, ValueError):  # the folder is gone, or on another drive
        return quoted(program)
    if os.sep not in relative:  # the shell would look for a bare name on PATH
        relative = os.path.join(os.curdir, relative)
    return quoted(min(relative, program, key=len))


def _is_running(path: str | None) -> bool:
    """Whether that is this interpreter, and not the one from which its environment was made."""
    if path is None:
        return False
    pairs = ((f(path), f(sys.executable)) for f in (os.path.abspath, os.path.dirname))
    try:
        return all(os.path.samefile(*pair) for pair in pairs)
    except OSError:  # an interpreter that was deleted since
        return False
