"""The record of a run: one directory with results.jsonl, manifest.json and TensorBoard's events."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from compare import __version__
from compare.files import write_atomically
from compare.report.json_record import case_line
from compare.runner import CaseResult

STAMP = re.compile(r"\d{8}-\d{6}(-\d+)?")
MANIFEST = "manifest.json"


class Record:
    """Writes each case as soon as it is judged: what is cut off keeps everything up to there.

    Raises OSError where the directory cannot be made or written.
    """

    def __init__(self, logdir: Path, command: Sequence[str], seed: int) -> None:
        logdir.mkdir(parents=True, exist_ok=True)
        self.directory = _new_directory(logdir)
        manifest = json.dumps(_manifest(command, seed), indent=1) + "\n"
        write_atomically(self.directory / MANIFEST, manifest)
        write_atomically(logdir / "LATEST", self.directory.name + "\n")
        self._lines = (self.directory / "results.jsonl").open("a", encoding="utf-8")

    def add(self, result: CaseResult) -> None:
        """Append one case as one line, and hand it to the system at once."""
        self._lines.write(case_line(result))
        self._lines.flush()

    def close(self) -> None:
        """End the files."""
        self._lines.close()


def _new_directory(logdir: Path) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    names = [stamp, *(f"{stamp}-{k}" for k in range(1, 100))]
    for name in names:
        try:
            (logdir / name).mkdir()
        except FileExistsError:
            continue
        return logdir / name
    raise FileExistsError(f"{logdir / stamp}: a hundred runs began in this second")


def _manifest(command: Sequence[str], seed: int) -> dict[str, object]:
    import numpy
    import torch

    return {
        "schema": 1,
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": list(command),
        "seed": seed,
        "versions": {
            "scratch-compare": __version__,
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "torch": torch.__version__,
        },
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "threads": torch.get_num_threads(),
        "byteorder": sys.byteorder,
    }


def runs_in(logdir: Path) -> list[Path]:
    """The directories that runs left in ``logdir``, oldest first; nothing else that lies there."""
    if not logdir.is_dir():
        return []
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
    return named if named in runs else (runs[-1] if runs else None)


def clean(logdir: Path, keep: int) -> list[Path]:
    """Delete all runs but the ``keep`` newest; return what was deleted. Other files stay."""
    runs = runs_in(logdir)
    doomed = runs[: max(0, len(runs) - keep)]
    for path in doomed:
        shutil.rmtree(path)
    return doomed
