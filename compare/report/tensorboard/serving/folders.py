"""The folders that TensorBoard is to show, runs and sweeps, and how far each of them has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare.language.choice import _, told
from compare.language.message import message
from compare.report.tensorboard.serving.link import LIVE, Contents
from compare.store.lock import is_held
from compare.store.manifest import FINISHED, Unreadable, read
from compare.store.reader import RESULTS, find, lines, read_results, resume_command
from compare.system.errors import UserError

SWEEP = "sweep.json"


@dataclass(frozen=True)
class Progress:
    """Whether something is still written, and what is to be said of it, or ""."""

    live: bool
    text: str


def find_folder(name: str, logdir: Path) -> Path:
    """The directory of a run, as ``store.reader.find`` takes it, or of a sweep.

    Raises Unreadable where there is none.
    """
    for path in (Path(name), logdir / name):
        if (path / SWEEP).is_file():
            return path
    return find(name, logdir)


def named(directories: Sequence[Path]) -> dict[str, Path]:
    """Each folder by the name that TensorBoard gives its runs: "" for one that is alone.

    Raises UserError for a name that TensorBoard cannot take.
    """
    if len(directories) == 1:
        return {"": directories[0]}
    by_name: dict[str, Path] = {}
    for directory in dict.fromkeys(path.resolve() for path in directories):
        name = directory.name
        if name in by_name:  # two stamps of one second, in two places
            name = f"{directory.parent.name}.{name}"
        # it takes several as name:path,name:path, with no way to write these characters otherwise
        if "," in str(directory) or ":" in name or name in by_name:
            raise UserError(
                message("{folder} cannot be shown beside others: rename it", folder=directory)
            )
        by_name[name] = directory
    return by_name


def is_sweep(directory: Path) -> bool:
    """Whether the folder is a sweep's, and not a run's."""
    return (directory / SWEEP).is_file()


def contents(directory: Path) -> Contents | None:
    """What there is to show of a run by now; None of a sweep."""
    if is_sweep(directory):
        return None
    return Contents(records(directory), in_training(directory))


def in_training(directory: Path) -> tuple[str, ...]:
    """The cases whose curves are being written, as ``mlp.digits.float64``."""
    return tuple(sorted(path.name for path in (directory / LIVE).glob("*/")))


def records(directory: Path) -> list[Mapping[str, Any]]:
    """The lines of a run's results.jsonl, without what is damaged or of another version."""
    try:
        return list(read_results(directory)[0].values())
    except Unreadable:
        return []


def progress(directory: Path) -> Progress:
    """How far a run has come; of what is finished there is nothing to say, if it shows anything."""
    if is_sweep(directory):
        shown = (directory / "summary").is_dir()
        bare = _("{folder} has a figure, and no curves.", folder=directory.name)
        return Progress(False, "" if shown else bare)
    try:
        manifest = read(directory)
        judged = len(lines(directory / RESULTS))
    except Unreadable as error:
        return Progress(False, told(error))
    total = len(manifest["selected"])
    count = _("{judged} of {total} cases are judged", judged=judged, total=total)
    if is_held(directory):
        running = _("{folder} is running: {count}.", folder=directory.name, count=count)
        return Progress(True, f"{running} {_to_come(directory)}")
    if manifest["state"] == FINISHED:
        nothing = _("{folder}: nothing was judged.", folder=directory.name)
        return Progress(False, "" if judged else nothing)
    cut_off = _(
        "This run was cut off: {count}; to go on with it: {command}",
        count=count,
        command=resume_command(directory),
    )
    return Progress(False, cut_off)


def _to_come(directory: Path) -> str:
    if cases := in_training(directory):
        return _(
            "In training: {cases}; pictures and verdict come when it is judged.",
            cases=", ".join(cases),
        )
    return _(
        "Curves appear here while a case trains, its pictures and its verdict once it is judged."
    )
