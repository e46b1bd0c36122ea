"""Runs a submission's own statements: a file, the modules of a folder, the cells of a notebook."""

from __future__ import annotations

import ast
import builtins
import os
import re
import signal
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from time import monotonic
from types import FunctionType, ModuleType
from typing import Any

from compare.sandbox.worker.after_failure import (
    ASSIGNMENTS,
    DEFINING,
    IMPORTS,
    RemainingStatements,
)
from compare.sandbox.worker.lines import english, line, line_of, refusal

LONGEST = 400  # characters of a message
_RELATIVE = re.compile(r"^\s*from\s+\.", re.MULTILINE)
_DEFINITION = re.compile(r"^(?:def|class)\s+([^\W\d]\w{0,199})", re.MULTILINE)
_traceback = BaseException.__dict__["__traceback__"].__get__
_name = type.__dict__["__name__"].__get__


class Overtime(BaseException):
    """An import that takes too long, where the system can interrupt it."""


@contextmanager
def overtime(seconds: float) -> Iterator[None]:
    """Raises Overtime in what runs longer; that may catch it: the parent's clock is what holds."""
    # Windows has none: there only the parent's clock ends it
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise refusal(
            Overtime, "the import ran for {n} s, and was stopped there", n=format(seconds, ".3g")
        )

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass
class Submission:
    """What was run: the modules in order, the text of each file by name, and what failed.

    All its files are below ``home``; the names of those in ``folder`` are shown without it.
    """

    home: str
    folder: str
    seconds: float
    modules: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    failures: list[Any] = field(default_factory=list)
    start: float = field(default_factory=monotonic)

    def share(self) -> float:
        """Seconds for the next file or cell: half of what is left, so that another can follow."""
        # not 0, which would switch the timer off (setitimer)
        return max((self.start + self.seconds - monotonic()) / 2, 0.01)

    def where(self, error: BaseException) -> str:
        """``net.py:12, in softmax``: the innermost of the submission's own frames, or ""."""
        return english(self.place_of(error))

    def place_of(self, error: BaseException) -> Any:
        """The same as a line."""
        place: Any = ""
        step = _traceback(error)
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename.startswith(self.home):
                place = self.place(code.co_filename, step.tb_lineno)
                if code.co_name != "<module>":
                    place = line("{place}, in {function}", place=place, function=code.co_name)
            step = step.tb_next
        return place

    def place(self, filename: str, line: int) -> str:
        """``net.py:12``, or ``net.ipynb cell 3:2``."""
        return f"{self.shown(filename)}:{line}"

    def shown(self, filename: str) -> str:
        """``net.py``, or ``common/functions.py`` where that lies beside its folder."""
        filename = os.path.normpath(filename)  # as of a ".." on its sys.path
        base = self.folder if filename.startswith(self.folder + os.sep) else self.home
        return filename[len(base) :].lstrip(os.sep)

    def line(self, error: BaseException) -> Any:
        """``ValueError: what it said (net.py:12, in softmax)``, as a line."""
        place = self.place_of(error)
        return line("{line} ({place})", line=said(error), place=place) if place else said(error)


def said(error: BaseException) -> Any:
    """``ValueError: what it said``, of whatever an exception's own methods do, as a line."""
    kind = str(_name(type(error)))
    try:
        message = _message(error)
    # its __str__ is the submission's, and may raise anything, SystemExit as well
    except BaseException as another:
        message = line("its message cannot be printed ({kind})", kind=str(_name(type(another))))
    return line("{kind}: {message}", kind=kind, message=message) if message else kind


def _message(error: BaseException) -> Any:
    # in one line; by str's own method, for __str__ may return a subclass of it
    text = " ".join(str.split(str(error)))[:LONGEST]
    ours = line_of(error)
    if not isinstance(error, OSError) or error.errno is None:
        # the parent may know it as it stands, in another language
        return ours or (line(text) if text else "")
    file = f": {error.filename!r}" if error.filename else ""
    ours = ours or line(str(error.strerror))
    whole = line("[Errno {n}] {message}{file}", n=str(error.errno), message=ours, file=file)
    # an exception of the submission's may say something else
    return whole if english(whole) == text else line(text)


