"""Of which numbers a definition says that it takes arrays: of floats, of whole numbers, or nothing.

By the annotation of its first parameter, with what an alias such as ``Array`` stands for, by its
docstring, and by what its own script hands it first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np

from compare.check.naming.source_tree import docstring_of, tree_of
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

FLOATS, WHOLE = "floats", "integers"
_OF = r"\W+(?:(?:of|dtype)\W+)?(?:np\.|numpy\.)?"
_ARRAYS = r"(?:arrays?|ndarrays?|lists?|matrix|matrices)"
_WHOLE = re.compile(rf"\bint(?:eger)?s? {_ARRAYS}|\b{_ARRAYS}{_OF}int", re.IGNORECASE)
_FLOATS = re.compile(rf"\bfloat(?:32|64)?s? {_ARRAYS}|\b{_ARRAYS}{_OF}float", re.IGNORECASE)


def numbers_said(subject: Subject) -> str:
    """FLOATS, WHOLE or ""; where its text speaks of both it takes whole numbers."""
    text = docstring_of(subject.found.source)
    handed = _kinds_handed(subject)
    if _WHOLE.search(text) or handed and handed <= {"i", "u"}:
        return WHOLE
    annotations = [_in_full(subject, each) for each in _annotations(subject.found.source)]
    floats = bool(annotations) and all("float" in each for each in annotations)
    return FLOATS if floats or handed == {"f"} or _FLOATS.search(text) else ""


def _kinds_handed(subject: Subject) -> set[str]:
    """The kinds of the arrays of its script's first call of it."""
    try:
        first = subject.box.script_values()[0].get(subject.found.name, {})
    except Failed:
        return set()
    return {v.dtype.kind for v in first.values() if isinstance(v, np.ndarray)}


def _annotations(source: str) -> Iterator[ast.expr]:
    """What the first parameter of a function, or of each method, is said to be."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            first = next((a for a in node.args.args if a.arg != "self"), None)
            if first is not None and first.annotation is not None:
                yield first.annotation


def _in_full(subject: Subject, annotation: ast.expr) -> str:
    """Its text, or what the name in it stands for; "" of what takes a function."""
    text = ast.unparse(annotation).strip("'\"")
    if "Callable" in text:
        return ""
    if not text.isidentifier():
        return text
    box = subject.box
    try:
        alias = box.get(box.globals_of(subject.found.name), text)
        if not isinstance(alias, Handle):
            return text
        return str(box.method(box.define("lambda a: str(a)"), "__call__", alias).value)
    except Failed:
        return text
