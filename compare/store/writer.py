"""The record of a run: one directory with results.jsonl, manifest.json and trajectories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.engine.result import CaseResult
from compare.store import checkpoints, curve_files
from compare.store import manifest as manifests
from compare.store.directories import new_directory
from compare.store.json_lines import case_line, line_bytes
from compare.store.lock import Lock
from compare.store.manifest import FINISHED, RunRequest
from compare.store.reader import RESULTS
from compare.system.atomic_files import append_whole, write_atomically


class Record:
    """Writes each case as soon as it is judged: what is cut off keeps everything up to there.

    Raises OSError where the directory cannot be written.
    """

    def __init__(self, directory: Path, manifest: Mapping[str, Any], lock: Lock) -> None:
        self.directory, self.manifest = directory, manifest
        self._lock = lock
        manifests.write(directory, manifest)
        # unbuffered: once write() returns the system has the line, and a kill loses nothing
        self._lines = (directory / RESULTS).open("ab", buffering=0)

    def add(self, result: CaseResult) -> None:
        """The curves of a training case, then its line, handed to the system at once.

        Only then its checkpoint is not needed any more.
        """
        # curves first: readers look for them wherever a line says that the case was trained
        if result.case.training and not result.skipped:
            curve_files.write(self.directory, result)
        # whole: half a line would spoil the next
        append_whole(self._lines, line_bytes(case_line(result)))
        checkpoints.discard(self.directory, result.case.name, result.dtype)

    def finish(self, state: str, exit_code: int | None) -> None:
        """Say in the manifest how the run ended, and end the files."""
        try:
            manifests.write(self.directory, manifests.ended(self.manifest, state, exit_code))
            if state == FINISHED:
                checkpoints.discard_all(self.directory)
        finally:
            self.close()

    def close(self) -> None:
        """End the files, and let others write here."""
        self._lines.close()
        self._lock.release()


def begin(logdir: Path, command: Sequence[str], request: RunRequest) -> Record:
    """A new run in ``logdir``.   Raises OSError where it cannot be made or written."""
    logdir.mkdir(parents=True, exist_ok=True)
    directory = new_directory(logdir)
    lock = Lock(directory)
    try:
        record = Record(directory, manifests.begun(command, request), lock)
        # last: LATEST never names a directory that has no manifest
        write_atomically(logdir / "LATEST", directory.name + "\n")
    except BaseException:
        lock.release()
        raise
    return record
