"""``check``, ``new-impl`` and ``grade``: what somebody wrote by hand, judged and explained."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.cli.group import fail
from compare.exits import INTERNAL, NOTHING, SAME

if TYPE_CHECKING:
    from compare.report.graded import Gradebook
    from compare.sandbox import Limits
    from compare.submission.check import Checked
    from compare.submission.classroom import Settings, Submission

LANG = click.option(
    "--lang", default="en", show_default=True, type=click.Choice(["en", "ja"]), help="Language."
)
STRICT = click.option("--strict", is_flag=True, help="A warning is a failure, too.")
SEED = click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Seed of every array.",
)


def _limits(f: Callable[..., Any]) -> Callable[..., Any]:
    """--timeout and --memory, the same for every command that runs a submission."""
    timeout = click.option(
        "--timeout",
        default=60.0,
        show_default=True,
        type=click.FloatRange(min=0, min_open=True),
        metavar="S",
        help="Seconds of the import and all calls together; one call has 5 of them.",
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


def _limited(timeout: float, memory: int) -> Limits:
    from compare.sandbox import Limits

    return Limits(min(5.0, timeout), timeout, memory << 20)


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """What the user has to mend ends in one line and exit code 2."""
    from compare.files import CannotWrite
    from compare.sandbox import Unreadable
    from compare.submission.binding import MappingError

    try:
        yield
    except (Unreadable, MappingError, CannotWrite) as error:
        raise fail(str(error)) from error


@click.command(
    epilog="Exit codes: 0 all same, 1 not all same or nothing judged, 2 wrong usage or a TARGET "
    "that cannot be read."
)
@click.argument("target")
@click.option(
    "--map",
    "given",
    multiple=True,
    metavar="CONCEPT=NAME",
    help="NAME of the submission is meant to be CONCEPT; may be repeated.",
)
@click.option(
    "--map-file",
    type=click.Path(path_type=Path),
    metavar="TOML",
    help='The same in a file, a line each: softmax = "my_softmax".',
)
@click.option("--only", multiple=True, metavar="CONCEPT", help="This alone; may be repeated.")
@LANG
@SEED
@STRICT
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the result as JSON; - for standard output.",
)
@click.option("--html", type=click.Path(path_type=Path), help="Write the result as a page.")
@_limits
@click.option("-v", "--verbose", is_flag=True, help="Every name that was left alone or not found.")
def check(
    target: str,
    given: tuple[str, ...],
    map_file: Path | None,
    only: tuple[str, ...],
    lang: str,
    seed: int,
    strict: bool,
    json_path: Path | None,
    html: Path | None,
    timeout: float,
    memory: int,
    verbose: bool,
) -> None:
    """Judge what you wrote by hand: a .py file, a folder, a notebook or a module.

    Functions, layers, losses, optimizers and networks are found by their names, in whatever
    convention they are written. Each is judged by itself, and what is wrong is explained. The
    TARGET runs in a process of its own, which may use NumPy and nothing else.
    """
    from compare import session
    from compare.sandbox import Source
    from compare.submission.mapping import mapping_of
    from compare.submission.target import path_of

    with _mistakes_told():
        for path in (json_path, html):
            session.check_writable(path)
        mapping = mapping_of(given, map_file)
        path = path_of(target)
        Source.of(path)  # what cannot be read is told before torch is imported
        from compare.submission.check import check_file

        checked = check_file(path, mapping, seed, _limited(timeout, memory), only)
        _write(checked, lang, strict, json_path, html)
    _print(checked, lang, strict, verbose, stderr=json_path == Path("-"))
    sys.exit(checked.exit_code(strict))


def _write(
    checked: Checked, lang: str, strict: bool, json_path: Path | None, html: Path | None
) -> None:
    if json_path is not None:
        from compare.report.checked_json import checked_json

        document = checked_json(checked, strict)
        if json_path == Path("-"):
            click.echo(document, nl=False)
        else:
            _written(json_path, document)
    if html is not None:
        from compare.report.checked_html import page

        _written(html, page(checked, lang, strict))


def _written(path: Path, content: str) -> None:
    from compare.files import CannotWrite, write_atomically

    try:
        write_atomically(path, content)
    except OSError as error:
        raise CannotWrite.at(path, error) from error


def _print(checked: Checked, lang: str, strict: bool, verbose: bool, stderr: bool) -> None:
    from rich.console import Console

    from compare.report.checked import checked_lines

    console = Console(stderr=stderr)
    for line in checked_lines(checked, lang, strict, verbose):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@click.command(
    epilog="Exit codes: 0 every submission was judged, whatever its grade; 2 wrong usage; 3 one "
    "could not be judged by an error of this program; 5 no submission in DIR."
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The CSV with a row for each.")
@click.option(
    "--html", type=click.Path(path_type=Path), help="Folder of pages: an index, and one for each."
)
@click.option("--rubric", "rubric_file", type=click.Path(path_type=Path), help="Points, in TOML.")
@click.option("--show-rubric", is_flag=True, help="Print the rubric, to be edited, and end.")
@click.option("--force", is_flag=True, help="Write over an --out that is there already.")
@click.option(
    "--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes at a time."
)
@LANG
@SEED
@STRICT
@_limits
def grade(
    folder: Path | None,
    out: Path | None,
    html: Path | None,
    rubric_file: Path | None,
    show_rubric: bool,
    force: bool,
    jobs: int,
    lang: str,
    seed: int,
    strict: bool,
    timeout: float,
    memory: int,
) -> None:
    """Judge a class: each file, folder and notebook in DIR is a submission.

    Points per concept by a rubric, with feedback in words. Rows and pages are written as they
    come. A submission that is broken, hangs or is not from scratch stops no other.
    """
    from compare.submission.grading import default_rubric, rubric_of, rubric_text

    with _mistakes_told():
        rubric = rubric_of(rubric_file) if rubric_file else default_rubric()
        if show_rubric:
            click.echo(rubric_text(rubric), nl=False)
            return
        submissions = _handed_in(folder)
        if out is None:
            raise click.UsageError("--out grades.csv is needed")
        _check_out(out, force)
        from compare.report.graded import Gradebook
        from compare.submission.classroom import Settings

        book = Gradebook(out, html, rubric, lang, strict)
        _graded(book, submissions, Settings(seed, _limited(timeout, memory)), jobs)
    _print_grades(book)
    sys.exit(INTERNAL if any(entry.handed.ours for entry in book.entries) else SAME)


def _handed_in(folder: Path | None) -> list[Submission]:
    """What is to be judged; exits where there is nothing."""
    from compare.submission.classroom import submissions_in

    if folder is None:
        raise click.UsageError("a DIR is needed: the folder with the submissions")
    try:
        found, left = submissions_in(folder)
    except OSError as error:
        raise fail(f"{folder} cannot be read: {error.strerror or error}") from error
    if left:
        click.echo(f"Left alone, no submission: {', '.join(left)}", err=True)
    if not found:
        click.echo(f"{folder} has no .py file, no notebook and no folder.", err=True)
        sys.exit(NOTHING)
    return found


def _check_out(out: Path, force: bool) -> None:
    from compare import session

    session.check_writable(out)
    if out.exists() and not force:
        raise fail(f"{out} is there already: --force writes over it")


def _graded(book: Gradebook, submissions: list[Submission], settings: Settings, jobs: int) -> None:
    from compare.progress import Progress
    from compare.report.graded import Entry
    from compare.submission.classroom import judged
    from compare.submission.grading import graded

    book.begin()
    with closing(Progress(len(submissions))) as progress:
        for handed in judged(submissions, settings, jobs):
            book.add(Entry(handed, graded(handed.checked, book.rubric)))
            progress.advance(handed.submission.name)
    book.end()


def _print_grades(book: Gradebook) -> None:
    from compare.report.graded import summary
    from compare.report.wrapping import padded

    for name, points, outcome in summary(book.entries, book.lang, book.strict):
        click.echo(f"{padded(name, 30)}{points:>12}  {outcome}")
    for entry in book.entries:
        if entry.handed.ours:
            click.echo(f"Error: {entry.handed.submission.name}: {entry.handed.ours}", err=True)
    where = f"{book.out}, {book.pages / 'index.html'}" if book.pages else str(book.out)
    click.echo(f"\n{len(book.entries)} submissions: {where}")


@click.command("new-impl")
@click.argument("path", default="my_network.py", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@LANG
def new_impl(path: Path, force: bool, lang: str) -> None:
    """Write a file to begin with: everything of the course, to be filled in.

    Functions, optimizers and a network with their formulas. PATH is my_network.py by default.
    """
    from compare import session
    from compare.submission.starting import starting_file

    if path.suffix != ".py":
        raise fail(f"{path} has to end in .py")
    with _mistakes_told():
        session.check_writable(path)
        if path.exists() and not force:
            raise fail(f"{path} is there already: --force writes over it")
        _written(path, starting_file(path.name, lang))
    lang_option = "" if lang == "en" else f" --lang {lang}"
    click.echo(f"{path}\nSee what is right so far: python -m compare check {path}{lang_option}")