def run_file(submission: Submission, path: str, name: str) -> None:
    """Imports a file as the module of that name, unless another of its files did before.

    A script that raises keeps what it defines, before that line and after it: a file of data or a
    library that is not there is no mistake in what it defines. What was raised is noted.
    """
    imported = sys.modules.get(name)
    if imported is not None and getattr(imported, "__file__", None) == path:
        submission.modules[name] = vars(imported)
        return
    with tokenize.open(path) as file:  # in the encoding that it names
        text = file.read()
    module = _module(name, path)
    if _RELATIVE.search(text):
        _put_in_package(module, path)
    submission.texts[path] = text
    submission.modules[name] = vars(module)
    code = compile(text, path, "exec", dont_inherit=True)
    try:
        with overtime(submission.share()):
            exec(code, vars(module))
    except BaseException as error:
        rest = RemainingStatements(error, text, path)
        # a module that keeps its script below `if __name__ == ...` raised in what defines something
        if "__name__" in text and not rest.of_a_missing_module:
            del submission.modules[name]
            raise
        later_failures = _define_the_rest(submission, rest, code.co_flags, vars(module))
        # nothing to judge: what was raised says why
        if not _defines(vars(module), submission.home):
            del submission.modules[name]
            raise
        goes_on = line(
            "{line}: of what follows there only imports, definitions and assignments were run",
            line=submission.line(error),
        )
        submission.failures += [goes_on, *later_failures]


def _define_the_rest(
    submission: Submission, rest: RemainingStatements, flags: int, namespace: dict[str, Any]
) -> list[Any]:
    """Runs what is left of a script that raised; returns what was raised there."""
    failures = []
    for code, tell in rest.codes(flags):
        try:
            with overtime(submission.share()):
                exec(code, namespace)
        except BaseException as error:
            if tell:
                failures.append(submission.line(error))
    return failures


