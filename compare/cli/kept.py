"""``board`` and ``clean``: runs that are kept."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.group import LOGDIR, fail


@click.command()
@LOGDIR
@click.option("--port", default=6006, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--load-fast/--no-load-fast",
    default=True,
    help="TensorBoard's fast loader; off where it does not start.",
)
def board(logdir: Path, port: int, load_fast: bool) -> None:
    """Show the newest run in TensorBoard.

    Prints the link that opens on the answer.
    """
    from compare import board as server
    from compare.runs import newest

    directory = newest(logdir)
    if directory is None:
        raise fail(f"no run in {logdir}: make one with `python -m compare run`")
    click.echo(f"{directory}\n\n{server.address(directory, port)}\n\nCtrl-C ends it.")
    status = server.serve(directory, port, load_fast)
    if status:
        raise fail(
            f"TensorBoard ended with status {status}: is port {port} taken? "
            "Try another --port, or --no-load-fast"
        )


@click.command()
@LOGDIR
@click.option(
    "--keep", required=True, type=click.IntRange(min=0), help="How many of the newest runs stay."
)
def clean(logdir: Path, keep: int) -> None:
    """Delete all runs but the newest; other files, and runs that go on, are left alone."""
    from compare import runs

    try:
        deleted, busy = runs.clean(logdir, keep)
    except OSError as error:
        raise fail(f"cannot delete in {logdir}: {error.strerror or error}") from error
    for held in busy:
        click.echo(f"Kept: {held}", err=True)
    click.echo(f"deleted {len(deleted)}, kept {len(runs.runs_in(logdir))} in {logdir}")
