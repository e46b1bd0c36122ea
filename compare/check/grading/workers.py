"""A class's submissions, judged one by one, here or elsewhere; none can stop the others."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from compare.check.check_submission import check_source, command
from compare.check.grading.duplicates import shared
from compare.check.grading.entry import Entry, entry
from compare.check.grading.handed_in import Handed, Settings, Submission
from compare.check.grading.rubric import Rubric
from compare.check.result import CheckResult
from compare.check.trial import expectations_at
from compare.language.message import Message, joined, mapped, message
from compare.sandbox.interface import Unreadable, clean
from compare.sandbox.sandbox import missing_layers
from compare.sandbox.submission_files import Source
from compare.system.jobs import ClusterUnfit, Workers, done

KINDS = (".py", ".ipynb")
NOT_JUDGED = message("it could not be judged")


def submissions_in(folder: Path, ours: Collection[Path] = ()) -> tuple[list[Submission], list[str]]:
    """Every file, notebook and folder in it, by name, but ``ours``; and what is none.

    Raises OSError.
    """
    submissions, ignored = [], []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        # realpath: links that lead to each other have an end for it
        if path.name.startswith((".", "__pycache__")) or Path(os.path.realpath(path)) in ours:
            continue
        if path.is_symlink() or not (path.is_dir() or path.suffix in KINDS):
            ignored.append(shown_name(path))
        else:
            submissions.append(Submission(shown_name(path), _inside(path)))
    return submissions, ignored


def shown_name(path: Path) -> str:
    """A file's name without what a terminal or a page could not show."""
    return clean(os.fsencode(path.name).decode("utf-8", "backslashreplace"))


def _inside(entry: Path, depth: int = 3) -> Path:
    """The folder with the code, or the only notebook: downloads wrap them in folders."""
    if not entry.is_dir() or not depth:
        return entry
    inner = [e for e in sorted(entry.iterdir()) if not e.name.startswith((".", "__"))]
    if any(e.suffix == ".py" for e in inner):
        return entry
    notebooks = [e for e in inner if e.suffix == ".ipynb" and not e.is_symlink()]
    if len(notebooks) == 1:
        return notebooks[0]
    folders = [e for e in inner if e.is_dir() and not e.is_symlink()]
    return _inside(folders[0], depth - 1) if len(folders) == 1 else entry


@dataclass(frozen=True)
class Asked:
    """How each is judged and told, as plain data; ``unconfined``: what the sandbox lacks here.

    None where that does not matter: it is judged here.
    """

    settings: Settings
    rubric: Rubric
    lang: str = "en"
    strict: bool = False
    unconfined: tuple[str, ...] | None = None


Group = tuple[Submission, ...]  # of the same bytes
_Read = tuple[Group, Source | Handed]  # its bytes, or why there are none


def judged(groups: Iterable[Group], asked: Asked, workers: Workers) -> Generator[list[Entry]]:
    """What is written of each group, as it is done.   Raises ClusterUnfit.

    Files are read here, and one by one: a worker may be where there are none.
    """
    if workers.cluster:
        asked = replace(asked, unconfined=missing_layers())
    results = done(partial(_entries, asked), map(_read, groups), workers, partial(_died, asked))
    with closing(results):
        for _group, entries in results:
            yield entries


def _read(group: Group) -> _Read:
    first = group[0]
    try:
        return group, Source.of(first.path)
    except Unreadable as error:
        path = str(first.path.resolve())
        why = mapped(str(error), lambda text: clean(text).replace(path, first.name))
        return group, Handed(first, CheckResult(first.name, broken=why), unreadable=True)
    except Exception as error:
        return group, _not_judged(first, f"{type(error).__name__}: {error}")


def _entries(asked: Asked, read: _Read) -> list[Entry]:
    """What is written of each of a group, wherever this runs."""
    _check_confinement(asked)
    group, what = read
    result = what if isinstance(what, Handed) else handed(group[0], what, asked.settings)
    return _told(asked, group, result)


def _told(asked: Asked, group: Group, result: Handed) -> list[Entry]:
    return [entry(each, asked.rubric, asked.lang, asked.strict) for each in shared(result, group)]


def _check_confinement(asked: Asked) -> None:
    if asked.unconfined is None:
        return
    lacking = [line for line in missing_layers() if line not in asked.unconfined]
    if lacking:
        raise ClusterUnfit(
            message(
                "the worker on {host} does not confine a submission as this machine does, and "
                "runs none: {why}",
                host=platform.node(),
                why=joined(lacking, "; "),
            )
        )


def handed(submission: Submission, source: Source, settings: Settings) -> Handed:
    """What came of one submission.   Never raises."""
    try:
        expected = expectations_at(settings.seed)
        result = check_source(source, {}, settings.seed, settings.limits, (), expected)
        again = command(submission.path, {})
        return Handed(submission, replace(result, name=submission.name, again=again))
    except Exception as error:  # of ours: the others have to be judged all the same
        return _not_judged(submission, f"{type(error).__name__}: {error}")


def _died(asked: Asked, read: _Read, why: Message) -> list[Entry]:
    return _told(asked, read[0], _not_judged(read[0][0], why))


def _not_judged(submission: Submission, why: str) -> Handed:
    return Handed(submission, CheckResult(submission.name, broken=NOT_JUDGED), ours=why)
