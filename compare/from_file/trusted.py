"""A file run in this interpreter, as its author would run it: nothing is kept from it."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType

from compare.language.message import message
from compare.sandbox.submission_files import Source
from compare.system.errors import UsageError, line_of


def module_of(source: Source) -> ModuleType:
    """What a file or a notebook defines.   Raises UsageError where it raises itself."""
    path = source.path
    if source.kind == "folder":
        raise UsageError(message("{path}: --trust takes a file or a notebook", path=str(path)))
    text = "\n\n".join(cell.text for cell in source.cells) or path.read_text("utf-8-sig")
    module = ModuleType(f"trusted_{path.stem}")
    module.__file__ = str(path)
    # of a notebook no file has these lines: by them a definition's source is found
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(path.parent))  # the files beside it, as Python itself does
    try:
        exec(compile(text, str(path), "exec"), vars(module))
    except (Exception, SystemExit) as error:
        why = line_of(error)
        raise UsageError(message("{path}: {why}", path=str(path), why=why)) from error
    finally:
        sys.path.remove(str(path.parent))
    return module