def _module(name: str, path: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = path
    vars(module)["__builtins__"] = builtins  # not the copy that this file sees
    sys.modules[name] = module
    return module


def _put_in_package(module: ModuleType, path: str) -> None:
    """As a part of its folder: `from .base import Layer` finds what lies beside it.

    And `from ..core import Layer` what lies beside the folder.
    """
    folder = os.path.dirname(path)
    name = os.path.basename(folder)
    for full, place in ((name, os.path.dirname(folder)), (f"{name}.{name}", folder)):
        package = sys.modules.setdefault(full, ModuleType(full))
        vars(package).setdefault("__path__", [place])
    vars(module)["__package__"] = f"{name}.{name}"


def _defines(namespace: dict[str, Any], home: str) -> bool:
    """Whether a function or a class of it is there."""
    for value in list(namespace.values()):
        if isinstance(value, type) and value.__module__ == namespace["__name__"]:
            return True
        if type(value) is FunctionType and value.__code__.co_filename.startswith(home):
            return True
    return False


def run_folder(submission: Submission, paths: list[str], package: str) -> None:
    """Imports every module of a folder; one that raises is noted, and the others are run.

    Raises what the first raised, where none could be imported.
    """
    first: BaseException | None = None
    for path in paths:
        stem = os.path.splitext(os.path.basename(path))[0]
        try:
            if package:
                name = package if stem == "__init__" else f"{package}.{stem}"
                with overtime(submission.share()):
                    # through the importer, or `from .layers import Affine` would not find its
                    # package
                    submission.modules[name] = vars(import_module(name))
            else:
                run_file(submission, path, module_name(stem))
        except BaseException as error:
            first = first or error
            submission.failures.append(submission.line(error))
    if first is not None and not submission.modules:
        raise first


def module_name(stem: str) -> str:
    """The name of a file's module; another where the standard library or NumPy has that name."""
    taken = stem in sys.stdlib_module_names or stem in ("numpy", "__main__")
    return f"submission_{stem}" if taken else stem


def run_cells(submission: Submission, path: str, cells: list[list[Any]], stand_in: Any) -> None:
    """Runs the cells of a notebook in order; what a cell raised is noted, and the next is run."""
    module = _module("__main__", path)
    # what every notebook has without importing it
    module.__dict__.update(display=stand_in, get_ipython=stand_in)
    submission.modules["__main__"] = vars(module)
    for number, text in cells:
        name = f"{path} cell {number}"
        submission.texts[name] = text
        for failure in _run_cell(submission, text, name, vars(module)):
            submission.failures.append(line("cell {n} raised {line}", n=str(number), line=failure))


def _run_cell(submission: Submission, text: str, name: str, namespace: dict[str, Any]) -> list[Any]:
    """Statement by statement: after one that fails, what defines something is run all the same."""
    failures = []
    try:
        statements = ast.parse(text, name).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [said(error)]
    share = submission.share()  # of the cell, and not of each statement in it
    stopped = False
    for statement in statements:
        if stopped and not isinstance(statement, DEFINING):
            continue
        try:
            module = ast.Module([statement], [])
            with overtime(share):
                exec(compile(module, name, "exec", dont_inherit=True), namespace)
        except BaseException as error:
            # an assignment may only want what the line that failed would have given
            if not (stopped and isinstance(statement, ASSIGNMENTS)):
                failures.append(submission.line(error))
            stopped = stopped or not isinstance(statement, IMPORTS)
    return failures


def lost(submission: Submission) -> list[str]:
    """What its files would define, had what failed been run to the end.

    By the text, for a cell that is no Python defines something, too.
    """
    if not submission.failures:
        return []
    defined = {name for namespace in submission.modules.values() for name in namespace}
    written = [name for text in submission.texts.values() for name in _DEFINITION.findall(text)]
    return [name for name in dict.fromkeys(written) if name not in defined and name[0] != "_"]


def take_in_used(submission: Submission) -> None:
    """Lists among the modules what the files use of others that lie beside them.

    ``functions.relu`` of ``from common import functions``; not the rest of that module, which may
    be the teacher's, or meant for another exercise.
    """
    used = _attributes(submission.texts.values())
    for namespace in list(submission.modules.values()):
        # sorted, for a set of names has another order in every process, and the inventory may not
        for name in sorted(used.keys() & namespace.keys() - submission.modules.keys()):
            if _lies_beside(submission, namespace[name]):
                module = vars(namespace[name])
                submission.modules[name] = {
                    n: module[n] for n in sorted(used[name] & module.keys())
                }


def _attributes(texts: Iterable[str]) -> dict[str, set[str]]:
    """Which attributes are used of a plain name: ``functions.relu`` gives functions: {relu}."""
    used: dict[str, set[str]] = {}
    for text in texts:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.setdefault(node.value.id, set()).add(node.attr)
    return used


def _lies_beside(submission: Submission, value: Any) -> bool:
    """Whether it is a module of the submission that is not run, and so not listed, by itself."""
    if type(value) is not ModuleType or any(vars(value) is m for m in submission.modules.values()):
        return False
    file = vars(value).get("__file__")
    return isinstance(file, str) and file.startswith(submission.home)


def by_script(submission: Submission) -> dict[str, dict[str, str]]:
    """Each file as it is shown, or notebook, with its text, or those of its cells, by file name."""
    scripts: dict[str, dict[str, str]] = {}
    for file, text in submission.texts.items():
        whole = file.partition(" cell ")[0]
        scripts.setdefault(submission.shown(whole), {})[file] = text
    return scripts


def runner(entry: dict[str, Any], stand_in: Any) -> Callable[[Submission], None]:
    """What runs this entry: ``kind`` is file, folder or notebook; paths are absolute."""
    paths = entry["paths"]
    if entry["kind"] == "notebook":
        return lambda s: run_cells(s, paths[0], entry["cells"], stand_in)
    if entry["kind"] == "folder":
        return lambda s: run_folder(s, paths, entry["package"])
    stem = os.path.splitext(os.path.basename(paths[0]))[0]
    return lambda s: run_file(s, paths[0], module_name(stem))
