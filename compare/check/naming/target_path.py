"""What the command is given: a path, or the name of a module, whose file is found unimported."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path

from compare.language.message import message
from compare.sandbox.interface import Unreadable


def path_of(target: str) -> Path:
    """The file or folder that a path or a module's name stands for.   Raises Unreadable."""
    path = Path(target)
    if path.exists() or path.suffix in (".py", ".ipynb") or not _is_name(target):
        return path
    file = _file_of(target)
    if file is None:
        raise Unreadable(
            message(
                "{path} is no file, no folder and no module that can be found from here",
                path=target,
            )
        )
    return file


def _is_name(target: str) -> bool:
    return all(part.isidentifier() for part in target.split("."))


def _file_of(module: str) -> Path | None:
    """The module's file, or its folder where it is a package; no parent is imported to find it."""
    # the folder first, as `python -m` looks: a script that is installed does not have it on its
    # path
    places: list[str] | None = [str(Path.cwd()), *sys.path]
    spec = None
    for part in module.split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, places)
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or [])
    if spec is None or spec.origin is None:
        return Path(places[0]) if places else None
    origin = Path(spec.origin)
    # of a package the folder is the submission
    return origin.parent if origin.name == "__init__.py" else origin
