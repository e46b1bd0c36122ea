"""What a function remembers in names of its module, forgotten before it is called anew."""

from __future__ import annotations

import re

from compare.check.subject import Subject

_BEGUN = "global_names_at_first"


def forgotten(subject: Subject) -> bool:
    """Whether it keeps something in its module; if so, that is as it was before its first call."""
    if subject.found.kind != "function":
        return False
    names = _kept(subject.found.source) - {*subject.parameters}
    if not names:
        return False
    module = subject.box.globals_of(subject.found.name)
    begun = subject.once(_BEGUN, lambda: subject.box.attributes(module, tuple(names)))
    for name, value in begun.items():
        subject.box.set(module, name, value)
    return bool(begun)


def _kept(source: str) -> set[str]:
    """The names that are declared global, or of which items are set and that nothing here makes."""
    lines = re.findall(r"^\s*global ([\w, ]+)", source, re.MULTILINE)
    declared = {name for line in lines for name in re.findall(r"\w+", line)}
    items = set(re.findall(r"^\s*(\w+)\[[^=\n]*\] *[-+*/]?=(?!=)", source, re.MULTILINE))
    made = set(re.findall(r"(?:^|,) *(\w+)(?:, *\w+)* *=(?!=)", source, re.MULTILINE))
    return declared | items - made
