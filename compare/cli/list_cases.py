"""``list``: what the cases are, without importing what `show` needs to explain one."""

from __future__ import annotations

import shutil
import sys

import click

from compare.cli.shared import fail
from compare.engine import selection
from compare.language.choice import _, told
from compare.language.wrapping import filled
from compare.system.errors import UsageError
from compare.system.exit_codes import NOTHING, USAGE


@click.command("list")
@click.option(
    "-k", "pattern", default="", help="Only ids that this regular expression is found in."
)
def list_cases(pattern: str) -> None:
    """List the cases, and what each is about.

    Those of installed case packs come last; a broken pack is named, and the exit code is 2.
    """

    try:
        pairs = selection.select(pattern=pattern)
    except UsageError as error:
        raise fail(told(str(error))) from error
    if not pairs:
        click.echo(_("Nothing is selected."), err=True)
        sys.exit(NOTHING)
    section = pairs[0][0].section
    click.echo(told(section))
    # one entry a case: there is a pair for each of its dtypes
    for case in {case.name: case for case, dtype in pairs}.values():
        if case.section != section:
            section = case.section
            click.echo(f"\n{told(section)}")
        about = told(case.about)
        if len(case.dtypes) == 1:
            about = _("{about} ({dtype} only)", about=about, dtype=case.dtypes[0])
        click.echo(_entry(case.name, about))
    problems = selection.table().problems
    for problem in problems:
        click.echo(_("Error: {error}", error=problem), err=True)
    if problems:
        sys.exit(USAGE)


def _entry(name: str, about: str) -> str:
    if not sys.stdout.isatty():  # one line a case, for grep
        return f"  {name:<37} {about}"
    width = shutil.get_terminal_size().columns - 1  # some terminals wrap a line that fills them
    return "\n".join(filled(about, width, f"  {name:<37} ", " " * 40))
