"""The curves of a training case while it goes on, in files of their own that go when it is judged.

One folder a case, ``live/mlp.digits.float64/``, with the runs in it that the whole curves are in
later: what is written for good is the same as if nobody had watched, and nothing is there twice.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from compare.core.case import Case
from compare.judge.training.curves import Curve, Curves
from compare.report.tensorboard.case_cards import add_curves, case_tag, mine_of
from compare.report.tensorboard.event_files import EventWriter
from compare.report.tensorboard.events import Events
from compare.report.tensorboard.serving.link import LIVE, SCRATCH
from compare.store.curve_files import file_name
from compare.system.atomic_files import append_whole

EVERY = 2.0  # seconds between two writings: TensorBoard looks no oftener
COST = 100  # times what the last one took lie between them as well: at most 1% is spent on them


@dataclass(frozen=True)
class LiveCurves:
    """Those of a run directory; it can be sent to the processes that judge."""

    directory: Path
    clock: Callable[[], float] = time.monotonic

    def __call__(self, case: Case, dtype: str) -> Callable[[Curves], None]:
        """What writes the curves of a case, where it is time for it."""
        folder = self._folder(case.name, dtype)
        tag = case_tag(case.name, dtype)
        return _Follower(folder, tag, self.clock, mine_of(case)).after_step

    def discard(self, case: str = "", dtype: str = "") -> None:
        """Delete those of a case, which are written for good now; or of all."""
        folder = self._folder(case, dtype) if case else self.directory / LIVE
        shutil.rmtree(folder, ignore_errors=True)  # what stays is seen once more, and harms nothing

    def _folder(self, case: str, dtype: str) -> Path:
        return self.directory / LIVE / file_name(case, dtype).removesuffix(".npz")


class _Follower:
    """Appends what is new of a case's curves."""

    def __init__(
        self, folder: Path, tag: str, clock: Callable[[], float], mine: str = SCRATCH
    ) -> None:
        self._folder, self._tag, self._clock, self._mine = folder, tag, clock, mine
        self._due = clock() + EVERY
        self._written = 0  # the last step that is in the files
        self._largest = 0.0  # error over its limit, up to that step
        self._files: dict[str, Path] = {}

    def after_step(self, curves: Curves) -> None:
        """Write, where it is time for it."""
        began = self._clock()
        if began < self._due:
            return
        try:
            self._write(curves)
        except OSError:  # the record says what cannot be written: this is a view of a moment
            self._due = float("inf")
            return
        ended = self._clock()
        self._due = ended + max(EVERY, COST * (ended - began))

    def _write(self, curves: Curves) -> None:
        values, errors = self._new(curves.values), self._new(curves.errors)
        events = Events()
        self._largest = add_curves(events, self._tag, values, errors, self._largest, self._mine)
        for run, records in events.by_run.items():
            if run not in self._files:
                begun = EventWriter(self._folder / run)
                begun.close()  # between two writings nothing is open: it may end at any step
                self._files[run] = begun.path
            with self._files[run].open("ab", buffering=0) as file:
                append_whole(file, records)
        steps = [curve[-1][0] for curve in (*values.values(), *errors.values()) if curve]
        self._written = max([self._written, *steps])

    def _new(self, curves: Mapping[str, Curve]) -> dict[str, Curve]:
        """What came since: a long run thins out what is there, and repeats none of it."""
        after = self._written
        return {n: tuple(p for p in curve if p[0] > after) for n, curve in curves.items()}
