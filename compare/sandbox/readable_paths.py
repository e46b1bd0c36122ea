"""Which files a worker may read: the interpreter's, NumPy's and the submission's copy."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
NOT_STANDARD = ("site-packages", "dist-packages")
PROJECT = Path(__file__).resolve().parent.parent.parent
OURS = ("compare", "scratch", "torch_ref", "tests")


def site() -> str:
    """The folder that NumPy is in."""
    return str(Path(np.__file__).resolve().parent.parent)


@lru_cache(1)
def trees() -> dict[str, list[str]]:
    """``read``: trees that may be read; ``listed``: directories that may be listed; ``denied``:
    what of them may not be read after all; ``project``: our own code."""
    folders = _standard()
    read = [str(entry) for folder in folders for entry in _children(folder)]
    read += [str(path) for path in _numpy()]
    libraries = _libraries() if sys.platform == "linux" else ()
    return {
        "read": [*read, *map(str, libraries), *DEVICES],
        "listed": [*map(str, folders), site()],
        # lib/python3 holds site-packages: what is installed there is not NumPy
        "denied": [str(folder / name) for folder in folders for name in NOT_STANDARD],
        "sinks": ["/dev/null"],
        "project": [str(PROJECT / name) for name in OURS],
    }


def _standard() -> list[Path]:
    """The standard library's folders, and its zip file's."""
    folders = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}
    # there the extension modules lie beside the standard library
    if os.name == "nt":
        folders.add(Path(sys.base_prefix).resolve() / "DLLs")
    return sorted(folder for folder in folders if folder.is_dir())


def _children(folder: Path) -> Iterator[Path]:
    """Each by itself: what else was installed for this interpreter lies in a folder among them."""
    yield from (entry for entry in sorted(folder.iterdir()) if entry.name not in NOT_STANDARD)


def _numpy() -> Iterator[Path]:
    yield Path(site()) / "numpy"
    yield Path(site()) / "numpy.libs"


def _libraries() -> Iterator[Path]:
    """Shared libraries of the system and of the interpreter, but no other Python's packages."""
    of_interpreter = Path(sys.base_prefix).resolve() / "lib"
    yield Path("/etc/ld.so.cache")
    of_system = {Path(name).resolve() for name in LIBRARIES if Path(name).is_dir()}
    for folder in of_system | {of_interpreter}:
        for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
            # lib/x86_64-linux-gnu and libc.so.6, and no lib/python3 of other installations
            if "-linux-" in entry.name or ".so" in entry.name:
                yield entry
