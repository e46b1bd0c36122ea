"""A submission as its author handed it in: read once, as text and bytes, never run here."""

from __future__ import annotations

import ast
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding
from typing import Literal

from compare.language.message import message
from compare.language.system_errors import reason
from compare.sandbox.interface import Unreadable
from compare.sandbox.notebook import Cell, cells_of

MOST_FILES = 1000
MOST_BYTES = 64 << 20
LONGEST_TEXT = 4 << 20
SKIPPED = ("__pycache__", "node_modules", "site-packages", "venv", "env")


@dataclass(frozen=True)
class Source:
    """The files of a submission, by their paths below a folder around its own, and where to begin.

    ``folder`` is its own below that one; ``modules`` are the files to run, in order; ``package`` is
    the folder's name where it is one.
    """

    path: Path
    kind: Literal["file", "folder", "notebook"]
    folder: str
    files: tuple[tuple[str, bytes], ...]
    modules: tuple[str, ...]
    cells: tuple[Cell, ...] = ()
    package: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str | Path) -> Source:
        """A .py file, a folder with .py files, or a notebook.   Raises Unreadable."""
        path = Path(path)
        real = Path(os.path.realpath(path))  # also where links lead to each other
        try:
            if path.is_dir():
                return _folder(real)
            if path.exists() and not path.is_file():
                raise Unreadable(message("{path} is neither a file nor a folder", path=path))
            if path.suffix == ".ipynb":
                return _notebook(real)
            return _file(real)
        except OSError as error:
            raise Unreadable(
                message("{path} cannot be read: {error}", path=path, error=reason(error))
            ) from None

    @property
    def own(self) -> tuple[str, ...]:
        """The names of its own modules, which it may import whatever they are called."""
        parts = [part for name, _ in self.files if name.endswith(".py") for part in _parts(name)]
        return tuple(sorted({*parts, self.package} - {""}))

    @property
    def of_data(self) -> tuple[str, ...]:
        """The libraries of which it imports nothing but data sets: keras, of keras.datasets."""
        texts = [data.decode("utf-8", "replace") for n, data in self.files if n.endswith(".py")]
        imports = [i for text in (*texts, *(c.text for c in self.cells)) for i in _imports(text)]
        tops = {top for top, _ in imports}
        return tuple(sorted(t for t in tops if all(data for top, data in imports if top == t)))


# where libraries keep data sets, and what makes arrays of them
_DATA = frozenset(
    "dataset datasets data utils np_utils to_categorical transforms input_data".split()
)


def _imports(text: str) -> Iterator[tuple[str, bool]]:
    """The library of every import, and whether it is one of data alone."""
    for node in _nodes(text):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top, *parts = alias.name.split(".")
                yield top, bool(_DATA & set(parts))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            top, *parts = node.module.split(".")
            names = {alias.name for alias in node.names}
            yield top, bool(_DATA & set(parts)) or names <= _DATA


def _nodes(text: str) -> list[ast.AST]:
    """All nodes of a text; none of one that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _parts(name: str) -> list[str]:
    path = Path(name)
    return [path.stem, *path.parts[:-1]]


def _file(path: Path) -> Source:
    if path.suffix != ".py":
        raise Unreadable(
            message("{path} is no .py file, no folder and no .ipynb notebook", path=path)
        )
    text = _checked(path)
    place = _Place.of(path.parent, [text])
    files = {place.below(path): path.read_bytes(), **_named(place, [text])}
    return Source(path, "file", place.folder, tuple(files.items()), (path.name,))


def _notebook(path: Path) -> Source:
    cells, notes = cells_of(path, _text(path))
    texts = [cell.text for cell in cells]
    place = _Place.of(path.parent, texts)
    files = tuple(_named(place, texts).items())
    return Source(path, "notebook", place.folder, files, (path.name,), cells, notes=notes)


def _folder(path: Path) -> Source:
    every_file, notes = _gathered(path)
    tops = sorted(f for f in every_file if f.parent == path and f.suffix == ".py")
    if not tops:
        below = sorted({f.relative_to(path).parts[0] for f in every_file if f.suffix == ".py"})
        if below:
            folders = ", ".join(below)[:200]
            raise Unreadable(
                message("{path} has no .py file, but these have: {names}", path=path, names=folders)
            )
        raise Unreadable(message("{path} has no .py file", path=path))
    texts = [_checked(file) for file in tops]
    # a folder called my-net has no name by which it could be imported
    package = path.name if path / "__init__.py" in tops and path.name.isidentifier() else ""
    place = _Place.of(path, texts)
    # as if a file in the folder named them; where both have a file, it is the folder's
    files = {**_named(place, texts), **{place.below(f): f.read_bytes() for f in every_file}}
    names = tuple(file.name for file in tops)
    return Source(
        path, "folder", place.folder, tuple(files.items()), names, package=package, notes=notes
    )


def _gathered(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Its files, code first, up to what a submission may weigh."""
    every = [f for f in _walk(folder) if f.is_file()]
    chosen: list[Path] = []
    size = 0
    # so that data is what is left out
    for file in sorted(every, key=lambda f: (f.suffix != ".py", str(f))):
        size += file.stat().st_size
        if size > MOST_BYTES or len(chosen) == MOST_FILES:
            left = len(every) - len(chosen)
            note = message(
                "{n} of {m} files were left out: more than {most} MiB",
                n=left,
                m=len(every),
                most=MOST_BYTES >> 20,
            )
            return chosen, (note,)
        chosen.append(file)
    return chosen, ()


def _walk(folder: Path, depth: int = 6) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        # a link may lead out of the folder, or around in a circle
        if entry.name.startswith(".") or entry.name in SKIPPED or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _walk(entry, depth - 1) if depth else ()
        else:
            yield entry


