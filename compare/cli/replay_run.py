"""Run cases of a record again, and say whether every bit of them is the same."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from compare.engine import run_suite
from compare.language.message import message, plural
from compare.store import provenance
from compare.store.diff import Replay, case_difference
from compare.store.json_lines import case_object
from compare.store.manifest import RunRequest, asked_in
from compare.store.reader import StoredRun
from compare.system.errors import UserError


class CannotReplay(UserError):
    """Why there is nothing to replay; the message says what to do."""


def replay(run: StoredRun, name: str) -> list[Replay]:
    """Run what ``run`` calls so, a case, a group or an id, with the settings of the record.

    Those are the seed, dtype, steps, threads and data folder. What the record skipped is left out,
    unless nothing else is called so.   Raises CannotReplay, Unreadable, and what ``compare.run``
    raises.
    """
    records = _recorded_cases(run, name)
    asked = asked_in(run.manifest)
    if asked.data_dir is not None and not Path(asked.data_dir).is_dir():
        raise CannotReplay(
            message(
                "the record needs its --data-dir {data_dir}: no such folder",
                data_dir=asked.data_dir,
            )
        )
    here = provenance.deciding()
    context = provenance.changes({key: run.manifest[key] for key in here}, here)
    context.pop("threads", None)  # those of the record are set
    return [_replayed(before, asked, run.manifest["threads"], context) for before in records]


def _replayed(
    before: Mapping[str, Any], asked: RunRequest, threads: int, context: Mapping[str, Any]
) -> Replay:
    (result,) = run_suite.run(
        before["id"],
        dtype=before["dtype"],
        seed=before["seed"],
        data_dir=asked.data_dir,
        force_every=asked.force_every,
        threads=threads,
    ).results
    # through JSON, as the record has been: tuples become lists, and keys text
    now = json.loads(json.dumps(case_object(result)))
    return Replay(before, now, case_difference(before, now), context)


def _recorded_cases(run: StoredRun, name: str) -> list[Mapping[str, Any]]:
    fitting = [r for id, r in run.results.items() if name == id or fnmatchcase(r["case"], name)]
    if not fitting:
        # 0.4, below difflib's 0.6, so that a part of an id finds it
        nearest = difflib.get_close_matches(name, run.results, n=3, cutoff=0.4)
        advice = plural("it has {n} case", "it has {n} cases", len(run.results))
        if nearest:
            advice = message("did you mean {names}?", names=", ".join(nearest))
        raise CannotReplay(
            message(
                "no case {name} in the record of {directory}: {advice}",
                name=repr(name),
                directory=run.directory,
                advice=advice,
            )
        )
    compared = [record for record in fitting if not record["skipped"]]
    if not compared:
        first = fitting[0]
        raise CannotReplay(
            message(
                "{id} was skipped in the record: {skipped}",
                id=first["id"],
                skipped=first["skipped"],
            )
        )
    return compared
