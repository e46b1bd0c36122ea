"""What became of a case, and of a run: plain data, which every report reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compare.core.case import Case
from compare.core.outcome import PROCESS_DIED, Outcome
from compare.core.shown import Shown
from compare.engine.digest import combined
from compare.engine.error_kind import ErrorKind
from compare.judge.evidence import Apart, Evidence
from compare.judge.training.curves import Curve, Snapshot
from compare.judge.verdict import Verdict
from compare.system.command_line import stored


@dataclass(frozen=True, repr=False)
class CaseResult(Shown):
    """What became of one case in one dtype; ``str()`` of it is what the command prints.

    ``options`` are what the command needs besides the id and the seed, to run it again.

    Of a training run: ``curves`` of values (step, yours, torch's), ``errors`` by kind of quantity
    (step, error, limit), a few ``snapshots`` of everything, and the step at which both diverge.
    """

    case: Case
    id: str
    dtype: str
    seed: int
    verdict: Verdict
    skipped: str = ""
    fingerprint: str = ""
    evidence: Evidence | None = None
    watched: Evidence | None = None
    apart: tuple[Apart, ...] = ()  # the first difference from a noise floor, and what was watched
    curves: Mapping[str, Curve] = field(default_factory=dict)
    errors: Mapping[str, Curve] = field(default_factory=dict)
    snapshots: tuple[Snapshot, ...] = ()
    diverges_at: int | None = None
    error_kind: ErrorKind | None = None
    unseen: tuple[str, ...] = ()  # what a sound result says nothing of
    # quantity -> how large a fault has to be, of a usual value, where the limit was measured
    resolution: Mapping[str, float] = field(default_factory=dict)
    ruled: str = ""  # who is wrong, where no evidence says so
    formula: str = ""  # by which the first wrong name is computed
    written: tuple[str, ...] = ()  # what of the wrong side does that: scratch.affine.affine
    cause: str = ""  # the known mistake that it is
    seconds: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)  # seconds of each part of the work
    bits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # side, quantity → digest
    options: tuple[str, ...] = ()
    whose: str = ""  # whose code ran, of somebody's file beside that of the course

    @property
    def outcome(self) -> Outcome:
        """The verdict's outcome, or skipped."""
        return Outcome.SKIPPED if self.skipped else self.verdict.outcome

    @property
    def fails(self) -> bool:
        """Whether the run is to end with exit code 1 because of it."""
        return self.outcome not in (Outcome.SAME, Outcome.SKIPPED)

    @property
    def died(self) -> bool:
        """Whether a process died in it, so that it is to be run again."""
        return any(c.name == PROCESS_DIED for c in self.verdict.comparisons)

    @property
    def digests(self) -> dict[str, str]:
        """One digest of every bit that a side computed, of ``yours`` and of ``torch``."""
        return {side: combined(by_quantity) for side, by_quantity in self.bits.items()}

    @property
    def reproduce(self) -> str:
        """The command that runs this case again, as it is stored."""
        return self.case.again or stored("run", self.id, "--seed", str(self.seed), *self.options)


@dataclass(frozen=True, repr=False)
class RunResult(Shown, Sequence[CaseResult]):
    """The results of a run, in order; ``result["affine"]`` finds one by name or id."""

    results: tuple[CaseResult, ...]
    selected: int
    seed: int
    seconds: float
    interrupted: bool = False
    problems: tuple[str, ...] = ()  # with case packs: what they offer may not have been run
    notes: tuple[str, ...] = ()  # what was not run of what was asked for

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        if isinstance(key, (int, slice)):  # a Sequence of results as well as a mapping
            return self.results[key]
        for result in self.results:
            if key in (result.case.name, result.id):
                return result
        raise KeyError(f"{key!r}: this run has {', '.join(r.id for r in self.results)}")

    def __len__(self) -> int:
        return len(self.results)

    @property
    def passed(self) -> bool:
        """Whether all that was selected was run, something compared, nothing failed or broken."""
        return self.compared and not (self.interrupted or self.failures or self.problems)

    @property
    def compared(self) -> bool:
        """Whether a case was compared: one that is skipped is not."""
        return any(r.outcome is not Outcome.SKIPPED for r in self.results)

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that fail, in order."""
        return tuple(r for r in self.results if r.fails)

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many cases ended in which outcome."""
        return dict(Counter(r.outcome for r in self.results))

    @property
    def ledger(self) -> dict[str, int]:
        """How many names, over all cases, ended in which outcome."""
        total: Counter[str] = Counter()
        for r in self.results:
            total.update(r.verdict.ledger)
        return dict(total)
