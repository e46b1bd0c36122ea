"""The command: python -m compare, or scratch-compare; one file a group of commands."""

from __future__ import annotations

import click

from compare.cli.bench import bench
from compare.cli.check import check, new_impl
from compare.cli.grade import grade
from compare.cli.list_show import list_cases, show
from compare.cli.run import run
from compare.cli.shared import EXIT_CODES, Cli, fail
from compare.cli.stored_runs import board, clean, diff, replay
from compare.cli.sweep import sweep


@click.group(
    cls=Cli,
    help="Is a network written by hand in NumPy the same as PyTorch's?",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79},
)
@click.version_option(package_name="scratch-compare")
def main() -> None:
    """Entry point of ``python -m compare`` and ``scratch-compare``."""
    from compare.core.implementation import check_packages_are_ours

    wrong = check_packages_are_ours()
    if wrong:
        raise fail(wrong)


for command in (
    run,
    check,
    new_impl,
    grade,
    list_cases,
    show,
    sweep,
    diff,
    replay,
    board,
    clean,
    bench,
):
    main.add_command(command)
