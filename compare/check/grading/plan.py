"""A class to be graded: what an earlier run judged, what is the same, and what is left to judge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from itertools import chain

from compare.check.grading import workers
from compare.check.grading.duplicates import digest, grouped
from compare.check.grading.entry import Entry
from compare.check.grading.handed_in import Settings, Submission
from compare.check.grading.output_files import Gradebook
from compare.store.provenance import sources
from compare.system.jobs import Workers


@dataclass(frozen=True)
class Plan:
    """``kept`` are entries of an earlier run that would come out the same · ``left`` are groups of
    the same bytes, of which one is judged · ``alike`` are the names of all that are the same ·
    ``keys`` have for each name a fingerprint of all that decides what is written of it.
    """

    kept: tuple[Entry, ...]
    left: tuple[tuple[Submission, ...], ...]
    alike: tuple[tuple[str, ...], ...]
    keys: Mapping[str, str]


def planned(
    submissions: Sequence[Submission],
    book: Gradebook,
    settings: Settings,
    earlier: Iterable[Entry] = (),
) -> Plan:
    """What of the earlier entries is kept, and what is left to judge."""
    digests = {s.name: digest(s) for s in submissions}
    decides = _deciding(book, settings)
    keys = {name: _fingerprint([name, own, decides]) for name, own in digests.items()}
    # not our own errors: they may not come again
    unchanged = tuple(e for e in earlier if keys.get(e.name) == e.key and not e.ours)
    done = {e.name for e in unchanged}
    alike = [tuple(s.name for s in group) for group in grouped(submissions, digests)]
    # grouped without those that are done: of a group one member may be new
    to_judge = grouped([s for s in submissions if s.name not in done], digests)
    return Plan(unchanged, tuple(to_judge), tuple(names for names in alike if len(names) > 1), keys)


def rows(plan: Plan, book: Gradebook, settings: Settings, by: Workers) -> Generator[Entry]:
    """What is written of each that is left, as it is judged.   Raises ClusterUnfit."""
    asked = workers.Asked(settings, book.rubric, book.lang, book.strict)
    with closing(workers.judged(plan.left, asked, by)) as groups:
        for entry in chain.from_iterable(groups):
            yield replace(entry, key=plan.keys[entry.name])


def _deciding(book: Gradebook, settings: Settings) -> str:
    """Of all but the submission itself; this program's own text is the version of it."""
    deciding = [asdict(book.rubric), asdict(settings), book.lang, book.strict]
    # another version may judge otherwise
    return _fingerprint([deciding, sources(), version("numpy"), version("torch")])


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=dict).encode("utf-8")).hexdigest()
