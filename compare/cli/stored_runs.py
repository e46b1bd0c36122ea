"""``diff``, ``replay`` and ``clean``: runs that are kept."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compare.cli import replay_run as replaying
from compare.cli.shared import LOGDIR, fail, mistakes_told
from compare.language.choice import _
from compare.language.system_errors import reason
from compare.report import diff_text, replay_text
from compare.store import directories
from compare.store.diff import difference
from compare.store.reader import StoredRun, find, load
from compare.system.exit_codes import DIFFERENT, SAME

_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, with nothing left out.")


@click.command(
    epilog="Exit codes: 0 the same verdicts and bits, 1 something changed, 2 wrong usage."
)
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
@LOGDIR
@_JSON
def diff(run_a: str, run_b: str, logdir: Path, as_json: bool) -> None:
    """What changed from RUN_A to RUN_B, worst first.

    Verdicts, bits, errors per limit, and the sources, versions and settings that may be why.
    A RUN is a directory, a stamp in --logdir, or LATEST.
    """

    with mistakes_told():
        changes = difference(_load(run_a, logdir), _load(run_b, logdir))
    text = diff_text.as_json(changes) if as_json else "\n".join(diff_text.lines(changes)) + "\n"
    click.echo(text, nl=False)
    sys.exit(DIFFERENT if changes.changed else SAME)


@click.command(epilog="Exit codes: 0 the same bits, 1 not the same, 2 wrong usage.")
@click.argument("run", metavar="RUN")
@click.argument("case", metavar="CASE")
@LOGDIR
@_JSON
def replay(run: str, case: str, logdir: Path, as_json: bool) -> None:
    """Run a CASE of a RUN again: are its bits those of the record?

    A RUN is a directory, a stamp in --logdir, or LATEST; a CASE is a name, a group or an id, as for
    `run`.
    """

    with mistakes_told():
        recorded = _load(run, logdir)
        replays = replaying.replay(recorded, case)
    lines = replay_text.lines(recorded.directory, replays)
    click.echo(replay_text.as_json(replays) if as_json else "\n".join(lines) + "\n", nl=False)
    sys.exit(SAME if all(replayed.same for replayed in replays) else DIFFERENT)


def _load(run: str, logdir: Path) -> StoredRun:
    """A run, with a warning for every line that cannot be read."""

    stored = load(find(run, logdir))
    for damage in stored.damaged:
        click.echo(
            _("Warning: {warning}", warning=damage), err=True
        )  # standard output may be the JSON's
    return stored


@click.command(short_help="Delete all runs but the newest.")
@LOGDIR
@click.option(
    # required: what it deletes cannot be had back
    "--keep",
    required=True,
    type=click.IntRange(min=0),
    help="How many of the newest runs stay.",
)
def clean(logdir: Path, keep: int) -> None:
    """Delete all runs but the newest; other files, and runs that go on, are left alone."""

    try:
        deleted, busy = directories.clean(logdir, keep)
    except OSError as error:
        raise fail(
            _("cannot delete in {logdir}: {error}", logdir=logdir, error=reason(error))
        ) from error
    for held in busy:
        click.echo(_("Kept: {held}", held=held), err=True)
    click.echo(
        _(
            "deleted {deleted}, kept {kept} in {logdir}",
            deleted=len(deleted),
            kept=len(directories.runs_in(logdir)),
            logdir=logdir,
        )
    )
