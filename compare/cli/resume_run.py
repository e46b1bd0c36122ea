"""Go on with a run that was cut off: the same cases, seed and settings, into the same record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compare.engine.result import CaseResult
from compare.engine.selection import table
from compare.report.tensorboard.link import RUNS
from compare.store import manifest, provenance, reader
from compare.store.lock import Lock, described
from compare.store.manifest import FINISHED, RunRequest
from compare.store.reader import RESULTS, StoredRun
from compare.store.restored_result import recalled
from compare.store.writer import Record
from compare.system.atomic_files import write_atomically
from compare.system.errors import UserError

ASIDE = "before-resume"  # what was there, of a file that is mended


class CannotResume(UserError):
    """Why a run cannot be gone on with; nothing was changed."""


@dataclass(frozen=True)
class Resumed:
    """A run gone on with: what is left to do, what was judged before, and what was mended."""

    record: Record
    asked: RunRequest
    earlier: tuple[CaseResult, ...]
    notes: tuple[str, ...]


def go_on(directory: Path, command: Sequence[str], anyhow: bool = False) -> Resumed:
    """Take up a run. ``anyhow``: even where what decides its numbers has changed since.

    Raises Busy where it is being written; Unreadable, CannotResume, OSError.
    """

    lock = Lock(directory)
    try:
        found = reader.load(directory)
        asked = manifest.asked_in(found.manifest)
        changed = _check(found, asked, anyhow)
        earlier = _earlier(found)
        notes = [*_taken_over(lock), *_mend_results(found), *_mend_events(found)]
        begun = manifest.resumed(found.manifest, command, len(found.results), changed)
        left = tuple(i for i in asked.selected if i not in found.results)
        if asked.fail_fast and any(r.fails for r in earlier):
            left = ()
        record = Record(directory, begun, lock)
        write_atomically(directory.parent / reader.LATEST, directory.name + "\n")
    except BaseException:
        lock.release()
        raise
    return Resumed(record, replace(asked, names=left, selected=left), earlier, tuple(notes))


def _check(found: StoredRun, asked: RunRequest, anyhow: bool) -> dict[str, tuple[object, object]]:
    """What changed since; raises CannotResume where that is something and not ``anyhow``."""
    if found.manifest["state"] == FINISHED:
        raise CannotResume(f"{found.directory} is finished: there is nothing left to do in it")
    now = provenance.deciding()
    changed = provenance.changes({key: found.manifest[key] for key in now}, now)
    if changed and not anyhow:
        raise CannotResume(
            f"{found.directory} was begun with another {_what(changed)}: its results would not "
            "belong together; start a new run, or add --anyhow"
        )
    folder = asked.data_dir
    if folder is not None and not Path(folder).is_dir():
        raise CannotResume(f"{found.directory} needs its --data-dir {folder}: no such folder")
    return changed


def _what(changed: dict[str, tuple[object, object]]) -> str:
    shown = [path.removeprefix("sources/") for path in changed]
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(shown[:4]) + more


def _earlier(found: StoredRun) -> tuple[CaseResult, ...]:
    cases = {case.name: case for case in table().cases}
    lost = [r["case"] for r in found.results.values() if r["case"] not in cases]
    if lost:
        raise CannotResume(f"{found.directory} has a case that is no more: {lost[0]}")
    return tuple(recalled(cases[r["case"]], r) for r in found.results.values())


def _taken_over(lock: Lock) -> list[str]:
    if lock.left_by is None:
        return []
    return [f"{described(lock.left_by)} was killed: its lock is taken over"]


def _mend_results(found: StoredRun) -> list[str]:
    """Leave only whole lines, and put the file as it was aside."""
    path = found.directory / RESULTS
    content = path.read_bytes() if path.is_file() else b""
    if not found.damaged and (not content or content.endswith(b"\n")):
        return []
    aside = _aside(found.directory, RESULTS)
    aside.parent.mkdir(exist_ok=True)
    write_atomically(aside, content)
    kept: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        result = reader.whole(line.decode("utf-8", "replace"))
        if result is not None:
            kept.setdefault(result["id"], line + b"\n")
    write_atomically(path, b"".join(kept.values()))
    told = [f"{what}; its case is run again" for what in found.damaged]
    return [*told, f"the file as it was: {aside}"]


def _mend_events(found: StoredRun) -> list[str]:
    """Take out of TensorBoard's files what is cut off, and what is going to be written again."""
    from compare.report.tensorboard import event_files  # TensorBoard takes its time

    groups = {f"{r['case']}.{r['dtype']}" for r in found.results.values()}
    notes = []
    for run in RUNS:
        for path in event_files.event_files(found.directory / run):
            aside = _aside(found.directory, f"{run}.events")
            if event_files.trim(path, lambda tag: tag.split("/")[0] in groups, aside):
                notes.append(f"{run}/{path.name}: trimmed to what is in the record")
    return notes


def _aside(directory: Path, name: str) -> Path:
    folder = directory / ASIDE
    names = (f"{name}.{k}" for k in range(1, 10_000))
    return folder / next(n for n in names if not (folder / n).exists())
