"""``grade``: a class's submissions judged, with points, as a table and as pages."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import click

from compare.check.check_submission import concepts
from compare.check.grading.handed_in import Settings, Submission
from compare.check.grading.journal import journal_of
from compare.check.grading.output_files import ChangedSince, Gradebook, earlier
from compare.check.grading.plan import Plan, planned, rows
from compare.check.grading.rubric import default_rubric, rubric_of, rubric_text
from compare.check.grading.text import class_lines
from compare.check.grading.workers import submissions_in
from compare.cli.check import SEED, STRICT, limited, limits, mistakes_told
from compare.cli.progress import Progress
from compare.cli.shared import CLUSTER, PathType, fail, with_jobs
from compare.language.choice import _, language, told
from compare.language.message import constant, message
from compare.language.system_errors import reason
from compare.system.atomic_files import CannotWrite, check_writable
from compare.system.exit_codes import INTERNAL, NOTHING, SAME
from compare.system.jobs import Workers


@click.command(
    short_help="Judge a class: each file and folder in DIR is a submission.",
    epilog="Exit codes: 0 every submission was judged, whatever its grade; 2 wrong usage; 3 one "
    "could not be judged by an error of this program; 5 no submission in DIR.",
)
@click.argument("folder", metavar="[DIR]", required=False, type=PathType())
@click.option("--out", type=PathType(), help="The CSV with a row for each.")
@click.option("--html", type=PathType(), help="Folder of pages: an index, and one for each.")
@click.option("--rubric", "rubric_file", type=PathType(), help="Points, in TOML.")
@click.option("--show-rubric", is_flag=True, help="Print the rubric, to be edited, and end.")
@click.option(
    "--resume", is_flag=True, help="Go on with --out: what was judged and is unchanged is kept."
)
@click.option("--force", is_flag=True, help="Write over an --out that is there already.")
@with_jobs(2)
@CLUSTER
@SEED
@STRICT
@limits
def grade(
    folder: Path | None,
    out: Path | None,
    html: Path | None,
    rubric_file: Path | None,
    show_rubric: bool,
    resume: bool,
    force: bool,
    jobs: int,
    cluster: str,
    seed: int,
    strict: bool,
    timeout: float,
    memory: int,
) -> None:
    """Judge a class: each file, folder and notebook in DIR is a submission.

    Points per concept by a rubric, with feedback in words. Rows and pages are written as they
    come. A submission that is broken, hangs or is not from scratch stops no other.
    """

    began = time.monotonic()
    with mistakes_told():
        names = [concept.name for concept in concepts()]
        rubric = rubric_of(rubric_file, names) if rubric_file else default_rubric(names)
        if show_rubric:
            click.echo(rubric_text(rubric), nl=False)
            return
        check_writable(out)
        submissions = _handed_in(folder, _written(out, html))
        if out is None:
            raise click.UsageError(_("--out grades.csv is needed"))
        _check_out(out, resume, force)  # before torch is imported, which takes seconds

        book = Gradebook(out, html, rubric, language(), strict)
        settings = Settings(seed, limited(timeout, memory))
        plan = _graded(book, submissions, settings, Workers(jobs, cluster), resume)
    _print_grades(book, plan, time.monotonic() - began)
    # a submission that is wrong has a low grade, and this command has done its work
    sys.exit(INTERNAL if any(entry.ours for entry in book.sorted()) else SAME)


def _written(out: Path | None, html: Path | None) -> set[Path]:
    """What this command writes: it may lie among the submissions."""

    # else a second run would judge the first one's pages
    paths = [*([out, journal_of(out)] if out else []), *([html] if html else [])]
    return {path.resolve() for path in paths}


def _handed_in(folder: Path | None, ours: set[Path]) -> list[Submission]:
    """What is to be judged; exits where there is nothing."""

    if folder is None:  # optional for --show-rubric alone
        raise click.UsageError(_("a DIR is needed: the folder with the submissions"))
    try:
        submissions, left = submissions_in(folder, ours)
    except OSError as error:
        raise fail(_("{path} cannot be read: {error}", path=folder, error=reason(error))) from error
    if left:
        click.echo(_("Left alone, no submission: {names}", names=", ".join(left)), err=True)
    if not submissions:
        click.echo(
            _("{folder} has no .py file, no notebook and no folder.", folder=folder), err=True
        )
        sys.exit(NOTHING)
    return submissions


def _check_out(out: Path, resume: bool, force: bool) -> None:
    if out.exists() and not out.is_file():
        raise fail(
            _("{path} is no file: --out needs the name of a table, such as grades.csv", path=out)
        )
    if out.exists() and not (resume or force):
        raise fail(
            _("{path} is there already: --resume goes on with it, --force writes over it", path=out)
        )


def _graded(
    book: Gradebook,
    submissions: Sequence[Submission],
    settings: Settings,
    workers: Workers,
    resume: bool,
) -> Plan:
    """Judge what has to be judged, and write it as it comes."""

    try:
        plan = planned(submissions, book, settings, earlier(book.out) if resume else [])
    except ChangedSince as error:
        raise fail(told(str(error))) from error
    book.begin(plan.kept, plan.alike)
    # those that were judged before count, too: the bar is of the whole class
    with closing(Progress(len(submissions))) as progress:
        # at once, so that the time left is reckoned from what is judged now
        for entry in plan.kept:
            progress.advance(entry.name)
        with _what_is_done_is_kept(book):
            with closing(rows(plan, book, settings, workers)) as entries:
                for entry in entries:
                    book.add(entry)
                    progress.advance(entry.name)
    book.end()
    return plan


@contextmanager
def _what_is_done_is_kept(book: Gradebook) -> Iterator[None]:
    """Whatever ends it early, write the table as far as it is, and say how to go on."""

    try:
        yield
    except BaseException:  # Ctrl-C above all
        with suppress(CannotWrite):
            book.end()
        click.echo(
            _("What was judged so far is kept; to go on, add --resume to the same command."),
            err=True,
        )
        raise


def _print_grades(book: Gradebook, plan: Plan, seconds: float) -> None:

    for line in class_lines(book, plan.kept, plan.alike, seconds):
        click.echo(line)
    for entry in book.sorted():
        if entry.ours:
            click.echo(
                _(
                    "Error: {error}",
                    error=message("{name}: {why}", name=entry.name, why=constant(entry.ours)),
                ),
                err=True,
            )
