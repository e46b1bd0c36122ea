"""``bench``: the tool itself, measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from compare.cli.progress import Progress
from compare.cli.shared import CLUSTER, PathType, fail, with_jobs
from compare.language.choice import told
from compare.language.system_errors import reason
from compare.system.atomic_files import write_atomically
from compare.system.errors import UserError
from compare.system.exit_codes import DIFFERENT
from compare.system.jobs import Workers
from compare.system.torch_settings import use_threads


@click.group()
def bench() -> None:
    """Measure the tool itself."""


def _options(name: str) -> Callable[[Any], Any]:
    """--short, --out, --jobs and --cluster, the same for every measurement."""
    out = click.option(
        "--out",
        default=f"runs/bench-{name}",
        show_default=True,
        type=PathType(),
        help="Folder of records, table, JSON and figure; what is there already is not run again.",
    )
    short = click.option("--short", is_flag=True, help="A small sample, in a minute or so.")
    return lambda f: short(out(with_jobs(1)(CLUSTER(f))))


@bench.command("judge", short_help="False alarms on correct code, detection of faults, cost.")
@_options("judge")
def bench_judge(short: bool, out: Path, jobs: int, cluster: str) -> None:
    """False alarms on correct code, detection of faults, and the cost, as measured.

    Beside torch assert_close, NumPy's and SciPy's defaults. A run that was cut off goes on where
    it stopped. It takes some fifteen minutes.
    """

    _measured("judge", short, out, Workers(jobs, cluster))


@bench.command("training", short_help="Training runs that must pass, and bugs that begin late.")
@_options("training")
def bench_training(short: bool, out: Path, jobs: int, cluster: str) -> None:
    """Correct training runs that must pass, and bugs that begin late, whose step must be named.

    A run that was cut off goes on where it stopped. It takes about an hour, or less with --jobs 2.
    """

    _measured("training", short, out, Workers(jobs, cluster))


@bench.command("diagnosis", short_help="Planted bugs and their causes, and correct variants.")
@_options("diagnosis")
def bench_diagnosis(short: bool, out: Path, jobs: int, cluster: str) -> None:
    """Planted bugs that must get their cause, and correct variants that must pass.

    A run that was cut off goes on where it stopped. It takes about an hour with --jobs 2.
    """

    _measured("diagnosis", short, out, Workers(jobs, cluster))


@bench.command("mutation", short_help="Mutants of scratch, each of which must fail a case.")
@_options("mutation")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the small sample."
)
def bench_mutation(short: bool, out: Path, jobs: int, cluster: str, seed: int) -> None:
    """Mutants of scratch by its syntax tree: every one that changes a number must fail a case.

    Those that are alive are listed with the reason; it ends with 1 where one has none. A run that
    was cut off goes on where it stopped, unless a source has changed. It takes some five minutes.
    """
    report, result = _measured(
        "mutation", short, out, Workers(jobs, cluster), **({"seed": seed} if short else {})
    )
    if not report.passed(result):
        sys.exit(DIFFERENT)


@bench.command("pairs", short_help="Right and faulty twins of torch.nn, judged as any pair is.")
@_options("pairs")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    help="Right pairs, and faulty ones, of each module and function; by default 1,000 of each.",
)
def bench_pairs(short: bool, out: Path, jobs: int, cluster: str, seeds: int | None) -> None:
    """Modules and functions of torch.nn beside right and faulty twins, judged as any pair is.

    What assert_equivalent makes of them, beside torch's assert_close on float32 outputs: false
    alarms, misses, and whether the first place is named rightly. It ends with 1 where there are
    any. A run that was cut off goes on where it stopped. It takes some five minutes.
    """
    sample = {"correct": seeds, "per_fault": seeds} if seeds else {}
    report, result = _measured("pairs", short, out, Workers(jobs, cluster), **sample)
    if not report.passed(result):
        sys.exit(DIFFERENT)


@bench.command("speed", short_help="A training step beside torch's and scikit-learn's.")
@_options("speed")
def bench_speed(short: bool, out: Path, jobs: int, cluster: str) -> None:
    """A training step of scratch beside torch, torch.compile and scikit-learn, and each optimizer.

    In float32 and float64, with one thread and two, from a thousand to a hundred million
    parameters; contenders by turns, medians. Two --jobs share the machine, and so do their figures.
    It takes some fifteen minutes.
    """
    _measured("speed", short, out, Workers(jobs, cluster))


def _measured(
    name: str, short: bool, out: Path, workers: Workers, **sample: int
) -> tuple[ModuleType, dict[str, Any]]:
    """Run a measurement, and write and print what its report says."""
    from compare.bench.registry import MEASUREMENTS  # imports torch and matplotlib

    what, report = MEASUREMENTS[name]
    use_threads(1)  # arrays are small here, and one order of summation repeats its bits
    size = replace(what.SHORT if short else what.FULL, **sample)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with closing(Progress(len(what.keys(size)))) as progress:
            records = what.run(
                size, out / "records.jsonl", advance=progress.advance, workers=workers
            )
        result = report.summary(records)
        write_atomically(out / "table.txt", report.table(result) + "\n")
        write_atomically(out / "summary.json", json.dumps(result, indent=1) + "\n")
        report.figure(result).savefig(out / "figure.png")
    except UserError as error:  # of the cluster
        raise fail(told(str(error))) from error
    except RuntimeError as error:  # bench judge, where long double is double
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"cannot write to --out {out}: {reason(error)}") from error
    click.echo(report.table(result) + f"\nWritten to {out}")
    return report, result
