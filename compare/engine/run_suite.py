"""Select cases and run them: what the command does, as a function."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from compare.cases import datasets
from compare.engine.checkpointing import Checkpoints
from compare.engine.on_cluster import judged_on_cluster
from compare.engine.processes import Processes
from compare.engine.result import CaseResult, RunResult
from compare.engine.run_case import Live, OnStep
from compare.engine.selection import check_seed, table
from compare.engine.suite import BesideTorch, Judged, Suite, judged
from compare.language.message import message
from compare.system.errors import UsageError
from compare.system.interpreter import check_packages_are_ours
from compare.system.torch_settings import using_threads

A_TRAINING = 0.4  # seconds that one takes at the least, of those that the course has


def run(
    *names: str,
    pattern: str = "",
    dtype: str | None = None,
    seed: int = 0,
    steps: int | None = None,
    force_every: int | None = None,
    fail_fast: bool = False,
    data_dir: str | Path | None = None,
    jobs: int | None = 1,
    cluster: str = "",
    threads: int = 1,
    on_result: Callable[..., None] | None = None,
    on_step: OnStep | None = None,
    checkpoints: Checkpoints | None = None,
    drawn: Callable[[CaseResult], Any] | None = None,
    live: Live | None = None,
    beside: BesideTorch | None = None,
) -> RunResult:
    """Compare scratch with torch on the named cases (all, where none is named).

    dtype "float64", "float32", both of them (None), "float16" or "bfloat16" · seed >= 0 · data_dir
    holds IDX files · steps of every training run · force_every: give torch's state to scratch every
    so many steps · jobs: processes, with the same results in the same order; None: the cores, where
    that is quicker; what another process judged has no ``evidence`` · cluster: the address of a
    Dask scheduler, tcp://HOST:PORT, whose workers judge instead, of each training all at once ·
    threads of torch, meanwhile · on_result is called after each case, on_step(id, step, steps)
    after each step · checkpoints: where training runs are kept while they go on · drawn: a module's
    function, called on each result in the process that has it; on_result is given what it returned
    as well · live: what is given the curves of a training case after each step, there as well ·
    beside: what stands in the place of scratch.
    Ctrl-C ends the run early, with the results so far.
    Raises UsageError as ``select`` does, and for a negative seed; CorruptData for a damaged file;
    ClusterUnfit.
    """
    _check(seed, jobs)
    suite = Suite(
        names, pattern, dtype, steps, seed, force_every, data_dir, checkpoints, drawn, threads,
        live, beside,
    )  # fmt: skip

    def seen(each: Judged) -> None:
        if on_result:
            on_result(each.result, *((each.drawn,) if drawn else ()))

    return _run(suite, seen, fail_fast, jobs, cluster, on_step)


def _run(
    suite: Suite,
    seen: Callable[[Judged], None],
    fail_fast: bool,
    jobs: int | None,
    cluster: str,
    on_step: OnStep | None,
) -> RunResult:
    """Every case of a suite until the end, the first failure or Ctrl-C, each shown as it comes."""
    started, beside = time.perf_counter(), suite.beside
    results: list[CaseResult] = []
    interrupted, selected = False, 0
    try:
        selected = len(suite.pairs)
        threads, cases = suite.threads, _judged(suite, jobs, cluster, on_step)
        with using_threads(threads), closing(cases):
            for each in cases:
                results.append(each.result)
                seen(each)
                if fail_fast and each.result.fails:
                    break
    # what was judged so far is returned, so that it can be reported and resumed
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if beside:
            beside.close()
    seconds, notes = time.perf_counter() - started, beside.notes if beside else ()
    problems = table().problems
    return RunResult(tuple(results), selected, suite.seed, seconds, interrupted, problems, notes)


def _check(seed: int, jobs: int | None) -> None:
    # before anything is imported from a package: a learner's own scratch.py would be judged instead
    hidden = check_packages_are_ours()
    if hidden:
        raise UsageError(hidden)
    check_seed(seed)
    if jobs is not None and jobs < 1:
        raise UsageError(message("{jobs} jobs: there must be 1 or more", jobs=jobs))


def _judged(
    suite: Suite, jobs: int | None, cluster: str, on_step: OnStep | None
) -> Generator[Judged, None, None]:
    """Every case of the suite, in order: here, in as many processes, or on a cluster."""
    number = min(_cores() if jobs is None else jobs, len(suite.pairs))
    # around all cases: the data set of a case is loaded when it is built
    with datasets.data_dir(suite.folder):
        if cluster:
            yield from judged_on_cluster(suite, cluster)
        elif number < 2:
            yield from (judged(suite, k, on_step) for k in range(len(suite.pairs)))
        elif jobs is not None:
            yield from _in_processes(suite, number, 0, on_step)
        else:
            yield from _where_it_is_quicker(suite, number, on_step)


def _where_it_is_quicker(suite: Suite, number: int, on_step: OnStep | None) -> Iterator[Judged]:
    """Here at first; in processes, once what is left takes longer here than with their start."""
    # measured: a process imports what this one did, and the other cases are like those so far;
    # but for trainings, which come late and take longer
    start, total = time.process_time(), len(suite.pairs)
    trainings = sum(case.training for case, _ in suite.pairs)
    began = time.perf_counter()
    for k in range(total):
        yield judged(suite, k, on_step)
        spent = time.perf_counter() - began
        trainings -= suite.pairs[k][0].training
        left = max(spent / (k + 1) * (total - k - 1), A_TRAINING * trainings)
        saved = left * (1 - 1 / number)
        if spent > start / 4 and saved > start:
            yield from _in_processes(suite, number, k + 1, on_step, is_waited_for=False)
            return


def _in_processes(
    suite: Suite, number: int, first: int, on_step: OnStep | None, is_waited_for: bool = True
) -> Iterator[Judged]:
    """The cases from there on; some more of them here, until a process has started."""
    tell = suite.checkpoints.tell if suite.checkpoints else print
    processes = Processes(suite, number, on_step, tell)
    try:
        while not is_waited_for and first < len(suite.pairs) and not processes.ready:
            yield judged(suite, first, on_step)
            first += 1
        yield from processes.judged(first)
    finally:
        processes.end()


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on Windows and macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
