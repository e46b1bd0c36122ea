"""Calls that failed: which of several errors is the most informative, and its diagnosis."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from compare.check.i18n.text import Text, both
from compare.check.mistakes import CAUSES
from compare.check.mistakes.behaviour import NOT_CALLED, NOT_HERE, RAISED
from compare.check.naming.network_parts import part_of
from compare.check.naming.source_tree import tree_of
from compare.check.naming.uses_of_arguments import is_no_array
from compare.check.result import Diagnosis
from compare.check.subject import Subject
from compare.check.trial import FATAL, RETURNS_NOTHING, Ran
from compare.sandbox.interface import Definition, Ending, Failed

MISSING_NAME = ("NameError", "UnboundLocalError")
# what Python says of a call whose arguments are not those of the signature
_NOT_ITS_ARGUMENTS = re.compile(
    r"TypeError: .*\(\) (missing \d+ required|takes .*positional argument|got an unexpected keyword"
    r"|got multiple values|got some positional-only)"
)
_ERRORS_OF_THE_CODE = (
    *MISSING_NAME, "NotImplementedError", "ZeroDivisionError", "RecursionError",
    *RAISED[NOT_HERE],
)  # fmt: skip
_HANDED_OVER = tuple(  # what it may have been given in the place of something else
    f"AttributeError: '{kind}' object"
    for kind in ("numpy.ndarray", "dict", "list", "tuple", "int", "float", "NoneType", "str")
)
# what nobody's code has: it asked an array of ours for the data of an object, a rate for an axis,
# a stand-in for what it lacks, or counted with the names of our arrays
_OURS = re.compile(
    r"'memoryview'|<memory at |AttributeError: '(int|float|StandIn)' object|dtype\('<U"
)


def worst(ran: Iterable[Ran]) -> Failed:
    """A fatal one; else what no other call would mend; else the one after the most answers."""
    failed = [(r.failed, r.answered) for r in ran if r.failed is not None]
    for why, _ in failed:
        if why.ending in FATAL:
            return why
    # of equals max takes the first: what was tried first
    return max(failed, key=lambda each: (_is_in_the_code(each[0]), each[1]))[0]


def _is_in_the_code(failed: Failed) -> bool:
    """Whether it is in the code itself: an array of another shape would not mend it."""
    own_attribute = failed.line.startswith("AttributeError") and not failed.line.startswith(
        _HANDED_OVER
    )
    return failed.line.startswith(_ERRORS_OF_THE_CODE) or own_attribute


def asks_for_other_axes(subject: Subject, failed: Failed) -> bool:
    """Whether it unpacks the shape of an array that has fewer axes: a batch of sequences, say."""
    few = failed.line.startswith("ValueError: not enough values to unpack")
    return few and any(".shape" in line for line in _lines(subject, failed))


_FLATTENED = re.compile(r"\[:, *0\]|\.squeeze\(|\.ravel\(|\.flatten\(|\.reshape\(-1\)")
_NO_ATTRIBUTE = re.compile(r"'numpy\.ndarray' object has no attribute '(\w+)'")


def asked_otherwise(subject: Subject, failed: Failed) -> str:
    """What the function that raised asks an argument of ours for, which is no such thing; or ""."""
    place = re.match(r"(.*):(\d+), in ", failed.where)
    for each in subject.inventory.found if place else ():
        if each.file in ("", place and place[1]):
            at = int(place[2]) - each.line + 1 if place else 0
            if said := is_no_array(each.source, at, failed.line):
                return said
    return ""


def is_of_our_arguments(subject: Subject, failed: Failed) -> bool:
    """Whether what we handed over was no such thing, or was passed on in another number."""
    passed_on = _NOT_ITS_ARGUMENTS.match(failed.line) is not None
    handed_on = any(re.search(r"[(,] *\*\w", line) for line in _lines(subject, failed))
    # an attribute that the file itself gives to arrays of its own class
    lacking = _NO_ATTRIBUTE.search(failed.line)
    sets = lacking and re.compile(rf"(?!self\b)\b\w+\.{lacking[1]} *=[^=]")
    own = sets and any(sets.search(d.source) for d in subject.inventory.found)
    # or it was to be a generator, which draws
    draws = lacking is not None and hasattr(np.random.RandomState, lacking[1])
    # one output a sample, which it takes out of a column
    unlike = "could not be broadcast" in failed.line
    flat = unlike and any(_FLATTENED.search(line) for line in _lines(subject, failed))
    ours = _OURS.search(failed.line) is not None or _is_unpacked(subject, failed)
    left_out = _is_set_by_another_method(subject, failed)
    return ours or left_out or passed_on and handed_on or bool(own) or flat or draws


def _is_unpacked(subject: Subject, failed: Failed) -> bool:
    """Whether it takes one array of ours apart, as if it were several: ``X, Y = data``."""
    lines = _lines(subject, failed) if "values to unpack" in failed.line else ()
    parameters = {n for ps in subject.found.methods.values() for p in ps for n in (p.name,)}
    parameters |= {p.name for d in subject.inventory.found for p in d.parameters}
    return any(line.rpartition("=")[2].strip() in parameters for line in lines)


_ITS_OWN = re.compile(r"AttributeError: '(\w+)' object has no attribute '(\w+)'")


def _is_set_by_another_method(subject: Subject, failed: Failed) -> bool:
    """Whether a method that is to be called before, and that we do not know, sets what is missing.

    Forward sets what backward reads: of these nothing is to be said. A base class may set it, too.
    """
    lacking = _ITS_OWN.match(failed.line)
    classes = {d.name: d for d in subject.inventory.classes}
    if lacking is None or lacking[1] not in classes:
        return False
    family = [*_with_bases(classes, lacking[1])]
    setting = {name for d in family for name in _methods_that_set(d.source, lacking[2])}
    known = {name for name in setting if part_of(name) is not None}
    return bool(setting) and not known


def _with_bases(classes: Mapping[str, Definition], name: str) -> Iterator[Definition]:
    """A class and those of its bases that are there."""
    if name not in classes:
        return
    yield classes[name]
    left = {n: d for n, d in classes.items() if n != name}
    for node in tree_of(classes[name].source).body[:1]:
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            yield from _with_bases(left, ast.unparse(base).rpartition(".")[2])


def _methods_that_set(source: str, name: str) -> set[str]:
    return {
        f.name
        for f in ast.walk(tree_of(source))
        if isinstance(f, ast.FunctionDef)
        for n in ast.walk(f)
        if isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store)
    }


def _lines(subject: Subject, failed: Failed) -> Iterator[str]:
    """The line of the submission where it failed, of each definition that has it."""
    place = re.match(r"(.*):(\d+), in ", failed.where)
    for each in subject.inventory.found if place else ():
        lines = each.source.splitlines()
        at = int(place[2]) - each.line if place else 0
        if each.file in ("", place and place[1]) and 0 <= at < len(lines):
            yield lines[at]


def of_failure(failed: Failed, probe: Text | None, warning: bool = False) -> Diagnosis:
    """The diagnosis of a call that failed, on which numbers."""
    line = both(failed.line)
    diagnosis = Diagnosis.of(CAUSES[ending_of(failed)], {"line": line}, probe, line)
    return replace(diagnosis, warning=warning)


def ending_of(failed: Failed) -> str:
    """The key of the cause: what a starting file raises is no mistake but work to be done."""
    # raised by the call itself, and not in the code: its arguments were ours
    if failed.ending is Ending.RAISED and not failed.where:
        if _NOT_ITS_ARGUMENTS.match(failed.line):
            return NOT_CALLED
    if failed.ending is Ending.RAISED:
        return next(
            (key for key, lines in RAISED.items() if failed.line.startswith(lines)), "raised"
        )
    if failed.line == RETURNS_NOTHING:
        return "no_return"
    return failed.ending.value.replace(" ", "_")
