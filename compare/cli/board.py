"""``board``."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress
from pathlib import Path

import click

from compare.cli.shared import LOGDIR, mistakes_told
from compare.language.choice import _
from compare.language.message import message
from compare.report.tensorboard.serving import folders, server
from compare.system.exit_codes import DIFFERENT, SAME


@click.command(epilog="With --check: 0 whole, 1 damaged, 2 wrong usage.")
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@LOGDIR
@click.option(
    "--port",
    default=6006,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where to serve it; the next one that is free, if this one is not.",
)
@click.option(
    "--load-fast/--no-load-fast",
    default=True,
    help="TensorBoard's fast loader; off where it does not start.",
)
@click.option("--open", "browse", is_flag=True, help="Open the link in the browser, too.")
@click.option("--check", is_flag=True, help="Only check what was written: 0 whole, 1 damaged.")
def board(
    runs: tuple[str, ...], logdir: Path, port: int, load_fast: bool, browse: bool, check: bool
) -> None:
    """Show RUNs in TensorBoard, the newest by default, also while they go on.

    Prints the link that opens on the answer, and then whether all that was recorded can be read
    there. A RUN is a directory, also that of a sweep, a stamp in --logdir, or LATEST. Several are
    shown beside each other.
    """

    with mistakes_told():
        directories = [folders.find_folder(run, logdir) for run in runs or ("LATEST",)]
        shown = folders.named(directories)
        if check:
            damaged = [_damage(directory) for directory in directories]
            sys.exit(DIFFERENT if any(damaged) else SAME)
        click.echo("\n".join(map(str, directories)) + "\n")
        link = server.launch(shown, port, load_fast)
    click.echo(f"{link}\n\n{_('Ctrl-C ends it.')}\n")
    if browse and (problem := _open_browser(link)):
        _warn(problem)
    with suppress(KeyboardInterrupt):
        for directory in directories:
            _damage(directory)  # beside the server: it takes a while, and there is much to look at
        server.wait()


def _damage(directory: Path) -> int:
    """Say how far a folder has come, and what is damaged in it; how much that is."""
    progress = folders.progress(directory)
    if progress.text:
        _warn(progress.text)
    if folders.is_sweep(directory):  # its numbers are in sweep.json, and none are kept beside
        return 0
    from compare.report.tensorboard.verify import check as damage_in  # matplotlib: after the link

    # warnings: what is damaged is missing from TensorBoard in silence, and the rest can be seen
    problems = damage_in(directory)
    for problem in problems:
        _warn(problem)
    state = _("{directory}: {n} damaged", directory=directory, n=len(problems))
    if not problems and progress.live:
        state = _("{directory}: what is written so far is whole", directory=directory)
    elif not problems:
        state = _("{directory}: whole", directory=directory)
    click.echo(state)
    return len(problems)


def _warn(text: str) -> None:
    click.echo(_("Warning: {warning}", warning=text), err=True)


def _open_browser(link: str) -> str:
    """Open the link in the browser; "", or one line that says that there is none here."""
    try:
        opened = webbrowser.open(link)
    except (webbrowser.Error, OSError):
        opened = False
    return "" if opened else message("no browser can be opened here: follow the link above")
