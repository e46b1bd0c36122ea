"""Select cases and run them: what the command does, as a function."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from compare.cases import datasets
from compare.core.case import Case
from compare.engine.checkpointing import Checkpoints
from compare.engine.result import CaseResult, RunResult
from compare.engine.run_case import run_case
from compare.engine.selection import check_seed, options_again, select, table, with_steps
from compare.system.errors import UsageError
from compare.system.interpreter import check_packages_are_ours


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
    # before anything is imported from a package: a learner's own scratch.py would be judged instead
    hidden = check_packages_are_ours()
    if hidden:
        raise UsageError(hidden)
    check_seed(seed)
    pairs = with_steps(select(names, pattern, dtype), steps)
    started = time.perf_counter()
    results: list[CaseResult] = []
    interrupted = False
    try:
        options = {"force_every": force_every, "on_step": on_step, "checkpoints": checkpoints}
        for result in _results(pairs, seed, data_dir, **options):
            results.append(result)
            if on_result:
                on_result(result)
            if fail_fast and result.fails:
                break
    # what was judged so far is returned, so that it can be reported and resumed
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - started
    return RunResult(tuple(results), len(pairs), seed, seconds, interrupted, table().problems)


def _results(
    pairs: list[tuple[Case, str]], seed: int, folder: str | Path | None, **options: Any
) -> Iterator[CaseResult]:

    # around all cases: the data set of a case is loaded when it is built
    with datasets.data_dir(folder):
        for case, dtype in pairs:
            result = run_case(case, dtype, seed, **options)
            yield replace(result, options=options_again(case, folder, options["force_every"]))
