"""An argument of a printed command can be pasted into the shells that people use."""

import re
import shlex

import pytest

from compare.system.shell_quoting import quoted


def on_windows(line):
    """The arguments of a line as a program gets them there.

    https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    """
    found, word, inside, i = [], None, False, 0
    while i < len(line):
        slashes = re.match(r"\\*", line[i:])[0]
        i += len(slashes)
        if i < len(line) and line[i] == '"':
            word = (word or "") + "\\" * (len(slashes) // 2)
            if len(slashes) % 2:
                word += '"'
            else:
                inside = not inside
            i += 1
            continue
        if slashes:
            word = (word or "") + slashes
            continue
        if line[i] in " \t" and not inside:
            found += [word] if word is not None else []
            word = None
        else:
            word = (word or "") + line[i]
        i += 1
    return found + ([word] if word is not None else [])


NAMES = ["net.py", r"C:\Users\山田 太郎\提出物\my net.py", r"D:\a&b\(x).py", "a;b,c.py", "it's.py",
         "C:\\ends with\\", "100% #1 @.py", "softmax=my_act", "{a}[b]^!.py"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_can_be_pasted_in_cmd_powershell_and_posix_shells(name):
    assert on_windows(f"python {quoted(name, windows=True)} --seed 0") == [
        "python", name, "--seed", "0",
    ]  # fmt: skip
    said = quoted(name, windows=True)
    special = set(" &|<>^()!,;'`{}[]@#%")  # of either shell, where they are in no quotes
    assert said[0] == said[-1] == '"' or not special & set(said)
    assert shlex.split(quoted(name, windows=False)) == [name]
