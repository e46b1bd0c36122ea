"""What of a script is still to be run after one of its lines raised: what defines something."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Any

IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
DEFINING = (*IMPORTS, *ASSIGNMENTS, *_DEFINITIONS)
_FUTURE = 0
for _feature in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _feature).compiler_flag
_traceback = BaseException.__dict__["__traceback__"].__get__


class RemainingStatements:
    """The statements of a file from the one on in which an exception was raised.

    A loop that trains is none of them: it has nothing to train on any more.
    """

    def __init__(self, error: BaseException, text: str, path: str) -> None:
        line = _line(error, path)
        self._path = path
        # the first of these is the statement that raised
        self._statements = [s for s in ast.parse(text, path).body if (s.end_lineno or 0) >= line]
        self.of_a_missing_module = isinstance(error, ImportError)

    def codes(self, flags: int) -> Iterator[tuple[CodeType, bool]]:
        """What defines something, compiled as a file with those ``co_flags`` was.

        With each, whether what it raises is worth a word: an assignment may only want what the
        line that raised would have given.
        """
        for each in self._statements[1:]:
            if isinstance(each, DEFINING):
                module: Any = ast.Module([each], [])
                # flags: its `from __future__ import` stands at the head of the file, and is not run
                # again
                code = compile(module, self._path, "exec", flags & _FUTURE, dont_inherit=True)
                yield code, not isinstance(each, ASSIGNMENTS)


def _line(error: BaseException, path: str) -> int:
    """The line of the file itself that was run when it was raised."""
    step = _traceback(error)
    while step is not None and step.tb_frame.f_code.co_filename != path:
        step = step.tb_next
    return step.tb_lineno if step is not None else 0