@dataclass(frozen=True)
class _Place:
    """Where a submission lies: ``home``, in a ``root`` around all that comes along with it.

    ``paths`` are the folders in which its modules are looked for.
    """

    home: Path
    root: Path
    paths: tuple[Path, ...]

    @classmethod
    def of(cls, home: Path, texts: Sequence[str]) -> _Place:
        """The root is the folder one up, or above a package that the submission is inside of.

        As of `from project.layers import Affine` in project/models/net.py.
        """
        named = [folder for text in texts for folder in _search_folders(home, text)]
        paths = dict.fromkeys((home, home.parent, *named))
        tops = {top for text in texts for top, _ in _imports(text) if not _of_all(top)}
        around = [
            f for f in home.parents if f.name in tops and not any(_in(f.name, p) for p in paths)
        ]
        root = around[-1].parent if around else home.parent
        return cls(home, root, (*paths, root))

    @property
    def folder(self) -> str:
        return self.home.relative_to(self.root).as_posix()

    def below(self, file: Path) -> str:
        """Its place in the copy.   Raises ValueError of a file elsewhere."""
        return file.relative_to(self.root).as_posix()


def _search_folders(home: Path, text: str) -> list[Path]:
    """The folders beside it that a text names which changes where modules are looked for."""
    if "sys.path" not in text:
        return []
    said = {node.value for node in _nodes(text) if isinstance(node, ast.Constant)}
    return [
        f for f in sorted(home.iterdir()) if f.name in said and f.is_dir() and not f.is_symlink()
    ]


def _of_all(top: str) -> bool:
    """Whether every submission has it: the standard library and NumPy."""
    return top in sys.stdlib_module_names or top == "numpy"


def _in(name: str, folder: Path) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _named(place: _Place, texts: Iterable[str]) -> dict[str, bytes]:
    """What a file names of what lies beside it, or around it: modules, and files of data.

    Not the whole folder: the submission of another learner may lie there.
    """
    files: dict[str, bytes] = {}
    waiting = [(place.home, text) for text in texts]
    while waiting:
        folder, text = waiting.pop()
        for file in _mentioned(folder, place, text):
            name = place.below(file) if file.is_relative_to(place.root) else None
            size = sum(map(len, files.values()))
            if name is None or name in files or size + file.stat().st_size > MOST_BYTES:
                continue
            files[name] = file.read_bytes()
            # what it imports in its turn comes along
            if file.suffix == ".py" and len(files) < MOST_FILES:
                waiting.append((file.parent, files[name].decode("utf-8", "replace")))
    return files


def _mentioned(here: Path, place: _Place, text: str) -> Iterator[Path]:
    for node in _nodes(text):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(place, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.level:
            # relative: from the folder of the importing file
            yield from _beside((node.module or "").partition(".")[0], (here, here.parent))
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield from _module(place, f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _data(place.home, node.value)


def _module(place: _Place, name: str) -> Iterator[Path]:
    """The files of a module, or of the package it is in; of one around the submission no more."""
    top, *inner = name.split(".")
    if _of_all(top):
        return
    package = place.root / top
    if not place.home.parent.is_relative_to(package):
        yield from _beside(top, place.paths)
        return
    for part in ("", *inner):
        package /= part
        for file in (package / "__init__.py", package.with_suffix(".py")):
            if file.is_file() and not file.is_symlink():
                yield file


def _beside(name: str, folders: Iterable[Path]) -> Iterator[Path]:
    """The file or the package of that name in the first of the folders that has one."""
    for folder in folders if name else ():
        file, package = folder / f"{name}.py", folder / name
        if file.is_file() and not file.is_symlink():  # a link may lead to what is nobody's business
            yield file
            return
        if package.is_dir() and not package.is_symlink() and any(package.rglob("*.py")):
            yield from _gathered(folder / name)[0]
            return


def _data(home: Path, text: str) -> Iterator[Path]:
    """The file of data that a text of the program names, relative to it."""
    # most texts are no paths: a file system is not asked about docstrings
    if not 0 < len(text) <= 200 or "\n" in text or "\0" in text or text.startswith(("/", "~")):
        return
    # without links and dots, so that it is below the folder in truth
    file = (home / text).resolve()
    if file.is_relative_to(home) and file.is_file() and file.suffix not in ("", ".py", ".ipynb"):
        yield file


def _text(path: Path) -> str:
    size, most = path.stat().st_size, LONGEST_TEXT if path.suffix == ".py" else MOST_BYTES
    if size > most:
        raise Unreadable(
            message("{path} has {n} bytes: a submission has at most {m}", path=path, n=size, m=most)
        )
    data = path.read_bytes()
    # that which its first lines name, as Python reads it; else UTF-8
    encoding, unknown = "utf-8-sig", ""
    try:
        encoding, _ = detect_encoding(BytesIO(data).readline)
    except SyntaxError as error:  # also of first lines that are no UTF-8
        unknown = error.msg
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        named = encoding.removesuffix("-sig").upper()
        raise Unreadable(
            message(
                "{path} is not {encoding} (line {n}): save it as UTF-8",
                path=path,
                encoding=named,
                n=line,
            )
        ) from None
    if unknown:
        raise Unreadable(f"{path.name}:1: {unknown}")
    return text


def _checked(path: Path) -> str:
    """Its text, if it is Python.   Raises Unreadable with the line that is not."""
    text = _text(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # the tree alone; not in the syntax of this file's own __future__ imports
            compile(text, str(path), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        line = f" in {error.text.strip()!r}" if error.text else ""
        raise Unreadable(f"{path.name}:{error.lineno}: {error.msg}{line}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        why = str(error) or type(error).__name__
        raise Unreadable(message("{path} is no Python: {why}", path=path.name, why=why)) from None
    return text
