"""Arguments as they are typed, so that a command that is printed can be pasted."""

from __future__ import annotations

import os
import re
import shlex

# Characters that neither cmd nor PowerShell takes for anything but themselves.
_PLAIN = re.compile(r"[\w\\/:.+=-]+")


def quoted(argument: str, windows: bool = os.name == "nt") -> str:
    r"""The argument, in quotes where the shell needs them.

    On Windows in double quotes, which cmd and PowerShell both know: ``"C:\my net.py"``. There is no
    form of a name with ``$`` or a backtick that both take: PowerShell wants single quotes.
    """
    if not windows:
        return shlex.quote(argument)
    if _PLAIN.fullmatch(argument):
        return argument
    # Before a closing quote a backslash escapes it (CommandLineToArgvW): those at the end are
    # doubled.
    rest = argument.rstrip("\\")
    return f'"{argument}{(len(argument) - len(rest)) * chr(92)}"'
