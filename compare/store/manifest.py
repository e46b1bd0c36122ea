"""The manifest of a run: what was asked for, by which code on which machine, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from compare.language.message import message
from compare.store import provenance
from compare.store.json_lines import SCHEMA
from compare.system.atomic_files import write_atomically
from compare.system.errors import UserError

MANIFEST = "manifest.json"
RUNNING, FINISHED, INTERRUPTED = "running", "finished", "interrupted"


class Unreadable(UserError):
    """A file of a run cannot be read; the message says which, and why."""


_SETTINGS = ("pattern", "dtype", "fail_fast", "data_dir", "steps", "force_every")
_IN_PLACE_OF_SCRATCH = ("impl", "trust")


@dataclass(frozen=True)
class RunRequest:
    """What a run was asked for: enough to ask for the same again."""

    names: tuple[str, ...] = ()
    pattern: str = ""
    dtype: str | None = None
    seed: int = 0
    fail_fast: bool = False
    data_dir: str | None = None
    steps: int | None = None
    force_every: int | None = None
    impl: str | None = None  # the file that stands in the place of scratch
    trust: bool = False
    selected: tuple[str, ...] = field(default=())  # the ids that this came to

    def rest(self) -> dict[str, Any]:
        """What ``compare.run`` takes besides the names."""
        return {name: getattr(self, name) for name in (*_SETTINGS, "seed")}

    def settings(self) -> dict[str, Any]:
        """All but the seed and the ids, as plain values."""
        named = (*_SETTINGS, *_IN_PLACE_OF_SCRATCH)
        return {"names": list(self.names), **{name: getattr(self, name) for name in named}}


def begun(command: Sequence[str], request: RunRequest) -> dict[str, Any]:
    """The manifest of a run that begins now."""
    return {
        "schema": SCHEMA,
        "state": RUNNING,
        "started": now(),
        "ended": None,
        "exit_code": None,
        "command": list(command),
        "seed": request.seed,
        "settings": request.settings(),
        "selected": list(request.selected),
        "resumed": [],
        "git": provenance.revision(),
        **provenance.deciding(),
    }


# Everything that readers rely on, but "schema", which is looked at before these.
_KEYS = {
    *("state", "started", "ended", "exit_code", "command", "seed", "settings", "selected"),
    *("resumed", "git", *provenance.DECIDING),
}


def asked_in(manifest: Mapping[str, Any]) -> RunRequest:
    """What the run was asked for.   Raises Unreadable for settings that this version has not."""
    settings = dict(manifest["settings"])
    # one more or one less: to leave a setting out would be to run something else
    unknown = settings.keys() ^ RunRequest().settings().keys()
    if unknown:
        raise Unreadable(
            message(
                "its manifest has other settings than this version: {names}", names=_list(unknown)
            )
        )
    names = tuple(settings.pop("names"))
    return RunRequest(
        names, seed=manifest["seed"], selected=tuple(manifest["selected"]), **settings
    )


def resumed(
    manifest: Mapping[str, Any], command: Sequence[str], known: int, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest as the run goes on: ``known`` cases were judged before, this changed since."""
    again = {
        "started": now(),
        "command": list(command),
        "cases_before": known,
        "changed": {path: list(pair) for path, pair in changed.items()},
    }
    running = {"state": RUNNING, "ended": None, "exit_code": None}
    return {**manifest, **running, "resumed": [*manifest["resumed"], again]}


def ended(manifest: Mapping[str, Any], state: str, exit_code: int | None) -> dict[str, Any]:
    """The manifest of a run that has ended."""
    return {**manifest, "state": state, "ended": now(), "exit_code": exit_code}


def now() -> str:
    """The time, with its zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def write(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Write it as a whole.   Raises OSError; what was there before then stays."""
    write_atomically(directory / MANIFEST, json.dumps(manifest, indent=1) + "\n")


def read(directory: Path) -> dict[str, Any]:
    """The manifest of a directory.   Raises Unreadable for none, a damaged one, another schema."""
    path = directory / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unreadable(
            message(
                "{directory} is no run: it has no {file}",
                directory=directory,
                file=MANIFEST,
            )
        ) from None
    except (OSError, ValueError) as error:
        raise Unreadable(
            message("{path} cannot be read: {error}", path=path, error=error)
        ) from error
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != SCHEMA:
        raise Unreadable(
            message(
                "{path} was written by another version: its schema is {schema}, here it is {here}",
                path=path,
                schema=schema,
                here=SCHEMA,
            )
        )
    missing = _KEYS - manifest.keys()
    if missing:
        raise Unreadable(
            message("{path} is damaged: it lacks {names}", path=path, names=_list(missing))
        )
    return manifest


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
