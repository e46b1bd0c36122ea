"""Go on with a run that was cut off: the same cases, seed and settings, into the same record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compare.core.outcome import PROCESS_DIED
from compare.engine.result import CaseResult
from compare.engine.selection import table
from compare.language.message import message
from compare.report.tensorboard.serving.link import run_of, runs
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

    lock = Lock(directory)  # before anything is read: another process may be writing it
    try:
        recorded = reader.load(directory)
        run = _without_deaths(recorded)
        asked = manifest.asked_in(run.manifest)
        if run is recorded and run.manifest["state"] == FINISHED:
            raise CannotResume(
                message(
                    "{directory} is finished: there is nothing left to do in it",
                    directory=directory,
                )
            )
        changed = _check(run, asked, anyhow)  # before anything is mended: it may refuse
        earlier = _earlier(run)
        notes = [*_taken_over(lock), *_mend_results(run), *_mend_events(run)]
        begun = manifest.resumed(run.manifest, command, len(run.results), changed)
        left = tuple(i for i in asked.selected if i not in run.results)
        # it would have stopped there, had it not been cut off
        if asked.fail_fast and any(r.fails for r in earlier):
            left = ()
        record = Record(directory, begun, lock)
        # it is the newest again, and what ``board`` and ``diff LATEST`` mean
        write_atomically(directory.parent / reader.LATEST, directory.name + "\n")
    except BaseException:
        lock.release()
        raise
    return Resumed(record, replace(asked, names=left, selected=left), earlier, tuple(notes))


def _without_deaths(run: StoredRun) -> StoredRun:
    """The run itself, or without the cases in which a process died: another time it may not."""
    died = {
        case_id: message("{id}: a process died in it", id=case_id)
        for case_id, result in run.results.items()
        if any(row["name"] == PROCESS_DIED for row in result["quantities"])
    }
    if not died:
        return run
    left = {case_id: result for case_id, result in run.results.items() if case_id not in died}
    return replace(run, results=left, damaged=(*run.damaged, *died.values()))


def _check(run: StoredRun, asked: RunRequest, anyhow: bool) -> dict[str, tuple[object, object]]:
    """What changed since; raises CannotResume where that is something and not ``anyhow``."""
    now = provenance.deciding()
    changed = provenance.changes({key: run.manifest[key] for key in now}, now)
    if changed and not anyhow:
        raise CannotResume(
            message(
                "{directory} was begun with another {changed}: its results would not "
                "belong together; start a new run, or add --anyhow",
                directory=run.directory,
                changed=_what(changed),
            )
        )
    folder = asked.data_dir
    if folder is not None and not Path(folder).is_dir():
        raise CannotResume(
            message(
                "{directory} needs its --data-dir {folder}: no such folder",
                directory=run.directory,
                folder=folder,
            )
        )
    return changed


def _what(changed: dict[str, tuple[object, object]]) -> str:
    shown = [path.removeprefix("sources/") for path in changed]
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(shown[:4]) + more


def _earlier(run: StoredRun) -> tuple[CaseResult, ...]:
    cases = {case.name: case for case in table().cases}
    lost = [r["case"] for r in run.results.values() if r["case"] not in cases]
    if lost:
        raise CannotResume(
            message(
                "{directory} has a case that is no more: {lost}",
                directory=run.directory,
                lost=lost[0],
            )
        )
    return tuple(recalled(cases[r["case"]], r) for r in run.results.values())


def _taken_over(lock: Lock) -> list[str]:
    if lock.left_by is None:
        return []
    who = described(lock.left_by)
    return [message("{who} was killed: its lock is taken over", who=who)]


def _mend_results(run: StoredRun) -> list[str]:
    """Leave only whole lines, and put the file as it was aside."""
    path = run.directory / RESULTS
    content = path.read_bytes() if path.is_file() else b""
    if not run.damaged and (not content or content.endswith(b"\n")):
        return []
    # a copy first: what a tool throws away may be what its owner wants to look at
    aside = _aside(run.directory, RESULTS)
    aside.parent.mkdir(exist_ok=True)
    write_atomically(aside, content)
    whole_lines: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        result = reader.whole(line.decode("utf-8", "replace"))
        if result is not None and result["id"] in run.results:
            # the first of two: readers take that one as well
            whole_lines.setdefault(result["id"], line + b"\n")
    write_atomically(path, b"".join(whole_lines.values()))
    told = [message("{damage}; its case is run again", damage=what) for what in run.damaged]
    return [*told, message("the file as it was: {path}", path=aside)]


def _mend_events(run: StoredRun) -> list[str]:
    """Take out of TensorBoard's files what is cut off, and what is going to be written again."""
    from compare.report.tensorboard import event_files  # imports TensorBoard: seconds

    groups = {f"{r['case']}.{r['dtype']}" for r in run.results.values()}
    notes: list[str] = []
    for board_run in runs(run_of(run.manifest)):
        for path in event_files.event_files(run.directory / board_run):
            aside = _aside(run.directory, f"{board_run}.events")
            if event_files.trim(path, lambda tag: tag.split("/")[0] in groups, aside):
                name = f"{board_run}/{path.name}"
                notes.append(message("{name}: trimmed to what is in the record", name=name))
    return notes


def _aside(directory: Path, name: str) -> Path:
    folder = directory / ASIDE
    # another at each time: a second mending must not write over what the first put aside
    names = (f"{name}.{k}" for k in range(1, 10_000))
    return folder / next(n for n in names if not (folder / n).exists())
