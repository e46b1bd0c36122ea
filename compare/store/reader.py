"""A run as its directory has it: the manifest, and the result of every case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare.language.message import message
from compare.language.system_errors import reason
from compare.store import manifest as manifests
from compare.store.directories import newest
from compare.store.json_lines import SCHEMA, is_whole
from compare.store.logdir import logdir_option
from compare.store.manifest import MANIFEST, Unreadable
from compare.system.command_line import typed

RESULTS = "results.jsonl"
LATEST = "LATEST"


@dataclass(frozen=True)
class StoredRun:
    """``results`` by id in order, ``damaged`` the lines that cannot be read, each in a sentence."""

    directory: Path
    manifest: Mapping[str, Any]
    results: Mapping[str, Mapping[str, Any]]
    damaged: tuple[str, ...] = ()


def find(run: str, logdir: Path) -> Path:
    """The directory of a run: itself, a stamp in ``logdir``, or LATEST.

    Raises Unreadable where there is none.
    """
    if run == LATEST:
        latest = newest(logdir)
        if latest is None:
            command = typed("run", *logdir_option(logdir))
            raise Unreadable(
                message(
                    "no run in {logdir}: make one with `{command}`", logdir=logdir, command=command
                )
            )
        return latest
    for path in (Path(run), logdir / run):
        if (path / MANIFEST).is_file():
            return path.resolve() if path.name in ("", "..") else path  # LATEST needs its name
    if Path(run).is_dir():
        raise Unreadable(message("{run} is no run: it has no {file}", run=run, file=MANIFEST))
    raise Unreadable(
        message(
            "no run {run}: give a directory, a stamp in {logdir}, or {latest}",
            run=repr(run),
            logdir=logdir,
            latest=LATEST,
        )
    )


def resume_command(directory: Path) -> str:
    """The command that goes on with a run that was cut off, to be printed."""
    return typed("run", "--resume", str(directory))


def load(directory: Path) -> StoredRun:
    """Read a run.   Raises Unreadable for no run, a damaged manifest, or another version's."""
    manifest = manifests.read(directory)
    results, damaged = read_results(directory)
    return StoredRun(directory, manifest, results, damaged)


def read_results(directory: Path) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Every line that is whole, by id; and of every other, what is wrong with it.

    Raises Unreadable where the file cannot be read, or a line is of another version.
    """
    path = directory / RESULTS
    results: dict[str, dict[str, Any]] = {}
    damaged = []
    for number, line in enumerate(lines(path), start=1):
        record = _record(line)
        if record is None:
            damaged.append(
                message("{path}: line {number} cannot be read", path=path, number=number)
            )
        # before the schema: what a damaged line says of itself may be wrong, too
        elif "checksum" in record and not is_whole(line):
            damaged.append(
                message(
                    "{path}: line {number} is damaged: its checksum is another",
                    path=path,
                    number=number,
                )
            )
        elif record.get("schema") != SCHEMA:
            was = message(
                "its schema is {schema}, here it is {here}",
                schema=str(record.get("schema")),
                here=SCHEMA,
            )
            raise Unreadable(
                message(
                    "{path}: line {number} was written by another version: {was}",
                    path=path,
                    number=number,
                    was=was,
                )
            )
        elif record["id"] in results:
            damaged.append(
                message(
                    "{path}: line {number} repeats {id}, and is left out",
                    path=path,
                    number=number,
                    id=record["id"],
                )
            )
        else:
            results[record["id"]] = record
    return results, tuple(damaged)


def whole(line: str) -> dict[str, Any] | None:
    """The result on a line, or None where it is not as it was written."""
    record = _record(line)
    return record if record is not None and is_whole(line) else None


def lines(path: Path) -> list[str]:
    """The lines of a file, the last one perhaps cut off; none of a file that is missing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Unreadable(
            message("{path} cannot be read: {error}", path=path, error=reason(error))
        ) from error
    # a byte that is no UTF-8 is damage, and fails the checksum of its line instead of the whole run
    return [line.decode("utf-8", "replace") for line in content.split(b"\n") if line]


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
