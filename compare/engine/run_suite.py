"""Select cases and run them: what the command does, as a function."""

from __future__ import annotations

import difflib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare.arithmetic.formats import COARSE, DTYPES
from compare.cases import CASES
from compare.core.case import Case, Outcome
from compare.core.implementation import check_packages_are_ours
from compare.engine.run_case import CaseResult
from compare.system.errors import UsageError

if TYPE_CHECKING:
    from compare.store.checkpoints import Checkpoints


@dataclass(frozen=True)
class RunResult(Sequence[CaseResult]):
    """The results of a run, in order; ``result["affine"]`` finds one by name or id."""

    results: tuple[CaseResult, ...]
    selected: int
    seed: int
    seconds: float
    interrupted: bool = False
    problems: tuple[str, ...] = ()  # with case packs: what they offer may not have been run

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        if isinstance(key, (int, slice)):
            return self.results[key]
        for result in self.results:
            if key in (result.case.name, result.id):
                return result
        raise KeyError(f"{key!r}: this run has {', '.join(r.id for r in self.results)}")

    def __len__(self) -> int:
        return len(self.results)

    @property
    def passed(self) -> bool:
        """Whether everything selected was run, nothing failed, and no case pack is broken."""
        return not self.interrupted and not self.failures and not self.problems

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

    def __str__(self) -> str:
        from compare.report.text import run_text

        return run_text(self)


@dataclass(frozen=True)
class Table:
    """Every case there is, those of installed packs last, and what is wrong with a pack."""

    cases: tuple[Case, ...]
    problems: tuple[str, ...] = ()


def table() -> Table:
    """The course's cases, and those that installed distributions offer (``cases.plugins``)."""
    from compare.cases.plugins import packs

    found = packs([case.name for case in CASES])
    cases = [*CASES, *(case for pack in found for case in pack.cases)]
    return Table(tuple(cases), tuple(p for pack in found for p in pack.problems))


def select(
    names: Sequence[str] = (), pattern: str = "", dtype: str | None = None
) -> list[tuple[Case, str]]:
    """The (case, dtype) pairs that are asked for, in the table's order.

    names: of cases (``affine``), of groups (``affine.*``), or ids (``affine[float64 ...]``); none
    means all · pattern: a regular expression that an id has to contain.
    Raises UsageError for an unknown name, dtype or a pattern that is no regular expression.
    """
    if dtype is not None and dtype not in (*DTYPES, *COARSE):
        raise UsageError(f"unknown dtype {dtype!r}: choose {', '.join((*DTYPES, *COARSE))}")
    try:
        matches = re.compile(pattern).search
    except re.error as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from error
    wanted = [dtype] if dtype else DTYPES
    known = table()
    pairs = [(c, t) for c in known.cases for t in wanted if c.runs_in(t) and matches(c.id(t))]
    if not names:
        return pairs
    found: dict[str, tuple[Case, str]] = {}
    for name in names:
        plain, steps = _without_steps(name)
        _check_name(plain, known)
        for c, t in pairs:
            if _is_named(plain, c, t):
                case = c.with_steps(steps) if steps else c
                found[case.id(t)] = (case, t)
    order = [c.name for c in known.cases]
    return sorted(found.values(), key=lambda pair: (order.index(pair[0].name), _steps(pair[0])))


def with_steps(pairs: list[tuple[Case, str]], steps: int | None) -> list[tuple[Case, str]]:
    """The training runs among these cases with so many steps, the others as they are.

    Raises UsageError for less than one step, or where none of the cases trains.
    """
    if steps is None:
        return pairs
    if steps < 1:
        raise UsageError(f"{steps} steps: there must be 1 or more")
    if not any(c.training for c, _ in pairs):
        raise UsageError("none of these cases is a training run: leave --steps out")
    return [(c.with_steps(steps) if c.training else c, t) for c, t in pairs]


def _steps(case: Case) -> int:
    return case.sizes.get("T", 0) if case.training else 0


def _without_steps(name: str) -> tuple[str, int | None]:
    """An id of a run whose number of steps was chosen, as that of the case in the table."""
    found = re.fullmatch(r"(mlp|exercise|descent)(\..*) T=(\d+)\]", name)
    return (f"{found[1]}{found[2]}]", int(found[3])) if found else (name, None)


def _is_named(name: str, case: Case, dtype: str) -> bool:
    if name.endswith(".*"):
        return f"{case.name}.".startswith(name.removesuffix("*"))
    return name in (case.name, case.id(dtype))


def _check_name(name: str, table: Table) -> None:
    dtypes = (*DTYPES, *COARSE)
    if any(_is_named(name, c, t) for c in table.cases for t in dtypes if c.runs_in(t)):
        return
    known = [c.name for c in table.cases] + [c.id(t) for c in table.cases for t in c.dtypes]
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    advice = f"did you mean {', '.join(nearest)}?" if nearest else "see `python -m compare list`"
    raise UsageError("\n".join([f"unknown case {name!r}: {advice}", *table.problems]))


def check_seed(seed: int) -> None:
    """Raise UsageError for a seed that no generator takes."""
    if seed < 0:
        raise UsageError(f"the seed is {seed}: it must be 0 or more")


def run(
    *names: str,
    pattern: str = "",
    dtype: str | None = None,
    seed: int = 0,
    steps: int | None = None,
    force_every: int | None = None,
    fail_fast: bool = False,
    data_dir: str | Path | None = None,
    on_result: Callable[[CaseResult], None] | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
    checkpoints: Checkpoints | None = None,
) -> RunResult:
    """Compare scratch with torch on the named cases (all, where none is named).

    dtype "float64", "float32", both of them (None), "float16" or "bfloat16" · seed >= 0 · data_dir
    holds IDX files · steps of every training run · force_every: give torch's state to scratch every
    so many steps · on_result is called after each case, on_step(id, step, steps) after each step ·
    checkpoints: where training runs are kept while they go on.
    Ctrl-C ends the run early, with the results so far.
    Raises UsageError as ``select`` does, and for a negative seed; CorruptData for a damaged file.
    """
    hidden = check_packages_are_ours()
    if hidden:
        raise UsageError(hidden)
    check_seed(seed)
    pairs = with_steps(select(names, pattern, dtype), steps)
    started = time.perf_counter()
    results: list[CaseResult] = []
    interrupted = False
    try:
        asked = {"force_every": force_every, "on_step": on_step, "checkpoints": checkpoints}
        for result in _results(pairs, seed, data_dir, **asked):
            results.append(result)
            if on_result:
                on_result(result)
            if fail_fast and result.fails:
                break
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - started
    return RunResult(tuple(results), len(pairs), seed, seconds, interrupted, table().problems)


def _results(
    pairs: list[tuple[Case, str]], seed: int, folder: str | Path | None, **asked: Any
) -> Iterator[CaseResult]:
    from compare.cases import datasets
    from compare.engine.run_case import run_case

    with datasets.data_dir(folder):
        for case, dtype in pairs:
            yield run_case(case, dtype, seed, **asked)
