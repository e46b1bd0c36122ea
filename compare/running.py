"""One side at work on a problem: its own copy of the arrays, and whatever it does is a finding."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from compare.case import Case, Outcome
from compare.digest import Digest
from compare.problem import Problem, each, fingerprint
from compare.sides import Side
from compare.trace import Trace
from compare.verdict import Comparison


class Running:
    """One side at work: its own copy of the arrays, what it raised, and what it warned of."""

    def __init__(self, case: Case, side: Side, problem: Problem) -> None:
        self.side, self.problem = side, problem
        self.events: list[Comparison] = []
        self.warned: set[str] = set()
        self.given = {name: side.given(a) for name, a in problem.arrays.items()}
        self.digest = Digest()
        self.program = case.program.run(side, dict(self.given))

    def next(self) -> Trace | None:
        """The next trace in NumPy, or None at the end or after an exception."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trace = None
            try:
                trace = self._in_numpy(next(self.program, None))
            except (Exception, SystemExit) as error:  # whatever a side does is a finding
                self.events.append(self._event("error", line_of(error), Outcome.ERROR))
        for w in caught:
            text = f"{w.message} ({Path(w.filename).name}:{w.lineno})"
            if text not in self.warned:
                self.warned.add(text)
                self.events.append(self._event("warning", text, Outcome.DIFFERENT))
        return trace

    def _in_numpy(self, trace: Trace | None) -> Trace | None:
        if trace is None:
            return None
        shown = replace(trace, values={k: self.side.to_numpy(v) for k, v in trace.values.items()})
        self.digest.update(shown)
        return shown

    def take_events(self) -> list[Comparison]:
        """What was raised or warned of since the last call."""
        taken, self.events = self.events, []
        return taken

    def _event(self, kind: str, text: str, outcome: Outcome) -> Comparison:
        return Comparison(f"{kind}/{self.side.name}", outcome, text)

    def untouched(self) -> Iterator[Comparison]:
        """Whether every array that was handed in still has the fingerprint of the Problem."""
        for name, values in self.given.items():
            same = fingerprint(each(self.side.to_numpy, values)) == self.problem.fingerprints[name]
            reason = "" if same else f"{self.side.name} changed its input {name} in place"
            outcome = Outcome.SAME if same else Outcome.DIFFERENT
            yield Comparison(f"input/{name}/{self.side.name}", outcome, reason, total=1)


def line_of(error: BaseException) -> str:
    """What a side raised, and where, on one line."""
    if isinstance(error, SyntaxError):  # it names the place itself; the frames are the importer's
        return f"{type(error).__name__}: {error}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__}: {error} ({where}, in {frame.name})"
