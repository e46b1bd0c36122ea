"""The inventory: what the names of a submission are, as plain lists and dicts."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import tokenize
from types import FunctionType
from typing import Any

import numpy as np

from compare.sandbox.worker.inline_updates import updates
from compare.sandbox.worker.lines import line
from compare.sandbox.worker.run_submission import Submission, said
from compare.sandbox.worker.training_loops import name_of

WRAPPED = (functools.partial, np.vectorize, type(functools.lru_cache(len)))
PLAIN = (bool, int, float, complex, str, list, tuple, dict, np.ndarray, np.generic)
MOST, LONGEST_NAME = 5000, 200  # names, and characters of one
LONGEST = 100_000  # characters of one text
_MOST_OF_HEAD = 2_000
_MOST_DECORATORS = 5
HEAD = 0, ""  # of a file, beside its definitions
# the descriptors: what a class of the submission says of these attributes is not asked
_code = FunctionType.__dict__["__code__"]
_closure = FunctionType.__dict__["__closure__"]
_mro = type.__dict__["__mro__"]


def found(submission: Submission) -> list[dict[str, Any]]:
    """One entry a name; ``module.name`` where several modules define the same one.

    After all others come the static methods of classes, as ``Class.name``.
    """
    entries: list[dict[str, Any]] = []
    static: list[dict[str, Any]] = []
    names: set[str] = set()
    places_seen: set[tuple[str, str, int]] = set()  # of a file that was imported under two names
    texts = {**_imported(submission), **submission.texts}
    definitions = {name: _definitions(text) for name, text in texts.items()}
    for module, namespace in submission.modules.items():
        # a copy, for describing a value runs code of its class, which may define more
        for name, value in list(namespace.items())[:MOST]:
            if not isinstance(name, str) or name.startswith("_") or len(name) > LONGEST_NAME:
                continue
            try:
                entry = _entry(submission, decorated(name, value), definitions)
                if entry is None or _lives_elsewhere(submission, module, value):
                    continue
            except Exception as error:  # of its own metaclass, or property
                why = line("{name} cannot be described: {line}", name=name, line=said(error))
                submission.failures.append(why)
                continue
            key = (name, entry["file"], entry["line"])
            if entry["file"] and key in places_seen:
                continue
            places_seen.add(key)
            entry["name"] = f"{module}.{name}" if name in names else name
            names.add(name)
            entries.append(entry)
            if entry["kind"] == "class":
                static += _static(submission, value, entry["name"], definitions)
    return entries + static


def _static(
    submission: Submission, value: type, name: str, definitions: dict[str, dict[Any, Any]]
) -> list[dict[str, Any]]:
    """The functions that a class only holds, ``Losses.mse``: its static methods."""
    entries = []
    for method, member in list(vars(value).items()):
        if isinstance(member, staticmethod) and not method.startswith("__"):
            entry = _entry(submission, decorated(method, member.__func__), definitions)
            entries += [{**entry, "name": f"{name}.{method}"}] if entry else []
    return entries


def _imported(submission: Submission) -> dict[str, str]:
    """The texts of the submission's modules that it imported itself, by file."""
    texts = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(submission.home) and file.endswith(".py"):
            try:
                with tokenize.open(file) as opened:  # in the encoding that it names
                    texts[file] = opened.read(LONGEST)
            except (OSError, ValueError, SyntaxError):
                continue  # it removed it
    return texts


def _lives_elsewhere(submission: Submission, module: str, value: Any) -> bool:
    """Whether another of the modules listed defines it, and this one only imported it."""
    home = value.__module__ if isinstance(value, (type, FunctionType)) else module
    return home != module and home in submission.modules


def _entry(
    submission: Submission, value: Any, definitions: dict[str, dict[Any, Any]]
) -> dict[str, Any] | None:
    kind = type(value)
    if issubclass(kind, type):
        return _class(submission, value, definitions)
    if kind is FunctionType:
        code = _code.__get__(value)
        if not code.co_filename.startswith(submission.home):
            return None
        source = _source(definitions, code.co_filename, code.co_firstlineno, code.co_name)
        file = submission.shown(code.co_filename)
        head = definitions.get(code.co_filename, {}).get(HEAD, (0, ""))[1]
        return _made("function", parameters(value), source, _doc(value), file, head)
    if kind in WRAPPED:
        return _made("function", parameters(value))
    is_plain = value is None or issubclass(kind, PLAIN)
    if is_plain or is_own_class(submission, kind):
        return _made("value")
    return None


def _made(
    kind: str,
    arguments: list[Any] | None = None,
    source: tuple[int, str] = (0, ""),
    doc: str = "",
    file: str = "",
    head: str = "",
) -> dict[str, Any]:
    line, text = source
    return {"kind": kind, "parameters": arguments or [], "methods": {}, "line": line, "doc": doc,
            "source": text[:LONGEST], "file": file, "head": head[:_MOST_OF_HEAD]}  # fmt: skip


