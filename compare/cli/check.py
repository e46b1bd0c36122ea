"""``check`` and ``new-impl``: what somebody wrote by hand, judged and explained."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from compare.check.check_submission import check_file
from compare.check.course.starter_file import starting_file
from compare.check.naming.mapping_file import mapping_of
from compare.check.naming.target_path import path_of
from compare.check.report.html import page
from compare.check.report.json import checked_json
from compare.check.report.text import checked_lines
from compare.check.result import CheckResult
from compare.cli.shared import PathType, fail, written, written_to
from compare.language.choice import _, language, told
from compare.language.message import ENGLISH
from compare.sandbox.interface import Limits, Unreadable
from compare.sandbox.submission_files import Source
from compare.system.atomic_files import STDOUT, check_writable
from compare.system.command_line import typed
from compare.system.errors import UserError
from compare.system.torch_compiler import leave_out_meta_kernels

STRICT = click.option("--strict", is_flag=True, help="A warning is a failure, too.")
SEED = click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Seed of every array.",
)


def limits(f: Callable[..., Any]) -> Callable[..., Any]:
    """--timeout and --memory, the same for every command that runs a submission."""
    timeout = click.option(
        "--timeout",
        default=60.0,
        show_default=True,
        type=click.FloatRange(min=0, min_open=True),
        metavar="S",
        help="Seconds of the import and all calls together; one call has 2 of them.",
    )
    memory = click.option(
        "--memory",
        default=1024,
        show_default=True,
        type=click.IntRange(min=16),
        metavar="MB",
        help="Memory beyond what Python and NumPy take.",
    )
    return timeout(memory(f))


def limited(timeout: float, memory: int) -> Limits:
    """The limits that these options ask for."""

    # one call: what hangs must not use up the time of all that comes after it; << 20: MB to bytes
    return Limits(min(2.0, timeout), timeout, memory << 20)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """What the user has to mend ends in one line and exit code 2."""

    try:
        yield
    except (UserError, Unreadable) as error:
        raise fail(told(str(error))) from error


@click.command(
    short_help="Judge what you wrote by hand: a file, a folder, a notebook.",
    epilog="Exit codes: 0 all same, 1 not all same or nothing judged, 2 wrong usage or a TARGET "
    "that cannot be read.",
)
@click.argument("target")
@click.option(
    "--map",
    "mappings",
    multiple=True,
    metavar="CONCEPT=NAME",
    help="NAME of the submission is meant to be CONCEPT; may be repeated.",
)
@click.option(
    "--map-file",
    type=PathType(),
    metavar="TOML",
    help='The same in a file, a line each: softmax = "my_softmax".',
)
@click.option("--only", multiple=True, metavar="CONCEPT", help="This alone; may be repeated.")
@SEED
@STRICT
@click.option(
    "--json",
    "json_path",
    type=PathType(allow_dash=True),
    help="Write the result as JSON; - for standard output.",
)
@click.option(
    "--html",
    type=PathType(allow_dash=True),
    help="Write the result as a page; - for standard output.",
)
@click.option(
    "--allow-unjudged",
    is_flag=True,
    help="What is known and could not be called lets it pass all the same.",
)
@limits
@click.option("-v", "--verbose", is_flag=True, help="Every name that was left alone or not found.")
def check(
    target: str,
    mappings: tuple[str, ...],
    map_file: Path | None,
    only: tuple[str, ...],
    seed: int,
    strict: bool,
    json_path: Path | None,
    html: Path | None,
    allow_unjudged: bool,
    timeout: float,
    memory: int,
    verbose: bool,
) -> None:
    """Judge what you wrote by hand: a .py file, a folder, a notebook or a module.

    Functions, layers, losses, optimizers and networks are found by their names, in whatever
    convention they are written. Each is judged by itself, and what is wrong is explained. The
    TARGET runs in a process of its own, which may use NumPy and nothing else.
    """

    if json_path == html == STDOUT:
        raise fail(_("--json - and --html -: standard output takes one of them"))
    with mistakes_told():
        for path in (json_path, html):
            check_writable(path)
        mapping = mapping_of(mappings, map_file)
        path = path_of(target)
        Source.of(path)  # what cannot be read is told before torch is imported
        leave_out_meta_kernels()  # a quarter of the seconds that a file takes

        checked = check_file(path, mapping, seed, limited(timeout, memory), only)
        checked = replace(checked, allow_unjudged=allow_unjudged)
        # before the text: a pipe that is closed early, as by head, ends the printing
        _write(checked, strict, json_path, html)
    _print(checked, strict, verbose, stderr=STDOUT in (json_path, html))
    if where := written_to(json_path, html):
        click.echo(f"\n{where}", err=True)  # standard output is the report alone
    sys.exit(checked.exit_code(strict))


def _write(checked: CheckResult, strict: bool, json_path: Path | None, html: Path | None) -> None:
    if json_path is not None:
        written(json_path, checked_json(checked, strict))
    if html is not None:
        written(html, page(checked, language(), strict))


def _print(checked: CheckResult, strict: bool, verbose: bool, stderr: bool) -> None:

    console = Console(stderr=stderr)  # standard output is the report's that goes to -
    for line in checked_lines(checked, language(), strict, verbose):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@click.command("new-impl", short_help="Write a file to begin with, to be filled in.")
@click.argument("path", default="my_network.py", type=PathType())
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
def new_impl(path: Path, force: bool) -> None:
    """Write a file to begin with: everything of the course, to be filled in.

    Functions, optimizers and a network with their formulas. PATH is my_network.py by default.
    """

    if path.suffix != ".py":
        raise fail(_("{path} has to end in .py", path=path))
    with mistakes_told():
        check_writable(path)
        if path.exists() and not force:
            raise fail(_("{path} is there already: --force writes over it", path=path))
        written(path, starting_file(path.name, language()))
    command = typed("check", str(path), *(() if language() == ENGLISH else ("--lang", language())))
    click.echo(f"{path}\n{_('See what is right so far')}: {command}")
