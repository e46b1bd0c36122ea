"""Whether TensorBoard's files hold what the record holds: every point of every curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from compare.language.message import message
from compare.language.system_errors import reason
from compare.report.tensorboard import event_files, figures
from compare.report.tensorboard.serving.link import OVER_LIMIT, run_of, runs
from compare.store import curve_files, reader
from compare.store.lock import is_held
from compare.store.manifest import Unreadable

Points = dict[str, list[tuple[int, float]]]


def check(directory: Path) -> list[str]:
    """What is damaged, missing or other than recorded, one sentence each; empty if nothing is.

    Every event file's checksums are checked, and its scalars compared with the trajectories; a run
    that goes on at this moment may end in half an event.
    """
    try:
        stored = reader.load(directory)
    except Unreadable as error:
        return [str(error)]
    live, mine = is_held(directory), run_of(stored.manifest)
    problems = [*stored.damaged, *(p for run in runs(mine) for p in _files(directory / run, live))]
    try:
        points = {run: _points(directory / run) for run in runs(mine)}
    except Exception as error:  # TensorBoard's reader, on what was just told to be damaged
        return [
            *problems,
            message(
                "TensorBoard cannot read {directory}: {error}", directory=directory, error=error
            ),
        ]
    for record in stored.results.values():
        problems += _case(directory, record, points, mine)
    return list(dict.fromkeys(problems))


def _files(folder: Path, live: bool) -> Iterator[str]:
    paths = event_files.event_files(folder)
    if not paths:
        yield message("{folder} has no event file", folder=folder)
    for path in paths:
        try:
            damage = event_files.read(path).damage
        except OSError as error:
            damage = message("it cannot be read: {error}", error=reason(error))
        # of a run that goes on, the last file may end in half an event that is being written
        if damage and not (live and path == paths[-1] and damage.startswith("cut off")):
            yield message("{path} is damaged: {damage}", path=path, damage=damage)


def _points(folder: Path) -> Points:
    if not folder.is_dir():
        return {}
    # 0: every point; by default it keeps a sample of 10,000
    read = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return {
        tag: [(point.step, point.value) for point in read.Scalars(tag)]
        for tag in read.Tags()["scalars"]
    }


def _case(
    directory: Path, record: Mapping[str, Any], points: Mapping[str, Points], mine: str
) -> list[str]:
    if not record["training"]:
        return []
    try:
        tables = curve_files.read(directory, record["case"], record["dtype"])
    except Unreadable as error:
        return [str(error)]
    group = f"{record['case']}.{record['dtype']}"
    problems: list[str] = []
    for name, curve in tables[curve_files.CURVES].items():
        tag = f"{group}/{name.replace('/', '_')}"
        problems += _curve(directory, tag, curve, (mine, "torch"), points)
    for kind, curve in tables[curve_files.ERRORS].items():
        logs = tuple((t, figures.log10(e), figures.log10(limit)) for t, e, limit in curve)
        tag = f"{group}/error_log10/{kind}"
        problems += _curve(directory, tag, logs, ("error", "tolerance"), points)
    ratios = figures.so_far(figures.over_limit(tables[curve_files.ERRORS]))
    if any(tag.endswith(OVER_LIMIT) for tag in points["error"]):  # older runs have none
        tag = f"{group}/{OVER_LIMIT}"
        problems += _curve(directory, tag, ratios, ("error",), points)
    return problems


def _curve(
    directory: Path,
    tag: str,
    curve: Sequence[Sequence[float]],
    runs: Sequence[str],
    points: Mapping[str, Points],
) -> Iterator[str]:
    expected = np.array(curve, np.float64)
    for column, run in enumerate(runs, start=1):
        shown = np.array(points[run].get(tag, []), np.float64).reshape(-1, 2)
        if len(shown) != len(expected):
            yield message(
                "{folder} has {n} of {total} points of {tag}",
                folder=directory / run,
                n=len(shown),
                total=len(expected),
                tag=tag,
            )
        elif not _same(shown, expected[:, [0, column]]):
            yield message(
                "{folder} has other points of {tag} than the record",
                folder=directory / run,
                tag=tag,
            )


def _same(shown: np.ndarray, expected: np.ndarray) -> bool:
    with np.errstate(over="ignore"):  # what is beyond float32 is shown as infinite
        narrow = expected.astype(np.float32)  # as TensorBoard keeps scalars
    return np.array_equal(shown.astype(np.float32), narrow, equal_nan=True)
