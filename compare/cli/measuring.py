"""``bench``: the tool itself, measured."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import click

from compare.cli.group import fail


@click.group()
def bench() -> None:
    """Measure the tool itself."""


@bench.command("judge")
@click.option("--short", is_flag=True, help="A few hundred problems in place of 10,000 a dtype.")
@click.option(
    "--out",
    default="runs/bench-judge",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of records, table, JSON and figure; what is there already is not run again.",
)
def bench_judge(short: bool, out: Path) -> None:
    """False alarms on correct code, detection of faults, and the cost, as measured.

    Beside torch assert_close, NumPy's and SciPy's defaults. A run that was cut off goes on where
    it stopped. It takes some ten minutes.
    """
    import torch

    from compare.bench import judging
    from compare.files import write_atomically
    from compare.progress import Progress

    torch.set_num_threads(1)
    size = judging.SHORT if short else judging.FULL
    try:
        out.mkdir(parents=True, exist_ok=True)
        with closing(Progress(judging.count(size))) as progress:
            records = judging.run(size, out / "records.jsonl", advance=progress.advance)
        result = judging.summary(records)
        write_atomically(out / "table.txt", judging.table(result))
        write_atomically(out / "summary.json", json.dumps(result, indent=1) + "\n")
        judging.figure(result).savefig(out / "figure.png")
    except RuntimeError as error:
        raise fail(str(error)) from error
    except OSError as error:
        raise fail(f"cannot write to --out {out}: {error.strerror or error}") from error
    click.echo(judging.table(result) + f"\nWritten to {out}")