def _class(
    submission: Submission, value: type, definitions: dict[str, dict[Any, Any]]
) -> dict[str, Any] | None:
    if not is_own_class(submission, value):
        return None
    start = getattr(value, "__init__", None)
    constructor = parameters(start)[1:] if isinstance(start, FunctionType) else []
    filename = _file_of(submission, value, definitions)
    source = _source(definitions, filename, 0, value.__name__)
    file = submission.shown(filename) if filename else ""
    return {
        **_made("class", constructor, source, _doc(value), file),
        "methods": _methods(submission, value),
    }


def _file_of(submission: Submission, value: type, definitions: dict[str, dict[Any, Any]]) -> str:
    """The file whose text has a class of that name, of the module that it says it is of."""
    for method in vars(value).values():
        if isinstance(method, FunctionType):
            filename = _code.__get__(method).co_filename
            if filename in definitions:
                return str(filename)
    home = getattr(sys.modules.get(value.__module__), "__file__", None)
    # of two cells that define it the later one's is in force
    for filename in [home] if home in definitions else [*definitions][::-1]:
        if (0, value.__name__) in definitions[filename]:
            return filename
    return ""


def is_own_class(submission: Submission, kind: type) -> bool:
    """Whether the submission itself defines a class."""
    module = sys.modules.get(str(getattr(kind, "__module__", "")))
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.startswith(submission.home)


def _methods(submission: Submission, value: type) -> dict[str, list[Any]]:
    methods: dict[str, list[Any]] = {}
    for base in reversed(_mro.__get__(value)):
        if not is_own_class(submission, base):
            continue
        for name, member in list(vars(base).items()):
            if name.startswith("_") and name != "__call__":
                continue
            if isinstance(member, (staticmethod, classmethod)):
                skipped = isinstance(member, classmethod)
                methods[name] = parameters(decorated(name, member.__func__))[skipped:]
            elif isinstance(member, FunctionType):
                methods[name] = parameters(decorated(name, member))[1:]
    return methods


def decorated(name: str, value: Any) -> Any:
    """The function of that name to which a decorator's wrapper hands arguments on, or itself."""
    behind = value
    for _ in range(_MOST_DECORATORS):
        held = _held(behind) if type(behind) is FunctionType and _takes_any(behind) else []
        if len(held) != 1:
            break
        behind = held[0]
    alike = type(behind) is FunctionType and _code.__get__(behind).co_name == name
    return behind if alike else value


def _takes_any(function: Any) -> bool:
    taken = inspect.signature(function, follow_wrapped=False).parameters.values()
    return any(each.kind is each.VAR_POSITIONAL for each in taken)


def _held(function: Any) -> list[Any]:
    """The functions that it has from the one in which it is defined."""
    held = []
    for cell in _closure.__get__(function) or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # the name was deleted
            continue
    return [value for value in held if type(value) is FunctionType]


def parameters(function: Any) -> list[dict[str, Any]]:
    """Its parameters, in order; [] where there is no telling."""
    try:
        signature = inspect.signature(function)
    except Exception:
        return []
    return [_parameter(each) for each in signature.parameters.values()]


def _parameter(declared: inspect.Parameter) -> dict[str, Any]:
    variadic = declared.kind in (declared.VAR_POSITIONAL, declared.VAR_KEYWORD)
    plain = type(declared.default) in (bool, int, float, str)  # a subclass runs code of its own
    return {
        "name": declared.name,
        "required": declared.default is declared.empty and not variadic,
        "keyword_only": declared.kind in (declared.KEYWORD_ONLY, declared.VAR_KEYWORD),
        "variadic": variadic,
        "default": declared.default if plain else None,
    }


def _doc(value: Any) -> str:
    doc = getattr(value, "__doc__", None)
    lines = doc.strip().splitlines() if type(doc) is str else []
    return str(lines[0])[:300] if lines else ""


def _definitions(text: str) -> dict[Any, tuple[int, str]]:
    """Every def, class and lambda: by (first line, name) and by (0, name), its line and text."""
    by_place: dict[Any, tuple[int, str]] = {}
    lines = text.splitlines()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            # where co_firstlineno points to: at the first decorator
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            part = node.lineno, "\n".join(lines[first - 1 : node.end_lineno])
            by_place[first, node.name] = by_place[0, node.name] = part
        elif isinstance(node, (ast.For, ast.While)):
            part = node.lineno, "\n".join(lines[node.lineno - 1 : node.end_lineno])
            by_place[node.lineno, name_of(node)] = part
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            part = node.lineno, "\n".join(lines[node.lineno - 1 : node.end_lineno])
            by_place[node.value.lineno, "<lambda>"] = part
    by_place[HEAD] = 0, _head(tree, lines)
    by_place |= {(u.line, u.name): (u.line, u.source) for u in updates(tree)}
    return by_place


def _head(tree: ast.Module, lines: list[str]) -> str:
    """What a file says of itself: its docstring, and the comments above its first definition."""
    made = (n.lineno for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)))
    said = [line for line in lines[: min(made, default=1) - 1] if line.startswith("#")]
    return "\n".join([ast.get_docstring(tree) or "", *said]).strip()


def _source(
    definitions: dict[str, dict[Any, tuple[int, str]]], filename: str, line: int, name: str
) -> tuple[int, str]:
    return definitions.get(filename, {}).get((line, name), (line, ""))
