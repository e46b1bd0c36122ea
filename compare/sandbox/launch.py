"""Starts a worker: a copy of the submission, a process with pipes, and what it has to know."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from compare.sandbox import readable_paths
from compare.sandbox.fork_client import ForkedProcess, ForkServer
from compare.sandbox.interface import Limits
from compare.sandbox.pipes import Pipes
from compare.sandbox.submission_files import Source

if sys.platform == "win32":
    import msvcrt

Process = subprocess.Popen[bytes] | ForkedProcess

# macOS and Windows cannot fork a process that has loaded libraries such as NumPy's
FORKS = sys.platform == "linux"
START = Path(__file__).parent / "worker" / "start.py"
# Under a name that is no path, so that a traceback printed by the submission reads no file of ours.
RUN = "import sys; exec(compile(open(sys.argv[1], encoding='utf-8').read(), '<sandbox>', 'exec'))"
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 28)}  # faster large arrays
THREADS = ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
# What chooses the instructions and the blocks in which a library computes: with others than its
# judge's, a submission that does the same has other bits.
KERNELS = (
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_BLOCK_FACTOR",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "BLIS_ARCH_TYPE",
    "ATEN_CPU_CAPABILITY",
)


def copied(source: Source, folder: Path) -> Path:
    """Writes the submission's files; returns the folder to run it in."""
    home = folder / "files"
    for name, data in source.files:
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    inner = home / source.folder
    inner.mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir()
    return inner


def started(inner: Path, folder: Path) -> tuple[Process, Pipes]:
    """The process, in ``inner``, and our ends of its pipes.   Raises OSError."""
    # not stdin and stdout: those are the submission's to print to
    receive, requests = os.pipe()
    results, reply = os.pipe()
    events, report = os.pipe()
    printed, output = os.pipe()
    theirs = (receive, reply, report, output)
    start = _forked if FORKS else _spawned
    try:
        process = start(theirs, inner, environment(folder / "home"))
    except BaseException:
        for pipe in (requests, results, events, printed):
            os.close(pipe)
        raise
    finally:
        for pipe in theirs:
            os.close(pipe)
    incoming = {"results": results, "events": events, "printed": printed}
    return process, Pipes(incoming, requests)


def _command() -> list[str]:
    # -I -S: no PYTHON* variables, no user site, no .pth file of an installed package runs
    python = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", RUN]
    return [*python, str(START), readable_paths.site()]


# by the process that they serve, which may itself be forked, and the kernels that they chose
_servers: dict[tuple[int, str], ForkServer] = {}


def _forked(theirs: tuple[int, ...], inner: Path, environment_of_it: dict[str, str]) -> Process:
    """From a process that has loaded NumPy: a tenth of the seconds."""
    anywhere = environment(Path("/"))
    key = os.getpid(), str(anywhere)
    server = _servers.get(key)
    if server is not None and not server.lives():
        server.close()
        server = None
    if server is None:
        server = _servers[key] = ForkServer(_command(), anywhere)
    return server.fork(theirs, inner, environment_of_it)


def _spawned(theirs: tuple[int, ...], inner: Path, environment_of_it: dict[str, str]) -> Process:
    """By itself, with these pipes and no others of ours."""
    *numbers, output = theirs
    options: dict[str, Any] = {"pass_fds": numbers, "start_new_session": True}
    if sys.platform == "win32":
        numbers = [msvcrt.get_osfhandle(pipe) for pipe in numbers]
        for handle in numbers:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": numbers})
        options = {"startupinfo": startup}
    return subprocess.Popen(
        [*_command(), *map(str, numbers)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=inner,
        env=environment_of_it,
        **options,
    )


def environment(home: Path) -> dict[str, str]:
    """Nothing of ours but what an interpreter needs to start, and what chooses numeric kernels."""
    needed = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", *KERNELS)
    inherited = {
        name: os.environ[name] for name in needed if name in os.environ
    } | _kernels_of_libm()
    homes = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(home))
    threads = {f"{name}_NUM_THREADS": "1" for name in THREADS}
    # the last two: what it prints of times and texts is the same on every machine
    return {**inherited, **homes, **threads, **MEMORY, "TZ": "UTC", "LANG": "C.UTF-8"}


def _kernels_of_libm() -> dict[str, str]:
    """Of the settings of glibc only which instructions its exp and log use, not its memory's."""
    settings = os.environ.get("GLIBC_TUNABLES", "").split(":")
    chosen = ":".join(setting for setting in settings if setting.startswith("glibc.cpu."))
    return {"GLIBC_TUNABLES": chosen} if chosen else {}


@cache  # read once for all submissions
def course_modules() -> dict[str, str]:
    """The texts of our files that stand in for those of the course, by name."""
    files = (Path(__file__).parent / "worker" / "course").glob("[!_]*.py")
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def setting(
    source: Source, limits: Limits, layers: dict[str, bool], folder: Path
) -> dict[str, Any]:
    """The first frame: everything that the worker has to know, as plain values."""
    home = folder / "files"
    inner = home / source.folder
    trees = readable_paths.trees()
    around = dict.fromkeys((inner.parent, home))
    path = [*around, inner] if source.package else [inner, *around]
    entry = {
        "kind": source.kind,
        "paths": [str(inner / module) for module in source.modules],
        "package": source.package,
        "cells": [[cell.number, cell.text] for cell in source.cells],
    }
    return {
        "home": str(home),
        "folder": str(inner),
        # of a package its parent comes first, for it is imported by the package's name
        "path": [str(each) for each in path],
        "own": list(source.own),
        "of_data": list(source.of_data),
        "course": course_modules(),
        "entry": entry,
        "limits": asdict(limits),
        "layers": layers,
        "trees": {**trees, "written": [str(folder)]},
    }
