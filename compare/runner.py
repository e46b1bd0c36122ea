"""Run a case on two sides, step by step beside each other, and judge what they computed."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from compare.case import Case, Outcome, Unavailable
from compare.data import CorruptData
from compare.digest import Digest, combined
from compare.elementwise import gap, unlike
from compare.formats import COARSE
from compare.judge import MINE, REFERENCE, Exhibit, Judge, compared_at
from compare.problem import Problem, build, fingerprint
from compare.rounded import FORMATS
from compare.sides import Side, numpy_side, torch_side
from compare.specification import Specification, chained
from compare.trace import Trace
from compare.verdict import Comparison, Verdict, conclude

# The course's code computes in it; a printed -1e-7 is less than float32's rounding of 1.
PRINTED_IN = "float64"


@dataclass(frozen=True)
class CaseResult:
    """What became of one case in one dtype; ``str()`` of it is what the command prints."""

    case: Case
    id: str
    dtype: str
    seed: int
    verdict: Verdict
    skipped: str = ""
    fingerprint: str = ""
    exhibit: Exhibit | None = None
    watched: Exhibit | None = None
    seconds: float = 0.0
    bits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # side, quantity → digest

    @property
    def outcome(self) -> Outcome:
        """The verdict's outcome, or skipped."""
        return Outcome.SKIPPED if self.skipped else self.verdict.outcome

    @property
    def fails(self) -> bool:
        """Whether the run is to end with exit code 1 because of it."""
        return self.outcome not in (Outcome.SAME, Outcome.SKIPPED)

    @property
    def digests(self) -> dict[str, str]:
        """One digest of every bit that a side computed, of ``yours`` and of ``torch``."""
        return {side: combined(by_quantity) for side, by_quantity in self.bits.items()}

    @property
    def reproduce(self) -> str:
        """The command that runs this case again."""
        return f"python -m compare run '{self.id}' --seed {self.seed}"

    def __str__(self) -> str:
        from compare.report.text import case_text

        return case_text(self)


class _Running:
    """One side at work: its own copy of the arrays, what it raised, and what it warned of."""

    def __init__(self, case: Case, side: Side, problem: Problem) -> None:
        self.side, self.problem = side, problem
        self.copies = {name: _copied(a) for name, a in problem.arrays.items()}
        self.events: list[Comparison] = []
        self.warned: set[str] = set()
        self.given = {name: _map(side.from_numpy, a) for name, a in self.copies.items()}
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
                self.events.append(self._event("error", _line(error), Outcome.ERROR))
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
            same = fingerprint(_map(self.side.to_numpy, values)) == self.problem.fingerprints[name]
            reason = "" if same else f"{self.side.name} changed its input {name} in place"
            outcome = Outcome.SAME if same else Outcome.DIFFERENT
            yield Comparison(f"input/{name}/{self.side.name}", outcome, reason, total=1)


def _copied(values: Any) -> Any:
    return _map(np.copy, values)


def _map(f: Any, values: Any) -> Any:
    return tuple(f(v) for v in values) if isinstance(values, tuple) else f(values)


def _line(error: BaseException) -> str:
    if isinstance(error, SyntaxError):  # it names the place itself; the frames are the importer's
        return f"{type(error).__name__}: {error}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__}: {error} ({where}, in {frame.name})"


def _goldens(
    case: Case, specification: Specification, dtype: str, side: str, trace: Trace | None
) -> Iterator[Comparison]:
    """Each side against the printed value: half a unit of its last digit, and both's rounding."""
    if trace is None or dtype != PRINTED_IN or not case.golden:
        return
    with np.errstate(all="ignore"):
        chain = chained(specification, FORMATS[PRINTED_IN])
    for name, text in case.golden.items():
        if name not in trace.values:
            yield Comparison(f"golden/{name}/{side}", Outcome.DIFFERENT, "is missing")
            continue
        limit = 2 * chain[name].limit() if name in chain else 0.0
        yield _golden(f"golden/{name}/{side}", trace.values[name], text.split(), limit)


def _golden(
    name: str, values: np.ndarray, tokens: list[str], rounding: np.ndarray | float
) -> Comparison:
    printed = np.array(tokens, dtype=np.float64)
    printed = printed.reshape(values.shape) if printed.size == values.size else printed
    reason = unlike(values, printed)
    if reason:
        return Comparison(name, Outcome.DIFFERENT, reason, total=printed.size)
    rounding = rounding if np.shape(rounding) == printed.shape else 0.0
    allowed = max(_half_unit(token) for token in tokens) + rounding
    compared = compared_at(name, gap(values, printed, allowed), values, printed, printed)
    return replace(compared, reason="the value that the course prints")


def _half_unit(text: str) -> float:
    mantissa, _, exponent = text.partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def run_case(
    case: Case,
    dtype: str,
    seed: int = 0,
    mine: Side | None = None,
    reference: Side | None = None,
    watch: str = "",
) -> CaseResult:
    """Build the problem, run both sides on it step by step, and judge.

    mine: the side under test, the scratch package by default · reference: torch by default ·
    watch: the full name of a comparison whose Exhibit is kept, beside that of the first failure.
    """
    started = time.perf_counter()
    mine, reference = mine or numpy_side(rounded_to=dtype), reference or torch_side()
    result = CaseResult(case, case.id(dtype), dtype, seed, Verdict(()))
    try:
        problem = build(case, dtype, seed)
    except Unavailable as why:
        return replace(result, skipped=str(why))
    except CorruptData:
        raise
    except Exception as error:  # scratch draws the weights, and may not even be importable
        cause = Comparison("error/problem", Outcome.ERROR, _line(error))
        return replace(result, verdict=Verdict((cause,)))
    specification = case.program.specify(problem.arrays)
    judge = Judge(case, specification, inexact=dtype in COARSE, watch=watch)
    sides = [_Running(case, mine, problem), _Running(case, reference, problem)]
    comparisons = _judge_all(case, problem, specification, judge, sides)
    return replace(
        result,
        verdict=conclude(case.known_in(dtype), comparisons, judge.unseen),
        fingerprint=_combined(problem.fingerprints),
        exhibit=judge.first_failure,
        watched=judge.exhibit,
        seconds=time.perf_counter() - started,
        bits=dict(zip((MINE, REFERENCE), (s.digest.by_quantity() for s in sides), strict=True)),
    )


def _combined(fingerprints: Mapping[str, str]) -> str:
    return fingerprint(np.array(sorted(f"{k}={v}" for k, v in fingerprints.items()), dtype="S64"))


def _judge_all(
    case: Case,
    problem: Problem,
    specification: Specification,
    judge: Judge,
    sides: list[_Running],
) -> list[Comparison]:
    judged: list[Comparison] = []
    last: dict[str, Trace] = {}
    while True:
        traces = [running.next() for running in sides]
        for running, trace in zip(sides, traces, strict=True):
            judged += running.take_events()
            if trace is not None:
                last[running.side.name] = trace
        if not any(traces):
            break
        judged += judge.pair(*traces)
    for running in sides:
        name = running.side.name
        judged += _goldens(case, specification, problem.dtype, name, last.get(name))
    return [*judged, *(c for running in sides for c in running.untouched())]
