"""Where a side's source has what computes a quantity: file, line and name, for a person to open."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable
from pathlib import Path

from compare.language.message import Message, message


def places(written: Iterable[str]) -> list[Message]:
    """``scratch.layers.Affine.backward`` as ``scratch/layers.py, line 60, Affine.backward``.

    Of a file that is in no package it is said with its line: ``net.py:12:softmax``.

    What a side lacks, or has no source of, is left out.
    """
    found = (_of_file(path) if ":" in path else _place(*path.split(".", 2)) for path in written)
    return [place for place in found if place]


def _of_file(path: str) -> Message:
    file, line, name = path.split(":")
    return message("{file}, line {line}, {name}", file=file, line=line, name=name)


def _place(package: str, module_name: str, name: str) -> Message | None:
    try:
        module = importlib.import_module(f"{package}.{module_name}")
        source, file = inspect.getsource(module), inspect.getfile(module)
    except (ImportError, SyntaxError, OSError, TypeError):  # scratch is being written
        return None
    line = _line(source, name)
    if not line:
        return None
    return message("{file}, line {line}, {name}", file=_shown(Path(file)), line=line, name=name)


def _line(source: str, name: str) -> int:
    """The line of a definition, of a method by its class; 0 where there is none."""
    body, line = ast.parse(source).body, 0
    for part in name.split("."):
        node = next((n for n in body if part in _defined(n)), None)
        if node is None:
            return 0
        body, line = getattr(node, "body", []), node.lineno
    return line


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _shown(file: Path) -> str:
    """Relative, where that is shorter: from the folder in which the command runs."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
