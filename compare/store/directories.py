"""The directories in which runs are kept: which there are, the newest, and a new one."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

from compare.store.lock import HOLDER, LOCK, Busy, Lock
from compare.store.manifest import MANIFEST

STAMP = re.compile(r"\d{8}-\d{6}(-\d+)?")


def new_directory(logdir: Path) -> Path:
    """Make the directory of a run that begins now.   Raises OSError."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    names = [stamp, *(f"{stamp}-{k}" for k in range(1, 100))]
    for name in names:
        try:  # mkdir itself decides: between a look and a mkdir another process may take the name
            (logdir / name).mkdir()
        except FileExistsError:
            continue
        return logdir / name
    raise FileExistsError(f"{logdir / stamp}: a hundred runs began in this second")


def runs_in(logdir: Path) -> list[Path]:
    """The directories of runs in ``logdir``, oldest first; nothing else that is in it."""
    if not logdir.is_dir():
        return []
    # no link: clean() would delete through it what lies elsewhere
    return sorted(
        path
        for path in logdir.iterdir()
        if STAMP.fullmatch(path.name) and (path / MANIFEST).is_file() and not path.is_symlink()
    )


def newest(logdir: Path) -> Path | None:
    """The run that LATEST names, or else the latest by its stamp; None where there is none."""
    runs = runs_in(logdir)
    try:
        named = logdir / (logdir / "LATEST").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        named = None
    # a text that anybody can edit, and its run may have been deleted: only one that is here counts
    return named if named in runs else (runs[-1] if runs else None)


def clean(logdir: Path, keep: int) -> tuple[list[Path], list[Busy]]:
    """Delete all runs but the ``keep`` newest, and none that is being written.

    Returns what was deleted, and for each run that was not, who writes it. Other files stay.
    """
    runs = runs_in(logdir)
    deleted, busy = [], []
    for path in runs[: max(0, len(runs) - keep)]:
        try:
            _delete(path)
        except Busy as error:
            busy.append(error)
        else:
            deleted.append(path)
    return deleted, busy


def _delete(path: Path) -> None:
    lock = Lock(path)
    try:
        for inside in path.iterdir():
            # the lock is held meanwhile; without a manifest the rest would be no run to clean()
            if inside.name in (LOCK, HOLDER, MANIFEST):
                continue
            shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
        (path / MANIFEST).unlink()  # last: what is cut off is still a run, and deleted next time
    finally:
        lock.release()  # on Windows a file that is locked cannot be deleted
    shutil.rmtree(path)


def new_sweep_directory(logdir: Path, name: str) -> Path:
    """sweep-NAME-stamp in ``logdir``, made here.   Raises OSError where it cannot be made."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for end in ("", *(f"-{k}" for k in range(1, 100))):
        directory = logdir / f"sweep-{name}-{stamp}{end}"
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            continue
        return directory
    # 17 is EEXIST
    raise FileExistsError(17, "a hundred sweeps began in this second", str(directory))
